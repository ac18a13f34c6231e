package allocation

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// instance is an election in whole numbers, with the one order that breaks its ties, as every rule sees it. Projects are places, voters
// are groups of equal ballots. Nothing in it changes while a rule runs.
type instance struct {
	election *Election
	options  Options
	costs    []int64 // in minor units, by project
	budget   int64   // in minor units
	groups   []group
	backers  [][]backer    // by project: who supports it
	unit     voting.Weight // all weights are whole numbers of it
	weight   int64         // of all who cast a valid ballot, in units: they share the budget
	support  []int64       // by project: the weight of its supporters, in units
	ballots  []int64       // by project: how many ballots with a voice support it
	score    []int64       // by project: the sum of its supporters' weights times their points, in units
	rank     []int         // by project: its place in the order that breaks ties
}

// group is the voters of one ballot, who have a voice.
type group struct {
	ballots  int64
	weight   int64 // in units
	supports []support
}

// support is what a ballot gives one project, never 0: points, or 1 where ballots give none.
type support struct {
	project int
	points  int64
}

// backer is a group that supports a project.
type backer struct {
	group  int
	points int64
}

// ErrTooLarge refuses an election whose numbers do not fit.
var ErrTooLarge = fault.New(fault.Invalid, "allocation.too_large",
	"the weights and points of this election add up to more than can be counted exactly")

// ErrNoBallots refuses to share a budget when nobody with a voice has cast a ballot.
var ErrNoBallots = fault.New(fault.Invalid, "allocation.no_ballots", "nobody with a voice has cast a ballot")

// newInstance makes the whole numbers of an election. Ballots of weight 0 are consultative: they support nothing here.
func newInstance(e *Election, o Options) (*instance, error) {
	n := len(e.projects)
	in := &instance{
		election: e, options: o, budget: e.budget.Minor(), costs: make([]int64, n), backers: make([][]backer, n),
		support: make([]int64, n), ballots: make([]int64, n), score: make([]int64, n),
	}
	for i, p := range e.projects {
		in.costs[i] = p.Cost.Minor()
	}
	blank := e.ballots.Blank().Voices
	in.unit = blank
	for _, v := range e.ballots.Rows() {
		in.unit = divisor(in.unit, v.Voices)
	}
	if in.unit == 0 {
		return nil, ErrNoBallots
	}
	in.weight = int64(blank / in.unit)
	silent := map[string]int64{}
	for row, v := range e.silent.Rows() {
		silent[text(row)] = v.Seats
	}
	for row, v := range e.ballots.Rows() {
		if v.Voices == 0 {
			continue
		}
		if len(silent) > 0 {
			v.Seats -= silent[text(row)]
		}
		if err := in.add(e.supports(row), v); err != nil {
			return nil, err
		}
	}
	var err error
	in.rank, err = o.Ties.rank(in)
	return in, err
}

// text gives a row as the key of a map.
func text(row []voting.Mark) string {
	var b []byte
	for _, m := range row {
		b = binary.AppendVarint(b, int64(m))
	}
	return string(b)
}

// add adds the voters of one ballot.
func (in *instance) add(supports []support, v voting.Votes) error {
	g := group{ballots: v.Seats, weight: int64(v.Voices / in.unit), supports: supports}
	in.weight += g.weight // the profile has checked that all voices together fit
	for _, s := range supports {
		sum := times(g.weight, s.points).plus(wide{low: uint64(in.score[s.project])})
		// The score is shown in voices, so it must fit in millionths, and thereby in units too.
		if high, millionths := bits.Mul64(sum.low, uint64(in.unit)); sum.high > 0 || high > 0 || millionths > math.MaxInt64 {
			return ErrTooLarge
		}
		in.score[s.project] = int64(sum.low)
		in.support[s.project] += g.weight
		in.ballots[s.project] += g.ballots
		in.backers[s.project] = append(in.backers[s.project], backer{len(in.groups), s.points})
	}
	in.groups = append(in.groups, g)
	return nil
}

// supports gives what a row of marks says of each project, without zeros.
func (e *Election) supports(row []voting.Mark) []support {
	var out []support
	rank := 0
	for i, m := range row {
		s := support{m.Option(), 1}
		switch e.shape {
		case voting.ShapePoints:
			if m == voting.NoValue {
				continue
			}
			s = support{i, int64(m)}
		case voting.ShapeRanking:
			if i > 0 && !m.IsLevel() {
				rank++
			}
			if rank >= len(e.vector) {
				return out
			}
			s.points = e.vector[rank]
		}
		if s.points > 0 {
			out = append(out, s)
		}
	}
	return out
}

// voices gives units as voices.
func (in *instance) voices(units int64) voting.Weight { return voting.Weight(units) * in.unit }

// id gives the id of a project.
func (in *instance) id(project int) string { return in.election.projects[project].ID }

func divisor(a, b voting.Weight) voting.Weight {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
