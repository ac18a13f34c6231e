package httpapi

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is written comes back byte for byte, however long it is and however it is cut.
func TestSpool(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, spoolMemory, spoolMemory + 1, 3*spoolMemory + 17} {
		want := bytes.Repeat([]byte("bulletin "), size/9+1)[:size]
		s := &spool{}
		for rest := want; len(rest) > 0; {
			n := min(len(rest), 70_001)
			written, err := s.Write(rest[:n])
			require.NoError(t, err)
			require.Equal(t, n, written)
			rest = rest[n:]
		}
		require.EqualValues(t, size, s.size)
		require.Equal(t, size > spoolMemory, s.file != nil)
		var got bytes.Buffer
		require.NoError(t, s.copyTo(&got))
		require.True(t, bytes.Equal(want, got.Bytes()))
		require.NoError(t, s.Close())
	}
}
