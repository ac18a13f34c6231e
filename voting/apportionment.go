package voting

import (
	"cmp"
	"math/big"
	"math/bits"
)

// DHondt divides seats among parties by highest averages with the divisors 1, 2, 3, ...: also Jefferson's method. Seats may outnumber
// parties. docs/methods/apportionment.md.
const DHondt Method = "dhondt"

// SainteLague divides seats by highest averages with the divisors 1, 3, 5, ...: also Webster's method. docs/methods/apportionment.md.
const SainteLague Method = "sainte-lague"

// LargestRemainder gives each party a seat for each full quota of votes, and the seats left to the largest remainders.
// docs/methods/apportionment.md.
const LargestRemainder Method = "largest-remainder"

var dHondt = method{
	name: DHondt, revision: 1, told: tellShares, shapes: []Shape{ShapeChoice, ShapeRanking}, seats: true, shares: true,
	count: func(c *counting) error { return c.highestAverages(1, func(seats int64) int64 { return seats + 1 }) },
}

var sainteLague = method{
	name: SainteLague, revision: 1, told: tellShares, shapes: []Shape{ShapeChoice, ShapeRanking}, seats: true, shares: true,
	settings: []setting{firstDivisor},
	count: func(c *counting) error {
		first := map[string]int64{"1": 5, "1.2": 6, "1.4": 7}[c.setting(firstDivisor.name)]
		return c.highestAverages(5, func(seats int64) int64 {
			if seats == 0 {
				return first
			}
			return 5 * (2*seats + 1)
		})
	},
}

var largestRemainder = method{
	name: LargestRemainder, revision: 1, told: tellShares, shapes: []Shape{ShapeChoice, ShapeRanking}, seats: true, shares: true,
	settings: []setting{quotaSetting("hare")},
	count:    countLargestRemainder,
}

// firstDivisor is larger where a party's first seat should be dearer.
var firstDivisor = setting{name: "first-divisor", value: "1", words: []string{"1", "1.2", "1.4"}}

// Share is how many seats an option has.
type Share struct {
	Choice Choice `json:"choice"`
	Seats  int64  `json:"seats"`
}

// firstVotes gives the votes of each party: of ballots for one choice, or of rankings by whom alone they put first.
func (c *counting) firstVotes() []int64 {
	if c.profile.shape == ShapeChoice {
		return c.named()
	}
	units := make([]int64, c.options())
	for i := range c.rows() {
		row, weight := c.row(i)
		for first := range ranks(row) {
			if len(first) == 1 {
				units[first[0].Option()] += weight
			}
			break
		}
	}
	return units
}

// highestAverages gives one seat after the other to the highest average: votes divided by the divisor for the seats that a party has, in
// parts of scale.
func (c *counting) highestAverages(scale int64, divisor func(seats int64) int64) error {
	votes := c.firstVotes()
	seats := make([]int64, len(votes))
	parties := voted(votes)
	average := func(a, b int) int { // votes may be large: their products with divisors need twice the bits
		highA, lowA := bits.Mul64(uint64(votes[a]), uint64(divisor(seats[b])))
		highB, lowB := bits.Mul64(uint64(votes[b]), uint64(divisor(seats[a])))
		return cmp.Or(cmp.Compare(highA, highB), cmp.Compare(lowA, lowB))
	}
	for free := c.question.places(); free > 0 && len(parties) > 0; {
		best := parties[:1:1]
		for _, o := range parties[1:] {
			switch d := average(o, best[0]); {
			case d > 0:
				best = []int{o}
			case d == 0:
				best = append(best, o)
			}
		}
		height := big.NewRat(scale, divisor(seats[best[0]]))
		height.Mul(height, new(big.Rat).SetInt64(votes[best[0]]))
		tied, broken := c.award(best, free, []Figure{{"average", c.parts(height)}})
		if broken != nil && broken.By == "" {
			c.share(votes, seats, tied)
			return nil
		}
		for _, o := range tied {
			seats[o]++
		}
		free -= len(tied)
	}
	c.share(votes, seats, nil)
	return nil
}

// voted gives the places of those with votes: nobody wins a seat without.
func voted(votes []int64) []int {
	var parties []int
	for o, n := range votes {
		if n > 0 {
			parties = append(parties, o)
		}
	}
	return parties
}

// award gives each of some a seat, or, where they are more than the seats left, those whom the count's ties choose. It notes the round. A
// Broken without By says that nothing chose.
func (c *counting) award(best []int, free int, figures []Figure) ([]int, *Broken) {
	round := Round{Action: ActionElect, Choices: c.choices(best), Figures: figures}
	if len(best) > free {
		best, round.Broken = c.among(best, free, stages{})
	}
	if round.Broken == nil || round.Broken.By != "" {
		round.Elected = c.choices(best)
	} else {
		round.Action = ActionCount
	}
	c.result.Rounds = append(c.result.Rounds, round)
	return best, round.Broken
}

