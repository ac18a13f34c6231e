package voting

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/communecter/coopspace/internal/fault"
)

// Ballot is one filled answer. The set of shapes is closed: so far a Choice.
type Ballot interface {
	// append adds the ballot's binary form, shape byte first.
	append(dst []byte) []byte
}

// Choice is a ballot that names one answer, and the key of that answer: a reserved word, or the key of an option, which is
// 1 to 64 lower-case letters, digits, hyphens and underscores and begins with a letter or digit.
type Choice string

// The reserved choices. Abstain and Blank are allowed on every question and are counted apart from each other.
const (
	For     Choice = "for"
	Against Choice = "against"
	Abstain Choice = "abstain"
	Blank   Choice = "blank"
)

// invalid is reserved so that no option can pass for the count of invalid ballots.
const invalid Choice = "invalid"

const (
	maxKey  = 64
	keyForm = "a key is 1 to 64 lower-case letters, digits, hyphens and underscores, and begins with a letter or digit"
)

// ErrBallot refuses a ballot that does not answer the question.
var ErrBallot = fault.New(fault.Invalid, "ballot.not_offered", "the ballot names a choice that this question does not offer")

// ErrBallotUnreadable refuses bytes that are no ballot.
var ErrBallotUnreadable = fault.New(fault.Malformed, "ballot.unreadable", "this is not a ballot")

func notOffered(c Choice) error { return ErrBallot.At("choice", quoted(string(c))) }

func (c Choice) reserved() bool {
	switch c {
	case For, Against, Abstain, Blank, invalid:
		return true
	}
	return false
}

func (c Choice) wellFormed() bool {
	if len(c) == 0 || len(c) > maxKey || c[0] == '-' || c[0] == '_' {
		return false
	}
	for i := range len(c) {
		switch b := c[i]; {
		case 'a' <= b && b <= 'z', '0' <= b && b <= '9', b == '-', b == '_':
		default:
			return false
		}
	}
	return true
}

// The shapes of a ballot's binary form. Append only.
const shapeChoice = 1 // one byte of length, the key

func (c Choice) append(dst []byte) []byte {
	dst = append(dst, shapeChoice, byte(len(c)))
	return append(dst, c...)
}

// AppendBallot adds the binary form of b to dst: a shape byte, then what the shape needs. One ballot has one binary form, and the
// format is append-only: what is in a box can be read for ever. The ballot must have passed Question.CheckBallot.
func AppendBallot(dst []byte, b Ballot) []byte { return b.append(dst) }

// ReadBallot reads one ballot in binary form and gives what follows it. It says nothing about whether the question offers the
// choice. It refuses unknown shapes, truncated and malformed ones with ErrBallotUnreadable.
func ReadBallot(src []byte) (b Ballot, rest []byte, err error) {
	if len(src) < 2 || src[0] != shapeChoice || len(src)-2 < int(src[1]) {
		return nil, src, ErrBallotUnreadable
	}
	key, rest := src[2:2+int(src[1])], src[2+int(src[1]):]
	switch string(key) { // the common ones without an allocation
	case string(For):
		return For, rest, nil
	case string(Against):
		return Against, rest, nil
	case string(Abstain):
		return Abstain, rest, nil
	case string(Blank):
		return Blank, rest, nil
	}
	c := Choice(key)
	if !c.wellFormed() || c == invalid {
		return nil, src, ErrBallotUnreadable
	}
	return c, rest, nil
}

// MarshalBallot gives the JSON form of b: {"choice":"for"}.
func MarshalBallot(b Ballot) ([]byte, error) {
	c, ok := b.(Choice)
	if !ok {
		return nil, ErrBallotUnreadable
	}
	return json.Marshal(struct {
		Choice Choice `json:"choice"`
	}{c})
}

// UnmarshalBallot reads the JSON form of a ballot. It refuses unknown, repeated and differently written members, and anything
// after the object.
func UnmarshalBallot(data []byte) (Ballot, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	refuse := func(cause error) (Ballot, error) { return nil, ErrBallotUnreadable.Wrap(cause) }
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return refuse(err)
	}
	var c Choice
	for first := true; dec.More(); first = false {
		name, err := dec.Token()
		if err != nil || name != "choice" || !first {
			return refuse(err)
		}
		value, err := dec.Token()
		key, ok := value.(string)
		if err != nil || !ok {
			return refuse(err)
		}
		c = Choice(key)
	}
	if _, err := dec.Token(); err != nil {
		return refuse(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return refuse(err)
	}
	if !c.wellFormed() || c == invalid {
		return refuse(nil)
	}
	return c, nil
}
