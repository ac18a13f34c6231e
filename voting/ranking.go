package voting

import (
	"encoding/binary"
	"iter"
)

// Ranking is a ballot that puts options in order of preference: each rank holds the options that stand level there, the best rank first.
// An empty rank was skipped. Options that it does not name are not ranked; what that means is the method's setting "unranked".
type Ranking [][]Choice

// Rank gives the ranking of options without ties, the best first.
func Rank(options ...Choice) Ranking {
	ranking := make(Ranking, len(options))
	for i, o := range options {
		ranking[i] = []Choice{o}
	}
	return ranking
}

func (r Ranking) shape() Shape { return ShapeRanking }

func (r Ranking) append(dst []byte) []byte {
	n := len(r)
	for n > 0 && len(r[n-1]) == 0 {
		n--
	}
	dst = binary.AppendUvarint(append(dst, byteRanking), uint64(n))
	for _, level := range r[:n] {
		dst = appendKeys(dst, level)
	}
	return dst
}

// ranks goes through the ranks of a row that hold options, the best first.
func ranks(row []Mark) iter.Seq[[]Mark] {
	return func(yield func([]Mark) bool) {
		for i := 0; i < len(row); {
			end := i + 1
			for end < len(row) && row[end] != SkippedRank && row[end].IsLevel() {
				end++
			}
			if row[i] != SkippedRank && !yield(row[i:end]) {
				return
			}
			i = end
		}
	}
}
