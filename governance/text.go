package governance

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/communecter/coopspace/internal/fault"
)

// Bounds of what people write, in characters.
const (
	MaxName  = 200    // names and titles: one line, plain text
	MaxLine  = 1000   // summaries: one line
	MaxText  = 50_000 // texts: Markdown
	MaxTags  = 30
	MaxRoles = 30
)

// ErrText refuses what somebody wrote; its fields say where and why.
var ErrText = fault.New(fault.Invalid, "text.unusable", "a text cannot be kept as it is written")

// writing checks what somebody wrote, field by field, and gives it in Unicode's composed form (NFC).
type writing struct{ faults fault.List }

func (w *writing) err() error { return w.faults.Err(ErrText) }

// name checks a required plain text of one line.
func (w *writing) name(path, s string) string {
	s = w.line(path, s, MaxName)
	if strings.TrimFunc(s, blank) == "" {
		w.faults.Add(path, "is required")
	}
	return s
}

// blank tells whether a character shows nothing by itself.
func blank(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Mn, r) || r == 0x2800 }

// sameLook gives what two titles share that a reader would take for one: compatible forms, case and spaces are the same.
// Letters of different scripts that look alike are not told apart from others.
func sameLook(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.ToUpper(norm.NFKC.String(s)))), " ")
}

// line checks an optional plain text of one line. Spaces around it are dropped.
func (w *writing) line(path, s string, most int) string {
	s = w.clean(path, s, most, false)
	return strings.TrimSpace(s)
}

// text checks an optional Markdown text. Line ends become line feeds.
func (w *writing) text(path, s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	return w.clean(path, s, MaxText, true)
}

// words checks a list of short plain texts, such as tags and roles: none empty, none twice.
func (w *writing) words(path string, list []string, most int) []string {
	if len(list) > most {
		w.faults.Add(path, fmt.Sprintf("has more than %d entries", most))
		return nil
	}
	var out []string
	seen := map[string]bool{}
	for i, s := range list {
		at := fmt.Sprintf("%s/%d", path, i)
		s = w.line(at, s, 60)
		switch {
		case s == "":
			w.faults.Add(at, "is empty")
		case seen[s]:
			w.faults.Add(at, "is there twice")
		default:
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func (w *writing) clean(path, s string, most int, lines bool) string {
	// Composing makes most texts shorter and a few longer; what is kept is what is bounded.
	long := len(s) > 16*most
	if !long && !utf8.ValidString(s) {
		w.faults.Add(path, "is not valid UTF-8")
		return ""
	}
	if !long {
		s = norm.NFC.String(s)
		long = utf8.RuneCountInString(s) > most
	}
	if long {
		w.faults.Add(path, fmt.Sprintf("is longer than %d characters", most))
		return ""
	}
	marks := 0
	for i, r := range s {
		switch {
		case lines && (r == '\n' || r == '\t'):
		case unicode.IsControl(r):
			w.faults.Add(path, fmt.Sprintf("has a control character at byte %d", i))
			return ""
		case deceives(r, lines):
			w.faults.Add(path, fmt.Sprintf("has an invisible or direction-changing character (U+%04X) at byte %d", r, i))
			return ""
		}
		if unicode.Is(unicode.Mn, r) {
			if marks++; marks > maxMarks {
				w.faults.Add(path, fmt.Sprintf("has more than %d marks on one character at byte %d", maxMarks, i))
				return ""
			}
		} else {
			marks = 0
		}
	}
	return s
}

// maxMarks is more than any script stacks on a character.
const maxMarks = 6

// deceives tells whether a character makes two different texts look alike: bidirectional overrides and isolates,
// zero-width spaces, fillers and invisible operators, line separators, tags. Joiners (U+200C, U+200D), which some scripts and emoji need, are allowed in
// running text only.
func deceives(r rune, running bool) bool {
	switch {
	case r == 0x200C || r == 0x200D:
		return !running
	case r == 0x200B, r == 0x200E, r == 0x200F, r == 0x061C, r == 0x2028, r == 0x2029, r == 0xFEFF, r == 0x00AD,
		r == 0x2060, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x206F, r >= 0xFFF9 && r <= 0xFFFB,
		r >= 0xE0000 && r <= 0xE007F, r == 0x034F, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5, r == 0x180E,
		r >= 0x2061 && r <= 0x2065, r == 0x3164, r == 0xFFA0:
		return true
	}
	return false
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
