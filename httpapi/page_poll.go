package httpapi

import (
	_ "embed"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/voting"
)

// openLine is a question that is open.
type openLine struct {
	proposalLine
	ID       string
	Awaited  bool   // the reader's ballot is missing
	Mine     string // what is known of the reader's ballot
	Deadline string
	Urgent   bool
	Choices  string
	Options  []string
	Rule     string
	Turnout  string
	Quorum   string
	Have     int64
	Needed   int64 // 0: no quorum that the turnout tells about
	Short    bool
	Hidden   string // what is not shown, and why
	Shown    string
	Unsealed string
	After    string
	Final    string
}

// decidedLine is a vote that was counted.
type decidedLine struct {
	Kind    voting.Outcome
	Word    string
	Number  string
	Title   string
	About   string
	Count   string
	Figures []figure
	Why     string
	Texts   proposalTexts
	Recount string
}

// figure is a number of a count.
type figure struct {
	Kind, Sign, N, Label string
}

// questions fills in what is open, what is in debate and what is decided.
func (v *reader) questions(out *spacePage, more func(string) string) error {
	resolutions, err := v.coop.Resolutions.List(v.ctx, v.actor, v.space.ID, 0, v.part())
	if err != nil {
		return err
	}
	for _, r := range resolutions.Items {
		v.rules[r.ID] = r.Label()
		about := v.t("resolution.adopted", "day", v.day(r.Adopted))
		if r.Option != "" {
			about = v.t("resolution.option", "option", r.Option) + " " + about
		}
		out.Resolutions = append(out.Resolutions, resolutionLine{Number: r.Label(), Title: r.Title, About: about})
	}
	out.ResolutionsMore = more(resolutions.Next)

	open, err := v.coop.Polls.List(v.ctx, v.actor, v.space.ID, governance.StateOpen, v.part())
	if err != nil {
		return err
	}
	awaited := false
	for _, poll := range open.Items {
		line, err := v.open(poll, len(out.Open))
		if err != nil {
			return err
		}
		awaited = awaited || line.Awaited
		out.Open = append(out.Open, line)
	}
	slices.SortStableFunc(out.Open, func(a, b openLine) int {
		switch {
		case a.Awaited == b.Awaited:
			return 0
		case a.Awaited:
			return -1
		}
		return 1
	})
	out.OpenMore = more(open.Next)
	out.UpToDate = v.t("vote.none")
	if v.actor.Person() != "" && !awaited {
		out.UpToDate += " " + v.t("vote.uptodate")
	}

	debate, err := v.coop.Proposals.List(v.ctx, v.actor, v.space.ID, governance.ProposalQuery{State: governance.InDebate, Paging: v.part()})
	if err != nil {
		return err
	}
	for _, p := range debate.Items {
		line, err := v.proposal(p)
		if err != nil {
			return err
		}
		if p.Submitted != nil {
			line.About = joined(line.About, v.t("debate.since", "day", v.day(*p.Submitted)))
		}
		out.Debate = append(out.Debate, line)
	}
	out.DebateMore = more(debate.Next)

	counted, err := v.coop.Polls.List(v.ctx, v.actor, v.space.ID, governance.StateCounted, v.part())
	if err != nil {
		return err
	}
	for _, poll := range counted.Items {
		line, err := v.decided(poll)
		if err != nil {
			return err
		}
		out.Decided = append(out.Decided, line)
	}
	out.DecidedMore = more(counted.Next)
	return nil
}

// open tells of an open question: its deadline, its rule and its turnout, and nothing of how it stands.
func (v *reader) open(poll governance.Poll, nth int) (openLine, error) {
	var line openLine
	p, err := v.about(poll.Proposal)
	if err != nil {
		return line, err
	}
	if line.proposalLine, err = v.proposal(p); err != nil {
		return line, err
	}
	line.ID = "turnout-" + strconv.Itoa(nth)
	line.Deadline, line.Urgent = v.deadline(poll)
	if line.Awaited, line.Mine, err = v.mine(poll); err != nil {
		return line, err
	}
	line.Choices = v.t("choices")
	for _, o := range poll.Options {
		line.Options = append(line.Options, o.Title)
	}
	line.Rule = v.rule(poll)
	if poll.Turnout != nil {
		line.Turnout = v.t("vote.turnout", "n", *poll.Turnout, "of", poll.Entitled.Seats)
		v.quorum(poll, &line)
	}
	line.Hidden, line.Shown, line.Unsealed = v.t("vote.hidden"), v.t("vote.shown"), v.t("vote.unsealed")
	line.After, line.Final = v.t("vote.nonames"), v.t("vote.final")
	if poll.Names {
		line.After = v.t("vote.names")
	}
	if poll.Change {
		line.Final = v.t("vote.change")
	}
	return line, nil
}

// mine tells whether the reader's ballot is awaited, and in words what is known of it.
func (v *reader) mine(poll governance.Poll) (bool, string, error) {
	if v.actor.Person() == "" {
		return false, "", nil
	}
	_, err := v.coop.Polls.Mine(v.ctx, v.actor, poll.ID)
	switch {
	case err == nil:
		return false, v.t("vote.done"), nil
	case errors.Is(err, governance.ErrNotCast):
		return true, v.t("vote.expected"), nil
	}
	switch governance.KindOf(err) {
	case fault.Forbidden, fault.Invalid, fault.NotFound: // not on the roll, or the reader would have to say for whom
		return false, "", nil
	}
	return false, "", err
}

