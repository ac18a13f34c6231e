package voting_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestProfile(t *testing.T) {
	t.Parallel()

	t.Run("seats and voices are counted apart for each choice", func(t *testing.T) {
		t.Parallel()
		p, err := voting.NewProfile(yesNo)
		require.NoError(t, err)
		half := voting.Voice / 2
		require.NoError(t, p.Add(voting.For, voting.Voice))
		require.NoError(t, p.Add(voting.For, half))
		require.NoError(t, p.Add(voting.Against, half))
		require.NoError(t, p.Add(voting.Abstain, 3*voting.Voice))
		require.NoError(t, p.Add(voting.Blank, 0))
		require.NoError(t, p.AddInvalid(voting.Voice))
		r, err := voting.Count(p)
		require.NoError(t, err)
		data, err := json.Marshal(r)
		require.NoError(t, err)
		require.JSONEq(t, `{
			"method": "yes-no", "revision": 1,
			"votes": [{"choice": "for", "seats": 2, "voices": "1.5"}, {"choice": "against", "seats": 1, "voices": "0.5"}],
			"abstain": {"seats": 1, "voices": "3"}, "blank": {"seats": 1, "voices": "0"}, "invalid": {"seats": 1, "voices": "1"},
			"expressed": {"seats": 3, "voices": "2"}, "cast": {"seats": 6, "voices": "6"}, "unit": "0.1",
			"ranking": [["for"], ["against"]], "winners": ["for"]
		}`, string(data))
		var back voting.Result
		require.NoError(t, json.Unmarshal(data, &back))
		require.Equal(t, r, back)
		require.NoError(t, back.Check(yesNo))
	})

	t.Run("options are ranked by voices, equals together", func(t *testing.T) {
		t.Parallel()
		r := count(t, choice, counted{"a": seats(3), "j": seats(5), "l": seats(3), "abstain": seats(9)})
		require.Equal(t, [][]voting.Choice{{"j"}, {"a", "l"}}, r.Ranking)
		require.Equal(t, []voting.Choice{"j"}, r.Winners)
		require.Equal(t, seats(11), r.Expressed)
		require.Equal(t, seats(20), r.Cast)
		require.Equal(t, seats(3), r.Of("l"))
		require.Equal(t, seats(9), r.Of(voting.Abstain))
		require.Zero(t, r.Of("nobody"))
	})

	t.Run("nobody wins without a voice", func(t *testing.T) {
		t.Parallel()
		r := count(t, choice, counted{"a": {Seats: 4}, "blank": seats(2)})
		require.Empty(t, r.Winners)
		require.Equal(t, [][]voting.Choice{{"a", "j", "l"}}, r.Ranking)
		require.Equal(t, int64(4), r.Expressed.Seats)
	})

	t.Run("what is refused leaves it as it was", func(t *testing.T) {
		t.Parallel()
		p, err := voting.NewProfile(yesNo)
		require.NoError(t, err)
		require.NoError(t, p.AddVotes(voting.For, voting.Votes{Seats: 1, Voices: math.MaxInt64 - voting.Voice}))
		before, err := voting.Count(p)
		require.NoError(t, err)

		require.ErrorIs(t, p.Add(voting.Choice("a"), voting.Voice), voting.ErrBallot)
		require.ErrorIs(t, p.Add(nil, voting.Voice), voting.ErrBallot)
		require.ErrorIs(t, p.Add(voting.For, -1), voting.ErrWeight)
		require.ErrorIs(t, p.Add(voting.For, voting.MaxWeight+1), voting.ErrWeight)
		require.ErrorIs(t, p.AddInvalid(-1), voting.ErrWeight)
		require.ErrorIs(t, p.Add(voting.Against, 2*voting.Voice), voting.ErrWeightOverflow)
		require.ErrorIs(t, p.AddVotes("a", seats(1)), voting.ErrBallot)
		require.ErrorIs(t, p.AddVotes(voting.For, voting.Votes{Seats: -1}), voting.ErrWeight)
		require.ErrorIs(t, p.AddVotes(voting.For, voting.Votes{Voices: 1}), voting.ErrWeight)
		require.ErrorIs(t, p.AddVotes(voting.For, voting.Votes{Seats: math.MaxInt64}), voting.ErrWeightOverflow)
		require.ErrorIs(t, p.AddInvalidVotes(voting.Votes{Seats: 1, Voices: -1}), voting.ErrWeight)
		require.ErrorIs(t, p.Merge(p), voting.ErrWeightOverflow)
		other, err := voting.NewProfile(choice)
		require.NoError(t, err)
		require.ErrorIs(t, p.Merge(other), voting.ErrProfile)

		after, err := voting.Count(p)
		require.NoError(t, err)
		require.Equal(t, before, after)
		_, err = voting.Count(nil)
		require.ErrorIs(t, err, voting.ErrProfile)
	})

	t.Run("what is taken away again stands in no method's way", func(t *testing.T) {
		t.Parallel()
		options := []voting.Choice{"a", "b", "c"}
		p, err := voting.NewProfileOf(voting.ShapeChoices, options)
		require.NoError(t, err)
		three, two := voting.Choices{"a", "b", "c"}, voting.Choices{"a", "b"}
		for _, b := range []voting.Ballot{voting.Choices{"b"}, three, two} {
			require.NoError(t, p.Add(b, voting.Voice))
		}
		block := voting.Question{Method: voting.Block, Options: options}
		_, err = voting.CountBy(p, block, nil)
		require.ErrorContains(t, err, "names 2 options", "the least, whichever came first")
		require.NoError(t, p.Subtract(two, voting.Voice))
		_, err = voting.CountBy(p, block, nil)
		require.ErrorContains(t, err, "names 3 options")
		require.NoError(t, p.Subtract(three, voting.Voice))
		result, err := voting.CountBy(p, block, nil)
		require.NoError(t, err)
		require.Equal(t, []voting.Choice{"b"}, result.Winners)
	})
	t.Run("the question cannot be changed behind its back", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a", "b"}}
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		q.Options[0] = "z"
		p.Question().Options[1] = "z"
		require.Equal(t, []voting.Choice{"a", "b"}, p.Question().Options)
	})
}

