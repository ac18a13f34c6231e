package postgres

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/internal/crowd"
)

// call is one caller's ballot on its way, and then the answer.
type call struct {
	ballot  store.Ballot // the ballot that now lies under the key; the caller's until then
	outcome store.Outcome
	index   int
}

// clone copies what the caller may change as soon as Cast returns, which a context may make early.
func clone(b store.Ballot) store.Ballot {
	buf := make([]byte, 0, len(b.Key)+len(b.Retry)+len(b.Same)+len(b.Body))
	take := func(p []byte) []byte {
		from := len(buf)
		buf = append(buf, p...)
		return buf[from:len(buf):len(buf)]
	}
	b.Key, b.Retry, b.Same, b.Body = take(b.Key), take(b.Retry), take(b.Same), take(b.Body)
	return b
}

// Cast puts one ballot into a box, or says why not.
func (s *Store) Cast(ctx context.Context, b store.Ballot) (store.Entered, error) {
	if err := b.Check(); err != nil {
		return store.Entered{}, err
	}
	if err := ctx.Err(); err != nil {
		return store.Entered{}, err
	}
	in, i, err := s.queue.Ask(ctx, call{ballot: clone(b)})
	if err != nil {
		return store.Entered{}, err
	}
	c := &in.Calls[i]
	e := store.Entered{Outcome: c.outcome, Ballot: c.ballot}
	if c.outcome.Accepted() {
		e.Batch, e.Index = in.Made, c.index
	}
	return e, nil
}

// write is a writer of ballots: it answers batches until the queue is closed and empty.
func (s *Store) write() {
	for {
		s.gather <- struct{}{}
		if !s.queue.Gather() {
			<-s.gather
			return
		}
		b := s.queue.Take()
		<-s.gather
		if b.Err = s.settle(b); errors.Is(b.Err, context.DeadlineExceeded) { // ours, not a caller's
			b.Err = store.ErrUnreachable.Wrap(b.Err)
		}
		s.queue.Answer(b)
	}
}

// boxName names a box among all spaces.
type boxName struct {
	space store.SpaceID
	poll  string
}

// boxIDs remembers the rows of boxes: they never change once the opening is committed.
type boxIDs struct {
	most int // how many are remembered; beyond it all are forgotten and looked up again

	mu  sync.Mutex // protects ids
	ids map[boxName]int64
}

// forget forgets all.
func (b *boxIDs) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.ids)
}

// errOtherBoxes says that a box does not lie where it did: somebody restored the database to an earlier time, under us.
// What was remembered is forgotten, and the batch is settled anew.
var errOtherBoxes = errors.New("the boxes are not those that were there before: the database was restored")

// boxesKept is how many boxes a store remembers.
const boxesKept = 1 << 14

// boxLock is the lock between casting into a box, and opening or shutting it.
func (s *Store) boxLock(space store.SpaceID, poll string) int64 {
	return s.lockKey("box", string(space), poll)
}

// settlement is a batch being settled: by box, and in a box by key, those of one key as they arrived.
type settlement struct {
	s     *Store
	c     *pgxpool.Conn
	batch *crowd.Batch[call]
	order []int
	boxes map[boxName]*boxRow // nil: never opened
}

