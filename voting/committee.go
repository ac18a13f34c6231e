package voting

import (
	"math/big"
	"slices"
	"strconv"

	"github.com/communecter/coopspace/voting/internal/committee"
)

// The methods that elect a committee from approval ballots: a blank ballot is one that approves nobody. Each has its definition on its
// page; docs/methods/approval-committees.md compares them. Without ties to break, a count gives all the committees that win.
const (
	AV                   Method = "av"
	SAV                  Method = "sav"
	PAV                  Method = "pav"
	SeqPAV               Method = "seqpav"
	RevSeqPAV            Method = "revseqpav"
	SLAV                 Method = "slav"
	SeqSLAV              Method = "seqslav"
	Geom                 Method = "geom"
	CC                   Method = "cc"
	LexCC                Method = "lexcc"
	SeqCC                Method = "seqcc"
	Adams                Method = "adams"
	EPH                  Method = "eph"
	SeqPhragmen          Method = "seqphragmen"
	MinimaxPhragmen      Method = "minimaxphragmen"
	LeximaxPhragmen      Method = "leximaxphragmen"
	MaximinSupport       Method = "maximin-support"
	PhragmenEnestroem    Method = "phragmen-enestroem"
	ConsensusRule        Method = "consensus-rule"
	EqualShares          Method = "equal-shares"
	EqualSharesAV        Method = "equal-shares-with-av-completion"
	EqualSharesIncrement Method = "equal-shares-with-increment-completion"
	Monroe               Method = "monroe"
	GreedyMonroe         Method = "greedy-monroe"
	MinimaxAV            Method = "minimaxav"
	LexMinimaxAV         Method = "lexminimaxav"
	Trivial              Method = "trivial"
)

// measure says what a rule's numbers are: votes, parts of a seat for each vote, or neither.
type measure int

const (
	inVotes   measure = 1
	perVote   measure = -1
	inNeither measure = 0
)

var (
	av                   = committeeMethod(AV, inVotes)
	sav                  = committeeMethod(SAV, inVotes)
	pav                  = committeeMethod(PAV, inVotes)
	seqPAV               = committeeMethod(SeqPAV, inVotes)
	revSeqPAV            = committeeMethod(RevSeqPAV, inVotes)
	slav                 = committeeMethod(SLAV, inVotes)
	seqSLAV              = committeeMethod(SeqSLAV, inVotes)
	geom                 = committeeMethod(Geom, inVotes, geometricBase)
	cc                   = committeeMethod(CC, inVotes)
	lexCC                = committeeMethod(LexCC, inVotes)
	seqCC                = committeeMethod(SeqCC, inVotes)
	adams                = committeeMethod(Adams, inVotes)
	eph                  = committeeMethod(EPH, inVotes)
	seqPhragmen          = committeeMethod(SeqPhragmen, perVote)
	minimaxPhragmen      = committeeMethod(MinimaxPhragmen, perVote)
	leximaxPhragmen      = committeeMethod(LeximaxPhragmen, perVote)
	maximinSupport       = committeeMethod(MaximinSupport, inVotes)
	phragmenEnestroem    = committeeMethod(PhragmenEnestroem, inVotes)
	consensusRule        = committeeMethod(ConsensusRule, inVotes)
	equalShares          = committeeMethod(EqualShares, perVote)
	equalSharesAV        = committeeMethod(EqualSharesAV, perVote)
	equalSharesIncrement = committeeMethod(EqualSharesIncrement, perVote)
	monroe               = committeeMethod(Monroe, inVotes)
	greedyMonroe         = committeeMethod(GreedyMonroe, inVotes, whomFirst)
	minimaxAV            = committeeMethod(MinimaxAV, inNeither)
	lexMinimaxAV         = committeeMethod(LexMinimaxAV, inNeither)
	trivial              = committeeMethod(Trivial, inVotes)
)

// geometricBase is the p of the geometric rule.
var geometricBase = setting{name: "p", value: "2", says: "a number above 1, such as 2, 1.5 or 3/2", check: func(s string) bool {
	if len(s) > 20 {
		return false
	}
	p, ok := new(big.Rat).SetString(s)
	return ok && p.Cmp(big.NewRat(1, 1)) > 0 && p.Cmp(big.NewRat(1_000_000, 1)) <= 0
}}

// whomFirst is which of more supporters than it can represent a member of greedy Monroe takes: those who come first where the profile knows the
// order of its ballots, or, there too, those who have the fewest others to hope for.
var whomFirst = setting{name: "represent", value: "first-cast", words: []string{"first-cast", "fewest-others"}}

