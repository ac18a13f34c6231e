package formats_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/communecter/coopspace/voting"
)

// rcvRound is a round as RCTab writes it.
type rcvRound struct {
	Tally           map[string]json.Number
	Threshold       json.Number
	InactiveBallots map[string]json.Number
	TallyResults    []struct {
		Eliminated, Elected string
		Transfers           map[string]json.Number
	}
}

// expectTabulated compares every round: what everybody had, the threshold, which ballots counted for nobody and why, who left or was
// elected, and where their votes went.
func (o outcome) expectTabulated(said json.RawMessage) error {
	want, err := says[[]rcvRound](said)
	if err != nil {
		return err
	}
	if len(want) != len(o.Rounds) {
		return fmt.Errorf("they have %d rounds; we have %d", len(want), len(o.Rounds))
	}
	for i, theirs := range want {
		if err := o.expectTabulatedRound(theirs, o.Rounds[i]); err != nil {
			return fmt.Errorf("round %d: %w", i+1, err)
		}
	}
	return nil
}

func (o outcome) expectTabulatedRound(want rcvRound, got voting.Round) error {
	ours := map[string]string{}
	for _, s := range got.Tallies {
		ours[o.file.Name(s.Choice)] = string(s.Number)
	}
	if err := differNumbers(want.Tally, ours); err != nil {
		return fmt.Errorf("tally: %w", err)
	}
	if !sameNumber(want.Threshold.String(), got.Quota) {
		return fmt.Errorf("threshold: they say %s; we say %s", want.Threshold, got.Quota)
	}
	if err := differNumbers(want.InactiveBallots, o.inactive(want, got)); err != nil {
		return fmt.Errorf("inactive ballots: %w", err)
	}
	var left, elected []string
	moved := map[string]json.Number{}
	for _, r := range want.TallyResults {
		name := r.Eliminated + r.Elected
		if _, known := o.file.Find(name); !known && sameNumber(want.Tally[name].String(), "0") {
			continue // a pile for write-ins that nobody wrote: the file has none
		}
		if r.Elected != "" {
			elected = append(elected, name)
		} else {
			left = append(left, name)
		}
		for to, n := range r.Transfers {
			moved[name+" > "+to] = n
		}
		if r.Elected != "" && r.Transfers["residual surplus"] == "" {
			moved[name+" > residual surplus"] = "0"
		}
	}
	var eliminated []voting.Choice
	if got.Action == voting.ActionEliminate {
		eliminated = got.Choices
	}
	slices.Sort(left)
	slices.Sort(elected)
	if err := cmpErr(differList(left, o.set(eliminated, "")), differList(elected, o.set(got.Elected, ""))); err != nil {
		return err
	}
	transfers := map[string]string{}
	for _, t := range got.Transfers {
		to := "exhausted"
		if t.To != "" {
			to = o.file.Name(t.To)
		}
		transfers[o.file.Name(t.From)+" > "+to] = string(t.Voices)
	}
	lost := 0
	for _, f := range got.Figures {
		if f.Name == "residual-surplus" { // one for each of those elected
			transfers[o.file.Name(got.Elected[lost])+" > residual surplus"] = string(f.Number)
			lost++
		}
	}
	if err := differNumbers(moved, transfers); err != nil {
		return fmt.Errorf("transfers: %w", err)
	}
	return nil
}

// inactive gives the ballots that count for nobody, by reason, in the words that the case has.
func (o outcome) inactive(want rcvRound, got voting.Round) map[string]string {
	rest := new(big.Rat)
	if got.Exhausted != "" {
		rest = got.Exhausted.Rat()
	}
	out := map[string]string{}
	for ours, theirs := range map[string]string{
		"overvotes": "overvotes", "skipped-ranks": "skippedRankings", "duplicate-candidates": "repeatedRankings",
		"final-surplus": "finalRoundSurplus",
	} {
		for _, f := range got.Figures {
			if f.Name == ours {
				out[theirs] = string(f.Number)
				rest = new(big.Rat).Sub(rest, f.Number.Rat())
			}
		}
	}
	out["exhaustedChoices"] = rest.RatString()
	return out
}

// differNumbers compares numbers by name; what is not there is 0.
func differNumbers(want map[string]json.Number, got map[string]string) error {
	names := slices.Collect(maps.Keys(want))
	for name := range got {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		theirs, ours := "0", "0"
		if n, ok := want[name]; ok {
			theirs = n.String()
		}
		if n, ok := got[name]; ok {
			ours = n
		}
		if !sameNumber(theirs, voting.Number(ours)) {
			return fmt.Errorf("%s: they say %s; we say %s", name, theirs, ours)
		}
	}
	return nil
}
