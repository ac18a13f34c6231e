// Package metrics measures the HTTP interface for Prometheus.
//
//	m := metrics.New(prometheus.DefaultRegisterer)
//	handler := httpapi.New(coop, &httpapi.Options{Answered: m.Answered, Feeding: m.Feeding})
//
// A program that does not import it links nothing of Prometheus. No label tells who asked, or for what: routes are patterns
// and outcomes are codes, so that there are as many series as the API has operations and errors, and no more.
//
// What is measured:
//
//	coopspace_http_requests_total{method,route,status}     requests by class of status: "2xx"; status 503 is in "5xx"
//	coopspace_http_request_seconds{method,route}           how long they took, without feeds
//	coopspace_refusals_total{code}                         refusals by code: store.full, poll.closed; see docs/errors.md
//	coopspace_ballots_total{outcome}                       ballots by what became of them: "accepted" or the code of the refusal
//	coopspace_feeds                                        feeds that are open
package metrics

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/communecter/coopspace/httpapi"
)

// Metrics measure one API. Make one with New.
type Metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refusals *prometheus.CounterVec
	ballots  *prometheus.CounterVec
	feeds    prometheus.Gauge
}

// New registers the measures. It panics where they are registered already: one registry measures one API.
func New(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "coopspace_http_requests_total", Help: "Requests that were answered, by the class of their status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "coopspace_http_request_seconds", Help: "How long requests took to answer, without feeds.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "coopspace_refusals_total", Help: "Refusals, by code.",
		}, []string{"code"}),
		ballots: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "coopspace_ballots_total", Help: "Ballots that arrived, by what became of them: accepted, or the code of the refusal.",
		}, []string{"outcome"}),
		feeds: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "coopspace_feeds", Help: "Feeds of logs that are open.",
		}),
	}
	reg.MustRegister(m.requests, m.seconds, m.refusals, m.ballots, m.feeds)
	return m
}

// Alone measures in a registry of its own, with the Go runtime, the process and the build, and gives what answers
// Prometheus. It tells what the server does, and belongs on an address that is not public.
func Alone() (*Metrics, http.Handler) {
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector(),
	)
	return New(reg), promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
}

// ballotRoute is where ballots arrive, below wherever the API is mounted.
const ballotRoute = "/v1/polls/{poll}/ballot"

// Answered belongs into httpapi.Options.
func (m *Metrics) Answered(a httpapi.Answer) {
	m.requests.WithLabelValues(a.Method, a.Route, fmt.Sprintf("%dxx", a.Status/100)).Inc()
	if !a.Feed {
		m.seconds.WithLabelValues(a.Method, a.Route).Observe(a.Took.Seconds())
	}
	if a.Code != "" {
		m.refusals.WithLabelValues(a.Code).Inc()
	}
	if a.Method == http.MethodPut && strings.HasSuffix(a.Route, ballotRoute) {
		outcome := a.Code
		if outcome == "" {
			outcome = "accepted"
		}
		m.ballots.WithLabelValues(outcome).Inc()
	}
}

// Feeding belongs into httpapi.Options.
func (m *Metrics) Feeding(change int) { m.feeds.Add(float64(change)) }
