package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi"
	"github.com/communecter/coopspace/httpapi/auth"
	"github.com/communecter/coopspace/store"
)

// drain is how long requests that are being answered may take once the program is asked to stop.
const drain = 15 * time.Second

func serveCommand() command {
	return command{
		name: "serve", args: "[--data DIR] [--listen HOST:PORT] [--dev]",
		summary: "serve the HTTP API, open and close polls at their times, until interrupted",
		more: `    --data DIR          where coop.db and the folder keys lie, or will be made (data)
    --listen HOST:PORT  the address (127.0.0.1:8080)
    --dev               believe whoever a request says it comes from, on this machine's own addresses only; a new
                        data folder is filled with a demonstration space

Without --dev there is no login yet: everybody may read what is public, and nothing else. A program that embeds the
library brings its own login.`,
		run: func(ctx context.Context, t terminal, f *flag.FlagSet, args []string) error {
			data := dataFlag(f)
			listen := f.String("listen", "127.0.0.1:8080", "")
			dev := f.Bool("dev", false, "")
			if _, err := parse(f, args); err != nil {
				return err
			}
			return serve(ctx, t, *data, *listen, *dev)
		},
	}
}

func serve(ctx context.Context, t terminal, data, listen string, dev bool) (err error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return usage("--listen wants HOST:PORT, such as 127.0.0.1:8080")
	}
	if dev && !isLoopback(host) {
		return usage("--dev believes anybody who reaches the address: it listens on 127.0.0.1, [::1] or localhost only")
	}
	logger := slog.New(slog.NewTextHandler(t.err, nil))
	coop, _, err := openData(data, true, governance.Options{Logger: logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, coop.Close()) }()

	opts := &httpapi.Options{Logger: logger}
	if dev {
		if opts.Who, err = auth.Dev(coop, &auth.DevOptions{AnybodyMayBeAnybody: true}); err != nil {
			return err
		}
		if err := demonstrate(ctx, coop); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return store.ErrPath.At(listen, err.Error())
	}
	server := &http.Server{
		Handler: router(coop, opts, dev), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	welcome(t, "http://"+l.Addr().String(), data, dev)

	ran := make(chan error, 2)
	go func() { ran <- coop.Run(ctx) }()
	go func() { ran <- server.Serve(l) }()
	debug.FreeOSMemory() // what starting needed and serving does not
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-ran:
		if failed == nil && ctx.Err() == nil {
			failed = errors.New("the clockwork stopped")
		}
	}
	// First no new requests, then an answer for those under way, then the store: nothing acknowledged is lost.
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := server.Shutdown(stop); err != nil {
		failed = errors.Join(failed, err, server.Close())
	}
	if ctx.Err() != nil {
		t.say("Stopped.")
	}
	return failed
}

// router is everything that the address answers to.
func router(coop *governance.Coop, opts *httpapi.Options, dev bool) http.Handler {
	r := chi.NewRouter()
	if dev {
		r.Use(ownHostOnly)
	}
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	r.Get("/", page(coop, opts.Logger))
	r.Mount("/", httpapi.New(coop, opts))
	return r
}

// ownHostOnly answers requests for this machine's own names alone, so that no page of another site reaches a development
// server by making its own name point here.
func ownHostOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !isLoopback(host) {
			http.Error(w, "this development server answers for localhost only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// welcome says where the server is, and what to try first.
func welcome(t terminal, url, data string, dev bool) {
	t.say("coopspace serves %s (data in %s): open it in a browser", url, data)
	t.say("The API: %s/v1/openapi.yaml", url)
	if !dev {
		t.say("There is no login yet: everybody may read what is public, and nothing else. --dev is for trying things out.")
		return
	}
	t.say("")
	t.say("Development login: whoever reaches this address may be anybody. Never show it to a network.")
	t.say("Try, in another terminal:")
	t.say("")
	t.say("  curl -s %s/v1/slugs/%s -H 'Accept-Language: en'", url, demoSlug)
	t.say("")
	t.say("The README tells a whole decision with curl. Ctrl-C stops.")
}
