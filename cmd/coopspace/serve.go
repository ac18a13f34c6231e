package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi"
	"github.com/communecter/coopspace/httpapi/auth"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
)

// drain is how long requests that are being answered may take once the program is asked to stop.
const drain = 15 * time.Second

// garbage is how much may pile up before it is collected, in percent of what is in use, which is little: so a crowd of
// voters does not wait for the collector at each thousandth ballot. GOGC says otherwise.
const garbage = 400

// lockWait is how long serve waits for a maintenance command that has the file open.
const lockWait = 2 * time.Second

// serving is what serve is told.
type serving struct {
	place
	watching
	addr string
	demo bool
	dev  bool
}

func serveCommand(t terminal) *cobra.Command {
	var s serving
	c := &cobra.Command{
		Use:   "serve [--addr HOST:PORT] [--data FILE | --postgres DSN] [--keys DIR] [--log FORM] [--demo] [--dev]",
		Short: t.in("sert l'API HTTP, ouvre et clôt les votes à leur heure, jusqu'à ce qu'on l'arrête", "serve the HTTP API, open and close polls at their times, until interrupted"),
		Long: t.in(`/healthz répond tant que le programme vit, /readyz tant qu'il prend des requêtes : sinon 503 et pourquoi. Si une écriture
dans le fichier échoue, serve s'arrête avec le statut 1 : réparez le disque, puis relancez-le. Les commandes d'entretien
passent par FICHIER.sock, que seul son propriétaire peut ouvrir. Sans --dev il n'y a pas encore de connexion : chacun peut
lire ce qui est public, et rien d'autre. Un programme qui embarque la bibliothèque apporte la sienne.

Avec --postgres, autant de serve qu'on veut tournent sur la même base, avec les mêmes clés ; les commandes d'entretien y
vont d'elles-mêmes.`,
			`/healthz answers while the program lives, /readyz while it takes requests: 503 and why otherwise. When a write to the file
fails, serve stops with status 1: mend the disk, then start it again. Maintenance commands come in through FILE.sock, which
its owner alone can open. Without --dev there is no login yet: everybody may read what is public, and nothing else. A
program that embeds the library brings its own.

With --postgres any number of serves run on one database, with the same keys; maintenance commands go there by themselves.`),
		Args: wants(),
		RunE: func(c *cobra.Command, _ []string) error { return s.run(c.Context(), t) },
	}
	s.place.flags(c, t)
	s.watching.flags(c, t)
	c.Flags().StringVar(&s.addr, "addr", "127.0.0.1:8080", t.in("où écouter : `HOST:PORT` (127.0.0.1:8080)", "`HOST:PORT` to listen on (127.0.0.1:8080)"))
	c.Flags().Lookup("addr").DefValue = ""
	c.Flags().BoolVar(&s.demo, "demo", false, t.in("remplir des données vides d'un espace de démonstration", "fill empty data with a demonstration space"))
	c.Flags().BoolVar(&s.dev, "dev", false, t.in(
		"croire chaque requête sur qui l'envoie (en-tête Coop-Dev) : pour essayer, sur les adresses de cette machine seulement",
		"believe whoever a request says it comes from (header Coop-Dev): for trying things out, on this machine's own addresses only"))
	return c
}

