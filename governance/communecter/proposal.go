package communecter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

// Result is what a proposal came to there.
type Result string

// The results.
const (
	Adopted   Result = "adopted"
	Refused   Result = "refused"
	Open      Result = "open"      // in debate or in vote
	Withdrawn Result = "withdrawn" // disabled, closed or archived without a decision
)

// Outcome is what a proposal came to, and why.
type Outcome struct {
	Proposal   string   `json:"proposal"`
	Outcome    Result   `json:"outcome"`
	Historical Result   `json:"historical,omitempty"` // what its resolution says, if it has one
	Counted    Result   `json:"counted,omitempty"`    // what its votes give by its rule
	PercentUp  string   `json:"percentUp,omitempty"`  // an exact decimal; empty for a choice among answers
	Leading    []string `json:"leading,omitempty"`    // of a choice among answers, with ties
	Why        string   `json:"why,omitempty"`
	Report     []string `json:"report,omitempty"` // what is odd about it
}

// proposals reads proposals with their resolutions, which are copies of them under the same id, made when the vote was
// closed; and resolutions whose proposal is gone.
func (r *reading) proposals() {
	for _, d := range r.docs["proposal"] {
		res := r.seen["resolution "+d.key]
		if d.n.get("status").is(text) && decided[d.n.get("status").text] != "" && res == nil {
			res = d // a resolution among the proposals
		}
		r.proposal(d, res)
	}
	for _, d := range r.docs["resolution"] {
		if r.seen["proposal "+d.key] == nil {
			r.proposal(&doc{in: r, kind: "proposal", key: d.key, file: d.file, n: d.n}, d)
		}
	}
}

// decided says what the status of a resolution means.
var decided = map[string]Result{"adopted": Adopted, "refused": Refused}

// proposal reads one proposal. Where it has a resolution, that says what was voted on and what came out.
func (r *reading) proposal(d *doc, res *doc) {
	voted := d
	if res != nil {
		voted = &doc{in: r, kind: d.kind, key: d.key, file: res.file, n: res.n, twins: res.twins}
		d.compare(res)
	}
	p := governance.ArchivedProposal{
		Key: d.key, Room: r.inRoom(d), Author: r.author(d), Title: voted.line("title"), Summary: voted.line("shortDescription"),
		Body: voted.str("description"), Arguments: voted.str("arguments"), Tags: voted.tags(), Written: d.born(),
	}
	if p.Title == "" {
		p.Title = "Proposition " + d.key
		d.note("title", "title_missing", "no title", "one was made of the id")
	}
	v := r.vote(d, voted)
	p.Amendments = voted.amendments(v.majority)
	out := Outcome{Proposal: d.key}
	var lapsed bool
	var ok bool
	if out.Outcome, lapsed, ok = r.stands(d, res, v); !ok {
		return
	}
	if res != nil {
		out.Historical = decided[res.str("status")]
	}
	switch out.Outcome {
	case Open:
		p.State = governance.InDebate
	case Withdrawn:
		p.State = governance.Withdrawn
	default:
		v.count(&out)
		out.Outcome = out.Counted
		if out.Historical != "" && out.Historical != out.Counted {
			d.note("status", "outcome_differs", "the resolution says "+string(out.Historical)+", the votes give "+string(out.Counted),
				"the resolution was followed")
		}
		if out.Historical != "" {
			out.Outcome = out.Historical
		}
		p.State = governance.Rejected
		if out.Outcome == Adopted {
			p.State = governance.Adopted
			r.out.Archive.Resolutions = append(r.out.Archive.Resolutions, governance.ArchivedResolution{
				Key: d.key, Proposal: d.key, Adopted: v.closed(d, p.Written),
			})
		}
		if lapsed {
			d.note("voteDateEnd", "closed_by_date", "the end of the vote had passed and nobody had closed it", "it was closed by its own rule")
		}
	}
	p.Poll = v.poll(d, p, out.Outcome)
	d.leaves("urls", "medias", "media", "address", "addresses", "geo", "geoPosition", "durationAmendement")
	r.report.Outcomes = append(r.report.Outcomes, out)
	r.out.Archive.Proposals = append(r.out.Archive.Proposals, p)
}

// tags reads tags, without those that cannot be kept here.
func (d *doc) tags() []string {
	var out []string
	for _, t := range d.words("tags") {
		if len(out) == governance.MaxTags || utf8.RuneCountInString(t) > 60 {
			d.note("tags", "tag_left_out", "more tags, or longer ones, than can be kept", quote(t)+" was left out")
			continue
		}
		out = append(out, t)
	}
	return out
}

// compare notes where a resolution is not the copy of its proposal that it was made as.
func (d *doc) compare(res *doc) {
	if d == res {
		return
	}
	for _, f := range []string{
		"title", "shortDescription", "description", "arguments", "answers", "majority", "voteDateEnd", "voteAnonymous", "votes",
		"amendements",
	} {
		if !same(d.n.get(f), res.n.get(f)) {
			d.note(f, "resolution_differs", "the resolution says something else", "the resolution was followed")
		}
	}
}

