package funding_test

import (
	"os"
	"testing"

	"pgregory.net/rapid"
)

// agree holds a property on 100 random cases, and on 2,000 under CI=true where the race detector does not watch.
func agree(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	rounds := 1
	if os.Getenv("CI") == "true" && !raced {
		rounds = 20
	}
	for range rounds {
		rapid.Check(t, property)
	}
}
