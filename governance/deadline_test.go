package governance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDeadline(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   Moment
		want string
	}{
		"an instant":               {Moment{At: time.Date(2026, 12, 3, 18, 0, 0, 0, time.UTC)}, "2026-12-03T18:00:00Z"},
		"winter":                   {Moment{Local: "2026-12-03T18:00"}, "2026-12-03T17:00:00Z"},
		"summer, with seconds":     {Moment{Local: "2026-07-03T18:00:30"}, "2026-07-03T16:00:30Z"},
		"another zone":             {Moment{Local: "2026-12-03T18:00", Zone: "Indian/Reunion"}, "2026-12-03T14:00:00Z"},
		"the end of a day":         {Moment{Local: "2026-12-03"}, "2026-12-03T23:00:00Z"},
		"clocks go forward: a gap": {Moment{Local: "2026-03-29T02:30"}, "2026-03-29T01:00:00Z"},
		"the gap's first moment":   {Moment{Local: "2026-03-29T02:00"}, "2026-03-29T01:00:00Z"},
		"just before the gap":      {Moment{Local: "2026-03-29T01:59"}, "2026-03-29T00:59:00Z"},
		"just after the gap":       {Moment{Local: "2026-03-29T03:00"}, "2026-03-29T01:00:00Z"},
		"clocks go back: twice":    {Moment{Local: "2026-10-25T02:30"}, "2026-10-25T01:30:00Z"},
		"before what comes twice":  {Moment{Local: "2026-10-25T01:59"}, "2026-10-24T23:59:00Z"},
		"after what comes twice":   {Moment{Local: "2026-10-25T03:00"}, "2026-10-25T02:00:00Z"},
		"a zone that skipped a day": {
			Moment{Local: "2011-12-30T12:00", Zone: "Pacific/Apia"}, "2011-12-30T10:00:00Z",
		},
		"half an hour of summer": {Moment{Local: "2026-04-05T01:45", Zone: "Australia/Lord_Howe"}, "2026-04-04T15:15:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w writing
			got := w.deadline("closes", c.in, "Europe/Paris")
			require.NoError(t, w.err())
			require.Equal(t, c.want, got.At.Format(time.RFC3339))
			require.Equal(t, c.in.Local, got.Typed)
		})
	}
}
