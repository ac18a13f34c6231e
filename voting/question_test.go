package voting_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
)

var (
	yesNo  = voting.Question{Method: voting.YesNo}
	choice = voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a", "j", "l"}}
)

func TestQuestion(t *testing.T) {
	t.Parallel()

	t.Run("a proposal and a choice can be put to a vote", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, yesNo.Check())
		require.NoError(t, choice.Check())
		for _, c := range []voting.Choice{voting.For, voting.Against, voting.Abstain, voting.Blank} {
			require.NoError(t, yesNo.CheckBallot(c))
		}
		for _, c := range []voting.Choice{"a", "j", "l", voting.Abstain, voting.Blank} {
			require.NoError(t, choice.CheckBallot(c))
		}
	})

	many := make([]voting.Choice, voting.MaxOptions+1)
	for i := range many {
		many[i] = voting.Choice("o" + strconv.Itoa(i))
	}
	for name, c := range map[string]struct {
		q    voting.Question
		path string
	}{
		"no method":                           {voting.Question{}, "method"},
		"an unknown method":                   {voting.Question{Method: "tea-leaves"}, "method"},
		"yes or no with options":              {voting.Question{Method: voting.YesNo, Options: []voting.Choice{"a", "b"}}, "options"},
		"a choice of nothing":                 {voting.Question{Method: voting.Plurality}, "options"},
		"a choice of one":                     {voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a"}}, "options"},
		"too many options":                    {voting.Question{Method: voting.Plurality, Options: many}, "options"},
		"a count that begins again too often": {voting.Question{Method: voting.SequentialIRV, Options: many[1:], Seats: 6}, "seats"},
		"quotients again too often":           {voting.Question{Method: voting.QPQ, Options: many[1:], Seats: 500}, "seats"},
		"an empty key":                        {voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a", ""}}, "options/1"},
		"a key with a space":                  {voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a", "b c"}}, "options/1"},
		"a key in capitals":                   {voting.Question{Method: voting.Plurality, Options: []voting.Choice{"A", "b"}}, "options/0"},
		"a key that is too long":              {voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a", voting.Choice(strings.Repeat("x", 65))}}, "options/1"},
		"a reserved word":                     {voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a", "blank"}}, "options/1"},
		"the word for no ballot":              {voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a", "invalid"}}, "options/1"},
		"the same option twice":               {voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a", "b", "a"}}, "options/2"},
		"bytes that are no UTF-8":             {voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a", "\xff"}}, "options/1"},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			t.Parallel()
			err := c.q.Check()
			require.ErrorIs(t, err, voting.ErrQuestion)
			require.Equal(t, c.path, fault.Of(err).Fields[0].Path)
			_, err = voting.NewProfile(c.q)
			require.ErrorIs(t, err, voting.ErrQuestion)
		})
	}

	t.Run("a count that begins again for each seat takes as many as its working may have", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, voting.Question{Method: voting.SequentialIRV, Options: many[1:], Seats: 5}.Check())
		require.NoError(t, voting.Question{Method: voting.QPQ, Options: many[:170], Seats: 170}.Check())
	})

	t.Run("a ballot for what is not offered is refused", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, yesNo.CheckBallot(voting.Choice("a")), voting.ErrBallot)
		require.ErrorIs(t, yesNo.CheckBallot(voting.Choice("invalid")), voting.ErrBallot)
		require.ErrorIs(t, yesNo.CheckBallot(nil), voting.ErrBallot)
		require.ErrorIs(t, choice.CheckBallot(voting.For), voting.ErrBallot)
		require.ErrorIs(t, choice.CheckBallot(voting.Choice("z")), voting.ErrBallot)
	})
}
