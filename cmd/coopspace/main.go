// Command coopspace serves cooperative spaces over HTTP, and does what an operator needs beside it: import, export,
// recount, verify, back up. `coopspace help` lists its commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // deadlines in time zones, on machines that have none

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/store"
)

// Exit statuses.
const (
	exitDone    = 0
	exitRefused = 1
	exitUsage   = 2
	exitStopped = 130 // as shells have it
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-asked
		signal.Stop(asked) // before anybody notices the first: a second does not wait for it to be carried out
		cancel()
	}()
	os.Exit(run(ctx, os.Args[1:], terminal{
		input: os.Stdin, out: os.Stdout, err: os.Stderr, lang: language(os.Getenv),
	}))
}

// terminal is where a command reads and speaks.
type terminal struct {
	input io.Reader
	out   io.Writer
	err   io.Writer
	lang  locale.Lang
}

// say writes a line for people.
func (t terminal) say(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }

// language is that of the environment; English where it names none.
func language(getenv func(string) string) locale.Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		switch v, _, _ := strings.Cut(getenv(name), "."); v {
		case "":
		case "C", "POSIX":
			return locale.English
		default:
			return locale.Match(v)
		}
	}
	return locale.English
}

// in gives the words in the language of whoever reads them; where there are but two, English stands in for German.
func (t terminal) in(fr, en string) string {
	if t.lang == locale.French {
		return fr
	}
	return en
}

// errStopped is what a count says that was told to stop: nothing.
var errStopped = errors.New("stopped by a signal")

// unlessStopped does work that keeps nothing, however long it takes, and does not wait for it when a signal comes.
func unlessStopped(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errStopped
	}
}

// run carries out a command line, and gives the exit status.
func run(ctx context.Context, args []string, t terminal) int {
	root := rootCommand(t)
	root.SetArgs(args)
	c, err := root.ExecuteContextC(ctx)
	return t.status(c.CommandPath(), err)
}

// status says what went wrong, in one sentence with its code, and gives the exit status.
func (t terminal) status(name string, err error) int {
	if err == nil {
		return exitDone
	}
	if errors.Is(err, errStopped) {
		return exitStopped
	}
	if wrong, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintf(t.err, "%s: %s\n", name, wrong.in(t.lang))
		return exitUsage
	}
	f := governance.Fault(err)
	text, ok := locale.Error(t.lang, f.Code)
	if !ok {
		text = f.Text
	}
	// Whoever runs this is the operator: nothing is hidden. Where nothing lies below the fault, its fields say all.
	if f.Kind == fault.Internal && (len(f.Fields) == 0 || errors.Unwrap(f) != nil) {
		text += " (" + err.Error() + ")"
	}
	fmt.Fprintf(t.err, "%s: %s [%s]\n", name, text, f.Code)
	for _, x := range f.Fields {
		fmt.Fprintf(t.err, "  %s\n", strings.TrimPrefix(strings.TrimSuffix(x.Path+": "+t.detail(x.Text), ": "), ": "))
	}
	if errors.Is(err, store.ErrUnreachable) { // why: a name, a firewall, a certificate; no password is in it
		for _, line := range strings.Split(fmt.Sprint(errors.Unwrap(f)), "\n") {
			fmt.Fprintf(t.err, "  %s\n", strings.TrimSpace(line))
		}
	}
	return exitRefused
}
