package main

import (
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// assembly is a space in which many vote: its poll is open, and as many members as people have a seat.
type assembly struct {
	*served
	data, slug, poll string
	people           int
}

// assemble founds a space beside a running server, brings its register in, and opens a vote.
func assemble(t *testing.T, s *served, data string, people int) assembly {
	t.Helper()
	a := assembly{s, data, "assemblee", "", people}
	s.ask(t, "host", "POST", "/v1/spaces", `{"name":"Assemblée","slug":"assemblee"}`, nil)
	register := "id,name,roles\n"
	for i := range people {
		register += fmt.Sprintf("%d,Membre %d,%s\n", i, i, map[bool]string{true: "chair"}[i == 0])
	}
	file := filepath.Join(t.TempDir(), "register.csv")
	require.NoError(t, os.WriteFile(file, []byte(register), 0o600))
	out, _ := do(t, exitDone, "import", "members", file, "--space", a.slug, "--data", data)
	require.Contains(t, out, fmt.Sprintf("%d members admitted", people))

	var sp, proposal, poll struct{ ID string }
	s.ask(t, "host", "GET", "/v1/slugs/"+a.slug, "", &sp)
	s.ask(t, "person:register:0", "POST", "/v1/spaces/"+sp.ID+"/proposals", `{"title":"Un puits"}`, &proposal)
	s.ask(t, "person:register:0", "POST", "/v1/proposals/"+proposal.ID+"/polls",
		`{"rule":{"threshold":{"of":"expressed","fraction":"1/2","strict":true}},"names":true}`, &poll)
	a.poll = poll.ID
	return a
}

// cast hands a member's ballot in; it gives the receipt, or what went wrong.
func (a assembly) cast(t *testing.T, member int) ([]byte, error) {
	r, err := http.NewRequestWithContext(t.Context(), "PUT", a.url+"/v1/polls/"+a.poll+"/ballot", strings.NewReader(`{"choice":"for"}`))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Coop-Dev", fmt.Sprintf("person:register:%d", member))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	receipt, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s", res.Status, receipt)
	}
	return receipt, err
}

// maintain does all that an operator does, and demands that it come out well.
func maintain(t *testing.T, data string, first bool) {
	t.Helper()
	dir := t.TempDir()
	out, _ := do(t, exitDone, "verify", "--data", data)
	require.Contains(t, out, "(assemblee)")

	const sample = "../../governance/communecter/testdata/atelier.json"
	bring := []string{"import", "communecter", sample, "--space", demoSlug, "--data", data}
	out, _ = do(t, exitDone, append(bring, "--check")...)
	require.Contains(t, out, "nothing was changed")
	out, _ = do(t, exitDone, bring...)
	require.Equal(t, first, !strings.Contains(out, "Brought over: 0 people, 0 rooms, 0 proposals, 0 resolutions, 0 actions;"), out)

	bad := filepath.Join(dir, "bad.csv")
	require.NoError(t, os.WriteFile(bad, []byte("id,name,email\n900,Xavier,x@example.org\n901,Wendy,nowhere\n"), 0o600))
	_, errs := do(t, exitRefused, "import", "members", bad, "--space", "assemblee", "--data", data)
	require.Contains(t, errs, "[member.import]")
	require.Contains(t, errs, "line 3 email")
	out, _ = doEnv(t, exitDone, []string{"LC_ALL=fr_FR.UTF-8"}, "import", "members", bad, "--space", "assemblee", "--partial", "--data", data)
	require.Contains(t, out, map[bool]string{true: "1 membre admis, 0 déjà connu, 1 ligne refusée", false: "0 membre admis, 1 déjà connu"}[first])

	folder := filepath.Join(dir, "new", "export")
	out, _ = do(t, exitDone, "export", "--space", demoSlug, folder, "--data", data)
	require.Contains(t, out, "counted polls")
	polls, err := filepath.Glob(filepath.Join(folder, "poll-*.ndjson"))
	require.NoError(t, err)
	require.NotEmpty(t, polls)
	out, _ = do(t, exitDone, "recount", folder)
	require.Equal(t, len(polls), strings.Count(out, "The result stands"))
	readme, err := os.ReadFile(filepath.Join(folder, "README.txt"))
	require.NoError(t, err)
	key, err := os.ReadFile(filepath.Join(folder, "key.txt"))
	require.NoError(t, err)
	checkpoint, err := os.ReadFile(filepath.Join(folder, "checkpoint.txt"))
	require.NoError(t, err)
	require.Contains(t, string(readme), "coopspace recount .")
	require.Contains(t, string(readme), string(key))
	require.Contains(t, string(readme), filepath.Base(polls[0]))
	require.True(t, strings.HasPrefix(string(checkpoint), strings.SplitN(string(key), "+", 2)[0]), "%s", checkpoint)
	_, errs = do(t, exitRefused, "import", "members", bad, "--data", data)
	require.Contains(t, errs, "--space: is needed")
	_, errs = do(t, exitRefused, "export", "--space", demoSlug, folder, "--data", data)
	require.Contains(t, errs, "is not empty")
	_, errs = do(t, exitRefused, "export", "--space", "nowhere", filepath.Join(dir, "none"), "--data", data)
	require.Contains(t, errs, "[space.unknown]")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2, "a refused export leaves nothing")

	copied, again := filepath.Join(dir, "copy"), filepath.Join(dir, "again.db")
	do(t, exitDone, "backup", copied, "--data", data)
	do(t, exitDone, "restore", copied, "--to", again, "--keys", strings.TrimSuffix(data, ".db")+".keys")
	do(t, exitDone, "verify", "--data", again, "--keys", strings.TrimSuffix(data, ".db")+".keys")
}

