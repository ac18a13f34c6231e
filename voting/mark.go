package voting

// Mark is one step of a ballot in numbers, as a file's reader writes it: the place of an option in the question's list, from 0. What
// a row of marks means depends on the profile's shape:
//
//	choice, choices          the options chosen, in any order
//	ranking                  the options, best first; an option with Level stands level with the one before it; SkippedRank leaves a rank empty
//	scores, grades, points   one mark for every option of the question: its value, or NoValue
type Mark uint16

const (
	// Level on the mark of a ranking puts the option level with the one before it.
	Level Mark = 1 << 15
	// SkippedRank on a ranking leaves a rank empty. Methods pass over it unless they have a setting for it.
	SkippedRank Mark = Level - 1
	// NoValue says that the ballot gives the option no value.
	NoValue Mark = 1<<16 - 1
	// MaxValue is the largest score, grade or number of points that one ballot can give one option.
	MaxValue = 1<<16 - 2
)

// Option gives the place of the option that a ranking's mark names.
func (m Mark) Option() int { return int(m &^ Level) }

// IsLevel says whether a ranking's mark stands level with the one before it.
func (m Mark) IsLevel() bool { return m&Level != 0 }
