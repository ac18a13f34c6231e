package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"

	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
)

// line is what --json says of one count. Candidates stand by name, as in the file; by number where the file has no names.
type line struct {
	Method     string            `json:"method"`  // as it was asked for
	By         voting.Method     `json:"by"`      // the method's own name
	Options    map[string]string `json:"options"` // all settings, with the defaults of those that were not set
	Seats      int               `json:"seats"`
	Candidates json.RawMessage               `json:"candidates"`
	Winners    json.RawMessage               `json:"winners"`
	Ranking    json.RawMessage               `json:"ranking"`
	Tied       bool              `json:"tied"` // more winners than seats: nothing broke the tie
	Committees json.RawMessage               `json:"committees,omitempty"`
	Rounds     json.RawMessage               `json:"rounds"`
	Counts     json.RawMessage               `json:"counts"` // how many ballots there were, and what else the method's page explains
}

// counts is all of a result that has no place of its own in the line.
type counts struct {
	Cast      voting.Votes    `json:"cast"`
	Expressed voting.Votes    `json:"expressed"`
	Abstain   voting.Votes    `json:"abstain"`
	Blank     voting.Votes    `json:"blank"`
	Invalid   voting.Votes    `json:"invalid"`
	Votes     []voting.Tally  `json:"votes,omitempty"`
	Scores    []voting.Score  `json:"scores,omitempty"`
	Figures   []voting.Figure `json:"figures,omitempty"`
	Sets      []voting.Set    `json:"sets,omitempty"`
	Matrices  []voting.Matrix `json:"matrices,omitempty"`
	Merits    []voting.Merit  `json:"merits,omitempty"`
	Broken    []voting.Broken `json:"broken,omitempty"`
}

func lineOf(p voting.Preset, file *formats.File, r voting.Result) line {
	l := line{
		Method: p.Name, By: r.Method, Options: map[string]string{}, Seats: max(r.Seats, 1), Tied: len(r.Winners) > max(r.Seats, 1),
	}
	for _, s := range r.Method.Settings() {
		l.Options[s.Name] = s.Default
	}
	for k, v := range r.Settings {
		l.Options[k] = v
	}
	named := naming(file)
	l.Candidates = named(file.Profile.Options())
	l.Winners, l.Ranking = named(r.Winners), named(r.Ranking)
	if len(r.Committees) > 0 {
		l.Committees = named(r.Committees)
	}
	l.Rounds = named(append([]voting.Round{}, r.Rounds...))
	l.Counts = named(counts{
		r.Cast, r.Expressed, r.Abstain, r.Blank, r.Invalid, r.Votes, r.Scores, r.Figures, r.Sets, r.Matrices, r.Merits, r.Broken,
	})
	return l
}

// unnamed marks a candidate without a name, who is written as a number.
const unnamed = "\x00"

var unnamedNumber = regexp.MustCompile(`"\\u0000([0-9]+)"`)

// naming gives what writes a value as JSON with candidates by name, or by number where the file has no names.
func naming(file *formats.File) func(any) json.RawMessage {
	return func(v any) json.RawMessage {
		named := rename(reflect.ValueOf(v), func(c voting.Choice) voting.Choice {
			if name := file.Name(c); name != string(c) {
				return voting.Choice(name)
			}
			return unnamed + c
		})
		var b bytes.Buffer
		if err := writeLine(&b, named.Interface()); err != nil {
			panic(err) // plain data that a result is made of
		}
		return unnamedNumber.ReplaceAll(bytes.TrimSpace(b.Bytes()), []byte("$1"))
	}
}

// rename copies a value with every choice in it renamed.
func rename(v reflect.Value, name func(voting.Choice) voting.Choice) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			out.Field(i).Set(rename(v.Field(i), name))
		}
	case reflect.Slice:
		if v.IsNil() {
			break
		}
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(rename(v.Index(i), name))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(rename(v.Elem(), name))
		}
	default:
		out.Set(v)
		if c, ok := v.Interface().(voting.Choice); ok && c != "" {
			out.SetString(string(name(c)))
		}
	}
	return out
}