// settle answers a batch.
func (s *Store) settle(b *crowd.Batch[call]) error {
	ctx, cancel := context.WithTimeout(context.Background(), committing)
	defer cancel()
	order := make([]int, len(b.Calls))
	for i := range order {
		order[i] = i
	}
	// All writers take locks in one order: of boxes, then of keys.
	locks := map[boxName]int64{}
	for i := range b.Calls {
		name := boxName{b.Calls[i].ballot.Space, b.Calls[i].ballot.Poll}
		if _, has := locks[name]; !has {
			locks[name] = s.boxLock(name.space, name.poll)
		}
	}
	slices.SortFunc(order, func(i, j int) int {
		x, y := &b.Calls[i].ballot, &b.Calls[j].ballot
		return cmp.Or(
			cmp.Compare(locks[boxName{x.Space, x.Poll}], locks[boxName{y.Space, y.Poll}]),
			cmp.Compare(x.Space, y.Space), cmp.Compare(x.Poll, y.Poll), bytes.Compare(x.Key, y.Key), cmp.Compare(i, j))
	})
	given := make([]store.Ballot, len(b.Calls)) // for another try
	for i := range b.Calls {
		given[i] = b.Calls[i].ballot
	}
	return s.attempt(ctx, func(c *pgxpool.Conn) (bool, error) {
		for i := range b.Calls {
			b.Calls[i].ballot = given[i]
		}
		t := &settlement{s: s, c: c, batch: b, order: order, boxes: map[boxName]*boxRow{}}
		wrote, err := t.apply(ctx, locks)
		if errors.Is(err, errOtherBoxes) {
			s.boxes.forget()
		}
		if err != nil || !wrote {
			return false, err
		}
		return true, commit(ctx, c)
	})
}

// apply puts the ballots of a batch into their boxes.
func (t *settlement) apply(ctx context.Context, locks map[boxName]int64) (wrote bool, err error) {
	if err := t.find(ctx, locks); err != nil {
		return false, err
	}
	// The first ballot of each key is inserted where the key is free and the box open. The locks come first, in a statement
	// of their own: what the insert sees of a box is what was committed before they were given.
	var first columns
	names := make([]int64, 0, len(locks))
	var last *store.Ballot
	for _, i := range t.order {
		b := &t.batch.Calls[i].ballot
		in := t.boxes[boxName{b.Space, b.Poll}]
		if last == nil || last.Space != b.Space || last.Poll != b.Poll {
			names = append(names, locks[boxName{b.Space, b.Poll}])
		} else if bytes.Equal(last.Key, b.Key) {
			continue
		}
		last = b
		if in != nil {
			first.add(in.id, b, 1)
		}
	}
	q := &pgx.Batch{}
	q.Queue("BEGIN ISOLATION LEVEL READ COMMITTED")
	q.Queue("SELECT pg_advisory_xact_lock_shared(k) FROM unnest($1::bigint[]) AS k", names)
	q.Queue(insertFirst, first.args()...)
	q.Queue("SELECT s.name, b.poll, b.id, b.change, b.shut FROM box b JOIN space s ON s.id = b.space WHERE b.id = ANY ($1::bigint[])", t.ids())
	q.Queue(readLayout)
	entered := make(map[place]bool, len(first.boxes))
	res := t.c.SendBatch(ctx, q)
	err = t.read(res, entered)
	if closing := res.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return false, err
	}
	return t.enter(ctx, entered)
}

// place is where a ballot lies.
type place struct {
	box int64
	key string
}

const insertFirst = `INSERT INTO ballot (box, key, rank, rev, retry, same, body)
SELECT u.box, u.key, u.rank, u.rev, u.retry, u.same, u.body
FROM unnest($1::bigint[], $2::bytea[], $3::smallint[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[])
    AS u (box, key, rank, rev, retry, same, body)
JOIN box b ON b.id = u.box AND NOT b.shut
ON CONFLICT DO NOTHING
RETURNING box, key`

// columns are ballots side by side, as statements take them.
type columns struct {
	boxes          []int64
	keys           [][]byte
	ranks          []int16
	revs           []int64
	retries, sames [][]byte
	bodies         [][]byte
}

func (c *columns) add(box int64, b *store.Ballot, rev uint64) {
	c.boxes = append(c.boxes, box)
	c.keys = append(c.keys, b.Key)
	c.ranks = append(c.ranks, int16(b.Rank))
	c.revs = append(c.revs, int64(rev))
	c.retries = append(c.retries, b.Retry)
	c.sames = append(c.sames, b.Same)
	c.bodies = append(c.bodies, b.Body)
}

