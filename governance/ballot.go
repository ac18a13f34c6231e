package governance

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// Errors about casting.
var (
	ErrPollClosed    = fault.New(fault.Conflict, "poll.closed", "the vote is closed; the ballot was not counted and nothing was recorded")
	ErrPollNotOpen   = fault.New(fault.Conflict, "poll.not_open", "the vote is not open yet")
	ErrAlreadyCast   = fault.New(fault.Conflict, "ballot.already_cast", "a ballot lies in the box for this member already")
	ErrChangeStale   = fault.New(fault.Stale, "ballot.changed", "the ballot in the box is not the one you mean to replace; look at it again, then decide")
	ErrNoChange      = fault.New(fault.Conflict, "ballot.final", "in this vote a ballot cannot be changed once it is in the box")
	ErrBallotDamaged = fault.New(fault.Internal, "ballot.damaged", "a ballot in the box cannot be read")
)

// bodyMark is the first byte of a ballot's body: the form of what follows.
const bodyMark = 1

const nonceSize = 16

// ballotBody is what lies in the box of a public poll: the choice, the weight it has by the roll, whose hand cast it,
// when it was accepted, and a nonce that keeps hashes of ballots from telling their choice.
type ballotBody struct {
	Ballot voting.Ballot
	Weight voting.Weight
	Hand   [16]byte
	At     time.Time
	Nonce  [nonceSize]byte
}

// append writes: mark (1), the ballot's own bytes, weight in millionths (8), hand (16), microseconds since 1970 (8),
// nonce (16). Numbers are big-endian.
func (b ballotBody) append(dst []byte) []byte {
	dst = append(dst, bodyMark)
	dst = voting.AppendBallot(dst, b.Ballot)
	dst = binary.BigEndian.AppendUint64(dst, uint64(b.Weight))
	dst = append(dst, b.Hand[:]...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(b.At.UnixMicro()))
	return append(dst, b.Nonce[:]...)
}

func readBody(src []byte) (ballotBody, error) {
	if len(src) == 0 || src[0] != bodyMark {
		return ballotBody{}, ErrBallotDamaged
	}
	ballot, rest, err := voting.ReadBallot(src[1:])
	if err != nil {
		return ballotBody{}, ErrBallotDamaged.Wrap(err)
	}
	if len(rest) != 8+16+8+nonceSize {
		return ballotBody{}, ErrBallotDamaged
	}
	return ballotBody{
		Ballot: ballot,
		Weight: voting.Weight(binary.BigEndian.Uint64(rest[:8])),
		Hand:   [16]byte(rest[8:24]),
		At:     time.UnixMicro(int64(binary.BigEndian.Uint64(rest[24:32]))).UTC(),
		Nonce:  [nonceSize]byte(rest[32:]),
	}, nil
}

// Cast puts a ballot into the box of an open poll, for the actor's seat or for the member they act for. When it returns
// a receipt the ballot is durable and will be counted once. Repeated with the same idempotency key and the same choice it
// gives the same ballot again, even after the close; with another choice it is refused. A second ballot is
// ErrAlreadyCast: where the rule allows a change, Change makes it.
func (p *Polls) Cast(ctx context.Context, a Actor, id PollID, b voting.Ballot) (Receipt, error) {
	return p.cast(ctx, a, id, b, 0)
}

// Change puts another ballot in the place of the one that lies in the box, if the poll allows it. replaces is the Rev of
// the ballot that is meant, from its receipt or from Mine: if another one lies there by now, nothing happens and the
// answer is ErrChangeStale, so that a late retry of an old vote never undoes a new one.
func (p *Polls) Change(ctx context.Context, a Actor, id PollID, b voting.Ballot, replaces uint64) (Receipt, error) {
	if replaces == 0 {
		return Receipt{}, ErrChangeStale.At("replaces", "names no ballot")
	}
	return p.cast(ctx, a, id, b, replaces)
}

