package voting

import (
	"math/bits"
	"slices"
)

// pairs compares every option with every other: in units, how much of the ballots puts one above the other.
type pairs struct {
	options int
	units   []int64 // options rows of options columns: what the row's option has against the column's
}

func (p *pairs) clone() *pairs { return &pairs{p.options, slices.Clone(p.units)} }

// over gives the units that put a above b.
func (p *pairs) over(a, b int) int64 { return p.units[a*p.options+b] }

// margin gives by how many units more put a above b than the other way round.
func (p *pairs) margin(a, b int) int64 { return p.over(a, b) - p.over(b, a) }

// beats says whether more units put a above b than b above a.
func (p *pairs) beats(a, b int) bool { return p.margin(a, b) > 0 }

// pairs compares all options in pairs. Options that share a rank are put above each other by nobody. Those that a ballot does not rank
// stand level below those that it does, or, with the setting "ignored", are compared with nothing. The profile keeps what came out for the
// next method that asks: it is not to be written to. Of several counts at once that ask, one works it out.
func (c *counting) pairs() *pairs {
	last, kept := c.setting("unranked") != "ignored", 0
	if last {
		kept = 1
	}
	if p := c.profile.compared[kept].Load(); p != nil {
		return p
	}
	c.profile.comparing.Lock()
	defer c.profile.comparing.Unlock()
	p := c.profile.compared[kept].Load()
	if p == nil {
		p = c.compare(last)
		c.profile.compared[kept].Store(p)
	}
	return p
}

// compare compares all options in pairs.
func (c *counting) compare(last bool) *pairs {
	n := c.options()
	p := &pairs{n, make([]int64, n*n)}
	t := pairing{pairs: p, last: last, place: make([]Mark, n), ranked: make([]bool, n)}
	blocks := (n + block - 1) / block
	var heaps [63][]int32 // rows whose weight has this bit and that are counted together
	for i := range c.rows() {
		row, weight := c.row(i)
		if weight == 0 {
			continue
		}
		// One by one, a ballot costs a step a pair; in a heap, about as much as a few pairs an option, for every bit of the weight.
		alone := len(row) * (len(row) - 1) / 2
		if t.last {
			alone += len(row) * max(0, n-len(row))
		}
		if alone <= perOption*n*blocks*bits.OnesCount64(uint64(weight)) {
			t.add(row, weight)
			continue
		}
		for w := uint64(weight); w != 0; w &= w - 1 {
			bit := bits.TrailingZeros64(w)
			heaps[bit] = append(heaps[bit], int32(i))
			if len(heaps[bit]) == together {
				t.addHeap(c, heaps[bit], bit)
				heaps[bit] = heaps[bit][:0]
			}
		}
	}
	for bit, heap := range heaps {
		if len(heap) > 0 {
			t.addHeap(c, heap, bit)
		}
	}
	return p
}

// perOption is what counting a ballot in a heap costs for each option, in steps of counting it alone; measured, and no result depends on it.
const perOption = 4

// together is how many ballots are gathered before they are counted a heap at a time: few enough to be near the processor still.
const together = 1 << 12

// pairing adds ballots to a comparison in pairs.
type pairing struct {
	*pairs
	last   bool // options that are not ranked stand below all that are
	place  []Mark
	ranked []bool

	// Of addHeap, one an option.
	words   [][heap]uint64
	planes  [][32]uint64 // a profile has fewer than 1<<32 rows
	inBlock []uint64
}

// add counts one ballot, a pair at a time.
func (t *pairing) add(row []Mark, weight int64) {
	n := t.options
	order := t.place[:0]
	for _, m := range row {
		if m != SkippedRank {
			order = append(order, m)
		}
	}
	strict := len(order)
	if t.last && strict < n {
		for _, m := range order {
			t.ranked[m.Option()] = true
		}
		for o, ranked := range t.ranked {
			if !ranked {
				order = append(order, Mark(o))
			}
			t.ranked[o] = false
		}
	}
	for i, m := range order[:strict] {
		below := i + 1
		for below < strict && order[below].IsLevel() {
			below++
		}
		units := t.units[m.Option()*n:][:n]
		for _, o := range order[below:] {
			units[o&^Level] += weight
		}
	}
}

