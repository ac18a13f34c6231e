package arch

import (
	"flag"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/fault"
)

var update = flag.Bool("update", false, "write the table of docs/errors.md anew")

const (
	errorsPage = root + "/docs/errors.md"
	tableBegin = "<!-- The table is written by: go test ./internal/arch -run TestErrors -update -->\n"
	tableEnd   = "<!-- End of the table -->\n"
)

// faultPackage is where faults are made.
const faultPackage = module + "/internal/fault"

// plainCodes are codes that are no "noun.what", with the reason.
var plainCodes = map[string]string{
	"internal": "stands for every error without a kind, so that it says nothing of what happened",
}

// declared is a fault as its package declares it.
type declared struct {
	dir, name        string // fault.ErrInternal of internal/fault
	kind, code, text string
}

// kinds gives the kinds by the name of their constants, as docs/errors.md writes them.
var kinds = map[string]fault.Kind{
	"Internal": fault.Internal, "Malformed": fault.Malformed, "Invalid": fault.Invalid,
	"Unauthenticated": fault.Unauthenticated, "Forbidden": fault.Forbidden, "NotFound": fault.NotFound,
	"Conflict": fault.Conflict, "Stale": fault.Stale, "Unmet": fault.Unmet, "Busy": fault.Busy,
}

func TestErrors(t *testing.T) {
	t.Parallel()
	packages, err := load(root)
	require.NoError(t, err)
	all, wrong := faults(packages)
	require.Greater(t, len(all), 10, "the project was not found")
	for _, f := range wrong {
		t.Error(f)
	}

	page, err := os.ReadFile(errorsPage)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(page), tableBegin)
	require.True(t, ok, "docs/errors.md has no beginning of the table")
	written, after, ok := strings.Cut(rest, tableEnd)
	require.True(t, ok, "docs/errors.md has no end of the table")
	if wanted := errorTable(all); written != wanted {
		if *update {
			require.NoError(t, os.WriteFile(errorsPage, []byte(before+tableBegin+wanted+tableEnd+after), 0o644))
		} else {
			t.Errorf("docs/errors.md does not list the errors as they are; run: go test ./internal/arch -run TestErrors -update\n%s", difference(written, wanted))
		}
	}

	prose := before + after
	for _, k := range kinds {
		require.Contains(t, prose, "| `"+k.String()+"` |", "docs/errors.md says nothing of this kind")
	}
	for _, m := range regexp.MustCompile("`([a-z_]+\\.[a-z_]+)`").FindAllStringSubmatch(prose, -1) {
		require.True(t, slices.ContainsFunc(all, func(d declared) bool { return d.code == m[1] }), "docs/errors.md speaks of %s, which does not exist", m[1])
	}
}

// The rules find what they are for, in testdata/errors.
func TestErrorRulesFindFaults(t *testing.T) {
	t.Parallel()
	const broken = "testdata/errors"
	packages, err := load(broken)
	require.NoError(t, err)
	all, wrong := faults(packages)
	requireAnnounced(t, broken, wrong)

	require.Equal(t, []declared{
		{"poll", "ErrClosed", "Conflict", "poll.closed", "the poll is closed, since its time is over"},
	}, slices.DeleteFunc(all, func(d declared) bool { return d.name != "ErrClosed" }))
}

