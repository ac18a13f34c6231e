package formats_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
)

// outcome is what came out of a case.
type outcome struct {
	goldenCase
	file *formats.File
	voting.Result
}

// expect compares one thing that a case says came out.
func (o outcome) expect(key string, said json.RawMessage) error {
	switch key {
	case "committees":
		return o.expectCommittees(said)
	case "match": // says how to read committees
		return nil
	case "winners":
		return o.expectWinners(said)
	case "kind":
		return o.expectKind(said)
	case "ranking":
		return o.expectRanking(said)
	case "selection":
		return o.expectSelection(said)
	case "ranks":
		return o.expectRanks(said)
	case "ranks_by_proposal":
		return o.expectRanksByProposal(said)
	case "stats":
		return o.expectStats(said)
	case "candidates", "title", "voters", "alternatives", "unique_orders":
		return o.expectFile(key, said)
	case "order":
		return o.expectOrder()
	case "elect_log", "defeat_log":
		return o.expectLog(key, said)
	case "quota":
		return o.expectQuota(said)
	case "tie_broken":
		return nil // whether somebody else met a tie; whom it put first shows in the winners
	case "rounds":
		return o.expectRounds(said)
	}
	if key == "len(output['tie_breaker'])" { // they drew an order of all candidates
		return nil
	}
	if rest, ok := strings.CutPrefix(key, "output"); ok {
		return o.expectOutput(rest, said)
	}
	return fmt.Errorf("nothing compares this: %s", said)
}

// says reads what a case says; numbers as they are written.
func says[T any](said json.RawMessage) (v T, err error) {
	d := json.NewDecoder(strings.NewReader(string(said)))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// differ says what was expected and what came out, when they differ.
func differ[T any](same bool, want, got T) error {
	if same {
		return nil
	}
	return fmt.Errorf("they say %v; we say %v", want, got)
}

func differList(want, got []string) error { return differ(slices.Equal(want, got), want, got) }

// called gives a candidate as a case writes it: by name, or by number where the case has numbers.
func (o outcome) called(c voting.Choice, like any) string {
	switch like.(type) {
	case json.Number:
		return string(c)
	}
	return o.file.Name(c)
}

func (o outcome) set(choices []voting.Choice, like any) []string {
	out := make([]string, len(choices))
	for i, c := range choices {
		out[i] = o.called(c, like)
	}
	slices.Sort(out)
	return out
}

func sortedNames(names []any) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = number(n)
	}
	slices.Sort(out)
	return out
}

func first(names []any) any {
	if len(names) == 0 {
		return nil
	}
	return names[0]
}

func (o outcome) expectCommittees(said json.RawMessage) error {
	want, err := says[[][]any](said)
	if err != nil {
		return err
	}
	match, err := says[string](o.Expected["match"])
	if err != nil {
		return err
	}
	theirs, ours := map[string]bool{}, map[string]bool{}
	for _, c := range want {
		theirs[fmt.Sprint(sortedNames(c))] = true
	}
	for _, c := range o.Committees {
		ours[fmt.Sprint(o.set(c, json.Number("")))] = true
	}
	switch match {
	case "set_equal":
		equal := len(theirs) == len(ours)
		for c := range theirs {
			equal = equal && ours[c]
		}
		return differ(equal, theirs, ours)
	case "one_of":
		won := fmt.Sprint(o.set(o.Winners, json.Number("")))
		return differ(theirs[won] && len(o.Committees) == 1, fmt.Sprint(theirs), won)
	}
	return fmt.Errorf("no committees match by %q", match)
}

func (o outcome) expectWinners(said json.RawMessage) error {
	want, err := says[[]any](said)
	if err != nil {
		return err
	}
	if tied, ok := strings.CutPrefix(number(first(want)), "Tie between "); ok {
		return o.expectTied(tied)
	}
	won := o.Winners
	if i := slices.Index(o.set(won, first(want)), number(first(want))); len(o.Orders) > 1 && i >= 0 {
		return nil // they name the first of one of the rankings that are equally good
	}
	if o.sequence() && len(won) > 0 {
		won = won[:1] // they name the first to win a seat
	}
	if len(won) > 1 && len(want) == 1 && !o.several() {
		return differ(false, fmt.Sprint(sortedNames(want)), fmt.Sprint(o.set(won, first(want)))+" tied")
	}
	return differList(sortedNames(want), o.set(won, first(want)))
}

// expectTied compares a tie that nothing broke: "Amy, Brian, and Chuck."
func (o outcome) expectTied(said string) error {
	want := strings.FieldsFunc(strings.NewReplacer(", and ", "\n", " and ", "\n", ", ", "\n", ".", "").Replace(said), func(c rune) bool { return c == '\n' })
	slices.Sort(want)
	for _, b := range o.unbroken() {
		if slices.Equal(want, o.set(b.Choices, "")) && len(o.Winners) > max(o.Result.Seats, 1) {
			return nil
		}
	}
	return fmt.Errorf("they say that %v are tied; we met %v and elect %v", want, o.unbroken(), o.set(o.Winners, ""))
}

// unbroken are the ties that nothing broke.
func (o outcome) unbroken() []voting.Broken {
	var out []voting.Broken
	for _, b := range o.Broken {
		if b.By == "" {
			out = append(out, b)
		}
	}
	for _, r := range o.Rounds {
		if r.Broken != nil && r.Broken.By == "" {
			out = append(out, *r.Broken)
		}
	}
	return out
}

