package communecter_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/communecter"
	"github.com/communecter/coopspace/voting"
)

const (
	one   = "5b0000000000000000000001"
	two   = "5b0000000000000000000002"
	three = "5b0000000000000000000003"
)

// proposal gives a document with one decided proposal, of which some members are given or replaced.
func proposal(members string) string {
	base := map[string]string{
		"title": `"Essai"`, "majority": "50", "voteAnonymous": "false", "voteDateEnd": `"2018-01-01T00:00:00Z"`,
		"status": `"resolved"`, "created": "1500000000", "votes": "{}",
	}
	var given []string
	if members != "" {
		given = append(given, members)
	}
	for _, k := range []string{"title", "majority", "voteAnonymous", "voteDateEnd", "status", "created", "votes"} {
		if !strings.Contains(members, `"`+k+`":`) {
			given = append(given, `"`+k+`": `+base[k])
		}
	}
	return `{"proposals": [{"_id": "` + one + `", ` + strings.Join(given, ", ") + `}]}`
}

// parsed reads one proposal, and gives it with what was odd, but for its missing resolution.
func parsed(t *testing.T, members string) (governance.ArchivedProposal, communecter.Outcome, []string) {
	t.Helper()
	in, err := communecter.Parse(strings.NewReader(proposal(members)), &communecter.Options{Zone: "Indian/Reunion", Now: noon})
	require.NoError(t, err)
	require.Len(t, in.Archive.Proposals, 1, "%v", in.Report.Entries)
	var odd []string
	for _, c := range codes(in.Report, "proposal "+one) {
		if c != "status resolution_missing" {
			odd = append(odd, c)
		}
	}
	return in.Archive.Proposals[0], in.Outcomes[one], odd
}

