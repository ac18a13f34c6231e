package httpapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store/bolt"
	"github.com/communecter/coopspace/voting"
)

// registerOf writes the table of members 1 to n, the first of whom is chair.
func registerOf(n int) string {
	var b strings.Builder
	b.WriteString("id;nom;courriel;rôles\n")
	for i := 1; i <= n; i++ {
		role := ""
		if i == 1 {
			role = "chair"
		}
		fmt.Fprintf(&b, "%d;Membre %d;membre%d@example.org;%s\n", i, i, i, role)
	}
	return b.String()
}

func member(i int) string { return fmt.Sprintf("person:register:%d", i) }

// choiceOf is what a member votes in the journey: 100 for, 30 against, 20 abstain.
func choiceOf(i int) string {
	switch {
	case i <= 100:
		return "for"
	case i <= 130:
		return "against"
	}
	return "abstain"
}

// plain makes every kind of space an ordinary one, so that sentences can be compared as they are read.
func plain(s string) string { return strings.Join(strings.Fields(s), " ") }

// A whole decision, as a cooperative lives it: a space, its register, a proposal, a vote at which 150 people cast at once,
// the close at its time, a verdict that says why, a resolution, what carries it out, and the proofs that anyone can check.
func TestJourney(t *testing.T) {
	t.Parallel()
	st, err := bolt.Open(filepath.Join(t.TempDir(), "coop.db"), nil)
	require.NoError(t, err)
	s := newSite(t, st).listen(t)
	const voters = 150

	var space Space
	t.Run("the host founds a space", func(t *testing.T) {
		a := s.ask(t, "host", "POST", "/v1/spaces", map[string]any{"name": "Jardins du Piton", "zone": "Indian/Reunion"}, "Idempotency-Key", "found-1")
		a.is(t, 201, &space)
		require.Equal(t, "jardins-du-piton", space.Slug)
		require.Equal(t, "spaces/"+string(space.ID), a.header.Get("Location"))
		require.NotEmpty(t, a.header.Get("ETag"))
		t.Run("asked again, it is the same space", func(t *testing.T) {
			var again Space
			s.ask(t, "host", "POST", "/v1/spaces", map[string]any{"name": "Jardins du Piton", "zone": "Indian/Reunion"}, "Idempotency-Key", "found-1").is(t, 201, &again)
			require.Equal(t, space.ID, again.ID)
		})
		t.Run("a member founds none", func(t *testing.T) {
			s.ask(t, member(1), "POST", "/v1/spaces", map[string]any{"name": "Mon espace"}).refused(t, 403, "auth.not_permitted")
		})
	})
	at := "/v1/spaces/" + string(space.ID)

	t.Run("the register brings 200 members", func(t *testing.T) {
		var rep ImportReport
		s.ask(t, "host", "POST", at+"/members/import?check=true", registerOf(200), "Content-Type", "text/csv").is(t, 200, &rep)
		require.Equal(t, ImportReport{Rows: 200}, rep)
		rep = ImportReport{}
		s.ask(t, "host", "POST", at+"/members/import", registerOf(200), "Content-Type", "text/csv").is(t, 200, &rep)
		require.Equal(t, ImportReport{Rows: 200, Admitted: 200}, rep)
		t.Run("brought again, they stay as they are", func(t *testing.T) {
			var rep ImportReport
			s.ask(t, "host", "POST", at+"/members/import", registerOf(200), "Content-Type", "text/csv").is(t, 200, &rep)
			require.Equal(t, 0, rep.Admitted)
			require.Equal(t, 200, rep.Known)
		})
		t.Run("a list comes in parts", func(t *testing.T) {
			seen := map[governance.MemberID]bool{}
			path := at + "/members?standing=active&limit=90"
			for parts := 1; ; parts++ {
				var p page[Member]
				a := s.ask(t, "host", "GET", path, nil).is(t, 200, &p)
				for _, m := range p.Items {
					require.False(t, seen[m.ID])
					seen[m.ID] = true
				}
				if p.Next == "" {
					require.Empty(t, a.header.Get("Link"))
					require.Equal(t, 3, parts)
					break
				}
				link := a.header.Get("Link")
				require.Regexp(t, `^<\?.*>; rel="next"$`, link)
				path = at + "/members" + strings.TrimPrefix(strings.TrimSuffix(link, `>; rel="next"`), "<")
			}
			require.Len(t, seen, 200)
		})
		t.Run("a stranger may not see them", func(t *testing.T) {
			s.ask(t, "person:elsewhere:9", "GET", at+"/members", nil).refused(t, 404, "space.unknown")
		})
	})

	var proposal Proposal
	t.Run("a member puts a proposal", func(t *testing.T) {
		s.ask(t, member(7), "POST", at+"/proposals", map[string]any{
			"title": "Un composteur place du marché", "body": "Installer deux bacs de 600 litres.",
		}, "Idempotency-Key", "composteur").is(t, 201, &proposal)
		require.EqualValues(t, "in_debate", proposal.State)
		t.Run("and mends its text", func(t *testing.T) {
			path := "/v1/proposals/" + string(proposal.ID)
			a := s.ask(t, member(7), "PUT", path, map[string]any{
				"title": "Un composteur place du marché", "body": "Installer trois bacs de 600 litres.",
			}, "If-Match", etag(proposal.Revision)).is(t, 200, &proposal)
			require.Equal(t, 2, proposal.Versions)
			require.Equal(t, etag(proposal.Revision), a.header.Get("ETag"))
			var versions struct{ Items []TextVersion }
			s.ask(t, member(8), "GET", path+"/versions", nil).is(t, 200, &versions)
			require.Equal(t, "Installer deux bacs de 600 litres.", versions.Items[0].Body)
		})
		t.Run("over what has changed since, nothing is written", func(t *testing.T) {
			s.ask(t, member(7), "PUT", "/v1/proposals/"+string(proposal.ID), map[string]any{"title": "Autre chose"}, "If-Match", `"1"`).
				refused(t, 412, "record.changed")
		})
		t.Run("another member does not write it", func(t *testing.T) {
			s.ask(t, member(8), "PUT", "/v1/proposals/"+string(proposal.ID), map[string]any{"title": "Autre chose"}).
				refused(t, 403, "auth.not_permitted")
		})
	})

	closes := s.clock.now().Add(10 * time.Hour)
	var poll Poll
	t.Run("the chair opens the vote", func(t *testing.T) {
		in := map[string]any{
			"rule": map[string]any{
				"quorum":    map[string]any{"count": "cast", "of": "entitled", "fraction": "1/3"},
				"threshold": map[string]any{"of": "expressed", "fraction": "2/3"},
			},
			"names":  true,
			"closes": map[string]any{"local": "2026-11-23T22:00"},
		}
		t.Run("nobody else does", func(t *testing.T) {
			s.ask(t, member(7), "POST", "/v1/proposals/"+string(proposal.ID)+"/polls", in).refused(t, 403, "auth.not_permitted")
		})
		s.ask(t, member(1), "POST", "/v1/proposals/"+string(proposal.ID)+"/polls", in).is(t, 201, &poll)
		require.EqualValues(t, "open", poll.State)
		require.EqualValues(t, 200, poll.Entitled.Seats)
		require.True(t, closes.Equal(poll.Closes.At), "22 h in Réunion: %s", poll.Closes.At)
		require.Equal(t, "2026-11-23T22:00", poll.Closes.Typed)
		t.Run("a second vote on it waits", func(t *testing.T) {
			s.ask(t, member(1), "POST", "/v1/proposals/"+string(proposal.ID)+"/polls", in).refused(t, 409, "proposal.state")
		})
		t.Run("the text is frozen", func(t *testing.T) {
			s.ask(t, member(7), "PUT", "/v1/proposals/"+string(proposal.ID), map[string]any{"title": "Autre chose"}).
				refused(t, 409, "proposal.frozen")
		})
	})
	ballot := "/v1/polls/" + string(poll.ID) + "/ballot"

	receipts := make([]governance.Receipt, voters+1)
	t.Run("150 members vote at once", func(t *testing.T) {
		var all sync.WaitGroup
		for i := 1; i <= voters; i++ {
			times := 1
			if i%10 == 0 {
				times = 2 // an impatient thumb: the same request twice, side by side
			}
			for range times {
				all.Go(func() {
					a := s.ask(t, member(i), "PUT", ballot, map[string]any{"choice": choiceOf(i)}, "Idempotency-Key", fmt.Sprintf("vote-%d", i))
					var r governance.Receipt
					if a.status != 200 {
						t.Errorf("member %d: %d %s", i, a.status, a.body)
						return
					}
					if err := json.Unmarshal(a.body, &r); err != nil || r.Rev != 1 {
						t.Errorf("member %d: %s", i, a.body)
					}
					if times == 1 {
						receipts[i] = r
					}
				})
			}
		}
		all.Wait()
		var now Poll
		s.ask(t, member(200), "GET", "/v1/polls/"+string(poll.ID), nil).is(t, 200, &now)
		require.Equal(t, voters, *now.Turnout)
		require.Nil(t, now.Result, "nothing of a running result leaves")
		require.Nil(t, now.Verdict)

		t.Run("one of them looks at their ballot", func(t *testing.T) {
			var mine Mine
			s.ask(t, member(3), "GET", ballot, nil).is(t, 200, &mine)
			require.Equal(t, voting.For, mine.Choice)
		})
		t.Run("a second ballot is refused", func(t *testing.T) {
			s.ask(t, member(3), "PUT", ballot, map[string]any{"choice": "against"}).refused(t, 409, "ballot.already_cast")
		})
		t.Run("the key of the first with another choice is refused", func(t *testing.T) {
			s.ask(t, member(3), "PUT", ballot, map[string]any{"choice": "against"}, "Idempotency-Key", "vote-3").refused(t, 409, "journal.key_reused")
		})
		t.Run("a change is refused where the rule allows none", func(t *testing.T) {
			s.ask(t, member(3), "PUT", ballot, map[string]any{"choice": "against"}, "If-Match", `"1"`).refused(t, 409, "ballot.final")
		})
		t.Run("somebody who is no member is not on the roll", func(t *testing.T) {
			s.ask(t, "person:elsewhere:9", "PUT", ballot, map[string]any{"choice": "for"}).refused(t, 403, "poll.not_on_roll")
		})
		t.Run("nobody signs in first", func(t *testing.T) {
			s.ask(t, "", "PUT", ballot, map[string]any{"choice": "for"}).refused(t, 401, "auth.required")
		})
		t.Run("a choice that is not offered", func(t *testing.T) {
			s.ask(t, member(160), "PUT", ballot, map[string]any{"choice": "maybe"}).refused(t, 422, "ballot.not_offered")
		})
		t.Run("the chair does not close it before its time", func(t *testing.T) {
			s.ask(t, member(1), "POST", "/v1/polls/"+string(poll.ID)+"/close", nil).refused(t, 409, "poll.timed")
		})
		t.Run("nobody sees who voted what yet", func(t *testing.T) {
			s.ask(t, "host", "GET", "/v1/polls/"+string(poll.ID)+"/roll-call", nil).refused(t, 403, "poll.not_visible")
			s.ask(t, "host", "GET", "/v1/polls/"+string(poll.ID)+"/export", nil).refused(t, 403, "poll.not_visible")
			s.ask(t, member(3), "GET", ballot+"/proof", nil).refused(t, 403, "poll.not_visible")
		})
	})

	t.Run("the close comes at its time", func(t *testing.T) {
		s.clock.set(closes.Add(-time.Microsecond))
		require.NoError(t, s.coop.RunDue(t.Context()))
		s.ask(t, member(200), "GET", "/v1/polls/"+string(poll.ID), nil).is(t, 200, &poll)
		require.EqualValues(t, "open", poll.State, "not a moment before")
		s.clock.set(closes)
		t.Run("a ballot at the closing time is too late, before anything was closed", func(t *testing.T) {
			s.ask(t, member(160), "PUT", ballot, map[string]any{"choice": "for"}).refused(t, 409, "poll.closed")
		})
		require.NoError(t, s.coop.RunDue(t.Context()))
		s.ask(t, member(200), "GET", "/v1/polls/"+string(poll.ID), nil).is(t, 200, &poll)
		require.EqualValues(t, "counted", poll.State)
		t.Run("later ballots are refused", func(t *testing.T) {
			for i := 161; i <= 165; i++ {
				p := s.ask(t, member(i), "PUT", ballot, map[string]any{"choice": "for"}).refused(t, 409, "poll.closed")
				require.NotContains(t, p.Detail, "The", "a French answer is French: %s", p.Detail)
			}
		})
		t.Run("a request whose answer was lost is answered still", func(t *testing.T) {
			var again governance.Receipt
			s.ask(t, member(3), "PUT", ballot, map[string]any{"choice": "for"}, "Idempotency-Key", "vote-3").is(t, 200, &again)
			require.Equal(t, receipts[3].Record, again.Record)
		})
	})

	t.Run("the verdict explains itself", func(t *testing.T) {
		require.EqualValues(t, 100, poll.Result.Of(voting.For).Seats)
		require.EqualValues(t, 30, poll.Result.Of(voting.Against).Seats)
		require.EqualValues(t, 20, poll.Result.Abstain.Seats)
		require.Equal(t, voting.Adopted, poll.Verdict.Outcome)
		const (
			fr = "Adoptée. 100 voix pour sur 130 exprimées, soit 76,92\u00a0% ; il en fallait 87 (deux tiers). " +
				"Les 20 abstentions comptent pour le quorum, pas pour la majorité."
			en = "Adopted. 100 of 130 votes cast for or against were in favour, 76.92 %; 87 were needed (two thirds). " +
				"The 20 abstentions count for the quorum, not for the majority."
			de = "Angenommen. 100 von 130 Ja- und Nein-Stimmen waren dafür, das sind 76,92 %; nötig waren 87 (zwei Drittel). " +
				"Die 20 Enthaltungen zählen für die Beschlussfähigkeit, nicht für die Mehrheit."
		)
		for lang, want := range map[string]string{
			"": fr, "fr-RE,fr;q=0.9": fr, "en-GB": en, "de-AT, en;q=0.5": de, "ja, de;q=0.2, *;q=0": de,
		} {
			var p Poll
			a := s.ask(t, member(200), "GET", "/v1/polls/"+string(poll.ID), nil, "Accept-Language", lang).is(t, 200, &p)
			require.Equal(t, plain(want), plain(p.Verdict.Explanation), lang)
			require.Contains(t, []string{"fr", "en", "de"}, a.header.Get("Content-Language"))
		}
		require.NotEmpty(t, poll.Verdict.Why)
	})

	var resolution Resolution
	t.Run("the resolution has number 1 of the year", func(t *testing.T) {
		var list page[Resolution]
		s.ask(t, member(200), "GET", at+"/resolutions?year=2026", nil).is(t, 200, &list)
		require.Len(t, list.Items, 1)
		resolution = list.Items[0]
		require.Equal(t, "2026-01", resolution.Label)
		require.Equal(t, "Installer trois bacs de 600 litres.", resolution.Body)
		s.ask(t, member(200), "GET", "/v1/proposals/"+string(proposal.ID), nil).is(t, 200, &proposal)
		require.EqualValues(t, "adopted", proposal.State)
		require.Equal(t, resolution.ID, proposal.Resolution)
	})

	t.Run("two actions carry it out", func(t *testing.T) {
		var who page[Member]
		s.ask(t, member(1), "GET", at+"/members?limit=2", nil).is(t, 200, &who)
		var buy, dig Action
		s.ask(t, member(1), "POST", at+"/actions", map[string]any{
			"resolution": resolution.ID, "title": "Acheter les bacs", "assignees": []any{who.Items[1].ID},
			"due": map[string]any{"local": "2026-12-15"},
		}).is(t, 201, &buy)
		s.ask(t, member(1), "POST", at+"/actions", map[string]any{"resolution": resolution.ID, "title": "Creuser la dalle"}).is(t, 201, &dig)
		require.EqualValues(t, "todo", dig.State)
		s.ask(t, member(9), "POST", "/v1/actions/"+string(dig.ID)+"/take", nil).is(t, 200, &dig)
		require.Len(t, dig.Assignees, 1)
		t.Run("a member does not give work to another", func(t *testing.T) {
			s.ask(t, member(9), "PUT", "/v1/actions/"+string(dig.ID)+"/assignees", map[string]any{"assignees": []any{who.Items[1].ID}}).
				refused(t, 403, "auth.not_permitted")
		})
		s.ask(t, member(9), "POST", "/v1/actions/"+string(dig.ID)+"/progress", map[string]any{"state": "doing", "progress": 40}).is(t, 200, &dig)
		require.Equal(t, 40, dig.Progress)
		for _, x := range []Action{buy, dig} {
			s.ask(t, member(1), "POST", "/v1/actions/"+string(x.ID)+"/progress", map[string]any{"state": "done"}).is(t, 200, &x)
			require.EqualValues(t, "done", x.State)
			require.Equal(t, 100, x.Progress)
		}
		var done page[Action]
		s.ask(t, member(200), "GET", at+"/actions?state=done", nil).is(t, 200, &done)
		require.Len(t, done.Items, 2)
	})

	t.Run("the space is what its log says", func(t *testing.T) {
		var v Verification
		s.ask(t, member(200), "GET", at+"/verification", nil).is(t, 200, &v)
		require.True(t, v.OK, "%v", v.Problems)
		require.Empty(t, v.Problems)
		require.Equal(t, voters, v.Ballots)
	})

	var key Key
	t.Run("the receipts prove what they say", func(t *testing.T) {
		s.ask(t, "", "GET", "/v1/key", nil).is(t, 200, &key)
		for i, r := range receipts {
			if r.Poll == "" {
				continue
			}
			b, w, err := r.Check(key.Key)
			require.NoError(t, err)
			require.EqualValues(t, choiceOf(i), b)
			require.Equal(t, voting.Voice, w)
		}
		t.Run("a ballot is proven to be in the box", func(t *testing.T) {
			var p governance.BoxProof
			s.ask(t, member(3), "GET", ballot+"/proof", nil).is(t, 200, &p)
			require.Equal(t, poll.Root, p.Root.String())
			require.NoError(t, p.Check(p.Root))
			require.Equal(t, receipts[3].Record, p.Record)
		})
		t.Run("one that was changed proves nothing", func(t *testing.T) {
			r := receipts[3]
			r.Record = bytes.Replace(r.Record, []byte("for"), []byte("fur"), 1)
			r.Rev++
			_, _, err := r.Check(key.Key)
			require.ErrorIs(t, err, governance.ErrReceipt)
		})
	})

	t.Run("who voted what is published, as the rule says", func(t *testing.T) {
		var all page[NamedVote]
		s.ask(t, member(200), "GET", "/v1/polls/"+string(poll.ID)+"/roll-call?limit=200", nil).is(t, 200, &all)
		require.Len(t, all.Items, voters)
		require.NotEmpty(t, all.Items[0].Name)
	})

	t.Run("anyone recounts the export", func(t *testing.T) {
		a := s.ask(t, member(200), "GET", "/v1/polls/"+string(poll.ID)+"/export", nil).is(t, 200, nil)
		require.Equal(t, "application/x-ndjson", a.header.Get("Content-Type"))
		got, err := governance.Recount(bytes.NewReader(a.body))
		require.NoError(t, err)
		require.True(t, got.Rooted)
		require.Equal(t, key.Key, got.Key)
		require.Equal(t, *poll.Result, got.Result)
		require.Equal(t, voting.Adopted, got.Verdict.Outcome)
		t.Run("one in which a line was lost does not add up", func(t *testing.T) {
			lines := bytes.SplitAfter(a.body, []byte("\n"))
			_, err := governance.Recount(bytes.NewReader(bytes.Join(lines[:len(lines)-2], nil)))
			require.ErrorIs(t, err, governance.ErrExport)
		})
	})

	t.Run("the log is signed, and only ever added to", func(t *testing.T) {
		a := s.ask(t, member(200), "GET", at+"/log/checkpoint", nil).is(t, 200, nil)
		lines := strings.Split(string(a.body), "\n")
		require.Equal(t, "coop.example.org/"+string(space.ID), lines[0])
		var size int64
		_, err := fmt.Sscan(lines[1], &size)
		require.NoError(t, err)
		var p Proof
		s.ask(t, member(200), "GET", fmt.Sprintf("%s/log/consistency?size=%d&earlier=5", at, size), nil).is(t, 200, &p)
		require.NotEmpty(t, p.Proof)
		s.ask(t, member(200), "GET", fmt.Sprintf("%s/log/inclusion?size=%d&position=1", at, size), nil).is(t, 200, &p)
		require.NotEmpty(t, p.Proof)
		_, err = base64.StdEncoding.DecodeString(p.Proof[0])
		require.NoError(t, err)
		tile := s.ask(t, member(200), "GET", fmt.Sprintf("%s/log/tiles/0/0?width=%d", at, min(size, 256)), nil).is(t, 200, nil)
		require.Len(t, tile.body, 32*int(min(size, 256)))
		t.Run("a size that it does not have", func(t *testing.T) {
			s.ask(t, member(200), "GET", fmt.Sprintf("%s/log/consistency?size=%d&earlier=5", at, size+1000), nil).refused(t, 422, "journal.size")
		})
		t.Run("a stranger does not see it", func(t *testing.T) {
			s.ask(t, "person:elsewhere:9", "GET", at+"/log/checkpoint", nil).refused(t, 404, "space.unknown")
		})
	})
	require.Equal(t, http.StatusOK, s.ask(t, "", "GET", "/v1/openapi.json", nil).status)
}
