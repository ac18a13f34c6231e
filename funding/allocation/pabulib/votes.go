package pabulib

import (
	"errors"
	"slices"
	"strconv"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// The columns of VOTES that are read for what they say.
const (
	columnVoter  = "voter_id"
	columnVote   = "vote"
	columnPoints = "points"
	columnWeight = "weight" // ours
)

// ballot is the row of a vote, and what it takes to read the next.
type ballot struct {
	row    []voting.Mark
	named  []cell
	points []cell
	last   []int // by project: the ballot that named it last
}

// votes reads the section VOTES.
func (d *reader) votes() error {
	needed := []string{columnVoter, columnVote}
	if d.head.shape == voting.ShapePoints {
		needed = append(needed, columnPoints)
	}
	c, err := d.columns("VOTES", needed...)
	if err != nil {
		return err
	}
	_, d.weighted = c.at[columnWeight]
	voters := map[string]struct{}{}
	b := &ballot{last: make([]int, len(d.standings))}
	for {
		row, err := d.rows.next(len(c.names))
		if err != nil {
			return err
		}
		if row == nil {
			return nil
		}
		if err := c.fit(row); err != nil {
			return err
		}
		if id, ok := c.of(row, columnVoter); ok {
			if _, twice := voters[string(id.text)]; twice {
				return id.at.contents("the voter " + fault.Quoted(id.text) + " is there twice")
			}
			voters[string(id.text)] = struct{}{}
		}
		if err := d.vote(c, row, b); err != nil {
			return err
		}
	}
}

// vote reads a row of VOTES.
func (d *reader) vote(c columns, row []cell, b *ballot) error {
	d.ballots++
	vote := row[c.at[columnVote]]
	v := voting.Votes{Seats: 1, Voices: voting.Voice}
	if weight, ok := c.of(row, columnWeight); ok {
		var err error
		if v.Voices, err = weight.weight(); err != nil {
			return err
		}
	}
	b.named = vote.list(b.named)
	b.points = b.points[:0]
	valued := d.head.shape == voting.ShapePoints
	if valued {
		points := row[c.at[columnPoints]]
		b.points = points.list(b.points)
		if len(b.points) != len(b.named) {
			return points.at.contents("there are points for " + strconv.Itoa(len(b.points)) + " projects, and the vote names " + strconv.Itoa(len(b.named)))
		}
	}
	if err := d.mark(b, valued); err != nil {
		return err
	}
	err := d.file.Election.AddRow(b.row, v)
	if errors.Is(err, allocation.ErrBallot) {
		why := fault.Of(err).Fields[0]
		text := "the ballot " + why.Text
		if why.Path != "" {
			text = "on the ballot, project " + fault.Quoted(why.Path) + " " + why.Text
		}
		if err := d.note(vote.at, text); err != nil {
			return err
		}
		err = d.file.Election.AddRowRegardless(b.row, v)
	}
	if err != nil {
		return vote.at.because(err)
	}
	return nil
}

// mark makes the row of a ballot.
func (d *reader) mark(b *ballot, valued bool) error {
	b.row = b.row[:0]
	if valued {
		unnamed := voting.NoValue
		if d.head.basic > 0 {
			unnamed = voting.Mark(d.head.basic)
		}
		b.row = slices.Grow(b.row, len(d.standings))[:len(d.standings)]
		for i := range b.row {
			b.row[i] = unnamed
		}
	}
	for i, name := range b.named {
		project, known := d.index[string(name.text)]
		switch {
		case !known:
			return name.at.contents("there is no project " + fault.Quoted(name.text))
		case b.last[project] == d.ballots:
			if err := d.note(name.at, "the vote names project "+fault.Quoted(name.text)+" twice"); err != nil {
				return err
			}
			continue
		}
		b.last[project] = d.ballots
		s := &d.standings[project]
		s.counted++
		if !valued {
			if rank := len(b.row); rank < len(d.worth) {
				s.scoring += d.worth[rank]
			}
			b.row = append(b.row, voting.Mark(project))
			continue
		}
		n, err := b.points[i].points()
		if err != nil {
			return err
		}
		b.row[project] = voting.Mark(n)
		s.scoring += n
	}
	return nil
}

// compare holds what the file says of its votes against them.
func (d *reader) compare() error {
	if n := d.head.votes; n.value != int64(d.ballots) {
		return n.at.contents("there are " + strconv.Itoa(d.ballots) + " votes, and META says " + strconv.FormatInt(n.value, 10))
	}
	for _, s := range d.standings {
		for _, of := range []struct {
			says   number
			counts int64
			what   string
			skip   bool
		}{
			{s.votes, s.counted, " votes", false},
			{s.score, s.scoring, " points", d.head.shape == voting.ShapeChoices || d.weighted || d.head.basic > 0},
		} {
			if of.skip || of.says.value < 0 || of.says.value == of.counts {
				continue
			}
			text := "is " + strconv.FormatInt(of.says.value, 10) + ", and the project has " + strconv.FormatInt(of.counts, 10) + of.what
			if err := d.note(of.says.at, text); err != nil {
				return err
			}
		}
	}
	return nil
}
