package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store"
)

// The jobs.
const (
	exportSpace = "export space" // an archive of the files that go into a folder
	exportPoll  = "export poll"  // one poll
)

// What an exported folder holds, beside a file for each poll.
const (
	readmeFile     = "README.txt"
	keyFile        = "key.txt"
	checkpointFile = "checkpoint.txt"
	pollPrefix     = "poll-"
	pollSuffix     = ".ndjson"
)

func exportCommand(t terminal) *cobra.Command {
	var p place
	j := job{Lang: t.lang}
	c := &cobra.Command{
		Use:   "export --space SPACE DIR | export --poll ID FILE",
		Short: t.in("écrit les votes comptés d'un espace dans un nouveau dossier, pour que chacun puisse les recompter", "write the counted polls of a space into a new folder, so that anyone can recount them"),
		Long: t.in(`Le dossier est écrit entier ou pas du tout. Il contient un fichier par vote, la clé publique, l'état signé du journal,
et un README.txt qui dit comment recompter. Avec --poll, un seul vote va dans FILE ; - est la sortie standard.
Des bulletins avec leurs noms s'y trouvent : à qui le montrer, c'est le règlement de vos votes qui le dit.`,
			`The folder is written whole or not at all. It holds a file for each poll, the public key, the signed state of the log, and
a README.txt that says how to recount. With --poll one poll goes into FILE; - is the standard output.
Ballots are in it with who cast them: whom to show it to is for the rules of your polls to say.`),
		Args: wants("DIR"),
		RunE: func(c *cobra.Command, args []string) error {
			if (j.Space == "") == (j.Poll == "") {
				return usage("it wants either --space and a folder, or --poll and a file")
			}
			if j.Space != "" {
				j.Do = exportSpace
				return exportFolder(c.Context(), t, p, j, args[0])
			}
			j.Do = exportPoll
			if args[0] == "-" {
				return p.work(c.Context(), j, nil, t.out)
			}
			return writeNew(args[0], func(w io.Writer) error { return p.work(c.Context(), j, nil, w) })
		},
	}
	p.flags(c, t)
	c.Flags().StringVar(&j.Space, "space", "", t.in("l'`ESPACE`, par son nom court ou son identifiant", "the `SPACE`, by its short name or its id"))
	c.Flags().StringVar(&j.Poll, "poll", "", t.in("un seul vote, par son `ID`", "one poll, by its `ID`"))
	return c
}

// exportPoll writes one poll.
func (in *instance) exportPoll(ctx context.Context, t terminal, host governance.Actor, j job) error {
	f, size, err := kept(func(w io.Writer) error { return in.coop.Polls.Export(ctx, host, governance.PollID(j.Poll), w) })
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(t.out, io.LimitReader(f, size))
	return err
}

// exportSpace writes an archive of the files of a folder. Each file is written to its end before it is sent: no reading of
// the store waits for whoever receives it.
func (in *instance) exportSpace(ctx context.Context, t terminal, host governance.Actor, j job) error {
	sp, err := in.findSpace(ctx, host, j.Space)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(t.out)
	add := func(name string, size int64, from io.Reader) error {
		if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600}); err != nil {
			return err
		}
		_, err := io.Copy(archive, from)
		return err
	}
	var said strings.Builder
	exported := 0
	page := governance.Paging{}
	for {
		list, err := in.coop.Polls.List(ctx, host, sp.ID, governance.StateCounted, page)
		if err != nil {
			return err
		}
		for _, p := range list.Items {
			if p.Source != "" { // its ballots were counted elsewhere, before: there is nothing to recount
				continue
			}
			f, size, err := kept(func(w io.Writer) error { return in.coop.Polls.Export(ctx, host, p.ID, w) })
			if err != nil {
				return err
			}
			_, own, _ := strings.Cut(string(p.ID), ".")
			name := pollPrefix + own + pollSuffix
			if err := errors.Join(add(name, size, f), f.Close()); err != nil {
				return err
			}
			about, err := in.coop.Proposals.Get(ctx, host, p.Proposal)
			if err != nil {
				return err
			}
			exported++
			fmt.Fprintf(&said, "%s\n  %s\n  %s\n  %s\n\n", name, about.Title, p.Explain("fr"), p.Explain("en"))
		}
		if page.After = list.Next; page.After == "" {
			break
		}
	}
	checkpoint, err := in.coop.Checkpoint(ctx, host, sp.ID)
	if err != nil {
		return err
	}
	key := in.coop.Key() + "\n"
	readme := fmt.Sprintf(exportReadme, sp.Name, exported, strings.TrimSpace(key), said.String())
	return errors.Join(
		add(keyFile, int64(len(key)), strings.NewReader(key)),
		add(checkpointFile, int64(len(checkpoint)), bytes.NewReader(checkpoint)),
		add(readmeFile, int64(len(readme)), strings.NewReader(readme)),
		archive.Close())
}

