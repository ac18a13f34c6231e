package voting

import (
	"bytes"
	"cmp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Three options are level now. At the first stage a had most, at the second b and c were level ahead of a, at the third all were level.
func TestTies(t *testing.T) {
	t.Parallel()
	history := [][]int64{{5, 4, 4}, {5, 6, 6}, {8, 8, 8}}
	past := stages{len(history), func(stage, a, b int) int { return cmp.Compare(history[stage][a], history[stage][b]) }}
	seed := bytes.Repeat([]byte{7}, SeedSize)
	drawn := Lot(seed, "poll", []Choice{"a", "b", "c"})

	count := func(ties *Ties) *counting {
		return &counting{profile: &Profile{options: []Choice{"a", "b", "c"}}, ties: ties}
	}
	all := []int{0, 1, 2}
	tied := []Choice{"a", "b", "c"}

	for name, then := range map[string]struct {
		ties        Ties
		first, last Broken
	}{
		"the last stage that tells them apart decides": {
			Ties{By: []TieBreak{TiePrevious, TieOrder}, Order: []Choice{"c", "a", "b"}},
			Broken{By: TieOrder, Chosen: []Choice{"c"}}, // between b and c
			Broken{By: TiePrevious, Chosen: []Choice{"a"}},
		},
		"who comes first in an order stays, who comes last leaves": {
			Ties{By: []TieBreak{TieOrder, TiePrevious}, Order: []Choice{"c", "a", "b"}},
			Broken{By: TieOrder, Chosen: []Choice{"c"}},
			Broken{By: TieOrder, Chosen: []Choice{"b"}},
		},
		"the lot is drawn for who stays, and its last leaves": {
			Ties{By: []TieBreak{TieLot}, Seed: seed, Poll: "poll"},
			Broken{By: TieLot, Chosen: drawn[:1]},
			Broken{By: TieLot, Chosen: drawn[2:]},
		},
		"the chair's preference": {
			Ties{By: []TieBreak{TieChair, TieOrder}, Chair: []Choice{"b", "a", "c"}, Order: []Choice{"c", "a", "b"}},
			Broken{By: TieChair, Chosen: []Choice{"b"}},
			Broken{By: TieChair, Chosen: []Choice{"c"}},
		},
		"the eldest stays, the youngest leaves, and a chair who does not say decides nothing": {
			Ties{By: []TieBreak{TieChair, TieEldest}, Chair: []Choice{"b"}, Eldest: []Choice{"c", "b", "a"}},
			Broken{By: TieEldest, Chosen: []Choice{"c"}},
			Broken{By: TieEldest, Chosen: []Choice{"a"}},
		},
		"an order that leaves one of them out decides nothing": {
			Ties{By: []TieBreak{TieOrder, TieLot}, Order: []Choice{"c", "a"}, Seed: seed, Poll: "poll"},
			Broken{By: TieLot, Chosen: drawn[:1]},
			Broken{By: TieLot, Chosen: drawn[2:]},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			then.first.Choices, then.last.Choices = tied, tied
			c := count(&then.ties)

			place, broken, ok := c.first(all, past)
			require.True(t, ok)
			require.Equal(t, &then.first, broken)
			require.Equal(t, then.first.Chosen[0], c.choice(place))

			place, broken, ok = c.last(all, past)
			require.True(t, ok)
			require.Equal(t, &then.last, broken)
			require.Equal(t, then.last.Chosen[0], c.choice(place))

			require.Equal(t, []int{0, 1, 2}, all, "who was tied is left as it was")
		})
	}

	t.Run("an order that names a stranger, or somebody twice, is refused with its place", func(t *testing.T) {
		t.Parallel()
		q := Question{Method: Plurality, Options: tied}
		for by, ties := range map[TieBreak]Ties{
			TieOrder:  {Order: []Choice{"a", "z", "a"}},
			TieChair:  {Chair: []Choice{"a", "z", "a"}},
			TieEldest: {Eldest: []Choice{"a", "z", "a"}},
		} {
			ties.By = []TieBreak{by}
			err := ties.check(q)
			require.ErrorIs(t, err, ErrTies)
			require.ErrorContains(t, err, string(by)+`/1: "z" is no option of the question`)
			require.ErrorContains(t, err, string(by)+`/2: "a" is there twice`)
		}
		require.ErrorIs(t, (&Ties{By: []TieBreak{"toss"}}).check(q), ErrTies)
	})

	t.Run("what broke it is told in its own words", func(t *testing.T) {
		t.Parallel()
		p, err := NewProfile(Question{Method: Approval, Options: tied})
		require.NoError(t, err)
		for _, c := range tied[:2] {
			require.NoError(t, p.Add(Choices{c}, Voice))
		}
		for by, says := range map[TieBreak][]string{
			TieChair:  {"la présidence, qui a voix prépondérante, désigne b", "the chair's casting vote points to b", "der Stichentscheid des Vorsitzes bestimmt b"},
			TieEldest: {"la règle de l'âge désigne b", "the rule of age points to b", "die Altersregel bestimmt b"},
		} {
			order := []Choice{"b", "a"}
			r, err := CountBy(p, p.question, &Ties{By: []TieBreak{by}, Chair: order, Eldest: order})
			require.NoError(t, err)
			require.Equal(t, []Broken{{Choices: []Choice{"a", "b"}, By: by, Chosen: []Choice{"b"}}}, r.Broken)
			for i, lang := range []string{"fr", "en", "de"} {
				require.Contains(t, r.Explain(lang), says[i])
			}
		}
	})

	t.Run("those whom a stage leaves level are told apart by an earlier one", func(t *testing.T) {
		t.Parallel()
		history := [][]int64{{5, 4, 3}, {5, 6, 6}, {8, 8, 8}}
		past := stages{len(history), func(stage, a, b int) int { return cmp.Compare(history[stage][a], history[stage][b]) }}
		place, broken, ok := count(&Ties{By: []TieBreak{TiePrevious}}).first(all, past)
		require.True(t, ok)
		require.Equal(t, 1, place)
		require.Equal(t, &Broken{Choices: tied, By: TiePrevious, Chosen: []Choice{"b"}}, broken)
	})

	t.Run("draws are used in their order", func(t *testing.T) {
		t.Parallel()
		c := count(&Ties{By: []TieBreak{TieDrawn}, Drawn: []Choice{"b", "c"}})
		for _, drawn := range []Choice{"b", "c"} {
			place, broken, ok := c.last(all, past)
			require.True(t, ok)
			require.Equal(t, drawn, c.choice(place))
			require.Equal(t, &Broken{Choices: tied, By: TieDrawn, Chosen: []Choice{drawn}}, broken)
		}
		_, _, ok := c.last(all, past)
		require.False(t, ok, "nobody has drawn again")
		_, _, ok = count(&Ties{By: []TieBreak{TieDrawn}, Drawn: []Choice{"c"}}).first([]int{0, 1}, past)
		require.False(t, ok, "the draw was between others")
	})

	t.Run("what leaves two of them level breaks no tie", func(t *testing.T) {
		t.Parallel()
		_, broken, ok := count(&Ties{By: []TieBreak{TiePrevious}}).first(all, past)
		require.False(t, ok)
		require.Equal(t, &Broken{Choices: tied}, broken)
	})

	t.Run("always level, or no way to break it", func(t *testing.T) {
		t.Parallel()
		for _, c := range []*counting{count(nil), count(&Ties{}), count(&Ties{By: []TieBreak{TiePrevious}})} {
			_, broken, ok := c.last(all, stages{})
			require.False(t, ok)
			require.Equal(t, &Broken{Choices: tied}, broken)
		}
	})
}
