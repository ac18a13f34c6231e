package governance

import (
	"sync"

	"github.com/communecter/coopspace/store"
)

// knownPersons remembers to whom identities lead, so that not every request of a known person reads it anew. Anything that
// happens in the instance's log forgets all of it: somebody may have been erased. So it remembers only while Run listens to
// what is committed, here and by other processes.
type knownPersons struct {
	mu    sync.Mutex // protects what follows; held for moments only
	on    bool
	since uint64 // rises whenever all was forgotten
	of    map[subject]PersonID
}

// subject is what leads from an identity to a person, checked.
type subject struct{ issuer, subject string }

// knownMost bounds how many are remembered; beyond it all are forgotten.
const knownMost = 1 << 16

func newKnownPersons(c *Coop) *knownPersons {
	k := &knownPersons{of: map[subject]PersonID{}}
	c.j.Listen(func(space store.SpaceID) {
		if space == store.Instance {
			k.forget()
		}
	})
	return k
}

// listen says whether commits are heard from now on.
func (k *knownPersons) listen(on bool) {
	k.mu.Lock()
	k.on = on
	k.mu.Unlock()
	k.forget()
}

func (k *knownPersons) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.since++
	clear(k.of)
}

// get gives who is remembered under an identity; and since when it may be remembered, for put.
func (k *knownPersons) get(s subject) (PersonID, uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.of[s], k.since
}

// put remembers what was read after get, unless something was forgotten since.
func (k *knownPersons) put(s subject, p PersonID, since uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.on || since != k.since || p == "" {
		return
	}
	if len(k.of) >= knownMost {
		clear(k.of)
	}
	k.of[s] = p
}
