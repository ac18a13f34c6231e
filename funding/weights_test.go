package funding_test

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

func euros(t require.TestingT, text string) funding.Amount {
	a, err := money.ParseDecimal(text, money.EUR)
	require.NoError(t, err)
	return a
}

// date gives noon of a day of 2026, in UTC.
func date(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 12, 0, 0, 0, time.UTC)
}

func paid(t require.TestingT, donor, amount string, at time.Time) funding.Donation {
	return funding.Donation{Donor: donor, Amount: euros(t, amount), At: at, Stage: funding.Settled}
}

// campaign is the example of docs/methods/donor-weights.md: the year 2026 of four donors, up to the end of November.
func campaign(t require.TestingT, rule funding.WeightRule) funding.Weighing {
	w := funding.Weighing{Rule: rule, Cut: date(time.November, 30)}
	for month := time.January; month <= time.November; month++ {
		w.Donations = append(w.Donations, paid(t, "ana", "1.00", date(month, 5)))
	}
	w.Donations = append(
		w.Donations,
		paid(t, "bea", "100.00", date(time.May, 20)),
		paid(t, "cem", "400.00", date(time.November, 2)),
		paid(t, "dan", "0.50", date(time.October, 9)), paid(t, "dan", "0.50", date(time.November, 9)),
	)
	return w
}

// texts gives the weights in order of the donors.
func texts(t require.TestingT, w funding.Weighing) []string {
	got, err := w.Weights()
	require.NoError(t, err)
	var all []string
	for _, d := range got.Donors {
		all = append(all, d.Weight.String())
	}
	return all
}

// The table of docs/methods/donor-weights.md.
func TestWeightsExample(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		rule funding.WeightRule
		want []string
	}{
		{"one donor, one vote", funding.WeightRule{}, []string{"1", "1", "1", "1"}},
		{"one donor, one vote, from 5 EUR", funding.WeightRule{Minimum: euros(t, "5.00")}, []string{"1", "1", "1", "0"}},
		{"linear", funding.WeightRule{Shape: funding.Linear}, []string{"11", "100", "400", "1"}},
		{"linear, at most 50 EUR", funding.WeightRule{Shape: funding.Linear, Cap: euros(t, "50.00")}, []string{"11", "50", "50", "1"}},
		{"linear, at most the median", funding.WeightRule{Shape: funding.Linear, CapQuantile: voting.Fraction{Num: 1, Den: 2}}, []string{"11", "11", "11", "1"}},
		{"square root", funding.WeightRule{Shape: funding.SquareRoot}, []string{"3.316624", "10", "20", "1"}},
		{"logarithm", funding.WeightRule{Shape: funding.Log}, []string{"3.584962", "6.658211", "8.647458", "1"}},
		{"months", funding.WeightRule{Shape: funding.Months}, []string{"11", "1", "1", "2"}},
		{"one vote, double after a year", funding.WeightRule{Bonus: voting.Fraction{Num: 1, Den: 1}, BonusMonths: 12}, []string{"1.916666", "1.083333", "1.083333", "1.166666"}},
		{"linear, the last six months", funding.WeightRule{Shape: funding.Linear, Window: 6}, []string{"6", "0", "400", "1"}},
		{"linear, half after three months", funding.WeightRule{Shape: funding.Linear, HalfLife: 3}, []string{"4.465619", "25", "400", "0.89685"}},
		{"tiers", funding.WeightRule{Shape: funding.ByTier, Tiers: []funding.Tier{
			{From: euros(t, "1.00"), Weight: voting.Voice}, {From: euros(t, "10.00"), Weight: 2 * voting.Voice}, {From: euros(t, "100.00"), Weight: 3 * voting.Voice},
		}}, []string{"2", "3", "3", "1"}},
		{"half equal, half linear", funding.WeightRule{Shape: funding.Linear, EqualPart: voting.Fraction{Num: 1, Den: 2}}, []string{"0.542968", "0.890625", "2.0625", "0.503906"}},
		{"linear, nobody over two fifths", funding.WeightRule{Shape: funding.Linear, MaxShare: voting.Fraction{Num: 2, Den: 5}}, []string{"11", "24", "24", "1"}},
		{"linear, nobody over a fifth", funding.WeightRule{Shape: funding.Linear, MaxShare: voting.Fraction{Num: 1, Den: 5}}, []string{"1", "1", "1", "1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, texts(t, campaign(t, c.rule)))
		})
	}
}

