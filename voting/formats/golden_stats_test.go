package formats_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/voting"
)

var errNotCompared = errors.New("nothing compares this yet")

// sequence says whether seats are won one after the other, and an option may win several.
func (o outcome) sequence() bool {
	return o.goldenCase.Method == "Jefferson" || o.goldenCase.Method == "Sainte-Laguë" || o.goldenCase.Method == "Largest Remainder"
}

// expectSequence compares who wins each seat: in order, where averages decide; where quotas do, how many each has, for they deal the full
// quotas in another order.
func (o outcome) expectSequence(want []string) error {
	if o.goldenCase.Method != "Largest Remainder" {
		return o.inBatches(want, o.elections())
	}
	seats := map[string]any{}
	for _, name := range want {
		n, _ := seats[name].(int)
		seats[name] = n + 1
	}
	return o.expectShares(seats)
}

// expectShares compares how many seats each has.
func (o outcome) expectShares(want map[string]any) error {
	for _, s := range o.Shares {
		theirs := "0"
		if n, ok := want[o.file.Name(s.Choice)]; ok {
			theirs = number(n)
		}
		if theirs != fmt.Sprint(s.Seats) {
			return fmt.Errorf("they say %s seats for %s; we say %d", theirs, o.file.Name(s.Choice), s.Seats)
		}
	}
	return nil
}

// expectAverages compares the highest average of every round.
func (o outcome) expectAverages(want map[string]any) error {
	rounds, _ := want["Rounds"].(map[string]any)
	seat := 0
	for _, r := range o.Rounds {
		for range r.Elected {
			if seat++; o.goldenCase.Method == "Largest Remainder" {
				break // they deal full quotas one by one
			}
			highest := "0"
			of, _ := rounds[fmt.Sprint(seat)].(map[string]any)
			for _, v := range of {
				n := number(v.(map[string]any)["Quotient"])
				if voting.Number(n).Rat() != nil && voting.Number(n).Rat().Cmp(voting.Number(highest).Rat()) > 0 {
					highest = n
				}
			}
			if len(r.Figures) == 0 || !sameNumber(highest, r.Figures[0].Number) {
				return fmt.Errorf("seat %d goes for %s; we say %v", seat, highest, r.Figures)
			}
		}
	}
	shares, _ := want["Seats per Candidates"].(map[string]any)
	return o.expectShares(shares)
}

// expectRoundsOf compares a number for each candidate in every round, "1", "2", ...; and what they call a majority.
func (o outcome) expectRoundsOf(want map[string]any) error {
	if of, ok := want["rounds"].(map[string]any); ok { // "majority" is half of the votes, which the threshold of ours is above
		want = of
	}
	for name, v := range want {
		n, err := strconv.Atoi(name)
		if err != nil || n < 1 || n > len(o.Rounds) {
			return fmt.Errorf("they have a round %s; we have %d", name, len(o.Rounds))
		}
		if err := o.expectScores(v.(map[string]any), o.Rounds[n-1].Tallies); err != nil {
			return fmt.Errorf("round %s: %w", name, err)
		}
	}
	return nil
}

// expectTallies compares rounds that say what some candidates have: each is one of ours, in order.
func (o outcome) expectTallies(want []map[string]any) error {
	next := 0
	for i, tallies := range want {
		var err error
		for ; next < len(o.Rounds); next++ {
			if err = o.expectScores(tallies, o.Rounds[next].Tallies); err == nil {
				break
			}
		}
		if next == len(o.Rounds) {
			return fmt.Errorf("their round %d is none of ours: %w", i+1, err)
		}
		next++
	}
	return nil
}

// printed is a line of starvote that gives a candidate's sum or votes: "Amy -- 15 (average 3) -- Tied for first place".
var printed = regexp.MustCompile(`^(.*?) +-- +([0-9]+)(?: \(average .*\))? *(?:-- .*)?$`)

