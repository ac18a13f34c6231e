package formats

import (
	"io"
	"slices"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// Format names a format of election files.
type Format string

// The formats. Of the JSON forms each is named for what its ballots are.
const (
	BLT          Format = "blt"           // ballots in numbers, candidates by name after them
	PrefLib      Format = "preflib"       // soc, soi, toc, toi and cat
	CVotes       Format = "cvotes"        // the Condorcet Election Format
	ABIF         Format = "abif"          // counts of ranked or scored names
	CSV          Format = "csv"           // a column of scores for every candidate
	ApprovalJSON Format = "approval.json" // {"num_cand", "ballots": [[0, 2], ...]}
	ScoresJSON   Format = "scores.json"   // {"max_score", "ballots": [{"count", "scores": {name: score}}]}
	RankedJSON   Format = "ranked.json"   // {"ballots": [{"count", "ranking": [[name, ...], ...]}]}
	BallotJSON   Format = "ballot.json"   // {"ballots": [{"count", "ballot": name | [...] | {name: rank}}]}, or {"a>b": votes}
	RecordJSON   Format = "cvr.json"      // {"candidates", "ballots": [{"count", "ranks": [cell, ...]}]}
	TallyJSON    Format = "mj.json"       // {"participants", "tallies": [[ballots a grade, worst first], ...]}
)

// Formats gives all formats, in the order of docs/formats.md.
func Formats() []Format {
	return []Format{BLT, PrefLib, CVotes, ABIF, CSV, ApprovalJSON, ScoresJSON, RankedJSON, BallotJSON, RecordJSON, TallyJSON}
}

// Candidate is one that a file names: by its number, by its name, or both.
type Candidate struct {
	Key  voting.Choice // the candidate's number in the file
	Name string        // as written; "" where the file has only numbers
}

// File is what an election file says. The options of its profile are the candidates that stand: the key of each is the candidate's number in
// the file, from 1, or from 0 where the file itself counts so.
type File struct {
	Format  Format
	Title   string
	Names   []string // of the profile's options, in their order, as written; all "" where the file has only numbers
	Profile *voting.Profile
	Seats   int // 0 where the file does not say
	// Withdrawn are candidates who no longer stand. Ballots were read as if they were not on them.
	Withdrawn []Candidate
	// Ties is the order in which the file wants ties broken, the first before the others.
	Ties []voting.Choice
	// Unranked is what the file says of candidates whom a ranking does not name: "last", "ignored", or "" where it does not say.
	Unranked string
	// Methods are the methods that the file wants its ballots counted by, as it names them.
	Methods []string
	// MostScore is the largest score that the file says a ballot may give, or the best grade; 0 where it does not say.
	MostScore int
	// WriteIn is the option that stands for all who were written in and not declared; "" where there is none.
	WriteIn voting.Choice
	// Passed counts the marks for candidates who are not in the file's list and whom the format says to pass over.
	Passed int64
}

// Name gives the name of an option as the file writes it, or its key. Of two who have the same name each has its key behind it.
func (f *File) Name(c voting.Choice) string {
	if f.Profile == nil {
		return string(c)
	}
	i := slices.Index(f.Profile.Options(), c)
	if i < 0 || f.Names[i] == "" {
		return string(c)
	}
	name := f.Names[i]
	if slices.Contains(f.Names[:i], name) || slices.Contains(f.Names[i+1:], name) {
		return name + " (" + string(c) + ")"
	}
	return name
}

// Options are what a reader may say about a file that cannot say it for itself. The zero Options take the file at its word.
type Options struct {
	// Format is the format to read; "": told by the content.
	Format Format
	// Unknown says what becomes of a candidate who is not in the file's own list. "" refuses the file, save where the format has another
	// rule; "pass" passes over the mark, and File.Passed counts it.
	Unknown string
	// Ratings says that the numbers that ballots of BallotJSON give to names are better the higher, and not ranks.
	Ratings bool
	// Ranked says to take the rankings of ABIF where its ballots have scores as well.
	Ranked bool
	// Unranked overrides what the file says of candidates whom a ranking does not name: "last" or "ignored". "": as the file says.
	Unranked string
	// Empty says what a ballot of CVotes that ranks nobody is: "" is a blank ballot, "tied" one that puts all candidates level, as the
	// format has it where those who are not ranked are last.
	Empty string
	// Question is what the ballots will be counted by, for who knows it before reading: a ballot that it does not allow is refused with its
	// place. It must pass Question.Check; its options are not looked at. Without it such a ballot is refused by the count, which knows no places.
	Question *voting.Question
}

// Read reads one election file. It refuses a file of no known format with ErrUnknown, one that breaks its format with ErrBroken, and one
// whose values cannot be counted with ErrContents; the latter two say where. What r itself reports is given back as it is.
func Read(r io.Reader, o *Options) (*File, error) {
	if o == nil {
		o = &Options{}
	}
	s := newScanner(r, window)
	if err := s.begin(); err != nil {
		return nil, err
	}
	format := o.Format
	if format == "" {
		var err error
		if format, err = detect(s); err != nil {
			return nil, err
		}
	}
	read := readerOf(format)
	if read == nil || format == jsonForm && o.Format != "" {
		return nil, ErrUnknown.At("format", fault.Quoted(string(format)))
	}
	return read(s, o)
}

// readerOf gives what reads a format; nil for one that is not known.
func readerOf(format Format) func(*scanner, *Options) (*File, error) {
	switch format {
	case BLT:
		return readBLT
	case PrefLib:
		return readPrefLib
	case CVotes:
		return readCVotes
	case ABIF:
		return readABIF
	case CSV:
		return readCSV
	case jsonForm, ApprovalJSON, ScoresJSON, RankedJSON, BallotJSON, RecordJSON, TallyJSON:
		return readJSON
	}
	return nil
}
