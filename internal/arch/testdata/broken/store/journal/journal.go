package journal

import "time"

type options struct{ clock func() time.Time }

func fill(o options) time.Duration {
	if o.clock == nil {
		o.clock = time.Now // named, not asked
	}
	return time.Since(o.clock()) // want "time.Since asks the wall clock"
}
