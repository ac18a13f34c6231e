package voting_test

import (
	"encoding/json"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// voicesOf gives a weight as a number of voices.
func voicesOf(w voting.Weight) *big.Rat { return big.NewRat(int64(w), int64(voting.Voice)) }

// setting gives the value of a setting of the election, or its default.
func (n election) setting(name string) string {
	if v, ok := n.q.Settings[name]; ok {
		return v
	}
	for _, s := range n.q.Method.Settings() {
		if s.Name == name {
			return s.Default
		}
	}
	return ""
}

// valueOf is what a ballot gives an option: 1 for naming it, or its number; given is false where it says nothing of it.
func valueOf(b voting.Ballot, c voting.Choice) (value int64, given bool) {
	switch b := b.(type) {
	case voting.Choice:
		if b == c {
			return 1, true
		}
	case voting.Choices:
		if slices.Contains(b, c) {
			return 1, true
		}
	case voting.Scores:
		value, given = b[c]
	case voting.Grades:
		value, given = b[c]
	case voting.Points:
		value, given = b[c]
	}
	return value, given
}

// says says whether a ballot says something of any option.
func (n election) says(b voting.Ballot) bool {
	return slices.ContainsFunc(n.q.Options, func(c voting.Choice) bool {
		_, given := valueOf(b, c)
		return given
	})
}

// total is the voices of all ballots that say something.
func (n election) total() *big.Rat {
	sum := new(big.Rat)
	for _, b := range n.ballots {
		if n.says(b.Ballot) {
			sum.Add(sum, voicesOf(b.Weight))
		}
	}
	return sum
}

// points adds up what each option is given, each ballot as worth makes of it.
func (n election) points(worth func(value int64) int64) map[voting.Choice]*big.Rat {
	sums := map[voting.Choice]*big.Rat{}
	for _, c := range n.q.Options {
		sums[c] = new(big.Rat)
		for _, b := range n.ballots {
			if v, given := valueOf(b.Ballot, c); given {
				sums[c].Add(sums[c], new(big.Rat).Mul(voicesOf(b.Weight), big.NewRat(worth(v), 1)))
			}
		}
	}
	return sums
}

// seatsFor fills the seats from the top of a ranking by points. Tied for the last of them, all win, or those whom the order names.
func (n election) seatsFor(points map[voting.Choice]*big.Rat, may func(c voting.Choice) bool) []voting.Choice {
	won := []voting.Choice{}
	if n.total().Sign() == 0 {
		return won
	}
	for _, group := range ranked(n.q.Options, func(a, b voting.Choice) int { return points[a].Cmp(points[b]) }) {
		group = slices.DeleteFunc(group, func(c voting.Choice) bool { return !may(c) })
		free := max(n.q.Seats, 1) - len(won)
		if free > 0 && len(group) > free && n.ties != nil && slices.Contains(n.ties.By, voting.TieOrder) {
			group = slices.DeleteFunc(slices.Clone(n.ties.Order), func(c voting.Choice) bool { return !slices.Contains(group, c) })[:free]
		}
		if free > 0 {
			won = append(won, group...)
		}
	}
	return slices.Sorted(slices.Values(won))
}

func anybody(voting.Choice) bool { return true }

func TestChoicesAgainstNaive(t *testing.T) {
	t.Parallel()
	once := func(int64) int64 { return 1 }
	as := func(v int64) int64 { return v }
	for method, worth := range map[voting.Method]func(int64) int64{
		voting.Block: once, voting.Limited: once, voting.Approval: once, voting.Cumulative: as, voting.Quadratic: as,
	} {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			agree.Hold(t, func(t *rapid.T) {
				n := anyElection(method, method.Shapes()[0]).Draw(t, "election")
				r := n.count(t, n.q, n.ballots)
				points := n.points(worth)
				for _, s := range r.Scores {
					require.Zero(t, points[s.Choice].Cmp(s.Number.Rat()), "%s", s.Choice)
				}
				require.ElementsMatch(t, n.seatsFor(points, anybody), r.Winners)
			})
		})
	}

	t.Run("majority-block", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			n := anyElection(voting.MajorityBlock, voting.ShapeChoices).Draw(t, "election")
			r := n.count(t, n.q, n.ballots)
			points := n.points(once)
			half := new(big.Rat).Quo(n.total(), big.NewRat(2, 1))
			majority := func(c voting.Choice) bool { return n.setting("round") == "second" || points[c].Cmp(half) > 0 }
			won := n.seatsFor(points, majority)
			require.ElementsMatch(t, won, r.Winners)

			free := max(n.q.Seats, 1) - len(won)
			if n.setting("round") == "second" || free <= 0 || n.total().Sign() == 0 {
				require.Empty(t, r.Sets)
				return
			}
			var next []voting.Choice
			for _, c := range n.q.Options {
				ahead := 0
				for _, o := range n.q.Options {
					if !majority(o) && points[o].Cmp(points[c]) > 0 {
						ahead++
					}
				}
				if !majority(c) && (n.setting("proceed") == "all" || ahead < 2*free) {
					next = append(next, c)
				}
			}
			require.Len(t, r.Sets, 1)
			require.ElementsMatch(t, next, r.Sets[0].Choices)
		})
	})

	t.Run("yes-no-each", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			n := anyElection(voting.YesNoEach, voting.ShapeGrades).Draw(t, "election")
			r := n.count(t, n.q, n.ballots)
			of := func(grade int64) map[voting.Choice]*big.Rat {
				return n.points(func(v int64) int64 {
					if v == grade {
						return 1
					}
					return 0
				})
			}
			yes, no := of(2), of(0)
			points := map[voting.Choice]*big.Rat{}
			for _, c := range n.q.Options {
				if points[c] = yes[c]; n.setting("ranked-by") == "balance" {
					points[c] = new(big.Rat).Sub(yes[c], no[c])
				}
			}
			may := func(c voting.Choice) bool { return n.setting("majority") != "required" || yes[c].Cmp(no[c]) > 0 }
			require.ElementsMatch(t, n.seatsFor(points, may), r.Winners)
			for _, m := range r.Merits {
				sum := new(big.Rat)
				for _, v := range m.Voices {
					sum.Add(sum, v.Rat())
				}
				require.Zero(t, sum.Cmp(n.total()), "everybody is counted for each option")
			}
		})
	})

	t.Run("consent", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			n := anyElection(voting.Consent, voting.ShapeChoice).Draw(t, "election")
			adopted, objected := false, false
			for _, b := range n.ballots {
				if b.Weight > 0 {
					answer := answerOf(b.Ballot)
					adopted = adopted || answer == voting.Consents || answer == voting.Concern
					objected = objected || answer == voting.Objection
				}
			}
			r := n.count(t, n.q, n.ballots)
			require.Equal(t, adopted && !objected, len(r.Winners) == 1)
			require.ElementsMatch(t, n.reasons(), r.Reasons)
		})
	})

	t.Run("gradients", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			n := anyElection(voting.Gradients, voting.ShapeChoice).Draw(t, "election")
			n.q = withSetting(n.q, "share", rapid.SampledFrom([]string{"1/2", "2/3", "3/4", "1/1"}).Draw(t, "share"))
			levels := answersOf(n.q)[:n.setting("levels")[0]-'0']
			inFavour, all, blocked := new(big.Rat), new(big.Rat), false
			for _, b := range n.ballots {
				if b.Ballot == voting.Abstain || b.Ballot == voting.Blank {
					continue
				}
				all.Add(all, voicesOf(b.Weight))
				if slices.Contains(levels, answerOf(b.Ballot)) {
					inFavour.Add(inFavour, voicesOf(b.Weight))
				}
				blocked = blocked || answerOf(b.Ballot) == voting.Veto && b.Weight > 0 && n.setting("block") == "stops"
			}
			share, err := voting.ParseFraction(n.setting("share"))
			require.NoError(t, err)
			adopted := inFavour.Sign() > 0 && reached(inFavour, all, rat(share), false) && !blocked
			require.Equal(t, adopted, len(n.count(t, n.q, n.ballots).Winners) == 1)
		})
	})
}

