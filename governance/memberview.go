package governance

import (
	"context"
	"errors"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// Get reads a member.
func (m *Members) Get(ctx context.Context, a Actor, id MemberID) (Member, error) {
	return viewOne(ctx, m.c, a, id, ErrMemberUnknown, func(v *scope, own string) (Member, error) {
		item, err := members.Get(v.Reader, own)
		if errors.Is(err, store.ErrNoRecord) {
			err = ErrMemberUnknown
		}
		if err != nil {
			return Member{}, v.missing(ActMemberRead, err)
		}
		if !v.who.is(own) { // the invited and the pending see their own
			if err := v.may(ActMemberRead, target{}); err != nil {
				return Member{}, err
			}
		}
		return v.memberView(item)
	})
}

// List gives the members with a standing, in the order of their ids; empty: all.
func (m *Members) List(ctx context.Context, a Actor, space SpaceID, standing Standing, p Paging) (Page[Member], error) {
	var page Page[Member]
	err := m.c.viewIf(ctx, a, space, ActMemberRead, func(v *scope) (err error) {
		q := store.Query{}
		if standing != "" {
			q = store.Query{Index: memberByState, Prefix: indexKey(string(standing))}
		}
		page, err = pageOf(v, members, q, p, func(v *scope, item journal.Item[memberState]) (Member, bool, error) {
			one, err := v.memberView(item)
			return one, true, err
		})
		return err
	})
	return page, err
}

// Find reads the member of a space that an identity leads to, for the host and for officers.
func (m *Members) Find(ctx context.Context, a Actor, space SpaceID, who Identity) (Member, error) {
	// Asked first whether they may: who is known to the instance is nobody else's business.
	err := m.c.viewIf(ctx, a, space, ActMemberAdmit, func(*scope) error { return nil })
	if err != nil {
		return Member{}, err
	}
	var person PersonID
	err = m.c.j.View(ctx, store.Instance, func(r *journal.Reader) error {
		var err error
		person, err = personOf(r.Store(), who)
		return err
	})
	if err == nil && person == "" {
		err = ErrPersonUnknown
	}
	if err != nil {
		return Member{}, err
	}
	var own string
	err = m.c.view(ctx, a, space, func(v *scope) error {
		own, _, err = v.memberOf(person)
		return err
	})
	if err != nil {
		return Member{}, err
	}
	if own == "" {
		return Member{}, ErrMemberUnknown
	}
	return m.Get(ctx, a, scoped[MemberID](space, own))
}

func (v *scope) memberView(item journal.Item[memberState]) (Member, error) {
	s := item.State
	out := Member{
		ID: scoped[MemberID](v.id, item.ID), Space: v.id, Kind: s.Kind, Person: PersonID(s.Person), Standing: s.Standing,
		Roles: s.Roles, Weight: s.Weight, Joined: s.Joined, Left: s.Left, Erased: s.Erased, Revision: item.Version,
	}
	var text memberText
	if _, err := v.Text(s.Text, &text); err != nil {
		return out, err
	}
	out.Name = text.Name
	if v.may(ActMemberContact, target{member: item.ID}) == nil {
		out.Email, out.Number = text.Email, text.Number
	}
	for _, r := range s.Representatives {
		var text memberText
		if _, err := v.Text(r.Text, &text); err != nil {
			return out, err
		}
		out.Representatives = append(out.Representatives, Representative{
			Person: PersonID(r.Person), Name: text.Name, From: r.From, Until: r.Until,
		})
	}
	return out, nil
}

// memberName gives a member's name; empty once erased.
func (v *scope) memberName(own string) (string, error) {
	m, err := members.Get(v.Reader, own)
	if err != nil {
		return "", err
	}
	var text memberText
	_, err = v.Text(m.State.Text, &text)
	return text.Name, err
}

// memberOf finds a person's own membership; empty when there is none. One that was erased is nobody's: who comes back
// begins anew.
func (v *scope) memberOf(p PersonID) (string, memberState, error) {
	for item, err := range members.List(v.Reader, store.Query{Index: memberByHand, Prefix: idBytes(string(p))}) {
		if err != nil {
			return "", memberState{}, err
		}
		if item.State.Kind == Person && item.State.Person == string(p) && !item.State.Erased {
			return item.ID, item.State, nil
		}
	}
	return "", memberState{}, nil
}
