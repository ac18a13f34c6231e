package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// errNone says that this machine has no PostgreSQL server to run.
var errNone = errors.New("PostgreSQL's server is not on this machine (make test installs it on Debian), and " + Env + " names none")

// Settings of a cluster. The zero value makes one that is quick and loses everything when the machine fails, which no test
// can see.
type Settings struct {
	Durable bool     // fsync stays on: for measuring
	Config  []string // more lines of postgresql.conf
	From    *Cluster // a standby that follows this one, made by pg_basebackup
	Name    string   // of a standby, as its primary knows it
}

// Cluster is a PostgreSQL server of a test's own. Stop and Start may be called again and again.
type Cluster struct {
	dir  string // holds data and the socket
	bin  string // where PostgreSQL's programs are
	cred *syscall.Credential

	guard io.Closer // as long as it is open, the cluster lives
}

// Start makes a cluster and starts it; whoever started it removes it.
func Start(s Settings) (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin}
	if c.dir, err = os.MkdirTemp("/tmp", "coopspace-pg-"); err != nil { // short, for it holds a socket
		return nil, err
	}
	if err = c.build(s); err == nil {
		err = c.watch()
	}
	if err != nil {
		c.Remove()
		return nil, err
	}
	return c, nil
}

// watch has a small process remove the cluster when this one ends without having done so, by a panic or a signal: it waits for
// the end of what only we could say to it.
func (c *Cluster) watch() error {
	cmd := exec.Command("sh", "-c", `cat; "$1/pg_ctl" -D "$2/data" -m immediate -s stop; rm -rf "$2"`, "sh", c.bin, c.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.cred, Setpgid: true}
	var err error
	if c.guard, err = cmd.StdinPipe(); err != nil {
		return err
	}
	return cmd.Start()
}

func (c *Cluster) build(s Settings) error {
	if os.Geteuid() == 0 { // initdb refuses root
		cred, err := unprivileged()
		if err != nil {
			return err
		}
		c.cred = cred
		if err := os.Chown(c.dir, int(cred.Uid), int(cred.Gid)); err != nil {
			return err
		}
	}
	var err error
	if s.From == nil {
		err = c.run("initdb", "-D", c.data(), "-U", "coop", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	} else {
		err = c.run("pg_basebackup", "-D", c.data(), "-d", s.From.DSN("postgres")+" application_name="+quote(s.Name), "-X", "stream", "-R", "--checkpoint=fast", "--no-sync")
	}
	if err != nil {
		return err
	}
	config := []string{
		"listen_addresses = ''", "unix_socket_directories = '" + c.dir + "'", "max_connections = 300", "shared_buffers = 128MB",
		"log_min_messages = warning", "autovacuum_naptime = 10s",
	}
	if !s.Durable {
		config = append(config, "fsync = off", "full_page_writes = off")
	}
	file, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%s\n", strings.Join(append(config, s.Config...), "\n"))
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return c.Start()
}

// programs finds the folder of PostgreSQL's programs.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian's, which are not in PATH
	if len(found) > 0 {
		slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
		return filepath.Dir(found[0]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errNone
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	return filepath.Dir(path), nil
}

// version reads 15 from /usr/lib/postgresql/15/bin/initdb.
func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// unprivileged gives a user who is not root.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
	}
	return nil, errors.New("there is no user beside root who could run PostgreSQL")
}

// Programs is the folder of PostgreSQL's programs.
func (c *Cluster) Programs() string { return c.bin }

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// run runs one of PostgreSQL's programs, as the user who owns the cluster.
func (c *Cluster) run(name string, args ...string) error {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.cred}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "HOME=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "HOME="+c.dir, "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s%s", name, err, out, c.said())
	}
	return nil
}

// said gives the end of what the server said.
func (c *Cluster) said() string {
	log, err := os.ReadFile(filepath.Join(c.dir, "log"))
	if err != nil {
		return ""
	}
	return "\n" + string(log[max(0, len(log)-2000):])
}

// DSN names a database of the cluster, or of whichever of these may be written to.
func (c *Cluster) DSN(database string, or ...*Cluster) string {
	host := c.dir
	for _, o := range or {
		host += "," + o.dir
	}
	return fmt.Sprintf("host=%s user=coop dbname=%s sslmode=disable", host, database)
}

// Start starts the server and waits until it answers.
func (c *Cluster) Start() error {
	return c.run("pg_ctl", "-D", c.data(), "-l", filepath.Join(c.dir, "log"), "-w", "-t", "120", "-s", "start")
}

// Stop stops the server: "fast" in good order, "immediate" as if it were killed.
func (c *Cluster) Stop(how string) error {
	return c.run("pg_ctl", "-D", c.data(), "-m", how, "-w", "-t", "120", "-s", "stop")
}

// Kill kills the server's first process with SIGKILL; the others notice and end.
func (c *Cluster) Kill() error {
	text, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// Sync lets no commit be acknowledged until the standby of this name has it, and waits until that standby follows.
func (c *Cluster) Sync(name string) error {
	for _, sql := range []string{"ALTER SYSTEM SET synchronous_standby_names = " + quote(name), "SELECT pg_reload_conf()"} {
		if err := c.Exec(sql); err != nil {
			return err
		}
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		n, err := c.Query("SELECT count(*)::text FROM pg_stat_replication WHERE sync_state = 'sync' AND application_name = " + quote(name))
		if err != nil || n == "1" {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("no standby %s follows: %s", name, c.said())
		}
	}
}

// Promote makes a standby the primary.
func (c *Cluster) Promote() error {
	return c.run("pg_ctl", "-D", c.data(), "-w", "-t", "120", "-s", "promote")
}

// Exec runs SQL in the database "postgres".
func (c *Cluster) Exec(sql string) error { return execute(c.DSN("postgres"), sql) }

// Query gives one text from the database "postgres".
func (c *Cluster) Query(sql string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.DSN("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	var out string
	err = conn.QueryRow(ctx, sql).Scan(&out)
	return out, err
}

// Remove stops the server and removes everything.
func (c *Cluster) Remove() {
	if _, err := os.Stat(filepath.Join(c.data(), "postmaster.pid")); err == nil {
		_ = c.Stop("immediate")
	}
	_ = os.RemoveAll(c.dir)
	if c.guard != nil {
		_ = c.guard.Close()
	}
}
