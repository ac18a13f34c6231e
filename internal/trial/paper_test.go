package trial

import (
	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// ask is what somebody asks of a poll.
type ask struct {
	what     what
	voter    int // who casts or reads
	choice   voting.Choice
	replaces uint64
	key      string // idempotency key; empty for none
	again    bool   // it repeats a request
}

type what string

const (
	casting what = "cast"
	reading what = "read" // one's own ballot
	looking what = "look" // where the poll stands
	closing what = "close"
)

// reply is what they are told.
type reply struct {
	code   string // of a refusal; empty: done
	rev    uint64
	choice voting.Choice
	open   bool // the poll is
}

// paper is what a voter's ballot and the box that it lies in are: the whole of what this package believes about voting.
type paper struct {
	change bool // the poll allows it
	shut   bool
	rev    uint64 // 0: no ballot
	choice voting.Choice
	key    string
}

// after gives the one right reply, and what is then.
func (p paper) after(a ask) (reply, paper) {
	switch a.what {
	case closing:
		if p.shut {
			return reply{code: governance.ErrPollClosed.Code}, p
		}
		p.shut = true
		return reply{}, p
	case looking:
		return reply{open: !p.shut}, p
	case reading:
		if p.rev == 0 {
			return reply{code: governance.ErrNotCast.Code}, p
		}
		return reply{rev: p.rev, choice: p.choice}, p
	}
	known := p.rev > 0 && a.key != "" && a.key == p.key
	switch {
	case known && a.choice == p.choice:
		return reply{rev: p.rev}, p // however the box is now
	case p.shut:
		return reply{code: governance.ErrPollClosed.Code}, p
	case known:
		return reply{code: journal.ErrKeyReused.Code}, p
	case p.rev == 0:
	case a.replaces == 0:
		return reply{code: governance.ErrAlreadyCast.Code}, p
	case !p.change:
		return reply{code: governance.ErrNoChange.Code}, p
	case a.replaces != p.rev:
		return reply{code: governance.ErrChangeStale.Code}, p
	}
	p.rev, p.choice, p.key = p.rev+1, a.choice, a.key
	return reply{rev: p.rev}, p
}