// block is how many options are compared with all at once: as many as a word has bits.
const block = 64

// heap is how many ballots are added up at once.
const heap = 16

// addHeap counts rows a heap at a time, each with the weight 1<<bit. For each option and each ballot it writes down a word in which bit b
// says whether option b of the block stands below; then all words of an option are summed upright: 64 sums side by side, of which plane k
// holds bit k. The words of a heap go through a tree of carry-save adders, which costs about five steps a word for all 64 sums.
func (t *pairing) addHeap(c *counting, rows []int32, bit int) {
	n := t.options
	if t.words == nil {
		t.words, t.planes, t.inBlock = make([][heap]uint64, n), make([][32]uint64, n), make([]uint64, n)
	}
	words, planes, inBlock := t.words, t.planes, t.inBlock
	for first := 0; first < n; first += block {
		clear(inBlock) // the bit of each option, none for those of other blocks
		wide := min(block, n-first)
		for b := range wide {
			inBlock[first+b] = 1 << b
		}
		clear(planes)
		slot := 0
		for _, i := range rows {
			t.write(c.marks(int(i)), words, slot, inBlock)
			if slot++; slot == heap {
				sumWords(words, planes)
				slot = 0
			}
		}
		if slot > 0 {
			for o := range words {
				clear(words[o][slot:])
			}
			sumWords(words, planes)
		}
		for o := range planes {
			units := t.units[o*n+first:]
			for k, plane := range planes[o] {
				for plane &= ^uint64(0) >> (block - wide); plane != 0; plane &= plane - 1 {
					units[bits.TrailingZeros64(plane)] += 1 << (k + bit)
				}
			}
		}
	}
}

// write writes down for every option which options of a block stand below it on one ballot.
func (t *pairing) write(row []Mark, words [][heap]uint64, slot int, inBlock []uint64) {
	slot &= heap - 1
	words = words[:len(inBlock)]
	if below := ^uint64(0); len(row) == len(inBlock) {
		complete := true
		for _, m := range row {
			if complete = int(m) < len(inBlock); !complete { // a tie or a skipped rank
				break
			}
			below &^= inBlock[m]
			words[m][slot] = below
		}
		if complete {
			return
		}
	}
	for o := range words {
		words[o][slot] = 0
	}
	below := uint64(0)
	if t.last {
		below = ^uint64(0)
	} else {
		for rank := range ranks(row) {
			for _, m := range rank {
				below |= inBlock[m.Option()]
			}
		}
	}
	for rank := range ranks(row) {
		for _, m := range rank {
			below &^= inBlock[m.Option()]
		}
		for _, m := range rank {
			words[m.Option()][slot] = below
		}
	}
}

// sumWords adds a heap of words to the sums of every option.
func sumWords(words [][heap]uint64, planes [][32]uint64) {
	for o := range planes {
		w, sum := &words[o], &planes[o]
		ones, a := carrySave(sum[0], w[0], w[1])
		ones, b := carrySave(ones, w[2], w[3])
		twos, a2 := carrySave(sum[1], a, b)
		ones, a = carrySave(ones, w[4], w[5])
		ones, b = carrySave(ones, w[6], w[7])
		twos, b2 := carrySave(twos, a, b)
		fours, a4 := carrySave(sum[2], a2, b2)
		ones, a = carrySave(ones, w[8], w[9])
		ones, b = carrySave(ones, w[10], w[11])
		twos, a2 = carrySave(twos, a, b)
		ones, a = carrySave(ones, w[12], w[13])
		ones, b = carrySave(ones, w[14], w[15])
		twos, b2 = carrySave(twos, a, b)
		fours, b4 := carrySave(fours, a2, b2)
		eights, carry := carrySave(sum[3], a4, b4)
		sum[0], sum[1], sum[2], sum[3] = ones, twos, fours, eights
		for k := 4; carry != 0; k++ {
			sum[k], carry = sum[k]^carry, sum[k]&carry
		}
	}
}

// carrySave adds three bits in each of 64 lanes: their sum, and what it carries into the next plane.
func carrySave(a, b, c uint64) (sum, carry uint64) {
	half := a ^ b
	return half ^ c, a&b | half&c
}
