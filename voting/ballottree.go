package voting

import (
	"slices"
	"strconv"
	"strings"
)

// ballotTree holds the distinct ballots of a count in which the elected keep a part of every ballot and the rest goes on to whom it names
// next. Ballots that name the same elected in the same order before somebody who keeps all share a branch, so that a round costs one step
// a branch, and only the ballots of a branch that ends elsewhere are looked at again.
type ballotTree struct {
	links
	c      *counting
	open   []bool // who has not left
	passes []bool // who passes on a part: the elected
	nodes  []treeNode
	child  map[branch]int32
	levels [][]int32 // options that stand level on a ballot, each such group once
	level  map[string]int32
	at     []int32 // of each ballot, the mark after the rank where it lies
	to     []stack // of one call of spread, by rank
	alone  []int32 // every option
}

// treeNode is a rank of ballots that share all ranks before it.
type treeNode struct {
	parent int32
	rank   int32 // an option, or, from the number of options on, a group of levels
	depth  int32
	dead   bool
	units  int64 // the weight of all ballots that come through here
	lie    stack // the ballots that end here: nothing of them goes on, or they name nobody more
	kids   []int32
}

type branch struct{ parent, rank int32 }

// newBallotTree puts all ballots in a tree in which nobody passes anything on.
func newBallotTree(c *counting) *ballotTree {
	n := c.options()
	t := &ballotTree{
		c: c, open: make([]bool, n), passes: make([]bool, n), child: map[branch]int32{}, level: map[string]int32{},
		nodes: []treeNode{{parent: -1, rank: -1, lie: noStack}}, links: make(links, c.rows()), at: make([]int32, c.rows()), to: make([]stack, n),
	}
	for o := range n {
		t.open[o] = true
		t.to[o] = noStack
		t.alone = append(t.alone, int32(o))
	}
	all := noStack
	for i := c.rows() - 1; i >= 0; i-- {
		_, units := c.row(i)
		t.put(&all, int32(i), units)
	}
	t.spread(0, all)
	return t
}

// spread leads ballots on from a node, each to the next rank that holds somebody open.
func (t *ballotTree) spread(from int32, ballots stack) {
	type bundle struct {
		rank int32
		stack
	}
	var touched []int32
	ended := noStack
	for ballot := ballots.top; ballot >= 0; {
		below := t.links[ballot]
		row, units := t.c.row(int(ballot))
		rank, then := t.after(row, int(t.at[ballot]))
		t.at[ballot] = int32(then)
		if rank < 0 {
			t.put(&ended, ballot, units)
		} else {
			if t.to[rank].top < 0 {
				touched = append(touched, rank)
			}
			t.put(&t.to[rank], ballot, units)
		}
		ballot = below
	}
	t.join(&t.nodes[from].lie, ended)
	bundles := make([]bundle, len(touched))
	for i, rank := range touched {
		bundles[i] = bundle{rank, t.to[rank]}
		t.to[rank] = noStack
	}
	for _, b := range bundles {
		node := t.grow(from, b.rank)
		t.nodes[node].units += b.units
		if t.goesOn(b.rank) {
			t.spread(node, b.stack)
		} else {
			t.join(&t.nodes[node].lie, b.stack)
		}
	}
}

// grow gives the node of a rank after another, which is new if no ballot went there before.
func (t *ballotTree) grow(parent, rank int32) int32 {
	if node, ok := t.child[branch{parent, rank}]; ok {
		return node
	}
	node := int32(len(t.nodes))
	t.nodes = append(t.nodes, treeNode{parent: parent, rank: rank, depth: t.nodes[parent].depth + 1, lie: noStack})
	t.nodes[parent].kids = append(t.nodes[parent].kids, node)
	t.child[branch{parent, rank}] = node
	return node
}

// after gives the next rank from a place of a row that holds somebody open, and where the rank after it begins; -1 when there is none.
func (t *ballotTree) after(row []Mark, at int) (rank int32, then int) {
	for at < len(row) {
		end := rankEnd(row, at)
		if m := row[at]; m != SkippedRank {
			if end == at+1 {
				if t.open[m] {
					return int32(m), end
				}
			} else if rank = t.levelOf(row[at:end]); rank >= 0 {
				return rank, end
			}
		}
		at = end
	}
	return -1, at
}

// levelOf gives the number of a rank that holds several: of those of them who are open.
func (t *ballotTree) levelOf(marks []Mark) int32 {
	var options []int32
	for _, m := range marks {
		if t.open[m.Option()] {
			options = append(options, int32(m.Option()))
		}
	}
	switch len(options) {
	case 0:
		return -1
	case 1:
		return options[0]
	}
	var key strings.Builder
	for _, o := range options {
		key.WriteString(strconv.Itoa(int(o)) + ",")
	}
	if number, ok := t.level[key.String()]; ok {
		return number
	}
	number := int32(len(t.open) + len(t.levels))
	t.levels = append(t.levels, options)
	t.level[key.String()] = number
	t.to = append(t.to, noStack)
	return number
}

// options gives who is in a rank.
func (t *ballotTree) options(rank int32) []int32 {
	if n := int32(len(t.open)); rank >= n {
		return t.levels[rank-n]
	}
	return t.alone[rank : rank+1]
}

// goesOn says whether a part of the ballots of a rank goes on.
func (t *ballotTree) goesOn(rank int32) bool {
	return slices.ContainsFunc(t.options(rank), func(o int32) bool { return t.passes[o] })
}

// pass makes options pass on a part of what they get: the ballots that lie with them go on.
func (t *ballotTree) pass(options []int) {
	for _, o := range options {
		t.passes[o] = true
	}
	for node := 1; node < len(t.nodes); node++ {
		n := &t.nodes[node]
		if n.dead || n.lie.top < 0 || !t.holdsAny(n.rank, options) {
			continue
		}
		lie := n.lie
		n.lie = noStack
		t.spread(int32(node), lie)
	}
}

func (t *ballotTree) holdsAny(rank int32, options []int) bool {
	return slices.ContainsFunc(t.options(rank), func(o int32) bool { return slices.Contains(options, int(o)) })
}

// drop takes options out: the ballots of every branch that holds one of them are led anew from the rank before it.
func (t *ballotTree) drop(options []int) {
	for _, o := range options {
		t.open[o] = false
	}
	last := len(t.nodes) // those that grow now hold none of them
	for node := 1; node < last; node++ {
		n := &t.nodes[node]
		if n.dead || !t.holdsAny(n.rank, options) {
			continue
		}
		parent, depth, deep := n.parent, n.depth, len(n.kids) > 0 || n.rank >= int32(len(t.open))
		ballots := noStack
		t.fell(int32(node), &ballots)
		if deep {
			for b := ballots.top; b >= 0; b = t.links[b] {
				row, _ := t.c.row(int(b))
				t.at[b] = int32(t.skip(row, depth-1))
			}
		}
		t.spread(parent, ballots)
	}
}

// fell takes a branch out of the tree and gives its ballots.
func (t *ballotTree) fell(node int32, ballots *stack) {
	n := &t.nodes[node]
	if n.dead {
		return
	}
	t.join(ballots, n.lie)
	for _, kid := range n.kids {
		t.fell(kid, ballots)
	}
	delete(t.child, branch{n.parent, n.rank})
	*n = treeNode{parent: n.parent, dead: true, lie: noStack}
}

// skip gives where the rank after so many ranks with somebody open begins.
func (t *ballotTree) skip(row []Mark, ranks int32) int {
	at := 0
	for range ranks {
		_, at = t.after(row, at)
	}
	return at
}
