package pabulib_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation/pabulib"
	"github.com/communecter/coopspace/internal/fault"
)

// FuzzRead gives the reader anything at all: it never panics, what it refuses has a place, and what it reads can be written and read again
// as the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(street))
	f.Add([]byte(file("vote_type;ordinal\nscoring_fn;5,1\n", "voter_id;vote", "1;a,b,c")))
	f.Add([]byte(file("vote_type;scoring\ndefault_score;2\n", "voter_id;vote;points", "1;a;5", "2;b,c;0,3", "3;;")))
	f.Add([]byte(file("vote_type;cumulative\nmin_points;2\nmax_sum_points;9\n", "voter_id;vote;points;weight", "1;b,b;5,5;0.25")))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<16 {
			return
		}
		file, err := pabulib.Read(bytes.NewReader(text), nil)
		if err != nil {
			require.Nil(t, file)
			refused := fault.Of(err)
			require.Contains(t, []fault.Kind{fault.Malformed, fault.Invalid}, refused.Kind, "%v", err)
			require.NotEmpty(t, refused.Fields)
			require.True(t, strings.HasPrefix(refused.Fields[0].Path, "line "), "%v", err)
			return
		}
		writeBack(t, file)
	})
}
