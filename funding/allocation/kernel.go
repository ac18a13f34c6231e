package allocation

import "slices"

// peeling takes those projects away that the voters who support nothing else of what remains can pay for within a burden: they burden no
// other voter.
type peeling struct {
	*spread
	p      int // the project that is added; its number is the last
	at     burden
	remain []bool  // by number
	count  []int32 // by class: how many of its members remain, without p
	own    []int64 // by number: the weight of those who support nothing else of what remains
	queued []bool  // by number: whether it is to be taken away, or was
	queue  []int
}

// peel gives what remains when all such projects are taken away, as a flow to be settled; nil when nothing does.
func (s *spread) peel(p int, within []bool, at burden) *kernel {
	last := len(s.members)
	l := &peeling{
		spread: s, p: p, at: at, remain: slices.Clone(within), count: make([]int32, len(s.classes)), own: make([]int64, last+1),
		queued: make([]bool, last+1),
	}
	for c := range s.classes {
		for _, m := range s.classes[c].members {
			if within[m] {
				l.count[c]++
			}
		}
		l.alone(int32(c), true)
	}
	for m := range l.own {
		l.look(m)
	}
	for len(l.queue) > 0 {
		m := l.queue[len(l.queue)-1]
		l.queue = l.queue[:len(l.queue)-1]
		l.remain[m] = false
		if m == last {
			for c, weight := range s.with {
				if weight > 0 && l.count[c] == 1 {
					l.give(int32(c), weight)
				}
			}
			continue
		}
		for _, c := range s.of[m] {
			l.count[c]--
			l.alone(c, false)
		}
	}
	if !slices.Contains(l.remain, true) {
		return nil
	}
	return l.kernel()
}

// alone notes those of a class who support one thing that remains and no other.
func (l *peeling) alone(c int32, first bool) {
	last, with := len(l.members), l.with[c]
	switch added := l.remain[last]; {
	case l.count[c] == 0 && added && with > 0:
		l.own[last] += with
		if !first {
			l.look(last)
		}
	case l.count[c] == 1:
		weight := l.classes[c].weight
		if added {
			weight -= with
		}
		if first {
			l.own[l.only(c)] += weight
		} else {
			l.give(c, weight)
		}
	}
}

// only gives the one member of a class that remains.
func (l *peeling) only(c int32) int32 {
	for _, m := range l.classes[c].members {
		if l.remain[m] {
			return m
		}
	}
	panic("none remains") // count says that one does
}

func (l *peeling) give(c int32, weight int64) {
	m := l.only(c)
	l.own[m] += weight
	l.look(int(m))
}

// look takes a project away if those who support nothing else can pay for it.
func (l *peeling) look(m int) {
	if l.remain[m] && !l.queued[m] && times(l.cost(m), l.at.weight).compare(times(l.own[m], l.at.cost)) <= 0 {
		l.queued[m] = true
		l.queue = append(l.queue, m)
	}
}

func (l *peeling) cost(m int) int64 {
	if m == len(l.members) {
		return l.in.costs[l.p]
	}
	return l.in.costs[l.members[m]]
}

// kernel is a flow of costs to voters. It is counted in parts of a minor unit of which the burden's weight makes one, so that a unit of
// weight takes the burden's cost in parts.
type kernel struct {
	due     []wide    // by project: what nobody carries yet
	reached []bool    // by project: whether something that is due can come to it
	level   []int32   // by project: the least number of moves by which something due comes to it; -1 where none leads
	spots   [][]spot  // by project: where it can be carried
	next    []int     // by project: the spot from which on it can still be moved
	voters  []carrier // those who support several
	support []int32   // projects: of one carrier after the other
	carries []wide    // of each of these
	looked  int64     // how many of these were looked at, at most
}

// carrier is voters who support the same of what remains.
type carrier struct {
	room       wide
	first, end int32 // their part of support and carries
	level      int32
}

// spot is a carrier, and a project's place with it.
type spot struct{ carrier, at int32 }

