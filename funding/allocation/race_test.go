//go:build race

package allocation_test

// raced says that the race detector watches, which makes everything ten times slower.
const raced = true
