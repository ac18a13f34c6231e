package governance

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write golden files anew")

// TestAllow crosses every act with everybody who may attempt it, and holds the answers to a table that people read.
func TestAllow(t *testing.T) {
	t.Parallel()
	private, public := spaceState{Text: "x"}, spaceState{Text: "x", Public: true}
	restricted := &roomState{Roles: []string{"donor"}}
	member := who{kind: person, person: "p", member: "m", standing: Active}
	as := func(s Standing, roles ...string) who {
		return who{kind: person, person: "p", member: "m", standing: s, roles: roles}
	}
	actors := []struct {
		name string
		who  who
	}{
		{"nobody", who{}},
		{"stranger", who{kind: person, person: "p"}},
		{"invited", as(Invited)},
		{"pending", as(Pending)},
		{"left", as(Left, Chair)},
		{"suspended", as(Suspended, Chair)},
		{"member", member},
		{"donor", as(Active, "donor")},
		{"treasurer", as(Active, Treasurer)},
		{"secretary", as(Active, Secretary)},
		{"chair", as(Active, Chair)},
		{"represents", who{kind: person, person: "p", stands: []string{"org"}}},
		{"host", who{kind: host}},
		{"system", who{kind: system}},
	}
	targets := []struct {
		name string
		t    target
	}{
		{"theirs", target{space: private, member: "m", owners: []string{"m", "org"}}},
		{"others'", target{space: private, member: "x", owners: []string{"x"}}},
		{"public", target{space: public, member: "x", owners: []string{"x"}}},
		{"restricted", target{space: private, member: "x", owners: []string{"x"}, room: restricted}},
	}
	answer := func(err error) string {
		switch {
		case err == nil:
			return "yes"
		case errors.Is(err, ErrUnauthenticated):
			return "sign in"
		case errors.Is(err, ErrSpaceUnknown):
			return "no space"
		case errors.Is(err, ErrRoomUnknown):
			return "no room"
		case errors.Is(err, ErrForbidden):
			return "no"
		}
		return err.Error()
	}
	var b strings.Builder
	for _, act := range slices.Sorted(maps.Keys(permissions)) {
		fmt.Fprintf(&b, "%s\n", act)
		for _, tg := range targets {
			by := map[string][]string{}
			for _, a := range actors {
				got := answer(allow(act, a.who, tg.t))
				by[got] = append(by[got], a.name)
			}
			for _, got := range []string{"yes", "no", "no room", "no space", "sign in"} {
				if len(by[got]) > 0 {
					fmt.Fprintf(&b, "  %-10s %-8s %s\n", tg.name, got, strings.Join(by[got], ", "))
					delete(by, got)
				}
			}
			require.Empty(t, by)
		}
	}
	const file = "testdata/permissions.txt"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String())
}

// Every act that the package names is in the policy, and what is not in it is denied, even to the host.
func TestPermissions(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("authorise.go")
	require.NoError(t, err)
	named := 0
	for _, line := range strings.Split(string(src), "\n") {
		fields := strings.Fields(line)
		if len(fields) >= 4 && strings.HasPrefix(fields[0], "Act") && fields[1] == "Act" {
			named++
			require.Contains(t, permissions, Act(strings.Trim(fields[3], `"`)))
		}
	}
	require.Len(t, permissions, named)
	require.ErrorIs(t, allow("something.new", who{kind: host}, target{}), ErrForbidden)
}
