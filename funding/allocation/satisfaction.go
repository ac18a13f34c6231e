package allocation

import "math/big"

// Satisfaction is what a voter gains from a project that they support and that is bought.
type Satisfaction string

// The satisfactions. Append only. Where ballots give points, each multiplies its figure by the voter's points for the project, except
// Cardinality and CC, which look only at whether there are any.
const (
	Cost        Satisfaction = "cost"        // its cost
	Cardinality Satisfaction = "cardinality" // 1
	Points      Satisfaction = "points"      // the voter's points for it
	Effort      Satisfaction = "effort"      // its cost divided by the weight of its supporters
	CC          Satisfaction = "cc"          // 1 for the first project bought that they support, nothing for another
	// CostSqrt and CostLog are the square root, and the logarithm of one more, of what all bought projects that they support cost together.
	CostSqrt Satisfaction = "cost-sqrt"
	CostLog  Satisfaction = "cost-log"
	// AdditiveCostSqrt and AdditiveCostLog take the root or the logarithm of each cost by itself, and add these up.
	AdditiveCostSqrt Satisfaction = "additive-cost-sqrt"
	AdditiveCostLog  Satisfaction = "additive-cost-log"
)

// Satisfactions gives all satisfactions.
func Satisfactions() []Satisfaction {
	return []Satisfaction{Cost, Cardinality, Points, Effort, CC, CostSqrt, CostLog, AdditiveCostSqrt, AdditiveCostLog}
}

func (s Satisfaction) known() bool {
	if s == "" {
		return true
	}
	for _, k := range Satisfactions() {
		if s == k {
			return true
		}
	}
	return false
}

// counted says whether a voter's points multiply the satisfaction.
func (s Satisfaction) counted() bool { return s != Cardinality && s != CC }

// worth gives what a project satisfies for each point if it is bought alone: the factor that is the same for all voters. Roots are those of
// minor units, logarithms those of units of the currency; both are rounded as root.go says.
func (in *instance) worth(p int) *big.Rat {
	switch in.options.Satisfaction {
	case Cost:
		return new(big.Rat).SetInt64(in.costs[p])
	case Effort:
		return big.NewRat(in.costs[p], in.support[p])
	case CostSqrt, AdditiveCostSqrt:
		return squareRoot(in.costs[p])
	case CostLog, AdditiveCostLog:
		return logarithm(in.costs[p], in.election.budget.Currency().Unit())
	}
	return big.NewRat(1, 1)
}

// density gives how much all voters together are satisfied by each minor unit of a project's cost, in units of weight.
func (in *instance) density(p int) *big.Rat {
	total := in.support[p]
	if in.options.Satisfaction.counted() {
		total = in.score[p]
	}
	d := new(big.Rat).Mul(in.worth(p), new(big.Rat).SetInt64(total))
	return d.Quo(d, new(big.Rat).SetInt64(in.costs[p]))
}
