package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Key is with what everything of this instance is signed.
type Key struct {
	Key string `json:"key" doc:"The public key, in the text form of signed notes. Keep it: receipts, checkpoints and exports are checked with it."`
}

// Verification is what verifying a space found.
type Verification struct {
	OK       bool      `json:"ok"`
	Entries  int64     `json:"entries" doc:"In the log."`
	Root     string    `json:"root" doc:"Of the log's tree, base64."`
	Records  int       `json:"records" doc:"Compared with what the log folds into."`
	Texts    int       `json:"texts" doc:"Checked against what the log commits to."`
	Polls    int       `json:"polls" doc:"Whose roll and box were checked; the counted ones were counted again."`
	Ballots  int       `json:"ballots" doc:"Checked against their rolls."`
	Signed   int64     `json:"signed" doc:"The size of the last signed checkpoint; 0 without one."`
	Epoch    string    `json:"epoch,omitempty" doc:"In which the log goes on, as at the end of its checkpoints' origin; absent as long as it was never restored from a copy."`
	Skipped  []string  `json:"skipped,omitempty" nullable:"false" doc:"Events of modules that this program does not know."`
	Problems []Finding `json:"problems" nullable:"false"`
}

// Finding is one thing that is not as the log says.
type Finding struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// Proof is a path in a tree.
type Proof struct {
	Proof []string `json:"proof" nullable:"false" doc:"Hashes as in RFC 6962, base64."`
}

// note is a signed text as an answer.
type note struct {
	Type string `header:"Content-Type"`
	Body []byte
}

// streamed describes an answer that is no JSON.
func streamed(contentType, description string) map[string]*huma.Response {
	s := &huma.Schema{Type: huma.TypeString}
	return map[string]*huma.Response{"200": {Description: description, Content: map[string]*huma.MediaType{contentType: {Schema: s}}}}
}

func (s *server) logs() {
	const tag = "Log"

	type nothing struct{ Reading }
	type key struct{ Body Key }
	register(s, op(http.MethodGet, "/v1/key", "read-key", tag, "Read the public key of this instance"),
		func(context.Context, *nothing) (*key, error) { return &key{Key{Key: s.coop.Key()}}, nil })

	type verification struct{ Body Verification }
	register(s, op(http.MethodGet, "/v1/spaces/{space}/verification", "verify-space", tag, "Check a space from the ground up: log, records, texts, rolls, boxes, counts"),
		func(ctx context.Context, in *InSpace) (*verification, error) {
			v, err := s.coop.Verify(ctx, in.actor(ctx), in.Space)
			if err != nil {
				return nil, err
			}
			out := Verification{
				OK: v.OK(), Entries: v.Entries, Root: v.Root.String(), Records: v.Records, Texts: v.Texts, Polls: v.Polls,
				Ballots: v.Ballots, Signed: v.Signed, Epoch: v.Epoch, Skipped: v.Skipped, Problems: []Finding{},
			}
			for _, p := range v.Problems {
				out.Problems = append(out.Problems, Finding(p))
			}
			return &verification{out}, nil
		})

	checkpoint := op(http.MethodGet, "/v1/spaces/{space}/log/checkpoint", "sign-checkpoint", tag, "Read a signed checkpoint of a space's log as it stands")
	checkpoint.Description = "A C2SP tlog-checkpoint. Kept elsewhere, it shows later whether the log was only ever added to."
	checkpoint.Responses = streamed("text/plain", "A signed note.")
	register(s, checkpoint, func(ctx context.Context, in *InSpace) (*note, error) {
		text, err := s.coop.Checkpoint(ctx, in.actor(ctx), in.Space)
		return &note{Type: "text/plain; charset=utf-8", Body: text}, err
	})

	type tile struct {
		InSpace
		Level int   `path:"level" minimum:"0" maximum:"7"`
		Index int64 `path:"index" minimum:"0"`
		Width int   `query:"width" minimum:"1" maximum:"256" default:"256" doc:"How many hashes: 256 but at the right edge."`
	}
	t := op(http.MethodGet, "/v1/spaces/{space}/log/tiles/{level}/{index}", "read-tile", tag, "Read a tile of a space's log: hashes, 32 bytes each")
	t.Description = "The bytes of a tile of height 8, as C2SP tlog-tiles lays them out."
	t.Responses = streamed("application/octet-stream", "Hashes of the level, from index*256 on.")
	register(s, t, func(ctx context.Context, in *tile) (*note, error) {
		data, err := s.coop.Tile(ctx, in.actor(ctx), in.Space, in.Level, in.Index, in.Width)
		return &note{Type: "application/octet-stream", Body: data}, err
	})

	type proof struct{ Body Proof }
	type inclusion struct {
		InSpace
		Size     int64 `query:"size" required:"true" minimum:"1" doc:"Of the log, as a checkpoint says."`
		Position int64 `query:"position" required:"true" minimum:"1" doc:"Of the entry, from 1."`
	}
	register(s, op(http.MethodGet, "/v1/spaces/{space}/log/inclusion", "prove-entry", tag, "Prove that an entry is in a space's log"),
		func(ctx context.Context, in *inclusion) (*proof, error) {
			p, err := s.coop.ProveEntry(ctx, in.actor(ctx), in.Space, in.Size, in.Position)
			return &proof{proofOf(p)}, err
		})
	type growth struct {
		InSpace
		Size    int64 `query:"size" required:"true" minimum:"1" doc:"Of the log now, as a checkpoint says."`
		Earlier int64 `query:"earlier" required:"true" minimum:"1" doc:"Of the log then, as an earlier checkpoint says."`
	}
	register(s, op(http.MethodGet, "/v1/spaces/{space}/log/consistency", "prove-growth", tag, "Prove that a space's log was only added to"),
		func(ctx context.Context, in *growth) (*proof, error) {
			p, err := s.coop.ProveGrowth(ctx, in.actor(ctx), in.Space, in.Size, in.Earlier)
			return &proof{proofOf(p)}, err
		})
}

// proofOf encodes hashes, which say their own base64.
func proofOf[H interface{ String() string }](hashes []H) Proof {
	out := Proof{Proof: []string{}}
	for _, h := range hashes {
		out.Proof = append(out.Proof, h.String())
	}
	return out
}