// run serves until the context ends.
func (s serving) run(ctx context.Context, t terminal) (err error) {
	host, _, err := net.SplitHostPort(s.addr)
	if err != nil {
		return usage("--addr wants HOST:PORT, such as 127.0.0.1:8080")
	}
	if s.dev && !isLoopback(host) {
		return usage("--dev believes anybody who reaches the address: it listens on 127.0.0.1, [::1] or localhost only")
	}
	if err := s.check(); err != nil {
		return err
	}
	logger := s.logger(t)
	in, err := s.found(ctx, governance.Options{Logger: logger}, &bolt.Options{LockWait: lockWait})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()

	stop := make(chan struct{})
	opts := &httpapi.Options{Logger: logger, Page: true, Answered: logAnswer(logger), Stop: stop}
	if s.demo {
		if err := demonstrate(ctx, in.coop); err != nil {
			return err
		}
	}
	link := ""
	if s.dev {
		if link, err = develop(ctx, in.coop, opts); err != nil {
			return err
		}
	}
	var private net.Listener
	if s.dsn == "" { // the file is ours alone, and maintenance commands come to us
		if private, err = listenPrivate(socketOf(s.place)); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.Remove(socketOf(s.place))) }() // while the file is ours
		defer private.Close()
	}
	public, err := net.Listen("tcp", s.addr)
	if err != nil {
		return store.ErrPath.At(s.addr, err.Error())
	}
	defer public.Close()
	inside, measured, err := s.measure(opts)
	if err != nil {
		return err
	}
	ready := &readiness{store: in.coop.Ready}
	servers := []*http.Server{server(router(in.coop, opts, s.dev, ready), logger)}
	servers[0].ReadTimeout = 5 * time.Minute
	servers[0].RegisterOnShutdown(func() { close(stop) })
	doors := []net.Listener{public}
	if private != nil {
		servers, doors = append(servers, server(jobs(in, logger), logger)), append(doors, private)
	}
	if measured != nil {
		servers, doors = append(servers, server(measured, logger)), append(doors, inside)
	}
	s.welcome(t, "http://"+public.Addr().String(), link)
	if measured != nil {
		t.say(t.in("Pour Prometheus : %s", "For Prometheus: %s"), "http://"+inside.Addr().String()+"/metrics")
	}

	ran := make(chan error, 1+len(servers))
	go func() { ran <- in.coop.Run(ctx) }()
	for i, one := range servers {
		go func() { ran <- one.Serve(doors[i]) }()
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	debug.FreeOSMemory() // what starting needed and serving does not
	var failed error
	select {
	case <-ctx.Done():
	case <-in.coop.Broken():
		failed = ErrBroken
	case failed = <-ran:
		if failed == nil && ctx.Err() == nil {
			failed = errors.New("the clockwork stopped")
		}
	}
	if ctx.Err() != nil { // it was asked to stop, and whatever noticed first is no failure
		failed = nil
		ready.stopping.Store(true)
		select {
		case <-time.After(s.linger):
		case <-in.coop.Broken():
		}
	}
	// First no new requests, then an answer for those under way, then the store: nothing acknowledged is lost.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	var stopped sync.WaitGroup
	for _, one := range servers {
		stopped.Go(func() {
			if err := one.Shutdown(last); err != nil {
				logger.Warn("requests that took too long were cut off", "error", errors.Join(err, one.Close()))
			}
		})
	}
	stopped.Wait()
	if failed == nil {
		t.say("%s", t.in("Arrêté.", "Stopped."))
	}
	return failed
}

// develop lets requests say who sends them, and gives the path of a link that signs in as a member of the demonstration
// space; empty where there is none.
func develop(ctx context.Context, coop *governance.Coop, opts *httpapi.Options) (string, error) {
	believed, err := auth.Dev(coop, &auth.DevOptions{AnybodyMayBeAnybody: true})
	if err != nil {
		return "", err
	}
	if opts.Links, err = auth.NewLinks(&auth.LinksOptions{WhoeverHoldsALinkIsBelieved: true}); err != nil {
		return "", err
	}
	opts.Who = opts.Links.Who(believed)
	person, err := demoReader(ctx, coop)
	if err != nil || person == "" {
		return "", err
	}
	return opts.Links.New(person), nil
}

// server answers with a handler, and does not wait for ever for whoever asks.
func server(h http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}

// router is everything that the address answers to.
func router(coop *governance.Coop, opts *httpapi.Options, dev bool, ready http.Handler) http.Handler {
	r := chi.NewRouter()
	if dev {
		r.Use(ownHostOnly)
	}
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	r.Get("/readyz", ready.ServeHTTP)
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
func (s serving) welcome(t terminal, url, link string) {
	t.say(t.in("coopspace répond à %s (données : %s) : ouvrez-le dans un navigateur", "coopspace serves %s (data: %s): open it in a browser"), url, s.place)
	t.say(t.in("L'API : %s/v1/openapi.yaml", "The API: %s/v1/openapi.yaml"), url)
	if !s.dev {
		t.say("%s", t.in("Il n'y a pas encore de connexion : chacun peut lire ce qui est public, et rien d'autre. --dev sert à essayer.",
			"There is no login yet: everybody may read what is public, and nothing else. --dev is for trying things out."))
		return
	}
	if link != "" {
		t.say(t.in("\nSe connecter comme membre du jardin, une fois et dans le quart d'heure :\n\n  %s",
			"\nSign in as a member of the garden, once and within a quarter of an hour:\n\n  %s"), url+link)
	}
	t.say("%s", t.in("\nConnexion de développement : qui atteint cette adresse peut être n'importe qui. Ne la montrez jamais à un réseau.",
		"\nDevelopment login: whoever reaches this address may be anybody. Never show it to a network."))
	if link != "" {
		t.say(t.in("À essayer, dans un autre terminal :\n\n  %s\n", "Try, in another terminal:\n\n  %s\n"),
			"curl -s "+url+"/v1/slugs/"+demoSlug+" -H 'Accept-Language: "+string(t.lang)+"'")
	}
	t.say("%s", t.in("Le README raconte une décision entière avec curl. Ctrl-C arrête.", "The README tells a whole decision with curl. Ctrl-C stops."))
}
