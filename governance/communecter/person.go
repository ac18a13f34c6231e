package communecter

import (
	"net/mail"
	"slices"

	"github.com/communecter/coopspace/governance"
)

// linksToMembers are the members of an element's links, by kind of element, that say who belongs to it.
var linksToMembers = []string{"members", "contributors", "attendees"}

// linksToElements are the members of a person's links that say to what they belong.
var linksToElements = []string{"memberOf", "projects", "events"}

// link finds how a person belongs to the element: what they say of it, or else what the element says of them.
func (r *reading) link(d *doc) (*node, string) {
	for _, to := range linksToElements {
		if l := d.n.get("links").get(to).get(r.element); l.is(object) {
			return l, "links." + to
		}
	}
	for _, links := range r.links {
		for _, to := range linksToMembers {
			if l := links.get(to).get(d.key); l.is(object) {
				return l, "links." + to
			}
		}
	}
	return nil, ""
}

// standing says where a membership stands: only those neither invited nor waiting are members.
func standing(link *node) governance.Standing {
	if invited, _ := truth(link.get("isInviting")); invited {
		return governance.Invited
	}
	if pending, _ := truth(link.get("toBeValidated")); pending {
		return governance.Pending
	}
	return governance.Active
}

// offices are the roles to which this engine gives powers.
var offices = []string{governance.Chair, governance.Secretary, governance.Treasurer}

func (r *reading) person(d *doc) {
	link, at := r.link(d)
	if link == nil {
		d.note("links", "no_membership", "not linked to the element", "this person was not made a member")
		return
	}
	p := governance.ArchivedPerson{Key: d.key, Name: d.line("name"), Standing: standing(link)}
	if p.Name == "" {
		if p.Name = d.line("username"); p.Name == "" {
			p.Name = "Sans nom"
		}
		d.note("name", "name_missing", "no name", "the user name stands in its place, if there is one")
	}
	if p.Email = d.line("email"); p.Email != "" && !reachable(p.Email) {
		d.note("email", "email_unusable", "not an e-mail address", "it was left out")
		p.Email = ""
	}
	for _, role := range d.wordsIn(at+".roles", link.get("roles")) {
		if slices.Contains(offices, role) {
			d.note(at+".roles", "role_with_powers", "a role that has powers here", quote(role)+" was only a word there and was left out")
			continue
		}
		p.Roles = append(p.Roles, role)
	}
	if p.Standing == governance.Pending && len(p.Roles) > 0 {
		d.note(at+".roles", "roles_of_pending", "roles of somebody who waits to be a member", "they were left out")
		p.Roles = nil
	}
	r.admin(d, link, at, &p)
	r.out.Archive.People = append(r.out.Archive.People, p)
}

// admin gives an element's admin, who managed its space there, the office that manages it here.
func (r *reading) admin(d *doc, link *node, at string, p *governance.ArchivedPerson) {
	is := func(flag string) bool { v, _ := truth(link.get(flag)); return v }
	switch {
	case !is("isAdmin"):
	case p.Standing != governance.Active, is("isAdminPending"), is("isAdminInviting"):
		d.note(at+".isAdmin", "admin_not_yet", "not yet an admin", "no office was given")
	default:
		p.Roles = append(p.Roles, governance.Secretary)
		d.note(at+".isAdmin", "admin", "an admin of the element", "holds the office of secretary here, beside the roles")
	}
}

// reachable tells whether the engine will take an address.
func reachable(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
