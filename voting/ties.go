package voting

import (
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
)

// TiePrevious is a tie-break within a count: whoever had more at the last earlier stage at which those tied were not all equal; those whom
// it leaves equal are told apart by the stages before it. It breaks nothing between options that were always equal.
const TiePrevious TieBreak = "previous"

// TieDrawn is a tie-break within a count: people drew among those tied, with papers from a hat. What they drew is given in the order in
// which it was drawn: whose turn it was to win, or to leave. Count without it, draw for the tie that stands, add it and count again.
const TieDrawn TieBreak = "drawn"

// TieEldest is a tie-break within a count: by age, in an order that the caller gives. No date of birth is asked for or shown.
const TieEldest TieBreak = "eldest"

// Ties says how a count breaks the ties that it meets. Nil breaks none: the count goes on where the tie makes no difference, and
// otherwise reports it.
type Ties struct {
	By    []TieBreak // in order, each between those that the one before left level: TiePrevious, TieOrder, TieChair, TieEldest, TieLot, TieDrawn
	Order []Choice   // for TieOrder: who comes first, comes first
	// Chair is for TieChair: the options as the chair prefers them, the best first. It makes the chair's preference known, so that whoever runs
	// a vote must not ask for it where ballots are sealed: nothing in a count could tell.
	Chair  []Choice
	Eldest []Choice // for TieEldest: the eldest first
	Seed   Seed     // for TieLot
	Poll   string   // for TieLot
	Drawn  []Choice // for TieDrawn
}

// ErrTies refuses a way to break ties that cannot be applied; its fields say where.
var ErrTies = fault.New(fault.Invalid, "ties.unusable", "ties cannot be broken in the way that is asked")

// Broken is a tie that a count met: between whom, what broke it, and whom that put first. Without By nothing broke it.
type Broken struct {
	Choices []Choice `json:"choices"`
	By      TieBreak `json:"by,omitempty"`
	Chosen  []Choice `json:"chosen,omitempty"` // who comes first, or, where somebody must leave, who leaves
}

// check refuses ties that cannot be broken so.
func (t *Ties) check(q Question) error {
	if t == nil {
		return nil
	}
	var faults fault.List
	for i, by := range t.By {
		path := "by/" + strconv.Itoa(i)
		switch by {
		case TiePrevious:
		case TieOrder, TieChair, TieEldest:
			order := t.order(by)
			for j, c := range order {
				if !slices.Contains(q.Options, c) {
					faults.Add(string(by)+"/"+strconv.Itoa(j), fault.Quoted(string(c))+" is no option of the question")
				} else if slices.Contains(order[:j], c) {
					faults.Add(string(by)+"/"+strconv.Itoa(j), fault.Quoted(string(c))+" is there twice")
				}
			}
		case TieDrawn:
			for j, c := range t.Drawn {
				if !slices.Contains(q.Options, c) {
					faults.Add("drawn/"+strconv.Itoa(j), fault.Quoted(string(c))+" is no option of the question")
				}
			}
		case TieLot:
			if len(t.Seed) != SeedSize {
				faults.Add("seed", "has "+strconv.Itoa(len(t.Seed))+" bytes instead of "+strconv.Itoa(SeedSize))
			}
			if strings.ContainsRune(t.Poll, 0) {
				faults.Add("poll", "must have no zero byte for a lot to be drawn")
			}
		default:
			faults.Add(path, fault.Quoted(string(by))+" breaks no tie within a count")
		}
	}
	return faults.Err(ErrTies)
}

// order gives the order by which a tie-break goes.
func (t *Ties) order(by TieBreak) []Choice {
	switch by {
	case TieChair:
		return t.Chair
	case TieEldest:
		return t.Eldest
	}
	return t.Order
}

// stages gives what an option had at each earlier stage, compared as -1, 0, +1; nil where a method has no stages.
type stages struct {
	count   int
	compare func(stage, a, b int) int
}

// first puts one of the tied first: who is elected, or stays. It is nil-safe; ok is false when nothing breaks the tie. The tied are
// places of options; what happened is in the Broken.
func (c *counting) first(tied []int, past stages) (int, *Broken, bool) {
	return c.pick(tied, past, false)
}

// last puts one of the tied last: who leaves.
func (c *counting) last(tied []int, past stages) (int, *Broken, bool) {
	return c.pick(tied, past, true)
}

func (c *counting) pick(tied []int, past stages, last bool) (int, *Broken, bool) {
	broken := &Broken{Choices: c.choices(tied)}
	if c.ties == nil {
		return 0, broken, false
	}
	left := slices.Clone(tied)
	for _, by := range c.ties.By {
		before := len(left)
		switch by {
		case TiePrevious:
			left = past.narrow(left, last)
		case TieOrder, TieChair, TieEldest:
			left = c.byOrder(left, c.ties.order(by), last)
		case TieDrawn:
			left = c.asDrawn(left)
		case TieLot:
			left = c.byOrder(left, Lot(c.ties.Seed, c.ties.Poll, c.choices(left)), last)
		}
		if len(left) < before {
			broken.By = by
		}
		if len(left) == 1 {
			broken.Chosen = c.choices(left)
			return left[0], broken, true
		}
	}
	broken.By = ""
	return 0, broken, false
}

// narrow keeps those who were ahead (last: behind) at the last stage that tells any of them apart, and of these, if they are still several,
// those who were at the stage before it that does.
func (s stages) narrow(tied []int, last bool) []int {
	sign := 1
	if last {
		sign = -1
	}
	for stage := s.count - 1; stage >= 0 && len(tied) > 1; stage-- {
		if !slices.ContainsFunc(tied[1:], func(o int) bool { return s.compare(stage, o, tied[0]) != 0 }) {
			continue // at most stages: whoever has no vote had none before
		}
		best := tied[:1:1]
		for _, o := range tied[1:] {
			switch d := sign * s.compare(stage, o, best[0]); {
			case d > 0:
				best = []int{o}
			case d == 0:
				best = append(best, o)
			}
		}
		tied = best
	}
	return tied
}

// asDrawn keeps whom the next draw names; all when there is no draw left, or it names none of them.
func (c *counting) asDrawn(tied []int) []int {
	if c.draws >= len(c.ties.Drawn) {
		return tied
	}
	for i, o := range tied {
		if c.choice(o) == c.ties.Drawn[c.draws] {
			c.draws++
			return tied[i : i+1]
		}
	}
	return tied
}

// byOrder keeps the first (last: the last) of those tied in an order; all when the order leaves out any of them.
func (c *counting) byOrder(tied []int, order []Choice, last bool) []int {
	places := make([]int, len(tied))
	for i, o := range tied {
		if places[i] = slices.Index(order, c.choice(o)); places[i] < 0 {
			return tied
		}
	}
	best := 0
	for i := range tied {
		if last == (places[i] > places[best]) && places[i] != places[best] {
			best = i
		}
	}
	return tied[best : best+1]
}
