package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/pgtest"
)

// asProgram makes the test binary be the program, so that tests can start it as a process of its own.
const asProgram = "COOPSPACE_TEST_AS_PROGRAM"

// pg is the PostgreSQL of these tests.
var pg pgtest.Server

func TestMain(m *testing.M) {
	switch os.Getenv(asProgram) {
	case "":
	case yardstick:
		answerNothing()
	default:
		main()
	}
	pg.Main(m)
}

// program prepares a process of the program.
func program(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	c := exec.CommandContext(context.Background(), self, args...)
	c.Env = append(os.Environ(), asProgram+"=1", "LC_ALL=C")
	return c
}

// do runs the program to its end.
func do(t testing.TB, status int, args ...string) (out, errs string) {
	t.Helper()
	return doEnv(t, status, nil, args...)
}

func doEnv(t testing.TB, status int, env []string, args ...string) (out, errs string) {
	t.Helper()
	c := program(t, args...)
	c.Env = append(c.Env, env...)
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	_ = c.Run() // the status says it
	require.Equal(t, status, c.ProcessState.ExitCode(), "coopspace %s\n%s%s", strings.Join(args, " "), o.String(), e.String())
	return o.String(), e.String()
}

// served is a running server.
type served struct {
	url  string
	cmd  *exec.Cmd
	out  *said
	errs *said
	end  chan struct{} // closed once it has said everything
}

// said is what a process has said so far.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// serveData starts a server on a data file and waits until it answers. It is stopped at the end of the test.
func serveData(t testing.TB, data string, flags ...string) *served {
	t.Helper()
	return serve(t, append([]string{"--data", data}, flags...)...)
}

// servePostgres starts a server on a database, as one of several if need be.
func servePostgres(t testing.TB, dsn, keys string, flags ...string) *served {
	t.Helper()
	return serve(t, append([]string{"--postgres", dsn, "--keys", keys}, flags...)...)
}

func serve(t testing.TB, flags ...string) *served {
	t.Helper()
	c := program(t, append([]string{"serve", "--addr", "127.0.0.1:0"}, flags...)...)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	s := &served{cmd: c, out: &said{}, errs: &said{}, end: make(chan struct{})}
	c.Stderr = s.errs
	require.NoError(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	lines := bufio.NewScanner(io.TeeReader(out, s.out))
	for s.url == "" {
		require.True(t, lines.Scan(), "the server said nothing: %s", s.errs)
		s.url = regexp.MustCompile(`http://127[^ ]*`).FindString(lines.Text())
	}
	go func() {
		defer close(s.end)
		for lines.Scan() {
		}
	}()
	res, err := http.Get(s.url + "/healthz")
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	return s
}

// stopSignal asks a server to stop.
const stopSignal = syscall.SIGTERM

// status asks for a path in nobody's name, and gives the status of the answer.
func (s *served) status(t testing.TB, path string) int {
	t.Helper()
	res, err := http.Get(s.url + path)
	require.NoError(t, err)
	defer res.Body.Close()
	return res.StatusCode
}

// stop asks the server to stop, and demands that it does so in peace.
func (s *served) stop(t testing.TB) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(stopSignal))
	<-s.end
	_ = s.cmd.Wait() // the status says it
	require.Equal(t, exitDone, s.cmd.ProcessState.ExitCode())
}

// ask sends a request to the server and reads what it answers.
func (s *served) ask(t testing.TB, who, method, path, body string, into any) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	if who != "" {
		r.Header.Set("Coop-Dev", who)
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Less(t, res.StatusCode, 300, "%s %s: %s", method, path, data)
	if into != nil {
		require.NoError(t, json.Unmarshal(data, into))
	}
	return data
}

type space struct{ ID, Name string }

type items struct {
	Items []struct{ ID, Proposal string }
}