func TestDates(t *testing.T) {
	t.Parallel()
	at := time.Date(2017, 10, 21, 8, 55, 0, 0, time.UTC)
	for _, c := range []struct {
		json string
		want time.Time
		odd  string // a code
	}{
		{`"2017-10-21T12:55:00+04:00"`, at, ""},
		{`"2017-10-21T12:55:00+0400"`, at, ""},
		{`"2017-10-21T08:55:00.000Z"`, at, ""},
		{`"2017-10-21T08:55Z"`, at, ""},
		{`{"sec": 1508576100, "usec": 0}`, at, ""},
		{`{"sec": "1508576100", "usec": 500000}`, at.Add(time.Second / 2), ""},
		{`{"sec": 1508576100}`, at, ""},
		{`{"$date": "2017-10-21T08:55:00Z"}`, at, ""},
		{`{"$date": 1508576100000}`, at, ""},
		{`{"$date": {"$numberLong": "1508576100000"}}`, at, ""},
		{`{"$numberLong": "1508576100"}`, at, ""},
		{`1508576100`, at, ""},
		{`"1508576100"`, at, ""},
		{`1.5085761e+09`, at, ""},
		{`1508576100000`, at, "date_in_milliseconds"},
		{`"2017-10-21 12:55:00"`, at, "date_without_zone"},
		{`"2017-10-21T12:55:00"`, at, "date_without_zone"},
		{`"21/10/2017 12:55"`, at, "date_without_zone"},
		{`"2017-10-21"`, time.Date(2017, 10, 20, 20, 0, 0, 0, time.UTC), "date_without_zone"},
		{`null`, time.Time{}, ""},
		{`""`, time.Time{}, ""},
		{`"Invalid date"`, time.Time{}, "date_invalid"},
		{`"demain"`, time.Time{}, "date_unreadable"},
		{`"9999-01-01T00:00:00Z"`, time.Time{}, "date_unreadable"},
		{`"1900-01-01 00:00:00"`, time.Time{}, "date_unreadable"},
		{`1e999`, time.Time{}, "date_unreadable"},
		{`1e999999999`, time.Time{}, "date_unreadable"},
		{`1508576100.5`, time.Time{}, "date_unreadable"},
		{`-99999999999999999999`, time.Time{}, "date_unreadable"},
		{`{"sec": "soon"}`, time.Time{}, "date_unreadable"},
		{`{"sec": 1, "usec": 1000000}`, time.Time{}, "date_unreadable"},
		{`{"$date": "soon"}`, time.Time{}, "date_unreadable"},
		{`[2017, 10, 21]`, time.Time{}, "date_unreadable"},
		{`true`, time.Time{}, "date_unreadable"},
	} {
		t.Run(c.json, func(t *testing.T) {
			t.Parallel()
			in, err := communecter.Parse(strings.NewReader(`{"action": {"_id": "`+one+`", "name": "Essai", "status": "todo",
				"created": 1500000000, "endDate": `+c.json+`}}`), &communecter.Options{Zone: "Indian/Reunion"})
			require.NoError(t, err)
			due := in.Archive.Actions[0].Due
			if due.Local != "" {
				zone, err := time.LoadLocation(due.Zone)
				require.NoError(t, err)
				due.At, err = time.ParseInLocation("2006-01-02T15:04:05", due.Local, zone)
				require.NoError(t, err)
			}
			require.True(t, c.want.Equal(due.At), "%v", due.At)
			var want []string
			if c.odd != "" {
				want = []string{"endDate " + c.odd}
			}
			require.Equal(t, want, codes(in.Report, "action "+one))
		})
	}

	t.Run("of amendments that are off", func(t *testing.T) {
		t.Parallel()
		_, _, odd := parsed(t, `"amendementActivated": "false", "amendementDateEnd": "Invalid date"`)
		require.Empty(t, odd)
	})
	t.Run("of amendments that are on", func(t *testing.T) {
		t.Parallel()
		_, _, odd := parsed(t, `"amendementActivated": true, "amendementDateEnd": "Invalid date"`)
		require.Equal(t, []string{"amendementDateEnd date_invalid"}, odd)
	})
	t.Run("of writing, told by the id", func(t *testing.T) {
		t.Parallel()
		p, _, odd := parsed(t, `"created": null`)
		require.Equal(t, time.Unix(0x5b000000, 0).UTC(), p.Written)
		require.Equal(t, []string{"created created_missing"}, odd)
	})
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for _, form := range []string{`"%s"`, `{"$id": "%s"}`, `{"$oid": "%s"}`, `{"_str": "%s"}`} {
		id := fmt.Sprintf(form, one)
		in, err := communecter.Parse(strings.NewReader(`{"rooms": [{"_id": `+id+`, "name": "Essai"}],
			"action": {"_id": "`+two+`", "name": "Essai", "status": "todo", "created": 1500000000, "idParentRoom": `+id+`, "creator": `+id+`}}`), nil)
		require.NoError(t, err)
		require.Len(t, in.Archive.Rooms, 1)
		require.Equal(t, one, in.Archive.Rooms[0].Key)
		require.Equal(t, one, in.Archive.Actions[0].Room)
		require.Equal(t, one, in.Archive.Actions[0].Author)
		require.Empty(t, in.Report.Entries)
	}
	for _, bad := range []string{`12`, `""`, `{"$id": {}}`, `["a"]`, `"a b"`, `"a\u0000"`, `"` + strings.Repeat("a", 65) + `"`, `"../x"`, `"é"`} {
		in, err := communecter.Parse(strings.NewReader(`{"rooms": [{"_id": `+bad+`, "name": "Essai"}]}`), nil)
		require.NoError(t, err)
		require.Empty(t, in.Archive.Rooms, bad)
		require.True(t, in.Report.Refused(), bad)
	}
}

