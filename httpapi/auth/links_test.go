package auth_test

import (
	"crypto/tls"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi/auth"
	"github.com/communecter/coopspace/internal/fault"
)

const prisca = governance.PersonID("0193a000-0000-7000-8000-000000000007")

// door is links under a clock that tests move.
type door struct {
	*auth.Links
	now time.Time
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	var err error
	d.Links, err = auth.NewLinks(&auth.LinksOptions{
		WhoeverHoldsALinkIsBelieved: true, Clock: func() time.Time { return d.now },
	})
	require.NoError(t, err)
	return d
}

// code makes a link and gives the part that counts.
func (d *door) code(t *testing.T) string {
	t.Helper()
	code, ok := strings.CutPrefix(d.New(prisca), auth.LinkPath)
	require.True(t, ok)
	return code
}

func post(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

// signIn uses a link and gives the cookie that came back.
func (d *door) signIn(t *testing.T, code string, with ...*http.Cookie) *http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	require.NoError(t, d.SignIn(w, post(with...), code))
	cookies := w.Result().Cookies()
	require.Len(t, cookies, 1)
	return cookies[0]
}

// person gives who a request with this cookie is believed to come from.
func (d *door) person(t *testing.T, c *http.Cookie) governance.PersonID {
	t.Helper()
	a, err := d.Who(nil)(post(c))
	require.NoError(t, err)
	return a.Person()
}

// A link signs its person in; the session lasts while it is used, and until it is signed out of.
func TestLinks(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	code := d.code(t)
	random, err := base64.RawURLEncoding.DecodeString(code)
	require.NoError(t, err)
	require.Len(t, random, 32)
	require.NotEqual(t, code, d.code(t))
	require.True(t, d.Works(code))
	require.True(t, d.Works(code), "looking at a link uses nothing up")

	c := d.signIn(t, code)
	require.Equal(t, prisca, d.person(t, c))
	require.True(t, c.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, c.SameSite)
	require.Equal(t, "/", c.Path)
	require.Equal(t, int(auth.SessionLasts/time.Second), c.MaxAge)
	require.False(t, c.Secure, "over plain http a secure cookie would never come back")

	w := httptest.NewRecorder()
	d.SignOut(w, post(c))
	require.Empty(t, d.person(t, c), "the session is over here, not only in the browser")
	require.Negative(t, w.Result().Cookies()[0].MaxAge)
	require.Empty(t, w.Result().Cookies()[0].Value)

	t.Run("over https the cookie stays there", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t)
		r, w := post(), httptest.NewRecorder()
		r.TLS = &tls.ConnectionState{}
		require.NoError(t, d.SignIn(w, r, d.code(t)))
		require.True(t, w.Result().Cookies()[0].Secure)

		behind, err := auth.NewLinks(&auth.LinksOptions{WhoeverHoldsALinkIsBelieved: true, Secure: true})
		require.NoError(t, err)
		w = httptest.NewRecorder()
		require.NoError(t, behind.SignIn(w, post(), strings.TrimPrefix(behind.New(prisca), auth.LinkPath)))
		require.True(t, w.Result().Cookies()[0].Secure)
	})

	t.Run("whoever is known otherwise comes first", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t)
		c := d.signIn(t, d.code(t))
		host := governance.Host("dev")
		a, err := d.Who(func(*http.Request) (governance.Actor, error) { return host, nil })(post(c))
		require.NoError(t, err)
		require.Equal(t, host, a)
		nobody := func(*http.Request) (governance.Actor, error) { return governance.Actor{}, nil }
		a, err = d.Who(nobody)(post(c))
		require.NoError(t, err)
		require.Equal(t, prisca, a.Person())
		_, err = d.Who(func(*http.Request) (governance.Actor, error) { return governance.Actor{}, auth.ErrDevHeader })(post(c))
		require.ErrorIs(t, err, auth.ErrDevHeader, "a refusal is not mended by a cookie")
	})

	t.Run("a second time", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t)
		code := d.code(t)
		d.signIn(t, code)
		require.False(t, d.Works(code))
		w := httptest.NewRecorder()
		err := d.SignIn(w, post(), code)
		require.ErrorIs(t, err, auth.ErrLink)
		require.Equal(t, fault.Unauthenticated, governance.KindOf(err))
		require.Empty(t, w.Result().Cookies())
	})

	t.Run("two at once", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t)
		code := d.code(t)
		got := make(chan error)
		for range 8 {
			go func() { got <- d.SignIn(httptest.NewRecorder(), post(), code) }()
		}
		in := 0
		for range 8 {
			if err := <-got; err == nil {
				in++
			} else {
				require.ErrorIs(t, err, auth.ErrLink)
			}
		}
		require.Equal(t, 1, in)
	})

	t.Run("after a quarter of an hour", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t)
		code, other := d.code(t), d.code(t)
		d.now = d.now.Add(auth.LinkLasts - time.Microsecond)
		require.True(t, d.Works(code))
		d.signIn(t, other)
		d.now = d.now.Add(time.Microsecond)
		require.False(t, d.Works(code))
		require.ErrorIs(t, d.SignIn(httptest.NewRecorder(), post(), code), auth.ErrLink)
	})

	t.Run("a guess", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t)
		code := d.code(t)
		for _, guess := range []string{"", "x", strings.Repeat("A", 43), code[:42], code + "A", strings.ToLower(code)} {
			require.False(t, d.Works(guess), guess)
			require.ErrorIs(t, d.SignIn(httptest.NewRecorder(), post(), guess), auth.ErrLink, guess)
		}
		require.True(t, d.Works(code), "guesses use nothing up")
	})

	t.Run("a session somebody else chose", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t)
		chosen := &http.Cookie{Name: auth.SessionCookie, Value: strings.Repeat("A", 43)}
		require.Empty(t, d.person(t, chosen))
		c := d.signIn(t, d.code(t), chosen)
		require.NotEqual(t, chosen.Value, c.Value)
		require.Empty(t, d.person(t, chosen))
		again := d.signIn(t, d.code(t), c)
		require.NotEqual(t, c.Value, again.Value)
		require.Empty(t, d.person(t, c), "the session from before ends")
		require.Equal(t, prisca, d.person(t, again))
	})

	t.Run("a session nobody uses", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t)
		c := d.signIn(t, d.code(t))
		d.now = d.now.Add(auth.SessionIdle - time.Microsecond)
		require.Equal(t, prisca, d.person(t, c))
		d.now = d.now.Add(auth.SessionIdle - time.Microsecond)
		require.Equal(t, prisca, d.person(t, c), "being used, it goes on")
		d.now = d.now.Add(auth.SessionIdle)
		require.Empty(t, d.person(t, c))
	})

	t.Run("a session that never rests", func(t *testing.T) {
		t.Parallel()
		d := newDoor(t)
		c := d.signIn(t, d.code(t))
		end := d.now.Add(auth.SessionLasts)
		for d.now = d.now.Add(time.Hour); d.now.Before(end); d.now = d.now.Add(time.Hour) {
			require.Equal(t, prisca, d.person(t, c))
		}
		require.Empty(t, d.person(t, c))
	})

	t.Run("without consent", func(t *testing.T) {
		t.Parallel()
		for _, o := range []*auth.LinksOptions{nil, {}} {
			_, err := auth.NewLinks(o)
			require.ErrorIs(t, err, auth.ErrLinksRefused)
		}
	})
}
