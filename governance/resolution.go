package governance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// ErrResolutionUnknown says that there is no such resolution.
var ErrResolutionUnknown = fault.New(fault.NotFound, "resolution.unknown", "there is no such resolution here")

// Resolutions reads the register of what was adopted.
type Resolutions struct{ c *Coop }

// Resolution is an adopted proposal with the text that was voted on and its number in the year's register.
type Resolution struct {
	ID        ResolutionID
	Space     SpaceID
	Year      int // in the space's time zone
	Number    int // from 1 in each year; 0 for one brought over as history
	Proposal  ProposalID
	Poll      PollID
	Room      RoomID
	Title     string
	Body      string
	Arguments string
	Option    string // the title of the option that won, for a poll among several
	Adopted   time.Time
	Source    string // where an import found it
}

// Label gives the resolution's number as registers write it: "2026-03". Empty without one.
func (r Resolution) Label() string {
	if r.Number == 0 {
		return ""
	}
	return fmt.Sprintf("%d-%02d", r.Year, r.Number)
}

type resolutionState struct {
	Year     int                `json:"year"`
	Number   int                `json:"number"`
	Proposal string             `json:"proposal"`
	Poll     string             `json:"poll"`
	Room     string             `json:"room,omitempty"`
	Text     journal.Commitment `json:"text"`
	Winner   voting.Choice      `json:"winner"`
	Adopted  time.Time          `json:"adopted"`
	Source   string             `json:"source,omitempty"`
}

type (
	// ResolutionAdopted enters an adopted proposal into the register.
	ResolutionAdopted struct {
		Year     int                `json:"year"`
		Number   int                `json:"number"`
		Proposal string             `json:"proposal"`
		Poll     string             `json:"poll"`
		Room     string             `json:"room,omitempty"`
		Text     journal.Commitment `json:"text"`
		Winner   voting.Choice      `json:"winner"`
	}
	// ResolutionRecorded brings over a resolution of before, as history: outside the numbering.
	ResolutionRecorded struct {
		Proposal string             `json:"proposal"`
		Poll     string             `json:"poll"`
		Room     string             `json:"room,omitempty"`
		Text     journal.Commitment `json:"text"`
		Winner   voting.Choice      `json:"winner"`
		Adopted  time.Time          `json:"adopted"`
		Year     int                `json:"year"`
		Source   string             `json:"source"`
	}
)

// EventName is the wire name.
func (ResolutionAdopted) EventName() string { return "resolution.adopted/1" }

// EventName is the wire name.
func (ResolutionRecorded) EventName() string { return "resolution.recorded/1" }

// resolutionByNumber is the index in the order of the register: year, number, then those without one.
const resolutionByNumber = "number"

var resolutions = journal.NewNoun(module, "resolution", 1, func(s resolutionState, e journal.Entry) resolutionState {
	switch ev := e.Event.(type) {
	case ResolutionAdopted:
		s = resolutionState{
			Year: ev.Year, Number: ev.Number, Proposal: ev.Proposal, Poll: ev.Poll, Room: ev.Room, Text: ev.Text,
			Winner: ev.Winner, Adopted: e.At,
		}
	case ResolutionRecorded:
		s = resolutionState{
			Year: ev.Year, Proposal: ev.Proposal, Poll: ev.Poll, Room: ev.Room, Text: ev.Text, Winner: ev.Winner,
			Adopted: ev.Adopted, Source: ev.Source,
		}
	}
	return s
}, func(s resolutionState) []store.Key {
	year := fmt.Appendf(nil, "%04d/", s.Year)
	return append(sourceKey(s.Source), store.Key{
		Index: resolutionByNumber, Bytes: append(fmt.Appendf(year, "%08d/", s.Number), journal.TimeKey(s.Adopted)...),
	})
}, ResolutionAdopted{}, ResolutionRecorded{})

// registerState is the last number given in a year.
type registerState struct {
	Last int `json:"last"`
}

// RegisterAdvanced gives the next number of a year.
type RegisterAdvanced struct {
	Last int `json:"last"`
}

// EventName is the wire name.
func (RegisterAdvanced) EventName() string { return "register.advanced/1" }

