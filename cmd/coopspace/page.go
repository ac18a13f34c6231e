package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/voting"
)

// pagePart is how much of each list the page shows.
const pagePart = 20

// pageWords are the words of the page.
var pageWords = map[locale.Lang]map[string]string{
	"fr": {
		"title": "Espaces coopératifs", "open": "À voter", "decided": "Décisions", "todo": "Actions à faire", "none": "Rien pour le moment.",
		"empty": "Aucun espace n'est public ici.", "api": "L'API", "turnout": "Bulletins dans l'urne : %d, pour %d personnes appelées à voter.", "resolution": "Résolution %s",
	},
	"en": {
		"title": "Cooperative spaces", "open": "To vote on", "decided": "Decisions", "todo": "Actions to do", "none": "Nothing for now.",
		"empty": "No space is public here.", "api": "The API", "turnout": "Ballots in the box: %d, of %d people called to vote.", "resolution": "Resolution %s",
	},
	"de": {
		"title": "Kooperative Räume", "open": "Zur Abstimmung", "decided": "Beschlüsse", "todo": "Offene Aufgaben", "none": "Im Moment nichts.",
		"empty": "Hier ist kein Raum öffentlich.", "api": "Die API", "turnout": "Stimmzettel in der Urne: %d, aufgerufen sind %d.", "resolution": "Beschluss %s",
	},
}

// pageSpace is a space on the page.
type pageSpace struct {
	Name, Description   string
	Open, Decided, ToDo []pageLine
}

// pageLine is a title with a sentence about it.
type pageLine struct{ Title, Text string }

// pageTemplate is plain: text that a browser, a phone or a screen reader shows as it is.
const pageTemplate = `<!doctype html>
<html lang="{{.Lang}}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Words.title}}</title>
<style>
:root { color-scheme: light dark; --paper: #FBFAF7; --ink: #1E2430; --soft: #565E6C; --teal: #0F6670 }
@media (prefers-color-scheme: dark) { :root { --paper: #14171C; --ink: #ECEAE4; --soft: #A9B0BC; --teal: #5CC3CC } }
body { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; max-width: 70ch; margin: 32px auto; padding: 0 16px }
h1, h2, h3 { font-family: serif; line-height: 1.25 }
p { margin: 4px 0 } .soft { color: var(--soft) } a { color: var(--teal) } li { margin: 12px 0 }
</style>
{{$w := .Words}}{{if not .Spaces}}<h1>{{$w.title}}</h1><p>{{$w.empty}}</p>{{end}}
<main>{{range .Spaces}}<section>
<h1>{{.Name}}</h1>
{{with .Description}}<p>{{.}}</p>{{end}}
<h2>{{$w.open}}</h2>{{template "list" .Open}}{{if not .Open}}<p class="soft">{{$w.none}}</p>{{end}}
<h2>{{$w.decided}}</h2>{{template "list" .Decided}}{{if not .Decided}}<p class="soft">{{$w.none}}</p>{{end}}
<h2>{{$w.todo}}</h2>{{template "list" .ToDo}}{{if not .ToDo}}<p class="soft">{{$w.none}}</p>{{end}}
</section>
{{end}}</main>
<p><a href="/v1/openapi.yaml">{{$w.api}}</a></p>
</html>
{{define "list"}}{{if .}}<ul>{{range .}}<li><strong>{{.Title}}</strong>{{with .Text}}<p class="soft">{{.}}</p>{{end}}</li>{{end}}</ul>{{end}}{{end}}`

// page shows what is public: open questions, decisions with their why, actions. It asks the services as nobody, and so
// shows what nobody may see.
func page(coop *governance.Coop, logger *slog.Logger) http.HandlerFunc {
	shown := template.Must(template.New("page").Parse(pageTemplate))
	return func(w http.ResponseWriter, r *http.Request) {
		lang := locale.Match(r.Header.Get("Accept-Language"))
		spaces, err := publicSpaces(r.Context(), coop, lang)
		var out bytes.Buffer
		if err == nil {
			err = shown.Execute(&out, map[string]any{"Lang": lang, "Words": pageWords[lang], "Spaces": spaces})
		}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Language", string(lang))
		h.Set("Vary", "Accept-Language")
		if err != nil {
			logger.Error("the page cannot be shown", "error", err)
			text, ok := locale.Error(lang, fault.ErrInternal.Code)
			if !ok {
				text = fault.ErrInternal.Text
			}
			http.Error(w, text, http.StatusInternalServerError)
			return
		}
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(out.Bytes())
	}
}

func publicSpaces(ctx context.Context, coop *governance.Coop, lang locale.Lang) ([]pageSpace, error) {
	var nobody governance.Actor
	part := governance.Paging{Limit: pagePart}
	list, err := coop.Spaces.List(ctx, nobody, part)
	if err != nil {
		return nil, err
	}
	var out []pageSpace
	words := pageWords[lang]
	for _, sp := range list.Items {
		one := pageSpace{Name: sp.Name, Description: sp.Description}
		open, err := coop.Polls.List(ctx, nobody, sp.ID, governance.StateOpen, part)
		if err != nil {
			return nil, err
		}
		for _, p := range open.Items {
			title, err := titleOf(ctx, coop, p)
			if err != nil {
				return nil, err
			}
			line := pageLine{Title: title}
			if p.Turnout != nil {
				line.Text = fmt.Sprintf(words["turnout"], *p.Turnout, p.Entitled.Seats)
			}
			one.Open = append(one.Open, line)
		}
		counted, err := coop.Polls.List(ctx, nobody, sp.ID, governance.StateCounted, part)
		if err != nil {
			return nil, err
		}
		for _, p := range counted.Items {
			title, err := titleOf(ctx, coop, p)
			if err != nil {
				return nil, err
			}
			if p.Verdict != nil && p.Verdict.Outcome == voting.Adopted {
				if number, err := numberOf(ctx, coop, p); err != nil {
					return nil, err
				} else if number != "" {
					title += " (" + fmt.Sprintf(words["resolution"], number) + ")"
				}
			}
			one.Decided = append(one.Decided, pageLine{Title: title, Text: p.Explain(string(lang))})
		}
		todo, err := coop.Actions.List(ctx, nobody, sp.ID, governance.ActionQuery{Paging: part})
		if err != nil {
			return nil, err
		}
		for _, a := range todo.Items {
			one.ToDo = append(one.ToDo, pageLine{Title: a.Title})
		}
		out = append(out, one)
	}
	return out, nil
}

// titleOf gives the title of what a poll is about.
func titleOf(ctx context.Context, coop *governance.Coop, p governance.Poll) (string, error) {
	proposal, err := coop.Proposals.Get(ctx, governance.Actor{}, p.Proposal)
	return proposal.Title, err
}

// numberOf gives the number of the resolution that a poll adopted; empty without one.
func numberOf(ctx context.Context, coop *governance.Coop, p governance.Poll) (string, error) {
	proposal, err := coop.Proposals.Get(ctx, governance.Actor{}, p.Proposal)
	if err != nil || proposal.Resolution == "" {
		return "", err
	}
	r, err := coop.Resolutions.Get(ctx, governance.Actor{}, proposal.Resolution)
	if errors.Is(err, governance.ErrResolutionUnknown) {
		return "", nil
	}
	return r.Label(), err
}
