package httpapi

import (
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// unread is what huma says, as a fault of ours, of a body that broke off.
const unread = "cannot read request body"

// asked is a request as huma knows it, under a name that is none of its methods.
type asked huma.Context

// arrival watches a body arrive. That one breaks off is no fault of ours, and huma's status says it is.
type arrival struct {
	asked
	broke bool
}

// watchArrival lets a request whose body broke off be answered as such.
func watchArrival(ctx huma.Context, next func(huma.Context)) { next(&arrival{asked: ctx}) }

// Unwrap gives the context without the watch.
func (a *arrival) Unwrap() huma.Context { return a.asked }

// BodyReader gives the body.
func (a *arrival) BodyReader() io.Reader {
	body := a.asked.BodyReader()
	if body == nil {
		return nil
	}
	return &watchedBody{body, a}
}

// SetStatus mends the status of a body that broke off.
func (a *arrival) SetStatus(status int) {
	if a.broke && status == http.StatusInternalServerError {
		status = statusOf(ErrRequestIncomplete)
	}
	a.asked.SetStatus(status)
}

// watchedBody notes when reading ends before the body does. One that is merely late is not broken.
type watchedBody struct {
	io.Reader
	arrival *arrival
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		late, ok := errors.AsType[net.Error](err)
		b.arrival.broke = !ok || !late.Timeout()
	}
	return n, err
}

// Close lets go of the body.
func (b *watchedBody) Close() error {
	if c, ok := b.Reader.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
