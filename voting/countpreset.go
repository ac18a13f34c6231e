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
var presets = []Preset{}

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
