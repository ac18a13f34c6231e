package governance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// Bounds of an imported register.
const (
	MaxImportBytes = 64 << 20
	MaxImportRows  = 1_000_000

	// MaxImportFaults is how many rows that cannot be read are reported; a table with more is ErrTable.
	MaxImportFaults = 10_000
)

// Errors about imports.
var (
	ErrImport = fault.New(fault.Invalid, "member.import", "some rows of the register cannot be read; nothing was imported")
	ErrTable  = fault.New(fault.Malformed, "member.table", "this is no table of members: comma- or semicolon-separated, UTF-8, with a line of column names")
)

// ImportOptions of a register. nil is fine.
type ImportOptions struct {
	// Issuer vouches for the identities whose subject stands in the column "id". Empty: "register".
	Issuer string
	// Partial imports the rows that can be read and reports the others. Otherwise one bad row leaves the space untouched.
	Partial bool
	// Check reports the rows that cannot be read, and imports nothing: who would be admitted is not found out.
	Check bool
}

// ImportReport says what an import did.
type ImportReport struct {
	Rows     int        // read, without the line of column names
	Admitted int        // 0 when only checked, as is Known
	Known    int        // were members already, and stay as they are
	Faults   []RowFault // rows that cannot be read
}

// RowFault is a row that cannot be imported, by its line in the file.
type RowFault struct {
	Line   int           `json:"line"`
	Fields []fault.Field `json:"fields"`
}

// memberColumns are the columns that an import reads. Names in French and German are accepted as well.
var memberColumns = map[string]string{
	"id": "id", "identifiant": "id", "kennung": "id",
	"name": "name", "nom": "name",
	"email": "email", "e-mail": "email", "courriel": "email", "mail": "email",
	"number": "number", "numero": "number", "numéro": "number", "nummer": "number",
	"roles": "roles", "role": "roles", "rôles": "roles", "rôle": "roles", "rollen": "roles",
	"weight": "weight", "voix": "weight", "poids": "weight", "stimmen": "weight",
	"joined": "joined", "entree": "joined", "entrée": "joined", "adhesion": "joined", "adhésion": "joined", "beitritt": "joined",
	"kind": "kind", "type": "kind", "art": "kind",
}

// rowToAdmit is a row that was read.
type rowToAdmit struct {
	line int
	n    NewMember
}

// Import admits the members of a register, given as CSV with a line of column names: id (required: what the issuer or
// the register calls them), name, email, number, roles (separated by bars), weight, joined (2026-12-03), kind (person or
// organisation). Who is a member already stays as they are. All rows are checked first: when one cannot be read, nothing
// is imported and the answer is ErrImport with the lines, unless the options say otherwise. Rows come in by the thousand;
// an import that was cut off is begun again and goes on where it stopped.
func (m *Members) Import(ctx context.Context, a Actor, space SpaceID, table io.Reader, opts *ImportOptions) (ImportReport, error) {
	if opts == nil {
		opts = &ImportOptions{}
	}
	var rep ImportReport
	zone := time.UTC
	err := m.c.viewIf(ctx, a, space, ActMemberAdmit, func(v *scope) (err error) {
		zone, err = loadZone(v.space.Zone)
		return err
	})
	if err != nil {
		return rep, err
	}
	rows, err := readRegister(table, orElse(opts.Issuer, "register"), zone, &rep)
	if err != nil {
		return rep, err
	}
	if len(rep.Faults) > 0 && !opts.Partial {
		return rep, rep.err()
	}
	if opts.Check {
		return rep, nil
	}
	for n := 0; len(rows) > 0; n++ {
		part := rows[:min(len(rows), importAtOnce)]
		rows = rows[len(part):]
		admitted, known, err := m.importPart(ctx, a.part(n), space, part)
		if err != nil {
			return rep, err
		}
		rep.Admitted += admitted
		rep.Known += known
	}
	return rep, nil
}

// importAtOnce is how many rows come in with one transaction: members vote while a register is read.
const importAtOnce = 1000

// importPart admits checked rows, in one transaction.
func (m *Members) importPart(ctx context.Context, a Actor, space SpaceID, rows []rowToAdmit) (admitted, known int, err error) {
	var people []Identity
	for _, r := range rows {
		if r.n.Kind == Person {
			people = append(people, r.n.Identity)
		}
	}
	persons, err := m.c.know(ctx, a.by(), people...)
	if err != nil {
		return 0, 0, err
	}
	type counts struct{ Admitted, Known int }
	got, err := do(ctx, m.c, a, space, "members.import", inputOf(rows), func(t *tx) (counts, error) {
		var c counts
		if err := t.may(ActMemberAdmit, target{}); err != nil {
			return c, err
		}
		left := persons
		for _, r := range rows {
			var p PersonID
			source := ""
			if r.n.Kind == Person {
				p, left = left[0], left[1:]
			} else {
				source = r.n.Identity.Issuer + ":organisation:" + r.n.Identity.Subject
				has, err := t.organisation(source)
				if err != nil {
					return c, err
				}
				if has {
					c.Known++
					continue
				}
			}
			_, err := t.admit(r.n, p, source)
			if errors.Is(err, ErrMemberExists) {
				c.Known++
				continue
			}
			if err != nil {
				return c, err
			}
			c.Admitted++
		}
		return c, nil
	})
	return got.Admitted, got.Known, err
}

