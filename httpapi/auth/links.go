package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"sync"
	"time"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/fault"
)

// LinkPath is the path, below where the API is mounted, under which links to sign in lie.
const LinkPath = "/sign-in/"

// SessionCookie names the cookie that carries a session.
const SessionCookie = "coopspace_session"

// How long links and sessions last.
const (
	// LinkLasts is how long a link may be used, once.
	LinkLasts = 15 * time.Minute
	// SessionIdle is how long a session lasts in which nothing is asked.
	SessionIdle = 2 * time.Hour
	// SessionLasts is how long a session lasts in any case.
	SessionLasts = 12 * time.Hour
)

// Errors of links to sign in.
var (
	ErrLinksRefused = fault.New(fault.Forbidden, "auth.links_refused",
		"whoever holds a link to sign in is believed; such links must be asked for in so many words")
	ErrLink = fault.New(fault.Unauthenticated, "auth.link",
		"this link to sign in was used already, or its fifteen minutes are over; ask for another one")
)

// LinksOptions of links to sign in.
type LinksOptions struct {
	// WhoeverHoldsALinkIsBelieved must be true: it says that whoever opens a link acts as the person it was made for.
	WhoeverHoldsALinkIsBelieved bool
	// Secure keeps cookies to https even where TLS ends before this program. Over TLS of its own they are in any case.
	Secure bool
	// Clock tells the time. nil: the system's.
	Clock func() time.Time
}

// Links signs people in by a link that works once within fifteen minutes, for development and demonstrations: links and
// sessions are kept in memory only, as hashes, are gone with the process, and mean nothing to another one. Give it to
// httpapi as Options.Links, which adds the pages, and Who as Options.Who, which makes sessions count:
//
//	links, err := auth.NewLinks(&auth.LinksOptions{WhoeverHoldsALinkIsBelieved: true})
//	opts := &httpapi.Options{Page: true, Links: links, Who: links.Who(dev)}
//	path := links.New(member.Person) // "/sign-in/...", to follow the address of the server
type Links struct {
	clock    func() time.Time
	secure   bool
	mu       sync.Mutex
	links    map[[sha256.Size]byte]link
	sessions map[[sha256.Size]byte]*session
}

type link struct {
	person governance.PersonID
	until  time.Time
}

type session struct {
	person governance.PersonID
	idle   time.Time // when it ends unless something is asked
	until  time.Time // when it ends in any case
}

func (s *session) over(now time.Time) bool { return !now.Before(s.idle) || !now.Before(s.until) }

// NewLinks makes an empty set of links. Without consent in the options it is refused with ErrLinksRefused.
func NewLinks(opts *LinksOptions) (*Links, error) {
	if opts == nil || !opts.WhoeverHoldsALinkIsBelieved {
		return nil, ErrLinksRefused
	}
	l := &Links{clock: opts.Clock, secure: opts.Secure, links: map[[32]byte]link{}, sessions: map[[32]byte]*session{}}
	if l.clock == nil {
		l.clock = time.Now
	}
	return l, nil
}

// New makes a link that signs a person in, and gives its path: LinkPath and 32 random bytes. It works once, for LinkLasts.
func (l *Links) New(person governance.PersonID) (path string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	l.sweep(now)
	code, hash := secret()
	l.links[hash] = link{person: person, until: now.Add(LinkLasts)}
	return LinkPath + code
}

// Works tells whether a link with this code could be used now. It uses nothing up: programs that look at every link in
// a mail before a person does leave it whole.
func (l *Links) Works(code string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, ok := l.links[sha256.Sum256([]byte(code))]
	return ok && l.clock().Before(k.until)
}

// SignIn uses a link up and begins a session, whose id is new and goes to the browser in a cookie; a session that the
// request came with ends. ErrLink if there is no such link any more. It writes nothing but the cookie.
func (l *Links) SignIn(w http.ResponseWriter, r *http.Request, code string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	hash := sha256.Sum256([]byte(code))
	k, ok := l.links[hash]
	delete(l.links, hash)
	if !ok || !now.Before(k.until) {
		return ErrLink
	}
	l.sweep(now)
	l.end(r)
	id, hash := secret()
	l.sessions[hash] = &session{person: k.person, idle: now.Add(SessionIdle), until: now.Add(SessionLasts)}
	http.SetCookie(w, l.cookie(r, id, int(SessionLasts/time.Second)))
	return nil
}

// SignOut ends the session that a request came with, and takes the cookie back.
func (l *Links) SignOut(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end(r)
	http.SetCookie(w, l.cookie(r, "", -1))
}

// Who asks next first, and where it knows nobody believes the request's session. A session that is over or unknown is
// nobody's. next may be nil.
func (l *Links) Who(next func(*http.Request) (governance.Actor, error)) func(*http.Request) (governance.Actor, error) {
	return func(r *http.Request) (governance.Actor, error) {
		if next != nil {
			if a, err := next(r); err != nil || a.Known() {
				return a, err
			}
		}
		c, err := r.Cookie(SessionCookie)
		if err != nil {
			return governance.Actor{}, nil
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		now := l.clock()
		s, ok := l.sessions[sha256.Sum256([]byte(c.Value))]
		if !ok || s.over(now) {
			return governance.Actor{}, nil
		}
		s.idle = now.Add(SessionIdle)
		return governance.As(s.person), nil
	}
}

// end forgets the session that a request came with.
func (l *Links) end(r *http.Request) {
	if c, err := r.Cookie(SessionCookie); err == nil {
		delete(l.sessions, sha256.Sum256([]byte(c.Value)))
	}
}

// sweep forgets what is over.
func (l *Links) sweep(now time.Time) {
	for hash, k := range l.links {
		if !now.Before(k.until) {
			delete(l.links, hash)
		}
	}
	for hash, s := range l.sessions {
		if s.over(now) {
			delete(l.sessions, hash)
		}
	}
}

func (l *Links) cookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: SessionCookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: l.secure || r.TLS != nil,
	}
}

// secret draws 32 random bytes, and gives them as text with the hash under which they are kept.
func secret() (text string, hash [sha256.Size]byte) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	text = base64.RawURLEncoding.EncodeToString(b[:])
	return text, sha256.Sum256([]byte(text))
}
