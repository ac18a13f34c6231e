package governance

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// Receipt says that a ballot is in the box, in a form that its voter can check without us: the record of the ballot is a
// leaf of a Merkle tree over everything that one commit made durable, and the tree's root is signed by the instance.
// The same record is a leaf of the box's own tree, whose root is in the log once the votes are counted.
//
// It proves that the instance accepted this ballot. It also shows the choice to whoever is shown the receipt.
type Receipt struct {
	Poll   PollID         `json:"poll"`
	Member MemberID       `json:"member"` // the seat
	Rev    uint64         `json:"rev"`    // which ballot of this seat: 1, then one more with each change
	At     time.Time      `json:"at"`     // when it was accepted
	Record []byte         `json:"record"` // the leaf: docs/life-of-a-ballot.md has its form
	Index  int64          `json:"index"`  // of the leaf in the tree
	Proof  []journal.Hash `json:"proof"`  // of inclusion, as in RFC 6962
	Signed string         `json:"signed"` // a C2SP signed note: origin, size and root of the tree
}

// ErrReceipt is a receipt that proves nothing.
var ErrReceipt = fault.New(fault.Invalid, "receipt.unproven", "the receipt does not prove what it says")

// recordMark begins the record of every ballot.
const recordMark = "coopspace ballot 1\n"

// appendRecord writes a ballot as a leaf: the mark, space and poll each with a line feed, key length (1) and key,
// rank (1), rev (8, big-endian), then the body.
func appendRecord(dst []byte, b store.Ballot) []byte {
	dst = append(dst, recordMark...)
	dst = append(append(dst, b.Space...), '\n')
	dst = append(append(dst, b.Poll...), '\n')
	dst = append(append(dst, byte(len(b.Key))), b.Key...)
	dst = append(dst, b.Rank)
	dst = binary.BigEndian.AppendUint64(dst, b.Rev)
	return append(dst, b.Body...)
}

// readRecord reads a leaf.
func readRecord(rec []byte) (store.Ballot, error) {
	rest, ok := strings.CutPrefix(string(rec), recordMark)
	space, rest, ok2 := strings.Cut(rest, "\n")
	poll, rest, ok3 := strings.Cut(rest, "\n")
	if !ok || !ok2 || !ok3 || len(rest) < 1 || len(rest) < 1+int(rest[0])+9 {
		return store.Ballot{}, ErrReceipt.At("record", "cannot be read")
	}
	n := 1 + int(rest[0])
	return store.Ballot{
		Space: store.SpaceID(space), Poll: poll, Key: []byte(rest[1:n]), Rank: rest[n],
		Rev: binary.BigEndian.Uint64([]byte(rest[n+1 : n+9])), Body: []byte(rest[n+9:]),
	}, nil
}

// signedBatch is what one commit's callers share.
type signedBatch struct {
	records [][]byte // of the ballots, in their order
	tree    journal.Tree
	signed  string
}

// receipt makes a voter's receipt. The first caller of a batch makes its tree and signs its root.
func (c *Coop) receipt(got store.Entered) (Receipt, error) {
	v, err := got.Batch.Memo(func() (any, error) {
		records := make([][]byte, len(got.Batch.Ballots))
		leaves := make([]journal.Hash, len(records))
		for i, b := range got.Batch.Ballots {
			records[i] = appendRecord(make([]byte, 0, 256), b)
			leaves[i] = journal.LeafHash(records[i])
		}
		tree := journal.NewTree(leaves)
		signed, err := c.j.Sign(batchText(c.j.Verifier().Name(), tree.Size(), tree.Root()))
		return &signedBatch{records: records, tree: tree, signed: string(signed)}, err
	})
	if err != nil {
		return Receipt{}, err
	}
	batch := v.(*signedBatch)
	proof, err := batch.tree.Prove(int64(got.Index))
	if err != nil {
		return Receipt{}, err
	}
	body, err := readBody(got.Ballot.Body)
	if err != nil {
		return Receipt{}, err
	}
	space := SpaceID(got.Ballot.Space)
	return Receipt{
		Poll: scoped[PollID](space, got.Ballot.Poll), Member: scoped[MemberID](space, uuid.UUID(got.Ballot.Key).String()),
		Rev: got.Ballot.Rev, At: body.At, Record: batch.records[got.Index], Index: int64(got.Index), Proof: proof,
		Signed: batch.signed,
	}, nil
}

// batchText is what is signed for a batch: as a checkpoint, of a log of its own that the root names, so that no two
// batches can be taken for two states of one log.
func batchText(origin string, size int64, root journal.Hash) string {
	return journal.Checkpoint{
		Origin: origin + "/ballots/" + base64.RawURLEncoding.EncodeToString(root[:12]), Size: size, Root: root,
	}.String()
}

// Check proves the receipt with the instance's public key (Coop.Key), and gives the choice and the weight it attests.
func (r Receipt) Check(key string) (voting.Ballot, voting.Weight, error) {
	v, err := newVerifier(key)
	if err != nil {
		return nil, 0, err
	}
	c, err := journal.OpenCheckpoint([]byte(r.Signed), v)
	if err != nil {
		return nil, 0, ErrReceipt.At("signed", "is not signed by this key").Wrap(err)
	}
	if c.String() != batchText(v.Name(), c.Size, c.Root) {
		return nil, 0, ErrReceipt.At("signed", "is no signature on ballots")
	}
	if err := journal.CheckInclusion(r.Proof, c.Size, c.Root, r.Index, r.Record); err != nil {
		return nil, 0, ErrReceipt.At("proof", "does not lead to the signed root").Wrap(err)
	}
	b, err := readRecord(r.Record)
	if err != nil {
		return nil, 0, err
	}
	space := SpaceID(b.Space)
	if len(b.Key) != 16 || scoped[PollID](space, b.Poll) != r.Poll ||
		scoped[MemberID](space, uuid.UUID(b.Key).String()) != r.Member || b.Rev != r.Rev {
		return nil, 0, ErrReceipt.At("record", "is of another ballot than the receipt says")
	}
	body, err := readBody(b.Body)
	if err != nil {
		return nil, 0, ErrReceipt.At("record", "holds no ballot").Wrap(err)
	}
	if !body.At.Equal(r.At) {
		return nil, 0, ErrReceipt.At("at", fmt.Sprintf("the record says %s", body.At))
	}
	return body.Ballot, body.Weight, nil
}
