package voting

// Score is one option's figure: voices, points, or what the method calls it.
type Score struct {
	Choice Choice `json:"choice"`
	Number Number `json:"number"`
}

// Figure is one number of a working that belongs to no option alone, such as a quota or how many rankings are optimal. Names are
// append-only and stand on the method's page.
type Figure struct {
	Name   string `json:"name"`
	Number Number `json:"number"`
}

// Set is a named group of options, such as the Smith set.
type Set struct {
	Name    string   `json:"name"`
	Choices []Choice `json:"choices"`
}

// Matrix compares every option with every other: Cells[i][j] is what option i of Of has against option j. The diagonal is "0".
type Matrix struct {
	Name  string     `json:"name"`
	Of    []Choice   `json:"of"`
	Cells [][]Number `json:"cells"`
}

// Merit is what an option received of each grade, the worst first, and its median grade.
type Merit struct {
	Choice Choice   `json:"choice"`
	Voices []Number `json:"voices"`
	Median int      `json:"median"`
	// Missing are the voices that gave the option no grade. What the method made of them is in Voices, or on its page.
	Missing Number `json:"missing,omitempty"`
}

// Action says what a round did.
type Action string

// The actions of rounds. Append only.
const (
	ActionCount     Action = "count"     // ballots were counted or compared, and nobody was chosen or left
	ActionElect     Action = "elect"     // Choices are elected
	ActionEliminate Action = "eliminate" // Choices leave the count
	ActionTransfer  Action = "transfer"  // the surplus of Choices goes on
	ActionRunoff    Action = "runoff"    // Choices meet in a last comparison
)

// Round is one step of a count that goes in steps: what everybody had when it began, what was done, and what moved because of it.
type Round struct {
	Action  Action   `json:"action"`
	Choices []Choice `json:"choices,omitempty"` // whom the action concerns
	// Tallies are what the options in the count have as the round begins, in the question's order.
	Tallies   []Score    `json:"tallies,omitempty"`
	Elected   []Choice   `json:"elected,omitempty"`   // who is elected in this round
	Transfers []Transfer `json:"transfers,omitempty"` // what moved, in the question's order
	Quota     Number     `json:"quota,omitempty"`     // where it is not the same in all rounds
	Exhausted Number     `json:"exhausted,omitempty"` // voices that name nobody any more, as the round begins
	Figures   []Figure   `json:"figures,omitempty"`   // what else the method's page explains
	Ratios    []Score    `json:"ratios,omitempty"`    // what else each option has: which ratio it is, the method's page says
	Phase     string     `json:"phase,omitempty"`     // the part of a method that has several
	Payments  []Payment  `json:"payments,omitempty"`  // who paid for the seat, the richest first
	Broken    *Broken    `json:"broken,omitempty"`    // the tie that had to be broken to take the action
}

// Transfer is voices that went from one option to another, or to nobody where To is empty.
type Transfer struct {
	From   Choice `json:"from"`
	To     Choice `json:"to,omitempty"`
	Voices Number `json:"voices"`
	Value  Number `json:"value,omitempty"`  // what each voice is worth after it, where that is less than one
	Papers Number `json:"papers,omitempty"` // with Value: the full weight of the ballots that moved; Papers times Value is Voices
}

// Payment is what voters gave for a seat who had the same: Had before, Paid for it and Has after, in parts of a seat for each voice.
type Payment struct {
	Voices Number `json:"voices"` // of these voters together
	Had    Number `json:"had"`
	Paid   Number `json:"paid"`
	Has    Number `json:"has"`
}

// Load is what each voice of equal ballots carries of the seats, or has left.
type Load struct {
	Ballot []Choice `json:"ballot"`
	Voices Number   `json:"voices"`
	Load   Number   `json:"load"`
}

// addFigure adds a figure to a result.
func (r *Result) addFigure(name string, n Number) { r.Figures = append(r.Figures, Figure{name, n}) }
