package voting

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// MarshalBallot gives the JSON form of b, an object whose one member is named for the shape: {"choice":"for"},
// {"choices":["a","c"]}, {"ranking":[["a"],["b","c"]]}, {"scores":{"a":5,"b":0}}, and so for grades and points. Only a choice may have a second
// one: {"choice":"objection","reason":"..."}.
func MarshalBallot(b Ballot) ([]byte, error) {
	switch b := b.(type) {
	case nil:
		return nil, ErrBallotUnreadable
	case Reasoned:
		return json.Marshal(b)
	case Choices: // an empty list is no null
		return json.Marshal(map[Shape][]Choice{ShapeChoices: append([]Choice{}, b...)})
	case Ranking:
		levels := make([][]Choice, len(b))
		for i, level := range b {
			levels[i] = append([]Choice{}, level...)
		}
		return json.Marshal(map[Shape][][]Choice{ShapeRanking: levels})
	case Scores:
		return marshalValues(ShapeScores, b)
	case Grades:
		return marshalValues(ShapeGrades, b)
	case Points:
		return marshalValues(ShapePoints, b)
	}
	return json.Marshal(map[Shape]Ballot{b.shape(): b})
}

func marshalValues(shape Shape, values map[Choice]int64) ([]byte, error) {
	if values == nil {
		values = map[Choice]int64{}
	}
	return json.Marshal(map[Shape]map[Choice]int64{shape: values})
}

// UnmarshalBallot reads the JSON form of a ballot. It refuses unknown, repeated and differently written members, keys that no option
// can have, and anything after the object.
func UnmarshalBallot(data []byte) (Ballot, error) {
	r := jsonReader{dec: json.NewDecoder(bytes.NewReader(data)), valid: utf8.Valid(data)}
	r.dec.UseNumber()
	r.delim('{')
	var b Ballot
	switch Shape(r.text()) {
	case ShapeChoice:
		b = r.choice()
	case "reason": // members have no order
		b = r.reasoned(Reasoned{Reason: r.text()})
	case ShapeChoices:
		b = Choices(r.keys())
	case ShapeRanking:
		ranking := Ranking{}
		r.delim('[')
		for r.more() {
			ranking = append(ranking, r.keys())
		}
		r.delim(']')
		b = ranking
	case ShapeScores:
		b = Scores(r.values())
	case ShapeGrades:
		b = Grades(r.values())
	case ShapePoints:
		b = Points(r.values())
	default:
		r.refuse(nil)
	}
	r.delim('}')
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		r.refuse(err)
	}
	if r.broken {
		return nil, ErrBallotUnreadable.Wrap(r.cause)
	}
	return b, nil
}

// jsonReader reads a ballot token by token, so that nothing unexpected is passed over; once broken it stays so.
type jsonReader struct {
	dec    *json.Decoder
	valid  bool // the bytes are UTF-8: the decoder would mend them in silence
	broken bool
	cause  error
}

func (r *jsonReader) refuse(cause error) {
	if !r.broken {
		r.broken, r.cause = true, cause
	}
}

func (r *jsonReader) token() json.Token {
	t, err := r.dec.Token()
	if err != nil {
		r.refuse(err)
	}
	return t
}

func (r *jsonReader) more() bool { return !r.broken && r.dec.More() }

func (r *jsonReader) delim(d json.Delim) {
	if r.token() != d {
		r.refuse(nil)
	}
}

func (r *jsonReader) text() string {
	s, ok := r.token().(string)
	if !ok {
		r.refuse(nil)
	}
	return s
}

func (r *jsonReader) key() Choice {
	c := Choice(r.text())
	if !c.wellFormed() || c == invalid {
		r.refuse(nil)
	}
	return c
}

// choice reads an answer, and the reason that may follow it.
func (r *jsonReader) choice() Ballot {
	c := r.key()
	if !r.more() {
		return c
	}
	return r.reasoned(Reasoned{Choice: c})
}

// reasoned reads the answer or the reason, whichever is still to come.
func (r *jsonReader) reasoned(b Reasoned) Reasoned {
	switch name := r.text(); {
	case b.Choice == "" && name == "choice":
		b.Choice = r.key()
	case b.Choice != "" && name == "reason":
		b.Reason = r.text()
	default:
		r.refuse(nil)
	}
	if b.wrong() != "" || !r.valid {
		r.refuse(nil)
	}
	return b
}

func (r *jsonReader) keys() []Choice {
	keys := []Choice{}
	r.delim('[')
	for r.more() {
		keys = append(keys, r.key())
	}
	r.delim(']')
	return keys
}

func (r *jsonReader) values() map[Choice]int64 {
	values := map[Choice]int64{}
	r.delim('{')
	for r.more() {
		c := r.key()
		if _, twice := values[c]; twice {
			r.refuse(nil)
		}
		number, ok := r.token().(json.Number)
		v, err := number.Int64()
		if !ok || err != nil || v < 0 || v > MaxValue {
			r.refuse(err)
		}
		values[c] = v
	}
	r.delim('}')
	return values
}
