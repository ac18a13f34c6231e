package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/communecter"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// The private socket: a running serve has the file of the instance to itself, and does the jobs of maintenance commands
// for whoever may open the socket beside the file. A job goes there as a multipart body: the job, then its files. The answer
// is multipart too: what the job gives, then how it ended. An answer without its end is no answer.

// ErrUnanswered says that serve stopped, or the connection broke, before the end of a job was known.
var ErrUnanswered = fault.New(fault.Busy, "serve.unanswered",
	"serve broke off before it said how the job ended; do it again: what an import has brought in is known by then")

// socketOf is where a serve answers for the instance that lies there.
func socketOf(p place) string { return p.file + ".sock" }

// socketLength is how long the path of a socket may be, in bytes, on every system we know.
const socketLength = 103

// listenPrivate opens the socket, for its owner alone from its first moment on. It may only be called by who holds the file:
// then a socket that lies there belongs to a process that is gone, and is replaced. What is no socket stays.
func listenPrivate(path string) (*net.UnixListener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, store.ErrPath.At(path, "is no socket, and serve wants to open one there for the maintenance commands")
	}
	// It is made in a folder that nobody else can enter, and moved to its place.
	room, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, store.ErrPath.At(path, reason(err))
	}
	defer func() { _ = os.RemoveAll(room) }() // empty
	first := filepath.Join(room, "s")
	if n := max(len(first), len(path)); n > socketLength {
		return nil, store.ErrPath.At(path, fmt.Sprintf("has %d bytes, and the system allows a socket %d: "+
			"go to the folder of the data and give --data without its folder, or choose a shorter one", n, socketLength))
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: first, Net: "unix"})
	if err != nil {
		return nil, store.ErrPath.At(path, reason(err))
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(first, 0o600), os.Rename(first, path)); err != nil {
		return nil, errors.Join(store.ErrPath.At(path, reason(err)), l.Close())
	}
	return l, nil
}

// outcome is how a job ended: the fault, or none.
type outcome struct {
	Fault *fault.Error `json:"fault,omitempty"`
	Cause string       `json:"cause,omitempty"` // of an internal one: whoever may open the socket is the operator
}

func outcomeOf(err error) outcome {
	f := governance.Fault(err)
	if f == nil || f.Kind != fault.Internal {
		return outcome{Fault: f}
	}
	return outcome{Fault: f, Cause: err.Error()}
}

func (o outcome) err() error {
	switch {
	case o.Fault == nil:
		return nil
	case o.Cause != "":
		return o.Fault.Wrap(errors.New(o.Cause))
	}
	return o.Fault
}

// request is a job with the names of the files that come with it.
type request struct {
	Job   job      `json:"job"`
	Files []string `json:"files,omitempty"`
}

// stall is how long an answer waits for whoever asked to read on.
const stall = time.Minute

// maxJob bounds the description of a job, in bytes.
const maxJob = 1 << 20

// jobs answers at the private socket.
func jobs(w worker, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(answer)
		q, files, err := readRequest(r)
		if err = errors.Join(err, control.EnableFullDuplex()); err != nil {
			http.Error(answer, err.Error(), http.StatusBadRequest)
			return
		}
		form := multipart.NewWriter(patientWriter{answer, control})
		answer.Header().Set("Content-Type", form.FormDataContentType())
		out, err := form.CreatePart(textproto.MIMEHeader{})
		if err == nil {
			began := time.Now()
			err = w.do(r.Context(), q.Job, files, out)
			told := []any{"job", q.Job.Do, "took", time.Since(began).Round(time.Millisecond)}
			if err != nil { // its places may hold what is in a register, which is for no log
				told = append(told, "code", governance.Fault(err).Code)
			}
			logger.Info("a maintenance job ended", told...)
			_, _ = io.Copy(io.Discard, r.Body) // what was not read must not stand in the way of the answer
			ended := outcomeOf(err)
			if out, err = form.CreatePart(textproto.MIMEHeader{}); err == nil {
				err = errors.Join(json.NewEncoder(out).Encode(ended), form.Close())
			}
		}
		if err != nil {
			panic(http.ErrAbortHandler) // whoever asked is gone, and if not, must not take this for an answer
		}
	})
}

