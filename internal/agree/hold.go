package agree

import (
	"os"
	"testing"

	"pgregory.net/rapid"
)

// Hold holds a property on 100 random cases, and on 2,000 under CI=true where the race detector does not watch (make agree); -rapid.checks
// multiplies both. Rapid prints the seed of a failure.
func Hold(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	rounds := 1
	if os.Getenv("CI") == "true" && !raced {
		rounds = 20
	}
	for range rounds {
		rapid.Check(t, property)
	}
}
