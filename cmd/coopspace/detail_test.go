package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever reads French is told in French why a file cannot be had.
func TestDetail(t *testing.T) {
	t.Parallel()
	french := []string{"LC_ALL=fr_FR.UTF-8"}
	dir := t.TempDir()
	there := filepath.Join(dir, "there.backup")
	require.NoError(t, os.WriteFile(there, nil, 0o600))
	for said, args := range map[string][]string{
		there + ": il y a déjà un fichier de ce nom\n":                 {"backup", there, "--data", filepath.Join(dir, "coop.db")},
		filepath.Join(dir, "none") + ": il n'y a rien à cet endroit\n": {"recount", filepath.Join(dir, "none")},
		dir + ": ce n'est pas un fichier ordinaire\n":                  {"verify", "--data", dir},
	} {
		_, errs := doEnv(t, exitRefused, french, args...)
		require.Contains(t, errs, said)
	}
	_, errs := do(t, exitRefused, "backup", there, "--data", filepath.Join(dir, "coop.db"))
	require.Contains(t, errs, there+": file exists\n")
}