// exportReadme says what an exported folder is: for which space, how many polls, the key, and each poll.
const exportReadme = `%[1]s

Votes comptés : %[2]d. Chacun peut les recompter, sans nous et sans réseau :

    coopspace recount .

Pour chaque fichier poll-….ndjson, le programme recompte les bulletins, décide à nouveau selon la règle du vote, et
compare avec ce que le journal signé de l'espace en dit. Le fichier checkpoint.txt est l'état signé de ce journal au moment de
l'export : gardez-le, il montrera plus tard si le journal n'a fait que s'allonger. key.txt est la clé publique avec
laquelle tout est signé : comparez-la avec celle que l'instance publie ailleurs. Les bulletins portent ici qui les a
déposés : ne montrez ce dossier qu'à qui peut le voir.

Counted polls: %[2]d. Anyone can count them again, without us and without a network:

    coopspace recount .

For each file poll-….ndjson the program counts the ballots again, decides again by the rule of the poll, and compares with
what the signed log of the space says. The file checkpoint.txt is the signed state of that log when this was exported: keep it,
it shows later whether the log was only ever added to. key.txt is the public key with which everything is signed: compare
it with the one that the instance publishes elsewhere. Ballots are here with who cast them: show this folder to nobody
who may not see that.

%[3]s

%[4]s`

// kept writes to a file that has no name and is gone when it is closed, and gives it from its beginning with its size.
func kept(write func(io.Writer) error) (*os.File, int64, error) {
	f, err := os.CreateTemp("", "coopspace-*")
	if err != nil {
		return nil, 0, err
	}
	err = errors.Join(os.Remove(f.Name()), write(f))
	size, far := f.Seek(0, io.SeekCurrent)
	_, back := f.Seek(0, io.SeekStart)
	if err = errors.Join(err, far, back); err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, size, nil
}

// exportFolder has a space exported into a folder that is not there yet, or is empty: written beside it, then moved.
func exportFolder(ctx context.Context, t terminal, p place, j job, dir string) (err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return store.ErrPath.At(dir, reason(err))
	}
	if there, err := os.ReadDir(dir); err == nil && len(there) > 0 {
		return store.ErrPath.At(dir, "is not empty")
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return store.ErrPath.At(dir, reason(err))
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return store.ErrPath.At(dir, reason(err))
	}
	beside, err := os.MkdirTemp(filepath.Dir(dir), ".coopspace-export-")
	if err != nil {
		return store.ErrPath.At(dir, reason(err))
	}
	defer func() { err = errors.Join(err, os.RemoveAll(beside)) }() // nothing once it is moved

	archive, send := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		send.CloseWithError(p.work(ctx, j, nil, send))
	}()
	polls, err := unpack(archive, beside)
	archive.CloseWithError(err)
	<-done
	if err != nil {
		return err
	}
	if err := os.Rename(beside, dir); err != nil {
		return store.ErrPath.At(dir, reason(err))
	}
	t.say(t.in("%s : %s, à recompter avec coopspace recount %[1]s", "%s: %s, to be counted again with coopspace recount %[1]s"),
		dir, t.some(int64(polls), "vote compté|votes comptés", "counted poll|counted polls"))
	return nil
}

// unpack writes the files of an archive into a folder, each of them safely on the disk, and tells how many polls there are.
func unpack(r io.Reader, dir string) (polls int, err error) {
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			_, err := io.Copy(io.Discard, r) // up to how the job ended
			return polls, err
		}
		if err != nil {
			return polls, err
		}
		if h.Typeflag != tar.TypeReg || h.Name != filepath.Base(h.Name) || !filepath.IsLocal(h.Name) {
			return polls, fmt.Errorf("an export holds no %q", h.Name)
		}
		err = writeNew(filepath.Join(dir, h.Name), func(w io.Writer) error {
			_, err := io.Copy(w, archive)
			return err
		})
		if err != nil {
			return polls, err
		}
		if strings.HasPrefix(h.Name, pollPrefix) {
			polls++
		}
	}
}