func committeeMethod(name Method, numbers measure, own ...setting) method {
	return method{
		name: name, revision: 1, shapes: []Shape{ShapeChoices}, seats: true,
		settings: own,
		count:    func(c *counting) error { return countCommittee(c, committee.Rule(name), numbers) },
		told:     tellCommittee,
	}
}

// mostCommittees is how many winning committees a result lists. If more win, those listed come first in the question's order, which means
// nothing, and the figure "committees-not-listed" says so.
const mostCommittees = 10_000

// mostLoads is how many distinct ballots a result tells the loads of.
const mostLoads = 1000

func countCommittee(c *counting, rule committee.Rule, numbers measure) error {
	if c.result.Expressed.Voices == 0 {
		return nil
	}
	p, rows := c.approvals()
	options := committee.Options{Limit: mostCommittees}
	if rule == committee.Geom {
		options.Base, _ = new(big.Rat).SetString(c.setting("p"))
	}
	if rule == committee.GreedyMonroe && c.setting("represent") == "first-cast" {
		options.Ballots = c.oneByOne(rows)
	}
	order, by := c.wholeOrder()
	options.Resolute, options.Order = order != nil, order
	out, err := committee.Count(p, rule, c.question.places(), options)
	if err != nil {
		return err
	}
	w := committeeWorking{c, numbers}
	open := w.rounds(out, by)
	w.outcome(out, open)
	if !open && len(rows) <= mostLoads {
		for i, row := range rows {
			if i < len(out.Loads) {
				c.result.Loads = append(c.result.Loads, w.load(row, p.Groups[i].Weight, out.Loads[i]))
			}
			if i < len(out.Budgets) {
				c.result.Budgets = append(c.result.Budgets, w.load(row, p.Groups[i].Weight, out.Budgets[i]))
			}
		}
	}
	c.electCommittee(out, by)
	return nil
}

// approvals gives the ballots as the rules take them, in an order that follows from what they say.
func (c *counting) approvals() (committee.Profile, [][]Mark) {
	type group struct {
		row    []Mark
		weight int64
	}
	var ballots []group
	for i := range c.rows() {
		if row, weight := c.row(i); weight > 0 {
			ballots = append(ballots, group{row, weight})
		}
	}
	if blank := int64(c.result.Blank.Voices / c.unit); blank > 0 {
		ballots = append(ballots, group{nil, blank})
	}
	slices.SortFunc(ballots, func(a, b group) int { return slices.Compare(a.row, b.row) })
	p := committee.Profile{Candidates: c.options(), Groups: make([]committee.Group, len(ballots))}
	rows := make([][]Mark, len(ballots))
	for i, b := range ballots {
		approved := make([]int, len(b.row))
		for j, m := range b.row {
			approved[j] = m.Option()
		}
		p.Groups[i], rows[i] = committee.Group{Approved: approved, Weight: b.weight}, b.row
	}
	return p, rows
}

// oneByOne gives the group of each ballot in the order in which they came, where that is known and all that were cast are in it.
func (c *counting) oneByOne(rows [][]Mark) []int {
	order := c.profile.order
	if order == nil || c.unit != Voice || int64(len(order)) != c.result.Expressed.Seats+c.result.Blank.Seats {
		return nil
	}
	group := make(map[int32]int, len(rows))
	for i := range c.rows() {
		row, _ := c.row(i)
		at, _ := slices.BinarySearchFunc(rows, row, slices.Compare)
		group[int32(i)] = at
	}
	group[blankRow] = 0 // the row without a mark is the first
	out := make([]int, len(order))
	for i, row := range order {
		out[i] = group[row]
	}
	return out
}

// wholeOrder gives the order in which the count's ties put all options, and what made it; nil when they do not.
func (c *counting) wholeOrder() ([]int, TieBreak) {
	if c.ties == nil {
		return nil, TieStands
	}
	for _, by := range c.ties.By {
		var order []Choice
		switch by {
		case TieOrder:
			order = c.ties.Order
		case TieLot:
			order = Lot(c.ties.Seed, c.ties.Poll, c.profile.options)
		}
		if len(order) != c.options() {
			continue
		}
		places := make([]int, len(order))
		for i, o := range order {
			places[i] = c.profile.at[o]
		}
		return places, by
	}
	return nil, TieStands
}

