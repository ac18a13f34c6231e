package main

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/pgtest"
)

// manual is the document for operators.
const manual = "docs/operations.md"

// freePorts gives ports of this machine that nobody listens on, with as many digits as those of the document, and with
// nobody on 1 and the same digits either.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var out []string
	for p := 2000 + os.Getpid()%1000; len(out) < n; p++ {
		require.Less(t, p, 5000)
		free := true
		for _, port := range []int{p, 10_000 + p} {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err == nil {
				err = l.Close()
			}
			free = free && err == nil
		}
		if free {
			out = append(out, strconv.Itoa(p))
		}
	}
	return out
}

// The operator's document is true: its commands run as written, one after the other, on a file and on two PostgreSQL
// servers, one of which is lost in the middle. Folders, ports and the names of the two machines are replaced; what
// belongs to the system's own services is acted by testdata/operations.sh.
func TestOperations(t *testing.T) {
	t.Parallel()
	var servers [2]*pgtest.Cluster
	var hosts [2]string
	for i := range servers {
		c, err := pgtest.Start(pgtest.Settings{From: servers[0], Name: "db2"})
		pgtest.Need(t, err)
		t.Cleanup(c.Remove)
		hosts[i], _, _ = strings.Cut(strings.TrimPrefix(c.DSN("postgres"), "host="), " ")
		if i == 0 {
			require.NoError(t, c.Exec("CREATE ROLE postgres SUPERUSER LOGIN"))
		}
		servers[i] = c
	}
	stage, err := os.MkdirTemp("/tmp", "coopspace-") // short, for it holds a socket
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(stage) })
	installed(t, stage)
	for _, dir := range []string{"units", "cron", "usr/local/bin"} {
		require.NoError(t, os.MkdirAll(filepath.Join(stage, dir), 0o700))
	}

	text := document(t, manual)
	before := func(place, what string) {
		require.Equal(t, 1, strings.Count(text, place), place)
		text = strings.Replace(text, place, "\n```sh\n"+what+"\n```\n"+place, 1)
	}
	before("\nOver the socket of the same machine", "PGUSER=coopspace_serve coopspace verify --postgres dbname=coopspace --keys /etc/coopspace/keys")
	before("### When db1 is gone", `kill -KILL "$(head -n 1 `+hosts[0]+`/data/postmaster.pid)"`)
	before("2. On `db2`:", "export PGHOST="+hosts[1])

	story := strings.Join(blocks(t, text, "sh"), "\n")
	ports := freePorts(t, 4)
	for from, to := range map[string]string{
		" /usr/local/bin": " " + stage + "/usr/local/bin", "=/usr/local/bin": "=" + stage + "/usr/local/bin",
		"/etc/systemd/system": stage + "/units", "/etc/coopspace": stage + "/etc", "/var/lib/coopspace": stage + "/lib",
		"/var/backups/coopspace": stage + "/backups", "/etc/cron.daily": stage + "/cron", "--linger 10s": "--linger 10ms", "host=db1,db2": "host=" + hosts[0] + "," + hosts[1],
		"8080": ports[0], "8081": ports[1], "8082": ports[2], "9090": ports[3],
	} {
		require.Contains(t, story, from)
		story = strings.ReplaceAll(story, from, to)
	}
	acted, err := os.ReadFile("testdata/operations.sh")
	require.NoError(t, err)
	env := []string{
		"stage=" + stage, "units=" + stage + "/units", "PGHOST=" + hosts[0],
		"PATH=" + stage + "/usr/local/bin:" + servers[0].Programs() + ":" + os.Getenv("PATH"),
	}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "COOPSPACE_") && !strings.HasPrefix(v, "PATH=") {
			env = append(env, v)
		}
	}
	play(t, stage, env, string(acted), story)

	t.Run("the services", func(t *testing.T) {
		tool := toolFor(t, "systemd-analyze")
		for _, unit := range []string{"coopspace.service", "coopspace@.service"} {
			out, err := exec.CommandContext(t.Context(), tool, "verify", "--man=no", filepath.Join(stage, "units", unit)).CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.NotContains(t, string(out), "coopspace", unit)
		}
	})
}

