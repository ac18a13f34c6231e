package voting

import "slices"

// stacks are the distinct ballots of a count, sorted: each lies on one stack and shows one of the options it names, or none any more. Only
// the stacks that a step of the count takes up are looked through.
type stacks struct {
	links
	c       *counting
	reading reading
	at      []int32 // of each ballot, the mark after the rank that it shows
}

// stack is a number of ballots that lie together.
type stack struct {
	top    int32 // the ballot on top; -1: none
	bottom int32
	units  int64 // the weight of all
}

var noStack = stack{top: -1, bottom: -1}

// links are, of each ballot, the one below it on its stack; -1: the last.
type links []int32

// put lays a ballot on a stack.
func (l links) put(on *stack, ballot int32, units int64) {
	l[ballot] = on.top
	if on.top < 0 {
		on.bottom = ballot
	}
	on.top = ballot
	on.units += units
}

// join lays a whole stack on another.
func (l links) join(on *stack, from stack) {
	if from.top < 0 {
		return
	}
	l[from.bottom] = on.top
	if on.top < 0 {
		on.bottom = from.bottom
	}
	on.top = from.top
	on.units += from.units
}

func newStacks(c *counting) *stacks {
	n := c.rows()
	return &stacks{c: c, reading: c.reading(), links: make(links, n), at: make([]int32, n)}
}

// all puts every ballot on one stack, showing nothing yet.
func (p *stacks) all() stack {
	out := noStack
	for i := p.c.rows() - 1; i >= 0; i-- {
		_, units := p.c.paper(i)
		p.at[i] = 0
		p.put(&out, int32(i), units)
	}
	return out
}

// overvoteRefused is overvote for methods whose rules know no equal ranks: unless it is set otherwise, they refuse them.
var overvoteRefused = setting{name: overvote.name, value: "refused", words: append([]string{"refused"}, overvote.words...)}

// refuseEqual refuses ballots that put options level where the setting says so.
func (c *counting) refuseEqual() error {
	if c.setting(overvote.name) != "refused" {
		return nil
	}
	for i := range c.rows() {
		row, units := c.paper(i)
		if units > 0 && slices.ContainsFunc(row, func(m Mark) bool { return m.IsLevel() || m == Overvoted }) {
			return ErrMethod.At("settings/overvote", "a ballot puts options level, and "+string(c.method.name)+" counts it for one at a time")
		}
	}
	return nil
}

// deal deals a stack out, ballot by ballot, to the options that each shows next among those open. The last of the stacks it gives is that of
// the ballots that show nothing any more.
func (p *stacks) deal(from stack, open []bool) []stack {
	out := make([]stack, len(open)+1)
	for i := range out {
		out[i] = noStack
	}
	for ballot := from.top; ballot >= 0; {
		next := p.links[ballot]
		row, units := p.c.paper(int(ballot))
		to, then, why := p.reading.next(row, int(p.at[ballot]), open)
		if why != stays {
			to, then = len(open), len(row)
		}
		p.at[ballot] = int32(then)
		p.put(&out[to], ballot, units)
		ballot = next
	}
	return out
}
