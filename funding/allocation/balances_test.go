package allocation_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// donor has so many cents and approves projects.
func donor(t require.TestingT, id string, balance int64, approves ...string) allocation.Donor {
	d := allocation.Donor{ID: id, Balance: cents(t, balance), Weight: voting.Voice}
	for _, p := range approves {
		d.Ballot = append(d.Ballot, allocation.Vote{Project: p})
	}
	return d
}

// give buys with what donors have.
func give(t require.TestingT, b allocation.Balances) allocation.BalanceOutcome {
	out, err := allocation.AllocateBalances(b)
	require.NoError(t, err)
	return out
}

// garden is the worked example of docs/methods/personal-balances.md: seven donors, a shed for 100 EUR and a pond for 60 EUR.
func garden(t require.TestingT) allocation.Balances {
	return allocation.Balances{
		Projects: []allocation.Project{project(t, "shed", 100), project(t, "pond", 60)},
		Donors: []allocation.Donor{
			donor(t, "ada", 5_000, "shed"), donor(t, "bea", 3_000, "shed", "pond"), donor(t, "cem", 1_500, "shed"),
			donor(t, "dan", 3_000, "shed", "pond"), donor(t, "eva", 3_000, "shed", "pond"), donor(t, "fay", 2_500, "shed"),
			donor(t, "gus", 2_500, "pond"),
		},
	}
}

func TestPersonalBalancesPage(t *testing.T) {
	t.Parallel()
	t.Run("the shed is bought, by a sixth of it each, and the pond is waited for", func(t *testing.T) {
		t.Parallel()
		out := give(t, garden(t))
		require.Equal(t, []string{"shed"}, out.Selected)
		require.Equal(t, euros(t, 205), out.Budget)
		require.Equal(t, euros(t, 105), out.Left)
		// cem gives all of 15 EUR; the other five share 85 EUR.
		require.Equal(t, voting.Number("17"), out.Rounds[0].Price)
		require.Equal(t, voters(6), out.Rounds[0].Payers)
		require.Equal(t, voters(1), out.Rounds[0].Emptied)
		require.Equal(t, allocation.Statement{
			ID: "cem", Before: euros(t, 15), Paid: []allocation.Paid{{Project: "shed", Amount: euros(t, 15)}}, Left: euros(t, 0),
		}, out.Donors[2])
		require.Equal(t, allocation.Statement{ID: "gus", Before: euros(t, 25), Left: euros(t, 25)}, out.Donors[6])
		// Four support the pond, each for a fifth of it at most: 12 EUR each.
		require.Equal(t, allocation.Why{Reason: allocation.TooFew, Round: 1, Have: euros(t, 48), Missing: euros(t, 12)}, why(out.Outcome, "pond"))
	})
	t.Run("without a guard four are enough", func(t *testing.T) {
		t.Parallel()
		round := garden(t)
		round.Guard = &allocation.Guard{}
		out := give(t, round)
		require.Equal(t, []string{"shed", "pond"}, out.Selected)
		require.Equal(t, euros(t, 45), out.Left)
		require.Equal(t, euros(t, 4), out.Donors[6].Left)
		require.Equal(t, []allocation.Paid{{Project: "shed", Amount: euros(t, 17)}, {Project: "pond", Amount: euros(t, 13)}}, out.Donors[1].Paid)
	})
	t.Run("it reads in three languages, and as data", func(t *testing.T) {
		t.Parallel()
		out := give(t, garden(t))
		for lang, words := range map[string]string{"fr": "trop peu", "en": "too few", "de": "zu wenige"} {
			text := out.Explain(lang)
			require.NotContains(t, text, "allocation.", lang)
			require.Contains(t, text, words)
		}
		text, err := json.Marshal(out)
		require.NoError(t, err)
		require.Contains(t, string(text), `{"id":"ada","before":"50","paid":[{"project":"shed","amount":"17"}],"left":"33"}`)
		require.Contains(t, string(text), `"paid":[{"project":"shed","amount":"15"}]`)
		require.Contains(t, string(text), `"rule":"personal-balances"`)
	})
}

