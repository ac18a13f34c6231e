//go:build !race

package voting_test

// raced says that the race detector watches, which makes everything ten times slower.
const raced = false
