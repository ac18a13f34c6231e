package memory

import (
	"hash/fnv"
	"iter"
)

// tree is an ordered map whose versions live side by side: with and without return a new map and leave the old one as it
// was, sharing what did not change. That is all a snapshot needs. The nil tree is empty.
//
// It is a treap. A node's priority is a hash of its key, so the shape depends on the keys alone.
type tree[V any] struct {
	key         string
	value       V
	prio        uint64
	size        int
	left, right *tree[V]
}

func (t *tree[V]) len() int {
	if t == nil {
		return 0
	}
	return t.size
}

func (t *tree[V]) get(key string) (v V, ok bool) {
	for t != nil {
		switch {
		case key < t.key:
			t = t.left
		case key > t.key:
			t = t.right
		default:
			return t.value, true
		}
	}
	return v, false
}

// join returns t with other children.
func (t *tree[V]) join(left, right *tree[V]) *tree[V] {
	c := *t
	c.left, c.right, c.size = left, right, left.len()+1+right.len()
	return &c
}

// split returns what lies before key and what lies after it.
func (t *tree[V]) split(key string) (before, after *tree[V]) {
	switch {
	case t == nil:
		return nil, nil
	case t.key < key:
		b, a := t.right.split(key)
		return t.join(t.left, b), a
	case t.key > key:
		b, a := t.left.split(key)
		return b, t.join(a, t.right)
	}
	return t.left, t.right
}

// merge puts two trees together, every key of t being less than those of u.
func (t *tree[V]) merge(u *tree[V]) *tree[V] {
	switch {
	case t == nil:
		return u
	case u == nil:
		return t
	case t.prio >= u.prio:
		return t.join(t.left, t.right.merge(u))
	}
	return u.join(t.merge(u.left), u.right)
}

func (t *tree[V]) with(key string, v V) *tree[V] {
	h := fnv.New64a()
	h.Write([]byte(key))
	before, after := t.split(key)
	n := &tree[V]{key: key, value: v, prio: h.Sum64(), size: 1}
	return before.merge(n).merge(after)
}

func (t *tree[V]) without(key string) *tree[V] {
	before, after := t.split(key)
	return before.merge(after)
}

// from yields what lies at key and after it, in order.
func (t *tree[V]) from(key string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) { t.walk(key, yield) }
}

func (t *tree[V]) walk(key string, yield func(string, V) bool) bool {
	if t == nil {
		return true
	}
	if t.key < key {
		return t.right.walk(key, yield)
	}
	return t.left.walk(key, yield) && yield(t.key, t.value) && t.right.walk(key, yield)
}
