package pabulib_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/allocation/pabulib"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// writeBack writes a file and reads it again as the same; what is written then is the same text.
func writeBack(t require.TestingT, f *pabulib.File) {
	var text, twice bytes.Buffer
	require.NoError(t, pabulib.Write(&text, f))
	again, err := pabulib.Read(bytes.NewReader(text.Bytes()), nil)
	require.NoError(t, err, text.String())
	same(t, f, again)
	require.NoError(t, pabulib.Write(&twice, again))
	require.Equal(t, text.String(), twice.String())
}

// same requires two files to say the same of their election.
func same(t require.TestingT, f, again *pabulib.File) {
	require.Equal(t, f.Election.Projects(), again.Election.Projects())
	require.Equal(t, f.Election.Budget(), again.Election.Budget())
	require.Equal(t, f.Election.Shape(), again.Election.Shape())
	require.Equal(t, f.Election.Limits(), again.Election.Limits())
	require.Equal(t, f.Election.Vector(), again.Election.Vector())
	require.Equal(t, f.Rule, again.Rule)
	require.Equal(t, f.MinScore, again.MinScore)
	require.Equal(t, f.Selected, again.Selected)
	require.Equal(t, f.Details, again.Details)
	require.Equal(t, f.Election.Ballots().Blank(), again.Election.Ballots().Blank())
	require.Equal(t, f.Election.Ballots().Cast(), again.Election.Ballots().Cast())
	require.Equal(t, ballots(f), ballots(again))
}

// ballots gives what the ballots say, each kind once, in an order of its own.
func ballots(f *pabulib.File) []string {
	var out []string
	for row, v := range f.Election.Ballots().Rows() {
		var b []byte
		for _, m := range row {
			b = append(b, byte(m>>8), byte(m))
		}
		out = append(out, string(b)+fmt.Sprint(v))
	}
	slices.Sort(out)
	return out
}

// text draws what a cell may hold, without spaces at its ends.
func text(t *rapid.T, name string) string {
	return strings.Trim(rapid.StringMatching(`[a-zé"; ,\n.#]{0,6}`).Draw(t, name), " \n")
}

// drawFile draws a file: any texts, limits that its ballots may break, weights, blank ballots and votes that say the same.
func drawFile(t *rapid.T) *pabulib.File {
	cur := rapid.SampledFrom([]money.Currency{"EUR", "JPY", "TND", "XXX"}).Draw(t, "currency")
	amount := func(name string) money.Amount {
		a, err := money.New(rapid.Int64Range(1, 100_000).Draw(t, name), cur)
		require.NoError(t, err)
		return a
	}
	n := rapid.IntRange(1, 6).Draw(t, "projects")
	f := &pabulib.File{Rule: rapid.SampledFrom([]string{"", "greedy", "greedy-no-skip"}).Draw(t, "rule")}
	f.MinScore = voting.Weight(rapid.Int64Range(0, 3_000_000).Draw(t, "least"))
	if rapid.Bool().Draw(t, "described") {
		f.Meta = append(f.Meta, pabulib.Entry{Key: "description", Value: text(t, "description")}, pabulib.Entry{Key: "budget", Value: "1"})
	}
	projects := make([]allocation.Project, n)
	detail := pabulib.Column{Name: "place"}
	for i := range projects {
		id := strings.NewReplacer(",", "", "\n", "").Replace(text(t, "id"))
		projects[i] = allocation.Project{
			ID: fmt.Sprintf("%d%s.", i, id), Name: text(t, "name"), Cost: amount("cost"), Category: text(t, "category"),
		}
		if rapid.Bool().Draw(t, "exclusive") {
			projects[i].Excludes = []string{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "group")}
		}
		detail.Cells = append(detail.Cells, text(t, "detail"))
	}
	if rapid.Bool().Draw(t, "detailed") {
		f.Details = []pabulib.Column{detail}
	}
	if rapid.Bool().Draw(t, "official") {
		f.Selected = rapid.SliceOfN(rapid.IntRange(0, 3), n, n).Draw(t, "selected")
	}
	s := allocation.Setup{Shape: rapid.SampledFrom([]voting.Shape{voting.ShapeChoices, voting.ShapePoints, voting.ShapeRanking}).Draw(t, "shape")}
	s.Limits.LeastProjects = rapid.IntRange(0, 2).Draw(t, "least projects")
	s.Limits.MostProjects = rapid.SampledFrom([]int{0, 2, 4}).Draw(t, "most projects")
	if rapid.Bool().Draw(t, "most cost") {
		s.Limits.MostCost = amount("limit")
	}
	if s.Shape == voting.ShapePoints {
		s.Limits.MostSum = rapid.Int64Range(0, 10).Draw(t, "most points")
	}
	if s.Shape == voting.ShapeRanking {
		s.Vector = []int64{5, 3, 3, 1}[:rapid.IntRange(1, 4).Draw(t, "ranks")]
	}
	var err error
	f.Election, err = allocation.New(projects, amount("budget"), &s)
	require.NoError(t, err)
	for range rapid.IntRange(0, 8).Draw(t, "ballots") {
		order := rapid.Permutation(make([]int, n)).Draw(t, "order")[:rapid.IntRange(0, n).Draw(t, "named")]
		for i := range order {
			order[i] = i
		}
		order = rapid.Permutation(order).Draw(t, "ranks")
		var row []voting.Mark
		if s.Shape == voting.ShapePoints {
			row = slices.Repeat([]voting.Mark{voting.NoValue}, n)
		}
		for _, p := range order {
			if s.Shape == voting.ShapePoints {
				row[p] = voting.Mark(rapid.IntRange(0, 9).Draw(t, "points"))
			} else {
				row = append(row, voting.Mark(p))
			}
		}
		v := voting.Votes{Seats: rapid.Int64Range(1, 3).Draw(t, "seats")}
		v.Voices = voting.Weight(v.Seats) * voting.Voice
		if rapid.Bool().Draw(t, "weighted") {
			v.Voices = voting.Weight(rapid.Int64Range(0, 3_000_000).Draw(t, "voices"))
		}
		require.NoError(t, f.Election.AddRowRegardless(row, v))
	}
	return f
}

// TestWriteBack holds every election to it: what is written, and read again, says the same.
func TestWriteBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { writeBack(t, drawFile(t)) })
}
