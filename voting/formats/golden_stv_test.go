package formats_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/communecter/coopspace/voting"
)

// stage is a round as droop writes it: what everybody has after it.
type stage struct {
	quota, exhausted string // "" where it does not say
	votes            map[string]string
	defeated         map[string]bool
}

func stagesOf(said json.RawMessage) ([]stage, error) {
	list, err := says[[]struct {
		Quota           json.Number
		Nontransferable *json.Number
		Votes           map[string]any
	}](said)
	if err != nil {
		return nil, err
	}
	var out []stage
	for _, r := range list {
		s := stage{quota: r.Quota.String(), votes: map[string]string{}, defeated: map[string]bool{}}
		if r.Nontransferable != nil {
			s.exhausted = r.Nontransferable.String()
		}
		for c, v := range r.Votes {
			if of, ok := v.(map[string]any); ok {
				v, s.defeated[c] = of["vote"], of["state"] == "defeated"
			}
			if v != nil { // of those who have withdrawn
				s.votes[c] = number(v)
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// expectStages compares rounds. Others print a state of the count more than once, or set those who leave to nothing without a round; ours
// has what everybody has when a round begins. Every round of ours must be among theirs, in order, and they may have no other state.
func (o outcome) expectStages(said json.RawMessage) error {
	theirs, err := stagesOf(said)
	if err != nil {
		return err
	}
	next := 0
	for i, s := range theirs {
		switch {
		case blank(s), o.keeps() && i == len(theirs)-1:
			continue
		case i > 0 && o.halfway(theirs[i-1], s):
			next++
			continue
		}
		var why error
		if next < len(o.Rounds) {
			if why = o.differStage(s, next); why == nil {
				next++
				continue
			}
		}
		if next > 0 && o.differStage(s, next-1) == nil {
			continue // printed again
		}
		return fmt.Errorf("their round %d of %d is none of ours, after %d of %d: %w", i, len(theirs), next, len(o.Rounds), why)
	}
	if next < len(o.Rounds) && !o.settled(next) {
		return fmt.Errorf("we have %d rounds, and only %d are theirs", len(o.Rounds), next)
	}
	return nil
}

// keeps says whether the elected keep a part of every ballot: then droop prints what the defeated had before, or nothing.
func (o outcome) keeps() bool {
	rule := o.option("rule")
	return strings.HasPrefix(rule, "meek") || rule == "warren" || rule == "qpq"
}

// halfway says whether droop printed a state between several defeats of one round, or after the last seat was filled.
func (o outcome) halfway(before, s stage) bool {
	fresh := 0
	for c := range s.defeated {
		if s.defeated[c] && !before.defeated[c] {
			fresh++
		}
	}
	return o.keeps() && fresh > 1
}

// blank says whether nobody has anything yet.
func blank(s stage) bool {
	for _, v := range s.votes {
		if strings.Trim(v, "0.") != "" {
			return false
		}
	}
	return true
}

// settled says whether the rounds from one on only elect or leave out who is left, which others do without a round.
func (o outcome) settled(from int) bool {
	for _, r := range o.Rounds[from:] {
		if len(r.Transfers) > 0 {
			return false
		}
	}
	return true
}

// differStage says in what their state differs from ours as a round begins. Whoever leaves in the round, or has left, may have nothing.
func (o outcome) differStage(s stage, round int) error {
	r := o.Rounds[round]
	ours := map[string]voting.Number{}
	for _, t := range r.Tallies {
		ours[string(t.Choice)] = t.Number
	}
	for c, v := range s.votes {
		if s.defeated[c] && o.keeps() {
			continue
		}
		gone := strings.Trim(v, "0.") == "" && !slices.Contains(o.Winners, voting.Choice(c))
		if n, in := ours[c]; !sameNumber(v, n) && !(gone && (!in || o.leaves(voting.Choice(c), round))) {
			return fmt.Errorf("%s has %s; we say %q", o.file.Name(voting.Choice(c)), v, n)
		}
	}
	if q := o.quotaOf(round); s.quota != "" && !sameNumber(s.quota, q) {
		return fmt.Errorf("the quota is %s; we say %s", s.quota, q)
	}
	exhausted := r.Exhausted
	if exhausted == "" {
		exhausted = "0"
	}
	if s.exhausted != "" && !sameNumber(s.exhausted, exhausted) {
		return fmt.Errorf("%s exhausted; we say %s", s.exhausted, exhausted)
	}
	return nil
}

// leaves says whether somebody leaves in a round, or is never elected and the count ends with it.
func (o outcome) leaves(c voting.Choice, round int) bool {
	r := o.Rounds[round]
	return r.Action == voting.ActionEliminate && slices.Contains(r.Choices, c) || round == len(o.Rounds)-1
}

func (o outcome) quotaOf(round int) voting.Number {
	if q := o.Rounds[round].Quota; q != "" {
		return q
	}
	for _, f := range o.Figures {
		if f.Name == "quota" {
			return f.Number
		}
	}
	return ""
}

func (o outcome) expectQuota(said json.RawMessage) error {
	want, err := says[string](said)
	if err != nil {
		return err
	}
	if len(o.Rounds) == 0 {
		return fmt.Errorf("they say %s; we have no rounds", want)
	}
	return differ(sameNumber(want, o.quotaOf(0)), want, string(o.quotaOf(0)))
}

// expectOrder compares the order of election with the order of the winners.
func (o outcome) expectOrder() error {
	want, err := says[[]any](o.Expected["winners"])
	if err != nil {
		return err
	}
	names := []string{}
	for _, n := range want {
		names = append(names, number(n))
	}
	return o.inBatches(names, o.elections())
}

// elections and exclusions give who was elected or left, round by round.
func (o outcome) elections() (batches [][]voting.Choice) {
	for _, r := range o.Rounds {
		if len(r.Elected) > 0 {
			batches = append(batches, r.Elected)
		}
	}
	return batches
}

func (o outcome) exclusions() (batches [][]voting.Choice) {
	out := map[voting.Choice]bool{}
	for _, r := range o.Rounds {
		if r.Action == voting.ActionEliminate {
			batches = append(batches, r.Choices)
			for _, c := range r.Choices {
				out[c] = true
			}
		}
	}
	var rest []voting.Choice
	for _, c := range o.file.Profile.Options() {
		if !out[c] && !slices.Contains(o.Winners, c) {
			rest = append(rest, c)
		}
	}
	return append(batches, rest)
}

// inBatches compares an order of names with batches, within which the order says nothing.
func (o outcome) inBatches(want []string, batches [][]voting.Choice) error {
	left := want
	for _, b := range batches {
		if len(b) > len(left) {
			return fmt.Errorf("they say %v; we say %v", want, batches)
		}
		theirs := slices.Sorted(slices.Values(left[:len(b)]))
		if err := differList(theirs, o.set(b, "")); err != nil {
			return err
		}
		left = left[len(b):]
	}
	return differ(len(left) == 0, fmt.Sprint(want), fmt.Sprint(batches))
}

// loggedNames gives the names in a log, in order: "Elect, transfer pending: A", "Defeat batch: B, C".
func loggedNames(log json.RawMessage) []string {
	lines, _ := says[[]string](log)
	var names []string
	for _, line := range lines {
		what, who, _ := strings.Cut(line, ": ")
		list := []string{who}
		if strings.Contains(what, "batch") {
			list = strings.Split(who, ", ")
		}
		names = append(names, list...)
	}
	return names
}

// expectLog compares the order in which candidates were elected or left.
func (o outcome) expectLog(key string, said json.RawMessage) error {
	names := []string{}
	for _, name := range loggedNames(said) {
		if o.option("rule") == "qpq" || !slices.Contains(names, name) { // a count by quotients begins again and again
			names = append(names, name)
		}
	}
	if key == "elect_log" {
		return o.inBatches(names, o.elections())
	}
	return o.inBatches(names, o.exclusions())
}
