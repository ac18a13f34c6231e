package voting

// Mark is one step of a ballot in numbers, as a file's reader writes it: the place of an option in the question's list, from 0. What
// a row of marks means depends on the profile's shape:
//
//	choice, choices          the options chosen, in any order
//	ranking                  the options, best first; an option with Level stands level with the one before it; SkippedRank leaves a rank empty
//	scores, grades, points   one mark for every option of the question: its value, or NoValue
//
// A ranking from paper may say more than one that a program took: that several options were marked at a rank and nobody knows which
// (Overvoted), and that an option was named again (Again). Only the methods that have a setting for that look at it; to all others the
// rank is empty, and the option stands where it was named first.
type Mark uint16

const (
	// Level on the mark of a ranking puts the option level with the one before it.
	Level Mark = 1 << 15
	// SkippedRank on a ranking leaves a rank empty. Methods pass over it unless they have a setting for it.
	SkippedRank Mark = Level - 1
	// Overvoted on a ranking is a rank at which several options were marked and nobody knows which. Where it is known, they stand level.
	Overvoted Mark = SkippedRank - 1
	// Again on the mark of a ranking says that a better rank has named the option already. It stands on every naming but the first.
	Again Mark = 1 << 14
	// NoValue says that the ballot gives the option no value.
	NoValue Mark = 1<<16 - 1
	// MaxValue is the largest score, grade or number of points that one ballot can give one option.
	MaxValue = 1<<16 - 2
)

// Option gives the place of the option that a ranking's mark names.
func (m Mark) Option() int { return int(m &^ (Level | Again)) }

// IsLevel says whether a ranking's mark stands level with the one before it.
func (m Mark) IsLevel() bool { return m&Level != 0 }

// IsAgain says whether a ranking's mark names an option that a better rank has named.
func (m Mark) IsAgain() bool { return !m.namesNobody() && m&Again != 0 }

// namesNobody says whether a ranking's mark is a rank without a known option.
func (m Mark) namesNobody() bool { return m == SkippedRank || m == Overvoted }

// fromPaper says whether only paper has such a ranking's mark.
func (m Mark) fromPaper() bool { return m == Overvoted || m.IsAgain() }
