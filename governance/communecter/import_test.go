package communecter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/communecter"
	"github.com/communecter/coopspace/voting"
)

func sample(t *testing.T, name string) string {
	t.Helper()
	data, err := samples.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return string(data)
}

// A whole space comes over: people as they stood, rooms, decisions with their votes, what was still open, and actions.
func TestSpaceComesOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rep, err := w.run(sample(t, "atelier.json"), nil)
	require.NoError(t, err)
	require.Equal(t, []int{5, 2, 6, 3, 3, 0}, []int{rep.People, rep.Rooms, rep.Proposals, rep.Resolutions, rep.Actions, rep.Known})
	ctx := t.Context()

	members := w.members()
	require.Equal(t, governance.Active, members["Anouk Delmas"].Standing)
	require.Equal(t, []string{"Direction", "secretary"}, members["Anouk Delmas"].Roles)
	require.Equal(t, "anouk@salines.example", members["Anouk Delmas"].Email)
	require.Equal(t, []string{"Outils"}, members["Bao Tran"].Roles, "a word of theirs became an office of ours")
	require.Equal(t, governance.Invited, members["Chloé Ferreira"].Standing)
	require.Empty(t, members["Chloé Ferreira"].Roles)
	require.Empty(t, members["Chloé Ferreira"].Email)
	require.Equal(t, governance.Pending, members["Diarra"].Standing)
	require.Equal(t, []string{"Outils", "Accueil"}, members["emil"].Roles)
	require.NotContains(t, members, "Passante")

	rooms, err := w.coop.Rooms.List(ctx, w.host, w.space, governance.Paging{})
	require.NoError(t, err)
	require.Equal(t, "Machines", rooms.Items[0].Name)
	require.Equal(t, []string{"Outils", "Direction"}, rooms.Items[0].Roles)
	require.True(t, rooms.Items[1].Closed)

	proposals := w.proposals()
	planer := proposals["5a0000000000000000000d01"]
	require.Equal(t, governance.Adopted, planer.State)
	require.Equal(t, members["Anouk Delmas"].ID, planer.Author)
	require.Equal(t, rooms.Items[0].ID, planer.Room)
	require.Equal(t, "D'occasion, chez le voisin", planer.Summary)
	require.Equal(t, []string{"outils"}, planer.Tags)
	require.Equal(t, time.Unix(1522000000, 250000000).UTC(), planer.Written)
	require.Equal(t, []governance.Amendment{
		{Text: "Et une scie.", For: 3, Against: 2},
		{Author: members["Bao Tran"].ID, Text: "La livraison est comprise.", For: 1, Accepted: true},
	}, planer.Amendments)
	poll, err := w.coop.Polls.Get(ctx, w.host, planer.Poll)
	require.NoError(t, err)
	require.Equal(t, governance.StateCounted, poll.State)
	require.True(t, poll.Names && poll.Change)
	require.Equal(t, "2018-05-01T18:00:00", poll.Closes.Typed)
	require.Equal(t, time.Date(2018, 5, 1, 14, 0, 0, 0, time.UTC), poll.Closes.At, "six in the evening on the island")
	require.Equal(t, time.Date(2018, 4, 20, 14, 0, 0, 0, time.UTC), *poll.Opened)
	require.Equal(t, voting.Adopted, poll.Verdict.Outcome)
	require.Equal(t, int64(3), poll.Result.Cast.Seats)
	call, err := w.coop.Polls.RollCall(ctx, w.host, planer.Poll, governance.Paging{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, "2", call.Next)
	require.Equal(t, governance.NamedVote{
		Member: members["Anouk Delmas"].ID, Name: "Anouk Delmas", Ballot: voting.For, Weight: voting.Voice,
	}, call.Items[0])
	rest, err := w.coop.Polls.RollCall(ctx, w.host, planer.Poll, governance.Paging{After: call.Next})
	require.NoError(t, err)
	require.Len(t, rest.Items, 1)
	require.Equal(t, "emil", rest.Items[0].Name)
	require.Equal(t, voting.Against, rest.Items[0].Ballot)

	cat := proposals["5a0000000000000000000d02"]
	require.Equal(t, governance.Adopted, cat.State, "its end had passed")
	poll, err = w.coop.Polls.Get(ctx, w.host, cat.Poll)
	require.NoError(t, err)
	require.Equal(t, voting.Tied, poll.Verdict.Outcome)
	require.Equal(t, []voting.Choice{"2", "3"}, poll.Result.Winners)
	require.Equal(t, "Sciure", poll.Options[1].Title)
	require.False(t, poll.Names)

	register, err := w.coop.Resolutions.List(ctx, w.host, w.space, 2018, governance.Paging{})
	require.NoError(t, err)
	require.Len(t, register.Items, 3)
	require.Empty(t, register.Items[0].Label(), "history takes no number")

	require.Equal(t, governance.Withdrawn, proposals["5a0000000000000000000d05"].State)
	require.Equal(t, governance.InDebate, proposals["5a0000000000000000000d04"].State)
	require.Empty(t, proposals["5a0000000000000000000d04"].Poll)

	actions := map[string]governance.Action{}
	for _, s := range []governance.ActionState{governance.ToDo, governance.Dropped, governance.Done} {
		page, err := w.coop.Actions.List(ctx, w.host, w.space, governance.ActionQuery{State: s})
		require.NoError(t, err)
		require.Len(t, page.Items, 1)
		actions[page.Items[0].Title] = page.Items[0]
	}
	collect := actions["Collecter"]
	require.ElementsMatch(t, []governance.MemberID{members["Bao Tran"].ID, members["emil"].ID}, collect.Assignees)
	require.NotEmpty(t, collect.Resolution)
	require.Equal(t, time.Date(2018, 2, 2, 5, 0, 0, 0, time.UTC), collect.Start.At)
	require.Empty(t, actions["Ranger"].Resolution)
	require.Equal(t, 100, actions["Balayer"].Progress)
	w.verify()
}

