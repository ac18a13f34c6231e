package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// spoolMemory is how much of an answer is kept in memory before it goes to a file, in bytes.
const spoolMemory = 1 << 20

// stream is an answer that may be long.
type stream struct {
	Body func(huma.Context)
}

// streaming answers with what write writes. It is written to the end before its first byte is sent: a reading of the store
// never waits for a slow reader, a refusal is an ordinary one, and nobody takes a part for the whole.
func (s *server) streaming(ctx context.Context, contentType string, write func(io.Writer) error) (*stream, error) {
	kept := &spool{}
	if err := write(kept); err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	return &stream{Body: func(h huma.Context) {
		_, w := humachi.Unwrap(h)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.FormatInt(kept.size, 10))
		w.WriteHeader(http.StatusOK)
		err := kept.copyTo(w)
		if err = errors.Join(err, kept.Close()); err != nil {
			s.log.WarnContext(ctx, "an answer was cut off", "request", requestOf(ctx).id, "error", err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// spool keeps what is written, the beginning in memory and all of it in a file once it is long.
type spool struct {
	memory bytes.Buffer
	file   *os.File // nil while memory is enough; nobody else can open it
	size   int64
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.memory.Len()+len(p) > spoolMemory {
		if err := s.spill(); err != nil {
			return 0, err
		}
	}
	var n int
	var err error
	if s.file != nil {
		n, err = s.file.Write(p)
	} else {
		n, err = s.memory.Write(p)
	}
	s.size += int64(n)
	return n, err
}

// spill moves what was kept so far to a file, which has no name from the beginning on: it is gone with the program.
func (s *spool) spill() error {
	f, err := os.CreateTemp("", "coopspace-*")
	if err != nil {
		return err
	}
	if err := os.Remove(f.Name()); err != nil {
		return errors.Join(err, f.Close())
	}
	if _, err := s.memory.WriteTo(f); err != nil {
		return errors.Join(err, f.Close())
	}
	s.memory = bytes.Buffer{}
	s.file = f
	return nil
}

func (s *spool) copyTo(w io.Writer) error {
	if s.file == nil {
		_, err := w.Write(s.memory.Bytes())
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w, s.file)
	return err
}

// Close lets go of the file.
func (s *spool) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
