package voting

// Approval gives the seats to the options of which most voices approve. docs/methods/approval.md.
const Approval Method = "approval"

var approval = method{
	name: Approval, revision: 1, shapes: []Shape{ShapeChoices, ShapeChoice}, seats: true, votes: true,
	count: blockVote.count,
}
