package allocation_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// gave are gifts of whole euros to a project, each from another donor.
func gave(t require.TestingT, project string, amounts ...int64) []allocation.Gift {
	var gifts []allocation.Gift
	for i, n := range amounts {
		gifts = append(gifts, allocation.Gift{Donor: project + strconv.Itoa(i), Project: project, Amount: euros(t, n)})
	}
	return gifts
}

// hamlet is the example of docs/methods/quadratic-funding.md.
func hamlet(t require.TestingT) []allocation.Gift {
	var all []allocation.Gift
	all = append(all, gave(t, "garden", 4, 4, 4, 4)...)
	all = append(all, gave(t, "roof", 100, 1)...)
	all = append(all, gave(t, "well", 9, 16)...)
	return append(all, gave(t, "statue", 500)...)
}

// matched gives what the projects are given, in order of their ids, and why.
func matched(m allocation.Matches) (given []string, why []allocation.MatchReason) {
	for _, p := range m.Projects {
		given = append(given, p.ID+" "+p.Match.Short())
		why = append(why, p.Why)
	}
	return given, why
}

func TestQuadratic(t *testing.T) {
	t.Parallel()
	type reasons = []allocation.MatchReason
	match := func(t *testing.T, q allocation.Quadratic, gifts []allocation.Gift) allocation.Matches {
		m, err := q.Match(gifts)
		require.NoError(t, err)
		return m
	}

	t.Run("a pool that is large enough gives what the formula says, and keeps the rest", func(t *testing.T) {
		t.Parallel()
		m := match(t, allocation.Quadratic{Pool: euros(t, 200)}, hamlet(t))
		given, why := matched(m)
		require.Equal(t, []string{"garden 48", "roof 20", "statue 0", "well 24"}, given)
		require.Equal(t, reasons{allocation.MatchInFull, allocation.MatchInFull, allocation.MatchOneDonor, allocation.MatchInFull}, why)
		require.Equal(t, euros(t, 92), m.Matched)
		require.Equal(t, euros(t, 108), m.Left)
		require.False(t, m.Scaled)
		require.Equal(t, int64(4), m.Projects[0].Donors)
		require.Equal(t, euros(t, 16), m.Projects[0].Gifts)
	})
	t.Run("all of it is shared if that is asked for", func(t *testing.T) {
		t.Parallel()
		m := match(t, allocation.Quadratic{Pool: euros(t, 184), ScaleUp: true}, hamlet(t))
		given, why := matched(m)
		require.Equal(t, []string{"garden 96", "roof 40", "statue 0", "well 48"}, given)
		require.Equal(t, reasons{allocation.MatchScaled, allocation.MatchScaled, allocation.MatchOneDonor, allocation.MatchScaled}, why)
		require.True(t, m.Left.IsZero())
	})
	t.Run("a pool that is too small is shared in proportion, to the last cent", func(t *testing.T) {
		t.Parallel()
		m := match(t, allocation.Quadratic{Pool: euros(t, 50)}, hamlet(t))
		given, _ := matched(m)
		require.Equal(t, []string{"garden 26.09", "roof 10.87", "statue 0", "well 13.04"}, given)
		require.Equal(t, euros(t, 48), m.Projects[0].Formula)
	})
	t.Run("what is above a cap goes to the others, and what none may have is left", func(t *testing.T) {
		t.Parallel()
		q := allocation.Quadratic{Pool: euros(t, 92), MaxPart: voting.Fraction{Num: 1, Den: 4}}
		given, why := matched(match(t, q, hamlet(t)))
		require.Equal(t, []string{"garden 23", "roof 23", "statue 0", "well 23"}, given)
		require.Equal(t, reasons{allocation.MatchCapped, allocation.MatchCapped, allocation.MatchOneDonor, allocation.MatchCapped}, why)
		require.Equal(t, euros(t, 23), match(t, q, hamlet(t)).Left)

		q = allocation.Quadratic{Pool: euros(t, 92), MaxMatch: euros(t, 37)}
		given, why = matched(match(t, q, hamlet(t)))
		require.Equal(t, []string{"garden 37", "roof 25", "statue 0", "well 30"}, given)
		require.Equal(t, reasons{allocation.MatchCapped, allocation.MatchShared, allocation.MatchOneDonor, allocation.MatchShared}, why)

		q = allocation.Quadratic{Pool: euros(t, 92), Goals: map[string]money.Amount{"well": euros(t, 7)}}
		given, _ = matched(match(t, q, hamlet(t)))
		require.Equal(t, []string{"garden 60", "roof 25", "statue 0", "well 7"}, given)
	})
	t.Run("gifts of one donor are one gift, doubtful donors count less, and small ones not at all", func(t *testing.T) {
		t.Parallel()
		gifts := append(gave(t, "garden", 4, 4), allocation.Gift{Donor: "garden0", Project: "garden", Amount: euros(t, 5)})
		given, _ := matched(match(t, allocation.Quadratic{Pool: euros(t, 100)}, gifts))
		require.Equal(t, []string{"garden 12"}, given, "2 * root of 9 * 4")
		q := allocation.Quadratic{Pool: euros(t, 100), Coefficients: map[string]voting.Fraction{"garden0": {Num: 1, Den: 9}}}
		given, _ = matched(match(t, q, gifts))
		require.Equal(t, []string{"garden 4"}, given, "2 * root of 1 * 4")
		q.MinGift = cents(t, 101)
		given, why := matched(match(t, q, gifts))
		require.Equal(t, []string{"garden 0"}, given)
		require.Equal(t, reasons{allocation.MatchOneDonor}, why)
		q.MinGift = euros(t, 5)
		_, why = matched(match(t, q, gifts))
		require.Equal(t, reasons{allocation.MatchNothing}, why)
		given, _ = matched(match(t, allocation.Quadratic{Pool: euros(t, 100), MaxGift: euros(t, 1)}, gifts))
		require.Equal(t, []string{"garden 2"}, given)
	})
	t.Run("two donors who give together everywhere draw less, pair by pair", func(t *testing.T) {
		t.Parallel()
		var gifts []allocation.Gift
		for _, project := range []string{"a", "b", "c"} {
			for _, donor := range []string{"ana", "bea"} {
				gifts = append(gifts, allocation.Gift{Donor: donor, Project: project, Amount: euros(t, 4)})
			}
		}
		gifts = append(gifts, gave(t, "d", 4, 4)...)
		// A pair draws 4 from each project. Ana and Bea draw 12 together, which counts 6/(6+12); the others 4, which counts 6/(6+4).
		given, _ := matched(match(t, allocation.Quadratic{Pool: euros(t, 100), Pairwise: euros(t, 6)}, gifts))
		require.Equal(t, []string{"a 1.34", "b 1.33", "c 1.33", "d 2.40"}, given)
	})
	t.Run("roots that come to whole numbers are whole", func(t *testing.T) {
		t.Parallel()
		var gifts []allocation.Gift
		for i, n := range []int64{2, 8, 18} { // multiples of the root of 2
			gifts = append(gifts, allocation.Gift{Donor: strconv.Itoa(i), Project: "p", Amount: cents(t, n)})
		}
		m := match(t, allocation.Quadratic{Pool: euros(t, 100)}, gifts)
		require.Equal(t, cents(t, 44), m.Matched, "36 * 2 - 28")
		gifts = gifts[:0]
		for i := range 10_000 {
			gifts = append(gifts, allocation.Gift{Donor: strconv.Itoa(i), Project: "p", Amount: cents(t, 7)})
		}
		m = match(t, allocation.Quadratic{Pool: cents(t, money.MaxMinor)}, gifts)
		require.Equal(t, cents(t, 7*10_000*9_999), m.Matched, "a * n * (n - 1)")
	})
	t.Run("remainders that are equal as fractions are a tie, which the lower id wins", func(t *testing.T) {
		t.Parallel()
		var gifts []allocation.Gift
		for _, g := range []struct{ donor, project string }{{"ana", "c"}, {"dan", "c"}, {"ana", "a"}, {"bea", "a"}, {"cem", "a"}} {
			gifts = append(gifts, allocation.Gift{Donor: g.donor, Project: g.project, Amount: cents(t, 5)})
		}
		// 60/9 and 20/9, of 2 cents: 1.5 and 0.5.
		given, _ := matched(match(t, allocation.Quadratic{Pool: cents(t, 2), Pairwise: cents(t, 4)}, gifts))
		require.Equal(t, []string{"a 0.02", "c 0"}, given)
	})
	t.Run("no gifts, no match", func(t *testing.T) {
		t.Parallel()
		m := match(t, allocation.Quadratic{Pool: euros(t, 100), ScaleUp: true}, nil)
		require.Empty(t, m.Projects)
		require.Equal(t, euros(t, 100), m.Left)
		m = match(t, allocation.Quadratic{Pool: euros(t, 100), ScaleUp: true}, gave(t, "a", 5))
		require.Equal(t, euros(t, 100), m.Left, "one donor is matched by nobody")
	})
	t.Run("the largest amounts fit", func(t *testing.T) {
		t.Parallel()
		var gifts []allocation.Gift
		for i := range 3 {
			gifts = append(gifts, allocation.Gift{Donor: strconv.Itoa(i), Project: "p", Amount: cents(t, money.MaxMinor/3)})
		}
		m := match(t, allocation.Quadratic{Pool: cents(t, money.MaxMinor)}, gifts)
		require.Equal(t, cents(t, money.MaxMinor), m.Matched)
		require.Equal(t, cents(t, money.MaxMinor), m.Projects[0].Formula)
	})
	t.Run("is data", func(t *testing.T) {
		t.Parallel()
		data, err := json.Marshal(match(t, allocation.Quadratic{Pool: euros(t, 50)}, gave(t, "a", 1, 4)))
		require.NoError(t, err)
		require.JSONEq(t, `{"pool":"50.00 EUR","matched":"4.00 EUR","left":"46.00 EUR","scaled":false,"projects":[
			{"id":"a","donors":2,"gifts":"5.00 EUR","formula":"4.00 EUR","match":"4.00 EUR","why":"in-full"}]}`, string(data))
	})
}

