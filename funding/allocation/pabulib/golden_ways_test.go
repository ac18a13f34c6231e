package pabulib_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/voting"
)

// way is how we apply a rule.
type way struct {
	rule    allocation.Rule
	options allocation.Options
}

// ways gives how a case of a .pb file is applied here: in several ways where all of them have to come to the same.
func (c goldenCase) ways() ([]way, error) {
	w := way{}
	switch c.Rule {
	case "greedy":
		w.rule = allocation.Greedy
	case "mes":
		w.rule = allocation.EqualShares
	case "sequential_phragmen":
		w.rule = allocation.Phragmen
	case "max_welfare":
		w.rule = allocation.MaxWelfare
	default:
		return nil, fmt.Errorf("the rule %q is not known", c.Rule)
	}
	ways := []way{w}
	for _, name := range slices.Sorted(maps.Keys(c.Options)) {
		var next []way
		for _, w := range ways {
			more, err := w.apply(name, c.Options[name])
			if err != nil {
				return nil, fmt.Errorf("option %s: %w", name, err)
			}
			next = append(next, more...)
		}
		ways = next
	}
	return ways, nil
}

// apply gives the ways to apply an option of a case.
func (w way) apply(name string, value any) ([]way, error) {
	unknown := fmt.Errorf("%v is not known of %s", value, w.rule)
	text, _ := value.(string)
	greedy := w.rule == allocation.Greedy || w.rule == allocation.GreedyDensity
	o := &w.options
	switch name {
	case "note":
	case "order":
		switch text {
		case "score desc", "total satisfaction / cost desc = approval score desc":
			w.rule = allocation.Greedy
		case "approval score / cost desc", "points / cost desc", "score / cost desc":
			w.rule = allocation.GreedyDensity
		default:
			return nil, unknown
		}
	case "score": // is what each type of votes has
		if !slices.ContainsFunc([]string{"approvals", "votes", "points", "Borda"}, func(word string) bool { return strings.Contains(text, word) }) {
			return nil, unknown
		}
	case "satisfaction":
		switch text {
		case "cost":
			o.Satisfaction = allocation.Cost
		case "cardinality":
			o.Satisfaction = allocation.Cardinality
		case "additive points", "points", "additive Borda":
			o.Satisfaction = allocation.Points
		default:
			return nil, unknown
		}
	case "tie_breaking":
		switch {
		case strings.HasPrefix(text, "file order"):
			o.Ties.By = []allocation.TieBreak{allocation.TieFile}
		case strings.HasPrefix(text, "project id ascending as string"):
			o.Ties.By = []allocation.TieBreak{allocation.TieID}
		default:
			return nil, unknown
		}
	case "skip_unaffordable":
		skip, ok := value.(bool)
		if !ok || !greedy {
			return nil, unknown
		}
		o.NoSkip = !skip
	case "min_score":
		if err := o.MinScore.UnmarshalText([]byte(fmt.Sprint(value))); err != nil {
			return nil, err
		}
	case "partial_next_if_remaining_at_least":
		part, of, _ := strings.Cut(text, " ")
		if of != "of its cost" {
			return nil, unknown
		}
		if _, err := fmt.Sscanf(part, "%d/%d", &o.Partial.Num, &o.Partial.Den); err != nil {
			return nil, unknown
		}
	case "completion":
		o.Completion = allocation.Completion(text)
	case "increment_per_voter":
		if fmt.Sprint(value) != "1" { // one unit of the currency, as ours is
			return nil, unknown
		}
	case "stop_when_exhaustive":
		o.PastExhaustive = value == false
		if value == "either" {
			past := w
			past.options.PastExhaustive = true
			return []way{w, past}, nil
		}
		if _, ok := value.(bool); !ok {
			return nil, unknown
		}
	case "start_share":
		switch {
		case strings.Contains(text, "floor gives the same"):
			floor := w
			floor.options.WholeShares = true
			return []way{w, floor}, nil
		case strings.Contains(text, "floor"):
			o.WholeShares = true
		case !strings.HasPrefix(text, "budget/n"):
			return nil, unknown
		}
	case "comparison_step":
		o.Comparison = value != nil && value != false && text != "none"
	case "utilitarian_step": // is by what each unit of money satisfies
		switch {
		case o.Satisfaction == allocation.Points && text == "points / cost desc, skip":
		case o.Satisfaction == allocation.Cost && text == "approval score desc, skip":
		case o.Satisfaction == allocation.Cardinality && text == "approval score / cost desc, skip":
		default:
			return nil, unknown
		}
	case "stop":
		if w.rule != allocation.Phragmen || text != "when any project with minimal next load would exceed the budget" {
			return nil, unknown
		}
	default:
		return nil, fmt.Errorf("is not known: %v", value)
	}
	return []way{w}, nil
}

