package governance

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// The roll of a poll is every entitled seat with its weight and the hands that may act for it, frozen at the opening. It
// is kept in binary rows, sorted by hand and then by seat, in chunks that are named by their hash and shared by all polls
// that have the same ones; a manifest, named by its own hash, lists the chunks. Rows hold ids, never names.

// rowSize is the length of a row: hand (16), seat (16), how the hand holds the seat (1), weight in millionths (8).
const rowSize = 16 + 16 + 1 + 8

// How a hand holds a seat.
const (
	holdsOwn        byte = 1 // the member is the person
	holdsRepresents byte = 2 // the member is an organisation, the person its representative
)

// rankOwn is the rank of a ballot cast by one's own hand or by a representative, above proxies and delegations.
const rankOwn uint8 = 3

const (
	rollKind  = "roll"       // side records: manifests
	chunkKind = "roll.chunk" // side records: chunks

	chunkMark = 1       // the first byte of a chunk: the form of its rows
	chunkMost = 1 << 14 // rows
	chunkMask = 1<<12 - 1
)

// seatRow is one row, read.
type seatRow struct {
	Hand   [16]byte
	Seat   [16]byte
	Holds  byte
	Weight voting.Weight
}

func (r seatRow) append(dst []byte) []byte {
	dst = append(dst, r.Hand[:]...)
	dst = append(dst, r.Seat[:]...)
	dst = append(dst, r.Holds)
	return binary.BigEndian.AppendUint64(dst, uint64(r.Weight))
}

func readRow(b []byte) seatRow {
	return seatRow{
		Hand: [16]byte(b[:16]), Seat: [16]byte(b[16:32]), Holds: b[32],
		Weight: voting.Weight(binary.BigEndian.Uint64(b[33:41])),
	}
}

// manifest lists the chunks of a roll.
type manifest struct {
	Seats  int64         `json:"seats"`
	Voices voting.Weight `json:"voices"`
	Chunks []chunkRef    `json:"chunks"`
}

type chunkRef struct {
	First string `json:"first"` // the hand of its first row, hex
	Hash  string `json:"hash"`
}

// roll is a resolved roll that is not written yet.
type roll struct {
	manifest manifest
	chunks   [][]byte
	at       store.Position // of the log when it was resolved
	until    time.Time      // when somebody else stands for an organisation; zero: nobody will
}

// Errors about rolls.
var (
	ErrRollEmpty   = fault.New(fault.Unmet, "poll.nobody_entitled", "nobody is entitled to vote on this")
	ErrRollMoved   = fault.New(fault.Busy, "poll.roll_moved", "members came, left or changed while the roll was drawn up; open the poll again")
	ErrRollDamaged = fault.New(fault.Internal, "poll.roll_damaged", "the roll of this poll is missing or damaged")
	ErrNotOnRoll   = fault.New(fault.Forbidden, "poll.not_on_roll", "you are not on the roll that was fixed when this vote opened")
	ErrSeatNeeded  = fault.New(fault.Invalid, "poll.seat_needed", "you may act for more than one member here; say for which")
)

// resolveRoll draws up a roll, in a View: all active members or, for a room that asks for roles, those who have one of
// them. (Officers may enter such a room, and do not vote there without its roles.) It is ErrRollEmpty without a seat.
func resolveRoll(ctx context.Context, v *scope, room *roomState) (*roll, error) {
	pos, _, err := v.Head()
	if err != nil {
		return nil, err
	}
	d := drawing{ctx: ctx, v: v, out: &roll{at: pos}}
	if room == nil || len(room.Roles) == 0 {
		err = d.everybody()
	} else {
		err = d.roles(room.Roles)
	}
	if err != nil {
		return nil, err
	}
	if d.out.manifest.Seats == 0 {
		return nil, ErrRollEmpty
	}
	slices.SortFunc(d.rows, func(a, b [rowSize]byte) int { return bytes.Compare(a[:32], b[:32]) })
	d.out.cut(d.rows)
	return d.out, nil
}

// drawing is a roll being drawn up.
type drawing struct {
	ctx  context.Context
	v    *scope
	out  *roll
	rows [][rowSize]byte
}

// seat counts a seat.
func (d *drawing) seat(w voting.Weight) error {
	voices, err := d.out.manifest.Voices.Add(w)
	if err != nil {
		return err
	}
	d.out.manifest.Voices = voices
	if d.out.manifest.Seats++; d.out.manifest.Seats%4096 == 0 {
		return d.ctx.Err()
	}
	return nil
}