// What an operator and a sceptic do, with real processes: serve, vote, stop, verify, export, recount, check a receipt,
// back up, import.
func TestProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "coop.db")
	s := serveData(t, data, "--dev", "--demo")

	var sp space
	s.ask(t, "", "GET", "/v1/slugs/"+demoSlug, "", &sp)
	require.Equal(t, "Jardins du Piton", sp.Name)
	var counted, open items
	s.ask(t, "", "GET", "/v1/spaces/"+sp.ID+"/polls?state=counted", "", &counted)
	s.ask(t, "", "GET", "/v1/spaces/"+sp.ID+"/polls?state=open", "", &open)
	receipt := s.ask(t, "person:demo:7", "PUT", "/v1/polls/"+open.Items[0].ID+"/ballot", `{"choice":"for"}`, nil)
	var key struct{ Key string }
	s.ask(t, "", "GET", "/v1/key", "", &key)

	s.stop(t)

	out, _ := do(t, exitDone, "verify", "--data", data)
	require.Contains(t, out, "space "+sp.ID)
	require.Regexp(t, `\nAll is well: 1 space, [0-9]+ entries in the logs, [0-9]+ records, [0-9]+ texts, [0-9]+ polls, [0-9]+ ballots\.\n$`, out)
	out, _ = doEnv(t, exitDone, []string{"LC_ALL=fr_FR.UTF-8"}, "verify", "--data", data, "--space", demoSlug)
	require.Regexp(t, `\nTout est en ordre : 1 espace, [0-9]+ entrées dans les journaux, [^\n]+ bulletins\.\n$`, out)

	export, _ := do(t, exitDone, "export", "--poll", counted.Items[0].ID, "-", "--data", data)
	file := filepath.Join(dir, "poll.ndjson")
	require.NoError(t, os.WriteFile(file, []byte(export), 0o600))
	out, _ = do(t, exitDone, "recount", file)
	require.Contains(t, out, "The result stands: 5 ballots counted again")
	require.Contains(t, out, "Adopted.")
	require.Contains(t, out, key.Key)
	out, _ = doEnv(t, exitDone, []string{"LC_ALL=fr_FR.UTF-8"}, "recount", file)
	require.Contains(t, out, "Le résultat est confirmé : 5 bulletins recomptés")
	t.Run("an export in which a voice was moved", func(t *testing.T) {
		forged := strings.Replace(export, `{"choice":"against"}`, `{"choice":"for"}`, 1)
		require.NotEqual(t, export, forged)
		require.NoError(t, os.WriteFile(file+".forged", []byte(forged), 0o600))
		_, errs := do(t, exitRefused, "recount", file+".forged")
		require.Contains(t, errs, "[export.contradiction]")
		require.Regexp(t, `line \d`, errs)
	})

	paper := filepath.Join(dir, "receipt.json")
	require.NoError(t, os.WriteFile(paper, receipt, 0o600))
	out, _ = do(t, exitDone, "receipt", paper, "--key", key.Key)
	require.Contains(t, out, `genuine: the ballot "for" (1 voice) of `)
	t.Run("a receipt that says another place", func(t *testing.T) {
		require.NoError(t, os.WriteFile(paper+".forged", bytes.Replace(receipt, []byte(`"index":0`), []byte(`"index":1`), 1), 0o600))
		_, errs := do(t, exitRefused, "receipt", paper+".forged", "--key", key.Key)
		require.Contains(t, errs, "[receipt.unproven]")
	})

	t.Run("a backup is restored", func(t *testing.T) {
		copied, again, lost := filepath.Join(dir, "copy"), filepath.Join(dir, "again.db"), filepath.Join(dir, "lost.keys")
		do(t, exitDone, "backup", copied, "--data", data)
		_, errs := do(t, exitRefused, "restore", copied, "--to", again, "--keys", lost)
		require.Contains(t, errs, "[keys.missing]", "the keys are not in it")
		require.NoFileExists(t, again)
		do(t, exitDone, "restore", copied, "--to", again, "--keys", filepath.Join(dir, "coop.keys"))
		do(t, exitDone, "verify", "--data", again, "--keys", filepath.Join(dir, "coop.keys"))
		_, errs = do(t, exitRefused, "backup", copied, "--data", data)
		require.Contains(t, errs, "[store.path]", "a file that is there stays")
	})

	t.Run("a register", func(t *testing.T) {
		good, bad := filepath.Join(dir, "good.csv"), filepath.Join(dir, "bad.csv")
		require.NoError(t, os.WriteFile(good, []byte("id,name\n80,Zoé\n81,Yann\n"), 0o600))
		require.NoError(t, os.WriteFile(bad, []byte("id,name,email\n82,Xavier,x@example.org\n83,Wendy,nowhere\n"), 0o600))
		_, errs := do(t, exitRefused, "import", "members", bad, "--space", demoSlug, "--data", data)
		require.Contains(t, errs, "[member.import]")
		require.Contains(t, errs, "line 3 email")
		out, _ := do(t, exitDone, "import", "members", good, "--space", demoSlug, "--check", "--data", data)
		require.Equal(t, "Only checked, nothing was changed: 2 rows read, 0 rows refused\n", out)
		out, _ = do(t, exitDone, "import", "members", good, "--data", data)
		require.Contains(t, out, "2 members admitted", "into the only space there is")
		out, _ = do(t, exitDone, "import", "members", bad, "--space", sp.ID, "--partial", "--data", data)
		require.Contains(t, out, "1 member admitted, 0 known already, 1 row refused")
		require.Contains(t, out, "line 3:")
	})
	t.Run("a document of Communecter that is none", func(t *testing.T) {
		file := filepath.Join(dir, "none.json")
		require.NoError(t, os.WriteFile(file, []byte(`{"cut": `), 0o600))
		_, errs := do(t, exitRefused, "import", "communecter", file, "--space", demoSlug, "--data", data)
		require.Contains(t, errs, "[communecter.file]")
	})

	t.Run("started again, everything is there", func(t *testing.T) {
		s := serveData(t, data)
		var again space
		s.ask(t, "", "GET", "/v1/slugs/"+demoSlug, "", &again)
		require.Equal(t, sp, again)
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/v1/polls/"+open.Items[0].ID+"/ballot", nil)
		require.NoError(t, err)
		r.Header.Set("Coop-Dev", "person:demo:7")
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, http.StatusUnauthorized, res.StatusCode, "without --dev the header says nothing")
		s.stop(t)
	})
}

