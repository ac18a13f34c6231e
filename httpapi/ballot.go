package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

// Receipt says that a ballot is in the box, in a form that its voter can check without us (coopspace receipt FILE). It
// shows the choice to whoever is shown it.
type Receipt struct {
	Poll   governance.PollID   `json:"poll"`
	Member governance.MemberID `json:"member"`
	Rev    uint64              `json:"rev" doc:"Which ballot of this member: 1, then one more with each change. Name it to change the ballot."`
	At     time.Time           `json:"at" doc:"When it was accepted."`
	Record []byte              `json:"record" doc:"The ballot as it lies in the box: a leaf of the tree."`
	Index  int64               `json:"index" doc:"Of the leaf in the tree of its batch."`
	Proof  []string            `json:"proof" nullable:"false" doc:"Of inclusion, as in RFC 6962, base64."`
	Signed string              `json:"signed" doc:"A C2SP signed note: origin, size and root of the tree."`
}

func viewReceipt(r governance.Receipt) Receipt {
	out := Receipt{
		Poll: r.Poll, Member: r.Member, Rev: r.Rev, At: r.At, Record: r.Record, Index: r.Index, Proof: []string{}, Signed: r.Signed,
	}
	for _, h := range r.Proof {
		out.Proof = append(out.Proof, h.String())
	}
	return out
}

// Mine is one's own ballot, as it lies in the box.
type Mine struct {
	Member governance.MemberID `json:"member"`
	Choice voting.Choice       `json:"choice"`
	Weight voting.Weight       `json:"weight" doc:"Voices." example:"1"`
	Rev    uint64              `json:"rev" doc:"Name it to change the ballot."`
	At     time.Time           `json:"at"`
}

// NamedVote is who voted what.
type NamedVote struct {
	Member governance.MemberID `json:"member"`
	Name   string              `json:"name,omitempty" doc:"Absent once erased."`
	Choice voting.Choice       `json:"choice"`
	Weight voting.Weight       `json:"weight" doc:"Voices." example:"1"`
	At     time.Time           `json:"at"`
}

func viewNamedVote(v governance.NamedVote) NamedVote {
	choice, _ := v.Ballot.(voting.Choice)
	return NamedVote{Member: v.Member, Name: v.Name, Choice: choice, Weight: v.Weight, At: v.At}
}

// BoxProof proves that a ballot is in a counted box whose root is in the log.
type BoxProof struct {
	Record []byte   `json:"record" doc:"The ballot, as in its receipt."`
	Index  int64    `json:"index"`
	Size   int64    `json:"size"`
	Root   string   `json:"root" doc:"Base64; the poll has the same."`
	Proof  []string `json:"proof" nullable:"false" doc:"Of inclusion, as in RFC 6962, base64."`
}

func (s *server) ballots() {
	const tag = "Ballots"
	ps := s.coop.Polls

	type cast struct {
		Command
		Match
		Poll governance.PollID `path:"poll"`
		Body struct {
			Choice   voting.Choice `json:"choice" doc:"for, against, abstain, blank, or the key of an option." example:"for"`
			Replaces uint64        `json:"replaces,omitempty" doc:"The rev of the ballot that this one replaces, where the poll allows it; the same as If-Match."`
		}
	}
	o := op(http.MethodPut, "/v1/polls/{poll}/ballot", "cast-ballot", tag, "Cast your ballot, or replace it where the poll allows it")
	o.Middlewares = huma.Middlewares{s.plainBallot}
	o.Description = "With neither If-Match nor replaces it is a first ballot; if one lies in the box already it is refused. " +
		"Send an Idempotency-Key: a repeated request then has the same receipt, even after the close."
	register(s, o, func(ctx context.Context, in *cast) (*one[Receipt], error) {
		rev, err := in.revision()
		if err != nil {
			return nil, err
		}
		if rev != 0 && in.Body.Replaces != 0 && rev != in.Body.Replaces {
			return nil, ErrRequestInvalid.At("replaces", "says something else than If-Match")
		}
		var r governance.Receipt
		if rev = max(rev, in.Body.Replaces); rev == 0 {
			r, err = ps.Cast(ctx, in.actor(ctx), in.Poll, in.Body.Choice)
		} else {
			r, err = ps.Change(ctx, in.actor(ctx), in.Poll, in.Body.Choice, rev)
		}
		return &one[Receipt]{ETag: etag(r.Rev), Body: viewReceipt(r)}, err
	})

	register(s, op(http.MethodGet, "/v1/polls/{poll}/ballot", "read-ballot", tag, "Read your own ballot"),
		func(ctx context.Context, in *OfPoll) (*one[Mine], error) {
			m, err := ps.Mine(ctx, in.actor(ctx), in.Poll)
			choice, _ := m.Ballot.(voting.Choice)
			return &one[Mine]{
				ETag: etag(m.Rev), Body: Mine{Member: m.Member, Choice: choice, Weight: m.Weight, Rev: m.Rev, At: m.At},
			}, err
		})

	type proof struct{ Body BoxProof }
	register(s, op(http.MethodGet, "/v1/polls/{poll}/ballot/proof", "prove-ballot", tag, "Prove that your ballot is in the box that was counted"),
		func(ctx context.Context, in *OfPoll) (*proof, error) {
			b, err := ps.Proof(ctx, in.actor(ctx), in.Poll)
			out := BoxProof{Record: b.Record, Index: b.Index, Size: b.Size, Root: b.Root.String(), Proof: []string{}}
			for _, h := range b.Proof {
				out.Proof = append(out.Proof, h.String())
			}
			return &proof{out}, err
		})
}
