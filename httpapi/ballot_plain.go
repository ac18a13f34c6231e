package httpapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

// plainMost bounds the body of a plain ballot, in bytes.
const plainMost = 256

// plainPatience is how long the body of a plain ballot may take to arrive: as long as any other.
const plainPatience = 5 * time.Second

// plainBallot answers the ballots that nearly every program sends, {"choice":"for"} and nothing more, before the general
// way, which takes a request apart by its description and costs as much as all that the engine does for a ballot. Whatever
// is not of this very form goes the general way, which knows what is wrong with it. Where both answer, they answer alike
// (docs/design/0022).
func (s *server) plainBallot(c huma.Context, general func(huma.Context)) {
	r, w := humachi.Unwrap(c)
	choice, plain := readPlain(w, r)
	if !plain {
		general(c)
		return
	}
	in := Command{Reading: Reading{ActingFor: r.Header.Get("Coop-Acting-For")}, Key: r.Header.Get("Idempotency-Key")}
	ctx := r.Context()
	got, err := s.coop.Polls.Cast(ctx, in.actor(ctx), governance.PollID(c.Param("poll")), choice)
	if err != nil {
		s.problemJSON(w, s.problem(ctx, err))
		return
	}
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Etag"] = []string{etag(got.Rev)}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(appendReceipt(make([]byte, 0, 2048), got)) // whoever asked may be gone
}

// jsonType is shared by all answers; nobody changes it.
var jsonType = []string{"application/json"}

// readPlain reads a plain ballot. If the request is none, it can be read again from its beginning.
func readPlain(w http.ResponseWriter, r *http.Request) (voting.Choice, bool) {
	h := r.Header
	accept := h.Get("Accept")
	switch {
	case r.ContentLength <= 0 || r.ContentLength > plainMost, r.URL.RawQuery != "", r.URL.RawPath != "",
		h.Get("Content-Type") != "application/json", accept != "" && accept != "*/*" && accept != "application/json",
		h["If-Match"] != nil:
		return "", false
	}
	_ = huma.SetReadDeadline(w, time.Now().Add(plainPatience)) // where the connection has one
	body := make([]byte, r.ContentLength)
	n, err := io.ReadFull(r.Body, body)
	if err == nil {
		if choice, ok := plainChoice(body); ok {
			_ = huma.SetReadDeadline(w, time.Time{})
			return choice, true
		}
	}
	rest := io.Reader(r.Body)
	if err != nil && !errors.Is(err, io.EOF) {
		rest = broken{err}
	}
	r.Body = again{io.MultiReader(bytes.NewReader(body[:n]), rest), r.Body}
	return "", false
}

// plainChoice reads {"choice":"..."} where the choice needs no unescaping.
func plainChoice(body []byte) (voting.Choice, bool) {
	rest := body
	for _, want := range []string{"{", `"choice"`, ":", `"`} {
		var ok bool
		if rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(want)); !ok {
			return "", false
		}
	}
	n := 0
	for n < len(rest) && (rest[n] >= 'a' && rest[n] <= 'z' || rest[n] >= '0' && rest[n] <= '9' || rest[n] == '-' || rest[n] == '_') {
		n++
	}
	end, ok := bytes.CutPrefix(rest[n:], []byte(`"`))
	if end, ok2 := bytes.CutPrefix(bytes.TrimLeft(end, " \t\r\n"), []byte("}")); !ok || !ok2 || len(bytes.TrimLeft(end, " \t\r\n")) > 0 {
		return "", false
	}
	return voting.Choice(rest[:n]), true
}

// appendReceipt writes a receipt as encoding/json writes a Receipt.
func appendReceipt(dst []byte, r governance.Receipt) []byte {
	dst = appendText(append(dst, `{"poll":`...), string(r.Poll))
	dst = appendText(append(dst, `,"member":`...), string(r.Member))
	dst = strconv.AppendUint(append(dst, `,"rev":`...), r.Rev, 10)
	dst = r.At.AppendFormat(append(dst, `,"at":"`...), time.RFC3339Nano)
	dst = base64.StdEncoding.AppendEncode(append(dst, `","record":"`...), r.Record)
	dst = strconv.AppendInt(append(dst, `","index":`...), r.Index, 10)
	dst = append(dst, `,"proof":[`...)
	for i, h := range r.Proof {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(base64.StdEncoding.AppendEncode(append(dst, '"'), h[:]), '"')
	}
	dst = appendText(append(dst, `],"signed":`...), r.Signed)
	return append(dst, "}\n"...)
}

// appendText writes a text as JSON: letters, digits, dashes and line feeds, of which ids and notes consist, as they are.
func appendText(dst []byte, text string) []byte {
	begin, from := len(dst), 0
	dst = append(dst, '"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n':
			dst = append(append(dst, text[from:i]...), `\n`...)
			from = i + 1
		case c == "—"[0] && strings.HasPrefix(text[i:], "—"): // which stands before a signature
			i += len("—") - 1
		case c < ' ' || c == '"' || c == '\\' || c > 0x7e:
			var quoted bytes.Buffer
			enc := json.NewEncoder(&quoted)
			enc.SetEscapeHTML(false)
			_ = enc.Encode(text) // a text can always be written
			return append(dst[:begin], bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
		}
	}
	return append(append(dst, text[from:]...), '"')
}

// again is a body that was read from and begins anew.
type again struct {
	io.Reader
	io.Closer
}

// broken is the end of a body that broke off.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
