package bolt_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
)

// childFile tells a test binary that it is the child of a test of this file, and which data file to open.
const childFile = "COOPSPACE_BOLT_CHILD"

// child runs a test of this binary again, in another process.
func child(t *testing.T, file string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1", "-test.v=false")
	cmd.Env = append(os.Environ(), childFile+"="+file)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	var said []string
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		if line, ok := strings.CutPrefix(lines.Text(), "said: "); ok {
			said = append(said, line)
		}
	}
	return strings.Join(said, "\n")
}

func say(a ...any) { fmt.Println(append([]any{"said:"}, a...)...) }

func TestSecondProcess(t *testing.T) {
	if file := os.Getenv(childFile); file != "" {
		st, err := bolt.Open(file, nil)
		if err != nil {
			say(fault.Of(err).Code)
			return
		}
		say("opened", st.Close())
		return
	}
	t.Parallel()
	file := filepath.Join(t.TempDir(), "coop.db")
	st, err := bolt.Open(file, nil)
	require.NoError(t, err)
	require.Equal(t, "store.locked", child(t, file))
	require.NoError(t, st.Update(t.Context(), "space", func(w store.Writer) error {
		return w.Put(store.Record{Kind: "k", ID: "1"})
	}), "and the first goes on")
	require.NoError(t, st.Close())
	require.Equal(t, "opened <nil>", child(t, file))
}