func (c *columns) args() []any {
	return []any{c.boxes, c.keys, c.ranks, c.revs, c.retries, c.sames, c.bodies}
}

// find finds the boxes of a batch.
func (t *settlement) find(ctx context.Context, locks map[boxName]int64) error {
	var spaces, polls []string
	t.s.boxes.mu.Lock()
	for name := range locks {
		if id, known := t.s.boxes.ids[name]; known {
			t.boxes[name] = &boxRow{id: id}
		} else {
			spaces, polls = append(spaces, string(name.space)), append(polls, name.poll)
		}
	}
	t.s.boxes.mu.Unlock()
	if len(spaces) == 0 {
		return nil
	}
	rows, err := t.c.Query(ctx, "SELECT s.name, b.poll, b.id FROM unnest($1::text[], $2::text[]) AS u (space, poll)"+
		" JOIN space s ON s.name = u.space JOIN box b ON b.space = s.id AND b.poll = u.poll", spaces, polls)
	if err != nil {
		return err
	}
	var name boxName
	var id int64
	_, err = pgx.ForEachRow(rows, []any{&name.space, &name.poll, &id}, func() error {
		t.boxes[name] = &boxRow{id: id}
		return nil
	})
	if err != nil {
		return err
	}
	t.s.boxes.mu.Lock()
	defer t.s.boxes.mu.Unlock()
	if len(t.s.boxes.ids)+len(t.boxes) > t.s.boxes.most {
		clear(t.s.boxes.ids)
	}
	for name, in := range t.boxes {
		t.s.boxes.ids[name] = in.id
	}
	return nil
}

func (t *settlement) ids() []int64 {
	ids := make([]int64, 0, len(t.boxes))
	for _, in := range t.boxes {
		ids = append(ids, in.id)
	}
	return ids
}

// read reads the answers to apply's message.
func (t *settlement) read(res pgx.BatchResults, entered map[place]bool) error {
	for range 2 {
		if _, err := res.Exec(); err != nil {
			return err
		}
	}
	rows, err := res.Query()
	if err != nil {
		return err
	}
	var at place
	var key []byte
	if _, err := pgx.ForEachRow(rows, []any{&at.box, &key}, func() error {
		at.key = string(key)
		entered[at] = true
		return nil
	}); err != nil {
		return err
	}
	if rows, err = res.Query(); err != nil {
		return err
	}
	var name boxName
	var now boxRow
	states := map[boxName]boxRow{}
	if _, err := pgx.ForEachRow(rows, []any{&name.space, &name.poll, &now.id, &now.Change, &now.Shut}, func() error {
		states[name] = now
		return nil
	}); err != nil {
		return err
	}
	for name, in := range t.boxes {
		if states[name].id != in.id {
			return errOtherBoxes
		}
		in.Box = states[name].Box
	}
	return t.s.mayWrite(res.QueryRow())
}

// enter answers the calls, in their order, by the rule of store.Enter.
func (t *settlement) enter(ctx context.Context, entered map[place]bool) (wrote bool, err error) {
	wrote = len(entered) > 0
	stored, err := t.stored(ctx, entered)
	if err != nil {
		return false, err
	}
	t.batch.Made = &store.Batch{Ballots: make([]store.Ballot, 0, len(t.batch.Calls))}
	changed := map[place]bool{}
	for _, i := range t.order {
		c := &t.batch.Calls[i]
		in := t.boxes[boxName{c.ballot.Space, c.ballot.Poll}]
		var state store.Box
		var at place
		if in != nil {
			state, at = in.Box, place{in.id, string(c.ballot.Key)}
		}
		lies, has := stored[at]
		if entered[at] { // it is this call's: the first of its key
			entered[at] = false
			has = false
		} else if has {
			lies.Space, lies.Poll, lies.Key = c.ballot.Space, c.ballot.Poll, c.ballot.Key
		}
		now, outcome := store.Enter(state, in != nil, lies, has, c.ballot)
		c.ballot, c.outcome = now, outcome
		switch outcome {
		case store.First:
			stored[at] = now
		case store.Replaced:
			stored[at] = now
			changed[at] = true
		case store.Again:
			// What is acknowledged here was committed by another; with a synchronous standby, that it reached it too is
			// known only after a commit of ours, which the locks on the rows make a real one.
			wrote = true
		}
		if outcome.Accepted() {
			c.index = len(t.batch.Made.Ballots)
			t.batch.Made.Ballots = append(t.batch.Made.Ballots, now)
		}
	}
	if len(changed) == 0 {
		return wrote, nil
	}
	return true, t.change(ctx, stored, changed)
}

