package communecter

import (
	"slices"

	"github.com/communecter/coopspace/governance"
)

var actionStates = map[string]governance.ActionState{
	"todo": governance.ToDo, "done": governance.Done, "disabled": governance.Dropped,
	// Of before 2018.
	"inprogress": governance.Doing, "late": governance.Doing, "closed": governance.Done,
}

func (r *reading) action(d *doc) {
	title := "name"
	if d.n.get(title).empty() {
		title = "title"
	}
	a := governance.ArchivedAction{
		Key: d.key, Room: r.inRoom(d), Resolution: d.ref("idParentResolution"), Author: r.author(d),
		Title: d.line(title), Description: d.str("description"), Planned: d.born(),
	}
	if a.Title == "" {
		a.Title = "Action " + d.key
		d.note("name", "name_missing", "no name", "one was made of the id")
	}
	status := d.str("status")
	var known bool
	if a.State, known = actionStates[status]; !known {
		a.State = governance.ToDo
		if status == "" {
			d.note("status", "status_missing", "no status", "it was read as 'todo'")
		} else {
			d.refuse("status", "status_unknown", "unknown status", quote(status))
			return
		}
	}
	start, due := d.date("startDate"), d.date("endDate")
	if start.known() && due.known() && due.at.Before(start.at) {
		d.note("endDate", "end_before_start", "end before start", "both were kept")
	}
	a.Start, a.Due = start.given, due.given
	if contributors := d.n.get("links").get("contributors"); !contributors.empty() {
		contributors.each(func(key string, link *node) { d.contributor(&a, key, link) })
	}
	d.leaves("tags", "urls", "medias", "media", "actors", "role", "email", "credits", "min", "max", "participants",
		"finishedBy", "validated", "options")
	r.out.Archive.Actions = append(r.out.Archive.Actions, a)
}

// contributor reads one of those who do an action.
func (d *doc) contributor(a *governance.ArchivedAction, key string, link *node) {
	who, ok := idOf(&node{kind: text, text: key})
	at := "links.contributors." + plain(key)
	switch {
	case !ok || !link.is(object):
		d.note(at, "id_unreadable", "not an id", "")
	case !link.get("type").empty() && link.get("type").text != "citoyens":
		d.note(at, "contributor_no_person", "a contributor that is no person", quote(link.get("type").text)+" was left out")
	case standing(link) != governance.Active:
		d.note(at, "contributor_pending", "a contributor who has not been accepted", "was left out")
	case !slices.Contains(a.Assignees, who):
		a.Assignees = append(a.Assignees, who)
	}
}

// author gives who wrote a document.
func (r *reading) author(d *doc) string {
	if who := d.ref("idUserAuthor"); who != "" {
		return who
	}
	return d.ref("creator")
}
