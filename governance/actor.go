package governance

import (
	"crypto/sha256"
	"fmt"

	"github.com/communecter/coopspace/store/journal"
)

// Actor is who asks. It is an explicit argument of every command and every reading, and it is trusted: httpapi makes it
// from what the request proves, an embedding program from what it knows. The zero Actor is nobody, who may read what is
// public and nothing else.
type Actor struct {
	kind   actorKind
	id     string // the host's name, or the person's id
	member MemberID
	key    string
}

type actorKind string

const (
	nobody actorKind = ""
	host   actorKind = "host"
	person actorKind = "person"
	system actorKind = "system"
)

// Host is the embedding program itself, under a name that stands in the log: it may do everything that an officer may,
// in every space, and founds spaces. It never votes.
func Host(name string) Actor { return Actor{kind: host, id: name} }

// As is a person, whatever spaces they belong to.
func As(p PersonID) Actor { return Actor{kind: person, id: string(p)} }

// scheduler is the engine itself, acting because a time has come.
var scheduler = Actor{kind: system, id: "scheduler"}

// For gives the actor acting for a member: oneself, or an organisation whose representative one is.
func (a Actor) For(m MemberID) Actor {
	a.member = m
	return a
}

// WithRequest gives the actor with an idempotency key: the same command repeated with the same key has the same reply and
// no second effect. Keys are the actor's own, 1 to 200 printable ASCII characters, and are kept for 30 days.
func WithRequest(a Actor, key string) Actor {
	a.key = key
	return a
}

// Person gives the person's id; empty for a host or nobody.
func (a Actor) Person() PersonID {
	if a.kind != person {
		return ""
	}
	return PersonID(a.id)
}

// Known tells whether somebody is asking at all.
func (a Actor) Known() bool { return a.kind != nobody }

// by gives the actor as the log of the instance writes it.
func (a Actor) by() journal.By { return journal.By{Kind: string(a.kind), ID: a.id} }

// in gives the actor as the log of a space writes it: acting for a member of this space, or for nobody but themselves.
func (a Actor) in(space SpaceID) journal.By {
	by := a.by()
	if own, err := within(space, a.member, ErrMemberUnknown); err == nil {
		by.For = own
	}
	return by
}

// part gives the actor with a key of its own for one part of a command that takes several transactions.
func (a Actor) part(n int) Actor {
	if a.key != "" {
		h := sha256.Sum256([]byte(a.key))
		a.key = fmt.Sprintf("%x/%d", h, n)
	}
	return a
}
