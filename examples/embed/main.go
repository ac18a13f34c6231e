// Command embed is a site that has a cooperative space beside its own pages: its own chi router, its own login, the API
// mounted under /coop.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/httpapi"
	"github.com/communecter/coopspace/store/bolt"
)

// host is this site as an actor: the log knows it under this name.
const host = "my-site"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, "127.0.0.1:8081"); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, listen string) (err error) {
	st, err := bolt.Open("coop.db", nil)
	if err != nil {
		return err
	}
	coop, err := governance.Open(st, &governance.Options{Keys: keys.Dir("coop.keys")})
	if err != nil {
		return errors.Join(err, st.Close())
	}
	defer func() { err = errors.Join(err, coop.Close()) }()
	ran := make(chan error, 1)
	go func() { ran <- coop.Run(ctx) }() // polls open and close at their times

	leaving := make(chan struct{})
	server := &http.Server{
		Addr: listen, Handler: site(coop, &logins{users: map[string]string{}}, leaving), ReadHeaderTimeout: 10 * time.Second,
	}
	server.RegisterOnShutdown(func() { close(leaving) }) // whoever follows a log would be waited for otherwise
	drained := make(chan error, 1)
	go func() {
		<-ctx.Done()
		drained <- server.Shutdown(context.WithoutCancel(ctx)) // waits for what is being answered
	}()
	fmt.Println("listening on http://" + listen)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return errors.Join(<-drained, <-ran)
}

// logins stands for whatever login a site has: it knows who sent a request.
type logins struct{ users map[string]string } // session -> number of the user

func (l *logins) user(r *http.Request) string {
	c, err := r.Cookie("session")
	if err != nil {
		return ""
	}
	return l.users[c.Value]
}

// site is the program's own pages, and the cooperative space beside them.
func site(coop *governance.Coop, l *logins, leaving <-chan struct{}) http.Handler {
	whoAsks := func(r *http.Request) (governance.Actor, error) {
		user := l.user(r)
		if user == "" {
			return governance.Actor{}, nil // nobody: reads what is public
		}
		p, err := coop.Know(r.Context(), governance.Host(host), governance.Identity{Issuer: host, Subject: user})
		return governance.As(p), err
	}
	router := chi.NewRouter()
	router.Get("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "Our site. The cooperative space is at /coop/v1.")
	})
	router.Mount("/coop", httpapi.New(coop, &httpapi.Options{Who: whoAsks, Stop: leaving}))
	return router
}