// Everything that is odd in the sample is told, by document and field, and nothing else.
func TestReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rep, err := w.run(sample(t, "atelier.json"), nil)
	require.NoError(t, err)
	want := map[string][]string{
		"person 5a0000000000000000000a01": {"links.projects.isAdmin admin"},
		"person 5a0000000000000000000a02": {"links.projects.roles role_with_powers"},
		"person 5a0000000000000000000a03": {"email email_unusable", "links.projects.isAdmin admin_not_yet"},
		"person 5a0000000000000000000a04": {"links.projects.roles roles_of_pending"},
		"person 5a0000000000000000000a05": {"name name_missing"},
		"person 5a0000000000000000000a06": {"links no_membership"},
		"proposal 5a0000000000000000000d01": {
			"amendements.700 amendment_disputed", "amendments/0/author unknown_person", "majority majority_cut",
			"status resolution_missing", "voteDateEnd date_without_zone",
		},
		"proposal 5a0000000000000000000d02": {"voteDateEnd closed_by_date"},
		"proposal 5a0000000000000000000d03": {"status vote_still_open"},
		"proposal 5a0000000000000000000f01": {"status outcome_differs"},
		"action 5a0000000000000000000b01": {
			"assignees inactive_person", "credits left_out", "endDate end_before_start",
			"links.contributors.5a0000000000000000000a04 contributor_pending",
			"links.contributors.5a0000000000000000000e09 contributor_no_person",
		},
		"action 5a0000000000000000000b02": {"resolution unknown_resolution"},
	}
	got := map[string][]string{}
	for _, e := range rep.Entries {
		got[e.Document] = append(got[e.Document], e.Field+" "+e.Code)
		require.False(t, e.Refused)
		require.NotEmpty(t, e.Text)
	}
	require.Equal(t, want, got)
	require.Equal(t, "proposal 5a0000000000000000000d01 voteDateEnd: date without zone (read in Indian/Reunion) [date_without_zone]",
		rep.Entries[11].String())

	require.Len(t, rep.Outcomes, 6)
	require.Equal(t, communecter.Outcome{
		Proposal: "5a0000000000000000000d01", Outcome: communecter.Adopted, Counted: communecter.Adopted, PercentUp: "66.67",
		Why: "66.67 % is strictly more than 66 %", Report: rep.Outcomes[0].Report,
	}, rep.Outcomes[0])
	require.Equal(t, []string{"Sciure", "Rabot"}, rep.Outcomes[1].Leading)
	require.Equal(t, communecter.Open, rep.Outcomes[2].Outcome)
	require.Equal(t, communecter.Withdrawn, rep.Outcomes[4].Outcome)
	last := rep.Outcomes[5]
	require.Equal(t, []communecter.Result{communecter.Adopted, communecter.Refused}, []communecter.Result{last.Historical, last.Counted})
	require.Equal(t, communecter.Adopted, last.Outcome, "what was decided stays decided")
}