// toolFor finds a program that a document speaks of, and that this machine may do without.
func toolFor(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		require.Empty(t, os.Getenv("CI"), "the document's settings are tried with %s", name)
		t.Skipf("NOT TRIED: there is no %s here", name)
	}
	return path
}

// What the operator's document shows beside its commands is understood by those for whom it is, and speaks of things that
// there are.
func TestOperations_shown(t *testing.T) {
	t.Parallel()
	text := document(t, manual)
	write := func(t *testing.T, what string) (dir, path string) {
		t.Helper()
		dir = t.TempDir()
		path = filepath.Join(dir, "shown")
		require.NoError(t, os.WriteFile(path, []byte(what), 0o600))
		return dir, path
	}
	accepted := func(t *testing.T, tool string, args ...string) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}

	t.Run("every block runs, or is one of these", func(t *testing.T) {
		t.Parallel()
		for _, m := range regexp.MustCompile("(?m)^ *```(.+)$").FindAllStringSubmatch(text, -1) {
			require.Contains(t, []string{"sh", "console", "haproxy", "nginx", "yaml"}, m[1])
		}
		require.Len(t, blocks(t, text, "console"), 4, "what no test runs stays little: each of these was tried by hand")
		for _, b := range blocks(t, text, "console") {
			for _, line := range strings.Split(b, "\n") {
				require.Regexp(t, `^ *\$ `, line)
			}
		}
	})
	t.Run("HAProxy", func(t *testing.T) {
		t.Parallel()
		tool := toolFor(t, "haproxy")
		_, path := write(t, strings.Join(blocks(t, text, "haproxy"), "\n")+"\n")
		accepted(t, tool, "-c", "-f", path)
	})
	t.Run("nginx", func(t *testing.T) {
		t.Parallel()
		tool := toolFor(t, "nginx")
		own := "access_log off;\n"
		for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			own += what + "_temp_path " + what + ";\n"
		}
		_, path := write(t, "pid shown.pid;\nerror_log stderr;\nevents {}\nhttp {\n"+own+strings.Join(blocks(t, text, "nginx"), "\n")+"\n}\n")
		accepted(t, tool, "-t", "-p", filepath.Dir(path), "-c", path)
	})
	t.Run("Prometheus", func(t *testing.T) {
		t.Parallel()
		source := document(t, "httpapi/metrics/metrics.go")
		names := regexp.MustCompile(`coopspace_[a-z]+(_[a-z]+)+`).FindAllString(text, -1)
		require.NotEmpty(t, names)
		for _, name := range names {
			if name = strings.TrimSuffix(name, "_bucket"); !strings.HasPrefix(name, "coopspace_from") && name != "coopspace_serve" {
				require.Contains(t, source, `"`+name+`"`)
			}
		}
	})
	t.Run("the codes are those of errors.md", func(t *testing.T) {
		t.Parallel()
		all := document(t, "docs/errors.md")
		_, table, ok := strings.Cut(text, "\n## When something goes wrong\n")
		require.True(t, ok)
		rows := regexp.MustCompile("(?m)^\\| (`.*?) \\|").FindAllStringSubmatch(table, -1)
		require.Greater(t, len(rows), 15)
		for _, row := range rows {
			for _, code := range strings.Split(row[1], ", ") {
				require.Contains(t, all, `<a id="`+strings.Trim(code, "`")+`"></a>`)
			}
		}
	})
	t.Run("the lines of the log are those of the program", func(t *testing.T) {
		t.Parallel()
		var source strings.Builder
		require.NoError(t, filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			source.Write(text)
			return err
		}))
		rows := regexp.MustCompile(`(?m)^\| (ERROR|WARN|INFO) \| (.*?) \|`).FindAllStringSubmatch(text, -1)
		require.Greater(t, len(rows), 8)
		for _, row := range rows {
			method := row[1][:1] + strings.ToLower(row[1][1:])
			for _, line := range strings.Split(row[2], ", ") {
				line = regexp.QuoteMeta(strings.Trim(line, "`"))
				require.Regexp(t, `\.`+method+`(Context)?\((ctx, )?"`+line, source.String())
			}
		}
	})
}