// An idle server takes less than 40 MiB of memory; the race detector multiplies it.
func TestMemory(t *testing.T) {
	t.Parallel()
	s := serveData(t, filepath.Join(t.TempDir(), "coop.db"), "--dev", "--demo")
	most := 40 << 10
	if raced() {
		most *= 8
	}
	file := fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid)
	if _, err := os.Stat(file); err != nil {
		require.Empty(t, os.Getenv("CI"), "what a process takes must be known here")
		t.Skip("this system does not say what a process takes: ", err)
	}
	kib := 0
	require.Eventually(t, func() bool { // it answers a moment before it lets go of what starting needed
		status, err := os.ReadFile(file)
		require.NoError(t, err)
		found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
		require.NotNil(t, found)
		kib, err = strconv.Atoi(string(found[1]))
		require.NoError(t, err)
		return kib < most
	}, 10*time.Second, 10*time.Millisecond, "it keeps more than %d KiB", most)
	t.Logf("resident: %d KiB", kib)
}

func raced() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, s := range info.Settings {
		if s.Key == "-race" && s.Value == "true" {
			return true
		}
	}
	return false
}

func TestUsage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, args := range [][]string{
		{},
		{"vote"},
		{"import"},
		{"import", "members"},
		{"import", "members", "x.csv", "y.csv"},
		{"import", "communecter"},
		{"recount"},
		{"export", "x"},
		{"export", "x", "--space", "x", "--poll", "x"},
		{"help", "vote"},
		{"receipt", "x"},
		{"serve", "extra"},
		{"serve", "--port", "1"},
		{"serve", "--addr", "8080"},
		{"backup"},
		{"restore", "--to", "x"},
		{"restore", "x"},
		{"migrate"},
		{"migrate", "--from", "x"},
		{"migrate", "--to", "x"},
		{"migrate", "x", "--from", "x", "--to", "y"},
		{"verify", "--space"},
		{"serve", "--dev", "--addr", "0.0.0.0:0", "--data", filepath.Join(dir, "coop.db")},
		{"serve", "--dev", "--addr", ":0", "--data", filepath.Join(dir, "coop.db")},
		{"serve", "--dev", "--addr", "example.org:80", "--data", filepath.Join(dir, "coop.db")},
	} {
		_, errs := do(t, exitUsage, args...)
		require.NotEmpty(t, errs)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries, "nothing was made")

	for _, args := range [][]string{{"help"}, {"help", "import"}, {"serve", "--help"}, {"recount", "-h"}, {"version"}} {
		out, errs := do(t, exitDone, args...)
		require.NotEmpty(t, out)
		require.Empty(t, errs)
	}
	t.Run("no data there", func(t *testing.T) {
		t.Parallel()
		for _, args := range [][]string{{"verify"}, {"export", "--poll", "x", "-"}, {"export", "--space", "x", filepath.Join(dir, "out")}, {"backup", filepath.Join(dir, "copy")}} {
			_, errs := do(t, exitRefused, append(args, "--data", filepath.Join(dir, "none", "coop.db"))...)
			require.Contains(t, errs, "[store.path]")
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, entries, "nothing was made")
		}
	})
	t.Run("a file that is none of ours", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "coop.db")
		require.NoError(t, os.WriteFile(data, bytes.Repeat([]byte("x"), 9000), 0o600))
		_, errs := do(t, exitRefused, "serve", "--data", data, "--addr", "127.0.0.1:0")
		require.Contains(t, errs, "[store.foreign]")
	})
	t.Run("a poll that is none", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "coop.db")
		serveData(t, data, "--dev", "--demo").stop(t)
		_, errs := do(t, exitRefused, "export", "--poll", "x", "-", "--data", data)
		require.Contains(t, errs, "[poll.unknown]")
		_, errs = do(t, exitRefused, "verify", "--space", "nowhere", "--data", data)
		require.Contains(t, errs, "[space.unknown]")
	})
}

