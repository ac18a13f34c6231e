package store

import "bytes"

// Enter is the rule by which a ballot enters a box: the whole of it, pure, and the same for every driver.
//
// opened tells whether the box was ever opened; stored is what lies under b's key, if has. It returns what lies there
// afterwards, with its Rev, and why: the driver writes it down when the outcome is First or Replaced and leaves the box
// alone otherwise. The returned ballot is the zero Ballot after NoBox and Shut.
//
//	the box was never opened                        NoBox
//	Retry and Same are those of the stored ballot   Again, even in a shut box: what was acknowledged is counted,
//	                                                and a voter whose acknowledgement was lost learns that it is
//	the box is shut                                 Shut
//	Retry alone is that of the stored ballot        Reused
//	the key is free                                 First
//	the rank is higher                              Replaced
//	the rank is lower                               Outranked
//	the box allows no change                        Taken
//	Replaces is not the stored Rev                  Moved
//	otherwise                                       Replaced
//
// An empty Retry is no retry of anything.
func Enter(box Box, opened bool, stored Ballot, has bool, b Ballot) (Ballot, Outcome) {
	if !opened {
		return Ballot{}, NoBox
	}
	has = taken(has)
	retry := has && len(b.Retry) > 0 && bytes.Equal(b.Retry, stored.Retry)
	same := retry && bytes.Equal(b.Same, stored.Same)
	switch {
	case same:
		return stored, Again
	case shut(box):
		return Ballot{}, Shut
	case retry:
		return stored, Reused
	case !has:
		b.Rev = 1
		return b, First
	case b.Rank < stored.Rank:
		return stored, Outranked
	case b.Rank == stored.Rank && !box.Change:
		return stored, Taken
	case b.Rank == stored.Rank && b.Replaces != stored.Rev:
		return stored, Moved
	}
	b.Rev = stored.Rev + 1
	return b, Replaced
}
