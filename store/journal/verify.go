package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// Report is what Verify found in a space.
type Report struct {
	Space    store.SpaceID `json:"space"`
	Entries  int64         `json:"entries"`
	Root     Hash          `json:"root"`
	Records  int           `json:"records"`            // folded records compared
	Texts    int           `json:"texts"`              // side texts checked against their commitments
	Skipped  []string      `json:"skipped,omitempty"`  // events of modules that this program does not know
	Signed   int64         `json:"signed"`             // the size of the last checkpoint kept, 0 without one
	Epoch    string        `json:"epoch,omitempty"`    // that the log is in; empty as long as it was never restored from a copy
	Problems []Problem     `json:"problems,omitempty"` // empty when all is well
}

// OK tells whether nothing is wrong.
func (r *Report) OK() bool { return len(r.Problems) == 0 }

// Problem is one thing that is not as the log says.
type Problem struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// maxProblems bounds a report: a file that was tampered with wholesale needs no complete list.
const maxProblems = 100

func (r *Report) problem(where, format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, Problem{Where: where, What: fmt.Sprintf(format, args...)})
	}
}

// Verify reads the whole log of a space, folds it, and compares: the entries' order, times and canonical form; the
// Merkle tree with the stored edge, tiles and last signed checkpoint; the folded states with the stored records and
// their index keys, in both directions; the side texts with their commitments. It holds all folded records of the space
// in memory. Records of an older program are folded anew first, as before any use; those of a newer one cannot be
// compared, which is a problem too. The error is for a store that cannot be read; what is wrong in it is in the report.
func (j *Journal) Verify(ctx context.Context, space store.SpaceID) (Report, error) {
	rep := Report{Space: space}
	if err := j.prepare(ctx, space); err != nil {
		if ctx.Err() != nil {
			return rep, err
		}
		rep.problem("records", "they cannot be folded anew: %v", err)
	}
	err := j.st.View(ctx, space, func(r store.Reader) error {
		v := verifier{j: j, r: r, rep: &rep, made: map[string]store.Record{}}
		for _, step := range []func() error{v.log, v.records, v.texts} {
			switch err := step(); {
			case errors.Is(err, store.ErrForeign):
				rep.problem("store", "%v", err)
				return nil
			case err != nil:
				return err
			}
		}
		return nil
	})
	return rep, err
}

// verifier is one Verify at work.
type verifier struct {
	j    *Journal
	r    store.Reader
	rep  *Report
	head head
	made map[string]store.Record // kind, zero byte, id -> what folding gives
	rows []row                   // by level
}

// log walks the entries and compares the tree they make.
func (v *verifier) log() error {
	var err error
	if v.head, err = readHead(v.r); err != nil {
		v.rep.problem("head", "%v", err)
	}
	signed, _, err := v.j.lastCheckpoint(v.r)
	if err != nil {
		v.rep.problem("checkpoint", "%v", err)
	}
	origin, err := v.j.origin(v.r, v.rep.Space, signed.Size)
	if err != nil {
		v.rep.problem("log", "%v", err)
	}
	if signed.Size > 0 && signed.Origin != origin {
		v.rep.problem("checkpoint", "it speaks of %s", signed.Origin)
	}
	v.rep.Signed = signed.Size
	var edge Edge
	var last store.Position
	seen := head{Folds: map[string]int{}}
	skipped := map[string]bool{}
	for raw, err := range v.r.Events(0) {
		if err != nil {
			return err
		}
		where := fmt.Sprintf("entry %d", raw.Position)
		if raw.Position != last+1 {
			v.rep.problem(where, "it follows entry %d", last)
		}
		last = raw.Position
		if err := v.fill(0, edge.Add(raw.Body)); err != nil {
			return err
		}
		if edge.Size == signed.Size && edge.Root() != signed.Root {
			v.rep.problem("checkpoint", "the log is not the one that was signed at %d entries", signed.Size)
		}
		e, err := v.j.parse(raw)
		if err != nil {
			v.rep.problem(where, "%v", err)
			continue
		}
		if e.At.Before(seen.At) {
			v.rep.problem(where, "it happened before the entry before it")
		}
		kind := nounIn(e.Name)
		seen.At = e.At
		seen.saw(e)
		seen.Folds[kind] = v.head.Folds[kind]
		if e.Event == nil {
			skipped[e.Module+" "+e.Name] = true
			continue
		}
		n := v.j.known.nouns[kind]
		seen.Folds[kind] = n.foldVersion()
		id := kind + "\x00" + e.Subject
		rec, err := n.apply(v.made[id], e)
		if err != nil {
			v.rep.problem(where, "%v", err)
			continue
		}
		v.made[id] = rec
	}
	if s, err := readLog(v.r); err == nil {
		v.rep.Epoch = s.at(edge.Size)
	}
	v.rep.Entries, v.rep.Root, v.rep.Skipped = edge.Size, edge.Root(), slices.Sorted(maps.Keys(skipped))
	if edge.Size != v.head.Edge.Size || !slices.Equal(edge.Hashes, v.head.Edge.Hashes) {
		v.rep.problem("head", "the log has %d entries with root %s, the head says %d with %s",
			edge.Size, edge.Root(), v.head.Edge.Size, v.head.Edge.Root())
	}
	if !seen.At.Equal(v.head.At) || !slices.Equal(seen.Names, v.head.Names) {
		v.rep.problem("head", "its time or its list of events is not the log's")
	}
	if _, newer := v.j.compare(v.head); !newer && !maps.Equal(seen.Folds, v.head.Folds) {
		v.rep.problem("head", "its list of folds is not the log's")
	}
	if signed.Size > edge.Size {
		v.rep.problem("checkpoint", "%d entries were signed, the log has %d", signed.Size, edge.Size)
	}
	return v.lastTiles()
}

