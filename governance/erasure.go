package governance

import (
	"context"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// Erase drops what tells who a member is, here and, if they belong to no other space, in the instance: names, addresses,
// the identity that led to them. Their acts stay in the log under an id that leads to nobody. The membership ends. What
// they wrote in proposals stays; copies in backups and in pages of a file that are not used again yet are not reached.
func (m *Members) Erase(ctx context.Context, a Actor, id MemberID) (Member, error) {
	out, err := m.on(ctx, a, id, "members.erase", nil, func(t *tx, own string, item journal.Item[memberState]) error {
		if err := t.may(ActMemberErase, target{member: own}); err != nil {
			return err
		}
		s := item.State
		if s.Erased {
			return nil
		}
		for _, c := range append([]journal.Commitment{s.Text}, commitments(s.Representatives)...) {
			if err := t.w.Erase(c); err != nil {
				return err
			}
		}
		if err := t.eraseRepresentative(s.Person); err != nil {
			return err
		}
		if s.Standing != Left {
			if err := t.emit(own, MemberLeft{}); err != nil {
				return err
			}
		}
		return t.emit(own, MemberErased{})
	})
	if err != nil || out.Person == "" {
		return out, err
	}
	elsewhere, err := m.c.knownElsewhere(ctx, out)
	if err != nil || elsewhere {
		return out, err
	}
	return out, m.c.eraseIdentities(ctx, a.by(), string(out.Person))
}

// eraseRepresentative drops the names under which a person stands as the representative of organisations here.
func (t *tx) eraseRepresentative(person string) error {
	if person == "" {
		return nil
	}
	var drop []journal.Commitment
	for item, err := range members.List(t.Reader, store.Query{Index: memberByHand, Prefix: idBytes(person)}) {
		if err != nil {
			return err
		}
		for _, r := range item.State.Representatives {
			if r.Person == person {
				drop = append(drop, r.Text)
			}
		}
	}
	for _, c := range drop {
		if err := t.w.Erase(c); err != nil {
			return err
		}
	}
	return nil
}

func commitments(list []representative) []journal.Commitment {
	out := make([]journal.Commitment, len(list))
	for i, r := range list {
		out[i] = r.Text
	}
	return out
}

// knownElsewhere tells whether a person is a member, or represents one, in another space.
func (c *Coop) knownElsewhere(ctx context.Context, m Member) (bool, error) {
	for id, err := range c.st.Spaces(ctx) {
		if err != nil {
			return false, err
		}
		if id == store.Instance || id == storeID(m.Space) {
			continue
		}
		found := false
		err := c.j.View(ctx, id, func(r *journal.Reader) error {
			for item, err := range members.List(r, store.Query{Index: memberByHand, Prefix: idBytes(string(m.Person))}) {
				if err != nil {
					return err
				}
				found = found || !item.State.Erased
			}
			return nil
		})
		if err != nil || found {
			return found, err
		}
	}
	return false, nil
}
