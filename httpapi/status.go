package httpapi

import (
	"net/http"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/internal/locale"
)

// statuses says how each kind of fault travels.
var statuses = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Malformed:       http.StatusBadRequest,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.Stale:           http.StatusPreconditionFailed,
	fault.Unmet:           http.StatusUnprocessableEntity,
	fault.Busy:            http.StatusServiceUnavailable,
}

// Errors about requests themselves, before anything is asked of the engine.
var (
	ErrRequestMalformed  = fault.New(fault.Malformed, "request.malformed", "the request cannot be read")
	ErrRequestInvalid    = fault.New(fault.Invalid, "request.invalid", "something in the request is not as the API describes it")
	ErrRequestTooLarge   = fault.New(fault.Malformed, "request.too_large", "the request is larger than is accepted here")
	ErrRequestTooSlow    = fault.New(fault.Malformed, "request.too_slow", "the request did not arrive in time")
	ErrRequestMediaType  = fault.New(fault.Malformed, "request.media_type", "the body is of a media type that is not read here; send application/json, or text/csv where a table is asked for")
	ErrRequestPath       = fault.New(fault.NotFound, "request.path", "there is nothing at this address; openapi.json lists what there is")
	ErrRequestMethod     = fault.New(fault.Malformed, "request.method", "this address does not answer to this method")
	ErrRequestOrigin     = fault.New(fault.Forbidden, "request.origin", "a page of another site may not do this in somebody's name")
	ErrRequestMatch      = fault.New(fault.Malformed, "request.if_match", `If-Match names a revision, such as "3", or * for any`)
	ErrRequestIncomplete = fault.New(fault.Malformed, "request.incomplete", "the connection broke before the whole request was read")
)

// ownStatuses are those of faults for which HTTP has a status of its own.
var ownStatuses = map[string]int{
	ErrRequestTooLarge.Code:  http.StatusRequestEntityTooLarge,
	ErrRequestTooSlow.Code:   http.StatusRequestTimeout,
	ErrRequestMediaType.Code: http.StatusUnsupportedMediaType,
	ErrRequestMethod.Code:    http.StatusMethodNotAllowed,
}

func statusOf(f *fault.Error) int {
	if s, ok := ownStatuses[f.Code]; ok {
		return s
	}
	return statuses[f.Kind]
}

// titles say what a kind of fault means for whoever asked.
var titles = map[fault.Kind]map[locale.Lang]string{
	fault.Internal:        {"fr": "La faute est de notre côté", "en": "The fault is ours", "de": "Der Fehler liegt bei uns"},
	fault.Malformed:       {"fr": "Demande illisible", "en": "The request cannot be read", "de": "Die Anfrage ist nicht lesbar"},
	fault.Invalid:         {"fr": "À corriger", "en": "Something to mend", "de": "Etwas ist zu berichtigen"},
	fault.Unauthenticated: {"fr": "Identifiez-vous", "en": "Sign in", "de": "Bitte melden Sie sich an"},
	fault.Forbidden:       {"fr": "Ce n'est pas permis ici", "en": "Not allowed", "de": "Nicht erlaubt"},
	fault.NotFound:        {"fr": "Introuvable", "en": "Not found", "de": "Nicht gefunden"},
	fault.Conflict:        {"fr": "Impossible en l'état", "en": "Not as things stand", "de": "Derzeit nicht möglich"},
	fault.Stale:           {"fr": "Cela a changé entre-temps", "en": "It changed meanwhile", "de": "Inzwischen geändert"},
	fault.Unmet:           {"fr": "Une condition n'est pas remplie", "en": "A condition is not met", "de": "Eine Bedingung ist nicht erfüllt"},
	fault.Busy:            {"fr": "Trop de demandes à la fois", "en": "Too busy for a moment", "de": "Im Moment zu viel auf einmal"},
}
