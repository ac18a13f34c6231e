package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// A program whose files may grow no more is refused the write, as on a full disk, and not ended by a signal.
func init() {
	if os.Getenv(asProgram) != "" {
		signal.Ignore(syscall.SIGXFSZ)
	}
}

// growNoMore lets no file of a process grow beyond a size.
func growNoMore(t *testing.T, pid int, size int64) {
	t.Helper()
	limit := syscall.Rlimit{Cur: uint64(size), Max: uint64(size)}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), uintptr(syscall.RLIMIT_FSIZE), uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	require.Zero(t, errno, errno.Error())
}

// When the disk is full in the middle of a vote, serve stops accepting and ends with a status that says so; started again,
// everything that was acknowledged is there.
func TestBroken(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "coop.db")
	s := serveData(t, data, "--dev", "--demo", "--linger", "1h")
	var sp space
	s.ask(t, "", "GET", "/v1/slugs/"+demoSlug, "", &sp)
	var open items
	s.ask(t, "", "GET", "/v1/spaces/"+sp.ID+"/polls?state=open", "", &open)
	s.ready(t)

	info, err := os.Stat(data)
	require.NoError(t, err)
	growNoMore(t, s.cmd.Process.Pid, info.Size())
	send := func(who, method, path string, body any) (int, []byte) {
		text, err := json.Marshal(body)
		require.NoError(t, err)
		r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewReader(text))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Coop-Dev", who)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, nil // it has gone
		}
		defer res.Body.Close()
		said, err := io.ReadAll(res.Body)
		if err != nil {
			return 0, nil
		}
		return res.StatusCode, said
	}
	// Ballots, and between them texts that fill the disk, until something is not acknowledged.
	type cast struct {
		Member, At string
		Rev        uint64
	}
	ballots, texts := map[string]cast{}, map[string]string{}
	status, said := 201, []byte(nil)
	for n := 0; status != 0 && status < 300; n++ {
		require.Less(t, n, 10_000, "the file grows no more")
		title := fmt.Sprintf("Texte %d", n)
		status, said = send("host", "POST", "/v1/spaces/"+sp.ID+"/proposals", map[string]any{"title": title, "body": strings.Repeat("x", 20_000)})
		if status == 201 {
			var made space
			require.NoError(t, json.Unmarshal(said, &made))
			texts[made.ID] = title
		}
		for _, poll := range open.Items {
			who, path := fmt.Sprintf("person:%s:%d", demoIssuer, n%len(demoPeople)+1), "/v1/polls/"+poll.ID+"/ballot"
			if status, said := send(who, "PUT", path, map[string]any{"choice": "for"}); status == 200 {
				var receipt cast
				require.NoError(t, json.Unmarshal(said, &receipt))
				ballots[path+" "+who] = receipt
			}
		}
	}
	if status != 0 {
		require.Equal(t, 500, status, "%s", said)
		require.Contains(t, string(said), `"store.full"`)
	}
	require.NotEmpty(t, ballots)

	<-s.end
	_ = s.cmd.Wait() // the status says it
	require.Equal(t, exitRefused, s.cmd.ProcessState.ExitCode(), "%s", s.errs)
	require.Contains(t, s.errs.String(), "[serve.broken]")
	require.NotContains(t, s.out.String(), "Stopped.")

	s = serveData(t, data, "--dev")
	for at, receipt := range ballots {
		path, who, _ := strings.Cut(at, " ")
		status, said := send(who, "GET", path, nil)
		require.Equal(t, 200, status, "%s: %s", at, said)
		var mine cast
		require.NoError(t, json.Unmarshal(said, &mine))
		require.Equal(t, receipt, mine)
	}
	for id, title := range texts {
		status, said := send("host", "GET", "/v1/proposals/"+id, nil)
		require.Equal(t, 200, status, "%s: %s", title, said)
	}
	s.stop(t)
	do(t, exitDone, "verify", "--data", data)
}