// kernel makes the flow of what remains. Those who support one thing alone carry all they can of it.
func (l *peeling) kernel() *kernel {
	last := len(l.members)
	k := &l.flow
	k.due, k.reached = make([]wide, last+1), make([]bool, last+1)
	k.level, k.next = make([]int32, last+1), make([]int, last+1)
	k.voters, k.support = k.voters[:0], k.support[:0]
	for len(k.spots) <= last {
		k.spots = append(k.spots, nil)
	}
	for m, remains := range l.remain {
		k.spots[m] = k.spots[m][:0]
		if remains {
			k.due[m] = times(l.cost(m), l.at.weight).minus(times(l.own[m], l.at.cost))
		}
	}
	for c, sharers := range l.classes {
		if l.count[c] == 0 {
			continue
		}
		with := l.with[c]
		if !l.remain[last] {
			with = 0
		}
		if weight := sharers.weight - with; l.count[c] > 1 && weight > 0 {
			k.carry(times(weight, l.at.cost), sharers.members, l.remain)
		}
		if with > 0 {
			k.carry(times(with, l.at.cost), append(sharers.members[:len(sharers.members):len(sharers.members)], int32(last)), l.remain)
		}
	}
	k.carries = slices.Grow(k.carries[:0], len(k.support))[:len(k.support)]
	clear(k.carries)
	return k
}

// carry adds voters who have room for what remains of some projects.
func (k *kernel) carry(room wide, projects []int32, remain []bool) {
	v := carrier{room: room, first: int32(len(k.support))}
	for _, m := range projects {
		if remain[m] {
			k.spots[m] = append(k.spots[m], spot{int32(len(k.voters)), int32(len(k.support))})
			k.support = append(k.support, m)
		}
	}
	v.end = int32(len(k.support))
	k.voters = append(k.voters, v)
}

// settle lets voters carry as much as they can, and says whether that is all. If not, reached tells what is due too much: the smallest
// part for which that is the most.
func (k *kernel) settle() bool {
	k.looked = 0
	for k.levels() {
		k.looked += int64(len(k.support))
		clear(k.next)
		for m := range k.due {
			for k.level[m] == 0 && !k.due[m].zero() {
				moved := k.move(m, k.due[m])
				if moved.zero() {
					break
				}
				k.due[m] = k.due[m].minus(moved)
			}
		}
	}
	for m, level := range k.level {
		k.reached[m] = level >= 0
	}
	for _, due := range k.due {
		if !due.zero() {
			return false
		}
	}
	return true
}

// levels counts the moves by which something due comes to each project and carrier: a carrier that has room takes it, any other gives
// away another project instead. It says whether one with room is reached.
func (k *kernel) levels() bool {
	var queue []int32
	for m, due := range k.due {
		k.level[m] = -1
		if !due.zero() {
			k.level[m] = 0
			queue = append(queue, int32(m))
		}
	}
	for v := range k.voters {
		k.voters[v].level = -1
	}
	found := int32(-1)
	for i := 0; i < len(queue); i++ {
		m := queue[i]
		if found >= 0 && k.level[m] >= found {
			break
		}
		for _, s := range k.spots[m] {
			v := &k.voters[s.carrier]
			if v.level >= 0 {
				continue
			}
			v.level = k.level[m] + 1
			if !v.room.zero() {
				found = v.level
				continue
			}
			for i := v.first; i < v.end; i++ {
				if other := k.support[i]; k.level[other] < 0 && !k.carries[i].zero() {
					k.level[other] = v.level
					queue = append(queue, other)
				}
			}
		}
	}
	return found >= 0
}

// move lets carriers take up to so much more of a project, by rising levels, and gives how much they took.
func (k *kernel) move(m int, most wide) wide {
	for ; k.next[m] < len(k.spots[m]); k.next[m]++ {
		s := k.spots[m][k.next[m]]
		v := &k.voters[s.carrier]
		if v.level != k.level[m]+1 {
			continue
		}
		if !v.room.zero() {
			moved := most.min(v.room)
			v.room = v.room.minus(moved)
			k.carries[s.at] = k.carries[s.at].plus(moved)
			return moved
		}
		for i := v.first; i < v.end; i++ {
			other := k.support[i]
			if k.level[other] != v.level || k.carries[i].zero() || i == s.at {
				continue
			}
			if moved := k.move(int(other), most.min(k.carries[i])); !moved.zero() {
				k.carries[i] = k.carries[i].minus(moved)
				k.carries[s.at] = k.carries[s.at].plus(moved)
				return moved
			}
		}
	}
	return wide{}
}
