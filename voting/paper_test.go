package voting_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
)

// Papers say what no program takes.
func TestPapers(t *testing.T) {
	t.Parallel()
	options := []voting.Choice{"ana", "ben", "cleo"}
	one := voting.Votes{Seats: 1, Voices: voting.Voice}
	profile := func(t *testing.T) *voting.Profile {
		p, err := voting.NewProfileOf(voting.ShapeRanking, options)
		require.NoError(t, err)
		return p
	}

	t.Run("what nobody can read is invalid, and no ballot that names somebody", func(t *testing.T) {
		t.Parallel()
		p := profile(t)
		require.NoError(t, p.AddMarks([]voting.Mark{voting.Overvoted}, one))
		require.NoError(t, p.AddMarks([]voting.Mark{voting.Overvoted, 1}, one))
		require.NoError(t, p.AddMarks([]voting.Mark{voting.SkippedRank, voting.SkippedRank}, one))
		r, err := voting.CountBy(p, voting.Question{Method: voting.IRV, Settings: map[string]string{"overvote": "exhaust-immediately"}}, nil)
		require.NoError(t, err)
		require.Equal(t, one, r.Invalid)
		require.Equal(t, one, r.Blank)
		require.Equal(t, one, r.Expressed)
		require.Equal(t, voting.Votes{Seats: 3, Voices: 3 * voting.Voice}, r.Cast)
		require.Equal(t, voting.Number("2"), r.Rounds[0].Exhausted)
		require.Equal(t, []voting.Figure{{"overvotes", "2"}}, r.Rounds[0].Figures)
		require.Empty(t, r.Winners)
	})

	t.Run("equal papers are one, in whichever order their marks at a rank come", func(t *testing.T) {
		t.Parallel()
		p := profile(t)
		require.NoError(t, p.AddMarks([]voting.Mark{0, 2, 0 | voting.Again | voting.Level}, one))
		require.NoError(t, p.AddMarks([]voting.Mark{0, 0 | voting.Again, 2 | voting.Level}, one))
		require.Equal(t, 1, p.Distinct())
		o := profile(t)
		require.NoError(t, o.Merge(p))
		r, err := voting.CountBy(o, voting.Question{Method: voting.IRV, Settings: map[string]string{
			"exhaust-on-duplicate-candidate": "yes", "withdrawn": "ana",
		}}, nil)
		require.NoError(t, err)
		require.Equal(t, []voting.Figure{{"duplicate-candidates", "2"}}, r.Rounds[0].Figures)
	})

	for name, row := range map[string][]voting.Mark{
		"again before the first":             {0 | voting.Again},
		"a name twice without saying so":     {0, 0},
		"a name twice at one rank":           {0, 1, 0 | voting.Level, 0 | voting.Level | voting.Again},
		"level with what nobody can read":    {voting.Overvoted, 0 | voting.Level},
		"an option that is not there":        {3},
		"again, an option that is not there": {0, 3 | voting.Again},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			p := profile(t)
			require.ErrorIs(t, p.AddMarks(row, one), voting.ErrBallotMarks)
			require.Zero(t, p.Cast())
		})
	}

	t.Run("methods without a setting for it count the first naming, and an empty rank", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			papers := make([]*voting.Profile, 2)
			for i := range papers {
				var err error
				papers[i], err = voting.NewProfileOf(voting.ShapeRanking, options)
				require.NoError(t, err)
			}
			for _, p := range rapid.SliceOfN(aPaper(options), 1, 8).Draw(t, "papers") {
				v := voting.Votes{Seats: 1, Voices: p.weight}
				require.NoError(t, papers[0].AddMarks(p.marks(options), v))
				clean := paper{weight: p.weight}
				var named []voting.Choice
				for _, rank := range p.ranks {
					kept := slices.DeleteFunc(slices.Clone(rank), func(c voting.Choice) bool {
						return c == illegible || slices.Contains(named, c)
					})
					named = append(named, kept...)
					clean.ranks = append(clean.ranks, kept)
				}
				if len(named) == 0 {
					continue // invalid, or blank
				}
				require.NoError(t, papers[1].AddMarks(clean.marks(options), v))
			}
			for _, m := range []voting.Method{voting.Borda, voting.Schulze, voting.TwoRound, voting.Coombs, voting.Plurality} {
				var said [2]voting.Result
				for i, p := range papers {
					r, err := voting.CountBy(p, voting.Question{Method: m}, nil)
					require.NoError(t, err)
					r.Cast, r.Blank, r.Invalid, r.Unit = voting.Votes{}, voting.Votes{}, voting.Votes{}, 0
					said[i] = r
				}
				require.Equal(t, said[1], said[0], "%s", m)
			}
		})
	})
}

// What IRV promises, on strict rankings without a tie.
func TestIRVPromises(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		options := []voting.Choice{"ana", "ben", "cleo", "dora"}
		q := voting.Question{Method: voting.IRV, Options: options}
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		over := map[[2]voting.Choice]int{}
		firsts := map[voting.Choice]int{}
		n := rapid.IntRange(1, 15).Draw(t, "ballots")
		for range n {
			order := rapid.Permutation(options).Draw(t, "ballot")
			require.NoError(t, p.Add(voting.Rank(order...), voting.Voice))
			firsts[order[0]]++
			for i, a := range order {
				for _, b := range order[i+1:] {
					over[[2]voting.Choice{a, b}]++
				}
			}
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		batch := q
		batch.Settings = map[string]string{"batch-elimination": "yes", "continue-until-two": "yes"}
		other, err := voting.CountBy(p, batch, nil)
		require.NoError(t, err)
		if len(r.Winners) > 1 {
			return
		}
		if len(other.Winners) == 1 {
			require.Equal(t, r.Winners, other.Winners, "in batches")
		}
		for _, c := range options {
			if 2*firsts[c] > n {
				require.Equal(t, []voting.Choice{c}, r.Winners, "put first by more than half")
			}
			loses := 0
			for _, o := range options {
				if o != c && 2*over[[2]voting.Choice{o, c}] > n {
					loses++
				}
			}
			if loses == len(options)-1 {
				require.NotEqual(t, c, r.Winners[0], "beaten by each of the others")
			}
		}
	})
}
