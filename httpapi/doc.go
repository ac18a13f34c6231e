// Package httpapi is the cooperative space over HTTP: JSON in and out, problem documents (RFC 9457) for what is refused,
// an OpenAPI 3.1 document at /v1/openapi.json and /v1/openapi.yaml.
//
//	router.Mount("/coop", httpapi.New(coop, &httpapi.Options{Who: whoAsks}))
//
// It decodes, calls package governance, and encodes; it decides nothing. It only finds out who asks, with Options.Who.
//
// For people, Options.Page adds a plain page of what whoever asks may see, without a script, at the root of where the API is
// mounted; Options.Links adds signing in to it, for demonstrations. They are no part of the API and not in its document.
//
// # Conventions
//
//   - Idempotency-Key on a command: repeated with the same key it has the same reply and no second effect.
//   - ETag and If-Match carry revisions: a change that names an old one is refused with 412 and nothing happens.
//   - Coop-Acting-For names the member for whom one acts, such as the organisation that one represents.
//   - Accept-Language chooses French, English or German for verdicts and refusals; French without it.
//   - Lists give a part and, while there is more, next; ask again with after=next, or follow the Link header.
//   - Weights and sums of weights are decimal strings, exactly; times are RFC 3339 in UTC.
//   - What a schema does not name is refused, not ignored.
//   - A feed tells of a space's log as it grows, by server-sent events whose ids are positions: whoever comes back with
//     Last-Event-ID misses nothing. It tells of nothing that whoever follows could not read at that moment.
//
// # Limits
//
// The API may grow within /v1; what it answers today keeps its meaning.
package httpapi