func (o outcome) expectKind(said json.RawMessage) error {
	kind, err := says[string](said)
	if err != nil {
		return err
	}
	tied := len(o.Winners) > max(o.Result.Seats, 1)
	return differ(tied == (kind == "Unbreakable Tie"), kind, fmt.Sprint("tied: ", tied))
}

// groups gives a ranking as a case writes it.
func (o outcome) groups(ranking [][]voting.Choice) []string {
	out := []string{}
	for _, group := range ranking {
		out = append(out, strings.Join(o.set(group, ""), " = "))
	}
	return out
}

func saidGroups(want [][]any) []string {
	out := []string{}
	for _, group := range want {
		out = append(out, strings.Join(sortedNames(group), " = "))
	}
	return out
}

func (o outcome) expectRanking(said json.RawMessage) error {
	want, err := says[[][]any](said)
	if err != nil {
		return err
	}
	switch {
	case o.sequence():
		return o.expectSequence(saidGroups(want))
	case o.several():
		return o.expectElected(saidGroups(want))
	case o.oneOfOrders(saidGroups(want)):
		return nil
	case o.condorcetIRV() && len(want) > 0 && len(o.Ranking) > 0:
		return differList(saidGroups(want)[:1], o.groups(o.Ranking)[:1])
	}
	return differList(saidGroups(want), o.groups(o.Ranking))
}

// oneOfOrders says whether a ranking is one of several that our count finds equally good: others print one of them.
func (o outcome) oneOfOrders(want []string) bool {
	return slices.ContainsFunc(o.Orders, func(order []voting.Choice) bool {
		var groups [][]voting.Choice
		for _, c := range order {
			groups = append(groups, []voting.Choice{c})
		}
		return differList(want, o.groups(groups)) == nil
	})
}

// expectSelection compares a ranking in which a tied group stands once for each of its members.
func (o outcome) expectSelection(said json.RawMessage) error {
	want, err := says[[][]any](said)
	if err != nil {
		return err
	}
	return differList(slices.Compact(saidGroups(want)), o.groups(o.Ranking))
}

// standings gives each option's rank, in the order of the options: equals share one, and the next is as if they did not.
func (o outcome) standings() map[voting.Choice]int {
	out := map[voting.Choice]int{}
	for _, group := range o.Ranking {
		rank := len(out) + 1
		for _, c := range group {
			out[c] = rank
		}
	}
	return out
}

func (o outcome) expectRanks(said json.RawMessage) error {
	want, err := says[[]int](said)
	if err != nil {
		return err
	}
	standings, got := o.standings(), []int{}
	for _, c := range o.file.Profile.Options() {
		got = append(got, standings[c])
	}
	return differ(slices.Equal(want, got), want, got)
}

func (o outcome) expectRanksByProposal(said json.RawMessage) error {
	want, err := says[map[string]int](said)
	if err != nil {
		return err
	}
	got := map[string]int{}
	for c, rank := range o.standings() {
		got[o.file.Name(c)] = rank
	}
	equal := len(want) == len(got)
	for name, rank := range want {
		equal = equal && got[name] == rank
	}
	return differ(equal, want, got)
}

func (o outcome) expectFile(key string, said json.RawMessage) error {
	switch key {
	case "title":
		want, err := says[string](said)
		return cmpErr(err, differ(want == o.file.Title, want, o.file.Title))
	case "candidates":
		want, err := says[map[string]string](said)
		if err != nil {
			return err
		}
		got := map[string]string{}
		for _, c := range o.file.Profile.Options() {
			got[string(c)] = o.file.Name(c)
		}
		for _, c := range o.file.Withdrawn {
			got[string(c.Key)] = c.Name
		}
		for n, name := range want {
			if got[n] != name {
				return differ(false, want, got)
			}
		}
		return nil
	}
	orders := o.file.Profile.Distinct()
	if o.file.Profile.Blank().Seats > 0 { // an order that names nobody is an order
		orders++
	}
	want, err := says[int64](said)
	got := map[string]int64{
		"voters":        o.file.Profile.Cast().Seats,
		"alternatives":  int64(len(o.file.Profile.Options())),
		"unique_orders": int64(orders),
	}[key]
	return cmpErr(err, differ(want == got, want, got))
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// sameNumber says whether our exact number is theirs: exactly, or to the places that they print when they print many.
func sameNumber(theirs string, ours voting.Number) bool {
	want, ok := new(big.Rat).SetString(theirs)
	got := ours.Rat()
	if !ok || got == nil {
		return false
	}
	if want.Cmp(got) == 0 {
		return true
	}
	_, decimals, _ := strings.Cut(theirs, ".")
	if len(decimals) < 6 {
		return false
	}
	unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(min(len(decimals), 12))), nil))
	off := new(big.Rat).Sub(want, got)
	if off.Abs(off).Cmp(unit) <= 0 {
		return true
	}
	const double = 16 // significant digits of a number in floating point, whose last is rounded
	return len(theirs) > double && off.Cmp(new(big.Rat).Mul(want, big.NewRat(1, 1_000_000_000_000_000))) <= 0
}

// expectScores compares a number for each candidate.
func (o outcome) expectScores(want map[string]any, got []voting.Score) error {
	ours := map[string]voting.Number{}
	for _, s := range got {
		ours[strings.TrimSpace(o.file.Name(s.Choice))] = s.Number
	}
	for name, n := range want {
		if !sameNumber(number(n), ours[name]) {
			return fmt.Errorf("they say %s for %s; we say %q", number(n), name, ours[name])
		}
	}
	return nil
}
