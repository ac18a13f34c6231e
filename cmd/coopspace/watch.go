package main

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi"
	"github.com/communecter/coopspace/httpapi/metrics"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// What an operator watches serve by.

// ErrStopping is what /readyz says once serve was asked to stop, and ErrSilent when the store does not answer it in time.
// ErrBroken ends serve.
var (
	ErrStopping = fault.New(fault.Busy, "serve.stopping", "this server is about to stop; another one answers")
	ErrSilent   = fault.New(fault.Busy, "serve.silent", "the store has not answered for a second")
	ErrBroken   = fault.New(fault.Internal, "serve.broken",
		"a write to the data failed, and nobody knows what the disk kept of it: serve stops here; make room, or mend the disk, and start it again; what was acknowledged is kept")
)

// readyWait is how long /readyz waits for the store.
const readyWait = time.Second

// watching is what serve is told about being watched.
type watching struct {
	format  string
	level   slog.Level
	linger  time.Duration
	metrics string
}

func (w *watching) flags(c *cobra.Command, t terminal) {
	c.Flags().StringVar(&w.format, "log", "text", t.in(
		"la `FORME` du journal du serveur, sur la sortie d'erreur : text ou json (text)",
		"the `FORM` of the server's log, on standard error: text or json (text)"))
	c.Flags().TextVar(&w.level, "log-level", slog.LevelInfo, t.in(
		"à partir de quel `NIVEAU` : debug, info, warn ou error (info) ; debug écrit une ligne par requête",
		"from which `LEVEL` on: debug, info, warn or error (info); debug writes a line for each request"))
	c.Flags().DurationVar(&w.linger, "linger", 0, t.in(
		"combien de `TEMPS` répondre encore une fois prié de s'arrêter, /readyz disant non (0s) : pour un répartiteur de charge",
		"for how much `TIME` to go on answering once asked to stop, with /readyz saying no (0s): for a load balancer"))
	c.Flags().StringVar(&w.metrics, "metrics", "", t.in(
		"où répondre à Prometheus : `HOST:PORT` ; nulle part sans lui. Ce n'est pas une adresse publique",
		"`HOST:PORT` where Prometheus is answered; nowhere without it. It is no public address"))
	for _, name := range []string{"log", "log-level"} {
		c.Flags().Lookup(name).DefValue = "" // the text says it
	}
}

// check refuses what the flags cannot mean.
func (w *watching) check() error {
	if _, _, err := net.SplitHostPort(w.metrics); err != nil && w.metrics != "" {
		return usage("--metrics wants HOST:PORT, such as 127.0.0.1:9090")
	}
	switch {
	case w.format != "text" && w.format != "json":
		return usage("--log is text or json")
	case w.linger < 0 || w.linger > time.Hour:
		return usage("--linger is a time from 0s to 1h, such as 10s")
	}
	return nil
}

// logger writes the server's log.
func (w *watching) logger(t terminal) *slog.Logger {
	opts := &slog.HandlerOptions{Level: w.level}
	if w.format == "json" {
		return slog.New(slog.NewJSONHandler(t.err, opts))
	}
	return slog.New(slog.NewTextHandler(t.err, opts))
}

// logAnswer writes a line for a request: what kind of request it was, and nothing of who asked, what for or what with.
func logAnswer(logger *slog.Logger) func(httpapi.Answer) {
	if !logger.Enabled(context.Background(), slog.LevelDebug) {
		return nil
	}
	return func(a httpapi.Answer) {
		line := []slog.Attr{
			slog.String("method", a.Method), slog.String("route", a.Route), slog.Int("status", a.Status),
			slog.Float64("seconds", a.Took.Round(time.Microsecond).Seconds()), slog.String("request", a.Request),
		}
		if a.Code != "" {
			line = append(line, slog.String("code", a.Code))
		}
		logger.LogAttrs(context.Background(), slog.LevelDebug, "answered", line...)
	}
}

// measure lets the API be measured, and gives the door at which Prometheus is answered and who answers there; nil without
// --metrics.
func (w *watching) measure(opts *httpapi.Options) (net.Listener, http.Handler, error) {
	if w.metrics == "" {
		return nil, nil, nil
	}
	l, err := net.Listen("tcp", w.metrics)
	if err != nil {
		return nil, nil, store.ErrPath.At(w.metrics, err.Error())
	}
	m, answers := metrics.Alone()
	logged := opts.Answered
	opts.Feeding = m.Feeding
	opts.Answered = func(a httpapi.Answer) {
		m.Answered(a)
		if logged != nil {
			logged(a)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", answers)
	return l, mux, nil
}

// readiness tells whoever spreads requests over several servers whether this one takes more.
type readiness struct {
	store    func(context.Context) error // whether the store answers
	stopping atomic.Bool
}

// ServeHTTP answers "ready", or 503 and the code of what is in the way.
func (r *readiness) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err := r.why(q.Context()); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(governance.Fault(err).Code + "\n"))
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

func (r *readiness) why(ctx context.Context) error {
	if r.stopping.Load() {
		return ErrStopping
	}
	ctx, cancel := context.WithTimeoutCause(ctx, readyWait, ErrSilent)
	defer cancel()
	err := r.store(ctx)
	if err != nil && ctx.Err() != nil {
		return cmp.Or(context.Cause(ctx), err)
	}
	return err
}