func TestWeights(t *testing.T) {
	t.Parallel()
	linear := funding.WeightRule{Shape: funding.Linear}

	t.Run("only what is settled, and kept, and named, has weight", func(t *testing.T) {
		t.Parallel()
		cut := date(time.June, 30)
		w := funding.Weighing{Rule: linear, Cut: cut, Donations: []funding.Donation{
			paid(t, "ana", "10.00", date(time.May, 1)),
			{Donor: "ana", Amount: euros(t, "50.00"), At: date(time.May, 1), Stage: funding.Pledged},
			{Donor: "ana", Amount: euros(t, "50.00"), At: date(time.May, 1)},
			{Donor: "ana", Amount: euros(t, "30.00"), At: date(time.May, 2), Stage: funding.Disputed},
			paid(t, "ana", "70.00", date(time.July, 1)),
			paid(t, "", "1000.00", date(time.May, 1)),
			paid(t, "bea", "20.00", cut),
			{Donor: "bea", Amount: euros(t, "20.00"), Returned: euros(t, "5.00"), At: date(time.June, 1), Stage: funding.Settled},
			{Donor: "cem", Amount: euros(t, "20.00"), Returned: euros(t, "20.00"), At: date(time.June, 1), Stage: funding.Settled},
		}}
		got, err := w.Weights()
		require.NoError(t, err)
		require.Equal(t, []funding.DonorWeight{
			{Donor: "ana", Paid: euros(t, "10.00"), Disputed: euros(t, "30.00"), Months: 1, Uncapped: 10 * voting.Voice, Weight: 10 * voting.Voice},
			{Donor: "bea", Paid: euros(t, "35.00"), Disputed: euros(t, "0.00"), Months: 1, Uncapped: 35 * voting.Voice, Weight: 35 * voting.Voice},
			{Donor: "cem", Paid: euros(t, "0.00"), Disputed: euros(t, "0.00")},
		}, got.Donors)
		require.Equal(t, 45*voting.Voice, got.Total)
	})

	t.Run("no money is younger than the month of the cut, also where clocks go back over midnight", func(t *testing.T) {
		t.Parallel()
		zone, err := time.LoadLocation("America/St_Johns") // where the first of November 2009 began a second time after a minute
		require.NoError(t, err)
		at := time.Date(2009, time.November, 1, 0, 0, 30, 0, zone)
		cut := at.Add(30 * time.Minute)
		require.Equal(t, time.October, cut.In(zone).Month())
		w := funding.Weighing{
			Rule: funding.WeightRule{Shape: funding.Linear, HalfLife: 1}, Zone: zone, Cut: cut,
			Donations: []funding.Donation{paid(t, "ana", "10.00", at), paid(t, "ana", "10.00", at.AddDate(0, 0, -1))},
		}
		got, err := w.Weights()
		require.NoError(t, err)
		require.Equal(t, 20*voting.Voice, got.Total)
		require.Equal(t, 1, got.Donors[0].Months)
	})

	t.Run("a dispute that is won gives the weight back", func(t *testing.T) {
		t.Parallel()
		w := funding.Weighing{Rule: linear, Cut: date(time.June, 30), Donations: []funding.Donation{
			{Donor: "ana", Amount: euros(t, "30.00"), At: date(time.May, 2), Stage: funding.Disputed},
		}}
		require.Equal(t, []string{"0"}, texts(t, w))
		w.Donations[0].Stage = funding.Settled
		require.Equal(t, []string{"30"}, texts(t, w))
	})

	t.Run("fifty cents a month reach the minimum of one euro after two months", func(t *testing.T) {
		t.Parallel()
		w := funding.Weighing{Rule: funding.WeightRule{Minimum: euros(t, "1.00"), Window: 12}, Cut: date(time.January, 31)}
		w.Donations = append(w.Donations, paid(t, "dan", "0.50", date(time.January, 9)))
		require.Equal(t, []string{"0"}, texts(t, w))
		w.Donations = append(w.Donations, paid(t, "dan", "0.50", date(time.January, 10)))
		require.Equal(t, []string{"1"}, texts(t, w))
	})

	t.Run("months are those of the calendar where the space is", func(t *testing.T) {
		t.Parallel()
		newYear := time.Date(2025, time.December, 31, 21, 0, 0, 0, time.UTC) // one o'clock of 2026 in Réunion
		w := funding.Weighing{Rule: funding.WeightRule{Window: 1}, Cut: date(time.January, 31), Donations: []funding.Donation{paid(t, "ana", "1.00", newYear)}}
		require.Equal(t, []string{"0"}, texts(t, w), "in UTC it was last year")
		w.Zone = time.FixedZone("Indian/Reunion", 4*3600)
		require.Equal(t, []string{"1"}, texts(t, w))
	})

	t.Run("nobody's weight more than doubles, unless it was below the median or one voice", func(t *testing.T) {
		t.Parallel()
		rule := funding.WeightRule{Shape: funding.Linear, Growth: 2}
		w := funding.Weighing{Rule: rule, Cut: date(time.June, 30), Donations: []funding.Donation{
			paid(t, "ana", "100.00", date(time.May, 1)), paid(t, "bea", "100.00", date(time.May, 1)), paid(t, "new", "100.00", date(time.May, 1)),
			paid(t, "cem", "5.00", date(time.May, 1)),
		}}
		require.Equal(t, []string{"100", "100", "5", "100"}, texts(t, w), "nothing came before")
		w.Before = map[string]voting.Weight{"ana": 10 * voting.Voice, "bea": voting.Voice, "cem": 4 * voting.Voice, "gone": 6 * voting.Voice, "none": 0}
		require.Equal(t, []string{"20", "4", "5", "4"}, texts(t, w), "the lower median of 1, 4, 6 and 10 is 4")
		w.Before = map[string]voting.Weight{}
		require.Equal(t, []string{"1", "1", "1", "1"}, texts(t, w), "a voice to begin with")
	})

	t.Run("one donor with 99 percent of all money gets the part of the total that the rule says, and no more", func(t *testing.T) {
		t.Parallel()
		w := funding.Weighing{Rule: linear, Cut: date(time.June, 30)}
		w.Rule.MaxShare = voting.Fraction{Num: 1, Den: 4}
		w.Donations = append(w.Donations, paid(t, "whale", "990.00", date(time.May, 1)))
		for _, id := range []string{"ana", "bea", "cem", "dan", "eva"} {
			w.Donations = append(w.Donations, paid(t, id, "2.00", date(time.May, 1)))
		}
		require.Equal(t, []string{"2", "2", "2", "2", "2", "3.333333"}, texts(t, w), "a quarter of 13.333333, not of 1000")
	})

	t.Run("an organisation with many members gets its part, whose largest are cut first", func(t *testing.T) {
		t.Parallel()
		w := funding.Weighing{Rule: linear, Cut: date(time.June, 30), Organisations: map[string]string{"a1": "shop", "a2": "shop", "a3": "shop"}}
		w.Rule.MaxOrganisation = voting.Fraction{Num: 1, Den: 2}
		for id, amount := range map[string]string{"a1": "100.00", "a2": "50.00", "a3": "1.00", "bea": "4.00", "cem": "7.00"} {
			w.Donations = append(w.Donations, paid(t, id, amount, date(time.May, 1)))
		}
		require.Equal(t, []string{"5", "5", "1", "4", "7"}, texts(t, w))
	})

	t.Run("with too few donors for the cap, all are equal, and it is said", func(t *testing.T) {
		t.Parallel()
		w := campaign(t, linear)
		w.Rule.MaxShare = voting.Fraction{Num: 1, Den: 5}
		got, err := w.Weights()
		require.NoError(t, err)
		require.True(t, got.Equal)
		require.ErrorIs(t, got.Check(), funding.ErrCapUnreachable)
		require.ErrorContains(t, got.Check(), "rule/max_share: 4 donors")
		require.Equal(t, 4*voting.Voice, got.Total)
	})

	t.Run("twenty thousand donors are weighed", func(t *testing.T) {
		t.Parallel()
		w := funding.Weighing{Rule: funding.WeightRule{Shape: funding.SquareRoot, MaxShare: voting.Fraction{Num: 1, Den: 1000}}, Cut: date(time.June, 30)}
		for i := range 20_000 {
			w.Donations = append(w.Donations, funding.Donation{Donor: big.NewInt(int64(i)).String(), Amount: cents(t, int64(100+i)), At: date(time.May, 1), Stage: funding.Settled})
		}
		got, err := w.Weights()
		require.NoError(t, err)
		require.Len(t, got.Donors, 20_000)
		require.False(t, got.Equal)
	})

	t.Run("a rule is data", func(t *testing.T) {
		t.Parallel()
		rule := funding.WeightRule{
			Window: 12, Minimum: euros(t, "1.00"), HalfLife: 6, Cap: euros(t, "50.00"), Shape: funding.ByTier, Unit: euros(t, "2.00"),
			Tiers: []funding.Tier{{From: euros(t, "1.00"), Weight: voting.Voice / 2}}, Bonus: voting.Fraction{Num: 1, Den: 2}, BonusMonths: 12,
			EqualPart: voting.Fraction{Num: 1, Den: 3}, Growth: 2, MaxOrganisation: voting.Fraction{Num: 1, Den: 5}, MaxShare: voting.Fraction{Num: 1, Den: 10},
		}
		require.NoError(t, rule.Check(""))
		data, err := json.Marshal(rule)
		require.NoError(t, err)
		require.JSONEq(t, `{"window":12,"minimum":"1.00 EUR","half_life":6,"cap":"50.00 EUR","shape":"tier","unit":"2.00 EUR",
			"tiers":[{"from":"1.00 EUR","weight":"0.5"}],"bonus":"1/2","bonus_months":12,"equal_part":"1/3","growth":2,
			"max_organisation":"1/5","max_share":"1/10"}`, string(data))
		var back funding.WeightRule
		require.NoError(t, json.Unmarshal(data, &back))
		require.Equal(t, rule, back)
		data, err = json.Marshal(funding.WeightRule{})
		require.NoError(t, err)
		require.JSONEq(t, `{}`, string(data), "one donor, one vote")
	})

	t.Run("no donations, no weights", func(t *testing.T) {
		t.Parallel()
		got, err := funding.Weighing{Rule: linear}.Weights()
		require.NoError(t, err)
		require.Empty(t, got.Donors)
		require.Zero(t, got.Total)
		require.NoError(t, got.Check())
	})

	t.Run("yens and dinars have their own unit", func(t *testing.T) {
		t.Parallel()
		yen, err := money.New(1500, "JPY")
		require.NoError(t, err)
		unit, err := money.New(1000, "JPY")
		require.NoError(t, err)
		w := funding.Weighing{Rule: linear, Cut: date(time.June, 30), Donations: []funding.Donation{{Donor: "ana", Amount: yen, At: date(time.May, 1), Stage: funding.Settled}}}
		require.Equal(t, []string{"1500"}, texts(t, w))
		w.Rule.Unit = unit
		require.Equal(t, []string{"1.5"}, texts(t, w))
	})
}