// stored reads and locks what lies under the keys whose ballots did not enter.
func (t *settlement) stored(ctx context.Context, entered map[place]bool) (map[place]store.Ballot, error) {
	stored := map[place]store.Ballot{}
	var boxes []int64
	var keys [][]byte
	var last place
	for _, i := range t.order {
		b := &t.batch.Calls[i].ballot
		in := t.boxes[boxName{b.Space, b.Poll}]
		if in == nil {
			continue
		}
		at := place{in.id, string(b.Key)}
		if at == last || entered[at] {
			continue
		}
		last = at
		boxes, keys = append(boxes, in.id), append(keys, b.Key)
	}
	if len(boxes) == 0 {
		return stored, nil
	}
	rows, err := t.c.Query(ctx, "SELECT b.box, b.key, b.rank, b.rev, b.retry, b.same, b.body FROM ballot b"+
		" JOIN unnest($1::bigint[], $2::bytea[]) AS u (box, key) ON b.box = u.box AND b.key = u.key ORDER BY b.box, b.key FOR UPDATE OF b", boxes, keys)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var box int64
		var b store.Ballot
		if err := rows.Scan(&box, &b.Key, &b.Rank, &b.Rev, &b.Retry, &b.Same, &b.Body); err != nil {
			return nil, err
		}
		stored[place{box, string(b.Key)}] = b
	}
	return stored, rows.Err()
}

// change writes the ballots that were replaced.
func (t *settlement) change(ctx context.Context, stored map[place]store.Ballot, changed map[place]bool) error {
	var c columns
	for at := range changed {
		b := stored[at]
		c.add(at.box, &b, b.Rev)
	}
	tag, err := t.c.Exec(ctx, `UPDATE ballot b SET rank = u.rank, rev = u.rev, retry = u.retry, same = u.same, body = u.body
FROM unnest($1::bigint[], $2::bytea[], $3::smallint[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[])
    AS u (box, key, rank, rev, retry, same, body)
WHERE b.box = u.box AND b.key = u.key`, c.args()...)
	if err == nil && tag.RowsAffected() != int64(len(changed)) {
		err = errUnchanged
	}
	return err
}

// large is from how many ballots on a box is tidied when it is shut.
const large = 10_000

// tidy looks after the ballots once a large box was shut: the statistics of a table that grew by many rows lag behind,
// and what is all committed is read from the index alone once a vacuum has said so. Nobody waits for it, and those of many
// boxes that are shut at once wait for each other without a connection.
func (s *Store) tidy(box int64) {
	if s.begin(s.life) != nil {
		return
	}
	go func() {
		defer s.begun.Done()
		s.tidying.Lock()
		defer s.tidying.Unlock()
		var n int
		err := s.pool.QueryRow(s.life, "SELECT count(*) FROM (SELECT FROM ballot WHERE box = $1 LIMIT $2) AS ballots", box, large).Scan(&n)
		if err == nil && n == large {
			_, err = s.pool.Exec(s.life, "VACUUM (ANALYZE, INDEX_CLEANUP OFF, TRUNCATE OFF) ballot")
		}
		if err != nil && s.life.Err() == nil {
			s.log.Warn("a large box was shut and its table not analyzed", "error", err)
		}
	}()
}
