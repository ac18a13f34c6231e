package voting

import "maps"

// Preset is a published way to count that others can check by its name: a method, its settings, and how its ties are broken. What is
// asked, of whom and for how many seats is the question's. A preset never changes: a new definition gets a new name.
type Preset struct {
	Name     string            `json:"name"` // as its publishers name it: lower-case with hyphens
	Line     string            `json:"line"` // what it is and who published it, in one English line
	Method   Method            `json:"method"`
	Settings map[string]string `json:"settings,omitempty"`
	Ties     []TieBreak        `json:"ties,omitempty"` // what the definition says of ties; an order or a seed is the caller's
}

// presets are all presets, in families.
var presets = []Preset{
	{
		Name: "communecter", Line: "Communecter's vote on a proposal, white ballots as blank and incomplete ones as abstentions; the rule Communecter decides it",
		Method: YesNo,
	},
	{
		Name: "debian", Line: "Constitution for the Debian Project, appendix A: Schulze's method against a default option, ties by the casting vote",
		Method: Debian, Ties: []TieBreak{TieChair},
	},
	{
		Name: "majority-judgment", Line: "Balinski and Laraki's majority judgment with seven grades, silence being the worst",
		Method: MajorityJudgment, Settings: map[string]string{"grades": "7", "default-grade": "0"},
	},
	{
		Name: "star-official", Line: "STAR with the official tie protocol of the Equal Vote Coalition, and a lot where that leaves a tie",
		Method: STAR, Settings: map[string]string{"scale": "5", "tie-protocol": "official"}, Ties: []TieBreak{TieLot},
	},
	{
		Name: "scotland", Line: "Scottish Local Government Elections Order 2011: whole quota, values cut after 5 places, one surplus at a time",
		Method: STV, Ties: []TieBreak{TiePrevious, TieLot},
	},
	{
		Name: "wigm-prf", Line: "Reference WIGM rule of the Proportional Representation Foundation: weighted inclusive Gregory, 4 places",
		Method: STV, Settings: map[string]string{"quota": "hagenbach-bischoff", "places": "4", "cut": "steps", "end": "after-action"}, Ties: []TieBreak{TieLot},
	},
	{
		Name: "wigm-prf-batch", Line: "The same, sure losers leaving together",
		Method: STV, Settings: map[string]string{"quota": "hagenbach-bischoff", "places": "4", "cut": "steps", "leave": "sure-losers", "end": "after-action"},
		Ties: []TieBreak{TieLot},
	},
	{
		Name: "cfer", Line: "Californians for Electoral Reform: weighted inclusive Gregory, 5 places",
		Method: STV, Settings: map[string]string{"quota": "hagenbach-bischoff", "surpluses": "all", "end": "at-once"}, Ties: []TieBreak{TieLot},
	},
	{
		Name: "cfer-batch", Line: "The same, sure losers leaving together",
		Method: STV, Settings: map[string]string{"quota": "hagenbach-bischoff", "surpluses": "all", "leave": "voteless", "end": "at-once"}, Ties: []TieBreak{TieLot},
	},
	{
		Name: "mpls", Line: "Minneapolis ordinance 167.70: whole quota, 4 places, elected when the surplus goes on, sure losers leaving together",
		Method: STV, Settings: map[string]string{"places": "4", "cut": "part", "elected": "at-transfer", "leave": "sure-losers"},
		Ties: []TieBreak{TieLot},
	},
	{
		Name: "wigm-exact", Line: "Weighted inclusive Gregory in fractions that are never cut",
		Method: STV, Settings: map[string]string{"quota": "hagenbach-bischoff", "places": "exact", "end": "after-action"}, Ties: []TieBreak{TieLot},
	},
	{
		Name: "wigm-guarded", Line: "The same in decimals of 27 places, of which 18 count",
		Method: STV, Settings: map[string]string{"quota": "hagenbach-bischoff", "places": "guarded", "end": "after-action"}, Ties: []TieBreak{TieLot},
	},
	{
		Name: "qpq", Line: "Woodall's quota preferential by quotient (Voting matters 17), exact, beginning again whenever somebody leaves",
		Method: QPQ, Ties: []TieBreak{TieLot},
	},
	{
		Name: "meek-prf", Line: "Reference Meek rule of the Proportional Representation Foundation: 9 places, surplus below 10^-6",
		Method: Meek, Ties: []TieBreak{TieLot},
	},
	{
		Name: "meek-hill", Line: "Meek's method after Algorithm 123 as the library meekstv counts it: 8 places, the last leaves without waiting",
		Method:   Meek,
		Settings: map[string]string{"places": "8", "leave": "sure-losers", "converge": "no"},
		Ties:     []TieBreak{TieLot},
	},
	{
		Name: "meek-exact", Line: "Meek's method in fractions that are never cut, sure losers leaving together; for small elections",
		Method: Meek, Settings: map[string]string{"places": "exact", "omega": "10", "leave": "sure-losers"}, Ties: []TieBreak{TieLot},
	},
	{
		Name: "meek-guarded", Line: "The same in decimals of 27 places, of which 18 count",
		Method: Meek, Settings: map[string]string{"places": "guarded", "omega": "9", "leave": "sure-losers"}, Ties: []TieBreak{TieLot},
	},
	{
		Name: "warren-exact", Line: "Warren's method in fractions that are never cut, sure losers leaving together; for small elections",
		Method: Warren, Settings: map[string]string{"places": "exact", "omega": "10", "leave": "sure-losers"}, Ties: []TieBreak{TieLot},
	},
	{
		Name: "warren-guarded", Line: "The same in decimals of 27 places, of which 18 count",
		Method: Warren, Settings: map[string]string{"places": "guarded", "omega": "9", "leave": "sure-losers"}, Ties: []TieBreak{TieLot},
	},
}

// Presets gives all presets, those of one family together.
func Presets() []Preset {
	out := make([]Preset, len(presets))
	for i, p := range presets {
		out[i] = p.clone()
	}
	return out
}

// FindPreset gives the preset of a name; ok is false if there is none.
func FindPreset(name string) (preset Preset, ok bool) {
	for _, p := range presets {
		if p.Name == name {
			return p.clone(), true
		}
	}
	return Preset{}, false
}

func (p Preset) clone() Preset {
	p.Settings = maps.Clone(p.Settings)
	p.Ties = append([]TieBreak(nil), p.Ties...)
	return p
}

// Question gives the question that the preset counts. Options are left out for methods that have their own answers.
func (p Preset) Question(options []Choice, seats int) Question {
	return Question{Method: p.Method, Options: options, Seats: seats, Settings: maps.Clone(p.Settings)}
}