// readRequest reads a job, and gives its files, to be read once and in their order.
func readRequest(r *http.Request) (q request, files []communecter.File, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return q, nil, err
	}
	first, err := parts.NextPart()
	if err != nil {
		return q, nil, err
	}
	if err := json.NewDecoder(io.LimitReader(first, maxJob)).Decode(&q); err != nil {
		return q, nil, err
	}
	for _, name := range q.Files {
		files = append(files, communecter.File{Name: name, Reader: &arriving{parts: parts}})
	}
	return q, files, nil
}

// arriving is a file that is on its way: the next part, from its first byte on.
type arriving struct {
	parts *multipart.Reader
	part  *multipart.Part
}

func (f *arriving) Read(p []byte) (int, error) {
	if f.part == nil {
		part, err := f.parts.NextPart()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		f.part = part
	}
	return f.part.Read(p)
}

// patientWriter gives up on a reader that has not moved for a while, so that none keeps a reading of the store open.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w patientWriter) Write(p []byte) (int, error) {
	if err := w.control.SetWriteDeadline(time.Now().Add(stall)); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(p)
}

// caller has jobs done by a running serve.
type caller struct{ http *http.Client }

// call looks for a running serve at the socket beside the file. A socket that is not of the file's owner is not spoken to.
func call(ctx context.Context, p place) (*caller, error) {
	path := socketOf(p)
	socket, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	file, err := os.Stat(p.file)
	if err != nil {
		return nil, err
	}
	if socket.Mode().Type() != fs.ModeSocket || socket.Mode().Perm()&0o077 != 0 || !sameOwner(socket, file) {
		return nil, errors.New("is no private socket of the data's owner")
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	conn, err := dial(ctx, "", "")
	if err != nil {
		return nil, err
	}
	return &caller{&http.Client{Transport: &http.Transport{DialContext: dial}}}, conn.Close()
}

// Close lets go of the connection.
func (c *caller) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// do sends a job with its files and gives what the job gave.
func (c *caller) do(ctx context.Context, j job, files []communecter.File, out io.Writer) error {
	body, send := io.Pipe()
	defer body.Close()
	form := multipart.NewWriter(send)
	here := &nearby{}
	go func() { send.CloseWithError(writeRequest(form, j, files, here)) }()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://serve/", body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	res, err := c.http.Do(r)
	if err != nil {
		return here.or(err)
	}
	defer res.Body.Close()
	_, kind, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("serve answered %s: is it of another version?", res.Status)
	}
	parts := multipart.NewReader(res.Body, kind["boundary"])
	var ended outcome
	given, err := parts.NextPart()
	if err == nil {
		_, err = io.Copy(nearbyWriter{out, here}, given)
	}
	if err == nil {
		given, err = parts.NextPart()
	}
	if err == nil {
		err = json.NewDecoder(given).Decode(&ended)
	}
	if err != nil {
		return here.or(err)
	}
	return ended.err()
}

// nearby notes what goes wrong on this side of the socket, which is no fault of serve's: a file that cannot be read, a full
// disk.
type nearby struct{ err atomic.Pointer[error] }

func (n *nearby) note(err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		n.err.CompareAndSwap(nil, &err)
	}
	return err
}

// or gives what went wrong on this side; otherwise serve did not answer.
func (n *nearby) or(err error) error {
	if own := n.err.Load(); own != nil {
		return *own
	}
	return ErrUnanswered.Wrap(err)
}

type nearbyReader struct {
	io.Reader
	*nearby
}

func (r nearbyReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	return n, r.note(err)
}

type nearbyWriter struct {
	io.Writer
	*nearby
}

func (w nearbyWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	return n, w.note(err)
}

// writeRequest sends a job and its files.
func writeRequest(form *multipart.Writer, j job, files []communecter.File, here *nearby) error {
	q := request{Job: j}
	for _, f := range files {
		q.Files = append(q.Files, f.Name)
	}
	part, err := form.CreatePart(textproto.MIMEHeader{})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(part).Encode(q); err != nil {
		return err
	}
	for _, f := range files {
		if part, err = form.CreatePart(textproto.MIMEHeader{}); err != nil {
			return err
		}
		if _, err := io.Copy(part, nearbyReader{f, here}); err != nil {
			return err
		}
	}
	return form.Close()
}