// inputOf gives what an idempotency key stands for.
func inputOf(rows []rowToAdmit) []NewMember {
	out := make([]NewMember, len(rows))
	for i, r := range rows {
		out[i] = r.n
	}
	return out
}

// organisation tells whether an import brought an organisation before.
func (t *tx) organisation(source string) (bool, error) {
	id, err := findSource(t.Reader, members, func(m memberState) string { return m.Source }, source)
	return id != "", err
}

// err gives the report's faults as places.
func (r *ImportReport) err() error {
	var list fault.List
	for _, f := range r.Faults {
		for _, x := range f.Fields {
			list.Add(fmt.Sprintf("line %d %s", f.Line, x.Path), x.Text)
		}
	}
	return list.Err(ErrImport)
}

// readRegister reads the table, row by row; faults go to the report.
func readRegister(table io.Reader, issuer string, zone *time.Location, rep *ImportReport) ([]rowToAdmit, error) {
	limited := &io.LimitedReader{R: table, N: MaxImportBytes + 1}
	in := bufio.NewReader(limited)
	if bom, err := in.Peek(3); err == nil && bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	head, err := in.Peek(4096)
	if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
		return nil, ErrTable.Wrap(err)
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	r := csv.NewReader(in)
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	if bytes.Count(line, []byte(";")) > bytes.Count(line, []byte(",")) {
		r.Comma = ';'
	}
	names, err := r.Read()
	if err != nil {
		return nil, ErrTable.Wrap(err)
	}
	var columns []string
	for i, n := range names {
		c := memberColumns[strings.ToLower(strings.TrimSpace(n))]
		if c == "" {
			return nil, ErrTable.At(fmt.Sprintf("column %d", i+1), fmt.Sprintf("%.60q is not a column of a register", n))
		}
		if slices.Contains(columns, c) {
			return nil, ErrTable.At(fmt.Sprintf("column %d", i+1), c+" is there twice")
		}
		columns = append(columns, c)
	}
	if !slices.Contains(columns, "id") {
		return nil, ErrTable.At("id", "the column is missing")
	}
	var rows []rowToAdmit
	seen := map[string]int{}
	for {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if limited.N <= 0 || rep.Rows >= MaxImportRows {
			return nil, ErrTable.At("", fmt.Sprintf("it is longer than %d rows or %d MiB", MaxImportRows, MaxImportBytes>>20))
		}
		rep.Rows++
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, ErrTable.At(fmt.Sprintf("line %d", bad.Line), bad.Err.Error())
		}
		if err != nil {
			return nil, ErrTable.Wrap(err)
		}
		at, _ := r.FieldPos(0)
		n, err := readMember(columns, cells, issuer, zone)
		if err == nil {
			if first := seen[n.Identity.Subject]; first != 0 {
				err = ErrText.At("id", fmt.Sprintf("is that of line %d", first))
			}
		}
		if err != nil && len(rep.Faults) == MaxImportFaults {
			return nil, ErrTable.At(fmt.Sprintf("line %d", at), fmt.Sprintf("more than %d rows cannot be read", MaxImportFaults))
		}
		if err != nil {
			rep.Faults = append(rep.Faults, RowFault{Line: at, Fields: fault.Of(err).Fields})
			continue
		}
		seen[n.Identity.Subject] = at
		rows = append(rows, rowToAdmit{line: at, n: n})
	}
	return rows, nil
}

// readMember reads one row of a register.
func readMember(columns, cells []string, issuer string, zone *time.Location) (NewMember, error) {
	var w writing
	if len(cells) != len(columns) {
		w.faults.Add("", fmt.Sprintf("has %d cells, the columns are %d", len(cells), len(columns)))
		return NewMember{}, w.err()
	}
	n := NewMember{Identity: Identity{Issuer: issuer}}
	subject := ""
	for i, c := range columns {
		v := strings.TrimSpace(cells[i])
		switch c {
		case "id":
			subject = w.name("id", v)
		case "name":
			n.Name = v
		case "email":
			n.Email = v
		case "number":
			n.Number = v
		case "roles":
			n.Roles = roleList(v)
		case "weight":
			if v != "" {
				x, err := voting.ParseWeight(strings.Replace(v, ",", ".", 1))
				if err != nil {
					w.faults.Add("weight", "is no number of voices: "+v)
				}
				n.Weight = &x
			}
		case "joined":
			if v != "" {
				t, err := time.ParseInLocation(time.DateOnly, v, zone)
				if err != nil {
					w.faults.Add("joined", "is no day such as 2026-12-03")
				}
				n.Joined = t
			}
		case "kind":
			switch strings.ToLower(v) {
			case "", "person", "personne":
			case "organisation", "organization":
				n.Kind = Organisation
			default:
				w.faults.Add("kind", "is neither person nor organisation")
			}
		}
	}
	n.Identity.Subject = subject
	if subject == "" {
		return n, w.err()
	}
	n = n.check(&w, "")
	n.Identity = Identity{Issuer: issuer, Subject: subject} // of an organisation too: what the register calls it
	return n, w.err()
}

// roleList reads roles from one cell of a table: separated by commas, semicolons or bars.
func roleList(s string) []string {
	var out []string
	for _, r := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '|' }) {
		if r = strings.TrimSpace(r); r != "" {
			out = append(out, r)
		}
	}
	return out
}
