package governance_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
)

// A program outside this project can act on every kind, and sees the places at fault.
func TestKindOf(t *testing.T) {
	t.Parallel()
	for want, err := range map[governance.Kind]error{
		governance.KindNotFound:        governance.ErrPollUnknown,
		governance.KindForbidden:       fmt.Errorf("while voting: %w", governance.ErrNotOnRoll),
		governance.KindUnauthenticated: governance.ErrUnauthenticated,
		governance.KindConflict:        governance.ErrPollClosed.At("poll", "x"),
		governance.KindStale:           governance.ErrStale,
		governance.KindUnmet:           governance.ErrRollEmpty,
		governance.KindBusy:            governance.ErrRollMoved,
		governance.KindInvalid:         governance.ErrText,
		governance.KindMalformed:       governance.ErrTable,
		governance.KindInternal:        io.ErrUnexpectedEOF,
	} {
		require.Equal(t, want, governance.KindOf(err), err.Error())
	}
	require.Equal(t, "title", governance.Fault(governance.ErrText.At("title", "is required")).Fields[0].Path)
}
