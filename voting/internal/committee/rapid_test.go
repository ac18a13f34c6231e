package committee_test

import (
	"github.com/communecter/coopspace/voting/internal/committee"
	"pgregory.net/rapid"
)

// drawn is a small election: merged ballots, how many seats, and which candidates win ties.
type drawn struct {
	profile committee.Profile
	seats   int
	order   []int
}

// anElection draws one. Some voters approve nobody, some candidates are approved by nobody, some groups approve the same.
func anElection(t *rapid.T) drawn {
	var d drawn
	d.profile.Candidates = rapid.IntRange(1, 6).Draw(t, "candidates")
	d.seats = rapid.IntRange(1, min(d.profile.Candidates, 4)).Draw(t, "seats")
	for range rapid.IntRange(0, 7).Draw(t, "groups") {
		var approved []int
		bits := rapid.IntRange(0, 1<<d.profile.Candidates-1).Draw(t, "approved")
		for c := range d.profile.Candidates {
			if bits&(1<<c) != 0 {
				approved = append(approved, c)
			}
		}
		d.profile.Groups = append(d.profile.Groups, committee.Group{
			Approved: approved, Weight: rapid.Int64Range(1, 3).Draw(t, "weight"),
		})
	}
	all := make([]int, d.profile.Candidates)
	for c := range all {
		all[c] = c
	}
	d.order = rapid.Permutation(all).Draw(t, "order")
	return d
}