func TestPersonalBalances(t *testing.T) {
	t.Parallel()
	t.Run("the campaign: 157 donors give 89 EUR a month, and the first feature comes after 30 months", func(t *testing.T) {
		t.Parallel()
		round := allocation.Balances{Projects: []allocation.Project{project(t, "feature", 2_600), project(t, "study", 5_000)}}
		for i := range 157 {
			round.Donors = append(round.Donors, donor(t, strconv.Itoa(1000+i), 0, "feature", "study"))
		}
		equal := make([]uint64, 157)
		for i := range equal {
			equal[i] = 1
		}
		gifts, err := euros(t, 89).Allocate(equal)
		require.NoError(t, err)
		bought := map[string]int{}
		for month := 1; month <= 86; month++ {
			for i := range round.Donors {
				round.Donors[i].Balance, err = round.Donors[i].Balance.Add(gifts[i])
				require.NoError(t, err)
			}
			out := give(t, round)
			for i, s := range out.Donors {
				require.Equal(t, round.Donors[i].ID, s.ID)
				round.Donors[i].Balance = s.Left
			}
			for _, id := range out.Selected {
				bought[id] = month
			}
			if month == 1 {
				require.Equal(t, allocation.Why{
					Reason: allocation.Short, Price: "2600/157", Have: euros(t, 89), Missing: euros(t, 2_511),
				}, why(out.Outcome, "feature"))
			}
			if len(out.Selected) > 0 {
				require.Equal(t, euros(t, 89*int64(month)-2_600), out.Left)
				round.Projects = round.Projects[1:]
				for i := range round.Donors {
					round.Donors[i].Ballot = round.Donors[i].Ballot[1:]
				}
				if len(round.Projects) == 0 {
					break
				}
			}
			if month == 85 {
				require.Equal(t, euros(t, 89*85-2_600), out.Left)
				require.Equal(t, euros(t, 35), why(out.Outcome, "study").Missing)
				break
			}
		}
		require.Equal(t, map[string]int{"feature": 30}, bought)
	})
	t.Run("one cent that does not divide goes to the first id, in whatever order donors come", func(t *testing.T) {
		t.Parallel()
		round := allocation.Balances{Projects: []allocation.Project{{ID: "a", Cost: cents(t, 1_001)}}, Guard: &allocation.Guard{}}
		round.Donors = []allocation.Donor{donor(t, "z", 900, "a"), donor(t, "b", 900, "a"), donor(t, "m", 900, "a")}
		out := give(t, round)
		require.Equal(t, []int64{566, 566, 567}, []int64{out.Donors[0].Left.Minor(), out.Donors[1].Left.Minor(), out.Donors[2].Left.Minor()})
	})
	t.Run("five can always pay, each a fifth rounded up", func(t *testing.T) {
		t.Parallel()
		round := allocation.Balances{Projects: []allocation.Project{{ID: "a", Cost: cents(t, 2_601)}}}
		for i := range 5 {
			round.Donors = append(round.Donors, donor(t, strconv.Itoa(i), 10_000, "a"))
		}
		out := give(t, round)
		require.Equal(t, cents(t, 521), out.Donors[0].Paid[0].Amount)
		require.Equal(t, cents(t, 520), out.Donors[4].Paid[0].Amount)
		round.Donors = round.Donors[1:]
		out = give(t, round)
		require.Equal(t, allocation.TooFew, why(out.Outcome, "a").Reason)
		require.Equal(t, "a (€26.01), with 4 votes: too few people who still have money support it. Together they could give €20.84; €5.17 is missing.",
			out.ExplainProject("en", "a"))
		round.Guard = &allocation.Guard{Supporters: 5}
		require.Equal(t, "a (€26.01), with 4 votes: too few people who still have money support it, though together they could pay for it.",
			give(t, round).ExplainProject("en", "a"))
	})
	t.Run("the rich one pays no more than a fifth, though nobody else has enough", func(t *testing.T) {
		t.Parallel()
		round := allocation.Balances{Projects: []allocation.Project{project(t, "a", 100)}, Donors: []allocation.Donor{donor(t, "rich", 1_000_000, "a")}}
		for i := range 5 {
			round.Donors = append(round.Donors, donor(t, strconv.Itoa(i), 1_500, "a"))
		}
		out := give(t, round)
		require.Equal(t, allocation.Short, why(out.Outcome, "a").Reason)
		require.Equal(t, euros(t, 95), why(out.Outcome, "a").Have)
		round.Donors = append(round.Donors, donor(t, "six", 600, "a"))
		out = give(t, round)
		require.Equal(t, []string{"a"}, out.Selected)
		require.Equal(t, cents(t, 1_900), out.Donors[5].Paid[0].Amount) // "rich": six has only 6, and the others 15
	})
	t.Run("who has weight 2 pays twice as much as others, and who has none pays nothing", func(t *testing.T) {
		t.Parallel()
		two, none := donor(t, "two", 9_000, "a"), donor(t, "none", 9_000, "a")
		two.Weight, none.Weight = 2*voting.Voice, 0
		out := give(t, allocation.Balances{
			Projects: []allocation.Project{project(t, "a", 90)}, Guard: &allocation.Guard{},
			Donors: []allocation.Donor{two, none, donor(t, "one", 9_000, "a")},
		})
		require.Equal(t, euros(t, 180), out.Budget)
		require.Equal(t, []money.Amount{euros(t, 90), euros(t, 60), euros(t, 30)}, []money.Amount{out.Donors[0].Left, out.Donors[1].Left, out.Donors[2].Left})
		require.Equal(t, voting.Number("30"), out.Rounds[0].Price)
	})
	t.Run("nobody has anything yet, and nobody supports the other", func(t *testing.T) {
		t.Parallel()
		round := allocation.Balances{Projects: []allocation.Project{project(t, "a", 90), project(t, "b", 1)}, Donors: []allocation.Donor{{ID: "x", Weight: voting.Voice}}}
		round.Donors[0].Ballot = []allocation.Vote{{Project: "a"}}
		out := give(t, round)
		require.Equal(t, allocation.Why{Reason: allocation.TooFew, Have: euros(t, 0), Missing: euros(t, 90)}, why(out.Outcome, "a"))
		require.Equal(t, allocation.Why{Reason: allocation.NoSupport, Have: euros(t, 0), Missing: euros(t, 1)}, why(out.Outcome, "b"))
	})
	t.Run("of two that exclude each other one is bought", func(t *testing.T) {
		t.Parallel()
		a, b := project(t, "a", 30), project(t, "b", 30)
		a.Excludes, b.Excludes = []string{"corner"}, []string{"corner"}
		out := give(t, allocation.Balances{
			Projects: []allocation.Project{a, b}, Guard: &allocation.Guard{},
			Donors: []allocation.Donor{donor(t, "x", 9_000, "a", "b"), donor(t, "y", 9_000, "b")},
		})
		require.Equal(t, []string{"b"}, out.Selected)
		require.Equal(t, allocation.Why{Reason: allocation.Excluded, Round: 1, By: "b", Have: euros(t, 30), Missing: euros(t, 0)}, why(out.Outcome, "a"))
	})
}

