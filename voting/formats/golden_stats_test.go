package formats_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/communecter/coopspace/voting"
)

var errNotCompared = errors.New("nothing compares this yet")

// sequence says whether seats are won one after the other, and an option may win several.
func (o outcome) sequence() bool {
	return o.goldenCase.Method == "Jefferson" || o.goldenCase.Method == "Sainte-Laguë" || o.goldenCase.Method == "Largest Remainder"
}

func (o outcome) expectSequence([]string) error { return errNotCompared }

// expectElected compares who was elected, in order.
func (o outcome) expectElected(want []string) error {
	got := []string{}
	for _, c := range o.Winners {
		got = append(got, o.file.Name(c))
	}
	return differList(want, got)
}

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
	return errNotCompared
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
	return errNotCompared
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
		if len(o.Scores) == 0 { // of ballots with one choice
			for _, t := range o.Votes {
				o.Scores = append(o.Scores, voting.Score{Choice: t.Choice, Number: voting.Number(t.Voices.String())})
			}
		}
		return o.expectScores(want.(map[string]any), o.Scores)
	case "pairs", "strong_pairs":
		pairs := o.cells("pairwise")
		for pair, n := range want.(map[string]any) {
			a, b, _ := strings.Cut(pair, ">")
			if !sameNumber(number(n), pairs[a][b]) {
				return fmt.Errorf("they say %s for %s; we say %q", number(n), pair, pairs[a][b])
			}
		}
		return nil
	case "rounds": // of Ranked Pairs: which pair is locked in, one after the other
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
