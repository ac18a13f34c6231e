package voting_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// What holds for every method, and every shape of ballots that it counts: each random election is held to one of the properties.
func TestEveryMethod(t *testing.T) {
	t.Parallel()
	for _, m := range voting.Methods() {
		for _, s := range m.Shapes() {
			t.Run(string(m)+"/"+string(s), func(t *testing.T) {
				t.Parallel()
				t.Run("without a voice nobody wins", func(t *testing.T) { nobodyWins(t, m, s) })
				agree.Hold(t, func(t *rapid.T) {
					n := anyElection(m, s).Draw(t, "election")
					if rapid.IntRange(0, 7).Draw(t, "doubled") == 0 {
						n.doubled = n.room()
					}
					whole := n.count(t, n.q, n.ballots)
					properties := []func(*rapid.T, outcome){
						n.inAnyOrder, n.inParts, n.withNothingAdded, n.underOtherNames, n.shownInAnotherOrder, n.inWords,
					}
					properties[rapid.IntRange(0, len(properties)-1).Draw(t, "property")](t, whole)
				})
			})
		}
	}
}

// Whatever breaks the ties, it elects whom the tie left open. The elections are the same in every run: there are exceptions, which withTiesBroken
// names.
func TestEveryTie(t *testing.T) {
	t.Parallel()
	for _, m := range voting.Methods() {
		for _, s := range m.Shapes() {
			t.Run(string(m)+"/"+string(s), func(t *testing.T) {
				t.Parallel()
				for seed := range 300 {
					n := anyElection(m, s).Example(seed)
					n.withTiesBroken(t, rapid.Permutation(n.q.Options).Example(seed), seed)
				}
			})
		}
	}
}

// election is a small random one.
type election struct {
	q       voting.Question
	shape   voting.Shape
	ties    *voting.Ties
	ballots []marked
	doubled int // how many times everything that was cast is cast again
}

// marked is a ballot and its weight.
type marked struct {
	Ballot voting.Ballot
	Weight voting.Weight
}

// outcome is a result, or the code of the error that refused to count.
type outcome struct {
	voting.Result
	refused string
}

// bytes gives all that came out, but for the unit: it says what was added, not what was counted.
func (o outcome) bytes(t require.TestingT) string {
	o.Unit = 0
	data, err := json.Marshal(o.Result)
	require.NoError(t, err)
	return o.refused + string(data)
}

// room gives how many times everything can be cast again.
func (n election) room() int {
	sum := uint64(len(n.ballots))
	for _, b := range n.ballots {
		sum += uint64(b.Weight)
	}
	return bits.LeadingZeros64(sum) - 1
}

func (n election) profile(t require.TestingT, q voting.Question, ballots []marked) *voting.Profile {
	var p *voting.Profile
	var err error
	if n.shape == q.Method.Shapes()[0] {
		p, err = voting.NewProfile(q)
	} else {
		p, err = voting.NewProfileOf(n.shape, q.Options)
	}
	require.NoError(t, err)
	for _, b := range ballots {
		require.NoError(t, p.Add(b.Ballot, b.Weight), "%v", b)
	}
	for range n.doubled {
		require.NoError(t, p.Merge(p))
	}
	return p
}

func (n election) count(t require.TestingT, q voting.Question, ballots []marked) outcome {
	return n.result(t, q, n.profile(t, q, ballots))
}

func (n election) result(t require.TestingT, q voting.Question, p *voting.Profile) outcome {
	r, err := voting.CountBy(p, q, n.ties)
	if err != nil {
		f, ok := errors.AsType[*fault.Error](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, fault.Invalid, f.Kind, "%v", err)
		return outcome{refused: f.Code}
	}
	require.Equal(t, q.Method, r.Method)
	require.Equal(t, p.Cast(), r.Cast)
	require.NoError(t, r.Check(q))
	return outcome{Result: r}
}

