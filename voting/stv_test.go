package voting_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// party is what twenty guests would like to eat: three dishes of five are served.
func party(t *testing.T, m voting.Method, settings map[string]string) *voting.Profile {
	t.Helper()
	p, err := voting.NewProfile(voting.Question{
		Method: m, Options: []voting.Choice{"oranges", "pears", "chocolate", "strawberries", "sweets"}, Seats: 3, Settings: settings,
	})
	require.NoError(t, err)
	for _, g := range []struct {
		guests int
		names  []voting.Choice
	}{
		{4, []voting.Choice{"oranges"}},
		{2, []voting.Choice{"pears", "oranges"}},
		{8, []voting.Choice{"chocolate", "strawberries"}},
		{4, []voting.Choice{"chocolate", "sweets"}},
		{1, []voting.Choice{"strawberries"}},
		{1, []voting.Choice{"sweets"}},
	} {
		for range g.guests {
			require.NoError(t, p.Add(voting.Rank(g.names...), voting.Voice))
		}
	}
	return p
}

func TestSTV(t *testing.T) {
	t.Parallel()

	t.Run("the dishes of the party, stv.md", func(t *testing.T) {
		t.Parallel()
		r, err := voting.Count(party(t, voting.STV, nil))
		require.NoError(t, err)
		require.Equal(t, []voting.Choice{"chocolate", "oranges", "strawberries"}, r.Winners)
		require.Equal(t, [][]voting.Choice{{"chocolate"}, {"oranges"}, {"strawberries"}, {"sweets"}, {"pears"}}, r.Ranking)
		require.Equal(t, voting.Figure{Name: "quota", Number: "6"}, r.Figures[0])
		require.Equal(t, strings.TrimSpace(`
6 votes are needed to be elected, which is the quota: 20 votes divided by 4 (3 seats plus one) are 5, and the quota is the next whole number above.
Stage 1. Everybody has: oranges (4), pears (2), chocolate (12), strawberries (1) and sweets (1).
chocolate has 12 votes and wins a seat, with 6 more than the quota.
chocolate keeps the quota and passes on the surplus of 6 votes. All papers of chocolate change their value: the value of each is multiplied by 6 and divided by 12.
From chocolate to strawberries: 8 papers at 0.5, which makes 4 votes.
From chocolate to sweets: 4 papers at 0.5, which makes 2 votes.
Stage 2. Everybody has: oranges (4), pears (2), chocolate (6), strawberries (5) and sweets (3).
Nobody else has the quota and no surplus is left to pass on: pears, with 2 votes, leaves the count.
From pears to oranges: 2 papers at full value.
Stage 3. Everybody has: oranges (6), chocolate (6), strawberries (5) and sweets (3).
oranges has 6 votes, just the quota, and wins a seat.
oranges has nothing above the quota: nothing goes on.
Stage 4. Everybody has: oranges (6), chocolate (6), strawberries (5) and sweets (3).
Nobody else has the quota and no surplus is left to pass on: sweets, with 3 votes, leaves the count.
From sweets to nobody: one paper at full value, which names nobody any more.
From sweets to nobody: 4 papers at 0.5, which makes 2 votes that are not transferable.
Stage 5. Everybody has: oranges (6), chocolate (6) and strawberries (5).
3 votes name nobody any more: they are not transferable.
No more are left than there are seats: strawberries wins a seat, and the quota is not needed.`),
			strings.Join(strings.Split(r.Explain("en"), "\n")[3:22], "\n"))
	})

	t.Run("the same dishes by quotients", func(t *testing.T) {
		t.Parallel()
		r, err := voting.Count(party(t, voting.QPQ, nil))
		require.NoError(t, err)
		require.ElementsMatch(t, []voting.Choice{"chocolate", "oranges", "strawberries"}, r.Winners)
	})

	t.Run("the same dishes by Meek and Warren, meek.md", func(t *testing.T) {
		t.Parallel()
		for m, keeps := range map[voting.Method]voting.Number{voting.Meek: "0.80487821", voting.Warren: "0.52380957"} {
			r, err := voting.Count(party(t, m, nil))
			require.NoError(t, err)
			require.Equal(t, []voting.Choice{"chocolate", "strawberries", "oranges"}, r.Winners)
			require.Equal(t, voting.Number("5.666666664"), r.Rounds[1].Tallies[3].Number)
			require.Equal(t, []voting.Choice{"pears"}, r.Rounds[2].Choices)
			require.Equal(t, voting.Score{Choice: "strawberries", Number: keeps}, r.Rounds[2].Ratios[1])
		}
	})

	t.Run("what cutting loses is told", func(t *testing.T) {
		t.Parallel()
		p := party(t, voting.STV, map[string]string{"places": "1"})
		require.NoError(t, p.Add(voting.Rank("chocolate", "pears"), voting.Voice))
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.Contains(t, r.Explain("en"), "Values are cut after one decimal place")
		require.Equal(t, "lost", r.Figures[1].Name)
	})

	t.Run("in every language", func(t *testing.T) {
		t.Parallel()
		for _, lang := range []string{"fr", "en", "de"} {
			for _, preset := range voting.Presets() {
				if !preset.Method.FillsSeats() || preset.Method.Shapes()[0] != voting.ShapeRanking {
					continue
				}
				r, err := voting.CountBy(party(t, voting.STV, nil), preset.Question(nil, 3), nil)
				require.NoError(t, err, preset.Name)
				for _, unfilled := range []string{"{", "}", "count.stv", "count.ratios", "count.round", "count.iterations"} {
					require.NotContains(t, r.Explain(lang), unfilled, preset.Name)
				}
			}
		}
	})

	t.Run("a tie that nothing breaks stops the count", func(t *testing.T) {
		t.Parallel()
		p, err := voting.NewProfile(voting.Question{Method: voting.STV, Options: []voting.Choice{"ana", "ben", "cleo"}, Seats: 2})
		require.NoError(t, err)
		for _, c := range []voting.Choice{"ana", "ana", "ana", "ben", "cleo"} {
			require.NoError(t, p.Add(voting.Rank(c), voting.Voice))
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.Equal(t, []voting.Choice{"ana", "ben", "cleo"}, r.Winners, "more than the seats: the tie stands")
		require.Equal(t, []voting.Broken{{Choices: []voting.Choice{"ben", "cleo"}}}, r.Broken)

		r, err = voting.CountBy(p, p.Question(), &voting.Ties{By: []voting.TieBreak{voting.TieDrawn}, Drawn: []voting.Choice{"ben"}})
		require.NoError(t, err)
		require.Equal(t, []voting.Choice{"ana", "cleo"}, r.Winners, "ben was drawn to leave")
	})

	t.Run("nobody is elected by a quota of nothing", func(t *testing.T) {
		t.Parallel()
		p, err := voting.NewProfile(voting.Question{
			Method: voting.STV, Options: []voting.Choice{"ana", "ben", "cleo", "dora"}, Seats: 3,
			Settings: map[string]string{"quota": "hare", "places": "1"},
		})
		require.NoError(t, err)
		require.NoError(t, p.Add(voting.Rank("ana", "cleo", "ben"), voting.Voice/4))
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.Equal(t, []voting.Choice{"ana", "cleo", "ben"}, r.Winners)
		require.Contains(t, r.Explain("en"), `
0.1 votes are needed to be elected, which is the quota: 0.25 votes divided by 3, the number of seats.
That would be less than 0.1, the smallest part that this count knows, which is the quota instead.
Stage 1. Everybody has: ana (0.25), ben (0), cleo (0) and dora (0).
ana has 0.25 votes and wins a seat, with 0.15 more than the quota.
`)
	})

	t.Run("whoever is elected may lose every vote to those who are named before", func(t *testing.T) {
		t.Parallel()
		for _, m := range []voting.Method{voting.Meek, voting.Warren} {
			one := voting.Question{
				Method: m, Options: []voting.Choice{"ana", "ben", "cleo", "dora", "emil"}, Seats: 4,
				Settings: map[string]string{"quota": "imperiali", "places": "1", "converge": "no"},
			}
			p, err := voting.NewProfile(one)
			require.NoError(t, err)
			require.NoError(t, p.Add(voting.Rank("ana", "ben"), voting.Voice))
			r, err := voting.CountBy(p, one, &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: one.Options})
			require.NoError(t, err)
			require.Equal(t, []voting.Choice{"ana", "ben", "cleo", "dora"}, r.Winners, m)
		}
	})

	t.Run("as many seats as options, and nobody has the quota", func(t *testing.T) {
		t.Parallel()
		for _, m := range []voting.Method{voting.STV, voting.Meek, voting.Warren, voting.QPQ} {
			q := voting.Question{Method: m, Options: []voting.Choice{"ana", "ben", "cleo"}, Seats: 3}
			if m != voting.QPQ {
				q.Settings = map[string]string{"quota": "droop"}
			}
			p, err := voting.NewProfile(q)
			require.NoError(t, err)
			require.NoError(t, p.Add(voting.Rank("ana"), voting.Voice/2))
			for _, ties := range []*voting.Ties{nil, {By: []voting.TieBreak{voting.TieOrder}, Order: q.Options}} {
				r, err := voting.CountBy(p, q, ties)
				require.NoError(t, err)
				require.Equal(t, q.Options, r.Winners, "%s elects all, and lets nobody leave", m)
			}
		}
	})

	t.Run("those whose share of a ballot is cut to nothing do not leave together", func(t *testing.T) {
		t.Parallel()
		for _, m := range []voting.Method{voting.Meek, voting.Warren} {
			p, err := voting.NewProfile(voting.Question{
				Method: m, Options: []voting.Choice{"ana", "ben", "cleo"}, Seats: 1, Settings: map[string]string{"places": "0"},
			})
			require.NoError(t, err)
			require.NoError(t, p.Add(voting.Ranking{{"ana", "cleo"}}, voting.Voice/2))
			require.NoError(t, p.Add(voting.Rank("ben"), voting.Voice/2))
			r, err := voting.Count(p)
			require.NoError(t, err)
			require.Equal(t, []voting.Choice{"ana", "ben", "cleo"}, r.Winners, "without Cleo, Ana has as much as Ben")
		}
	})

	t.Run("those without any vote leave together", func(t *testing.T) {
		t.Parallel()
		p, err := voting.NewProfile(voting.Question{Method: voting.STV, Options: []voting.Choice{"ana", "ben", "cleo", "dora"}, Seats: 1})
		require.NoError(t, err)
		for _, c := range []voting.Choice{"ana", "ana", "ben", "ben"} {
			require.NoError(t, p.Add(voting.Rank(c), voting.Voice))
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.Equal(t, []voting.Choice{"cleo", "dora"}, r.Rounds[0].Choices)
		require.Equal(t, []voting.Choice{"ana", "ben"}, r.Winners)
	})
}

func TestSTVRefuses(t *testing.T) {
	t.Parallel()
	level := func(t *testing.T, m voting.Method, settings map[string]string) error {
		p, err := voting.NewProfile(voting.Question{Method: m, Options: []voting.Choice{"ana", "ben", "cleo"}, Seats: 2, Settings: settings})
		require.NoError(t, err)
		require.NoError(t, p.Add(voting.Ranking{{"ana", "ben"}, {"cleo"}}, voting.Voice))
		_, err = voting.Count(p)
		return err
	}
	for _, m := range []voting.Method{voting.STV, voting.QPQ} {
		t.Run("equal ranks by "+string(m), func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, level(t, m, nil), voting.ErrMethod)
			require.NoError(t, level(t, m, map[string]string{"overvote": "skip-to-next-rank"}))
		})
	}
	for _, m := range []voting.Method{voting.Meek, voting.Warren} {
		t.Run("no equal ranks by "+string(m), func(t *testing.T) {
			t.Parallel()
			require.NoError(t, level(t, m, nil))
		})
	}
	t.Run("fractions that outgrow the count", func(t *testing.T) {
		t.Parallel()
		_, err := voting.Count(party(t, voting.Meek, map[string]string{"places": "exact"}))
		require.ErrorIs(t, err, voting.ErrMethod)
	})
	t.Run("a setting that is none", func(t *testing.T) {
		t.Parallel()
		for name, value := range map[string]string{"quota": "half", "places": "13", "leave": "all", "omega": "1"} {
			err := voting.Question{Method: voting.STV, Options: []voting.Choice{"a", "b"}, Settings: map[string]string{name: value}}.Check()
			require.ErrorIs(t, err, voting.ErrQuestion, name)
			require.Equal(t, fault.Invalid, fault.KindOf(err))
		}
	})
}
