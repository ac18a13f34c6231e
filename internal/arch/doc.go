// Package arch holds what the layout and the house style promise, as tests: who may import whom, what an embedder links,
// where no clock, no float and no package state may be, and that every error is declared, documented and translated.
//
// It has no code of its own. The import table is in table_test.go: a new package is added there, in the same change, with
// what it may import and why. The table of errors in docs/errors.md is written by
//
//	go test ./internal/arch -run TestErrors -update
package arch
