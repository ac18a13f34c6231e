package governance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// Identity is who somebody is according to whoever vouches for them: an issuer (the host program, an identity provider)
// and a subject that the issuer gives to one person only and for ever. Name and Email are what the issuer tells; they may
// be empty.
type Identity struct {
	Issuer  string
	Subject string
	Name    string
	Email   string
}

// ErrPersonUnknown says that nobody is known under an identity.
var ErrPersonUnknown = fault.New(fault.NotFound, "person.unknown", "nobody is known here under this identity")

// personState is folded from the instance's log. It holds nothing that says who somebody is: identities are side
// records that lead to a person, and can be dropped.
type personState struct {
	Known  time.Time `json:"known"`
	Erased bool      `json:"erased,omitempty"`
}

// PersonKnown says that somebody became known to the instance.
type PersonKnown struct{}

// PersonErased says that what told who a person is was dropped.
type PersonErased struct{}

// EventName is the wire name.
func (PersonKnown) EventName() string { return "person.known/1" }

// EventName is the wire name.
func (PersonErased) EventName() string { return "person.erased/1" }

var persons = journal.NewNoun(module, "person", 1, func(s personState, e journal.Entry) personState {
	switch e.Event.(type) {
	case PersonKnown:
		s = personState{Known: e.At}
	case PersonErased:
		s.Erased = true
	}
	return s
}, noKeys[personState], PersonKnown{}, PersonErased{})

const (
	identityKind     = "identity" // side records of the instance space: id = hash of issuer and subject, body = person
	identityByPerson = "person"
)

func (i Identity) id() string {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s%s", len(i.Issuer), i.Issuer, i.Subject)
	return hex.EncodeToString(h.Sum(nil))
}

// check bounds an identity.
func (w *writing) identity(path string, i Identity) Identity {
	i.Issuer = w.name(path+"issuer", i.Issuer)
	i.Subject = w.name(path+"subject", i.Subject)
	i.Name = w.line(path+"name", i.Name, MaxName)
	i.Email = w.email(path+"email", i.Email)
	return i
}

// personOf finds the person to whom an identity leads, in the instance's space; empty when nobody is known under it.
func personOf(r store.Reader, who Identity) (PersonID, error) {
	rec, err := r.Get(identityKind, who.id())
	if errors.Is(err, store.ErrNoRecord) {
		return "", nil
	}
	return PersonID(rec.Body), err
}

// know gives the persons of identities, in their order, making those known who were not. The identities have passed
// check.
func (c *Coop) know(ctx context.Context, by journal.By, list ...Identity) ([]PersonID, error) {
	out := make([]PersonID, len(list))
	unknown := false
	err := c.j.View(ctx, store.Instance, func(r *journal.Reader) error {
		for i, who := range list {
			var err error
			if out[i], err = personOf(r.Store(), who); err != nil {
				return err
			}
			unknown = unknown || out[i] == ""
		}
		return nil
	})
	if err != nil || !unknown {
		return out, err
	}
	return journal.Do(ctx, c.j, store.Instance, journal.Command{Name: "persons.know", By: by},
		func(t *journal.Tx) ([]PersonID, error) {
			out := make([]PersonID, len(list))
			for i, who := range list {
				var err error
				if out[i], err = personOf(t.Writer(), who); err != nil {
					return nil, err
				}
				if out[i] != "" {
					continue
				}
				id := t.NewID()
				out[i] = PersonID(id)
				if err := t.Emit(id, PersonKnown{}); err != nil {
					return nil, err
				}
				err = t.Writer().Put(store.Record{
					Kind: identityKind, ID: who.id(), Side: true, Body: []byte(id),
					Keys: []store.Key{{Index: identityByPerson, Bytes: idBytes(id)}},
				})
				if err != nil {
					return nil, err
				}
			}
			return out, nil
		})
}

// Know gives the person of an identity, making them known if they were not: what whoever authenticates people calls
// before As.
func (c *Coop) Know(ctx context.Context, a Actor, in Identity) (PersonID, error) {
	if err := allow(ActPersonKnow, who{kind: a.kind}, target{}); err != nil {
		return "", err
	}
	p, since := c.known.get(subject{in.Issuer, in.Subject})
	if p != "" && in.Name == "" && in.Email == "" { // nothing that was not checked when it was remembered
		return p, nil
	}
	var w writing
	in = w.identity("", in)
	if err := w.err(); err != nil {
		return "", err
	}
	ids, err := c.know(ctx, a.by(), in)
	if err != nil {
		return "", err
	}
	c.known.put(subject{in.Issuer, in.Subject}, ids[0], since)
	return ids[0], nil
}

// eraseIdentities drops all that leads from an identity to a person.
func (c *Coop) eraseIdentities(ctx context.Context, by journal.By, id string) error {
	_, err := journal.Do(ctx, c.j, store.Instance, journal.Command{Name: "persons.erase", By: by},
		func(t *journal.Tx) (struct{}, error) {
			none := struct{}{}
			item, err := persons.Get(&t.Reader, id)
			if err != nil || item.State.Erased {
				return none, err
			}
			var drop []string
			for rec, err := range t.Writer().List(store.Query{Kind: identityKind, Index: identityByPerson, Prefix: idBytes(id)}) {
				if err != nil {
					return none, err
				}
				drop = append(drop, rec.ID)
			}
			for _, d := range drop {
				if err := t.Writer().Drop(identityKind, d); err != nil {
					return none, err
				}
			}
			return none, t.Emit(id, PersonErased{})
		})
	return err
}
