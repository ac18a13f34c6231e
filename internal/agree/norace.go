//go:build !race

package agree

// raced says that the race detector watches, which makes everything ten times slower.
const raced = false
