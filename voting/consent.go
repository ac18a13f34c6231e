package voting

import (
	"math/big"
)

// Consent adopts one proposal unless somebody objects. docs/methods/consent.md.
const Consent Method = "consent"

// Gradients asks how far each agrees with one proposal, on the scale of Sam Kaner, and adopts it when enough support it and nobody
// blocks. docs/methods/consent.md.
const Gradients Method = "gradients"

// The answers to a proposal put for consent. Each may come with its reason, and an objection must: see Reasoned.
const (
	Consents   Choice = "consent"
	Concern    Choice = "concern" // consents, and wants a concern noted
	StandAside Choice = "stand-aside"
	Objection  Choice = "objection"
)

// The gradients of agreement, the most agreeing first. Between Reservations and StandAside stands Abstain, which is on every question.
const (
	Endorse      Choice = "endorse"
	MinorPoint   Choice = "minor-point"  // endorses with a minor point of contention
	Reservations Choice = "reservations" // agrees with reservations
	Disagree     Choice = "disagree"     // disagrees formally and goes with the majority
	Absolved     Choice = "absolved"     // disagrees formally and asks to have no part in carrying it out
	Veto         Choice = "block"        // vetoes
)

var consent = method{
	name: Consent, revision: 1, told: tellAnswers, shapes: []Shape{ShapeChoice}, answers: []Choice{Consents, Concern, StandAside, Objection},
	reasons: true, argued: Objection, settings: []setting{reasonsGiven},
	count: countConsent,
}

var gradients = method{
	name: Gradients, revision: 1, told: tellAnswers, shapes: []Shape{ShapeChoice},
	answers:  []Choice{Endorse, MinorPoint, Reservations, StandAside, Disagree, Absolved, Veto},
	reasons:  true,
	settings: []setting{supportLevels, supportShare, blocks},
	count:    countGradients,
}

// reasonsGiven says whether an objection needs a reason. What somebody else summed up, a show of hands, is counted without.
var reasonsGiven = setting{name: "reasons", value: "required", words: []string{"required", "optional"}}

var (
	supportLevels = setting{name: "levels", value: "3", least: 1, most: 3}
	supportShare  = setting{name: "share", value: "2/3", check: isShare, says: "a fraction such as 2/3"}
	blocks        = setting{name: "block", value: "stops", words: []string{"stops", "weighs"}}
)

func isShare(value string) bool {
	f, err := ParseFraction(value)
	return err == nil && f.Num > 0
}

// countConsent adopts when somebody consents and no voice objects. The winner is the answer Consents; nobody wins where it is not given.
func countConsent(c *counting) error {
	r := &c.result
	r.Ranking = rank(r.Votes)
	if r.Of(Objection).Voices == 0 && r.Of(Consents).plus(r.Of(Concern)).Voices > 0 {
		r.Winners = []Choice{Consents}
	}
	return nil
}

// countGradients adopts when the supporting levels have their share of the voices expressed. The winner is the answer Endorse.
func countGradients(c *counting) error {
	r := &c.result
	r.Ranking = rank(r.Votes)
	var support Weight
	for _, t := range r.Votes[:c.question.number(supportLevels)] {
		support += t.Voices
	}
	r.addFigure("support", Number(support.String()))
	share, err := ParseFraction(c.setting(supportShare.name))
	if err != nil {
		return err
	}
	have := new(big.Int).Mul(support.big(), big.NewInt(share.Den))
	need := new(big.Int).Mul(r.Expressed.Voices.big(), big.NewInt(share.Num))
	blocked := c.setting(blocks.name) == "stops" && r.Of(Veto).Voices > 0
	if support > 0 && have.Cmp(need) >= 0 && !blocked {
		r.Winners = []Choice{Endorse}
	}
	return nil
}