// paths gives all places at fault, in one text.
func paths(err error) string {
	var all []string
	for _, f := range fault.Of(err).Fields {
		all = append(all, f.Path)
	}
	return strings.Join(all, " ")
}

func TestBalancesRefused(t *testing.T) {
	t.Parallel()
	dollars, err := money.New(100, "USD")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change func(b *allocation.Balances)
		err    error
		at     string
	}{
		"no donors":              {func(b *allocation.Balances) { b.Donors = nil }, allocation.ErrNoBallots, ""},
		"no projects":            {func(b *allocation.Balances) { b.Projects = nil }, money.ErrCurrencyUnknown, ""},
		"a debt":                 {func(b *allocation.Balances) { b.Donors[0].Balance = cents(t, -1) }, allocation.ErrDonors, `donors/"ada"/balance`},
		"another currency":       {func(b *allocation.Balances) { b.Donors[0].Balance = dollars }, allocation.ErrDonors, `donors/"ada"/balance`},
		"an id twice":            {func(b *allocation.Balances) { b.Donors[0].ID = "bea" }, allocation.ErrDonors, `donors/"bea"`},
		"no id":                  {func(b *allocation.Balances) { b.Donors[0].ID = "" }, allocation.ErrDonors, `donors/""`},
		"a long id":              {func(b *allocation.Balances) { b.Donors[0].ID = strings.Repeat("x", 201) }, allocation.ErrDonors, ""},
		"an id on two lines":     {func(b *allocation.Balances) { b.Donors[0].ID = "a\nb" }, allocation.ErrDonors, ""},
		"an unknown project":     {func(b *allocation.Balances) { b.Donors[0].Ballot[0].Project = "moon" }, allocation.ErrBallot, `donors/"ada"/0`},
		"a weight below nothing": {func(b *allocation.Balances) { b.Donors[0].Weight = -1 }, voting.ErrWeight, `donors/"ada"`},
		"more than fits":         {func(b *allocation.Balances) { b.Donors[0].Balance = cents(t, money.MaxMinor) }, money.ErrOverflow, ""},
		"a negative guard":       {func(b *allocation.Balances) { b.Guard = &allocation.Guard{Supporters: -1} }, allocation.ErrGuard, "supporters"},
		"more than all of it":    {func(b *allocation.Balances) { b.Guard = &allocation.Guard{Share: voting.Fraction{Num: 3, Den: 2}} }, allocation.ErrGuard, "share"},
		"nothing of it":          {func(b *allocation.Balances) { b.Guard = &allocation.Guard{Share: voting.Fraction{Num: 0, Den: 2}} }, allocation.ErrGuard, "share"},
		"a completion":           {func(b *allocation.Balances) { b.Options.Completion = allocation.Add1 }, allocation.ErrOptions, ""},
		"a comparison":           {func(b *allocation.Balances) { b.Options.Comparison = true }, allocation.ErrOptions, ""},
		"a cost of nothing":      {func(b *allocation.Balances) { b.Projects[0].Cost = cents(t, 0) }, allocation.ErrProjects, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			round := garden(t)
			c.change(&round)
			_, err := allocation.AllocateBalances(round)
			require.ErrorIs(t, err, c.err)
			require.Contains(t, paths(err), c.at)
		})
	}
	t.Run("an election, which has no donors", func(t *testing.T) {
		t.Parallel()
		_, err := allocation.Allocate(square(t), allocation.PersonalBalances, nil)
		require.ErrorIs(t, err, allocation.ErrRule)
	})
}
