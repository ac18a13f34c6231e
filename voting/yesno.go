package voting

// YesNo puts one proposal: for, against, abstain or blank. docs/methods/yes-no.md.
const YesNo Method = "yes-no"

var yesNo = method{
	name: YesNo, revision: 1, shapes: []Shape{ShapeChoice}, answers: []Choice{For, Against}, votes: true, count: countAnswers,
}

// countAnswers ranks the answers by their votes. Nobody wins without a voice.
func countAnswers(c *counting) error {
	r := &c.result
	r.Ranking = rank(r.Votes)
	r.Winners = winners(r.Votes, r.Ranking)
	return nil
}
