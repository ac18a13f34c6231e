package voting

// The presets are starting points. Check them against your statutes: no legal form is built in.

// SimpleMajority adopts with more for than against, whatever the turnout: more than half of the votes expressed. Abstentions, blank
// and invalid ballots do not count. Check it against your statutes.
func SimpleMajority() Rule {
	return Rule{Version: RuleVersion, Threshold: &Threshold{Of: Expressed, Fraction: Fraction{1, 2}, Strict: true}}
}

// MostVoices adopts what has the most voices, however few: the option that leads, or the proposal with more for than against. Check it
// against your statutes.
func MostVoices() Rule { return Rule{Version: RuleVersion} }

// TwoThirds adopts with at least two thirds of the votes expressed, whatever the turnout. Check it against your statutes.
func TwoThirds() Rule {
	return Rule{Version: RuleVersion, Threshold: &Threshold{Of: Expressed, Fraction: Fraction{2, 3}}}
}

// AbsoluteMajority adopts with more than half of all the voices entitled, so that whoever stays away weighs as if against. Check
// it against your statutes.
func AbsoluteMajority() Rule {
	return Rule{Version: RuleVersion, Threshold: &Threshold{Of: Entitled, Fraction: Fraction{1, 2}, Strict: true}}
}

// Communecter is how Communecter's own code decided a proposal: adopted when the percentage for, out of every ballot, rounded half up
// to two places, is strictly greater than majority (0 to 100; 100 can never pass). Count what it called white as Blank and
// incomplete as Abstain. It reproduces old results; for new polls check it against your statutes.
func Communecter(majority int) Rule {
	places := 2
	return Rule{Version: RuleVersion, Threshold: &Threshold{
		Of: Cast, Fraction: Fraction{int64(majority), 100}, Strict: true, PercentPlaces: &places,
	}}
}

// WithQuorum gives the rule with a quorum of seats: count (Present where attendance is taken, Cast where people vote from afar) must be
// at least part of the seats entitled. Check it against your statutes.
func (r Rule) WithQuorum(count Base, part Fraction) Rule {
	r.Quorum = &Quorum{Count: count, Of: Entitled, By: Seats, Fraction: part}
	return r
}
