package voting

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/communecter/coopspace/internal/fault"
)

// ErrMethod refuses to count ballots by a method that cannot count them.
var ErrMethod = fault.New(fault.Invalid, "method.unfit", "this method cannot count these ballots")

// Count counts a profile by its question's method and breaks no tie. It is exact.
func Count(p *Profile) (Result, error) {
	if p == nil {
		return Result{}, ErrProfile.At("", "there is no profile")
	}
	return CountBy(p, p.question, nil)
}

// CountBy counts a profile by any method that counts ballots of its shape: the method, the seats and the settings are those of q, whose
// options must be the profile's; without options, q takes them. Ties are broken as ties says. Many methods may count one profile, which
// stays as it is. It refuses a question that does not pass Check, a method that counts other shapes, and sums that do not fit.
func CountBy(p *Profile, q Question, ties *Ties) (Result, error) {
	if p == nil {
		return Result{}, ErrProfile.At("", "there is no profile")
	}
	if q.Options == nil {
		q.Options = p.question.Options
	}
	least := 2
	if p.question.Method == "" {
		least = 1 // a file may well have one candidate
		if q.Method.Proposes() && len(q.Options) > 0 {
			return Result{}, ErrMethod.At("method", string(q.Method)+" asks for answers to one proposal, and these ballots name options")
		}
	}
	if err := q.checkFrom(least); err != nil {
		return Result{}, err
	}
	m := q.Method.find()
	if !slices.Contains(m.shapes, p.shape) {
		return Result{}, ErrMethod.At("method", fmt.Sprintf("%s counts ballots of the shape %v, and these are of the shape %s", m.name, m.shapes, p.shape))
	}
	if !slices.Equal(p.options, q.answers()) {
		return Result{}, ErrProfile.At("options", "are not those of the ballots")
	}
	if err := ties.check(q); err != nil {
		return Result{}, err
	}
	if p.tallied.Seats > 0 && !m.tallies {
		return Result{}, ErrMethod.At("method", string(m.name)+" needs the ballots, and of these only sums are known")
	}
	if err := p.within(q.bounds()); err != nil {
		return Result{}, err
	}
	c := &counting{profile: p, method: m, question: q, ties: ties, unit: p.unit(), result: p.begin(q)}
	if err := m.count(c); err != nil {
		return Result{}, err
	}
	return c.result, nil
}

// begin gives a result with all that does not depend on the method.
func (p *Profile) begin(q Question) Result {
	r := Result{
		Method: q.Method, Revision: q.Method.Revision(), Seats: q.Seats, Settings: q.clone().Settings,
		Votes:   []Tally{},
		Abstain: p.abstain, Blank: p.blank, Invalid: p.invalid, Cast: p.cast, Unit: p.unit(),
		Reasons: p.listReasons(),
		Ranking: [][]Choice{}, Winners: []Choice{},
	}
	for i, v := range p.answers {
		r.Votes = append(r.Votes, Tally{p.options[i], v})
		r.Expressed = r.Expressed.plus(v)
	}
	for i := range p.sheets.len() {
		v := p.sheets.votes(i)
		if p.papers && !slices.ContainsFunc(p.sheets.row(i), func(m Mark) bool { return !m.namesNobody() }) {
			r.Invalid = r.Invalid.plus(v)
			continue
		}
		r.Expressed = r.Expressed.plus(v)
	}
	r.Expressed = r.Expressed.plus(p.tallied)
	return r
}

// counting is one count under way. Options are known by their places; weights are whole numbers of the profile's unit.
type counting struct {
	profile  *Profile
	method   *method
	question Question
	ties     *Ties
	unit     Weight // of the profile
	result   Result
	bare     []Mark // of row
	draws    int    // of TieDrawn, used
}

// options gives how many options there are.
func (c *counting) options() int { return len(c.profile.options) }

// rows gives how many distinct ballots there are.
func (c *counting) rows() int { return c.profile.sheets.len() }

// row gives distinct ballot i, and its weight in units. It is without the marks that only paper has, and good until the next; what then names
// nobody has no weight.
func (c *counting) row(i int) ([]Mark, int64) {
	row := c.marks(i)
	if c.profile.papers && !slices.ContainsFunc(row, func(m Mark) bool { return m != SkippedRank }) {
		return row, 0
	}
	return row, int64(c.profile.sheets.votes(i).Voices / c.unit)
}

// marks gives distinct ballot i as row does.
func (c *counting) marks(i int) []Mark {
	if c.profile.papers {
		return c.strip(c.profile.sheets.row(i))
	}
	return c.profile.sheets.row(i)
}

// paper gives distinct ballot i with all its marks, and its weight in units.
func (c *counting) paper(i int) ([]Mark, int64) {
	return c.profile.sheets.row(i), int64(c.profile.sheets.votes(i).Voices / c.unit)
}

