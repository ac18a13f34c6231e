package voting

import (
	"math"
	"math/big"
	"math/bits"
	"slices"
	"strconv"
)

// The methods that count every ballot anew for all that it names: whoever is elected keeps a part of it, just large enough for the quota,
// and the rest goes on to the next, elected or not. docs/methods/meek.md.
const (
	// Meek lets an elected option keep the same proportion of all that every ballot brings it.
	Meek Method = "meek"
	// Warren lets it keep the same price of every ballot, or what the ballot still has.
	Warren Method = "warren"
)

var meek = method{
	name: Meek, revision: 1, shapes: []Shape{ShapeRanking}, seats: true, settings: keepingSettings,
	count: func(c *counting) error { return countKeeping(c, false) },
	told:  explainRatios,
}

var warren = method{
	name: Warren, revision: 1, shapes: []Shape{ShapeRanking}, seats: true, settings: keepingSettings,
	count: func(c *counting) error { return countKeeping(c, true) },
	told:  explainRatios,
}

var keepingSettings = []setting{
	quotaSetting("hagenbach-bischoff"),
	placesSetting("9"),
	// the surplus that is small enough to let the last leave: less than a 1 after so many places
	{name: "omega", value: "6", least: 1, most: 18},
	{name: "leave", value: "one", words: []string{"one", "sure-losers"}},
	// whether the last stays until the surplus is small enough, or leaves whenever a distribution elects nobody
	{name: "converge", value: "yes", words: []string{"yes", "no"}},
}

// keeping is a count under way in which the elected keep a part of what they get.
type keeping struct {
	*seating
	tree  *ballotTree
	keep  []*big.Rat // what each keeps: of a ballot's part (Meek), or at most (Warren)
	price bool       // Warren
	omega *big.Rat
	quota quota
	kept  func() // distributes the votes: exact, or in whole numbers where they fit
}

// countKeeping counts by Meek or Warren.
func countKeeping(c *counting, price bool) error {
	if c.total() == 0 {
		c.rank([][]int{c.everybody()})
		return nil
	}
	omega, _ := strconv.Atoi(c.setting("omega"))
	k := &keeping{
		seating: newSeating(c, c.setting("places")), tree: newBallotTree(c), price: price,
		omega: new(big.Rat).SetFrac(big.NewInt(1), powerOfTen(omega)),
	}
	for range c.options() {
		k.keep = append(k.keep, big.NewRat(1, 1))
	}
	k.kept = k.distributeExactly
	if k.places >= 0 && k.places <= 9 && c.total() <= math.MaxInt64/k.scale.Int64() {
		k.kept = k.distribute
	}
	for {
		over, err := k.turn()
		if over || err != nil {
			return err
		}
	}
}

// turn is one round: votes are distributed until somebody is elected, or so little is over the quota that the last can leave.
func (k *keeping) turn() (over bool, err error) {
	var before *big.Rat // the surplus of the iteration before
	for iterations := 1; ; iterations++ {
		k.cut = make([]bool, k.options())
		k.kept()
		sum := new(big.Rat)
		for _, v := range k.votes {
			sum.Add(sum, v)
		}
		k.quota = quotaOf(k.setting("quota"), sum, k.question.places(), k.arithmetic)
		surplus := k.surplus()
		hasty := k.setting("converge") == "no"
		if reached := k.reached(k.quota); len(reached) > 0 {
			if over = k.electNow(reached, surplus, iterations); over || !hasty {
				return over, nil
			}
			return false, k.adjust()
		}
		if k.full() { // from the beginning: there are as many seats as options
			k.open(surplus, iterations)
			k.finish()
			return true, nil
		}
		if hasty {
			if err := k.adjust(); err != nil {
				return false, err
			}
		}
		if k.setting("leave") == "sure-losers" {
			if losers := k.sureLosers(surplus, len(k.votes)); len(losers) > 0 {
				k.open(surplus, iterations)
				return k.dismiss(losers), nil
			}
		}
		if hasty || surplus.Cmp(k.omega) < 0 || before != nil && k.cmp(surplus, before) >= 0 {
			k.open(surplus, iterations)
			return k.dismissLast(surplus), nil
		}
		before = surplus
		if err := k.adjust(); err != nil {
			return false, err
		}
	}
}

// surplus gives what the elected have over the quota together.
func (k *keeping) surplus() *big.Rat {
	sum := new(big.Rat)
	for _, o := range k.with(elected) {
		sum.Add(sum, k.votes[o])
		sum.Sub(sum, k.quota.votes)
	}
	if sum.Sign() < 0 {
		return new(big.Rat)
	}
	return sum
}

// open begins the round with the votes as they are now.
func (k *keeping) open(surplus *big.Rat, iterations int) {
	k.begin()
	sum := k.voicesOf(k.total())
	for _, v := range k.votes {
		sum.Sub(sum, v)
	}
	if sum.Sign() > 0 {
		k.round.Exhausted = NumberOf(sum)
	}
	k.round.Quota = NumberOf(k.quota.votes)
	k.round.Figures = []Figure{{"iterations", whole(int64(iterations))}, {"surplus", NumberOf(surplus)}}
	for _, o := range k.with(elected) {
		k.round.Ratios = append(k.round.Ratios, Score{k.choice(o), NumberOf(k.keep[o])})
	}
}

