package governance

import (
	"time"
	_ "time/tzdata" // a space closes its polls by its own clocks on machines that know no time zones too
)

// Moment is a time as somebody gives it: either an instant, or what a clock on a wall shows in a time zone.
type Moment struct {
	At    time.Time // an instant; zero if Local is given
	Local string    // "2026-12-03T18:00", or "2026-12-03" for the end of that day
	Zone  string    // IANA; empty: the space's
}

// IsZero tells whether no time is given.
func (m Moment) IsZero() bool { return m.At.IsZero() && m.Local == "" }

// Deadline is a time as it is kept: the instant that decides, and what was typed, in its zone.
type Deadline struct {
	At    time.Time `json:"at"`
	Zone  string    `json:"zone"`
	Typed string    `json:"typed,omitempty"`
}

// deadline settles a moment, once: the log keeps the instant, whatever becomes of the zone's rules. A local time that
// does not exist (clocks go forward) is the first instant after; one that exists twice (clocks go back) is the later, so
// that voters have more time and not less. A day alone ends as the next one begins.
func (w *writing) deadline(path string, m Moment, zone string) *Deadline {
	if m.IsZero() {
		return nil
	}
	zone = orElse(m.Zone, zone)
	loc, err := loadZone(zone)
	if err != nil {
		w.faults.Add(path+"/zone", "is not an IANA time zone")
		return nil
	}
	if m.Local == "" {
		return &Deadline{At: w.time(path, m.At), Zone: zone}
	}
	if !m.At.IsZero() {
		w.faults.Add(path, "is given twice, as an instant and as a local time")
		return nil
	}
	wall, err := time.ParseInLocation("2006-01-02T15:04", m.Local, time.UTC)
	if err != nil {
		if wall, err = time.ParseInLocation("2006-01-02T15:04:05", m.Local, time.UTC); err != nil {
			if wall, err = time.ParseInLocation("2006-01-02", m.Local, time.UTC); err == nil {
				wall = wall.AddDate(0, 0, 1)
			}
		}
	}
	if err != nil {
		w.faults.Add(path+"/local", "is no local time (2026-12-03T18:00) and no day (2026-12-03)")
		return nil
	}
	return &Deadline{At: w.time(path, instant(wall, loc)), Zone: zone, Typed: m.Local}
}

// time checks an optional instant, and gives it as the log keeps it: the years that its text form can write.
func (w *writing) time(path string, t time.Time) time.Time {
	t = stampTime(t)
	if y := t.Year(); !t.IsZero() && (y < 1 || y > 9999) {
		w.faults.Add(path, "is not in the years 1 to 9999")
	}
	return t
}

// instant gives the instant at which clocks in a zone show a wall time, the later one of two, the first one after a gap.
func instant(wall time.Time, loc *time.Location) time.Time {
	shows := func(t time.Time) time.Time {
		_, offset := t.In(loc).Zone()
		return t.Add(time.Duration(offset) * time.Second)
	}
	// Offsets lie within a day of UTC. The latest instant that shows the wall time is looked for from the smallest
	// offset in force around it.
	var best time.Time
	for _, around := range []time.Duration{-26 * time.Hour, 26 * time.Hour} {
		_, offset := wall.Add(around).In(loc).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second)
		if shows(t).Equal(wall) && t.After(best) {
			best = t
		}
	}
	if !best.IsZero() {
		return best.UTC()
	}
	// In a gap: the instant of the change itself.
	low, high := wall.Add(-26*time.Hour), wall.Add(26*time.Hour)
	for high.Sub(low) > time.Microsecond {
		mid := low.Add(high.Sub(low) / 2)
		if shows(mid).Before(wall) {
			low = mid
		} else {
			high = mid
		}
	}
	return high.UTC().Truncate(time.Second)
}

// loadZone loads a time zone by its IANA name; "Local" is none.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, ErrText.At("zone", "is not an IANA time zone")
	}
	return time.LoadLocation(name)
}

// stampTime gives a time as the log keeps it; zero stays zero.
func stampTime(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Microsecond)
}