func TestChoices(t *testing.T) {
	t.Parallel()
	of := func(t *testing.T, q voting.Question, ballots map[int]voting.Ballot) voting.Result {
		t.Helper()
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		for times, b := range ballots {
			for range times {
				require.NoError(t, p.Add(b, voting.Voice))
			}
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		return r
	}
	abcd := []voting.Choice{"a", "b", "c", "d"}

	t.Run("block.md: the largest group takes every seat, or leaves one", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.Block, Options: []voting.Choice{"a", "b", "c", "x", "y", "z"}, Seats: 3}
		groups := map[int]voting.Ballot{55: voting.Choices{"a", "b", "c"}, 45: voting.Choices{"x", "y", "z"}}
		require.Equal(t, []voting.Choice{"a", "b", "c"}, of(t, q, groups).Winners)

		q.Method, q.Settings = voting.Limited, map[string]string{"votes": "2"}
		groups = map[int]voting.Ballot{28: voting.Choices{"a", "b"}, 27: voting.Choices{"b", "a"}, 45: voting.Choices{"x", "y"}}
		r := of(t, q, groups)
		require.Equal(t, []voting.Choice{"a", "b", "x", "y"}, r.Winners, "the third seat is tied")
		require.Equal(t, [][]voting.Choice{{"a", "b"}, {"x", "y"}, {"c", "z"}}, r.Ranking)
	})

	t.Run("block.md: two rounds", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.MajorityBlock, Options: abcd, Seats: 2}
		r := of(t, q, map[int]voting.Ballot{30: voting.Choices{"a", "b"}, 25: voting.Choices{"a", "c"}, 20: voting.Choices{"c"}, 25 - 1: voting.Choices{"d"}})
		require.Equal(t, []voting.Choice{"a"}, r.Winners, "55 of 99")
		require.Equal(t, []voting.Figure{{Name: "half", Number: "49.5"}}, r.Figures)
		require.Equal(t, []voting.Set{{Name: "second-round", Choices: []voting.Choice{"c", "b"}}}, r.Sets, "45 and 30 for one seat")
		q.Settings = map[string]string{"proceed": "all"}
		r = of(t, q, map[int]voting.Ballot{30: voting.Choices{"a", "b"}, 25: voting.Choices{"a", "c"}, 20: voting.Choices{"c"}, 24: voting.Choices{"d"}})
		require.Equal(t, []voting.Choice{"c", "b", "d"}, r.Sets[0].Choices)
	})

	t.Run("cumulative.md: points and votes", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.Cumulative, Options: abcd[:3], Settings: map[string]string{"points": "3"}}
		r := of(t, q, map[int]voting.Ballot{3: voting.Points{"a": 1, "b": 1, "c": 1}, 2: voting.Points{"c": 3}})
		require.Equal(t, []voting.Choice{"c"}, r.Winners)
		q.Method, q.Settings = voting.Quadratic, nil
		r = of(t, q, map[int]voting.Ballot{3: voting.Points{"a": 5, "b": 5, "c": 5}, 2: voting.Points{"c": 10}})
		require.Equal(t, []voting.Score{{Choice: "a", Number: "15"}, {Choice: "b", Number: "15"}, {Choice: "c", Number: "35"}}, r.Scores)
	})

	t.Run("yes-no-each.md: more for than against, and the most for", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.YesNoEach, Options: abcd[:3], Seats: 2}
		ballots := map[int]voting.Ballot{
			4: voting.Grades{"a": 2, "b": 2, "c": 0}, 3: voting.Grades{"a": 0, "b": 2}, 2: voting.Grades{"a": 0, "b": 1, "c": 2},
		}
		r := of(t, q, ballots)
		require.Equal(t, []voting.Choice{"b"}, r.Winners, "one seat stays empty: 4 for a and 5 against, 2 for c and 4 against")
		require.Equal(t, [][]voting.Choice{{"b"}, {"a"}, {"c"}}, r.Ranking)
		require.Equal(t, voting.Merit{Choice: "c", Voices: []voting.Number{"4", "3", "2"}, Median: 1, Missing: "3"}, r.Merits[2])
		q.Settings = map[string]string{"majority": "not-required"}
		require.Equal(t, []voting.Choice{"b", "a"}, of(t, q, ballots).Winners)
	})

	t.Run("consent.md: one objection blocks", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.Consent}
		r := of(t, q, map[int]voting.Ballot{5: voting.Consents, 2: voting.Concern, 1: voting.StandAside})
		require.Equal(t, []voting.Choice{voting.Consents}, r.Winners)
		require.Empty(t, of(t, q, map[int]voting.Ballot{3: voting.StandAside}).Winners)

		const flood = "The cellar floods in spring: the stock would be lost."
		ballots := map[int]voting.Ballot{
			9: voting.Consents,
			2: voting.Reasoned{Choice: voting.Objection, Reason: flood},
			1: voting.Reasoned{Choice: voting.Concern, Reason: "Who will have the key?"},
		}
		r = of(t, q, ballots)
		require.Empty(t, r.Winners)
		page, err := os.ReadFile("../docs/methods/consent.md")
		require.NoError(t, err)
		said, err := json.Marshal(r.Reasons)
		require.NoError(t, err)
		_, shown, found := strings.Cut(string(page), "\"reasons\": ")
		require.True(t, found)
		shown, _, _ = strings.Cut(shown, "\n```")
		require.JSONEq(t, shown, string(said), "as the page has it")
		require.Contains(t, string(page), strings.NewReplacer("\u00a0", " ").Replace(r.Explain("en")))
	})

	t.Run("consent.md: gradients", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.Gradients}
		ballots := map[int]voting.Ballot{4: voting.Endorse, 3: voting.MinorPoint, 5: voting.Reservations, 2: voting.StandAside, 6: voting.Abstain, 1: voting.Veto}
		require.Empty(t, of(t, q, ballots).Winners)
		delete(ballots, 1)
		r := of(t, q, ballots)
		require.Equal(t, []voting.Choice{voting.Endorse}, r.Winners, "12 of 14")
		require.Equal(t, []voting.Figure{{Name: "support", Number: "12"}}, r.Figures)
		q.Settings = map[string]string{"levels": "2"}
		require.Empty(t, of(t, q, ballots).Winners, "7 of 14")
	})

	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.Block, Options: abcd, Seats: 2}
		require.ErrorIs(t, q.CheckBallot(voting.Choices{"a", "b", "c"}), voting.ErrBallotMarks)
		require.NoError(t, q.CheckBallot(voting.Choices{"a"}))
		require.ErrorIs(t, withSetting(q, "all-votes", "required").CheckBallot(voting.Choices{"a"}), voting.ErrBallotMarks)
		file, err := voting.NewProfileOf(voting.ShapeChoices, abcd)
		require.NoError(t, err)
		require.NoError(t, file.Add(voting.Choices{"a", "b", "c"}, voting.Voice))
		_, err = voting.CountBy(file, q, nil)
		require.ErrorIs(t, err, voting.ErrBallotMarks)

		q.Method = voting.Limited
		require.ErrorIs(t, withSetting(q, "votes", "3").Check(), voting.ErrQuestion)
		require.ErrorIs(t, q.CheckBallot(voting.Choices{"a", "b"}), voting.ErrBallotMarks)
		q.Method = voting.Cumulative
		require.ErrorIs(t, q.CheckBallot(voting.Points{"a": 6, "b": 5}), voting.ErrBallotMarks)
		q.Method = voting.Quadratic
		require.ErrorIs(t, q.CheckBallot(voting.Points{"a": 10, "b": 1}), voting.ErrBallotMarks)
		require.NoError(t, q.CheckBallot(voting.Points{"a": 8, "b": 6}))
		q.Method = voting.YesNoEach
		require.ErrorIs(t, q.CheckBallot(voting.Grades{"a": 3}), voting.ErrBallotMarks)
		require.ErrorIs(t, withSetting(q, "capped", "yes").CheckBallot(voting.Grades{"a": 2, "b": 2, "c": 2}), voting.ErrBallotMarks)
		require.ErrorIs(t, voting.Question{Method: voting.Consent}.CheckBallot(voting.For), voting.ErrBallot)
		require.ErrorIs(t, voting.Question{Method: voting.Consent, Options: abcd}.Check(), voting.ErrQuestion)
		gradients := voting.Question{Method: voting.Gradients}
		require.ErrorIs(t, withSetting(gradients, "share", "0/3").Check(), voting.ErrQuestion)
		require.ErrorIs(t, withSetting(gradients, "share", "more").Check(), voting.ErrQuestion)
	})
}
