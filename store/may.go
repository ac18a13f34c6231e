package store

// The rules by which the methods of a Writer refuse, pure and the same for every driver. That for ballots is [Enter].

// MayWrite gives what is invalid about a write, and ErrIterating while so many listings of its Writer are open.
func MayWrite(invalid error, listings int) error {
	if invalid == nil && listings > 0 {
		return ErrIterating
	}
	return invalid
}

// MayPut tells whether a record may be stored where old lies, the zero Record where nothing does; ErrVersion or ErrInvalid.
func MayPut(old, r Record) error {
	switch {
	case r.Version != old.Version:
		return ErrVersion.At(r.Kind+"/"+r.ID, "")
	case old.Version != 0 && r.Side != old.Side:
		return ErrInvalid.At("side", "a record stays folded or side for ever")
	}
	return nil
}

// MayPlace tells whether whoever fills a store under the mark at may lay pieces into it while now is its Transit: ErrOvertaken
// when somebody else went on with it, ErrNotEmpty when at is no mark of a filling.
func MayPlace(now, at Transit) error {
	switch {
	case at.From == "":
		return ErrNotEmpty
	case now != at:
		return ErrOvertaken
	}
	return nil
}

// MayDrop tells whether what lies there may be dropped, the zero Record where nothing does; ErrFolded.
func MayDrop(old Record) error {
	if old.Version != 0 && !old.Side {
		return ErrFolded.At(old.Kind+"/"+old.ID, "")
	}
	return nil
}

// MayAppend tells whether events may follow the head of a log; ErrInvalid or ErrPosition.
func MayAppend(head Position, events []Event) error {
	for i, e := range events {
		if err := e.Check(); err != nil {
			return err
		}
		if e.Position != head+Position(i)+1 {
			return ErrPosition
		}
	}
	return nil
}