// nobodyWins counts no ballots at all, and ballots that say nothing or weigh nothing: no winner or a clear refusal, and no panic.
func nobodyWins(t *testing.T, m voting.Method, s voting.Shape) {
	n := election{q: voting.Question{Method: m}, shape: s}
	if !hasAnswers(m) {
		n.q.Options = []voting.Choice{"ana", "ben", "cleo"}
	}
	if m.FillsSeats() {
		n.q.Seats = 2
	}
	for _, ballots := range [][]marked{
		nil,
		{{voting.Blank, voting.Voice}, {voting.Abstain, voting.Voice / 2}},
		{{saying(s, n.q), 0}},
	} {
		r := n.count(t, n.q, ballots)
		require.Empty(t, r.Winners, "of %v", ballots)
		require.Empty(t, r.Committees, "of %v", ballots)
	}
}

// hasAnswers says whether the method brings its own answers to one proposal.
func hasAnswers(m voting.Method) bool { return voting.Question{Method: m}.Check() == nil }

func answersOf(q voting.Question) []voting.Choice {
	p, err := voting.NewProfile(q)
	if err != nil {
		panic(err)
	}
	return p.Options()
}

// saying gives a ballot of the shape that any question of it takes.
func saying(s voting.Shape, q voting.Question) voting.Ballot {
	if len(q.Options) == 0 {
		return answersOf(q)[0]
	}
	all := q.Options
	values := map[voting.Choice]int64{}
	for _, c := range all {
		values[c] = 0
	}
	switch s {
	case voting.ShapeChoices:
		return voting.Choices(all[:1])
	case voting.ShapeRanking:
		return voting.Rank(all...)
	case voting.ShapeScores:
		return voting.Scores(values)
	case voting.ShapeGrades:
		return voting.Grades(values)
	case voting.ShapePoints:
		return voting.Points(values)
	}
	return all[0]
}

// inAnyOrder: the order of the ballots never matters, and the same ballots give the same bytes.
func (n election) inAnyOrder(t *rapid.T, whole outcome) {
	again := n.count(t, n.q, rapid.Permutation(n.ballots).Draw(t, "order"))
	require.Equal(t, whole.bytes(t), again.bytes(t), "in another order of the ballots")
}

// inParts: counting two parts and merging them counts the whole.
func (n election) inParts(t *rapid.T, whole outcome) {
	cut := rapid.IntRange(0, len(n.ballots)).Draw(t, "cut")
	p := n.profile(t, n.q, n.ballots[:cut])
	require.NoError(t, p.Merge(n.profile(t, n.q, n.ballots[cut:])))
	require.Equal(t, whole.bytes(t), n.result(t, n.q, p).bytes(t), "merged from %d and %d", cut, len(n.ballots)-cut)
}

// withNothingAdded: a weight of 0 changes nothing but the seats, a weight of 2 is two ballots, and what was added and taken away again
// was never there.
func (n election) withNothingAdded(t *rapid.T, whole outcome) {
	if n.doubled > 0 { // nothing can be added
		return
	}
	extra := rapid.SampledFrom(n.ballots).Draw(t, "extra")

	still := n.count(t, n.q, append(slices.Clone(n.ballots), marked{extra.Ballot, 0}))
	require.Equal(t, unseated(whole).bytes(t), unseated(still).bytes(t), "with a weight of 0 for %v", extra.Ballot)

	double := n.count(t, n.q, append(slices.Clone(n.ballots), marked{extra.Ballot, 2 * voting.Voice}))
	twice := n.count(t, n.q, append(slices.Clone(n.ballots), marked{extra.Ballot, voting.Voice}, marked{extra.Ballot, voting.Voice}))
	require.Equal(t, unseated(twice).bytes(t), unseated(double).bytes(t), "with a weight of 2 for %v", extra.Ballot)

	p := n.profile(t, n.q, append(slices.Clone(n.ballots), extra))
	require.NoError(t, p.Subtract(extra.Ballot, extra.Weight))
	require.Equal(t, whole.bytes(t), n.result(t, n.q, p).bytes(t), "with %v added and taken away", extra)

	if len(n.ballots) > 0 { // a ballot that nobody else cast leaves no trace
		p = n.profile(t, n.q, n.ballots)
		for _, b := range n.ballots[1:] {
			require.NoError(t, p.Subtract(b.Ballot, b.Weight))
		}
		require.Equal(t, n.count(t, n.q, n.ballots[:1]).bytes(t), n.result(t, n.q, p).bytes(t), "with all but one taken away")
	}
}