// The address shows a page in the language of whoever opens it, and the link that serve prints signs in once.
func TestPage(t *testing.T) {
	t.Parallel()
	s := serveData(t, filepath.Join(t.TempDir(), "coop.db"), "--dev", "--demo")
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar}
	n, err := strconv.Atoi(demoVoter)
	require.NoError(t, err)
	person := demoPeople[n-1]
	read := func(res *http.Response, err error) string {
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, http.StatusOK, res.StatusCode)
		data, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return string(data)
	}
	for lang, want := range map[string][]string{
		"":      {"Jardins du Piton", "Adoptée", "v1/openapi.yaml"},
		"en-GB": {"Adopted"},
		"de":    {"Angenommen"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/", nil)
		require.NoError(t, err)
		r.Header.Set("Accept-Language", lang)
		text := read(browser.Do(r))
		for _, w := range want {
			require.Contains(t, text, w)
		}
		require.NotContains(t, text, person)
	}

	link := s.shows(t, regexp.QuoteMeta(s.url)+`/sign-in/\S+`)
	require.NotContains(t, read(browser.Get(link)), person, "looking at it does nothing")
	require.Contains(t, read(browser.Post(link, "application/x-www-form-urlencoded", nil)), person)
	res, err := http.Post(link, "application/x-www-form-urlencoded", nil)
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, http.StatusUnauthorized, res.StatusCode, "it works once")
}

// There is a link for development only, and only where there is somebody to sign in as.
func TestNoLink(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--dev", "--demo"} {
		s := serveData(t, filepath.Join(t.TempDir(), "coop.db"), flag)
		s.stop(t)
		require.NotContains(t, s.out.String(), "/sign-in/")
		require.Contains(t, s.out.String(), "Stopped.")
	}
}

// A page of another site that makes its own name point here is not answered.
func TestOwnHostOnly(t *testing.T) {
	t.Parallel()
	s := serveData(t, filepath.Join(t.TempDir(), "coop.db"), "--dev", "--demo")
	for host, want := range map[string]int{"evil.example": 421, "localhost": 200, "127.0.0.1:9": 200, "[::1]:80": 200} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/healthz", nil)
		require.NoError(t, err)
		r.Host = host
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, want, res.StatusCode, host)
	}
}

