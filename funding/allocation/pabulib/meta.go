package pabulib

import (
	"math"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// The keys of META that say how the election was held.
const (
	keyProjects  = "num_projects"
	keyVotes     = "num_votes"
	keyBudget    = "budget"
	keyCurrency  = "currency"
	keyVoteType  = "vote_type"
	keyRule      = "rule"
	keyMinScore  = "min_project_score_threshold"
	keyScoring   = "scoring_fn"
	keyDefault   = "default_score"
	keyMinLength = "min_length"
	keyMaxLength = "max_length"
	keyMinCost   = "min_sum_cost"
	keyMaxCost   = "max_sum_cost"
	keyMinPoints = "min_points"
	keyMaxPoints = "max_points"
	keyMinSum    = "min_sum_points"
	keyMaxSum    = "max_sum_points"
)

// The types of votes.
const (
	approval   = "approval"
	chooseOne  = "choose-1"
	ordinal    = "ordinal"
	cumulative = "cumulative"
	scoring    = "scoring"
)

// shapeOf gives the shape of ballots of a type of votes, "" for one that is not known.
func shapeOf(voteType string) voting.Shape {
	switch voteType {
	case approval, chooseOne:
		return voting.ShapeChoices
	case ordinal:
		return voting.ShapeRanking
	case cumulative, scoring:
		return voting.ShapePoints
	}
	return ""
}

// head is what META says of how the election was held.
type head struct {
	values   map[string]cell // by key: what is not empty
	end      place           // of the section
	projects number
	votes    number
	budget   money.Amount
	voteType string
	shape    voting.Shape
	limits   allocation.Limits
	basic    int64 // points of a project that a vote does not name: default_score
}

// title says whether a row begins a section.
func title(row []cell, section string) bool {
	return len(row) == 1 && strings.EqualFold(string(row[0].text), section)
}

// meta reads the section META.
func (d *reader) meta() error {
	d.head.values = map[string]cell{}
	row, err := d.rows.next(1)
	if err != nil {
		return err
	}
	if !title(row, "META") {
		return d.rows.start(row).broken("the file does not begin with a line META")
	}
	if row, err = d.rows.next(2); err != nil {
		return err
	}
	if len(row) != 2 || !strings.EqualFold(string(row[0].text), "key") || !strings.EqualFold(string(row[1].text), "value") {
		return d.rows.start(row).broken("the columns of META are not key;value")
	}
	for {
		if row, err = d.rows.next(2); err != nil {
			return err
		}
		end := row == nil || title(row, "PROJECTS") || len(row) == 2 && len(row[1].text) == 0 && title(row[:1], "PROJECTS")
		if end {
			d.head.end = d.rows.start(row)
			if row == nil {
				return d.head.end.broken("the file ends before its section PROJECTS")
			}
			return d.head.settle(d)
		}
		if err := d.entry(row); err != nil {
			return err
		}
	}
}

// entry reads a line of META.
func (d *reader) entry(row []cell) error {
	switch {
	case len(row) < 2:
		return row[0].at.broken("the line has no value: it is not key;value")
	case len(row) > 2:
		return row[2].at.broken("the line has more cells than key;value")
	case len(row[0].text) == 0:
		return row[0].at.broken("there is no key before the value")
	case len(d.file.Meta) == mostEntries:
		return row[0].at.broken("META has more than " + strconv.Itoa(mostEntries) + " lines")
	}
	key, err := d.keep(row[0])
	if err != nil {
		return err
	}
	value, err := d.keep(row[1])
	if err != nil {
		return err
	}
	if d.file.has(key) {
		return row[0].at.contents("the key " + fault.Quoted(key) + " is there twice")
	}
	d.file.Meta = append(d.file.Meta, Entry{key, value})
	if value != "" {
		d.head.values[key] = cell{[]byte(value), row[1].at}
	}
	return nil
}

func (f *File) has(key string) bool {
	for _, e := range f.Meta {
		if e.Key == key {
			return true
		}
	}
	return false
}

// start gives where a row begins, or the end of the file.
func (r *rows) start(row []cell) place {
	if len(row) == 0 {
		return r.here()
	}
	return row[0].at
}

// settle takes what META says.
func (h *head) settle(d *reader) error {
	for _, key := range []string{keyProjects, keyVotes, keyBudget, keyVoteType} {
		if _, ok := h.values[key]; !ok {
			return h.end.broken("META says nothing of " + key)
		}
	}
	currency := d.options.Currency
	if c, ok := h.values[keyCurrency]; ok {
		currency = money.Currency(c.text)
		if err := currency.Check(); err != nil {
			return c.at.because(err)
		}
	} else if currency == "" {
		currency = "XXX"
	}
	vote := h.values[keyVoteType]
	h.voteType = strings.ToLower(string(vote.text))
	if h.shape = shapeOf(h.voteType); h.shape == "" {
		return vote.at.contents(fault.Quoted(vote.text) + " is no type of votes: approval, choose-1, ordinal, cumulative and scoring are")
	}
	d.file.Rule = string(h.values[keyRule].text)

	var err error
	get := func(key string, read func(cell) error) {
		if c, ok := h.values[key]; ok && err == nil {
			err = read(c)
		}
	}
	counted := func(n *number) func(cell) error {
		return func(c cell) (err error) {
			n.at = c.at
			n.value, err = c.whole()
			return err
		}
	}
	get(keyProjects, counted(&h.projects))
	get(keyVotes, counted(&h.votes))
	get(keyBudget, func(c cell) (err error) {
		if h.budget, err = c.amount(currency); err == nil && h.budget.IsZero() {
			err = c.at.contents("a budget of nothing buys nothing")
		}
		return err
	})
	get(keyMinScore, func(c cell) error {
		if err := d.file.MinScore.UnmarshalText(c.text); err != nil {
			return c.at.because(err)
		}
		return nil
	})
	get(keyDefault, func(c cell) (err error) {
		h.basic, err = c.points()
		return err
	})
	if err != nil {
		return err
	}
	return h.limit(currency)
}

// limit takes the limits of a ballot.
func (h *head) limit(currency money.Currency) error {
	var least, most int64
	for _, of := range []struct {
		key         string
		value       *int64
		greatest    bool
		onlyPoints  bool
		beforeValue *int64
	}{
		{key: keyMinLength, value: &least},
		{key: keyMaxLength, value: &most, greatest: true, beforeValue: &least},
		{key: keyMinPoints, value: &h.limits.LeastPoints, onlyPoints: true},
		{key: keyMaxPoints, value: &h.limits.MostPoints, greatest: true, onlyPoints: true, beforeValue: &h.limits.LeastPoints},
		{key: keyMinSum, value: &h.limits.LeastSum, onlyPoints: true},
		{key: keyMaxSum, value: &h.limits.MostSum, greatest: true, onlyPoints: true, beforeValue: &h.limits.LeastSum},
	} {
		c, ok := h.values[of.key]
		if !ok || of.onlyPoints && h.shape != voting.ShapePoints {
			continue
		}
		n, err := c.whole()
		switch {
		case err != nil:
			return err
		case of.greatest && n == 0:
			return c.at.contents(of.key + " is 0: no ballot could say anything")
		case of.greatest && n < *of.beforeValue:
			return c.at.contents(of.key + " is less than the least")
		}
		*of.value = n
	}
	h.limits.LeastProjects, h.limits.MostProjects = int(min(least, math.MaxInt32)), int(min(most, math.MaxInt32))
	if h.voteType == chooseOne {
		h.limits.MostProjects = 1
	}
	for _, of := range []struct {
		key   string
		value *money.Amount
	}{{keyMinCost, &h.limits.LeastCost}, {keyMaxCost, &h.limits.MostCost}} {
		if c, ok := h.values[of.key]; ok {
			a, err := c.amount(currency)
			switch {
			case err != nil:
				return err
			case of.key == keyMaxCost && a.IsZero():
				return c.at.contents(of.key + " is 0: no ballot could say anything")
			case of.key == keyMaxCost && a.Minor() < h.limits.LeastCost.Minor():
				return c.at.contents(of.key + " is less than the least")
			case !a.IsZero():
				*of.value = a
			}
		}
	}
	return nil
}

// vector gives what each rank of an ordinal vote is worth: scoring_fn, or what is left of the greatest length, as Borda has it.
func (d *reader) vector(projects int) ([]int64, error) {
	if d.options.Vector != nil {
		return d.options.Vector, nil
	}
	if c, ok := d.head.values[keyScoring]; ok && !strings.EqualFold(string(c.text), "borda") {
		var vector []int64
		for _, worth := range c.list(nil) {
			n, err := worth.points()
			if err != nil {
				return nil, worth.at.contents(fault.Quoted(c.text) + " is neither Borda nor what each rank is worth, the first first, with commas between: " +
					"read the file with a vector of your own")
			}
			vector = append(vector, n)
		}
		return vector, nil
	}
	return borda(d.head.limits.MostProjects, projects), nil
}

// borda gives the ranks from the greatest length of a vote down to 1.
func borda(most, projects int) []int64 {
	if most == 0 {
		most = projects
	}
	vector := make([]int64, min(most, projects))
	for i := range vector {
		vector[i] = int64(most - i)
	}
	return vector
}