func TestVotes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		votes string
		want  []int64 // for, against, blank, abstain
		odd   []string
	}{
		"lists":               {`{"up": ["` + one + `", "` + two + `"], "down": ["` + three + `"], "white": [], "uncomplet": []}`, []int64{2, 1, 0, 0}, nil},
		"a sparse map":        {`{"up": {"0": "` + one + `", "4": {"$id": "` + two + `"}}}`, []int64{2, 0, 0, 0}, nil},
		"people with dates":   {`{"white": {"` + one + `": {"date": {"sec": 1, "usec": 0}}}, "uncomplet": {"` + two + `": {}}}`, []int64{0, 0, 1, 1}, nil},
		"an empty list":       {`[]`, []int64{0, 0, 0, 0}, nil},
		"nothing":             {`null`, []int64{0, 0, 0, 0}, nil},
		"an empty text":       {`{"up": ""}`, []int64{0, 0, 0, 0}, nil},
		"one under two":       {`{"up": ["` + one + `"], "down": ["` + one + `"]}`, []int64{1, 1, 0, 0}, []string{"votes person_under_two_choices"}},
		"one twice under one": {`{"up": ["` + one + `", "` + one + `"]}`, []int64{2, 0, 0, 0}, []string{"votes person_twice"}},
		"an unknown choice":   {`{"up": ["` + one + `"], "$set": ["` + two + `"], "a\u001b[31m": ["` + two + `"]}`, []int64{1, 0, 0, 0}, []string{"votes.$set choice_unknown", `votes.a\x1b[31m choice_unknown`}},
		"a list of lists":     {`[["` + one + `"]]`, []int64{0, 0, 0, 0}, []string{"votes.0 choice_unknown"}},
		"no voter":            {`{"up": [12, null, "` + one + `"]}`, []int64{3, 0, 0, 0}, []string{"votes voter_unreadable"}},
		"a number of votes":   {`{"up": 12}`, []int64{0, 0, 0, 0}, []string{"votes.up votes_unreadable"}},
		"a text":              {`"up"`, []int64{0, 0, 0, 0}, []string{"votes votes_unreadable"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _, odd := parsed(t, `"votes": `+c.votes)
			require.Equal(t, c.odd, odd)
			for i, choice := range []voting.Choice{voting.For, voting.Against, voting.Blank, voting.Abstain} {
				require.Equal(t, governance.ArchivedCount{Choice: choice, Votes: c.want[i]}, p.Poll.Counts[i])
			}
			named := 0
			for _, n := range c.want {
				named += int(n)
			}
			if name == "no voter" {
				named = 1
			}
			require.Len(t, p.Poll.Named, named)
			w := newWorld(t)
			_, err := w.run(proposal(`"votes": `+c.votes), nil)
			require.NoError(t, err)
			w.verify()
		})
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		members string
		leading []string
		odd     []string
	}{
		"votes as a list":       {`"answers": ["A", "B"], "votes": [["` + one + `"], ["` + two + `", "` + three + `"]]`, []string{"B"}, nil},
		"votes as a map":        {`"answers": ["A", "B", "C"], "votes": {"2": {"5": "` + one + `"}}`, []string{"C"}, nil},
		"a tie":                 {`"answers": ["A", "B"], "votes": [["` + one + `"], ["` + two + `"]]`, []string{"A", "B"}, nil},
		"no votes":              {`"answers": ["A", "B"]`, nil, nil},
		"a vote for none":       {`"answers": ["A", "B"], "votes": {"2": ["` + one + `"], "up": ["` + two + `"]}`, nil, []string{"votes.2 choice_unknown", "votes.up choice_unknown"}},
		"one answer":            {`"answers": ["A"], "votes": [["` + one + `"]]`, []string{"A"}, []string{"answers one_answer"}},
		"an answer of no text":  {`"answers": ["A", {"x": 1}, 2019], "votes": {"2": ["` + one + `"]}`, []string{"2019"}, []string{"answers.1 not_text"}},
		"an answer of no words": {`"answers": [" ", "B"], "votes": [["` + one + `"]]`, []string{"Réponse 0"}, []string{"answers.0 title_missing"}},
		"an answer of no place": {`"answers": {"x": "A", "0": "B", "1": "C"}`, nil, []string{"answers.x answer_unnumbered"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, o, odd := parsed(t, c.members+`, "majority": "100"`)
			require.Equal(t, communecter.Adopted, o.Outcome, "a choice was adopted whatever the votes")
			require.Equal(t, "a choice among answers is always adopted", o.Why)
			require.Equal(t, c.leading, o.Leading)
			require.Empty(t, o.PercentUp)
			require.Equal(t, c.odd, odd)
			require.Equal(t, governance.Adopted, p.State)
			w := newWorld(t)
			_, err := w.run(proposal(c.members), nil)
			require.NoError(t, err)
			w.verify()
		})
	}
}

