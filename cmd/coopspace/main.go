// Command coopspace serves cooperative spaces over HTTP, and does what an operator needs beside it: import, export,
// recount, verify, back up. `coopspace help` lists its commands.
package main

import (
	"context"
	"errors"
	"flag"
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
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], terminal{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, lang: language(os.Getenv),
	}))
}

// terminal is where a command reads and speaks.
type terminal struct {
	in   io.Reader
	out  io.Writer
	err  io.Writer
	lang locale.Lang
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

// command is one thing that the program does.
type command struct {
	name    string // of one or two words
	args    string
	summary string
	more    string // lines of help after the summary
	run     func(ctx context.Context, t terminal, f *flag.FlagSet, args []string) error
}

func commands() []command {
	return []command{
		serveCommand(), importMembersCommand(), importCommunecterCommand(), exportCommand(), recountCommand(),
		receiptCommand(), verifyCommand(), backupCommand(), versionCommand(),
	}
}

// usageError is a command line that cannot be understood.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usage(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// run carries out a command line, and gives the exit status.
func run(ctx context.Context, args []string, t terminal) int {
	if len(args) == 0 {
		help(t.err)
		return exitUsage
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		help(t.out)
		return exitDone
	}
	for _, c := range commands() {
		words := strings.Fields(c.name)
		if len(args) < len(words) || strings.Join(args[:len(words)], " ") != c.name {
			continue
		}
		return t.status(c.name, c.call(ctx, t, args[len(words):]))
	}
	return t.status("", usage("there is no command %q; coopspace help lists them", strings.Join(args[:min(2, len(args))], " ")))
}

// call reads the flags, which may stand before and after the other arguments.
func (c command) call(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet(c.name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return c.run(ctx, t, f, args)
}

// errHelp asks for the help of a command.
var errHelp = errors.New("help")

// parse reads flags wherever they stand, and demands so many other arguments.
func parse(f *flag.FlagSet, args []string, want ...string) ([]string, error) {
	var rest []string
	for {
		if err := f.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, errHelp
			}
			return nil, usageError{err.Error()}
		}
		if f.NArg() == 0 {
			break
		}
		rest = append(rest, f.Arg(0))
		args = f.Args()[1:]
	}
	if len(rest) != len(want) {
		if len(want) == 0 {
			return nil, usage("nothing stands beside the flags, and %q does", strings.Join(rest, " "))
		}
		return nil, usage("it wants %s", strings.Join(want, " "))
	}
	return rest, nil
}

// status says what went wrong, in one sentence with its code, and gives the exit status.
func (t terminal) status(name string, err error) int {
	var wrong usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errHelp):
		for _, c := range commands() {
			if c.name == name {
				c.help(t)
			}
		}
		return exitDone
	case errors.As(err, &wrong):
		fmt.Fprintf(t.err, "coopspace %s: %s\n", name, wrong.text)
		return exitUsage
	}
	f := governance.Fault(err)
	text, ok := locale.Error(t.lang, f.Code)
	if !ok {
		text = f.Text
	}
	if f.Kind == fault.Internal { // whoever runs this is the operator: nothing is hidden
		text += " (" + err.Error() + ")"
	}
	fmt.Fprintf(t.err, "coopspace %s: %s [%s]\n", name, text, f.Code)
	for _, x := range f.Fields {
		fmt.Fprintf(t.err, "  %s\n", strings.TrimSuffix(x.Path+": "+x.Text, ": "))
	}
	if errors.Is(err, store.ErrLocked) {
		fmt.Fprintln(t.err, "  coopspace serve holds the file: stop it for a moment, or ask its HTTP API, which does the same.")
	}
	return exitRefused
}

func help(w io.Writer) {
	fmt.Fprint(w, "coopspace: cooperative spaces, their proposals, votes, resolutions and actions\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  coopspace %s\n      %s\n", strings.TrimSpace(c.name+" "+c.args), c.summary)
	}
	fmt.Fprint(w, `
Commands that read or write the data open its file themselves. While coopspace serve runs it holds the file: stop it for
a moment, or ask its HTTP API, which does the same. recount and receipt need no data of ours.

Exit status: 0 done, 1 refused or not confirmed, 2 a command line that cannot be understood.
`)
}

func (c command) help(t terminal) {
	t.say("coopspace %s", strings.TrimSpace(c.name+" "+c.args))
	t.say("    %s", c.summary)
	if c.more != "" {
		t.say("\n%s", c.more)
	}
}