// cast is one ballot of a random election; an empty choice is an invalid one.
type cast struct {
	choice voting.Choice
	weight voting.Weight
}

// aWeight draws what rolls hold: mostly one voice, some halves and thirds of a million, some nothing.
func aWeight() *rapid.Generator[voting.Weight] {
	return rapid.OneOf(
		rapid.Just(voting.Voice),
		rapid.Map(rapid.Int64Range(0, 20), func(n int64) voting.Weight { return voting.Weight(n) * voting.Voice }),
		rapid.Map(rapid.Int64Range(0, 20), func(n int64) voting.Weight { return voting.Weight(n) * voting.Voice / 2 }),
		rapid.Map(rapid.Int64Range(0, 20_000_000), func(n int64) voting.Weight { return voting.Weight(n) }),
		rapid.Just(voting.Weight(0)),
	)
}

func ballots(t *rapid.T, q voting.Question, least int) []cast {
	choices := append([]voting.Choice{voting.Abstain, voting.Blank, ""}, q.Options...)
	if q.Method == voting.YesNo {
		choices = append(choices, voting.For, voting.For, voting.Against)
	}
	weight := aWeight()
	if rapid.Bool().Draw(t, "one voice each") {
		weight = rapid.Just(voting.Voice)
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) cast {
		return cast{rapid.SampledFrom(choices).Draw(t, "choice"), weight.Draw(t, "weight")}
	}), least, 30).Draw(t, "ballots")
}

func aQuestion(t *rapid.T) voting.Question {
	return rapid.SampledFrom([]voting.Question{
		yesNo, choice, {Method: voting.Plurality, Options: []voting.Choice{"x", "y"}},
	}).Draw(t, "question")
}

func profileOf(t require.TestingT, q voting.Question, all []cast) *voting.Profile {
	p, err := voting.NewProfile(q)
	require.NoError(t, err)
	for _, b := range all {
		if b.choice == "" {
			require.NoError(t, p.AddInvalid(b.weight))
		} else {
			require.NoError(t, p.Add(b.choice, b.weight))
		}
	}
	return p
}

func resultOf(t require.TestingT, q voting.Question, all []cast) voting.Result {
	r, err := voting.Count(profileOf(t, q, all))
	require.NoError(t, err)
	require.NoError(t, r.Check(q))
	return r
}

