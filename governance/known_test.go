package governance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store/memory"
)

// Who is known under an identity is remembered while commits are heard, and forgotten with the next one to the instance.
func TestKnownPersons(t *testing.T) {
	t.Parallel()
	c, err := Open(memory.New(), nil)
	require.NoError(t, err)
	defer c.Close()
	ana := Identity{Issuer: "my-site", Subject: "ana"}
	key := subject{ana.Issuer, ana.Subject}
	host := Host("my-site")
	p, err := c.Know(t.Context(), host, ana)
	require.NoError(t, err)
	_, since := c.known.get(key)
	c.known.put(key, p, since)
	remembered, _ := c.known.get(key)
	require.Empty(t, remembered, "nobody listens")

	c.known.listen(true)
	again, err := c.Know(t.Context(), host, ana)
	require.NoError(t, err)
	require.Equal(t, p, again)
	remembered, since = c.known.get(key)
	require.Equal(t, p, remembered)

	_, err = c.Know(t.Context(), host, Identity{Issuer: ana.Issuer, Subject: ana.Subject, Email: "no address"})
	require.Error(t, err, "what is wrong is refused, remembered or not")

	require.NoError(t, c.eraseIdentities(t.Context(), host.by(), string(p)))
	remembered, _ = c.known.get(key)
	require.Empty(t, remembered, "erased")
	c.known.put(key, p, since)
	remembered, _ = c.known.get(key)
	require.Empty(t, remembered, "what was read before is not remembered after")
	anew, err := c.Know(t.Context(), host, ana)
	require.NoError(t, err)
	require.NotEqual(t, p, anew)
}