// The same documents again, alone or with others, change nothing; and the report is the same byte for byte.
func TestNothingComesTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.run(sample(t, "atelier.json"), nil)
	require.NoError(t, err)
	size := w.verify()
	again, err := w.run(sample(t, "atelier.json"), nil)
	require.NoError(t, err)
	require.Equal(t, 19, again.Known)
	require.Zero(t, again.People+again.Rooms+again.Proposals+again.Resolutions+again.Actions)
	both, err := w.runAll(nil, sample(t, "coopdata.json"), sample(t, "atelier.json"))
	require.NoError(t, err)
	require.Equal(t, 19, both.Known)
	require.Contains(t, texts(both, "proposal 5a0000000000000000000d01"), "this document is there twice, and differs")
	require.Equal(t, size, w.verify())

	other := newWorld(t)
	same, err := other.run(sample(t, "atelier.json"), nil)
	require.NoError(t, err)
	require.Equal(t, first.Entries, same.Entries)
}

// Documents of one room, which have no people: those whom the space knows are found, the others are told of.
func TestRoomAlone(t *testing.T) {
	t.Parallel()

	t.Run("nobody is known", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		rep, err := w.run(sample(t, "coopdata.json"), nil)
		require.NoError(t, err)
		require.Contains(t, texts(rep, "proposal 5a0000000000000000000d01"), "voters who are no members here: 3")
		p := w.proposals()["5a0000000000000000000d01"]
		poll, err := w.coop.Polls.Get(t.Context(), w.host, p.Poll)
		require.NoError(t, err)
		require.Equal(t, 3, *poll.Turnout, "the votes count")
		call, err := w.coop.Polls.RollCall(t.Context(), w.host, p.Poll, governance.Paging{})
		require.NoError(t, err)
		require.Empty(t, call.Items)
		w.verify()
	})

	t.Run("the room is held by a stand-in until it comes", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		rep, err := w.run(sample(t, "coopdata.json"), nil)
		require.NoError(t, err)
		require.Equal(t, []string{"idParentRoom room_missing"}, codes(rep, "proposal 5a0000000000000000000d01")[1:2])
		room := w.proposals()["5a0000000000000000000d01"].Room
		got, err := w.coop.Rooms.Get(t.Context(), w.host, room)
		require.NoError(t, err)
		require.Equal(t, []string{governance.Chair, governance.Secretary}, got.Roles, "nobody knows who might enter it")
		rep, err = w.run(sample(t, "atelier.json"), nil)
		require.NoError(t, err)
		require.Equal(t, 2, rep.Rooms)
		got, err = w.coop.Rooms.Get(t.Context(), w.host, room)
		require.NoError(t, err)
		require.Equal(t, "Machines", got.Name)
		require.Equal(t, []string{"Outils", "Direction"}, got.Roles)
		size := w.verify()
		_, err = w.run(sample(t, "coopdata.json"), nil)
		require.NoError(t, err)
		require.Equal(t, size, w.verify())
	})

	t.Run("after the whole space", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.run(sample(t, "atelier.json"), nil)
		require.NoError(t, err)
		more := strings.ReplaceAll(sample(t, "coopdata.json"), "000d01", "000d77")
		rep, err := w.run(more, nil)
		require.NoError(t, err)
		require.Equal(t, 1, rep.Proposals)
		p := w.proposals()["5a0000000000000000000d77"]
		require.Equal(t, w.members()["Anouk Delmas"].ID, p.Author)
		call, err := w.coop.Polls.RollCall(t.Context(), w.host, p.Poll, governance.Paging{})
		require.NoError(t, err)
		require.Len(t, call.Items, 3)
	})
}

