package allocation

import "math/big"

// margin says how much more everybody may have in the beginning without a run buying anything else, so that shares between can be passed
// over.
//
// Let everybody have d more for each unit of weight, and the same be bought. Then nobody ever holds less than before, and nobody pays a
// higher price: those who had too little pay more of it. Nobody holds more than d*growth more either: the price of a point falls by at
// most what those who had too little have more, spread over the points of the others, and growth is multiplied by so much at each
// purchase. So a project that could not be bought stays so until d*growth pays what is missing, and one that asked more than the cheapest
// goes on doing so until its price can have fallen to that; the cheapest can only have become cheaper. All bounds are on the safe side.
type margin struct {
	on     bool     // work it out
	growth *big.Int // in units of the last place, rounded up
	least  *ratio   // nothing changes below this d, in minor units for each unit of weight; nil: nothing ever changes
}

const growthPlaces = 32

func newMargin() margin { return margin{growth: new(big.Int).Lsh(big.NewInt(1), growthPlaces)} }

// bound notes that something may change when everybody has so much more.
func (m *margin) bound(num, den *big.Int) {
	r := ratio{num.Lsh(num, growthPlaces), den}
	if m.least == nil || r.cmp(*m.least) < 0 {
		m.least = &r
	}
}

// short notes a project whose supporters have too little: what is missing is the num of its offer.
func (m *margin) short(s *shares, o offer) {
	if !m.on {
		return
	}
	den := new(big.Int).Mul(s.purses.whole, o.growth)
	m.bound(new(big.Int).Set(o.num), den.Mul(den, big.NewInt(s.in.support[o.project])))
}

// overtaken notes all projects that ask more than the cheapest, or as much.
func (m *margin) overtaken(s *shares, best ratio, cheapest int) {
	if !m.on {
		return
	}
	for _, o := range s.asked {
		if o.project == cheapest || o.drained == 0 {
			continue
		}
		worth := s.worth[o.project]
		num := new(big.Int).Mul(o.rho.num, best.den)
		num.Sub(num, new(big.Int).Mul(best.num, o.rho.den))
		if num.Sign() < 0 {
			num.SetInt64(0)
		}
		num.Mul(num, worth.Num()).Mul(num, big.NewInt(o.den))
		den := new(big.Int).Mul(o.rho.den, best.den)
		den.Mul(den, worth.Denom()).Mul(den, o.growth)
		m.bound(num, den.Mul(den, big.NewInt(o.drained)))
	}
}

// grow notes that the classes of a project pay for it.
func (m *margin) grow(classes []class, o offer) {
	var most int64
	for _, c := range classes {
		most = max(most, c.points)
	}
	more := new(big.Int).Mul(big.NewInt(most), big.NewInt(o.drained))
	more.Mul(more, m.growth)
	den := big.NewInt(o.den)
	more.Add(more, new(big.Int).Sub(den, big.NewInt(1))).Quo(more, den)
	m.growth = more.Add(more, m.growth)
}

// steps gives after how many increments something may change, at least one; 0 if nothing ever does.
func (m *margin) steps(increment *big.Rat) *big.Int {
	if m.least == nil {
		return new(big.Int)
	}
	num := new(big.Int).Mul(m.least.num, increment.Denom())
	den := new(big.Int).Mul(m.least.den, increment.Num())
	num.Add(num, den).Sub(num, big.NewInt(1)).Quo(num, den)
	if num.Sign() == 0 {
		num.SetInt64(1)
	}
	return num
}