// orders are ways to break ties, of which each must come to one of the outcomes that a case lists.
func orders() []allocation.Ties {
	ties := []allocation.Ties{
		{By: []allocation.TieBreak{allocation.TieFile}},
		{By: []allocation.TieBreak{allocation.TieID}},
		{By: []allocation.TieBreak{allocation.TieCost}},
		{By: []allocation.TieBreak{allocation.TieScore}},
	}
	for i := range 8 {
		seed := make(voting.Seed, voting.SeedSize)
		seed[0] = byte(i)
		ties = append(ties, allocation.Ties{By: []allocation.TieBreak{allocation.TieSeed}, Seed: seed})
	}
	return ties
}

// satisfactions are those of pabutools by their names there.
var satisfactions = map[string]allocation.Satisfaction{
	"Cost_Sat": allocation.Cost, "Cardinality_Sat": allocation.Cardinality, "Effort_Sat": allocation.Effort, "CC_Sat": allocation.CC,
	"Cost_Sqrt_Sat": allocation.CostSqrt, "Cost_Log_Sat": allocation.CostLog,
	"Additive_Cost_Sqrt_Sat": allocation.AdditiveCostSqrt, "Additive_Cost_Log_Sat": allocation.AdditiveCostLog,
}

// rules are those of cases with their own instance, by the names there.
var rules = map[string]way{
	"greedy_utilitarian_welfare":       {rule: allocation.GreedyDensity},
	"max_additive_utilitarian_welfare": {rule: allocation.MaxWelfare},
	"method_of_equal_shares":           {rule: allocation.EqualShares},
	"mes_iterated":                     {rule: allocation.EqualShares, options: allocation.Options{Completion: allocation.Add1}},
	"sequential_phragmen":              {rule: allocation.Phragmen},
	"maximin_support":                  {rule: allocation.MaximinSupport},
	"approval_greedy":                  {rule: allocation.Greedy},
	"mes_then_approval_completion":     {rule: allocation.EqualShares, options: allocation.Options{Completion: allocation.Utilitarian}},
	"mes_then_phragmen_completion":     {rule: allocation.EqualShares, options: allocation.Options{Completion: allocation.ByPhragmen}},
	"mes_increment_completion":         {rule: allocation.EqualShares, options: allocation.Options{Completion: allocation.Add1Cut}},
}

// compare gives what comes out otherwise than a case of the file's instance says.
func (f goldenFile) compare(c goldenCase) error {
	w, ok := rules[c.Rule]
	if !ok {
		return fmt.Errorf("the rule %q is not known", c.Rule)
	}
	steps := ""
	for _, name := range slices.Sorted(maps.Keys(c.Options)) {
		value := c.Options[name]
		text, _ := value.(string)
		switch {
		case name == "sat" && satisfactions[text] != "":
			w.options.Satisfaction = satisfactions[text]
		case name == "voter_budget_increment" && w.options.Completion == allocation.Add1:
			steps = text
		case name == "resolute": // one outcome or all: ours is one
		default:
			return fmt.Errorf("option %s: %v is not known", name, value)
		}
	}
	if w.options.Completion == allocation.Add1Cut { // the price of one project for all voters together
		steps = fmt.Sprintf("1/%d", len(f.Instance.Votes))
	}
	e, minor, err := f.Instance.election(steps)
	if err != nil {
		return err
	}
	if steps != "" {
		if w.options.Increment, err = minor(steps); err != nil {
			return err
		}
	}
	w.options.Initial = f.Instance.Initial
	c.free = f.Instance.free()
	var disputed error
	for _, ties := range orders() {
		if c.Rule == "mes_increment_completion" && ties.By[0] != allocation.TieFile {
			continue // its peer knows only this order
		}
		w.options.Ties = ties
		out, err := allocation.Allocate(e, w.rule, &w.options)
		if err != nil {
			return err
		}
		if err = c.expect(e, out); errors.Is(err, errUnsupported) {
			disputed = err
		} else if err != nil {
			return fmt.Errorf("ties by %v: %w", ties.By, err)
		}
	}
	return disputed
}
