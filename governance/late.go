//go:build !planted_late

package governance

import "time"

// tooLate tells whether a ballot that arrives at a moment comes after its poll. tools/planted replaces it by a faulty
// twin, to see that the tests notice.
func tooLate(at time.Time, closes *Deadline) bool { return closes != nil && !at.Before(closes.At) }
