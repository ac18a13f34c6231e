package auth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi/auth"
	"github.com/communecter/coopspace/store/memory"
)

func TestDev(t *testing.T) {
	t.Parallel()
	coop, err := governance.Open(memory.New(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, coop.Close()) })
	who, err := auth.Dev(coop, &auth.DevOptions{AnybodyMayBeAnybody: true})
	require.NoError(t, err)
	ask := func(header string) (governance.Actor, error) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if header != "" {
			r.Header.Set(auth.DevHeader, header)
		}
		return who(r)
	}

	ana, err := ask("person:register:42")
	require.NoError(t, err)
	require.NotEmpty(t, ana.Person())
	again, err := ask("person:register:42")
	require.NoError(t, err)
	require.Equal(t, ana, again, "the same identity is the same person")
	colon, err := ask("person:register:42:b")
	require.NoError(t, err)
	require.NotEqual(t, ana, colon)

	host, err := ask("host")
	require.NoError(t, err)
	require.True(t, host.Known())
	require.Empty(t, host.Person())

	nobody, err := ask("")
	require.NoError(t, err)
	require.False(t, nobody.Known())

	t.Run("a header that says nothing", func(t *testing.T) {
		t.Parallel()
		for _, h := range []string{"hosts", "person:", "person:register", "person:register:", "person::42", "system"} {
			_, err := ask(h)
			require.ErrorIs(t, err, auth.ErrDevHeader, h)
		}
	})
	t.Run("without consent", func(t *testing.T) {
		t.Parallel()
		for _, o := range []*auth.DevOptions{nil, {}} {
			_, err := auth.Dev(coop, o)
			require.ErrorIs(t, err, auth.ErrDevRefused)
		}
	})
}