// unseated leaves out how many ballots there were.
func unseated(o outcome) outcome {
	o.Abstain.Seats, o.Blank.Seats, o.Invalid.Seats, o.Expressed.Seats, o.Cast.Seats = 0, 0, 0, 0, 0
	o.Votes = slices.Clone(o.Votes)
	for i := range o.Votes {
		o.Votes[i].Seats = 0
	}
	o.Reasons = slices.Clone(o.Reasons)
	for i := range o.Reasons {
		o.Reasons[i].Votes.Seats = 0
	}
	return o
}

// underOtherNames: what the options are called decides nothing.
func (n election) underOtherNames(t *rapid.T, whole outcome) {
	if len(n.q.Options) == 0 {
		return
	}
	names, back := map[voting.Choice]voting.Choice{}, []string{}
	for i, c := range n.q.Options {
		names[c] = voting.Choice(strconv.Itoa(9-i) + "-renamed")
		back = append(back, strconv.Quote(string(names[c])), strconv.Quote(string(c)))
	}
	other := n.renamed(names)
	got := strings.NewReplacer(back...).Replace(other.count(t, other.q, other.ballots).bytes(t))
	require.Equal(t, whole.bytes(t), got, "under other names")
}

// shownInAnotherOrder: the order in which the options are shown decides nothing.
func (n election) shownInAnotherOrder(t *rapid.T, whole outcome) {
	// Greedy Monroe does not say which of their supporters a member represents; its page says that the order of the options does.
	if len(n.q.Options) == 0 || n.q.Method == voting.GreedyMonroe {
		return
	}
	q := n.q
	q.Options = rapid.Permutation(n.q.Options).Draw(t, "shown")
	require.Equal(t, unordered(t, whole), unordered(t, n.count(t, q, n.ballots)), "shown in the order %v", q.Options)
}

// withTiesBroken: whoever wins by some order of the tied was among those who could have won, and where no tie stands every order elects the
// same.
func (n election) withTiesBroken(t require.TestingT, order []voting.Choice, seed int) {
	n.ties = nil
	open := n.count(t, n.q, n.ballots)
	n.ties = &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: order}
	broken := n.count(t, n.q, n.ballots)
	if open.refused != "" || broken.refused != "" {
		require.NotEmpty(t, broken.refused) // where a tie stopped the count, going on may still meet fractions that grow too large
		return
	}
	switch set := n.q.Settings; {
	case n.q.Method == voting.Baldwin, set["tied-last"] == "together", set["tied-last"] == "pairwise":
		return // their pages say that those who are last leave together where nothing breaks the tie
	case set["converge"] == "no", set["overvote"] == "exhaust-if-multiple-continuing":
		return // those without a vote leave together, though one of them could have had some after another had left
	}
	require.Subset(t, open.Winners, broken.Winners, "seed %d, by the order %v", seed, order)
	if n.q.Settings["percentage"] != "" { // of bottoms-up: as many win as have it, and seats bound nothing
		return
	}
	if seats := max(n.q.Seats, 1); len(open.Winners) <= seats && len(open.Shares) == 0 {
		require.ElementsMatch(t, open.Winners, broken.Winners, "seed %d, by the order %v", seed, order)
	}
}

// inWords: the count is told in every language, and every sentence is whole.
func (n election) inWords(t *rapid.T, whole outcome) {
	if whole.refused != "" {
		return
	}
	for _, lang := range []string{"fr", "en", "de"} {
		require.NotRegexp(t, `[{}]|\b(count|verdict)\.[a-z]`, whole.Explain(lang), lang)
	}
}