// share ends a count: the seats of each, and a ranking by seats, then by votes. The winners are all with a seat, and those tied for one.
func (c *counting) share(votes, seats []int64, tied []int) {
	r := &c.result
	wins := make([]bool, len(votes))
	for _, o := range tied {
		wins[o] = true
	}
	for o, n := range votes {
		r.Scores = append(r.Scores, Score{c.choice(o), c.voices(n)})
		r.Shares = append(r.Shares, Share{c.choice(o), seats[o]})
		wins[o] = wins[o] || seats[o] > 0
	}
	order := groups(c.everybody(), func(a, b int) int {
		return cmp.Or(cmp.Compare(seats[a], seats[b]), cmp.Compare(votes[a], votes[b]))
	})
	for _, group := range order {
		r.Ranking = append(r.Ranking, c.choices(group))
		for _, o := range group {
			if wins[o] {
				r.Winners = append(r.Winners, c.choice(o))
			}
		}
	}
}

// countLargestRemainder compares exact remainders. Where quotas are so small that more are full than there are seats, the seats go where
// the most votes are left before each is given: those with the least lose the last.
func countLargestRemainder(c *counting) error {
	votes := c.firstVotes()
	seats := make([]int64, len(votes))
	parties := voted(votes)
	if len(parties) == 0 {
		c.share(votes, seats, nil)
		return nil
	}
	total := new(big.Rat)
	for _, o := range parties {
		total.Add(total, new(big.Rat).SetInt64(votes[o]))
	}
	quota := c.quotaOf(total)
	c.result.addFigure("quota", c.parts(quota))
	rest := make([]*big.Rat, len(votes))
	given := 0
	var full []int
	round := Round{Action: ActionElect}
	for _, o := range parties {
		rest[o] = new(big.Rat).SetInt64(votes[o])
		quotas := new(big.Rat).Quo(rest[o], quota)
		seats[o] = new(big.Int).Quo(quotas.Num(), quotas.Denom()).Int64()
		rest[o].Sub(rest[o], new(big.Rat).Mul(quota, big.NewRat(seats[o], 1)))
		round.Tallies = append(round.Tallies, Score{c.choice(o), c.voices(votes[o])})
		if given += int(seats[o]); seats[o] > 0 {
			full = append(full, o)
		}
	}
	round.Choices = c.choices(full)
	round.Elected = round.Choices
	if len(full) > 0 {
		c.result.Rounds = append(c.result.Rounds, round)
	}
	byRest := func(a, b int) int { return rest[a].Cmp(rest[b]) }
	if excess := given - c.question.places(); excess > 0 {
		c.giveBack(excess, quota, votes, seats)
		return nil
	}
	for free := c.question.places() - given; free > 0; { // seldom more than once: with a large quota, parties may all get one
		for _, group := range groups(parties, byRest) {
			if free == 0 {
				break
			}
			chosen, broken := c.award(group, free, []Figure{{"remainder", c.parts(rest[group[0]])}})
			if broken != nil && broken.By == "" {
				c.share(votes, seats, chosen)
				return nil
			}
			for _, o := range chosen {
				seats[o]++
			}
			free -= len(chosen)
		}
	}
	c.share(votes, seats, nil)
	return nil
}

// giveBack takes the seats that were given where the fewest votes were left. Those tied for keeping theirs are left without where nothing
// breaks the tie.
func (c *counting) giveBack(excess int, quota *big.Rat, votes, seats []int64) {
	before := func(o int) *big.Rat { // the votes that were left when the last seat was given
		paid := new(big.Rat).Mul(quota, big.NewRat(seats[o]-1, 1))
		return paid.Sub(new(big.Rat).SetInt64(votes[o]), paid)
	}
	for excess > 0 {
		seated := groups(voted(seats), func(a, b int) int { return before(a).Cmp(before(b)) })
		last := seated[len(seated)-1]
		for _, o := range last {
			seats[o]--
		}
		if excess -= len(last); excess < 0 {
			tied, broken := c.award(last, -excess, nil)
			if broken.By == "" {
				c.share(votes, seats, tied)
				return
			}
			for _, o := range tied {
				seats[o]++
			}
		}
	}
	c.share(votes, seats, nil)
}

// quotaOf gives the votes for one seat, in units.
func (c *counting) quotaOf(votes *big.Rat) *big.Rat {
	over := int64(c.question.places())
	switch c.setting("quota") {
	case "droop": // whole voices
		voice := big.NewRat(int64(Voice/c.unit), 1)
		per := new(big.Rat).Quo(votes, big.NewRat(over+1, 1))
		per.Quo(per, voice)
		whole := new(big.Int).Quo(per.Num(), per.Denom())
		return per.Mul(per.SetInt(whole.Add(whole, big.NewInt(1))), voice)
	case "hagenbach-bischoff":
		over++
	case "imperiali":
		over += 2
	}
	return new(big.Rat).Quo(votes, big.NewRat(over, 1))
}
