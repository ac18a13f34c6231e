package governance

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// ErrLogPosition refuses to read on from where a log never was: it has not come so far, or it was restored from a copy and
// went on in another way. What was read before is not this log; begin anew.
var ErrLogPosition = fault.New(fault.Invalid, "log.position", "the log never was where this begins; begin anew")

// LogEntry is an entry of a space's log, as far as somebody may see it: that something happened to what they may read. What
// it became is read by its id.
type LogEntry struct {
	ID       string // names it for reading on: its position, and the epoch it was written in but for the first: "12.EPOCH"
	Position int64  // from 1
	At       time.Time
	Name     string // of what happened, as the log writes it, such as "poll.opened/1"
	Subject  string // what it happened to: the id of the space, or of something in it
}

// LogPage is a part of a log.
type LogPage struct {
	Entries []LogEntry // what may be seen of it; there may be none though others follow
	First   string     // after which entry it begins, by its ID; "0" at the beginning of the log
	Last    string     // with which one it ends: the next part comes after it
	More    bool       // whether the log goes on there already
}

// FromNow reads no entry that is in the log already.
const FromNow = ""

// logPage bounds how many entries are read at once.
const logPage = 256

// Entries reads a space's log after an entry, named by its ID ("0": from the beginning, FromNow: from the end), as far as
// the actor may see it now: an entry about what they may not read is left out, and so is one about nothing that has an id.
// Ballots are in no log. Positions of what is left out are missing, so they tell that something happened, and nothing more.
// It is ErrLogPosition for an entry that the log never had.
func (c *Coop) Entries(ctx context.Context, a Actor, space SpaceID, after string) (LogPage, error) {
	var page LogPage
	err := c.viewIf(ctx, a, space, ActSpaceRead, func(v *scope) error {
		head, _, err := v.Head()
		if err != nil {
			return err
		}
		epochs, err := v.Epochs()
		if err != nil {
			return err
		}
		from := head
		if after != FromNow {
			if from, err = entryAt(epochs, head, after); err != nil {
				return err
			}
		}
		var read []journal.Entry // first the listing, then what it speaks of: one reading of the store at a time
		for e, err := range v.Entries(from) {
			if err != nil {
				return err
			}
			if read = append(read, e); len(read) == logPage {
				break
			}
		}
		page.First, page.Last = entryID(epochs, from), entryID(epochs, from)
		for _, e := range read {
			subject, err := v.entrySubject(e)
			if err != nil && !hidden(err) {
				return err
			}
			page.Last = entryID(epochs, e.Position)
			if err == nil && subject != "" {
				page.Entries = append(page.Entries, LogEntry{
					ID: page.Last, Position: int64(e.Position), At: e.At, Name: e.Name, Subject: subject,
				})
			}
		}
		page.More = from+store.Position(len(read)) < head
		return nil
	})
	return page, err
}

// entryID names an entry so that nobody reads on from it in a log that was restored from a copy without it.
func entryID(epochs journal.Epochs, p store.Position) string {
	id := strconv.FormatInt(int64(p), 10)
	if epoch := epochs.At(p); epoch != "" {
		id += "." + epoch
	}
	return id
}

// entryAt gives the position that an id names in this log.
func entryAt(epochs journal.Epochs, head store.Position, id string) (store.Position, error) {
	digits, _, _ := strings.Cut(id, ".")
	n, err := strconv.ParseInt(digits, 10, 64)
	p := store.Position(n)
	if err != nil || n < 0 || p > head || entryID(epochs, p) != id {
		return 0, ErrLogPosition.At("after", fmt.Sprintf("%.100q", id))
	}
	return p, nil
}

// Listen calls fn after each growth of a space's log, in the goroutine that made it grow: fn returns at once. Over a store
// that several processes share, Run brings what the others wrote. fn is called as long as the Coop lives.
func (c *Coop) Listen(fn func(SpaceID)) {
	c.j.Listen(func(id store.SpaceID) { fn(SpaceID(id)) })
}

// entrySubject gives the id of what an entry is about if the actor may read it, empty where that has no id or belongs to no
// part that is known here, and otherwise the error of who may not read it.
func (v *scope) entrySubject(e journal.Entry) (string, error) {
	if _, restored := e.Event.(journal.LogRestored); restored {
		return string(v.id), nil
	}
	if e.Event == nil || e.Module != module {
		return "", nil
	}
	noun, _, _ := strings.Cut(e.Name, ".")
	switch noun {
	case "space":
		return string(v.id), nil
	case "member":
		var err error
		if !v.who.is(e.Subject) {
			err = v.may(ActMemberRead, target{})
		}
		return string(scoped[MemberID](v.id, e.Subject)), err
	case "room":
		room, err := v.room(e.Subject)
		if err == nil {
			err = v.may(ActRoomEnter, target{room: room})
		}
		return string(scoped[RoomID](v.id, e.Subject)), err
	case "proposal":
		_, _, err := v.proposal(e.Subject)
		return string(scoped[ProposalID](v.id, e.Subject)), err
	case "poll":
		_, err := v.poll(e.Subject)
		return string(scoped[PollID](v.id, e.Subject)), err
	case "resolution":
		_, err := v.resolution(e.Subject)
		return string(scoped[ResolutionID](v.id, e.Subject)), err
	case "action":
		_, _, err := v.action(e.Subject)
		return string(scoped[ActionID](v.id, e.Subject)), err
	}
	return "", nil
}

// hidden tells whether an error says that somebody may not read a thing or know of it.
func hidden(err error) bool {
	switch fault.KindOf(err) {
	case fault.NotFound, fault.Forbidden, fault.Unauthenticated:
		return true
	}
	return false
}
