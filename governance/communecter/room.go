package communecter

import "github.com/communecter/coopspace/governance"

func (r *reading) room(d *doc) {
	name := "name"
	if d.n.get(name).empty() {
		name = "title"
	}
	room := governance.ArchivedRoom{
		Key: d.key, Name: d.line(name), Description: d.str("description"), Roles: d.words("roles"),
	}
	if room.Name == "" {
		room.Name = "Salle " + d.key
		d.note("name", "name_missing", "no name", "one was made of the id")
	}
	switch status := d.str("status"); status {
	case "", "open", "Open":
	case "closed", "Closed", "archived":
		room.Closed = true
	default:
		d.note("status", "status_unknown", "unknown status", quote(status)+" was read as open")
	}
	d.leaves("topic", "shortDescription", "tags", "urls", "parentIdSurvey")
	r.rooms[d.key] = true
	r.out.Archive.Rooms = append(r.out.Archive.Rooms, room)
}

// inRoom gives the room that a document names, with a stand-in for one that no document is.
func (r *reading) inRoom(d *doc) string {
	key := d.ref("idParentRoom")
	if key == "" || r.rooms[key] {
		return key
	}
	if r.seen["room "+key] == nil {
		d.note("idParentRoom", "room_missing", "a room that is not in the documents",
			"a closed-off stand-in holds its place until documents with room "+plain(key)+" are brought over")
	}
	r.rooms[key] = true
	r.out.Archive.Rooms = append(r.out.Archive.Rooms, governance.ArchivedRoom{Key: key, StandIn: true})
	return key
}