func (n election) renamed(names map[voting.Choice]voting.Choice) election {
	rename := func(of []voting.Choice) []voting.Choice {
		out := make([]voting.Choice, len(of))
		for i, c := range of {
			out[i] = names[c]
		}
		return out
	}
	values := func(of map[voting.Choice]int64) map[voting.Choice]int64 {
		out := map[voting.Choice]int64{}
		for c, v := range of {
			out[names[c]] = v
		}
		return out
	}
	out := n
	out.q.Options = rename(n.q.Options)
	if n.ties != nil {
		ties := *n.ties
		ties.Order = rename(ties.Order)
		out.ties = &ties
	}
	out.ballots = nil
	for _, m := range n.ballots {
		switch b := m.Ballot.(type) {
		case voting.Choice:
			if named, ok := names[b]; ok {
				m.Ballot = named
			}
		case voting.Choices:
			m.Ballot = voting.Choices(rename(b))
		case voting.Ranking:
			r := voting.Ranking{}
			for _, rank := range b {
				r = append(r, rename(rank))
			}
			m.Ballot = r
		case voting.Scores:
			m.Ballot = voting.Scores(values(b))
		case voting.Grades:
			m.Ballot = voting.Grades(values(b))
		case voting.Points:
			m.Ballot = voting.Points(values(b))
		}
		out.ballots = append(out.ballots, m)
	}
	return out
}

// unordered gives what came out with every list sorted whose order is that of the question: those inside the groups of the ranking and
// inside the rounds.
func unordered(t require.TestingT, o outcome) string {
	tables := map[string]voting.Number{}
	for _, m := range o.Matrices {
		for i, a := range m.Of {
			for j, b := range m.Of {
				tables[fmt.Sprint(m.Name, " ", a, " ", b)] = m.Cells[i][j]
			}
		}
	}
	o.Matrices = nil
	var said map[string]any
	_, text, _ := strings.Cut(o.bytes(t), "{")
	require.NoError(t, json.Unmarshal([]byte("{"+text), &said))
	said["refused"], said["matrices"] = o.refused, tables
	for name, v := range said {
		switch list, ok := v.([]any); {
		case ok && (name == "ranking" || name == "rounds"):
			for i := range list {
				list[i] = sorted(list[i])
			}
		case ok:
			said[name] = sorted(v)
		}
	}
	data, err := json.MarshalIndent(said, "", " ")
	require.NoError(t, err)
	return string(data)
}

// sorted sorts all lists inside a JSON value.
func sorted(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = sorted(v[k])
		}
	case []any:
		for i := range v {
			v[i] = sorted(v[i])
		}
		slices.SortFunc(v, func(a, b any) int {
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			return strings.Compare(string(x), string(y))
		})
	}
	return v
}

// anyElection draws options, seats, settings, a way to break ties and a few ballots, most of them with whole weights.
func anyElection(m voting.Method, s voting.Shape) *rapid.Generator[election] {
	return rapid.Custom(func(t *rapid.T) election {
		n := election{q: voting.Question{Method: m, Settings: map[string]string{}}, shape: s}
		if !hasAnswers(m) {
			n.q.Options = []voting.Choice{"ana", "ben", "cleo", "dora", "emil"}[:rapid.IntRange(2, 5).Draw(t, "options")]
		}
		if m.FillsSeats() {
			n.q.Seats = rapid.IntRange(0, len(n.q.Options)).Draw(t, "seats")
		}
		for _, x := range m.Settings() {
			if rapid.Bool().Draw(t, "set "+x.Name) {
				before := maps.Clone(n.q.Settings)
				n.q.Settings[x.Name] = aValue(x).Draw(t, x.Name)
				if n.q.Check() != nil {
					n.q.Settings = before // settings may depend on each other, or on the seats
				}
			}
		}
		switch rapid.IntRange(0, 2).Draw(t, "ties") {
		case 1:
			n.ties = &voting.Ties{By: []voting.TieBreak{voting.TiePrevious}}
		case 2:
			n.ties = &voting.Ties{
				By:    []voting.TieBreak{voting.TiePrevious, voting.TieOrder},
				Order: rapid.Permutation(n.q.Options).Draw(t, "tie order"),
			}
		}
		draw, weigh := aBallot(s, n.q), aSmallWeight
		// Where budgets rise by a seat's price, they do so as often as one weight holds another, until the count is refused some seconds later.
		if m != voting.EqualSharesIncrement && rapid.IntRange(0, 7).Draw(t, "extreme weights") == 0 {
			weigh = anyWeight
		}
		for range rapid.IntRange(1, 12).Draw(t, "ballots") {
			b := marked{draw.Draw(t, "ballot"), weigh.Draw(t, "weight")}
			if n.q.CheckBallot(b.Ballot) != nil {
				b.Ballot = saying(s, n.q)
			}
			if n.shape != m.Shapes()[0] || n.q.CheckBallot(b.Ballot) == nil {
				n.ballots = append(n.ballots, b)
			}
		}
		if len(n.ballots) == 0 {
			n.ballots = []marked{{voting.Blank, voting.Voice}}
		}
		return n
	})
}

