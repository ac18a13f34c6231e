package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// module is the path of the module that the table describes.
const module = "github.com/communecter/coopspace"

// finding is one place that breaks a rule.
type finding struct {
	file string // relative to the root, with slashes
	line int
	text string
}

func (f finding) String() string { return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.text) }

// source is one package, parsed: its own files apart from its tests'.
type source struct {
	dir   string // relative to the root, with slashes
	fset  *token.FileSet
	files map[string]*ast.File // by path relative to the root
	tests map[string]*ast.File
}

// load parses every package below root, as the go command would see them: without testdata, hidden folders and modules
// of their own.
func load(root string) ([]*source, error) {
	byDir := map[string]*source{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			base := d.Name()
			if rel != "." && (base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); rel != "." && err == nil {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		dir := path.Dir(rel)
		p := byDir[dir]
		if p == nil {
			p = &source{dir: dir, fset: token.NewFileSet(), files: map[string]*ast.File{}, tests: map[string]*ast.File{}}
			byDir[dir] = p
		}
		f, err := parser.ParseFile(p.fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if strings.HasSuffix(rel, "_test.go") {
			p.tests[rel] = f
		} else {
			p.files[rel] = f
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var all []*source
	for _, dir := range sorted(byDir) {
		all = append(all, byDir[dir])
	}
	return all, nil
}

// sorted gives a map's keys in byte order.
func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// check gives every place in the packages that breaks a rule of the table or of the house.
func check(packages []*source, table map[string]room) []finding {
	var found []finding
	for _, p := range packages {
		found = append(found, p.check(table)...)
	}
	return found
}

func (p *source) check(table map[string]room) []finding {
	var found []finding
	say := func(file string, at token.Pos, format string, args ...any) {
		found = append(found, finding{file, p.fset.Position(at).Line, fmt.Sprintf(format, args...)})
	}

	r, known := table[p.dir]
	if !known && strings.HasPrefix(p.dir, "examples/") {
		r, known = table["examples"]
	}
	info := p.resolve()
	for _, file := range sorted(p.files) {
		f := p.files[file]
		name := f.Name.Name
		if !known {
			say(file, f.Name.Pos(), "package %s is not in the import table", p.dir)
		}
		if slices.Contains(badNames, name) {
			say(file, f.Name.Pos(), "package name %s says nothing of what is inside", name)
		}
		if name != path.Base(p.dir) && name != "main" {
			say(file, f.Name.Pos(), "package %s lies in the folder %s", name, path.Base(p.dir))
		}
		for _, imp := range f.Imports {
			if text := r.refuses(p.dir, unquote(imp.Path)); known && text != "" {
				say(file, imp.Pos(), "%s", text)
			}
		}
		p.checkState(f, info, func(at token.Pos, format string, args ...any) { say(file, at, format, args...) })
		if r.exact {
			checkExact(f, info, func(at token.Pos, format string, args ...any) { say(file, at, format, args...) })
		}
		if r.timed {
			checkClock(f, info, func(at token.Pos, format string, args ...any) { say(file, at, format, args...) })
		}
		if r.pure {
			checkTimeless(f, info, func(at token.Pos, format string, args ...any) { say(file, at, format, args...) })
			if !slices.Contains(r.hands, path.Base(file)) {
				checkAlone(f, func(at token.Pos, format string, args ...any) { say(file, at, format, args...) })
			}
		}
	}
	for _, file := range sorted(p.tests) {
		for _, imp := range p.tests[file].Imports {
			if name := unquote(imp.Path); foreign(name) && !allowedInTests(name, table) {
				say(file, imp.Pos(), "a test imports %s, which no line of the table lists", name)
			}
		}
	}
	return found
}

// refuses tells why the package in dir may not import name; empty when it may.
func (r room) refuses(dir, name string) string {
	if ours, ok := strings.CutPrefix(name, module+"/"); ok {
		switch {
		case slices.Contains(free, ours):
			if slices.Contains(free, dir) && ours != "internal/fault" {
				return "fault and locale import nothing of ours"
			}
			return ""
		case slices.Contains(r.ours, ours):
			return ""
		case slices.Contains(r.ours, public) && !strings.HasPrefix(ours, "internal/"):
			return ""
		}
		return fmt.Sprintf("%s may not import %s", dir, ours)
	}
	if foreign(name) {
		if slices.ContainsFunc(r.third, func(m string) bool { return covers(m, name) }) {
			return ""
		}
		return fmt.Sprintf("%s may not import %s", dir, name)
	}
	if r.pure && impure(name) {
		return fmt.Sprintf("%s is pure: it may not import %s", dir, name)
	}
	if covers("math/rand", name) && !r.suite {
		return fmt.Sprintf("randomness is injected: %s may not import %s", dir, name)
	}
	if !r.edge && (covers("net/http", name) || covers("html/template", name)) {
		return fmt.Sprintf("%s does not speak HTTP: it may not import %s", dir, name)
	}
	return ""
}

// impure tells whether a package of the standard library lets in what values do not hold.
func impure(name string) bool {
	for _, door := range []string{"net", "os", "context", "syscall", "math/rand", "crypto/rand", "database/sql", "log", "plugin", "unsafe"} {
		if covers(door, name) {
			return true
		}
	}
	return false
}

// covers tells whether name is root or lies below it.
func covers(root, name string) bool { return name == root || strings.HasPrefix(name, root+"/") }

// foreign tells whether an import is other people's: its first element has a dot, and it is not ours.
func foreign(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return strings.Contains(first, ".") && !covers(module, name)
}

func allowedInTests(name string, table map[string]room) bool {
	for _, m := range inTests {
		if covers(m, name) {
			return true
		}
	}
	for _, r := range table {
		for _, m := range r.third {
			if covers(m, name) {
				return true
			}
		}
	}
	return false
}

// resolve ties identifiers to what they name within the package. What is imported stays unknown, which is enough here.
func (p *source) resolve() *types.Info {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	conf := types.Config{Error: func(error) {}, FakeImportC: true}
	var files []*ast.File
	for _, name := range sorted(p.files) {
		files = append(files, p.files[name])
	}
	if len(files) > 0 {
		_, _ = conf.Check(p.dir, p.fset, files, info) // errors are those of the unknown imports
	}
	return info
}

type say func(at token.Pos, format string, args ...any)

// checkState finds what a package would keep between calls: init functions, and variables that are not constants in all
// but name. A value made once when the program starts, never written again, is fine: an error, a table, a pattern.
func (p *source) checkState(f *ast.File, info *types.Info, say say) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name == "init" {
				say(d.Pos(), "init runs for whoever imports the package; make a constructor")
			}
		case *ast.GenDecl:
			if d.Tok != token.VAR {
				continue
			}
			for _, spec := range d.Specs {
				v := spec.(*ast.ValueSpec)
				if embedded(d.Doc) || embedded(v.Doc) {
					continue
				}
				if len(v.Values) == 0 {
					say(v.Pos(), "package variable %s starts without a value, to be written later; keep it in a value that somebody makes", v.Names[0].Name)
				}
				ast.Inspect(v, func(n ast.Node) bool {
					if _, in := n.(*ast.FuncLit); in {
						return false
					}
					if pkg, name := qualified(n, info); (pkg == "sync" && !strings.HasPrefix(name, "Once")) || pkg == "sync/atomic" {
						say(n.Pos(), "package variable %s holds a %s.%s, which is state", v.Names[0].Name, path.Base(pkg), name)
					}
					return true
				})
			}
		}
	}
	write := func(e ast.Expr) {
		id := rootOf(e)
		if id == nil {
			return
		}
		if v, ok := info.Uses[id].(*types.Var); ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
			say(id.Pos(), "package variable %s is written", id.Name)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, e := range n.Lhs {
					write(e)
				}
			}
		case *ast.IncDecStmt:
			write(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				write(n.Key)
				write(n.Value)
			}
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && (id.Name == "delete" || id.Name == "clear") {
				write(n.Args[0])
			}
		}
		return true
	})
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// rootOf gives the variable that an expression writes through: x of x.f[i].g.
func rootOf(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// qualified reads pkg.Name, giving the import path of pkg; empty for anything else.
func qualified(n ast.Node, info *types.Info) (pkg, name string) {
	s, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	id, ok := s.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	imported, ok := info.Uses[id].(*types.PkgName)
	if !ok {
		return "", ""
	}
	return imported.Imported().Path(), s.Sel.Name
}

// checkExact finds floating point: its types, its literals, and the functions that are named for it.
func checkExact(f *ast.File, info *types.Info, say say) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if o, ok := info.Uses[n].(*types.TypeName); ok && o.Pkg() == nil {
				switch o.Name() {
				case "float32", "float64", "complex64", "complex128":
					say(n.Pos(), "%s decides nothing here: integers, or math/big", o.Name())
				}
			}
		case *ast.BasicLit:
			if n.Kind == token.FLOAT || n.Kind == token.IMAG {
				say(n.Pos(), "%s is a floating-point literal: integers, or math/big", n.Value)
			}
		case *ast.SelectorExpr:
			if strings.Contains(n.Sel.Name, "Float") && n.Sel.Name != "FloatString" { // (*big.Rat).FloatString is exact
				say(n.Sel.Pos(), "%s brings floating point: integers, or math/big", n.Sel.Name)
			}
		}
		return true
	})
}

