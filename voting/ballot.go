package voting

import (
	"encoding/binary"

	"github.com/communecter/coopspace/internal/fault"
)

// Ballot is one filled answer: a Choice, one with its reason (Reasoned), Choices, a Ranking, Scores, Grades or Points. The set is closed.
type Ballot interface {
	shape() Shape
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

func notOffered(c Choice) error { return ErrBallot.At("choice", fault.Quoted(string(c))) }

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

// The bytes that begin a ballot's binary form. Append only.
const (
	byteChoice  = 1 // a key
	byteChoices = 2 // how many, and as many keys, ascending
	byteRanking = 3 // how many ranks, and each as choices; an empty one was skipped
	byteScores  = 4 // how many, and as many keys with their values, keys ascending
	byteGrades  = 5 // the same
	bytePoints  = 6 // the same

	byteReasoned = 7 // a key, and a reason: how many bytes, and as many
)

func (c Choice) shape() Shape { return ShapeChoice }

func (c Choice) append(dst []byte) []byte { return c.appendKey(append(dst, byteChoice)) }

// appendKey adds one byte of length and the key.
func (c Choice) appendKey(dst []byte) []byte { return append(append(dst, byte(len(c))), c...) }

// AppendBallot adds the binary form of b to dst: a shape byte, then what the shape needs. One ballot has one binary form, and the
// format is append-only: what is in a box can be read for ever. The ballot must have passed Question.CheckBallot.
func AppendBallot(dst []byte, b Ballot) []byte { return b.append(dst) }

// ReadBallot reads one ballot in binary form and gives what follows it. It says nothing about whether the question offers the
// choice. It refuses unknown shapes, truncated and malformed ones with ErrBallotUnreadable.
func ReadBallot(src []byte) (b Ballot, rest []byte, err error) {
	if len(src) == 0 {
		return nil, src, ErrBallotUnreadable
	}
	r := reader{src: src[1:]}
	switch src[0] {
	case byteChoice:
		b = r.choice()
	case byteChoices:
		b = Choices(r.keys())
	case byteRanking:
		b = r.ranking()
	case byteScores:
		b = Scores(r.values())
	case byteGrades:
		b = Grades(r.values())
	case bytePoints:
		b = Points(r.values())
	case byteReasoned:
		b = r.reasoned()
	default:
		return nil, src, ErrBallotUnreadable
	}
	if r.broken {
		return nil, src, ErrBallotUnreadable
	}
	return b, r.src, nil
}

// reader reads binary forms; once broken it stays so.
type reader struct {
	src    []byte
	broken bool
}

// count reads how many things follow, each of one byte at least.
func (r *reader) count() int {
	n, size := binary.Uvarint(r.src)
	if size <= 0 || n > uint64(len(r.src)-size) || size != len(binary.AppendUvarint(nil, n)) {
		r.broken = true
		return 0
	}
	r.src = r.src[size:]
	return int(n)
}

func (r *reader) choice() Choice {
	if len(r.src) == 0 || len(r.src)-1 < int(r.src[0]) {
		r.broken = true
		return ""
	}
	key := r.src[1 : 1+int(r.src[0])]
	r.src = r.src[1+len(key):]
	switch string(key) { // the common ones without an allocation
	case string(For):
		return For
	case string(Against):
		return Against
	case string(Abstain):
		return Abstain
	case string(Blank):
		return Blank
	}
	c := Choice(key)
	r.broken = r.broken || !c.wellFormed() || c == invalid
	return c
}

// keys reads ascending keys.
func (r *reader) keys() []Choice {
	n := r.count()
	if n > MaxOptions {
		r.broken = true
		return nil
	}
	keys := make([]Choice, 0, n)
	for range n {
		if r.broken {
			break
		}
		c := r.choice()
		if len(keys) > 0 && c <= keys[len(keys)-1] {
			r.broken = true
		}
		keys = append(keys, c)
	}
	return keys
}

func (r *reader) ranking() Ranking {
	n := r.count()
	ranking := Ranking{}
	for range n {
		if r.broken {
			break
		}
		ranking = append(ranking, r.keys())
	}
	if n > 0 && !r.broken && len(ranking[n-1]) == 0 {
		r.broken = true // a rank skipped at the end is another form of the same ballot
	}
	return ranking
}

func (r *reader) values() map[Choice]int64 {
	n := r.count()
	values := make(map[Choice]int64, min(n, MaxOptions))
	last := Choice("")
	for range n {
		c := r.choice()
		v, size := binary.Uvarint(r.src)
		if r.broken || c <= last || size <= 0 || v > MaxValue || size != len(binary.AppendUvarint(nil, v)) {
			r.broken = true
			break
		}
		r.src = r.src[size:]
		values[c], last = int64(v), c
	}
	return values
}
