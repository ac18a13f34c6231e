package archive

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/internal/wire"
)

// Is tells whether a file that begins so is an archive, of whatever version.
func Is(beginning []byte) bool { return bytes.HasPrefix(beginning, []byte(magic)) }

// Read yields the pieces of an archive, each such as a store can keep it, in order, each in a space or a box that came
// before. It is ErrForeign for what is no archive, ErrNewer for one that this program cannot read, and ErrDamaged as soon
// as anything is not as Write writes it: at the latest after the last piece, when the sum is not right or more follows.
func Read(ctx context.Context, r io.Reader) iter.Seq2[store.Piece, error] {
	return func(yield func(store.Piece, error) bool) {
		a := newReader(r)
		err := a.begin()
		for err == nil {
			var p store.Piece
			if p, err = a.next(); err == nil {
				err = ctx.Err()
			}
			if err == nil && !yield(p, nil) {
				return
			}
		}
		if !errors.Is(err, io.EOF) {
			yield(store.Piece{}, err)
		}
	}
}

// Check reads an archive to its end and tells what is in it, or what is wrong with it.
func Check(ctx context.Context, r io.Reader) (Summary, error) {
	var s Summary
	a := newReader(r)
	err := a.begin()
	for err == nil {
		if _, err = a.next(); err == nil {
			s.Pieces++
			err = ctx.Err()
		}
	}
	if !errors.Is(err, io.EOF) {
		return Summary{}, err
	}
	a.sum.Sum(s.Sum[:0])
	return s, nil
}

// reader reads an archive.
type reader struct {
	in   *bufio.Reader
	sum  hash.Hash
	at   int64       // how many bytes were read
	last store.Piece // the piece before
	poll string      // the box at hand
}

func newReader(r io.Reader) *reader {
	return &reader{in: bufio.NewReaderSize(r, 1<<16), sum: sha256.New()}
}

func (a *reader) damaged(what string) error {
	return ErrDamaged.At(fmt.Sprintf("byte %d", a.at), what)
}

// failed says of an error of reading that the archive is cut short, unless it is the machine's.
func (a *reader) failed(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return a.damaged("it ends here")
	}
	return err
}

// begin reads the first line.
func (a *reader) begin() error {
	line, err := a.in.ReadSlice('\n')
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return err
	}
	said, ours := strings.CutPrefix(string(line), magic)
	if !ours {
		if strings.HasPrefix(magic, string(line)) && len(line) > 0 {
			return a.damaged("it ends in its first line")
		}
		return ErrForeign
	}
	said, whole := strings.CutSuffix(said, "\n")
	n, err := strconv.Atoi(said)
	switch {
	case !whole || err != nil || strconv.Itoa(n) != said || n < 1:
		return a.damaged("its first line does not say its version")
	case n > version:
		return ErrNewer.At("version", fmt.Sprintf("%d, and this program reads %d", n, version))
	}
	a.sum.Write(line)
	a.at += int64(len(line))
	return nil
}

// next reads a piece; io.EOF after the last one of an archive that is whole.
func (a *reader) next() (store.Piece, error) {
	n, err := a.length()
	if err != nil {
		return store.Piece{}, err
	}
	if n == 0 {
		return store.Piece{}, a.end()
	}
	var body bytes.Buffer // it grows with what is there, not with what is promised
	if got, err := io.CopyN(&body, a.in, n); err != nil {
		a.at += got
		return store.Piece{}, a.failed(err)
	}
	a.sum.Write(body.Bytes())
	p, ok := readPiece(body.Bytes(), a.last.Space, a.poll)
	if !ok || !a.follows(&p) {
		return store.Piece{}, a.damaged("it is not what can stand here")
	}
	a.at += n
	a.last = p
	return p, nil
}

// follows tells whether a piece can come after the one before it, and notes the box at hand.
func (a *reader) follows(p *store.Piece) bool {
	first := a.last.What == 0
	switch p.What {
	case store.PieceSpace:
		a.poll = ""
	case store.PieceBox:
		a.poll = p.Poll
	case store.PieceEvent:
		before := store.Position(0)
		if a.last.What == store.PieceEvent {
			before = a.last.Event.Position
		}
		if p.Event.Position != before+1 {
			return false
		}
	}
	return p.Check() == nil && (first && p.What == store.PieceSpace || !first && a.last.Compare(p) < 0)
}

// length reads the length of what comes.
func (a *reader) length() (int64, error) {
	var b []byte
	for len(b) < 10 {
		c, err := a.in.ReadByte()
		if err != nil {
			return 0, a.failed(err)
		}
		if b = append(b, c); c < 0x80 {
			break
		}
	}
	d := wire.Decoder{Rest: b}
	n := d.Uvarint()
	if d.Bad || n > math.MaxInt32 {
		return 0, a.damaged("it is not the length of anything")
	}
	a.sum.Write(b)
	a.at += int64(len(b))
	return int64(n), nil
}

// end reads the sum, after which nothing comes.
func (a *reader) end() error {
	var said [sha256.Size]byte
	if _, err := io.ReadFull(a.in, said[:]); err != nil {
		return a.failed(err)
	}
	if !bytes.Equal(said[:], a.sum.Sum(nil)) {
		return a.damaged("the sum is not that of what came before")
	}
	a.at += sha256.Size
	switch _, err := a.in.ReadByte(); {
	case err == nil:
		return a.damaged("more follows after its end")
	case !errors.Is(err, io.EOF):
		return err
	}
	return io.EOF
}