// checkClock finds calls that ask the wall clock. Naming time.Now without calling it, as a default, is fine.
func checkClock(f *ast.File, info *types.Info, say say) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if pkg, name := qualified(call.Fun, info); pkg == "time" && (name == "Now" || name == "Since" || name == "Until") {
			say(call.Pos(), "time.%s asks the wall clock; time is given", name)
		}
		return true
	})
}

// checkTimeless finds everything of package time that knows what time it is, or waits. Instants and dates are values like others.
func checkTimeless(f *ast.File, info *types.Info, say say) {
	ast.Inspect(f, func(n ast.Node) bool {
		if pkg, name := qualified(n, info); pkg == "time" {
			switch name {
			case "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Local", "LoadLocation":
				say(n.Pos(), "time.%s is no value: what is pure has no clock", name)
			}
		}
		return true
	})
}

// checkAlone finds goroutines: of two that work at once nobody knows which is first.
func checkAlone(f *ast.File, say say) {
	ast.Inspect(f, func(n ast.Node) bool {
		if g, ok := n.(*ast.GoStmt); ok {
			say(g.Pos(), "a goroutine starts here: what is pure does one thing after the other")
		}
		return true
	})
}

func unquote(lit *ast.BasicLit) string {
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return lit.Value
	}
	return s
}