var registers = journal.NewNoun(module, "register", 1, func(s registerState, e journal.Entry) registerState {
	if ev, ok := e.Event.(RegisterAdvanced); ok {
		s.Last = ev.Last
	}
	return s
}, noKeys[registerState], RegisterAdvanced{})

// adopt enters what a poll adopted into the register of the year, as clocks in the space show it.
func (t *tx) adopt(s pollState, poll string, winner voting.Choice) (string, error) {
	zone, err := loadZone(t.space.Zone)
	if err != nil {
		return "", err
	}
	proposal, err := proposals.Get(t.Reader, s.Proposal)
	if err != nil {
		return "", err
	}
	year := t.now.In(zone).Year()
	register, err := registers.Get(t.Reader, fmt.Sprint(year))
	if err != nil && !errors.Is(err, store.ErrNoRecord) {
		return "", err
	}
	number := register.State.Last + 1
	if err := t.emit(fmt.Sprint(year), RegisterAdvanced{Last: number}); err != nil {
		return "", err
	}
	id := t.w.NewID()
	return id, t.emit(id, ResolutionAdopted{
		Year: year, Number: number, Proposal: s.Proposal, Poll: poll, Room: proposal.State.Room, Text: s.Voted, Winner: winner,
	})
}

// Get reads a resolution.
func (r *Resolutions) Get(ctx context.Context, a Actor, id ResolutionID) (Resolution, error) {
	return viewOne(ctx, r.c, a, id, ErrResolutionUnknown, func(v *scope, own string) (Resolution, error) {
		item, err := v.resolution(own)
		if err != nil {
			return Resolution{}, err
		}
		return v.resolutionView(item)
	})
}

// resolution reads a resolution that the actor may see.
func (v *scope) resolution(own string) (journal.Item[resolutionState], error) {
	item, err := resolutions.Get(v.Reader, own)
	if errors.Is(err, store.ErrNoRecord) {
		return item, v.missing(ActSpaceRead, ErrResolutionUnknown)
	}
	if err != nil {
		return item, err
	}
	room, err := v.room(item.State.Room)
	if err != nil {
		return item, err
	}
	if err := v.may(ActProposalRead, target{room: room}); err != nil {
		if errors.Is(err, ErrRoomUnknown) {
			err = ErrResolutionUnknown
		}
		return item, err
	}
	return item, nil
}

// List gives the register in its order, of one year or (0) of all, as far as the actor may enter its rooms.
func (r *Resolutions) List(ctx context.Context, a Actor, space SpaceID, year int, p Paging) (Page[Resolution], error) {
	var page Page[Resolution]
	err := r.c.viewIf(ctx, a, space, ActSpaceRead, func(v *scope) (err error) {
		q := store.Query{Index: resolutionByNumber}
		if year != 0 {
			q.Prefix = fmt.Appendf(nil, "%04d/", year)
		}
		page, err = pageOf(v, resolutions, q, p, func(v *scope, item journal.Item[resolutionState]) (Resolution, bool, error) {
			room, err := v.room(item.State.Room)
			if err != nil || room != nil && !mayEnter(v.who, *room) {
				return Resolution{}, false, err
			}
			one, err := v.resolutionView(item)
			return one, true, err
		})
		return err
	})
	return page, err
}

func (v *scope) resolutionView(item journal.Item[resolutionState]) (Resolution, error) {
	s := item.State
	out := Resolution{
		ID: scoped[ResolutionID](v.id, item.ID), Space: v.id, Year: s.Year, Number: s.Number,
		Proposal: scoped[ProposalID](v.id, s.Proposal), Poll: scoped[PollID](v.id, s.Poll),
		Room: scoped[RoomID](v.id, s.Room), Adopted: s.Adopted, Source: s.Source,
	}
	var text proposalText
	if _, err := v.Text(s.Text, &text); err != nil {
		return out, err
	}
	out.Title, out.Body, out.Arguments = text.Title, text.Body, text.Arguments
	if s.Winner != voting.For && s.Poll != "" {
		poll, err := polls.Get(v.Reader, s.Poll)
		if err != nil {
			return out, err
		}
		view, err := v.pollView(poll)
		if err != nil {
			return out, err
		}
		out.Option = view.label(s.Winner)
	}
	return out, nil
}