// The operator's work is the same beside a running server in which people vote, and without one.
func TestBeside(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "coop.db")
	s := serveData(t, data, "--dev", "--demo")
	a := assemble(t, s, data, 60)
	info, err := os.Lstat(data + ".sock")
	require.NoError(t, err)
	require.Equal(t, fs.ModeSocket|0o600, info.Mode())

	var voters sync.WaitGroup
	var done atomic.Bool
	wrong := make(chan error, 2)
	var next atomic.Int64
	for range cap(wrong) {
		voters.Go(func() { // everybody once, and then again and again, which is refused, until the maintenance is done
			for pace := time.NewTicker(10 * time.Millisecond); !done.Load() || next.Load() < int64(a.people); <-pace.C {
				i := int(next.Add(1)) - 1
				_, err := a.cast(t, i%a.people)
				if err != nil && !(i >= a.people && strings.Contains(err.Error(), "ballot.already_cast")) {
					wrong <- err
					return
				}
			}
		})
	}
	maintain(t, data, true)
	done.Store(true)
	voters.Wait()
	close(wrong)
	for err := range wrong {
		require.NoError(t, err)
	}
	t.Logf("%d ballots were handed in meanwhile", next.Load())
	s.ask(t, "person:register:0", "POST", "/v1/polls/"+a.poll+"/close", "", nil)
	file := filepath.Join(t.TempDir(), "poll.ndjson")
	do(t, exitDone, "export", "--poll", a.poll, file, "--data", data)
	out, _ := do(t, exitDone, "recount", file)
	require.Contains(t, out, fmt.Sprintf("%d ballots counted again", a.people))
	s.stop(t)
	require.NoFileExists(t, data+".sock")

	maintain(t, data, false)

	t.Run("two commands at once wait for each other", func(t *testing.T) {
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { do(t, exitDone, "verify", "--data", data) })
		}
		both.Wait()
	})
}

// When the signal comes while people vote and a register comes in, what was acknowledged is there afterwards.
func TestSignal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "coop.db")
	s := serveData(t, data, "--dev")
	a := assemble(t, s, data, 200)
	var key struct{ Key string }
	s.ask(t, "", "GET", "/v1/key", "", &key)

	// A register that is still coming in.
	c := program(t, "import", "members", "-", "--space", a.slug, "--data", data)
	register, err := c.StdinPipe()
	require.NoError(t, err)
	said := &said{}
	c.Stdout, c.Stderr = said, said
	require.NoError(t, c.Start())
	_, err = io.WriteString(register, "id,name\nlast-1,Aude\n"+strings.Repeat("\n", 1<<20)) // more than lies on the way: serve has begun
	require.NoError(t, err)

	receipts := make([][]byte, a.people)
	var voters sync.WaitGroup
	var next, cast atomic.Int64
	for range 8 {
		voters.Go(func() {
			for i := next.Add(1) - 1; i < int64(a.people); i = next.Add(1) - 1 {
				if r, err := a.cast(t, int(i)); err == nil {
					receipts[i] = r
				}
				if cast.Add(1) == 50 {
					_ = s.cmd.Process.Signal(syscall.SIGTERM)
				}
			}
		})
	}
	voters.Wait()
	_, err = io.WriteString(register, "last-2,Basile\n")
	require.NoError(t, err)
	require.NoError(t, register.Close())
	require.NoError(t, c.Wait(), "%s", said)
	require.Contains(t, said.String(), "2 members admitted")
	<-s.end
	_ = s.cmd.Wait() // the status says it
	require.Equal(t, exitDone, s.cmd.ProcessState.ExitCode())
	do(t, exitDone, "verify", "--data", data)

	a.served = serveData(t, data, "--dev")
	acknowledged := 0
	for i, r := range receipts {
		if r == nil {
			continue
		}
		acknowledged++
		a.ask(t, fmt.Sprintf("person:register:%d", i), "GET", "/v1/polls/"+a.poll+"/ballot", "", nil)
		if acknowledged%10 == 1 {
			paper := filepath.Join(dir, fmt.Sprintf("receipt-%d.json", i))
			require.NoError(t, os.WriteFile(paper, r, 0o600))
			out, _ := do(t, exitDone, "receipt", paper, "--key", key.Key)
			require.Contains(t, out, "genuine")
		}
	}
	t.Logf("%d ballots were acknowledged", acknowledged)
	require.Greater(t, acknowledged, 20)
	late := filepath.Join(dir, "late.csv")
	require.NoError(t, os.WriteFile(late, []byte("id,name\nlast-1,Aude\nlast-2,Basile\n"), 0o600))
	out, _ := do(t, exitDone, "import", "members", late, "--space", a.slug, "--data", data)
	require.Contains(t, out, "0 members admitted, 2 known already")
	a.stop(t)
}

