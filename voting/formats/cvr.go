package formats

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// writeIn is the name that tabulators give to all who were written in and not declared.
const writeIn = "Undeclared Write-ins"

// cells says what the cells of cast vote records mean, beside names.
type cells struct {
	index                        map[string]int // of each name and alias: the place of the candidate; -1: excluded
	overvotes, skipped, writeIns [][]byte
	delimiter                    []byte
	blankIsWriteIn               bool
	writeIn                      int // its place, from 1; 0: not met yet
}

// person reads {"name": "A", "excluded": false, "aliases": ["A-2"]}.
func (r *jsonReader) person() error {
	begin := r.at
	if err := r.is(RecordJSON, "candidates with aliases"); err != nil {
		return err
	}
	var names []string
	named, excluded := "", false
	err := r.object(func() error {
		member := string(r.text)
		kind, err := r.next()
		if err != nil {
			return err
		}
		switch {
		case member == "name" && kind == '"':
			if named, err = r.name(); err == nil {
				names = append(names, named)
			}
			return err
		case member == "excluded" && (kind == 't' || kind == 'f'):
			excluded = kind == 't'
			return nil
		case member == "aliases" && kind == '[':
			return r.array(func(kind byte) error {
				if kind != '"' {
					return r.unwanted(kind, "an alias")
				}
				if len(names) > voting.MaxOptions {
					return r.at.contents("there are more than " + strconv.Itoa(voting.MaxOptions) + " aliases")
				}
				alias, err := r.name()
				names = append(names, alias)
				return err
			})
		}
		return r.skip(kind, 0)
	})
	if err != nil {
		return err
	}
	if named == "" {
		return begin.broken("the candidate has no name")
	}
	place := len(r.names)
	if number := key(len(r.names) + len(r.file.Withdrawn) + 1); excluded {
		place = -1
		r.file.Withdrawn = append(r.file.Withdrawn, Candidate{Key: number, Name: named})
	} else {
		r.names, r.keys = append(r.names, named), append(r.keys, number)
	}
	if r.cells.index == nil {
		r.cells.index = map[string]int{}
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		if _, twice := r.cells.index[name]; twice {
			return begin.contents("the name " + fault.Quoted(name) + " is listed for two candidates")
		}
		r.cells.index[name] = place
	}
	return nil
}

// sources reads what the files of records mean by their cells.
func (r *jsonReader) sources(kind byte) error {
	if kind != '[' {
		return r.unwanted(kind, "a list of sources")
	}
	return r.array(func(kind byte) error {
		if kind != '{' {
			return r.unwanted(kind, "the settings of a source")
		}
		return r.object(func() error {
			member := string(r.text)
			kind, err := r.next()
			if err != nil {
				return err
			}
			if kind == '"' && len(r.text) > 0 && len(r.text) <= mostName {
				text := bytes.Clone(r.text)
				switch member {
				case "overvoteLabel":
					r.cells.overvotes = append(r.cells.overvotes, text)
				case "skippedRankLabel":
					r.cells.skipped = append(r.cells.skipped, text)
				case "undeclaredWriteInLabel":
					r.cells.writeIns = append(r.cells.writeIns, text)
				case "overvoteDelimiter":
					r.cells.delimiter = text
				}
			}
			if member == "treatBlankAsUndeclaredWriteIn" && kind == 't' {
				r.cells.blankIsWriteIn = true
			}
			return r.skip(kind, 0)
		})
	})
}

// record reads the cells of one record, a rank each.
func (r *jsonReader) record(kind byte) error {
	if kind != '[' {
		return r.unwanted(kind, "a list of cells")
	}
	if err := r.known(RecordJSON, voting.ShapeRanking); err != nil {
		return err
	}
	r.ballots.begin()
	return r.array(func(kind byte) error {
		if kind != '"' {
			return r.unwanted(kind, "a cell")
		}
		return r.cell(bytes.TrimSpace(r.text))
	})
}

// cell reads one rank: a name, several with the delimiter between, or a word for an overvote, a skipped rank or a write-in.
func (r *jsonReader) cell(cell []byte) error {
	has := func(labels [][]byte) bool {
		return slices.ContainsFunc(labels, func(l []byte) bool { return bytes.Equal(l, cell) })
	}
	if o, known := r.cells.index[string(cell)]; known {
		return r.mark(o, false)
	}
	switch {
	case len(cell) == 0 && !r.cells.blankIsWriteIn, has(r.cells.skipped):
		return r.skipRank()
	case len(cell) == 0, has(r.cells.writeIns):
		o, err := r.wroteIn()
		if err != nil {
			return err
		}
		return r.mark(o, false)
	case has(r.cells.overvotes):
		return r.rankOf(voting.Overvoted)
	}
	delimiter := r.cells.delimiter
	if delimiter == nil {
		delimiter = []byte("|")
	}
	if bytes.Contains(cell, delimiter) {
		level, rank := false, len(r.ballots.row)
		for name := range bytes.SplitSeq(cell, delimiter) {
			o, known := r.cells.index[string(bytes.TrimSpace(name))]
			if !known {
				return r.stranger(name)
			}
			if slices.ContainsFunc(r.ballots.row[rank:], func(m voting.Mark) bool { return m.Option() == o }) {
				continue
			}
			if err := r.mark(o, level); err != nil {
				return err
			}
			level = level || o >= 0
		}
		return nil
	}
	return r.stranger(cell)
}

func (r *jsonReader) stranger(cell []byte) error {
	if r.options.Unknown == "pass" {
		r.file.Passed++
		return nil
	}
	return r.at.contents("the cell " + fault.Quoted(cell) + " names no candidate of the list")
}

// mark adds a candidate to the record, unless excluded.
func (r *jsonReader) mark(option int, level bool) error {
	if option < 0 {
		return nil
	}
	m := voting.Mark(option)
	if !r.ballots.once(option) {
		m |= voting.Again
	}
	if level {
		m |= voting.Level
	}
	return r.rankOf(m)
}

// wroteIn gives the option for all who were written in, and adds it when it is first met.
func (r *jsonReader) wroteIn() (int, error) {
	if r.cells.writeIn == 0 {
		if _, known := r.cells.index[writeIn]; known {
			return 0, r.at.contents("a candidate has the name " + fault.Quoted(writeIn))
		}
		k := key(len(r.names) + len(r.file.Withdrawn) + 1)
		o, err := r.ballots.enter(k, writeIn, len(r.ballots.names)+1)
		if err != nil {
			return 0, r.at.because(err)
		}
		r.cells.writeIn, r.file.WriteIn = o+1, k
	}
	return r.cells.writeIn - 1, nil
}