func TestProfileProperties(t *testing.T) {
	t.Parallel()

	t.Run("two halves merged are the whole", rapid.MakeCheck(func(t *rapid.T) {
		q := aQuestion(t)
		all := ballots(t, q, 0)
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		half, other := profileOf(t, q, all[:cut]), profileOf(t, q, all[cut:])
		require.NoError(t, half.Merge(other))
		merged, err := voting.Count(half)
		require.NoError(t, err)
		require.Equal(t, resultOf(t, q, all), merged)
	}))

	t.Run("the order of ballots does not matter, to the last byte", rapid.MakeCheck(func(t *rapid.T) {
		q := aQuestion(t)
		all := ballots(t, q, 0)
		shuffled := rapid.Permutation(all).Draw(t, "shuffled")
		a, err := json.Marshal(resultOf(t, q, all))
		require.NoError(t, err)
		b, err := json.Marshal(resultOf(t, q, shuffled))
		require.NoError(t, err)
		require.Equal(t, string(a), string(b))
	}))

	t.Run("a weight of two is two ballots, but for the seats", rapid.MakeCheck(func(t *rapid.T) {
		q := aQuestion(t)
		all := ballots(t, q, 1)
		twice := append(append([]cast(nil), all...), all[0])
		double := append([]cast(nil), all...)
		double[0].weight *= 2
		a, b := resultOf(t, q, twice), resultOf(t, q, double)
		require.Equal(t, a.Ranking, b.Ranking)
		require.Equal(t, a.Winners, b.Winners)
		require.Equal(t, a.Cast.Voices, b.Cast.Voices)
		require.Equal(t, a.Cast.Seats, b.Cast.Seats+1)
	}))

	t.Run("a weight of nothing changes no voice", rapid.MakeCheck(func(t *rapid.T) {
		q := aQuestion(t)
		all := ballots(t, q, 1)
		a := resultOf(t, q, all)
		b := resultOf(t, q, append(all, cast{all[0].choice, 0}))
		require.Equal(t, a.Ranking, b.Ranking)
		require.Equal(t, a.Winners, b.Winners)
		require.Equal(t, a.Cast.Voices, b.Cast.Voices)
		require.Equal(t, a.Cast.Seats+1, b.Cast.Seats)
	}))
}

func TestResultCheck(t *testing.T) {
	t.Parallel()
	whole := func() voting.Result {
		return count(t, choice, counted{"a": seats(3), "j": seats(5), "abstain": seats(2)})
	}
	require.NoError(t, whole().Check(choice))
	for name, falsify := range map[string]func(*voting.Result){
		"another method":                func(r *voting.Result) { r.Method = voting.YesNo },
		"a revision from the future":    func(r *voting.Result) { r.Revision = 2 },
		"an option left out":            func(r *voting.Result) { r.Votes = r.Votes[1:] },
		"options in another order":      func(r *voting.Result) { r.Votes[0], r.Votes[1] = r.Votes[1], r.Votes[0] },
		"a vote more":                   func(r *voting.Result) { r.Votes[0].Seats++ },
		"a sum that is none":            func(r *voting.Result) { r.Cast.Voices += voting.Voice },
		"fewer than no votes":           func(r *voting.Result) { r.Votes[2].Voices = -1 },
		"voices without ballots":        func(r *voting.Result) { r.Blank.Voices, r.Cast.Voices = 1, r.Cast.Voices+1 },
		"a winner who did not win":      func(r *voting.Result) { r.Winners = []voting.Choice{"a"} },
		"a ranking that does not match": func(r *voting.Result) { r.Ranking = [][]voting.Choice{{"a"}, {"j"}, {"l"}} },
		"a unit that is too coarse":     func(r *voting.Result) { r.Unit = 10 * voting.Voice },
		"a unit that is none":           func(r *voting.Result) { r.Unit = 3 },
		"no unit":                       func(r *voting.Result) { r.Unit = 0 },
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			t.Parallel()
			r := whole()
			falsify(&r)
			require.ErrorIs(t, r.Check(choice), voting.ErrResult)
			_, err := voting.Decide(choice, voting.MostVoices(), r, voting.Facts{Entitled: seats(100)})
			require.ErrorIs(t, err, voting.ErrResult)
		})
	}
	t.Run("a question that is none is refused", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, whole().Check(voting.Question{}), voting.ErrQuestion)
	})
}

// BenchmarkCount streams a million ballots from their binary form, as from a box, and counts them.
func BenchmarkCount(b *testing.B) {
	const n = 1_000_000
	var box []byte
	choices := []voting.Choice{voting.For, voting.For, voting.Against, voting.Abstain, voting.Blank}
	for i := range n {
		box = voting.AppendBallot(box, choices[i%len(choices)])
	}
	b.ReportAllocs()
	for b.Loop() {
		p, err := voting.NewProfile(yesNo)
		require.NoError(b, err)
		for rest := box; len(rest) > 0; {
			var ballot voting.Ballot
			if ballot, rest, err = voting.ReadBallot(rest); err != nil {
				b.Fatal(err)
			}
			if err = p.Add(ballot, voting.Voice); err != nil {
				b.Fatal(err)
			}
		}
		r, err := voting.Count(p)
		require.NoError(b, err)
		require.Equal(b, int64(n), r.Cast.Seats)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/ballot")
}

// BenchmarkAdd adds ballots for one of many options, of fractional weight: the slowest case.
func BenchmarkAdd(b *testing.B) {
	q := voting.Question{Method: voting.Plurality}
	for i := range 100 {
		q.Options = append(q.Options, voting.Choice("option-"+string(rune('a'+i/26))+string(rune('a'+i%26))))
	}
	p, err := voting.NewProfile(q)
	require.NoError(b, err)
	filled := make([]voting.Ballot, len(q.Options))
	for i, c := range q.Options {
		filled[i] = c
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if err := p.Add(filled[i%len(filled)], 1); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