func (d *drawing) row(r seatRow) {
	d.rows = append(d.rows, [rowSize]byte(r.append(make([]byte, 0, rowSize))))
}

// everybody takes persons from their index keys alone, and organisations from their records.
func (d *drawing) everybody() error {
	for rec, err := range d.v.Store().List(store.Query{Kind: "member", Index: memberByHand, Bare: true}) {
		if err != nil {
			return err
		}
		key := rec.Keys[0].Bytes
		if len(key) != 25 || key[16] != 1 {
			continue
		}
		row := seatRow{
			Hand: [16]byte(key[:16]), Seat: [16]byte(idBytes(rec.ID)), Holds: holdsOwn,
			Weight: voting.Weight(binary.BigEndian.Uint64(key[17:])),
		}
		if err := d.seat(row.Weight); err != nil {
			return err
		}
		d.row(row)
	}
	return d.members(store.Query{Index: memberByKind, Prefix: indexKey(string(Organisation))}, nil)
}

// roles takes the members who have one of these roles.
func (d *drawing) roles(roles []string) error {
	seen := map[string]bool{}
	for _, role := range roles {
		if err := d.members(store.Query{Index: memberByRole, Prefix: indexKey(role)}, seen); err != nil {
			return err
		}
	}
	return nil
}

// members takes active members from their records, leaving out those that were seen.
func (d *drawing) members(q store.Query, seen map[string]bool) error {
	for item, err := range members.List(d.v.Reader, q) {
		if err != nil {
			return err
		}
		if seen[item.ID] {
			continue
		}
		if seen != nil {
			seen[item.ID] = true
		}
		m := item.State
		if err := d.seat(m.Weight); err != nil {
			return err
		}
		row := seatRow{Seat: [16]byte(idBytes(item.ID)), Weight: m.Weight}
		if m.Kind == Person {
			row.Hand, row.Holds = [16]byte(idBytes(m.Person)), holdsOwn
			d.row(row)
		}
		for _, rep := range m.Representatives {
			d.turn(rep.From)
			if rep.Until != nil {
				d.turn(*rep.Until)
			}
			if rep.at(d.v.now) {
				row.Hand, row.Holds = [16]byte(idBytes(rep.Person)), holdsRepresents
				d.row(row)
			}
		}
	}
	return nil
}

// turn notes a time at which a representation begins or ends.
func (d *drawing) turn(at time.Time) {
	if at.After(d.v.now) && (d.out.until.IsZero() || at.Before(d.out.until)) {
		d.out.until = at
	}
}

// cut cuts sorted rows into chunks, after a hand whose last bits are zero, so that a member who comes or goes changes
// one chunk and the others stay shared. A hand's rows are never parted.
func (r *roll) cut(rows [][rowSize]byte) {
	for start := 0; start < len(rows); {
		end := start + 1
		for ; end < len(rows); end++ {
			last, next := rows[end-1][:16], rows[end][:16]
			if bytes.Equal(last, next) {
				continue
			}
			if end-start >= chunkMost || binary.BigEndian.Uint16(last[14:])&chunkMask == 0 {
				break
			}
		}
		chunk := make([]byte, 1, 1+(end-start)*rowSize)
		chunk[0] = chunkMark
		for _, row := range rows[start:end] {
			chunk = append(chunk, row[:]...)
		}
		hash := sha256.Sum256(chunk)
		r.chunks = append(r.chunks, chunk)
		r.manifest.Chunks = append(r.manifest.Chunks, chunkRef{
			First: hex.EncodeToString(rows[start][:16]), Hash: hex.EncodeToString(hash[:]),
		})
		start = end
	}
}

// write stores what of the roll is not stored yet, and gives the manifest's hash.
func (r *roll) write(w store.Writer) (string, error) {
	body, err := json.Marshal(r.manifest)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	id := hex.EncodeToString(sum[:])
	put := func(kind, id string, body []byte) error {
		_, err := w.Get(kind, id)
		if errors.Is(err, store.ErrNoRecord) {
			return w.Put(store.Record{Kind: kind, ID: id, Side: true, Body: body})
		}
		return err
	}
	for i, c := range r.manifest.Chunks {
		if err := put(chunkKind, c.Hash, r.chunks[i]); err != nil {
			return "", err
		}
	}
	return id, put(rollKind, id, body)
}

