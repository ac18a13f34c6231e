package voting

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// Base names a number of seats or voices that something is counted in or out of. Each holds the next:
// entitled, present, cast, expressed.
type Base string

// The bases.
const (
	Entitled  Base = "entitled"  // everybody on the roll
	Present   Base = "present"   // present or represented when the vote is taken
	Cast      Base = "cast"      // every ballot: for, against, abstention, blank and invalid
	Expressed Base = "expressed" // for and against, or all votes for an option: no abstention, blank or invalid ballot
)

// width orders the bases, the widest first; 0 for what is no base.
func (b Base) width() int {
	switch b {
	case Entitled:
		return 4
	case Present:
		return 3
	case Cast:
		return 2
	case Expressed:
		return 1
	}
	return 0
}

// Unit says what a quorum counts.
type Unit string

// The units.
const (
	Seats  Unit = "seats"  // persons present or represented, ballots: one each, whatever they weigh
	Voices Unit = "voices" // their weights
)

// Quorum is the least participation for a vote to be valid: Count of at least (Strict: more than) Fraction of Of, in seats or voices.
// A quorum of nobody is never reached: at least one seat or voice must be counted.
type Quorum struct {
	Count    Base     `json:"count"`
	Of       Base     `json:"of"`
	By       Unit     `json:"by"`
	Fraction Fraction `json:"fraction"`
	Strict   bool     `json:"strict,omitempty"`
}

// Threshold is the least support for adoption: at least (Strict: more than) Fraction of the voices of Of.
type Threshold struct {
	Of       Base     `json:"of"`
	Fraction Fraction `json:"fraction"`
	Strict   bool     `json:"strict,omitempty"`
	// PercentPlaces, if set, rounds the percentage half up to so many decimal places before it is compared, and lets the comparison
	// alone decide. It exists to reproduce the old results of systems that did so; no statutes ask for it.
	PercentPlaces *int `json:"percent_places,omitempty"`
}

// TieBreak names how a tie between leading options is broken. Between for and against there is no tie: equality rejects.
type TieBreak string

// The tie-breaks. None of them looks at the order of options or ballots.
const (
	TieStands    TieBreak = ""           // it is not broken: the verdict is Tied
	TieStatusQuo TieBreak = "status-quo" // nothing changes: no option is adopted
	TieChair     TieBreak = "chair"      // the chair's casting vote, among those tied. Never of a sealed poll: it would unseal the chair's ballot
	TieOrder     TieBreak = "order"      // the first in an order fixed beforehand, such as the eldest first
	TieLot       TieBreak = "lot"        // a lot that anybody can redo: see Lot
)

// Rule turns a result into a verdict. It is data: it is stored with the poll when it opens and never changes its meaning.
type Rule struct {
	Version   int        `json:"version"` // RuleVersion
	Quorum    *Quorum    `json:"quorum,omitempty"`
	Threshold *Threshold `json:"threshold,omitempty"` // nil: more for than against, or the most voices
	TieBreak  TieBreak   `json:"tie_break,omitempty"`
}

// RuleVersion is the version of the meaning of a Rule's fields.
const RuleVersion = 1

// UnmarshalJSON refuses members that this version does not know: dropping one would change what the rule means.
func (r *Rule) UnmarshalJSON(data []byte) error {
	type plain Rule // without this method
	var p plain
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return ErrRule.Wrap(err)
	}
	*r = Rule(p)
	return nil
}

// maxPercentPlaces bounds Threshold.PercentPlaces.
const maxPercentPlaces = 6

// ErrRule refuses a rule that cannot be applied as it is written; its fields say where.
var ErrRule = fault.New(fault.Invalid, "rule.unusable", "the rule cannot be applied as it is written")

// Check refuses an unknown version, base, unit or tie-break, a fraction that is none, a quorum that counts no part of what it is out
// of, and one that would demand nothing.
func (r Rule) Check() error {
	var faults fault.List
	if r.Version != RuleVersion {
		faults.Add("version", strconv.Itoa(r.Version)+" is not known; this program knows "+strconv.Itoa(RuleVersion))
	}
	if q := r.Quorum; q != nil {
		checkBase(&faults, "quorum/count", q.Count)
		checkBase(&faults, "quorum/of", q.Of)
		if q.Count.width() > 0 && q.Of.width() > 0 && q.Count.width() >= q.Of.width() {
			faults.Add("quorum/of", string(q.Count)+" is no part of "+string(q.Of))
		}
		if q.By != Seats && q.By != Voices {
			faults.Add("quorum/by", fault.Quoted(string(q.By))+" is neither seats nor voices")
		}
		checkPart(&faults, "quorum/fraction", q.Fraction, q.Strict)
		if q.Fraction.Num == 0 && !q.Strict {
			faults.Add("quorum/fraction", "a quorum of nothing is no quorum; leave it out")
		}
	}
	if t := r.Threshold; t != nil {
		checkBase(&faults, "threshold/of", t.Of)
		// Old systems that rounded offered a strict 100 %, which can never pass: reproduced, it rejects.
		checkPart(&faults, "threshold/fraction", t.Fraction, t.Strict && t.PercentPlaces == nil)
		if t.Fraction.Num == 0 && !t.Strict {
			faults.Add("threshold/fraction", "a threshold of nothing is no threshold; leave it out")
		}
		if n := t.PercentPlaces; n != nil && (*n < 0 || *n > maxPercentPlaces) {
			faults.Add("threshold/percent_places", strconv.Itoa(*n)+" is not from 0 to "+strconv.Itoa(maxPercentPlaces))
		}
	}
	switch r.TieBreak {
	case TieStands, TieStatusQuo, TieChair, TieOrder, TieLot:
	default:
		faults.Add("tie_break", fault.Quoted(string(r.TieBreak))+" is not known")
	}
	return faults.Err(ErrRule)
}

func checkBase(faults *fault.List, path string, b Base) {
	if b.width() == 0 {
		faults.Add(path, fault.Quoted(string(b))+" is none of entitled, present, cast and expressed")
	}
}

func checkPart(faults *fault.List, path string, f Fraction, strict bool) {
	switch {
	case f.Check() != nil:
		faults.Add(path, f.String()+" is no part of a whole")
	case strict && f.Num == f.Den:
		faults.Add(path, "more than the whole can never be reached")
	}
}
