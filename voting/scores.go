package voting

import (
	"encoding/binary"
	"maps"
	"slices"
)

// Scores is a ballot that gives options a number each, within the bounds of the question, from 0 to MaxValue at most. What an option
// without a number gets is the method's to say.
type Scores map[Choice]int64

// Grades is a ballot that gives options a grade each, by its place in the question's scale: 0 is the worst.
type Grades map[Choice]int64

// Points is a ballot that spreads a purse of points over the options.
type Points map[Choice]int64

func (s Scores) shape() Shape { return ShapeScores }
func (g Grades) shape() Shape { return ShapeGrades }
func (p Points) shape() Shape { return ShapePoints }

func (s Scores) append(dst []byte) []byte { return appendValues(append(dst, byteScores), s) }
func (g Grades) append(dst []byte) []byte { return appendValues(append(dst, byteGrades), g) }
func (p Points) append(dst []byte) []byte { return appendValues(append(dst, bytePoints), p) }

func appendValues(dst []byte, values map[Choice]int64) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(values)))
	for _, c := range slices.Sorted(maps.Keys(values)) {
		dst = binary.AppendUvarint(c.appendKey(dst), uint64(values[c]))
	}
	return dst
}

// valued is one option's value on a ballot.
type valued struct {
	choice Choice
	value  int64
}

// values gives what a ballot of values says, by ascending key; nothing for ballots of other shapes.
func values(b Ballot) []valued {
	var given map[Choice]int64
	switch b := b.(type) {
	case Scores:
		given = b
	case Grades:
		given = b
	case Points:
		given = b
	}
	out := make([]valued, 0, len(given))
	for _, c := range slices.Sorted(maps.Keys(given)) {
		out = append(out, valued{c, given[c]})
	}
	return out
}
