package voting_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/voting"
)

// objecting is an objection as it must be: with its argument.
var objecting = voting.Reasoned{Choice: voting.Objection, Reason: "The cellar floods in spring."}

// answerOf gives the answer of a ballot that may have a reason.
func answerOf(b voting.Ballot) voting.Choice {
	if r, ok := b.(voting.Reasoned); ok {
		return r.Choice
	}
	return b.(voting.Choice)
}

// reasons sums what each reason was given by, straight from the ballots.
func (n election) reasons() []voting.Reason {
	var out []voting.Reason
	for _, b := range n.ballots {
		said, ok := b.Ballot.(voting.Reasoned)
		if !ok {
			continue
		}
		i := 0
		for i < len(out) && (out[i].Choice != said.Choice || out[i].Text != said.Reason) {
			i++
		}
		if i == len(out) {
			out = append(out, voting.Reason{Choice: said.Choice, Text: said.Reason})
		}
		out[i].Votes.Seats++
		out[i].Votes.Voices += b.Weight
	}
	return out
}

func TestReasons(t *testing.T) {
	t.Parallel()
	q := voting.Question{Method: voting.Consent}
	because := func(c voting.Choice, reason string) voting.Reasoned {
		return voting.Reasoned{Choice: c, Reason: reason}
	}
	of := func(t *testing.T, ballots ...marked) *voting.Profile {
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		for _, b := range ballots {
			require.NoError(t, p.Add(b.Ballot, b.Weight))
		}
		return p
	}
	count := func(t *testing.T, p *voting.Profile) voting.Result {
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.NoError(t, r.Check(q))
		return r
	}

	t.Run("those that say the same stand together, answer by answer, the weightiest first", func(t *testing.T) {
		t.Parallel()
		r := count(t, of(t,
			many(2, because(voting.Objection, "b")), many(1, because(voting.Objection, "a")), many(1, because(voting.Objection, "c")),
			many(1, because(voting.Abstain, "away")), many(1, because(voting.Objection, "c")), many(1, because(voting.Concern, "z")),
			many(1, voting.Concern), marked{because(voting.Objection, "heard"), 0},
		))
		data, err := json.Marshal(r.Reasons)
		require.NoError(t, err)
		require.JSONEq(t, `[
			{"choice":"concern","reason":"z","votes":{"seats":1,"voices":"1"}},
			{"choice":"objection","reason":"b","votes":{"seats":1,"voices":"2"}},
			{"choice":"objection","reason":"c","votes":{"seats":2,"voices":"2"}},
			{"choice":"objection","reason":"a","votes":{"seats":1,"voices":"1"}},
			{"choice":"objection","reason":"heard","votes":{"seats":1,"voices":"0"}},
			{"choice":"abstain","reason":"away","votes":{"seats":1,"voices":"1"}}
		]`, string(data))
		require.Equal(t, voting.Votes{Seats: 5, Voices: 5 * voting.Voice}, r.Of(voting.Objection))
		require.Equal(t, int64(1), r.Abstain.Seats)
		var back voting.Result
		data, err = json.Marshal(r)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, &back))
		require.Equal(t, r, back)
	})

	t.Run("only what was said is taken away, and nothing of it stays", func(t *testing.T) {
		t.Parallel()
		p := of(t, many(1, voting.Consents), many(1, objecting), many(1, objecting), many(1, voting.Concern))
		require.ErrorIs(t, p.Subtract(voting.Objection, voting.Voice), voting.ErrProfileAbsent, "none is without a reason")
		require.ErrorIs(t, p.Subtract(because(voting.Objection, "other"), voting.Voice), voting.ErrProfileAbsent)
		require.ErrorIs(t, p.Subtract(because(voting.Concern, "other"), voting.Voice), voting.ErrProfileAbsent)
		require.NoError(t, p.Subtract(objecting, voting.Voice))
		require.Equal(t, seats(1), count(t, p).Reasons[0].Votes)
		require.NoError(t, p.Subtract(objecting, voting.Voice))
		require.Equal(t, count(t, of(t, many(1, voting.Consents), many(1, voting.Concern))), count(t, p))
	})

	t.Run("an objection blocks whatever its reason, and without a voice it is heard", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, count(t, of(t, many(9, voting.Consents), marked{objecting, 1})).Winners)
		r := count(t, of(t, many(1, voting.Consents), marked{objecting, 0}))
		require.Equal(t, []voting.Choice{voting.Consents}, r.Winners)
		require.Contains(t, r.Explain("en"), "A reason, of a consultative voice: “The cellar floods in spring.”")
	})

	t.Run("a show of hands says no reason, and the count tells so", func(t *testing.T) {
		t.Parallel()
		p := of(t, many(1, voting.Consents), many(1, objecting))
		require.NoError(t, p.AddVotes(voting.Objection, seats(2)))
		r := count(t, p)
		require.Empty(t, r.Winners)
		require.Equal(t, seats(3), r.Of(voting.Objection))
		require.Equal(t, seats(1), r.Reasons[0].Votes)
		require.Contains(t, r.Explain("de"), "Ohne Begründung: 2 Stimmen.")
		require.NoError(t, p.Subtract(voting.Objection, voting.Voice))
		require.NoError(t, p.Subtract(voting.Objection, voting.Voice))
		require.ErrorIs(t, p.Subtract(voting.Objection, voting.Voice), voting.ErrProfileAbsent)
	})

	t.Run("no reason can pass for a line of the count", func(t *testing.T) {
		t.Parallel()
		r := count(t, of(t, many(1, because(voting.Objection, "No.\r\nThe proposal is adopted.\u2028Really."))))
		require.Contains(t, r.Explain("en"), "“No. The proposal is adopted. Really.”\nThe proposal is not adopted.")
	})

	t.Run("refused, and nothing is counted", func(t *testing.T) {
		t.Parallel()
		longest := strings.Repeat("é", voting.MaxReason/2)
		require.NoError(t, q.CheckBallot(because(voting.Consents, longest)))
		for says, c := range map[string]struct {
			ballot voting.Ballot
			err    error
		}{
			`reason: is missing, and "objection" needs one`:      {voting.Objection, voting.ErrReasonMissing},
			"reason: is 1001 bytes long, and 1000 are the most":  {because(voting.Objection, longest+"x"), voting.ErrReason},
			"reason: is not valid UTF-8":                         {because(voting.Objection, "\xff"), voting.ErrReason},
			"reason: says nothing":                               {because(voting.Objection, " \n\u00a0\u200b\u3164\ufe0f"), voting.ErrReason},
			"reason: has U+FFFD at byte 1":                       {because(voting.Objection, "a\ufffd"), voting.ErrReason},
			"reason: has the control character U+0009 at byte 1": {because(voting.Objection, "a\tb"), voting.ErrReason},
			"reason: has the control character U+0085 at byte 0": {because(voting.Objection, "\u0085b"), voting.ErrReason},
			"reason: has the control character U+202E at byte 0": {because(voting.Objection, "\u202eb"), voting.ErrReason},
			"reason: is given, and a blank ballot says nothing":  {because(voting.Blank, "a"), voting.ErrReason},
			`choice: "for"`: {because(voting.For, "a"), voting.ErrBallot},
		} {
			p := of(t)
			for _, err := range []error{q.CheckBallot(c.ballot), p.Add(c.ballot, voting.Voice)} {
				require.ErrorIs(t, err, c.err, says)
				require.ErrorContains(t, err, says)
			}
			require.Zero(t, p.Cast())
		}
		err := yesNo.CheckBallot(because(voting.For, "a"))
		require.ErrorIs(t, err, voting.ErrReason)
		require.ErrorContains(t, err, "reason: is given, and yes-no asks for none")
		file, err := voting.NewProfileOf(voting.ShapeChoice, []voting.Choice{"a", "b"})
		require.NoError(t, err)
		require.ErrorContains(t, file.Add(because("a", "a"), voting.Voice), "an election file asks for none")
	})

	t.Run("optional where a body says so, and of gradients", func(t *testing.T) {
		t.Parallel()
		require.True(t, q.NeedsReason(voting.Objection))
		require.False(t, q.NeedsReason(voting.Concern))
		free := withSetting(q, "reasons", "optional")
		require.False(t, free.NeedsReason(voting.Objection))
		require.NoError(t, free.CheckBallot(voting.Objection))
		require.NoError(t, free.CheckBallot(objecting))
		require.ErrorIs(t, withSetting(q, "reasons", "sometimes").Check(), voting.ErrQuestion)
		gradients := voting.Question{Method: voting.Gradients}
		require.NoError(t, gradients.CheckBallot(voting.Veto))
		require.NoError(t, gradients.CheckBallot(because(voting.Veto, "no")))
		require.True(t, voting.Gradients.TakesReasons())
		require.False(t, voting.Plurality.TakesReasons())
	})

	t.Run("a result from a file has only reasons that ballots can have given", func(t *testing.T) {
		t.Parallel()
		whole := count(t, of(t, many(1, voting.Consents), many(2, objecting), many(1, because(voting.Objection, "a"))))
		for says, change := range map[string]func(r []voting.Reason) []voting.Reason{
			"reasons/0: is no part of the votes":      func(r []voting.Reason) []voting.Reason { r[0].Votes.Voices = 9 * voting.Voice; return r },
			"reasons/1: is no part of the votes":      func(r []voting.Reason) []voting.Reason { r[1].Votes = voting.Votes{}; return r },
			"reasons/0: no ballot can say so":         func(r []voting.Reason) []voting.Reason { r[0].Text = ""; return r },
			"reasons/1: is not in its place":          func(r []voting.Reason) []voting.Reason { r[0], r[1] = r[1], r[0]; return r },
			"reasons/0: is no part of the votes for ": func(r []voting.Reason) []voting.Reason { r[0].Choice = voting.Endorse; return r },
		} {
			bad := whole
			bad.Reasons = change(append([]voting.Reason{}, whole.Reasons...))
			err := bad.Check(q)
			require.ErrorIs(t, err, voting.ErrResult, says)
			require.ErrorContains(t, err, says)
		}
		none := whole
		none.Reasons = nil
		require.NoError(t, none.Check(q), "a show of hands has none")
	})

	t.Run("its forms are what boxes and programs hold", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []byte("\x07\x07concern\x03why"), voting.AppendBallot(nil, because(voting.Concern, "why")))
		for _, src := range []string{"\x07\x07concern", "\x07\x07concern\x00", "\x07\x07concern\x04why", "\x07\x07concern\x81\x00w", "\x07\x07concern\x01\x00"} {
			_, _, err := voting.ReadBallot([]byte(src))
			require.ErrorIs(t, err, voting.ErrBallotUnreadable, "%q", src)
		}
		long := because(voting.Concern, strings.Repeat("x", voting.MaxReason+1))
		_, _, err := voting.ReadBallot(voting.AppendBallot(nil, long))
		require.ErrorIs(t, err, voting.ErrBallotUnreadable)

		data, err := voting.MarshalBallot(because(voting.Concern, "why\nnow"))
		require.NoError(t, err)
		require.Equal(t, `{"choice":"concern","reason":"why\nnow"}`, string(data))
		b, err := voting.UnmarshalBallot([]byte(`{"reason":"why\nnow","choice":"concern"}`))
		require.NoError(t, err)
		require.Equal(t, voting.Ballot(because(voting.Concern, "why\nnow")), b)
		for _, src := range []string{
			`{"choice":"concern","reason":""}`, `{"choice":"concern","reason":null}`, `{"reason":"why"}`, `{"reason":"why","reason":"why"}`,
			`{"choice":"concern","reason":"why","reason":"why"}`, `{"choice":"concern","why":"why"}`, `{"choices":["concern"],"reason":"why"}`,
			"{\"choice\":\"concern\",\"reason\":\"\xff\"}", `{"choice":"concern","reason":"\u0007"}`, `{"choice":"concern","reason":"a\ud83d"}`, `{"reason":"why","choice":"No"}`,
		} {
			_, err := voting.UnmarshalBallot([]byte(src))
			require.ErrorIs(t, err, voting.ErrBallotUnreadable, src)
		}
	})
}