func TestMajority(t *testing.T) {
	t.Parallel()
	votes := `, "votes": {"up": ["` + one + `", "` + two + `"], "down": ["` + three + `"]}` // 66.67 %
	for _, c := range []struct {
		json string
		want communecter.Result
		why  string
		odd  []string
	}{
		{`50`, communecter.Adopted, "66.67 % is strictly more than 50 %", nil},
		{`"50%"`, communecter.Adopted, "66.67 % is strictly more than 50 %", nil},
		{`" 66 % "`, communecter.Adopted, "66.67 % is strictly more than 66 %", nil},
		{`66.67`, communecter.Adopted, "66.67 % is strictly more than 66 %", []string{"majority majority_cut"}},
		{`"67"`, communecter.Refused, "66.67 % is not strictly more than 67 %", nil},
		{`100`, communecter.Refused, "strictly more than 100 % is impossible", nil},
		{`"150"`, communecter.Refused, "strictly more than 150 % is impossible", []string{"majority majority_out_of_range"}},
		{`49`, communecter.Adopted, "66.67 % is strictly more than 49 %", []string{"majority majority_out_of_range"}},
		{`-5`, communecter.Adopted, "66.67 % is strictly more than -5 %", []string{"majority majority_out_of_range"}},
		{`99999999999999999999`, communecter.Refused, "strictly more than 101 % is impossible", []string{"majority majority_out_of_range"}},
		{`null`, communecter.Adopted, "66.67 % is strictly more than 50 %", []string{"majority majority_missing"}},
		{`"la moitié"`, communecter.Adopted, "66.67 % is strictly more than 50 %", []string{"majority majority_unreadable"}},
		{`[50]`, communecter.Adopted, "66.67 % is strictly more than 50 %", []string{"majority majority_unreadable"}},
	} {
		t.Run(c.json, func(t *testing.T) {
			t.Parallel()
			_, o, odd := parsed(t, `"majority": `+c.json+votes)
			require.Equal(t, c.want, o.Outcome)
			require.Equal(t, c.why, o.Why)
			require.Equal(t, c.odd, odd)
			w := newWorld(t)
			_, err := w.run(proposal(`"majority": `+c.json+votes), nil)
			require.NoError(t, err)
		})
	}

	t.Run("reached exactly", func(t *testing.T) {
		t.Parallel()
		_, o, _ := parsed(t, `"votes": {"up": ["`+one+`"], "down": ["`+two+`"]}`)
		require.Equal(t, communecter.Refused, o.Outcome)
		require.Equal(t, "50", o.PercentUp)
	})
	t.Run("blank and incomplete are in the denominator", func(t *testing.T) {
		t.Parallel()
		_, o, _ := parsed(t, `"votes": {"up": ["`+one+`"], "white": ["`+two+`"], "uncomplet": ["`+three+`"]}`)
		require.Equal(t, communecter.Refused, o.Outcome)
		require.Equal(t, "33.33", o.PercentUp)
	})
	t.Run("nobody voted", func(t *testing.T) {
		t.Parallel()
		p, o, _ := parsed(t, ``)
		require.Equal(t, communecter.Refused, o.Outcome)
		require.Equal(t, "0", o.PercentUp)
		require.Equal(t, governance.Rejected, p.State)
	})
}

// The reading, the engine's rule, and arithmetic done another way agree on every old result.
func TestOldRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int{3, 30, 300}).Draw(t, "most")
		n := rapid.SliceOfN(rapid.IntRange(0, most), 4, 4).Draw(t, "votes")
		majority := rapid.IntRange(50, 100).Draw(t, "majority")
		var choices []string
		for i, c := range []string{"up", "down", "white", "uncomplet"} {
			var ids []string
			for j := range n[i] {
				ids = append(ids, fmt.Sprintf(`"%d%d"`, i, j))
			}
			choices = append(choices, `"`+c+`": [`+strings.Join(ids, ",")+`]`)
		}
		in, err := communecter.Parse(strings.NewReader(proposal(
			fmt.Sprintf(`"majority": %d, "votes": {%s}`, majority, strings.Join(choices, ", ")))), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := in.Outcomes[one]

		total := n[0] + n[1] + n[2] + n[3]
		percent := new(big.Rat)
		if total > 0 {
			percent.SetFrac64(int64(100*n[0]), int64(total))
		}
		percent.SetString(percent.FloatString(2)) // rounds half away from zero
		want := communecter.Refused
		if percent.Cmp(big.NewRat(int64(majority), 1)) > 0 {
			want = communecter.Adopted
		}
		if got.Outcome != want {
			t.Fatalf("%v of %d, majority %d: %s, want %s", n, total, majority, got.Outcome, want)
		}
		shown, ok := new(big.Rat).SetString(got.PercentUp)
		if !ok || shown.Cmp(percent) != 0 {
			t.Fatalf("%s %% is not %s %%", got.PercentUp, percent.FloatString(2))
		}

		poll := in.Archive.Proposals[0].Poll
		q := voting.Question{Method: voting.YesNo}
		profile, _ := voting.NewProfile(q)
		for _, c := range poll.Counts {
			if err := profile.AddVotes(c.Choice, voting.Votes{Seats: c.Votes, Voices: voting.Weight(c.Votes) * voting.Voice}); err != nil {
				t.Fatal(err)
			}
		}
		result, _ := voting.Count(profile)
		verdict, err := voting.Decide(q, poll.Rule, result, voting.Facts{Entitled: voting.Votes{Seats: 1e6, Voices: 1e6 * voting.Voice}})
		if err != nil {
			t.Fatal(err)
		}
		if (verdict.Outcome == voting.Adopted) != (want == communecter.Adopted) {
			t.Fatalf("the engine says %s, their rule %s", verdict.Outcome, want)
		}
	})
}