// faults reads every fault that the packages declare, in order of code, and finds those that are not declared as they
// should be: as an exported Err... variable of the package, with a constant kind, code and sentence.
func faults(packages []*source) ([]declared, []finding) {
	var all []declared
	var wrong []finding
	first := map[string]string{}
	for _, p := range packages {
		info := p.resolve()
		for _, file := range sorted(p.files) {
			f := p.files[file]
			say := func(at token.Pos, format string, args ...any) {
				wrong = append(wrong, finding{file, p.fset.Position(at).Line, fmt.Sprintf(format, args...)})
			}
			made := func(n ast.Node, name string) bool {
				if pkg, n := qualified(n, info); pkg == faultPackage && n == name {
					return true
				}
				id, ok := n.(*ast.Ident)
				return ok && p.dir == "internal/fault" && id.Name == name && info.Uses[id] != nil && info.Uses[id].Parent() == info.Uses[id].Pkg().Scope()
			}

			asVariable := map[*ast.CallExpr]bool{}
			for _, d := range f.Decls {
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.VAR {
					continue
				}
				for _, spec := range g.Specs {
					v := spec.(*ast.ValueSpec)
					for i, id := range v.Names {
						var call *ast.CallExpr
						if i < len(v.Values) {
							call, _ = v.Values[i].(*ast.CallExpr)
						}
						isFault := call != nil && made(call.Fun, "New")
						isError := strings.HasPrefix(id.Name, "Err") && len(id.Name) > 3
						switch {
						case isError && !isFault:
							say(id.Pos(), "%s is not made by fault.New", id.Name)
						case isFault && !isError:
							asVariable[call] = true
							say(id.Pos(), "%s holds a fault: export it under a name that begins with Err", id.Name)
						case isFault:
							asVariable[call] = true
							d, text := read(p.dir, id.Name, call)
							switch {
							case text != "":
								say(id.Pos(), "%s: %s", id.Name, text)
							case first[d.code] != "":
								say(id.Pos(), "%s: the code %s is that of %s", id.Name, d.code, first[d.code])
							default:
								first[d.code] = path.Base(p.dir) + "." + id.Name
								all = append(all, d)
							}
						}
					}
				}
			}

			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if made(n.Fun, "New") && !asVariable[n] {
						say(n.Pos(), "a fault is made here: declare it as a variable of the package, and add places with At")
					}
				case *ast.CompositeLit:
					if p.dir != "internal/fault" && made(n.Type, "Error") {
						say(n.Pos(), "a fault is written out here: declare it with fault.New")
					}
				}
				return true
			})
		}
	}
	slices.SortFunc(all, func(a, b declared) int { return strings.Compare(a.code, b.code) })
	return all, wrong
}

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$`)

// read takes a fault.New(kind, code, text) apart, or says what is wrong with it.
func read(dir, name string, call *ast.CallExpr) (declared, string) {
	d := declared{dir: dir, name: name}
	if len(call.Args) != 3 {
		return d, "fault.New takes a kind, a code and a sentence"
	}
	switch k := call.Args[0].(type) {
	case *ast.SelectorExpr:
		d.kind = k.Sel.Name
	case *ast.Ident:
		d.kind = k.Name
	}
	if _, ok := kinds[d.kind]; !ok {
		return d, "its kind is not one of the ten"
	}
	var ok bool
	if d.code, ok = constant(call.Args[1]); !ok {
		return d, "its code is not written out"
	}
	if !codeForm.MatchString(d.code) && plainCodes[d.code] == "" {
		return d, fmt.Sprintf("its code %q is not of the form noun.what", d.code)
	}
	if d.text, ok = constant(call.Args[2]); !ok {
		return d, "its sentence is not written out"
	}
	r, _ := utf8.DecodeRuneInString(d.text)
	first, _, _ := strings.Cut(d.text, " ")
	isName := strings.Contains(first, "-") // a header: If-Match
	switch {
	case d.text == "" || strings.TrimSpace(d.text) != d.text:
		return d, "its sentence is empty or padded"
	case unicode.IsUpper(r) && !isName || strings.HasSuffix(d.text, "."):
		return d, "its sentence begins with a capital or ends with a full stop; it stands inside others"
	case strings.ContainsAny(d.text, "|\n"):
		return d, "its sentence is one line, without a bar"
	}
	return d, ""
}

// constant gives the value of a string literal, or of several joined by +.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return unquote(e), e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok := constant(e.X)
		right, also := constant(e.Y)
		return left + right, ok && also && e.Op == token.ADD
	}
	return "", false
}

// errorTable is the part of docs/errors.md that lists the codes, each with an anchor: problem documents link to it.
func errorTable(all []declared) string {
	var b strings.Builder
	b.WriteString("\n| code | kind | what it says | declared as |\n|---|---|---|---|\n")
	for _, d := range all {
		fmt.Fprintf(&b, "| <a id=\"%s\"></a>`%s` | %s | %s | `%s.%s` |\n", d.code, d.code, kinds[d.kind], d.text, path.Base(d.dir), d.name)
	}
	b.WriteString("\n")
	return b.String()
}

// difference lists the lines that only one of two tables has.
func difference(written, wanted string) string {
	var b strings.Builder
	old, now := strings.Split(written, "\n"), strings.Split(wanted, "\n")
	for _, l := range old {
		if !slices.Contains(now, l) {
			b.WriteString("- " + l + "\n")
		}
	}
	for _, l := range now {
		if !slices.Contains(old, l) {
			b.WriteString("+ " + l + "\n")
		}
	}
	return b.String()
}