func TestWeightsRefuse(t *testing.T) {
	t.Parallel()
	yen, err := money.New(100, "JPY")
	require.NoError(t, err)
	most, err := money.New(money.MaxMinor, money.EUR)
	require.NoError(t, err)
	half := voting.Fraction{Num: 1, Den: 2}

	for name, c := range map[string]struct {
		change func(*funding.Weighing)
		want   error
		place  string
	}{
		"nothing given":         {func(w *funding.Weighing) { w.Donations[3].Amount = euros(t, "0.00") }, funding.ErrDonation, "donations/3/amount: 0.00 EUR"},
		"less than nothing":     {func(w *funding.Weighing) { w.Donations[3].Amount = euros(t, "-5.00") }, funding.ErrDonation, "donations/3/amount: -5.00 EUR"},
		"no amount":             {func(w *funding.Weighing) { w.Donations[0].Amount = funding.Amount{} }, funding.ErrDonation, "donations/0/amount"},
		"no amount, later":      {func(w *funding.Weighing) { w.Donations[1].Amount = funding.Amount{} }, funding.ErrDonation, "donations/1/amount"},
		"too much returned":     {func(w *funding.Weighing) { w.Donations[3].Returned = euros(t, "1.01") }, funding.ErrDonation, "donations/3/returned: 1.01 EUR of 1.00 EUR"},
		"negative return":       {func(w *funding.Weighing) { w.Donations[3].Returned = euros(t, "-0.01") }, funding.ErrDonation, "donations/3/returned"},
		"no stage":              {func(w *funding.Weighing) { w.Donations[3].Stage = 9 }, funding.ErrDonation, "donations/3/stage: 9"},
		"a novel for a name":    {func(w *funding.Weighing) { w.Donations[3].Donor = strings.Repeat("x", 256) }, funding.ErrDonation, "donations/3/donor: 256 bytes"},
		"yens among euros":      {func(w *funding.Weighing) { w.Donations[3].Amount = yen }, money.ErrCurrencyMixed, "donations/3/amount: 100 JPY, EUR"},
		"yens returned":         {func(w *funding.Weighing) { w.Donations[3].Returned = yen }, money.ErrCurrencyMixed, "donations/3/returned"},
		"a rule in yens":        {func(w *funding.Weighing) { w.Rule.Cap = yen }, money.ErrCurrencyMixed, "donations/0/amount: 1.00 EUR, JPY"},
		"a rule in two":         {func(w *funding.Weighing) { w.Rule.Cap, w.Rule.Minimum = yen, euros(t, "1.00") }, money.ErrCurrencyMixed, "rule/cap: 100 JPY, EUR"},
		"more than can be":      {func(w *funding.Weighing) { w.Donations[0].Amount, w.Donations[1].Amount = most, most }, money.ErrOverflow, "donations/1/amount"},
		"a weight too large":    {func(w *funding.Weighing) { w.Donations[0].Amount = euros(t, "1000001.00") }, voting.ErrWeight, "donors/ana"},
		"weights before":        {func(w *funding.Weighing) { w.Before = map[string]voting.Weight{"zoe": -1, "yan": -2} }, voting.ErrWeight, "before/yan"},
		"negative minimum":      {func(w *funding.Weighing) { w.Rule.Minimum = euros(t, "-1.00") }, funding.ErrWeightRule, "rule/minimum"},
		"a cap of nothing":      {func(w *funding.Weighing) { w.Rule.Cap = euros(t, "0.00") }, funding.ErrWeightRule, "rule/cap"},
		"two caps":              {func(w *funding.Weighing) { w.Rule.Cap, w.Rule.CapQuantile = euros(t, "5.00"), half }, funding.ErrWeightRule, "rule/cap_quantile"},
		"a unit of nothing":     {func(w *funding.Weighing) { w.Rule.Unit = euros(t, "0.00") }, funding.ErrWeightRule, "rule/unit"},
		"a window in the past":  {func(w *funding.Weighing) { w.Rule.Window = -1 }, funding.ErrWeightRule, "rule/window: -1"},
		"an endless window":     {func(w *funding.Weighing) { w.Rule.Window = math.MaxInt }, funding.ErrWeightRule, "rule/window"},
		"a long half-life":      {func(w *funding.Weighing) { w.Rule.HalfLife = 121 }, funding.ErrWeightRule, "rule/half_life"},
		"a bonus for no months": {func(w *funding.Weighing) { w.Rule.Bonus = half }, funding.ErrWeightRule, "rule/bonus_months"},
		"no growth at all":      {func(w *funding.Weighing) { w.Rule.Growth = 1 }, funding.ErrWeightRule, "rule/growth"},
		"more than the whole":   {func(w *funding.Weighing) { w.Rule.MaxShare = voting.Fraction{Num: 3, Den: 2} }, funding.ErrWeightRule, "rule/max_share: 3/2"},
		"a part of nothing":     {func(w *funding.Weighing) { w.Rule.MaxShare = voting.Fraction{Num: 0, Den: 2} }, funding.ErrWeightRule, "rule/max_share: 0/2"},
		"no fraction":           {func(w *funding.Weighing) { w.Rule.MaxOrganisation = voting.Fraction{Num: 1} }, funding.ErrWeightRule, "rule/max_organisation: 1/0"},
		"a negative quantile":   {func(w *funding.Weighing) { w.Rule.CapQuantile = voting.Fraction{Num: -1, Den: 2} }, funding.ErrWeightRule, "rule/cap_quantile: -1/2"},
		"no shape":              {func(w *funding.Weighing) { w.Rule.Shape = "cubic" }, funding.ErrWeightRule, "rule/shape"},
		"no tiers":              {func(w *funding.Weighing) { w.Rule.Shape = funding.ByTier }, funding.ErrWeightRule, "rule/tiers"},
		"tiers downwards": {func(w *funding.Weighing) {
			w.Rule.Shape = funding.ByTier
			w.Rule.Tiers = []funding.Tier{{From: euros(t, "5.00")}, {From: euros(t, "5.00")}}
		}, funding.ErrWeightRule, "rule/tiers/1/from"},
		"a tier too heavy": {func(w *funding.Weighing) {
			w.Rule.Shape = funding.ByTier
			w.Rule.Tiers = []funding.Tier{{From: euros(t, "5.00"), Weight: voting.MaxWeight + 1}}
		}, funding.ErrWeightRule, "rule/tiers/0/weight"},
		"tiers without their shape": {func(w *funding.Weighing) { w.Rule.Tiers = []funding.Tier{{From: euros(t, "5.00")}} }, funding.ErrWeightRule, "rule/tiers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := campaign(t, funding.WeightRule{Shape: funding.Linear})
			c.change(&w)
			got, err := w.Weights()
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.place)
			require.Zero(t, got)
		})
	}
}