// Where a proposal stood says what becomes of it.
func TestStatus(t *testing.T) {
	t.Parallel()
	const past, future = `"2018-01-01T00:00:00Z"`, `"2030-01-01T00:00:00Z"`
	up := `, "votes": {"up": ["` + one + `"]}`
	for name, c := range map[string]struct {
		members string
		want    communecter.Result
		state   governance.ProposalState
		voted   bool
		odd     []string
	}{
		"resolved":                      {`"status": "resolved"` + up, communecter.Adopted, governance.Adopted, true, nil},
		"resolved early":                {`"status": "resolved", "voteDateEnd": ` + future + up, communecter.Adopted, governance.Adopted, true, []string{"voteDateEnd closing_unknown", "voteDateEnd resolved_early"}},
		"in vote, ended, adopted":       {`"status": "tovote"` + up, communecter.Adopted, governance.Adopted, true, []string{"voteDateEnd closed_by_date"}},
		"in vote, ended, refused":       {`"status": "tovote"`, communecter.Refused, governance.Rejected, true, []string{"voteDateEnd closed_by_date"}},
		"in vote":                       {`"status": "tovote", "voteDateEnd": ` + future + up, communecter.Open, governance.InDebate, true, []string{"status vote_still_open"}},
		"in vote without an end":        {`"status": "tovote", "voteDateEnd": null` + up, communecter.Open, governance.InDebate, true, []string{"status vote_still_open"}},
		"in vote, nobody voted":         {`"status": "tovote", "voteDateEnd": ` + future, communecter.Open, governance.InDebate, false, []string{"status vote_still_open"}},
		"amendable":                     {`"status": "amendable", "amendementActivated": true, "amendementDateEnd": ` + future + `, "voteDateEnd": ` + future, communecter.Open, governance.InDebate, false, nil},
		"amendable, with votes":         {`"status": "amendable", "amendementActivated": true, "amendementDateEnd": ` + future + `, "voteDateEnd": ` + future + up, communecter.Open, governance.InDebate, true, []string{"votes voted_before_time"}},
		"amendable, its time over":      {`"status": "amendable", "amendementActivated": true, "amendementDateEnd": ` + past + `, "voteDateEnd": ` + future, communecter.Open, governance.InDebate, false, []string{"status vote_still_open"}},
		"amendable, all its times over": {`"status": "amendable", "amendementActivated": true, "amendementDateEnd": ` + past + `, "voteDateEnd": ` + past, communecter.Refused, governance.Rejected, true, []string{"voteDateEnd closed_by_date"}},
		"disabled":                      {`"status": "disabled"`, communecter.Withdrawn, governance.Withdrawn, false, nil},
		"closed with votes":             {`"status": "closed"` + up, communecter.Withdrawn, governance.Withdrawn, true, []string{"status voted_and_withdrawn"}},
		"archived":                      {`"status": "archived"`, communecter.Withdrawn, governance.Withdrawn, false, nil},
		"none":                          {`"status": null, "amendementActivated": "true", "amendementDateEnd": ` + future, communecter.Open, governance.InDebate, false, []string{"amendementDateEnd amendment_end_after_vote_end", "status status_missing"}},
		"of a resolution":               {`"status": "refused"` + up, communecter.Refused, governance.Rejected, true, []string{"status outcome_differs"}},
		"the vote switched off":         {`"status": "resolved", "voteActivated": "false"` + up, communecter.Adopted, governance.Adopted, true, []string{"voteActivated vote_off"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, o, odd := parsed(t, c.members)
			require.Equal(t, c.want, o.Outcome)
			require.Equal(t, c.state, p.State)
			require.Equal(t, c.voted, p.Poll != nil)
			require.Equal(t, c.odd, odd)
			w := newWorld(t)
			_, err := w.run(proposal(c.members), nil)
			require.NoError(t, err)
			w.verify()
		})
	}
	t.Run("without a clock nothing is closed", func(t *testing.T) {
		t.Parallel()
		in, err := communecter.Parse(strings.NewReader(proposal(`"status": "tovote"`)), nil)
		require.NoError(t, err)
		require.Equal(t, communecter.Open, in.Outcomes[one].Outcome)
	})
}