// vote is the vote on a proposal, as its documents tell it.
type vote struct {
	r         *reading
	ballots   ballots
	answers   []string // titles; empty for a vote for or against
	keys      []voting.Choice
	anonymous bool
	change    bool
	majority  int64
	end       moment // of the vote
	amendable moment // until when amendments could be made, where they could
}

// vote reads what a proposal says of its vote. It is anonymous unless every document says that it is not.
func (r *reading) vote(d, voted *doc) vote {
	v := vote{r: r, keys: ballotKinds, change: voted.yes("voteCanChange", false), majority: defaultMajority}
	for _, one := range slices.Concat([]*doc{d, voted}, d.twins, voted.twins) {
		v.anonymous = v.anonymous || one.yes("voteAnonymous", true)
	}
	if d.n.get("voteAnonymous").empty() && !d.n.get("voteAnonymous").is(boolean) {
		d.note("voteAnonymous", "anonymity_unsaid", "nothing says whether the vote was anonymous", "it was taken as anonymous, as there")
	}
	offered := choices
	if answers := voted.n.get("answers"); !answers.empty() {
		offered, v.keys = nil, nil
		answers.each(func(key string, a *node) {
			if !a.is(text) && !a.is(number) {
				voted.note("answers."+plain(key), "not_text", "not a text", "it is "+kindNames[a.kind]+" and was left out")
				return
			}
			if n, err := strconv.Atoi(key); err != nil || n < 0 || strconv.Itoa(n) != key {
				voted.note("answers."+plain(key), "answer_unnumbered", "an answer without a number", "it was left out")
				return
			}
			title := oneLine(a.text)
			if title == "" {
				title = "Réponse " + key
				voted.note("answers."+key, "title_missing", "no title", "one was made of its number")
			}
			offered = append(offered, key)
			v.answers = append(v.answers, title)
			v.keys = append(v.keys, voting.Choice(key))
		})
	} else {
		v.majority = voted.majority()
	}
	v.ballots = voted.votes("votes", voted.n.get("votes"), offered)
	if !d.yes("voteActivated", true) {
		d.note("voteActivated", "vote_off", "the vote is switched off", "its status decided all the same")
	}
	v.end = voted.date("voteDateEnd")
	if voted.yes("amendementActivated", false) {
		v.amendable = voted.date("amendementDateEnd")
		if v.amendable.known() && v.end.known() && v.amendable.at.After(v.end.at) {
			voted.note("amendementDateEnd", "amendment_end_after_vote_end", "amendment end after vote end", "both were left as they are")
		}
	}
	return v
}

// stands says how far a proposal is, and whether it is decided only because the end of its vote has passed: Communecter
// moved proposals on when somebody looked, and nobody may have. An outcome of Refused stands for any decision here.
func (r *reading) stands(d, res *doc, v vote) (state Result, lapsed, ok bool) {
	past := func(m moment) bool { return m.known() && !r.now.IsZero() && m.at.Before(r.now) }
	status := d.str("status")
	if res != nil {
		if decided[res.str("status")] == "" {
			d.note("status", "resolution_undecided", "a resolution that says neither adopted nor refused",
				quote(res.str("status"))+"; its votes decide")
		}
		return Refused, false, true
	}
	if status == "" {
		status = "tovote"
		if on, _ := truth(d.n.get("amendementActivated")); on {
			status = "amendable"
		}
		d.note("status", "status_missing", "no status", "it was read as "+quote(status))
	}
	if status == "amendable" && past(v.amendable) {
		status = "tovote"
	}
	switch status {
	case "resolved":
		if v.end.known() && !r.now.IsZero() && v.end.at.After(r.now) {
			d.note("voteDateEnd", "resolved_early", "resolved before the end of the vote", "")
		}
		d.note("status", "resolution_missing", "resolved, and its resolution is not in the documents", "its votes decide")
		return Refused, false, true
	case "tovote":
		if past(v.end) {
			return Refused, true, true
		}
		d.note("status", "vote_still_open", "the vote was still open",
			"the proposal is in debate here and what was voted is kept; open a new vote on it")
		return Open, false, true
	case "amendable":
		if v.ballots.total > 0 {
			d.note("votes", "voted_before_time", "votes on a proposal that is not yet in vote", "they are kept; open a new vote on it")
		}
		return Open, false, true
	case "disabled", "closed", "archived":
		if v.ballots.total > 0 {
			d.note("status", "voted_and_withdrawn", "votes on a proposal that was withdrawn", "they are kept without a result")
		}
		return Withdrawn, false, true
	}
	d.refuse("status", "status_unknown", "unknown status", quote(status))
	return "", false, false
}