// aSmallWeight is a voice or a few, a part of one, or none.
var aSmallWeight = rapid.SampledFrom([]voting.Weight{
	voting.Voice, voting.Voice, voting.Voice, voting.Voice, 2 * voting.Voice, 3 * voting.Voice, 7 * voting.Voice,
	voting.Voice / 2, voting.Voice / 10, voting.Voice + 1, 0,
})

// anyWeight is the least or the greatest that a ballot may have, or beside it.
var anyWeight = rapid.SampledFrom([]voting.Weight{1, 2, voting.Voice - 1, voting.Voice, voting.MaxWeight - 1, voting.MaxWeight})

// aValue is a value that a setting takes, as its form says.
func aValue(s voting.Setting) *rapid.Generator[string] {
	if words := strings.Split(s.Form, " | "); len(words) > 1 {
		return rapid.SampledFrom(words)
	}
	var least, most int
	if n, _ := fmt.Sscanf(s.Form, "%d to %d", &least, &most); n == 2 {
		return rapid.Custom(func(t *rapid.T) string {
			return strconv.Itoa(rapid.IntRange(least, min(most, least+20)).Draw(t, "number"))
		})
	}
	return rapid.Just(s.Default)
}

// aBallot is any ballot of a shape: with gaps, ties and skipped ranks; blank now and then.
func aBallot(s voting.Shape, q voting.Question) *rapid.Generator[voting.Ballot] {
	return rapid.Custom(func(t *rapid.T) voting.Ballot {
		if rapid.IntRange(0, 15).Draw(t, "blank") == 0 {
			return rapid.SampledFrom([]voting.Ballot{voting.Blank, voting.Abstain}).Draw(t, "nothing")
		}
		if len(q.Options) == 0 {
			answer := rapid.SampledFrom(answersOf(q)).Draw(t, "answer")
			if q.Method.TakesReasons() && (q.NeedsReason(answer) || rapid.Bool().Draw(t, "reasoned")) {
				return voting.Reasoned{Choice: answer, Reason: rapid.SampledFrom([]string{"too soon", "zu teuer", "trop tôt\n« encore »"}).Draw(t, "reason")}
			}
			return answer
		}
		order := rapid.Permutation(q.Options).Draw(t, "options")
		named := order[:rapid.IntRange(0, len(order)).Draw(t, "named")]
		values := map[voting.Choice]int64{}
		if s == voting.ShapeScores || s == voting.ShapeGrades || s == voting.ShapePoints {
			if rapid.Bool().Draw(t, "all") {
				named = order
			}
			for _, c := range named {
				values[c] = int64(rapid.IntRange(0, 5).Draw(t, "value"))
			}
		}
		switch s {
		case voting.ShapeChoices:
			return voting.Choices(named)
		case voting.ShapeRanking:
			r := voting.Ranking{}
			for _, c := range named {
				switch rapid.IntRange(0, 7).Draw(t, "rank") {
				case 0:
					r = append(r, nil, []voting.Choice{c})
				case 1, 2:
					if n := len(r); n > 0 {
						r[n-1] = append(r[n-1], c)
						continue
					}
					fallthrough
				default:
					r = append(r, []voting.Choice{c})
				}
			}
			return r
		case voting.ShapeScores:
			return voting.Scores(values)
		case voting.ShapeGrades:
			return voting.Grades(values)
		case voting.ShapePoints:
			return voting.Points(values)
		}
		return order[0]
	})
}
