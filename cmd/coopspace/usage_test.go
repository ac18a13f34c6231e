package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever reads French is told in French what a command line lacks, also by the parser of flags.
func TestUsage_french(t *testing.T) {
	t.Parallel()
	french := []string{"LC_ALL=fr_FR.UTF-8"}
	for said, args := range map[string][]string{
		"coopspace: il n'y a pas de commande \"vote\"":                 {"vote"},
		"coopspace migrate: il faut --from et --to":                    {"migrate"},
		"coopspace recount: il faut FILE...":                           {"recount"},
		"coopspace serve: il n'y a pas d'option --port":                {"serve", "--port", "1"},
		"coopspace serve: il n'y a pas d'option -x":                    {"serve", "-x"},
		"coopspace verify: --space veut une valeur à sa suite":         {"verify", "--space"},
		"coopspace serve: --linger ne peut pas valoir \"long\"\n":      {"serve", "--linger", "long"},
		"coopspace verify: une option ne peut pas être lue : bad flag": {"verify", "--=x"},
		"coopspace import members: il faut":                            {"import", "members"},
	} {
		_, errs := doEnv(t, exitUsage, french, args...)
		require.Contains(t, errs, said)
		require.NotContains(t, errs, "%!")
	}
	_, errs := do(t, exitUsage, "serve", "--port", "1")
	require.Equal(t, "coopspace serve: there is no option --port\n", errs)
}

// Every sentence has its French, and every French sentence is said.
func TestUsage_translated(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	left := map[string]bool{}
	for format := range usageFrench {
		left[format] = true
	}
	said := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is {
				return true
			}
			if fn, is := call.Fun.(*ast.Ident); !is || fn.Name != "usage" {
				return true
			}
			text, is := call.Args[0].(*ast.BasicLit)
			require.True(t, is, "%s: what usage says is written where it is said", f.Name())
			format, err := strconv.Unquote(text.Value)
			require.NoError(t, err)
			require.Contains(t, usageFrench, format, f.Name())
			delete(left, format)
			said++
			return true
		})
	}
	require.Greater(t, said, 40)
	require.Empty(t, left)
}