// total gives the weight of all ballots that name an option, in units.
func (c *counting) total() int64 { return int64(c.result.Expressed.Voices / c.unit) }

// fits refuses a count in which so many times the total weight would be summed and might not fit.
func (c *counting) fits(times int64) error {
	if times > 0 && c.total() > math.MaxInt64/times {
		return ErrWeightOverflow
	}
	return nil
}

// voices gives a number of units in voices.
func (c *counting) voices(units int64) Number {
	if units >= 0 && units <= math.MaxInt64/int64(c.unit) {
		return Number((Weight(units) * c.unit).String())
	}
	return c.parts(new(big.Rat).SetInt64(units))
}

// parts gives an exact number of units in voices.
func (c *counting) parts(units *big.Rat) Number {
	return NumberOf(new(big.Rat).Mul(units, big.NewRat(int64(c.unit), int64(Voice))))
}

func (c *counting) choice(place int) Choice { return c.profile.options[place] }

func (c *counting) choices(places []int) []Choice {
	out := make([]Choice, len(places))
	for i, o := range places {
		out[i] = c.choice(o)
	}
	return out
}

// setting gives the value of one of the method's settings.
func (c *counting) setting(name string) string { return c.question.value(c.method, name) }

// everybody gives the places of all options.
func (c *counting) everybody() []int {
	all := make([]int, c.options())
	for i := range all {
		all[i] = i
	}
	return all
}

// groups puts options in groups, the best first, by a comparison of places: positive when a is better than b. Within a group they stand
// in the question's order.
func groups(places []int, compare func(a, b int) int) [][]int {
	order := slices.Clone(places)
	slices.SortStableFunc(order, func(a, b int) int { return -compare(a, b) })
	var out [][]int
	for i, o := range order {
		if i == 0 || compare(o, order[i-1]) != 0 {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], o)
	}
	return out
}

// score ends a count in which everybody has a number of units: the ranking follows it, and the first win the seats.
func (c *counting) score(units []int64) { c.scoreAmong(units, nil) }

// scoreAmong is score where only some may win; nil: everybody.
func (c *counting) scoreAmong(units []int64, may func(o int) bool) {
	for i, n := range units {
		c.result.Scores = append(c.result.Scores, Score{c.choice(i), c.voices(n)})
	}
	c.rankAmong(groups(c.everybody(), func(a, b int) int { return cmp.Compare(units[a], units[b]) }), may)
}

// scoreExactly is score for numbers that are not whole.
func (c *counting) scoreExactly(units []*big.Rat) {
	for i, n := range units {
		c.result.Scores = append(c.result.Scores, Score{c.choice(i), c.parts(n)})
	}
	c.rank(groups(c.everybody(), func(a, b int) int { return units[a].Cmp(units[b]) }))
}

// rank ends a count with a ranking, the best group first, and gives the first the seats. A tie for the last seats is broken as the count's
// ties say; unbroken, all of the tied are among the winners, who are then more than the seats. When nobody has a voice nobody wins.
func (c *counting) rank(ranking [][]int) { c.rankAmong(ranking, nil) }

// rankAmong is rank where only some may win; nil: everybody.
func (c *counting) rankAmong(ranking [][]int, may func(o int) bool) {
	r := &c.result
	for _, group := range ranking {
		r.Ranking = append(r.Ranking, c.choices(group))
	}
	if r.Expressed.Voices == 0 {
		return
	}
	seats := c.question.places()
	for _, group := range ranking {
		if may != nil {
			group = slices.DeleteFunc(slices.Clone(group), func(o int) bool { return !may(o) })
		}
		free := seats - len(r.Winners)
		if free <= 0 {
			return
		}
		if len(group) <= free {
			r.Winners = append(r.Winners, c.choices(group)...)
			continue
		}
		chosen, broken := c.among(group, free, stages{})
		r.Broken = append(r.Broken, *broken)
		r.Winners = append(r.Winners, c.choices(chosen)...)
		return
	}
}

// among chooses so many of the tied, one after the other, or gives all of them when nothing breaks the tie.
func (c *counting) among(tied []int, free int, past stages) ([]int, *Broken) {
	out := &Broken{Choices: c.choices(tied)}
	left, chosen := slices.Clone(tied), []int{}
	for len(chosen) < free {
		if len(left) == free-len(chosen) {
			chosen = append(chosen, left...)
			break
		}
		next, broken, ok := c.first(left, past)
		if !ok {
			return tied, &Broken{Choices: out.Choices}
		}
		out.By = broken.By
		chosen = append(chosen, next)
		left = slices.DeleteFunc(left, func(o int) bool { return o == next })
	}
	out.Chosen = c.choices(chosen)
	return chosen, out
}
