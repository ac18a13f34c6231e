package journal

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/communecter/coopspace/store"
)

// Side records in the instance space.
const (
	positionKind = "journal.position" // how far a follower came: id = follower "/" space
	turnKind     = "journal.turn"     // id = follower; its version is the number of the turn
)

// place is how far a follower has read a log, as it is kept.
type place struct {
	follower string
	turn     uint64 // in which it was read; 0 where nobody takes turns
	id       string
	at       store.Position
	version  uint64 // of the record as it was read
}

// errOvertaken says that another process follows in this one's place: it took the turn, or moved the position.
var errOvertaken = errors.New("journal: another process follows instead of this one")

// takeTurn counts one turn more for a follower, and gives its number. From then on positions are kept in this turn alone: a
// process that had the hold before, and does not know yet that it lost it, keeps none.
func (j *Journal) takeTurn(ctx context.Context, follower string) (turn uint64, err error) {
	err = j.st.Update(ctx, store.Instance, func(w store.Writer) error {
		if turn, err = turnOf(w, follower); err != nil {
			return err
		}
		return w.Put(store.Record{Kind: turnKind, ID: follower, Version: turn, Side: true})
	})
	return turn + 1, err
}

// turnOf gives the number of a follower's turn; 0 before the first.
func turnOf(r store.Reader, follower string) (uint64, error) {
	rec, err := r.Get(turnKind, follower)
	if errors.Is(err, store.ErrNoRecord) {
		return 0, nil
	}
	return rec.Version, err
}

// readPlace reads how far a follower came; the beginning when it never was there.
func (j *Journal) readPlace(ctx context.Context, follower string, turn uint64, space store.SpaceID) (place, error) {
	p := place{follower: follower, turn: turn, id: follower + "/" + string(space)}
	err := j.st.View(ctx, store.Instance, func(v store.Reader) error {
		rec, err := v.Get(positionKind, p.id)
		if errors.Is(err, store.ErrNoRecord) {
			return nil
		}
		if err == nil && len(rec.Body) != 8 {
			err = ErrEntry.At("position of "+p.id, "cannot be read")
		}
		if err != nil {
			return err
		}
		p.at, p.version = store.Position(binary.BigEndian.Uint64(rec.Body)), rec.Version
		return nil
	})
	return p, err
}

// keepPlace moves a position on, in the turn and from the place in which it was read: a follower that was overtaken neither
// moves it back nor over what another one has still to do.
func (j *Journal) keepPlace(ctx context.Context, p *place, at store.Position) error {
	err := j.st.Update(ctx, store.Instance, func(w store.Writer) error {
		if p.turn > 0 {
			switch turn, err := turnOf(w, p.follower); {
			case err != nil:
				return err
			case turn != p.turn:
				return errOvertaken
			}
		}
		return w.Put(store.Record{
			Kind: positionKind, ID: p.id, Version: p.version, Side: true,
			Body: binary.BigEndian.AppendUint64(nil, uint64(at)),
		})
	})
	if errors.Is(err, store.ErrVersion) {
		return errOvertaken
	}
	if err == nil {
		p.at, p.version = at, p.version+1
	}
	return err
}