// count decides by Communecter's rule, and says why.
func (v vote) count(out *Outcome) {
	if len(v.answers) > 0 {
		out.Counted, out.Why = Adopted, "a choice among answers is always adopted"
		for _, i := range v.ballots.leaders() {
			out.Leading = append(out.Leading, v.answers[i])
		}
		return
	}
	up := percent(v.ballots.counts[0], v.ballots.total)
	out.PercentUp = showPercent(up)
	switch {
	case v.majority >= 100:
		out.Counted, out.Why = Refused, fmt.Sprintf("strictly more than %d %% is impossible", v.majority)
	case up > 100*v.majority:
		out.Counted, out.Why = Adopted, fmt.Sprintf("%s %% is strictly more than %d %%", out.PercentUp, v.majority)
	default:
		out.Counted, out.Why = Refused, fmt.Sprintf("%s %% is not strictly more than %d %%", out.PercentUp, v.majority)
	}
}

// closed says when the vote was over.
func (v vote) closed(d *doc, written time.Time) time.Time {
	if v.end.known() && (v.r.now.IsZero() || !v.end.at.After(v.r.now)) {
		return v.end.at
	}
	for _, f := range []string{"modified", "updated"} {
		if m, _ := v.r.when(d.n.get(f)); m.known() && !m.at.Before(written) {
			d.note("voteDateEnd", "closing_unknown", "the day of the decision is not known", "that of its last change was taken")
			return m.at
		}
	}
	d.note("voteDateEnd", "closing_unknown", "the day of the decision is not known", "that of its writing was taken")
	return written
}

// poll gives what was voted, for the engine; nil where there was no vote.
func (v vote) poll(d *doc, p governance.ArchivedProposal, came Result) *governance.ArchivedPoll {
	open := came == Open || came == Withdrawn
	if open && v.ballots.total == 0 {
		return nil
	}
	poll := &governance.ArchivedPoll{Change: v.change, Opened: p.Written, Closes: v.end.given, Open: open}
	if v.amendable.known() && v.amendable.at.After(p.Written) && (!v.end.known() || v.amendable.at.Before(v.end.at)) {
		poll.Opened = v.amendable.at
	}
	switch {
	case len(v.answers) == 1:
		d.note("answers", "one_answer", "a choice with one answer only", "its votes were left out")
		return nil
	case len(v.answers) > 1:
		poll.Rule = voting.MostVoices()
		for i, title := range v.answers {
			poll.Options = append(poll.Options, governance.Option{Key: v.keys[i], Title: title})
		}
	default:
		poll.Rule = voting.Communecter(int(min(max(v.majority, 0), 100)))
	}
	v.ballots.add(poll, v.keys, !v.anonymous)
	return poll
}

// amendments reads the amendments in the order of their keys.
func (d *doc) amendments(majority int64) []governance.ArchivedAmendment {
	var out []governance.ArchivedAmendment
	n := d.n.get("amendements")
	if !n.empty() && !n.is(list) && !n.is(object) {
		d.note("amendements", "not_list", "not a list", "it is "+kindNames[n.kind]+" and was left out")
	}
	n.each(func(key string, a *node) {
		at := "amendements." + plain(key)
		one := &doc{in: d.in, kind: d.kind, key: d.key, file: d.file, n: a}
		if !a.is(object) {
			if !a.empty() {
				d.note(at, "amendment_unreadable", "not an amendment", "it was left out")
			}
			return
		}
		if kind := a.get("typeAmdt"); !kind.empty() && kind.text != "add" {
			d.note(at+".typeAmdt", "amendment_kind", "an amendment that adds nothing", quote(kind.text)+" was read as an addition")
		}
		b := one.votes(at+".votes", a.get("votes"), amendmentChoices)
		am := governance.ArchivedAmendment{
			Key: plain(key), For: b.counts[0], Against: b.counts[1], Blank: b.counts[2],
			Accepted: percent(b.counts[0], b.total) > 100*majority,
		}
		if body := a.get("textAdd"); body.is(text) {
			am.Text = body.text
		} else {
			d.note(at+".textAdd", "text_missing", "no text", "")
		}
		if who := a.get("idUserAuthor"); !who.empty() {
			var ok bool
			if am.Author, ok = idOf(who); !ok {
				d.note(at+".idUserAuthor", "id_unreadable", "not an id", "")
			}
		}
		if other := percent(b.counts[0], b.total) > 5000; other != am.Accepted {
			d.note(at, "amendment_disputed", "an amendment that the web showed as accepted and the telephone did not, or the reverse",
				"the majority of the proposal decided, as on the web")
		}
		out = append(out, am)
	})
	slices.SortStableFunc(out, func(a, b governance.ArchivedAmendment) int {
		x, errX := strconv.Atoi(a.Key)
		y, errY := strconv.Atoi(b.Key)
		if errX == nil && errY == nil && x != y {
			return x - y
		}
		return strings.Compare(a.Key, b.Key)
	})
	return out
}