// electCommittee ends the count: the winners are everybody in a winning committee, ranked by being in all of them, in some or in none.
func (c *counting) electCommittee(out committee.Outcome, by TieBreak) {
	in := make([]int, c.options())
	for _, members := range out.Committees {
		c.result.Committees = append(c.result.Committees, c.choices(members))
		for _, o := range members {
			in[o]++
		}
	}
	class := func(o int) int {
		switch in[o] {
		case len(out.Committees):
			return 2
		case 0:
			return 0
		}
		return 1
	}
	for _, group := range groups(c.everybody(), func(a, b int) int { return class(a) - class(b) }) {
		c.result.Ranking = append(c.result.Ranking, c.choices(group))
		if class(group[0]) > 0 {
			c.result.Winners = append(c.result.Winners, c.choices(group)...)
		}
	}
	if out.More {
		c.result.addFigure("committees-not-listed", "1")
	}
	if by != TieStands && out.Tied {
		c.result.Broken = append(c.result.Broken, Broken{By: by, Choices: []Choice{}, Chosen: c.choices(out.Chosen)})
	}
}

// committeeWorking puts an outcome's numbers, which count in the profile's units, into voices.
type committeeWorking struct {
	*counting
	numbers measure
}

func (w committeeWorking) number(r *big.Rat, m measure) Number {
	switch m {
	case inVotes:
		return w.parts(r)
	case perVote:
		return NumberOf(new(big.Rat).Mul(r, big.NewRat(int64(Voice), int64(w.unit))))
	}
	return NumberOf(r)
}

// outcome gives the figures of the whole count; what only one of several committees has is left out while a tie is open.
func (w committeeWorking) outcome(out committee.Outcome, open bool) {
	r := &w.result
	for i, n := range out.Scores {
		if n != nil {
			r.Scores = append(r.Scores, Score{w.choice(i), w.number(n, w.numbers)})
		}
	}
	for _, n := range out.Value {
		r.addFigure("value", w.number(n, w.numbers))
	}
	for members, units := range out.Represented {
		if !open {
			r.addFigure("with-members-"+strconv.Itoa(members), w.voices(units))
		}
	}
}

// rounds tells the rounds, up to the first tie that nothing breaks: from there on the ways part. It says whether there is one.
func (w committeeWorking) rounds(out committee.Outcome, by TieBreak) (open bool) {
	told := out.Rounds
	if by == TieStands && out.Common != nil {
		told = out.Common
	}
	for _, from := range told {
		to := w.round(from)
		if len(from.Tied) > 0 {
			to.Broken = &Broken{Choices: w.choices(from.Tied)}
			if by == TieStands {
				w.result.Rounds = append(w.result.Rounds, Round{Action: ActionCount, Phase: to.Phase, Tallies: to.Tallies, Broken: to.Broken})
				return true
			}
			to.Broken.By, to.Broken.Chosen = by, to.Choices
		}
		if last := len(w.result.Rounds) - 1; last >= 0 && w.result.Rounds[last].leavesWith(to) {
			w.result.Rounds[last].Choices = append(w.result.Rounds[last].Choices, to.Choices...)
			continue
		}
		w.result.Rounds = append(w.result.Rounds, to)
	}
	return out.Tied && by == TieStands
}

// leavesWith says whether both rounds are one, in which several leave together.
func (r Round) leavesWith(next Round) bool {
	return r.Action == ActionEliminate && next.Action == ActionEliminate && r.Broken == nil && next.Broken == nil &&
		slices.Equal(r.Tallies, next.Tallies)
}

func (w committeeWorking) round(from committee.Round) Round {
	to := Round{Phase: from.Phase}
	switch {
	case from.Elected >= 0:
		to.Action, to.Choices = ActionElect, w.choices([]int{from.Elected})
		to.Elected = to.Choices
	case from.Removed >= 0:
		to.Action, to.Choices = ActionEliminate, w.choices([]int{from.Removed})
	default:
		to.Action = ActionCount
	}
	for o, n := range from.Scores {
		if n != nil {
			to.Tallies = append(to.Tallies, Score{w.choice(o), w.number(n, w.numbers)})
		}
	}
	for _, p := range from.Payments {
		to.Payments = append(to.Payments, Payment{
			w.voices(p.Weight), w.number(p.Had, perVote), w.number(p.Paid, perVote), w.number(p.Has, perVote),
		})
	}
	return to
}

func (w committeeWorking) load(row []Mark, weight int64, n *big.Rat) Load {
	ballot := make([]Choice, len(row))
	for i, m := range row {
		ballot[i] = w.choice(m.Option())
	}
	return Load{ballot, w.voices(weight), w.number(n, perVote)}
}

// tellCommittee tells the rounds, then the committees.
func tellCommittee(t *countTeller, r Result) {
	t.rounds(r.Rounds)
	t.scores(r)
	t.figures(r.Figures)
	if len(r.Committees) > 1 {
		t.say("count.committees", "n", len(r.Committees))
		for i, members := range r.Committees {
			if i == 20 {
				t.say("count.committees.more", "n", len(r.Committees)-i)
				break
			}
			t.say("count.committee", "names", t.list(members))
		}
	}
}
