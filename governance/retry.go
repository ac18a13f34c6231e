package governance

import "time"

// How soon something that failed is tried again, at first and at most.
const (
	retryFirst = time.Second
	retryLast  = time.Minute
)

// wait is a time during which something is left alone. The zero wait is over. So is one that has not begun, since a clock may
// step back: nothing waits longer than it was meant to.
type wait struct{ from, until time.Time }

// waitFor begins a wait.
func waitFor(now time.Time, d time.Duration) wait { return wait{now, now.Add(d)} }

func (w wait) over(now time.Time) bool { return now.Before(w.from) || !now.Before(w.until) }

// again is the wait after another failure: twice as long as the one before it.
func (w wait) again(now time.Time) wait {
	return waitFor(now, min(max(2*w.until.Sub(w.from), retryFirst), retryLast))
}