// A request that was being answered when the signal came is answered.
func TestShutdown(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "coop.db")
	s := serveData(t, data, "--dev", "--demo")
	body, send := io.Pipe()
	reading := make(chan struct{})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(reading) }})
	r, err := http.NewRequestWithContext(ctx, "POST", s.url+"/v1/spaces", body)
	require.NoError(t, err)
	r.Header.Set("Coop-Dev", "host")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Expect", "100-continue") // the server says when it reads the body: only then is it being answered
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	answered := make(chan string, 1)
	go func() {
		res, err := client.Do(r)
		if err != nil {
			answered <- err.Error()
			return
		}
		res.Body.Close()
		answered <- res.Status
	}()
	select {
	case <-reading:
	case early := <-answered:
		t.Fatal("answered before its body was read: " + early)
	}
	_, err = io.WriteString(send, `{"name":`)
	require.NoError(t, err)
	require.NoError(t, s.cmd.Process.Signal(stopSignal))
	require.Eventually(t, func() bool { // the door is shut to others
		res, err := http.Get(s.url + "/healthz")
		if err == nil {
			res.Body.Close()
		}
		return err != nil
	}, time.Minute, 10*time.Millisecond)
	_, err = io.WriteString(send, `"Au dernier moment","slug":"dernier-moment"}`)
	require.NoError(t, err)
	require.NoError(t, send.Close())
	require.Equal(t, "201 Created", <-answered)
	_ = s.cmd.Wait() // the status says it
	require.Equal(t, exitDone, s.cmd.ProcessState.ExitCode())
	do(t, exitDone, "verify", "--space", "dernier-moment", "--data", data)
}

// Whoever follows a log is told that it ends, and is not waited for.
func TestShutdownEndsFeeds(t *testing.T) {
	t.Parallel()
	s := serveData(t, filepath.Join(t.TempDir(), "coop.db"), "--dev", "--demo")
	var sp space
	s.ask(t, "", "GET", "/v1/slugs/"+demoSlug, "", &sp)
	res, err := http.Get(s.url + "/v1/spaces/" + sp.ID + "/log/events?after=0")
	require.NoError(t, err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
	}
	require.Contains(t, lines.Text(), "space.founded/1")
	began := time.Now()
	s.stop(t)
	require.Less(t, time.Since(began), drain)
	for lines.Scan() {
	}
	require.NoError(t, lines.Err(), "it ends in peace")
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for want, env := range map[string]map[string]string{
		"en": {}, "fr": {"LANG": "fr_FR.UTF-8"}, "de": {"LC_ALL": "de_AT.UTF-8", "LANG": "fr_FR.UTF-8"},
	} {
		require.EqualValues(t, want, language(func(k string) string { return env[k] }))
	}
	require.EqualValues(t, "en", language(func(string) string { return "C.UTF-8" }))
}

// A count that takes too long, or waits for a file that does not come, is stopped by the first signal.
func TestStoppedCount(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"allocate", "--rule", "greedy", "-"}, {"count", "--method", "irv", "-"}} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			input, send := io.Pipe()
			t.Cleanup(func() { _ = send.Close() })
			ctx, cancel := context.WithCancel(t.Context())
			status := make(chan int)
			var told strings.Builder
			go func() { status <- run(ctx, args, terminal{input: input, out: io.Discard, err: &told}) }()
			_, err := send.Write([]byte("M")) // it is reading
			require.NoError(t, err)
			cancel()
			require.Equal(t, exitStopped, <-status)
			require.Empty(t, told.String())
		})
	}
}

// Who cannot reach the database is told why, and nobody's password.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	_, errs := do(t, exitRefused, "verify", "--postgres", "host="+t.TempDir()+" user=coop dbname=coop password=s3cr3t")
	require.Contains(t, errs, "[store.unreachable]\n")
	require.Contains(t, errs, "no such file or directory\n")
	require.NotContains(t, errs, "s3cr3t")
}
