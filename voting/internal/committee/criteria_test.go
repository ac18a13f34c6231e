package committee_test

import (
	"testing"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting/internal/committee"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Justified representation, by its three grades. A group of voters deserves so many seats when it holds that share of all voters and
// agrees on as many candidates. Justified: nobody in it goes without a member when it deserves one. Proportional: together they have as
// many members as they deserve. Extended: at least one of them has.
const (
	unjustified = iota
	justified
	proportional
	extended
)

// justice gives the highest grade that a committee reaches.
func (n naive) justice(members []int) int {
	reached := extended
	for deserved := 1; deserved <= n.k; deserved++ {
		for _, agreed := range subsets(n.without(nil), deserved) {
			var group [][]int
			for _, b := range n.ballots {
				if common(b, agreed) == deserved {
					group = append(group, b)
				}
			}
			few := 0
			for _, b := range group {
				if common(b, members) < deserved {
					few++
				}
			}
			if n.deserves(few, deserved) {
				reached = min(reached, proportional)
				if deserved == 1 {
					return unjustified
				}
			}
			for _, only := range subsets(members, deserved-1) {
				together := 0
				for _, b := range group {
					if common(b, only) == common(b, members) {
						together++
					}
				}
				if n.deserves(together, deserved) {
					reached = min(reached, justified)
				}
			}
		}
	}
	return reached
}

func (n naive) deserves(voters, seats int) bool {
	return voters > 0 && voters*n.k >= seats*len(n.ballots)
}

// grown tells whether one seat more leaves everybody in who was.
func grown(t require.TestingT, d drawn, r committee.Rule) bool {
	if d.seats == d.profile.Candidates {
		return true
	}
	o := committee.Options{Resolute: true, Order: d.order}
	smaller, larger := elect(t, d.profile, r, d.seats, o), elect(t, d.profile, r, d.seats+1, o)
	return common(smaller.Chosen, larger.Chosen) == d.seats
}

// promised is the criteria that docs/methods says a rule meets.
var promised = map[committee.Rule]struct {
	justice int
	grows   bool
}{
	committee.AV:                   {unjustified, true},
	committee.SAV:                  {unjustified, true},
	committee.PAV:                  {extended, false},
	committee.SeqPAV:               {unjustified, true},
	committee.RevSeqPAV:            {unjustified, true},
	committee.SLAV:                 {justified, false},
	committee.SeqSLAV:              {unjustified, true},
	committee.Geom:                 {justified, false},
	committee.CC:                   {justified, false},
	committee.LexCC:                {justified, false},
	committee.SeqCC:                {justified, true},
	committee.Adams:                {justified, false},
	committee.EPH:                  {unjustified, true},
	committee.SeqPhragmen:          {proportional, true},
	committee.MinimaxPhragmen:      {unjustified, false},
	committee.LexPhragmen:          {proportional, false},
	committee.MaximinSupport:       {proportional, true},
	committee.Enestroem:            {proportional, false},
	committee.Consensus:            {unjustified, true},
	committee.EqualShares:          {extended, false},
	committee.EqualSharesAV:        {extended, false},
	committee.EqualSharesIncrement: {unjustified, false},
	committee.Monroe:               {justified, false},
	committee.GreedyMonroe:         {justified, false},
	committee.MinimaxAV:            {unjustified, false},
	committee.LexMinimaxAV:         {unjustified, false},
	committee.Trivial:              {unjustified, true},
}

// TestCriteria holds the rules to what their pages say of them.
func TestCriteria(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		d := anElection(t)
		n := ofBallots(d)
		for _, r := range committee.Rules() {
			p, ok := promised[r]
			require.True(t, ok, r)
			for _, members := range elect(t, d.profile, r, d.seats, committee.Options{}).Committees {
				require.GreaterOrEqual(t, n.justice(members), p.justice, "%s %v", r, members)
			}
			require.True(t, !p.grows || grown(t, d, r), "%s does not grow", r)
		}
	})
}