// missing says that a part of a roll is not there. A store that could not be asked is no damage.
func missing(hash string, err error) error {
	if errors.Is(err, store.ErrNoRecord) {
		return ErrRollDamaged.At(hash, "").Wrap(err)
	}
	return err
}

// readManifest reads and checks a roll's manifest.
func readManifest(r store.Reader, hash string) (manifest, error) {
	var m manifest
	rec, err := r.Get(rollKind, hash)
	if err != nil {
		return m, missing(hash, err)
	}
	if sum := sha256.Sum256(rec.Body); hex.EncodeToString(sum[:]) != hash {
		return m, ErrRollDamaged.At(hash, "the manifest is not what was logged")
	}
	return m, json.Unmarshal(rec.Body, &m)
}

// readChunk reads and checks a chunk. The caller may keep the bytes.
func readChunk(r store.Reader, hash string) ([]byte, error) {
	rec, err := r.Get(chunkKind, hash)
	if err != nil {
		return nil, missing(hash, err)
	}
	if sum := sha256.Sum256(rec.Body); hex.EncodeToString(sum[:]) != hash || len(rec.Body)%rowSize != 1 || rec.Body[0] != chunkMark {
		return nil, ErrRollDamaged.At(hash, "the chunk is not what was logged")
	}
	return bytes.Clone(rec.Body), nil
}

// rowsOf gives a hand's rows in a chunk.
func rowsOf(chunk []byte, hand [16]byte) []seatRow {
	body := chunk[1:]
	n := len(body) / rowSize
	i := sort.Search(n, func(i int) bool { return bytes.Compare(body[i*rowSize:i*rowSize+16], hand[:]) >= 0 })
	var out []seatRow
	for ; i < n; i++ {
		row := readRow(body[i*rowSize:])
		if row.Hand != hand {
			break
		}
		out = append(out, row)
	}
	return out
}

// rows streams a roll: every row of every chunk, in order.
func (m manifest) rows(r store.Reader, fn func(seatRow) error) error {
	for _, c := range m.Chunks {
		chunk, err := readChunk(r, c.Hash)
		if err != nil {
			return err
		}
		for body := chunk[1:]; len(body) >= rowSize; body = body[rowSize:] {
			if err := fn(readRow(body)); err != nil {
				return err
			}
		}
	}
	return nil
}

// chunkCache keeps chunks in memory, the least recently used ones leaving first. They never change.
type chunkCache struct {
	most int // bytes

	mu   sync.Mutex
	size int
	used *list.List // of *cachedChunk, the latest first
	by   map[string]*list.Element
}

type cachedChunk struct {
	hash string
	data []byte
}

func newChunkCache(most int) *chunkCache {
	return &chunkCache{most: most, used: list.New(), by: map[string]*list.Element{}}
}

// get gives a chunk from memory, or reads it.
func (c *chunkCache) get(hash string, read func() ([]byte, error)) ([]byte, error) {
	c.mu.Lock()
	if e := c.by[hash]; e != nil {
		c.used.MoveToFront(e)
		data := e.Value.(*cachedChunk).data
		c.mu.Unlock()
		return data, nil
	}
	c.mu.Unlock()
	data, err := read()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.by[hash]; e != nil {
		return e.Value.(*cachedChunk).data, nil
	}
	c.by[hash] = c.used.PushFront(&cachedChunk{hash, data})
	c.size += len(data)
	for c.size > c.most && c.used.Len() > 1 {
		e := c.used.Back()
		old := c.used.Remove(e).(*cachedChunk)
		delete(c.by, old.hash)
		c.size -= len(old.data)
	}
	return data, nil
}

// frozenPoll is what cannot change about a poll once it opened: enough to check a ballot without a lock.
type frozenPoll struct {
	space SpaceID
	own   string
	state pollState
	roll  manifest
	first [][16]byte // the first hand of each chunk
	box   *macs      // of the box's secret
	newer error      // journal.ErrNewer when a newer program opened it, by rules that this one may not know
}

// frozenPolls keeps frozen polls and chunks of their rolls in memory.
type frozenPolls struct {
	c      *Coop
	chunks *chunkCache

	mu    sync.RWMutex
	polls map[PollID]*frozenPoll
}

// frozenMost bounds how many polls are kept; beyond it all are forgotten and read again as they are needed.
const frozenMost = 4096