func TestResolutionIsFollowed(t *testing.T) {
	t.Parallel()
	doc := `{"proposal": {"_id": "` + one + `", "title": "Après coup", "majority": 50, "voteAnonymous": "false", "status": "resolved",
		"created": 1500000000, "voteDateEnd": "2018-01-01T00:00:00Z", "votes": {"down": ["` + two + `"]}},
		"resolution": {"_id": {"$id": "` + one + `"}, "title": "Tel que voté", "majority": 50, "voteAnonymous": "false", "status": "adopted",
		"created": 1500000000, "voteDateEnd": "2018-01-01T00:00:00Z", "votes": {"up": ["` + two + `"]}, "hasVote": "up", "auth": true, "type": "resolutions"}}`
	in, err := communecter.Parse(strings.NewReader(doc), nil)
	require.NoError(t, err)
	require.Equal(t, []string{"title resolution_differs", "votes resolution_differs"}, codes(in.Report, "proposal "+one))
	require.Equal(t, "Tel que voté", in.Archive.Proposals[0].Title)
	require.Equal(t, int64(1), in.Archive.Proposals[0].Poll.Counts[0].Votes)
	require.Equal(t, communecter.Adopted, in.Outcomes[one].Counted)
	require.Equal(t, []governance.ArchivedResolution{{Key: one, Proposal: one, Adopted: time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)}},
		in.Archive.Resolutions)

	t.Run("and a form of the same is the same", func(t *testing.T) {
		t.Parallel()
		in, err := communecter.Parse(strings.NewReader(`{"proposal": {"_id": "`+one+`", "title": "Essai", "majority": 50, "voteAnonymous": false,
			"status": "resolved", "created": 1500000000, "votes": {"up": ["`+two+`"], "down": [], "white": ["`+one+`"]}},
			"resolution": {"_id": "`+one+`", "title": "Essai", "majority": "50", "voteAnonymous": "false", "status": "refused",
			"created": 1500000000, "votes": {"white": {"3": "`+one+`"}, "up": {"0": "`+two+`"}, "down": ""}}}`), nil)
		require.NoError(t, err)
		require.Empty(t, codes(in.Report, "proposal "+one))
	})

	t.Run("though it says neither", func(t *testing.T) {
		t.Parallel()
		in, err := communecter.Parse(strings.NewReader(strings.Replace(doc, `"adopted"`, `"resolved"`, 1)), nil)
		require.NoError(t, err)
		require.Contains(t, codes(in.Report, "proposal "+one), "status resolution_undecided")
		require.Equal(t, communecter.Adopted, in.Outcomes[one].Outcome)
		require.Empty(t, in.Outcomes[one].Historical)
	})
}

func TestAmendments(t *testing.T) {
	t.Parallel()
	p, _, odd := parsed(t, `"majority": 66, "amendements": {
		"200": {"textAdd": "Deux", "idUserAuthor": {"$id": "`+two+`"}, "votes": {"up": ["`+one+`", "`+one+`"], "uncomplet": ["`+two+`"]}},
		"1000": {"textAdd": "Trois", "typeAmdt": "delete", "votes": []}, "30": {"idUserAuthor": 7}, "x": "?", "y": null}`)
	require.Equal(t, []governance.ArchivedAmendment{
		{Key: "30"},
		{Key: "200", Author: two, Text: "Deux", For: 2, Accepted: true},
		{Key: "1000", Text: "Trois"},
	}, p.Amendments)
	require.Equal(t, []string{
		"amendements.1000.typeAmdt amendment_kind", "amendements.200.votes person_twice",
		"amendements.200.votes.uncomplet choice_unknown", "amendements.30.idUserAuthor id_unreadable",
		"amendements.30.textAdd text_missing", "amendements.x amendment_unreadable",
	}, odd)
}