func TestQuadraticRefuses(t *testing.T) {
	t.Parallel()
	yen, err := money.New(100, "JPY")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(*allocation.Quadratic, []allocation.Gift)
		want   error
		place  string
	}{
		"no pool":           {func(q *allocation.Quadratic, _ []allocation.Gift) { q.Pool = money.Amount{} }, allocation.ErrMatching, "pool"},
		"a pool of nothing": {func(q *allocation.Quadratic, _ []allocation.Gift) { q.Pool = euros(t, 0) }, allocation.ErrMatching, "pool: 0.00 EUR"},
		"a negative bound":  {func(q *allocation.Quadratic, _ []allocation.Gift) { q.MaxGift = euros(t, -1) }, allocation.ErrMatching, "max_gift: -1.00 EUR"},
		"a negative goal": {func(q *allocation.Quadratic, _ []allocation.Gift) {
			q.Goals = map[string]money.Amount{"a": euros(t, -1)}
		}, allocation.ErrMatching, "goals/a"},
		"a bound in yens":   {func(q *allocation.Quadratic, _ []allocation.Gift) { q.Pairwise = yen }, money.ErrCurrencyMixed, "pairwise"},
		"no part":           {func(q *allocation.Quadratic, _ []allocation.Gift) { q.MaxPart = voting.Fraction{Num: 2, Den: 1} }, allocation.ErrMatching, "max_part: 2/1"},
		"a part of nothing": {func(q *allocation.Quadratic, _ []allocation.Gift) { q.MaxPart = voting.Fraction{Num: 0, Den: 1} }, allocation.ErrMatching, "max_part: 0/1"},
		"more than sure": {func(q *allocation.Quadratic, _ []allocation.Gift) {
			q.Coefficients = map[string]voting.Fraction{"x": {Num: 3, Den: 2}}
		}, allocation.ErrMatching, "coefficients/x: 3/2"},
		"a negative gift":     {func(_ *allocation.Quadratic, g []allocation.Gift) { g[1].Amount = euros(t, -4) }, allocation.ErrGift, "gifts/1/amount: -4.00 EUR"},
		"nobody's gift":       {func(_ *allocation.Quadratic, g []allocation.Gift) { g[1].Donor = "" }, allocation.ErrGift, "gifts/1/donor"},
		"a gift to nothing":   {func(_ *allocation.Quadratic, g []allocation.Gift) { g[1].Project = "" }, allocation.ErrGift, "gifts/1/project"},
		"a novel for an id":   {func(_ *allocation.Quadratic, g []allocation.Gift) { g[1].Project = strings.Repeat("x", 201) }, allocation.ErrGift, "gifts/1/project: 201 bytes"},
		"yens among euros":    {func(_ *allocation.Quadratic, g []allocation.Gift) { g[1].Amount = yen }, money.ErrCurrencyMixed, "gifts/1/amount: 100 JPY, EUR"},
		"more than there can": {func(_ *allocation.Quadratic, g []allocation.Gift) { g[1].Amount = cents(t, money.MaxMinor) }, money.ErrOverflow, "gifts/1/amount"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, gifts := allocation.Quadratic{Pool: euros(t, 50)}, gave(t, "a", 4, 4)
			c.change(&q, gifts)
			got, err := q.Match(gifts)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.place)
			require.Zero(t, got)
		})
	}
	t.Run("too many pairs", func(t *testing.T) {
		t.Parallel()
		gifts := gave(t, "a", make([]int64, 3000)...)
		for i := range gifts {
			gifts[i].Amount = euros(t, 1)
		}
		_, err := allocation.Quadratic{Pool: euros(t, 50), Pairwise: euros(t, 1)}.Match(gifts)
		require.ErrorIs(t, err, allocation.ErrTooLarge)
		_, err = allocation.Quadratic{Pool: euros(t, 50)}.Match(gifts)
		require.NoError(t, err)
	})
}