// row is the tile of one level that is being filled.
type row struct {
	n    int64 // which one
	data []byte
}

// fill puts a hash into a level's tile; a full tile is compared with the one stored, and its root goes up a level.
func (v *verifier) fill(level int, h Hash) error {
	if level == len(v.rows) {
		v.rows = append(v.rows, row{})
	}
	w := &v.rows[level]
	if w.data = append(w.data, h[:]...); len(w.data) < tileWidth*tlog.HashSize {
		return nil
	}
	if err := v.tile(tileID(level, w.n), w.data); err != nil {
		return err
	}
	root := tileRoot(w.data)
	w.n, w.data = w.n+1, w.data[:0]
	return v.fill(level+1, root)
}

// tile compares a tile with the one stored.
func (v *verifier) tile(id string, data []byte) error {
	rec, err := v.r.Get(tileKind, id)
	if err != nil && !errors.Is(err, store.ErrNoRecord) {
		return err
	}
	if !bytes.Equal(rec.Body, data) {
		v.rep.problem("tile "+id, "it is not what the log gives")
	}
	return nil
}

// lastTiles compares the tiles that are not full, and names stored ones that the log does not give.
func (v *verifier) lastTiles() error {
	known := map[string]bool{}
	for level, w := range v.rows {
		for n := range w.n {
			known[tileID(level, n)] = true
		}
		if level > 0 && len(w.data) > 0 {
			known[tileID(level, w.n)] = true
			if err := v.tile(tileID(level, w.n), w.data); err != nil {
				return err
			}
		}
	}
	for rec, err := range v.r.List(store.Query{Kind: tileKind}) {
		if err != nil {
			return err
		}
		if !known[rec.ID] {
			v.rep.problem("tile "+rec.ID, "the log does not give it")
		}
	}
	return nil
}

// records compares the folded states with what is stored, both ways.
func (v *verifier) records() error {
	if _, newer := v.j.compare(v.head); newer {
		v.rep.problem("records", "a newer version of the program wrote here, and it alone can compare them")
		return nil
	}
	for _, kind := range slices.Sorted(maps.Keys(v.j.known.nouns)) {
		for rec, err := range v.r.List(store.Query{Kind: kind}) {
			if err != nil {
				return err
			}
			id := kind + "\x00" + rec.ID
			made, ok := v.made[id]
			delete(v.made, id)
			v.rep.Records++
			switch {
			case !ok:
				v.rep.problem(kind+"/"+rec.ID, "no event made it")
			case rec.Side:
				v.rep.problem(kind+"/"+rec.ID, "it is marked as removable")
			case !bytes.Equal(made.Body, rec.Body):
				v.rep.problem(kind+"/"+rec.ID, "it is not what its events give")
			case !sameKeys(made.Keys, rec.Keys):
				v.rep.problem(kind+"/"+rec.ID, "its index keys are not what its events give")
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(v.made)) {
		v.rep.problem(v.made[id].Kind+"/"+v.made[id].ID, "its events are in the log, it is not stored")
	}
	return nil
}

// sameKeys compares two sets of index keys.
func sameKeys(a, b []store.Key) bool {
	set := func(keys []store.Key) []string {
		var out []string
		for _, k := range keys {
			out = append(out, k.Index+"\x00"+string(k.Bytes))
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	return slices.Equal(set(a), set(b))
}

// texts checks each side text that is still there.
func (v *verifier) texts() error {
	for rec, err := range v.r.List(store.Query{Kind: textKind}) {
		if err != nil {
			return err
		}
		v.rep.Texts++
		if err := openText(Commitment(rec.ID), rec.Body, nil); err != nil {
			v.rep.problem("text "+rec.ID, "it does not match its commitment")
		}
	}
	return nil
}

// ErrVerify is a space whose records are not what its log says.
var ErrVerify = fault.New(fault.Internal, "journal.verify", "the space is not what its log says")

// Err gives the report as an error: nil when all is well, ErrVerify with the problems as places otherwise.
func (r *Report) Err() error {
	if r.OK() {
		return nil
	}
	err := ErrVerify
	for _, p := range r.Problems {
		err = err.At(p.Where, p.What)
	}
	return err
}
