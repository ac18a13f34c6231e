//go:build !planted_shut

package store

// shut tells whether a box takes no more ballots. tools/planted replaces it by a faulty twin, to see that the tests notice.
func shut(b Box) bool { return b.Shut }
