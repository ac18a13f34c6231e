package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/communecter"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/store"
)

// cli is the name of the host that maintenance commands act as.
const cli = "cli"

// job is maintenance work on an instance, as it travels to whoever has the instance open.
type job struct {
	Do    string      `json:"do"`
	Lang  locale.Lang `json:"lang"`
	Space string      `json:"space,omitempty"` // by its id or its short name
	Poll  string      `json:"poll,omitempty"`

	Partial bool   `json:"partial,omitempty"`
	Check   bool   `json:"check,omitempty"`
	Issuer  string `json:"issuer,omitempty"`
	Zone    string `json:"zone,omitempty"`
}

// worker does jobs. It is an instance that was opened for it, or a running serve that has the instance open.
type worker interface {
	// do reads the files in their order and writes what the job gives: lines for people, an export, a backup.
	do(ctx context.Context, j job, files []communecter.File, out io.Writer) error
	Close() error
}

// do is what a job does, whoever asks for it.
func (in *instance) do(ctx context.Context, j job, files []communecter.File, out io.Writer) error {
	host := governance.Host(cli)
	t := terminal{out: out, lang: j.Lang}
	switch j.Do {
	case importMembers:
		return in.importMembers(ctx, t, host, j, files)
	case importCommunecter:
		return in.importCommunecter(ctx, t, host, j, files)
	case exportSpace:
		return in.exportSpace(ctx, t, host, j)
	case exportPoll:
		return in.exportPoll(ctx, t, host, j)
	case verify:
		return in.verify(ctx, t, host, j)
	case backup:
		return in.backup(ctx, out)
	}
	return fmt.Errorf("there is no job %q", j.Do)
}

// patience is how long a command waits for a file that is held by a serve which is starting or stopping, or by another
// command.
const patience = 5 * time.Second

// reach finds who does jobs on the instance that lies there: a running serve that answers at its socket, or else this
// process, which opens the file.
func (p place) reach(ctx context.Context) (worker, error) {
	if p.dsn != "" { // a database has room for several processes
		return p.opened(ctx)
	}
	waited := time.NewTimer(patience)
	defer waited.Stop()
	for {
		w, deaf := call(ctx, p)
		if deaf == nil {
			return w, nil
		}
		in, err := p.opened(ctx)
		if err == nil {
			return in, nil
		}
		if !errors.Is(err, store.ErrLocked) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-waited.C:
			return nil, store.ErrLocked.At(p.file, "").At(socketOf(p), reason(deaf))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// opened opens what lies there for a job.
func (p place) opened(ctx context.Context) (*instance, error) {
	return p.open(ctx, governance.Options{}, nil)
}

// work has a job done where it can be done.
func (p place) work(ctx context.Context, j job, files []communecter.File, out io.Writer) (err error) {
	w, err := p.reach(ctx)
	if err != nil {
		return err
	}
	defer func() { err = firstOf(err, w.Close()) }()
	return w.do(ctx, j, files, out)
}

// firstOf gives what went wrong first, with what went wrong after it.
func firstOf(err, then error) error {
	if err == nil || then == nil {
		if err == nil {
			return then
		}
		return err
	}
	return fmt.Errorf("%w; and then: %w", err, then)
}