func (p *Polls) cast(ctx context.Context, a Actor, id PollID, b voting.Ballot, replaces uint64) (Receipt, error) {
	poll, err := p.c.frozen.get(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	// Where a newer program has been, it alone knows what a ballot must be.
	if err := errors.Join(poll.newer, p.c.j.Writable(ctx, storeID(poll.space))); err != nil {
		return Receipt{}, err
	}
	seat, err := p.c.frozen.seat(ctx, poll, a)
	if err != nil {
		return Receipt{}, err
	}
	if err := poll.state.Question.CheckBallot(b); err != nil {
		return Receipt{}, err
	}
	if err := journal.CheckKey(a.key); err != nil {
		return Receipt{}, err
	}
	in := store.Ballot{
		Space: storeID(poll.space), Poll: poll.own, Key: seat.Seat[:], Rank: rankOwn, Replaces: replaces,
	}
	if a.key != "" {
		choice := voting.AppendBallot(nil, b)
		in.Retry = poll.box.of([]byte("retry"), seat.Seat[:], []byte(a.key))
		in.Same = poll.box.of([]byte("same"), seat.Seat[:], []byte(a.key), choice)
	}
	// Stamped here, before the ballot waits for its commit: what arrived in time counts even if the commit comes after the
	// time. The shutting of the box is ordered with the commits.
	body := ballotBody{Ballot: b, Weight: seat.Weight, Hand: seat.Hand, At: p.c.j.Now()}
	if tooLate(body.At, poll.state.Closes) {
		return p.late(ctx, poll, in)
	}
	if _, err := io.ReadFull(p.c.rand, body.Nonce[:]); err != nil {
		return Receipt{}, err
	}
	in.Body = body.append(make([]byte, 0, 96))
	got, err := p.c.st.Cast(ctx, in)
	if err != nil {
		return Receipt{}, err
	}
	switch got.Outcome {
	case store.First, store.Replaced, store.Again:
		return p.c.receipt(got)
	case store.Taken, store.Moved, store.Outranked:
		switch {
		case replaces == 0:
			return Receipt{}, ErrAlreadyCast
		case got.Outcome == store.Taken:
			return Receipt{}, ErrNoChange
		}
		return Receipt{}, ErrChangeStale
	case store.Reused:
		return Receipt{}, journal.ErrKeyReused
	}
	return Receipt{}, ErrPollClosed
}

// late answers a ballot that came at or after the closing time: refused, unless it is the retry of one that lies in the
// box, whose acknowledgement was lost.
func (p *Polls) late(ctx context.Context, poll *frozenPoll, in store.Ballot) (Receipt, error) {
	if in.Retry == nil {
		return Receipt{}, ErrPollClosed
	}
	stored, has, err := p.c.stored(ctx, poll, in.Key)
	if err != nil {
		return Receipt{}, err
	}
	if !has || !bytes.Equal(stored.Retry, in.Retry) || !bytes.Equal(stored.Same, in.Same) {
		return Receipt{}, ErrPollClosed
	}
	in.Body = stored.Body
	in.Rank = stored.Rank
	got, err := p.c.st.Cast(ctx, in)
	if err != nil {
		return Receipt{}, err
	}
	if got.Outcome != store.Again {
		return Receipt{}, ErrPollClosed
	}
	return p.c.receipt(got)
}

// stored gives a copy of the ballot under a key.
func (c *Coop) stored(ctx context.Context, poll *frozenPoll, key []byte) (store.Ballot, bool, error) {
	var out store.Ballot
	has := false
	err := c.st.View(ctx, storeID(poll.space), func(r store.Reader) error {
		b, ok, err := r.Ballot(poll.own, key)
		if err != nil || !ok {
			return err
		}
		has = true
		out = store.Ballot{
			Space: storeID(poll.space), Poll: poll.own, Key: bytes.Clone(b.Key), Rank: b.Rank, Rev: b.Rev,
			Retry: bytes.Clone(b.Retry), Same: bytes.Clone(b.Same), Body: bytes.Clone(b.Body),
		}
		return nil
	})
	return out, has, err
}

// Mine is one's own ballot, as it lies in the box.
type Mine struct {
	Member MemberID
	Ballot voting.Ballot
	Weight voting.Weight
	Rev    uint64 // to name when changing it
	At     time.Time
}

// ErrNotCast says that no ballot lies in the box for a member.
var ErrNotCast = fault.New(fault.NotFound, "ballot.none", "no ballot lies in the box for this member")

// Mine reads one's own ballot, or that of the member one acts for.
func (p *Polls) Mine(ctx context.Context, a Actor, id PollID) (Mine, error) {
	poll, err := p.c.frozen.get(ctx, id)
	if err != nil {
		return Mine{}, err
	}
	seat, err := p.c.frozen.seat(ctx, poll, a)
	if err != nil {
		return Mine{}, err
	}
	b, has, err := p.c.stored(ctx, poll, seat.Seat[:])
	if err != nil {
		return Mine{}, err
	}
	if !has {
		return Mine{}, ErrNotCast
	}
	body, err := readBody(b.Body)
	if err != nil {
		return Mine{}, err
	}
	return Mine{
		Member: scoped[MemberID](poll.space, uuid.UUID(seat.Seat).String()), Ballot: body.Ballot, Weight: body.Weight,
		Rev: b.Rev, At: body.At,
	}, nil
}
