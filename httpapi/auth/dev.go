package auth

import (
	"net/http"
	"strings"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/fault"
)

// DevHeader is the header in which a request says, unproven, who sends it: "host", or "person:ISSUER:SUBJECT".
const DevHeader = "Coop-Dev"

// devHost is the name under which the log knows the host of development.
const devHost = "dev"

// Errors of the development authenticator.
var (
	ErrDevRefused = fault.New(fault.Forbidden, "auth.dev_refused",
		"the development login believes whatever a request says; it must be asked for in so many words")
	ErrDevHeader = fault.New(fault.Unauthenticated, "auth.dev_header",
		"the header Coop-Dev says neither host nor person:ISSUER:SUBJECT")
)

// DevOptions of the development authenticator.
type DevOptions struct {
	// AnybodyMayBeAnybody must be true: it says that whoever reaches the address may act as anybody, the host included.
	AnybodyMayBeAnybody bool
}

// Dev believes what the header Coop-Dev says: for development and demonstrations, on an address that nobody else reaches.
// A person who is not known yet becomes known. A request without the header comes from nobody. Without consent in the
// options it is refused with ErrDevRefused.
func Dev(coop *governance.Coop, opts *DevOptions) (func(*http.Request) (governance.Actor, error), error) {
	if opts == nil || !opts.AnybodyMayBeAnybody {
		return nil, ErrDevRefused
	}
	host := governance.Host(devHost)
	return func(r *http.Request) (governance.Actor, error) {
		said := r.Header.Get(DevHeader)
		kind, rest, _ := strings.Cut(said, ":")
		switch {
		case said == "":
			return governance.Actor{}, nil
		case said == "host":
			return host, nil
		case kind == "person":
			issuer, subject, _ := strings.Cut(rest, ":")
			if issuer == "" || subject == "" {
				return governance.Actor{}, ErrDevHeader
			}
			p, err := coop.Know(r.Context(), host, governance.Identity{Issuer: issuer, Subject: subject})
			return governance.As(p), err
		}
		return governance.Actor{}, ErrDevHeader
	}, nil
}
