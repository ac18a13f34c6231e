package governance

import (
	"strings"

	"github.com/google/uuid"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// Ids are strings of their own types. A space and a person have a UUIDv7. What lives in a space has the space's id, a
// dot, and a UUIDv7 of its own: one string finds it, and nothing of another space can be addressed by mistake. Inside
// its space's records and log only the own half is written.
type (
	// SpaceID names a cooperative space.
	SpaceID string
	// PersonID names a person of this instance.
	PersonID string
	// MemberID names a member of a space.
	MemberID string
	// RoomID names a room of a space.
	RoomID string
	// ProposalID names a proposal.
	ProposalID string
	// PollID names a poll.
	PollID string
	// ResolutionID names a resolution.
	ResolutionID string
	// ActionID names an action.
	ActionID string
)

// scopedID is the id of something in a space.
type scopedID interface {
	MemberID | RoomID | ProposalID | PollID | ResolutionID | ActionID
}

// scoped joins a space and an own id; empty stays empty.
func scoped[T scopedID](space SpaceID, own string) T {
	if own == "" {
		return ""
	}
	return T(string(space) + "." + own)
}

// split takes an id apart. unknown is what to say of a string that is no id: an id that cannot be is unknown too.
func split[T scopedID](id T, unknown *fault.Error) (SpaceID, string, error) {
	space, own, ok := strings.Cut(string(id), ".")
	if !ok || !isUUID(space) || !isUUID(own) {
		return "", "", unknown
	}
	return SpaceID(space), own, nil
}

// within gives the own half of an id that must be of this space; empty stays empty.
func within[T scopedID](space SpaceID, id T, unknown *fault.Error) (string, error) {
	if id == "" {
		return "", nil
	}
	of, own, err := split(id, unknown)
	if err != nil || of != space {
		return "", unknown
	}
	return own, nil
}

// isUUID accepts the canonical text form only, so that an id has one spelling.
func isUUID(s string) bool {
	if len(s) != 36 || strings.ToLower(s) != s {
		return false
	}
	return uuid.Validate(s) == nil
}

// idBytes gives an own id's 16 bytes, for index keys and rolls.
func idBytes(own string) []byte {
	u, err := uuid.Parse(own)
	if err != nil {
		return []byte(own) // not one of ours; any injective bytes do
	}
	return u[:]
}

// storeID names a space to the store.
func storeID(id SpaceID) store.SpaceID { return store.SpaceID(id) }
