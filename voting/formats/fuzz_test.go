package formats_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting/formats"
	"github.com/stretchr/testify/require"
)

// fuzz gives a reader anything at all: it never panics, what it refuses has a place, and what it reads can be written, where the format can
// say it, and read again as the same.
func fuzz(t *testing.T, text []byte, o *formats.Options) {
	if len(text) > 1<<16 {
		return
	}
	f, err := formats.Read(bytes.NewReader(text), o)
	if err != nil {
		require.Nil(t, f)
		refused := fault.Of(err)
		require.Contains(t, []fault.Kind{fault.Malformed, fault.Invalid}, refused.Kind, "%v", err)
		require.NotEmpty(t, refused.Fields)
		require.True(t, strings.HasPrefix(refused.Fields[0].Path, "line "), "%v", err)
		return
	}
	require.NotNil(t, f.Profile)
	require.Len(t, f.Names, len(f.Profile.Options()))
	for _, format := range formats.Formats() {
		var written bytes.Buffer
		if err := formats.Write(&written, f, format); err != nil {
			require.ErrorIs(t, err, formats.ErrUnwritable)
			require.Empty(t, written.Bytes())
			continue
		}
		again, err := formats.Read(bytes.NewReader(written.Bytes()), &formats.Options{Format: format})
		require.NoError(t, err, "%s\n%s", format, written.String())
		require.Equal(t, f.Profile.Cast(), again.Profile.Cast(), "%s\n%s", format, written.String())
		if format == f.Format && format != formats.TallyJSON {
			same(t, f, again, written.String())
		}
	}
}

func FuzzReadBLT(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) { fuzz(t, text, &formats.Options{Format: formats.BLT}) })
}

func FuzzReadPrefLib(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) { fuzz(t, text, &formats.Options{Format: formats.PrefLib}) })
}

func FuzzReadCVotes(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) { fuzz(t, text, &formats.Options{Format: formats.CVotes}) })
}

func FuzzReadABIF(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) { fuzz(t, text, &formats.Options{Format: formats.ABIF}) })
}

func FuzzReadCSV(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) { fuzz(t, text, &formats.Options{Format: formats.CSV}) })
}

// FuzzRead tells the format by the content, and so reads the forms of JSON too.
func FuzzRead(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) { fuzz(t, text, nil) })
}