// expectPrinted compares the numbers that starvote prints, round by round.
func (o outcome) expectPrinted(said json.RawMessage) error {
	rounds, err := says[[][]string](said)
	if err != nil {
		return err
	}
	var want []map[string]any
	for _, lines := range rounds {
		tallies := map[string]any{}
		for _, line := range lines {
			if m := printed.FindStringSubmatch(line); m != nil && m[1] != "No Preference" {
				tallies[m[1]] = m[2]
			}
		}
		if len(tallies) > 0 {
			want = append(want, tallies)
		}
	}
	return o.expectTallies(want)
}

// expectElected compares who was elected, in order.
func (o outcome) expectElected(want []string) error { return o.inBatches(want, o.elections()) }

// expectStats compares what the cases of condorcet call statistics.
func (o outcome) expectStats(said json.RawMessage) error {
	want, err := says[map[string]any](said)
	if err != nil {
		return err
	}
	switch o.Result.Method {
	case voting.Borda, "dowdall":
		return o.expectScores(want, o.Scores)
	case voting.Copeland, voting.Minimax: // {"A": {"balance": 2}}
		flat := map[string]any{}
		for name, of := range want {
			for _, n := range of.(map[string]any) {
				flat[name] = n
			}
		}
		return o.expectScores(flat, o.Scores)
	case voting.Schulze:
		return o.expectMatrix(want, "strongest-paths")
	case voting.RankedPairs:
		return o.expectLocked(want)
	case voting.Kemeny:
		return o.expectOptimal(want)
	case voting.TwoRound:
		return o.expectRoundTallies(want)
	case voting.IRV:
		if o.condorcetIRV() {
			return o.expectRoundTallies(map[string]any{"1": want["1"]})
		}
	case voting.Plurality:
		first, _ := want["1"].(map[string]any)
		return o.expectScores(first, o.Scores)
	}
	if o.sequence() {
		return o.expectAverages(want)
	}
	return o.expectRoundsOf(want)
}

// expectOptimal compares the best score of all rankings, and how many have it: others say 0 for one.
func (o outcome) expectOptimal(want map[string]any) error {
	many := number(want["Ranking In Conflicts"])
	if many == "0" {
		many = "1"
	}
	for i, said := range []string{number(want["Best Score"]), many} {
		if f := o.Figures[i]; !sameNumber(said, f.Number) {
			return fmt.Errorf("they say %s for %s; we say %s", said, f.Name, f.Number)
		}
	}
	return nil
}

// expectRoundTallies compares what everybody had in each round. A last round that repeats the one before may be missing.
func (o outcome) expectRoundTallies(want map[string]any) error {
	for i, r := range o.Rounds {
		if have, ok := want[fmt.Sprint(i+1)].(map[string]any); ok {
			if err := o.expectScores(have, r.Tallies); err != nil {
				return fmt.Errorf("round %d: %w", i+1, err)
			}
		}
	}
	return nil
}

// cells gives a matrix by name of candidates.
func (o outcome) cells(name string) map[string]map[string]voting.Number {
	out := map[string]map[string]voting.Number{}
	for _, m := range o.Matrices {
		if m.Name != name {
			continue
		}
		for i, a := range m.Of {
			out[o.file.Name(a)] = map[string]voting.Number{}
			for j, b := range m.Of {
				out[o.file.Name(a)][o.file.Name(b)] = m.Cells[i][j]
			}
		}
	}
	return out
}

func (o outcome) expectMatrix(want map[string]any, name string) error {
	got := o.cells(name)
	for a, row := range want {
		for b, n := range row.(map[string]any) {
			if !sameNumber(number(n), got[a][b]) {
				return fmt.Errorf("they say %s for %s over %s; we say %q", number(n), a, b, got[a][b])
			}
		}
	}
	return nil
}