func newFrozenPolls(c *Coop, chunkBytes int) *frozenPolls {
	return &frozenPolls{c: c, chunks: newChunkCache(chunkBytes), polls: map[PollID]*frozenPoll{}}
}

// get gives a poll that was opened; ErrPollNotOpen for one that waits for its time, ErrPollClosed for one that was
// cancelled or brought over as history. Of its state only what the opening fixed is to be read.
func (f *frozenPolls) get(ctx context.Context, id PollID) (*frozenPoll, error) {
	f.mu.RLock()
	p := f.polls[id]
	f.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	space, own, err := split(id, ErrPollUnknown)
	if err != nil {
		return nil, err
	}
	p = &frozenPoll{space: space, own: own}
	err = f.c.j.View(ctx, storeID(space), func(r *journal.Reader) error {
		item, err := polls.Get(r, own)
		if errors.Is(err, store.ErrNoRecord) {
			return ErrPollUnknown
		}
		if err != nil {
			return err
		}
		if p.newer = r.Writable(); p.newer != nil && !errors.Is(p.newer, journal.ErrNewer) {
			return p.newer
		}
		p.state = item.State
		switch p.state.State {
		case StatePlanned:
			return ErrPollNotOpen
		case StateOpen, StateClosed, StateCounted:
		default:
			return ErrPollClosed
		}
		if p.state.Roll == "" {
			return ErrPollClosed // brought over as history: nobody voted here
		}
		p.roll, err = readManifest(r.Store(), p.state.Roll)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, c := range p.roll.Chunks {
		first, err := hex.DecodeString(c.First)
		if err != nil || len(first) != 16 {
			return nil, ErrRollDamaged.At(p.state.Roll, "")
		}
		p.first = append(p.first, [16]byte(first))
	}
	p.box = newMacs(f.c.boxSecret(space, own))
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.polls) >= frozenMost {
		clear(f.polls)
	}
	f.polls[id] = p
	return p, nil
}

// seats gives the rows of a hand on a poll's roll.
func (f *frozenPolls) seats(ctx context.Context, p *frozenPoll, hand [16]byte) ([]seatRow, error) {
	i := sort.Search(len(p.first), func(i int) bool { return bytes.Compare(p.first[i][:], hand[:]) > 0 }) - 1
	if i < 0 {
		return nil, nil
	}
	hash := p.roll.Chunks[i].Hash
	chunk, err := f.chunks.get(hash, func() ([]byte, error) {
		var data []byte
		err := f.c.j.View(ctx, storeID(p.space), func(r *journal.Reader) error {
			var err error
			data, err = readChunk(r.Store(), hash)
			return err
		})
		return data, err
	})
	if err != nil {
		return nil, err
	}
	return rowsOf(chunk, hand), nil
}

// seat picks the seat for which an actor casts: the one they name, or the only one, or their own.
func (f *frozenPolls) seat(ctx context.Context, p *frozenPoll, a Actor) (seatRow, error) {
	if a.kind != person {
		if a.kind == nobody {
			return seatRow{}, ErrUnauthenticated
		}
		return seatRow{}, ErrNotOnRoll
	}
	named, err := within(p.space, a.member, ErrNotOnRoll)
	if err != nil || !isUUID(a.id) {
		return seatRow{}, ErrNotOnRoll
	}
	rows, err := f.frozenSeats(ctx, p, [16]byte(idBytes(a.id)))
	if err != nil {
		return seatRow{}, err
	}
	if named != "" {
		for _, r := range rows {
			if r.Seat == [16]byte(idBytes(named)) {
				return r, nil
			}
		}
		return seatRow{}, ErrNotOnRoll
	}
	for _, r := range rows {
		if len(rows) == 1 || r.Holds == holdsOwn {
			return r, nil
		}
	}
	if len(rows) > 1 {
		return seatRow{}, ErrSeatNeeded
	}
	return seatRow{}, ErrNotOnRoll
}

// boxSecret gives the secret of a public poll's box.
func (c *Coop) boxSecret(space SpaceID, poll string) []byte {
	return mac(c.boxes, []byte("box"), []byte(space), []byte(poll))
}

// lotSeed gives the seed of a poll's lot: nobody without the keys can foretell it, and it cannot be chosen afterwards.
func (c *Coop) lotSeed(space SpaceID, poll string) []byte {
	return mac(c.boxes, []byte("lot"), []byte(space), []byte(poll))
}