// electNow elects those who have the quota.
func (k *keeping) electNow(reached []int, surplus *big.Rat, iterations int) (over bool) {
	k.open(surplus, iterations)
	if !k.elect(reached) {
		k.stand()
		return true
	}
	winners := k.with(pending)
	for _, o := range winners {
		k.standing[o] = elected
	}
	if k.full() {
		k.finish()
		return true
	}
	k.act(ActionElect, winners)
	k.tree.pass(winners)
	return false
}

// dismissLast makes the last leave: whoever has no more than the surplus above the fewest votes is tied with them.
func (k *keeping) dismissLast(surplus *big.Rat) (over bool) {
	hopefuls := k.with(hopeful)
	least := slices.MinFunc(hopefuls, func(a, b int) int { return k.votes[a].Cmp(k.votes[b]) })
	limit := k.votes[least]
	if k.setting("converge") == "yes" {
		limit = new(big.Rat).Add(limit, surplus)
	}
	last := k.oneOfLast(slices.DeleteFunc(hopefuls, func(o int) bool { return k.cmp(k.votes[o], limit) > 0 }))
	if last == nil {
		k.stand()
		return true
	}
	return k.dismiss(last)
}

// dismiss makes options leave.
func (k *keeping) dismiss(losers []int) (over bool) {
	k.exclude(losers)
	if k.full() {
		k.seatRest()
		k.act(ActionEliminate, losers)
		k.conclude()
		return true
	}
	k.act(ActionEliminate, losers)
	for _, o := range losers {
		k.votes[o] = new(big.Rat)
	}
	k.tree.drop(losers)
	return false
}

// adjust lets the elected keep a part so that they would have the quota now, and all where all would not be enough. Whoever has no vote any
// more, because those whom the ballots name before keep everything, keeps all of what may still come.
func (k *keeping) adjust() error {
	one := big.NewRat(1, 1)
	for _, o := range k.with(elected) {
		needed := k.up(new(big.Rat).Mul(k.keep[o], k.quota.votes))
		if needed.Cmp(k.votes[o]) >= 0 {
			k.keep[o] = one
			continue
		}
		k.keep[o] = k.up(needed.Quo(needed, k.votes[o]))
		if k.keep[o].Denom().BitLen() > maxBits {
			return errGrown()
		}
	}
	return nil
}

// distribute gives everybody their votes in whole steps of the last place. A ballot begins with the value 1; of what reaches an option it
// keeps its part, raised to the last place.
func (k *keeping) distribute() {
	t := k.tree
	scale := k.scale.Uint64()
	keep := make([]uint64, len(k.keep))
	for o, r := range k.keep {
		keep[o] = new(big.Int).Quo(new(big.Int).Mul(r.Num(), k.scale), r.Denom()).Uint64()
	}
	votes := make([]uint64, len(k.votes))
	left := make([]uint64, len(t.nodes)) // what goes on from each node
	left[0] = scale
	for i := 1; i < len(t.nodes); i++ {
		n := &t.nodes[i]
		if n.dead || left[n.parent] == 0 {
			continue
		}
		reaches := left[n.parent]
		options := t.options(n.rank)
		share := reaches / uint64(len(options))
		for _, o := range options {
			k.cut[o] = k.cut[o] || share == 0 && n.units > 0
			kept := min(share, keep[o])
			if !k.price {
				high, low := bits.Mul64(share, keep[o])
				low, carry := bits.Add64(low, scale-1, 0)
				kept, _ = bits.Div64(high+carry, low, scale)
			}
			votes[o] += kept * uint64(n.units)
			left[i] += share - kept
		}
	}
	step := new(big.Rat).SetFrac(big.NewInt(int64(k.unit)), new(big.Int).Mul(k.scale, big.NewInt(int64(Voice))))
	for o, n := range votes {
		k.votes[o] = new(big.Rat).Mul(new(big.Rat).SetInt(new(big.Int).SetUint64(n)), step)
	}
}

// distributeExactly is distribute for numbers of any size.
func (k *keeping) distributeExactly() {
	t := k.tree
	votes := make([]*big.Rat, len(k.votes))
	for o := range votes {
		votes[o] = new(big.Rat)
	}
	left := make([]*big.Rat, len(t.nodes))
	left[0] = big.NewRat(1, 1)
	for i := 1; i < len(t.nodes); i++ {
		n := &t.nodes[i]
		left[i] = new(big.Rat)
		if n.dead || left[n.parent].Sign() == 0 {
			continue
		}
		options := t.options(n.rank)
		share := k.down(new(big.Rat).Quo(left[n.parent], new(big.Rat).SetInt64(int64(len(options)))))
		voices := k.voicesOf(n.units)
		for _, o := range options {
			k.cut[o] = k.cut[o] || share.Sign() == 0 && n.units > 0
			kept := share
			switch {
			case !k.price:
				kept = k.up(new(big.Rat).Mul(share, k.keep[o]))
			case k.keep[o].Cmp(share) < 0:
				kept = k.keep[o]
			}
			votes[o].Add(votes[o], new(big.Rat).Mul(kept, voices))
			left[i].Add(left[i], new(big.Rat).Sub(share, kept))
		}
	}
	copy(k.votes, votes)
}