// expectLocked compares the defeats that Ranked Pairs tries, and those that it locks in.
func (o outcome) expectLocked(want map[string]any) error {
	pairs, locked := o.cells("pairwise"), o.cells("locked")
	tally, _ := want["tally"].([]any)
	for _, batch := range tally {
		for _, v := range batch.([]any) {
			d := v.(map[string]any)
			a, b := number(d["from"]), number(d["to"])
			if !sameNumber(number(d["win"]), pairs[a][b]) || !sameNumber(number(d["minority"]), pairs[b][a]) {
				return fmt.Errorf("they say %v; we say %s to %s", d, pairs[a][b], pairs[b][a])
			}
		}
	}
	arcs := map[string]bool{}
	for _, v := range want["arcs"].([]any) {
		d := v.(map[string]any)
		arcs[number(d["from"])+" > "+number(d["to"])] = true
	}
	ours := 0
	for a, row := range locked {
		for b, n := range row {
			if n == "0" {
				continue
			}
			ours++
			if !arcs[a+" > "+b] {
				return fmt.Errorf("we lock in %s > %s; they lock in %v", a, b, arcs)
			}
		}
	}
	return differ(ours == len(arcs), fmt.Sprint(len(arcs), " locked in"), fmt.Sprint(ours))
}

// expectRounds compares rounds as each source writes them.
func (o outcome) expectRounds(said json.RawMessage) error {
	switch {
	case o.option("tiebreakMode") != "":
		return o.expectTabulated(said)
	case o.option("rule") != "":
		return o.expectStages(said)
	}
	return o.expectPrinted(said)
}

// expectOutput compares a part of what python-vote-core puts out: all of it, or "['winners']" alone.
func (o outcome) expectOutput(path string, said json.RawMessage) error {
	if path != "" {
		v, err := says[any](said)
		if err != nil {
			return err
		}
		return o.expectPart(strings.Trim(path, "[']"), v)
	}
	want, err := says[map[string]any](said)
	if err != nil {
		return err
	}
	for part, v := range want {
		if err := o.expectPart(part, v); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
	}
	return nil
}

func (o outcome) expectPart(part string, want any) error {
	names := func(of any) []any { list, _ := of.([]any); return list }
	switch part {
	case "candidates":
		return differList(sortedNames(names(want)), o.set(o.file.Profile.Options(), ""))
	case "winner":
		return differList([]string{number(want)}, o.set(o.Winners, ""))
	case "winners", "tied_winners":
		return differList(sortedNames(names(want)), o.set(o.Winners, ""))
	case "tallies":
		scores := o.Scores
		for _, v := range o.Votes { // of choices
			scores = append(scores, voting.Score{Choice: v.Choice, Number: voting.Number(v.Voices.String())})
		}
		return o.expectScores(want.(map[string]any), scores)
	case "quota":
		return differ(sameNumber(number(want), o.quotaOf(0)), number(want), string(o.quotaOf(0)))
	case "remaining_candidates": // those who win what is left without a quota
		won := o.set(o.Winners, "")
		for _, name := range names(want) {
			if !slices.Contains(won, number(name)) {
				return fmt.Errorf("%s wins; we elect %v", name, won)
			}
		}
		return nil
	case "pairs", "strong_pairs":
		pairs := o.cells("pairwise")
		for pair, n := range want.(map[string]any) {
			a, b, _ := strings.Cut(pair, ">")
			if !sameNumber(number(n), pairs[a][b]) {
				return fmt.Errorf("they say %s for %s; we say %q", number(n), pair, pairs[a][b])
			}
		}
		return nil
	case "rounds":
		if o.several() {
			var tallies []map[string]any
			for _, r := range names(want) {
				tallies = append(tallies, r.(map[string]any)["tallies"].(map[string]any))
			}
			return o.expectTallies(tallies)
		}
		// of Ranked Pairs: which pair is locked in, one after the other
		locked := o.cells("locked")
		for _, r := range want.([]any) {
			round := r.(map[string]any)
			pair, ok := round["pair"].([]any)
			if !ok {
				return errNotCompared // of transferable votes
			}
			if n := locked[number(pair[0])][number(pair[1])]; (n != "0") != (round["action"] == "added") {
				return fmt.Errorf("they say %v; we have %q locked in", round, n)
			}
		}
		return nil
	case "actions", "tie_breaker": // how they find the strongest chains, and draw; ours show in who wins
		return nil
	}
	return errNotCompared
}
