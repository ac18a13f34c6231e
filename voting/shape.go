package voting

// Shape is what a ballot looks like, whatever its question's method makes of it.
type Shape string

// The shapes. Whatever the shape, a ballot may also be the Choice Abstain or Blank, and one that says nothing about any option is
// counted as Blank.
const (
	ShapeChoice  Shape = "choice"  // one answer: Choice
	ShapeChoices Shape = "choices" // any number of options: Choices
	ShapeRanking Shape = "ranking" // options in order of preference: Ranking
	ShapeScores  Shape = "scores"  // a number for each option: Scores
	ShapeGrades  Shape = "grades"  // a word of a scale for each option, worst first from 0: Grades
	ShapePoints  Shape = "points"  // a purse of points spread over the options: Points
)

func (s Shape) known() bool {
	switch s {
	case ShapeChoice, ShapeChoices, ShapeRanking, ShapeScores, ShapeGrades, ShapePoints:
		return true
	}
	return false
}

// valued says whether a ballot of the shape gives options a value.
func (s Shape) valued() bool { return s == ShapeScores || s == ShapeGrades || s == ShapePoints }