func TestOneToOne(t *testing.T) {
	t.Parallel()
	gift := func(donor, project string, n int64) allocation.Gift {
		return allocation.Gift{Donor: donor, Project: project, Amount: euros(t, n)}
	}
	gifts := []allocation.Gift{
		gift("ana", "garden", 10), gift("bea", "garden", 80), gift("ana", "roof", 30), gift("bea", "garden", 40), gift("cem", "roof", 100), gift("dan", "well", 20),
	}

	t.Run("every gift is doubled, first come, first served", func(t *testing.T) {
		t.Parallel()
		o := allocation.OneToOne{Pool: euros(t, 200), MaxGift: euros(t, 100), MaxProject: euros(t, 105)}
		m, each, err := o.Match(gifts)
		require.NoError(t, err)
		var added []string
		for i, g := range each {
			require.Equal(t, i, g.Gift)
			added = append(added, g.Match.Short())
		}
		require.Equal(t, []string{"10", "80", "30", "15", "65", "0"}, added, "20 of Bea's 40 are within her bound, and 15 within the project's")
		given, why := matched(m)
		require.Equal(t, []string{"garden 105", "roof 95", "well 0"}, given)
		require.Equal(t, []allocation.MatchReason{allocation.MatchCapped, allocation.MatchEmpty, allocation.MatchEmpty}, why)
		require.Equal(t, euros(t, 110), m.Projects[0].Formula)
		require.True(t, m.Left.IsZero())
	})
	t.Run("a pool that is large enough doubles all", func(t *testing.T) {
		t.Parallel()
		m, _, err := allocation.OneToOne{Pool: euros(t, 1000)}.Match(gifts)
		require.NoError(t, err)
		given, why := matched(m)
		require.Equal(t, []string{"garden 130", "roof 130", "well 20"}, given)
		require.Equal(t, []allocation.MatchReason{allocation.MatchInFull, allocation.MatchInFull, allocation.MatchInFull}, why)
		require.Equal(t, euros(t, 720), m.Left)
	})
	t.Run("what cannot be doubled is refused", func(t *testing.T) {
		t.Parallel()
		_, _, err := allocation.OneToOne{Pool: euros(t, -1)}.Match(gifts)
		require.ErrorIs(t, err, allocation.ErrMatching)
		_, _, err = allocation.OneToOne{Pool: euros(t, 1), MaxProject: euros(t, -1)}.Match(gifts)
		require.ErrorContains(t, err, "max_project")
		_, _, err = allocation.OneToOne{Pool: euros(t, 1)}.Match([]allocation.Gift{gift("", "a", 1)})
		require.ErrorIs(t, err, allocation.ErrGift)
	})
}
