package allocation

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// TieBreak is a way to put projects that are level in an order. It is fixed before anything is bought, and the same in all rounds.
type TieBreak string

// The tie-breaks. Append only.
const (
	TieFile  TieBreak = "file"  // the election's order of projects
	TieID    TieBreak = "id"    // ascending ids, byte by byte
	TieSeed  TieBreak = "seed"  // ascending SHA-256 of the seed, a zero byte and the id: a lot that anybody can draw again
	TieCost  TieBreak = "cost"  // the cheaper first
	TieScore TieBreak = "score" // the higher score first
)

// Ties says how ties are broken: each of By between those that the one before left level, and in the end the election's order. The zero
// Ties is that order alone.
type Ties struct {
	By   []TieBreak
	Seed voting.Seed // for TieSeed: voting.SeedSize bytes; publish its voting.SeedHash before the first ballot
}

// ErrTies refuses a way to break ties that is none.
var ErrTies = fault.New(fault.Invalid, "allocation.ties", "ties cannot be broken in this way")

// ParseTies reads "file", "id", "seed:HEX", or several with commas between: "cost,score,seed:HEX".
func ParseTies(text string) (Ties, error) {
	var t Ties
	for word := range strings.SplitSeq(text, ",") {
		by, seed, given := strings.Cut(word, ":")
		t.By = append(t.By, TieBreak(by))
		if !given {
			continue
		}
		bytes, err := hex.DecodeString(seed)
		if err != nil || TieBreak(by) != TieSeed {
			return Ties{}, ErrTies.At("", strconv.QuoteToASCII(word)+" is none of file, id, cost, score, seed:HEX")
		}
		t.Seed = bytes
	}
	return t, t.check()
}

func (t Ties) check() error {
	for i, by := range t.By {
		path := "by/" + strconv.Itoa(i)
		if slices.Contains(t.By[:i], by) {
			return ErrTies.At(path, strconv.QuoteToASCII(string(by))+" is there twice")
		}
		switch by {
		case TieFile, TieID, TieCost, TieScore:
		case TieSeed:
			if len(t.Seed) != voting.SeedSize {
				return ErrTies.At("seed", "has "+strconv.Itoa(len(t.Seed))+" bytes instead of "+strconv.Itoa(voting.SeedSize))
			}
		default:
			return ErrTies.At(path, strconv.QuoteToASCII(string(by))+" is none of file, id, cost, score, seed")
		}
	}
	return nil
}

// rank gives each project its place in the order that breaks ties.
func (t Ties) rank(in *instance) ([]int, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	order := make([]int, len(in.costs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		for _, by := range t.By {
			if c := t.compare(in, by, a, b); c != 0 {
				return c
			}
		}
		return cmp.Compare(a, b)
	})
	rank := make([]int, len(order))
	for place, p := range order {
		rank[p] = place
	}
	return rank, nil
}

func (t Ties) compare(in *instance, by TieBreak, a, b int) int {
	switch by {
	case TieID:
		return strings.Compare(in.id(a), in.id(b))
	case TieCost:
		return cmp.Compare(in.costs[a], in.costs[b])
	case TieScore:
		return cmp.Compare(in.score[b], in.score[a])
	case TieSeed:
		x, y := t.draw(in.id(a)), t.draw(in.id(b))
		return bytes.Compare(x[:], y[:])
	}
	return cmp.Compare(a, b)
}

func (t Ties) draw(id string) [sha256.Size]byte {
	return sha256.Sum256(slices.Concat(t.Seed, []byte{0}, []byte(id)))
}

// first puts the one of some projects first whom the tie-break puts first.
func (in *instance) first(tied []int) int {
	return slices.MinFunc(tied, func(a, b int) int { return cmp.Compare(in.rank[a], in.rank[b]) })
}
