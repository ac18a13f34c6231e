package formats

import (
	"strconv"
	"unicode/utf8"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// ballots gathers what a file's ballots say in a profile, whether the file lists its candidates first or names them as it goes.
type ballots struct {
	shape   voting.Shape
	profile *voting.Profile
	keys    []voting.Choice
	names   []string
	index   map[string]int
	open    bool          // candidates may yet be found
	room    int           // of an open list: how many options the profile has
	row     []voting.Mark // that is being read
	wide    []voting.Mark // of add
	seen    []int         // which row last named each candidate
	rows    int
	asks    *voting.Question // what the ballots must answer; nil: not known
}

// listed begins with all the candidates of a file, by key and name; names may be "".
func listed(shape voting.Shape, keys []voting.Choice, names []string, asks *voting.Question) (*ballots, error) {
	b := &ballots{shape: shape, keys: keys, names: names, asks: asks, index: make(map[string]int, len(names))}
	for i, name := range names {
		if _, twice := b.index[name]; name != "" && !twice {
			b.index[name] = i
		}
	}
	return b, b.renew(len(names))
}

// numbers gives the keys of so many candidates, from a number on.
func numbers(first, n int) []voting.Choice {
	keys := make([]voting.Choice, n)
	for i := range keys {
		keys[i] = key(first + i)
	}
	return keys
}

// found begins with no candidates: they are found as the ballots name them.
func found(shape voting.Shape, asks *voting.Question) *ballots {
	return &ballots{shape: shape, asks: asks, index: map[string]int{}, open: true}
}

// enter enters a candidate who was not listed.
func (b *ballots) enter(k voting.Choice, name string, room int) (int, error) {
	i := len(b.names)
	if i == voting.MaxOptions {
		return -1, ErrContents.At("", "there are more than "+strconv.Itoa(voting.MaxOptions)+" candidates")
	}
	b.keys, b.names = append(b.keys, k), append(b.names, name)
	b.index[name] = i
	if i >= b.room {
		return i, b.renew(room)
	}
	return i, nil
}

// renew makes a profile with room for so many candidates and moves what was gathered into it.
func (b *ballots) renew(room int) error {
	options := make([]voting.Choice, room)
	for i := copy(options, b.keys); i < room; i++ {
		options[i] = voting.Choice("free-" + strconv.Itoa(i))
	}
	old := b.profile
	profile, err := voting.NewProfileOf(b.shape, options)
	if err != nil {
		return err
	}
	if b.asks != nil {
		profile.AllowOnly(*b.asks)
	}
	b.profile, b.room = profile, room
	b.seen = append(b.seen, make([]int, max(0, room-len(b.seen)))...)
	if old == nil {
		if b.shape == voting.ShapeChoices && room == len(b.keys) {
			profile.KeepOrder()
		}
		return nil
	}
	for row, v := range old.Rows() {
		if err := b.add(row, v); err != nil {
			return err
		}
	}
	return b.add(nil, old.Blank())
}

func key(number int) voting.Choice { return voting.Choice(strconv.Itoa(number)) }

func (b *ballots) valued() bool {
	return b.shape == voting.ShapeScores || b.shape == voting.ShapeGrades || b.shape == voting.ShapePoints
}

// candidate gives the place of a name. A name that is not known is entered in a list that is open, else it gives -1.
func (b *ballots) candidate(name []byte) (int, error) {
	if i, ok := b.index[string(name)]; ok {
		return i, nil
	}
	if !b.open {
		return -1, nil
	}
	return b.enter(key(len(b.names)+1), string(name), min(max(16, 2*b.room), voting.MaxOptions))
}

// begin begins a row.
func (b *ballots) begin() {
	b.row = b.row[:0]
	b.rows++
}

// once says whether the row names the candidate for the first time.
func (b *ballots) once(candidate int) bool {
	if b.seen[candidate] == b.rows {
		return false
	}
	b.seen[candidate] = b.rows
	return true
}

// value gives a candidate a value in the row of a profile of values.
func (b *ballots) value(candidate int, v voting.Mark) {
	for len(b.row) <= candidate {
		b.row = append(b.row, voting.NoValue)
	}
	b.row[candidate] = v
}

// add adds a row with its votes. A row of values may be shorter than the list, or longer by nothing but NoValue.
func (b *ballots) add(row []voting.Mark, v voting.Votes) error {
	if v == (voting.Votes{}) {
		return nil
	}
	if b.profile == nil {
		if err := b.renew(16); err != nil {
			return err
		}
	}
	if b.valued() {
		b.wide = append(b.wide[:0], row[:min(len(row), b.room)]...)
		for len(b.wide) < b.room {
			b.wide = append(b.wide, voting.NoValue)
		}
		row = b.wide
	}
	return b.profile.AddMarks(row, v)
}

// finish gives the profile with no more options than there are candidates.
func (b *ballots) finish() (*voting.Profile, error) {
	if len(b.names) == 0 {
		return nil, ErrContents.At("", "there are no candidates")
	}
	if b.open && b.room != len(b.names) {
		if err := b.renew(len(b.names)); err != nil {
			return nil, err
		}
	}
	b.open = false
	return b.profile, nil
}

// nameFault says what is wrong with a candidate's name; "" for nothing.
func nameFault(name []byte) string {
	switch {
	case len(name) == 0:
		return "there is no name"
	case len(name) > mostName:
		return "the name " + fault.Quoted(name) + " has more than " + strconv.Itoa(mostName) + " bytes"
	case !utf8.Valid(name):
		return "the name " + fault.Quoted(name) + " is no UTF-8"
	}
	return ""
}