// A vote that was still open is history; a new one can be opened on the proposal, and is counted.
func TestOpenVoteIsOpenedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.run(sample(t, "atelier.json"), nil)
	require.NoError(t, err)
	p := w.proposals()["5a0000000000000000000d03"]
	require.Equal(t, governance.InDebate, p.State)
	old, err := w.coop.Polls.Get(t.Context(), w.host, p.Poll)
	require.NoError(t, err)
	require.Equal(t, governance.StateCancelled, old.State)
	require.Equal(t, 1, *old.Turnout)
	require.Nil(t, old.Result, "nothing of a running result is shown")

	poll, err := w.coop.Polls.Open(t.Context(), w.host, p.ID, governance.SimpleMajority())
	require.NoError(t, err)
	_, err = w.coop.Polls.Cast(t.Context(), w.members()["emil"].Actor(), poll.ID, voting.For)
	require.NoError(t, err)
	_, err = w.coop.Polls.Close(t.Context(), w.host, poll.ID)
	require.NoError(t, err)
	require.Equal(t, governance.Adopted, w.proposals()["5a0000000000000000000d03"].State)
	w.verify()

	// A later copy of the document, in which the vote was closed, leaves what is here alone.
	later := strings.Replace(sample(t, "atelier.json"), `2027-01-01T00:00:00Z", "status": "tovote`, `2018-01-01T00:00:00Z", "status": "resolved`, 1)
	rep, err := w.run(later, nil)
	require.NoError(t, err)
	require.Contains(t, codes(rep, "proposal 5a0000000000000000000d03"), "state brought_before")
	require.Equal(t, governance.Adopted, w.proposals()["5a0000000000000000000d03"].State)
}

// Who voted what in an anonymous vote is nowhere: not in the archive, not in the report, not in a byte of the file.
func TestAnonymousVotesLeaveNoTrace(t *testing.T) {
	t.Parallel()
	const named, anonymous = `"voteAnonymous": "false"`, `"voteAnonymous": "true"`
	doc := strings.ReplaceAll(sample(t, "atelier.json"), `"voteAnonymous": false`, named)
	for name, words := range map[string]string{"said": anonymous + ",", "unsaid": "", "said otherwise": `"voteAnonymous": "peut-être",`, "nothing": `"voteAnonymous": null,`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			rep, err := w.run(strings.ReplaceAll(doc, named+",", words), nil)
			require.NoError(t, err)
			w.verify()
			require.NoError(t, w.coop.Close())
			// Names of voters lie nowhere but in a text that lists {"member": ..., "choice": ...}.
			w.requireNowhere(`{"member":"`)
			w.requireNowhere(`5a0000000000000000000a`) // nor ids of people of there
			for _, e := range rep.Entries {
				if strings.HasPrefix(e.Document, "proposal") && e.Field == "votes" {
					require.NotContains(t, e.String(), "000a0", "a voter is named")
				}
			}
		})
	}
	t.Run("and would be found", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.run(doc, nil)
		require.NoError(t, err)
		require.NoError(t, w.coop.Close())
		require.True(t, strings.Contains(w.bytes(), `{"member":"`))
	})
	t.Run("one of two copies is enough", func(t *testing.T) {
		t.Parallel()
		in, err := communecter.ParseAll([]communecter.File{
			{Reader: strings.NewReader(sample(t, "coopdata.json"))},
			{Reader: strings.NewReader(strings.ReplaceAll(sample(t, "coopdata.json"), named, anonymous))},
		}, nil)
		require.NoError(t, err)
		require.Nil(t, in.Archive.Proposals[0].Poll.Named)
		require.Len(t, in.Archive.Proposals[0].Poll.Counts, 4)
	})
}

