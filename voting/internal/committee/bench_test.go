package committee_test

import (
	"math/rand/v2"
	"testing"

	"github.com/communecter/coopspace/voting/internal/committee"
	"github.com/stretchr/testify/require"
)

// electorate is voters who approve each of the candidates by a chance of its own: nearly no two approve the same.
func electorate(voters, candidates int) committee.Profile {
	r := rand.New(rand.NewPCG(1, 2))
	p := committee.Profile{Candidates: candidates}
	for range voters {
		var approved []int
		for c := range candidates {
			if r.IntN(candidates) < 10+c/2 {
				approved = append(approved, c)
			}
		}
		p.Groups = append(p.Groups, committee.Group{Approved: approved, Weight: 1})
	}
	return p
}

func benchmark(b *testing.B, r committee.Rule, seats int) {
	p := electorate(100_000, 100)
	b.ReportAllocs()
	for b.Loop() {
		out, err := committee.Count(p, r, seats, committee.Options{Resolute: true})
		require.NoError(b, err)
		require.Len(b, out.Chosen, seats)
	}
}

// The aim: 100,000 voters, all different, 100 candidates, 10 seats, exactly, each in under 3 s.

func BenchmarkEqualShares(b *testing.B) { benchmark(b, committee.EqualShares, 10) }

func BenchmarkPhragmen(b *testing.B) { benchmark(b, committee.SeqPhragmen, 10) }

func BenchmarkOtherRules(b *testing.B) {
	for _, r := range []committee.Rule{
		committee.AV, committee.SAV, committee.SeqPAV, committee.RevSeqPAV, committee.EPH, committee.MaximinSupport,
		committee.Enestroem, committee.Consensus, committee.EqualSharesIncrement, committee.GreedyMonroe,
	} {
		b.Run(string(r), func(b *testing.B) { benchmark(b, r, 10) })
	}
}