func TestSocket(t *testing.T) {
	t.Parallel()

	t.Run("of a process that was killed", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "coop.db")
		s := serveData(t, data, "--demo")
		require.NoError(t, s.cmd.Process.Kill())
		<-s.end
		_ = s.cmd.Wait() // it was killed
		_, err := os.Lstat(data + ".sock")
		require.NoError(t, err, "it is left over")
		do(t, exitDone, "verify", "--data", data)
		s = serveData(t, data)
		do(t, exitDone, "verify", "--data", data)
		s.stop(t)
		require.NoFileExists(t, data+".sock")
	})
	t.Run("a second server on the same file", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "coop.db")
		s := serveData(t, data, "--demo")
		_, errs := do(t, exitRefused, "serve", "--data", data, "--addr", "127.0.0.1:0")
		require.Contains(t, errs, "[store.locked]")
		do(t, exitDone, "verify", "--data", data)
		s.stop(t)
	})
	t.Run("something else in its place", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "coop.db")
		require.NoError(t, os.WriteFile(data+".sock", []byte("mine"), 0o600))
		_, errs := do(t, exitRefused, "serve", "--data", data, "--addr", "127.0.0.1:0")
		require.Contains(t, errs, "is no socket")
		kept, err := os.ReadFile(data + ".sock")
		require.NoError(t, err)
		require.Equal(t, "mine", string(kept))
		do(t, exitDone, "verify", "--data", data)
	})
	t.Run("a path that is too long", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), strings.Repeat("long", 25))
		data := filepath.Join(dir, "coop.db")
		_, errs := do(t, exitRefused, "serve", "--data", data, "--addr", "127.0.0.1:0")
		require.Contains(t, errs, "[store.path]")
		require.Contains(t, errs, "choose a shorter one")
		do(t, exitDone, "verify", "--data", data)
	})
	t.Run("one that others may open is not spoken to", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "coop.db")
		serveData(t, data, "--demo").stop(t)
		l, err := net.Listen("unix", data+".sock")
		require.NoError(t, err)
		defer l.Close()
		require.NoError(t, os.Chmod(data+".sock", 0o666))
		do(t, exitDone, "verify", "--data", data)
	})
	t.Run("of a server that is killed over a job", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "coop.db")
		s := serveData(t, data, "--demo")
		c := program(t, "import", "members", "-", "--data", data)
		register, err := c.StdinPipe()
		require.NoError(t, err)
		said := &said{}
		c.Stdout, c.Stderr = said, said
		require.NoError(t, c.Start())
		_, err = io.WriteString(register, "id,name\n"+strings.Repeat("1,Aude\n", 100_000)) // more than lies on the way
		require.NoError(t, err)
		require.NoError(t, s.cmd.Process.Kill())
		require.NoError(t, register.Close())
		require.Error(t, c.Wait())
		require.Contains(t, said.String(), "[serve.unanswered]")
		do(t, exitDone, "verify", "--data", data)
	})
	t.Run("a file that cannot be read on this side", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "coop.db")
		s := serveData(t, data, "--demo")
		_, errs := do(t, exitRefused, "import", "members", t.TempDir(), "--data", data)
		require.Contains(t, errs, "is a directory")
		s.stop(t)
	})
	t.Run("whoever sends no job", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "coop.db")
		s := serveData(t, data)
		dial := func() net.Conn {
			conn, err := net.Dial("unix", data+".sock")
			require.NoError(t, err)
			return conn
		}
		conn := dial()
		defer conn.Close()
		_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: serve\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
		require.NoError(t, err)
		said, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Contains(t, string(said), "400 Bad Request")
		s.stop(t)
	})
}