// What cannot be brought over leaves the space and the instance as they were, and everything at fault is told at once.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, new string // in the sample
		at       string // the document and field refused
		less     int    // how many documents go with it
	}{
		"a control character in a name":       {"Bao Tran", `Bao\u0007Tran`, "person 5a0000000000000000000a02 name", 1},
		"a bidirectional override in a name":  {"Bao Tran", `Bao \u202enarT`, "person 5a0000000000000000000a02 name", 1},
		"a name that is too long":             {"Bao Tran", strings.Repeat("é", 201), "person 5a0000000000000000000a02 name", 1},
		"an invisible character in a room":    {"Machines", `Mach\u200bines`, "room 5a0000000000000000000c01 name", 3},
		"an override in a title":              {"Nom du chat", `Nom \u2066du chat`, "proposal 5a0000000000000000000d02 title", 2},
		"a control character in an answer":    {"Copeau", `Cop\u0000eau`, "proposal 5a0000000000000000000d02 options/0", 2},
		"a control character in an amendment": {"Et une scie.", `Et\u001b[31m une scie.`, "proposal 5a0000000000000000000d01 amendments/0", 2},
		"a control character in an action":    {"Balayer", `Balayer\u0008`, "action 5a0000000000000000000b03 title", 1},
		"a status that nobody knows":          {`"status": "disabled", "creator"`, `"status": "perdue", "creator"`, "proposal 5a0000000000000000000d05 status", 1},
		"an action with such a status":        {`"status": "done"`, `"status": "fini"`, "action 5a0000000000000000000b03 status", 1},
		"a document of another element":       {`"status": "done"`, `"status": "done", "parentId": "5a0000000000000000000e02"`, "action 5a0000000000000000000b03 parentId", 1},
		"a document without an id":            {`"5a0000000000000000000b03": {`, `"?": {`, "action _id", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			size := w.verify()
			doc := strings.Replace(sample(t, "atelier.json"), c.old, c.new, 1)
			require.NotEqual(t, sample(t, "atelier.json"), doc)
			rep, err := w.run(doc, nil)
			require.ErrorIs(t, err, governance.ErrArchive)
			require.Contains(t, err.Error(), c.at+": ")
			require.Equal(t, size, w.verify(), "something was written")
			require.Zero(t, rep.People+rep.Rooms+rep.Proposals+rep.Known)
			refused := 0
			for _, e := range rep.Entries {
				if e.Refused {
					refused++
					if refused == 1 {
						require.Equal(t, c.at, e.Document+" "+e.Field)
					}
					require.NotContains(t, e.String(), "\u202e")
				}
			}
			require.Positive(t, refused)

			rep, err = w.run(doc, &communecter.Options{Partial: true})
			require.NoError(t, err)
			require.True(t, rep.Refused())
			require.Equal(t, 19-c.less, rep.People+rep.Rooms+rep.Proposals+rep.Resolutions+rep.Actions)
			w.verify()
		})
	}

	t.Run("several at once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		doc := strings.NewReplacer("Bao Tran", `Bao\u0007Tran`, `"status": "done"`, `"status": "fini"`).Replace(sample(t, "atelier.json"))
		_, err := w.run(doc, nil)
		require.Contains(t, err.Error(), "person 5a0000000000000000000a02 name")
		require.Contains(t, err.Error(), "action 5a0000000000000000000b03 status")
	})
}
