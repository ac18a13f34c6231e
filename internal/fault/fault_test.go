package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/fault"
)

var (
	errShut  = fault.New(fault.Conflict, "door.shut", "the door is shut")
	errNoise = fault.New(fault.Invalid, "door.noise", "the door makes a noise")
)

func TestError(t *testing.T) {
	t.Parallel()

	t.Run("a copy with places and a cause is still the declared fault", func(t *testing.T) {
		t.Parallel()
		err := fmt.Errorf("going out: %w", errShut.At("door", "front").At("", "at night").Wrap(io.EOF))
		require.ErrorIs(t, err, errShut)
		require.ErrorIs(t, err, io.EOF)
		require.NotErrorIs(t, err, errNoise)
		require.Equal(t, "going out: the door is shut: door: front; at night: EOF", err.Error())
		require.Equal(t, fault.Conflict, fault.KindOf(err))
	})

	t.Run("the declared value never changes", func(t *testing.T) {
		t.Parallel()
		one := errShut.At("door", "front")
		two, three := one.At("lock", "old"), one.At("key", "lost")
		require.Empty(t, errShut.Fields)
		require.Equal(t, []fault.Field{{Path: "door", Text: "front"}, {Path: "lock", Text: "old"}}, two.Fields)
		require.Equal(t, []fault.Field{{Path: "door", Text: "front"}, {Path: "key", Text: "lost"}}, three.Fields)
		require.NoError(t, errors.Unwrap(errShut))
	})

	t.Run("a place without a text stands for itself", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "the door is shut: door", errShut.At("door", "").Error())
	})
}

func TestOf(t *testing.T) {
	t.Parallel()

	t.Run("the fault in a chain is found", func(t *testing.T) {
		t.Parallel()
		f := fault.Of(fmt.Errorf("outside: %w", errNoise.At("hinge", "dry")))
		require.Equal(t, "door.noise", f.Code)
		require.Len(t, f.Fields, 1)
	})

	t.Run("an error without a kind is internal, and its text is the operator's", func(t *testing.T) {
		t.Parallel()
		f := fault.Of(io.ErrUnexpectedEOF)
		require.Equal(t, fault.Internal, f.Kind)
		require.Equal(t, fault.ErrInternal.Text, f.Text)
		require.ErrorIs(t, f, io.ErrUnexpectedEOF)
	})

	t.Run("a caller who left has a code of their own", func(t *testing.T) {
		t.Parallel()
		for _, err := range []error{context.Canceled, context.DeadlineExceeded, fmt.Errorf("reading: %w", context.Canceled)} {
			require.ErrorIs(t, fault.Of(err), fault.ErrCanceled)
		}
	})

	t.Run("no error is no fault", func(t *testing.T) {
		t.Parallel()
		require.Nil(t, fault.Of(nil))
		require.Equal(t, fault.Internal, fault.KindOf(nil))
	})
}

func TestKind(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for k := fault.Internal; k <= fault.Busy; k++ {
		require.NotEmpty(t, k.String())
		require.False(t, names[k.String()], "two kinds are named %s", k)
		names[k.String()] = true
	}
	require.Equal(t, "internal", fault.Kind(200).String(), "a kind of a later version shows nothing")
}

func TestList(t *testing.T) {
	t.Parallel()
	var l fault.List
	require.NoError(t, l.Err(errNoise))
	l.Add("hinge", "dry")
	l.Add("lock", "loose")
	err := l.Err(errNoise)
	require.ErrorIs(t, err, errNoise)
	require.Equal(t, []fault.Field{{Path: "hinge", Text: "dry"}, {Path: "lock", Text: "loose"}}, fault.Of(err).Fields)
}