// deadline tells in words how long a vote is open yet, and whether its last hour has begun.
func (v *reader) deadline(poll governance.Poll) (string, bool) {
	if poll.Closes == nil {
		return v.t("vote.open"), false
	}
	left := max(poll.Closes.At.Sub(v.now), time.Minute)
	at := poll.Closes.At.In(v.zone)
	if z, err := time.LoadLocation(poll.Closes.Zone); err == nil && poll.Closes.Zone != "" {
		at = at.In(z)
	}
	key, n := "left.days", int(left/(24*time.Hour))
	switch {
	case left < 2*time.Hour:
		key, n = "left.minutes", int(left/time.Minute)
	case left < 48*time.Hour:
		key, n = "left.hours", int(left/time.Hour)
	}
	return v.t("left.until", "left", v.t(key, "n", n), "when", locale.When(v.lang, at)), left <= time.Hour
}

// rule tells in words what it takes to be adopted.
func (v *reader) rule(poll governance.Poll) string {
	among := len(poll.Options) > 0
	th := poll.Rule.Threshold
	if th == nil {
		if among {
			return v.t("vote.rule.most")
		}
		return v.t("vote.rule.majority")
	}
	base := "base." + string(th.Of)
	if among && th.Of == voting.Expressed {
		base += ".choice"
	}
	text := ""
	if among {
		text = v.t("vote.rule.most") + " "
	}
	share, fraction := "vote.rule.share", "fraction."
	if th.Strict {
		share, fraction = "vote.rule.share.more", "fraction.more."
	}
	return text + v.t(share, "fraction", v.fraction(fraction, th.Fraction), "base", locale.Text(v.lang, base, "whole", 2))
}

// fraction gives a fraction in words where the language has them.
func (v *reader) fraction(prefix string, f voting.Fraction) string {
	key := prefix + f.String()
	if text := locale.Text(v.lang, key); text != key {
		return text
	}
	return locale.Text(v.lang, prefix+"other", "fraction", f.String())
}

// quorum tells how far the turnout is from a quorum that it decides: one of ballots out of those entitled. The turnout is
// seen by everybody, and says nothing of how the vote goes.
func (v *reader) quorum(poll governance.Poll, line *openLine) {
	q := poll.Rule.Quorum
	if q == nil || q.Count != voting.Cast || q.Of != voting.Entitled || q.By != voting.Seats {
		return
	}
	have, part := int64(*poll.Turnout), poll.Entitled.Seats*q.Fraction.Num
	need := (part + q.Fraction.Den - 1) / q.Fraction.Den
	if q.Strict {
		need = part/q.Fraction.Den + 1
	}
	line.Have, line.Needed, line.Short = min(have, need), max(need, 1), have < need
	if line.Short {
		line.Quorum = locale.Text(v.lang, "verdict.inquorate.cast.seats", "missing", need-have, "have", have, "need", need)
		return
	}
	line.Quorum = v.t("vote.quorum", "have", have, "need", need)
}

// decided tells of a vote that was counted, and why it came out so.
func (v *reader) decided(poll governance.Poll) (decidedLine, error) {
	line := decidedLine{Why: poll.Explain(string(v.lang)), Count: v.t("figures")}
	p, err := v.about(poll.Proposal)
	if err != nil {
		return line, err
	}
	line.Title, line.Texts = p.Title, v.texts(p.Body, p.Arguments)
	if poll.Verdict != nil {
		line.Kind = poll.Verdict.Outcome
		line.Word = v.t("outcome." + string(line.Kind))
		if line.Kind == voting.Adopted && len(poll.Options) > 0 {
			line.Word = v.t("outcome.chosen")
		}
	}
	if p.Resolution != "" && p.Poll == poll.ID && line.Kind == voting.Adopted {
		number, err := v.label(p.Resolution)
		if err != nil {
			return line, err
		}
		if number != "" {
			line.Number = v.t("resolution", "number", number)
		}
	}
	if poll.Closed != nil {
		line.About = v.t("decided.on", "day", v.day(*poll.Closed))
	}
	if room := v.rooms[p.Room]; room != "" {
		line.About = joined(room+".", line.About)
	}
	line.Figures = v.figures(poll)
	if poll.Names {
		line.Recount = v.home + "v1/polls/" + url.PathEscape(string(poll.ID)) + "/export"
	}
	return line, nil
}

// figures gives the numbers of a count: always with a word, and with a sign where there is one.
func (v *reader) figures(poll governance.Poll) []figure {
	if poll.Result == nil {
		return nil
	}
	var out []figure
	for _, t := range poll.Result.Votes {
		f := figure{N: v.voices(t.Voices), Label: string(t.Choice)}
		switch {
		case len(poll.Options) > 0:
			for _, o := range poll.Options {
				if o.Key == t.Choice {
					f.Label = o.Title
				}
			}
		case t.Choice == voting.For:
			f.Kind, f.Sign, f.Label = "for", "+", v.t("choice.for")
		case t.Choice == voting.Against:
			f.Kind, f.Sign, f.Label = "against", "\u2212", v.t("choice.against")
		}
		out = append(out, f)
	}
	if n := poll.Result.Abstain; n.Seats > 0 {
		out = append(out, figure{Kind: "abstain", Sign: "o", N: v.voices(n.Voices), Label: v.t("count.abstain", "n", voices(n.Voices))})
	}
	if n := poll.Result.Blank; n.Seats > 0 {
		out = append(out, figure{Kind: "abstain", N: v.voices(n.Voices), Label: v.t("count.blank", "n", voices(n.Voices))})
	}
	return out
}

// voices is a weight as a number to be shown.
func voices(w voting.Weight) locale.Number { return locale.Number{Units: int64(w), Places: 6} }

func (v *reader) voices(w voting.Weight) string { return voices(w).Format(v.lang) }
