package communecter

import (
	"context"
	"errors"

	"github.com/communecter/coopspace/governance"
)

// Run reads files, all of one space, and brings over what they hold, in one transaction. The report is there with an error too:
// governance.ErrArchive says what cannot be brought over, and then nothing was, unless opts.Partial. Only a host may.
func Run(ctx context.Context, coop *governance.Coop, a governance.Actor, space governance.SpaceID, files []File, opts *Options) (Report, error) {
	if opts == nil {
		opts = &Options{}
	}
	sp, err := coop.Spaces.Get(ctx, a, space)
	if err != nil {
		return Report{}, err
	}
	settled := *opts
	if settled.Zone == "" {
		settled.Zone = sp.Zone
	}
	if settled.Now.IsZero() {
		settled.Now = coop.Journal().Now()
	}
	in, err := ParseAll(files, &settled)
	if err != nil {
		return Report{}, err
	}
	if sp.Element != nil && in.Element != "" && sp.Element.ID != in.Element {
		return in.Report, ErrElement.At("element", "the space is that of "+quote(sp.Element.ID)+", the documents of "+quote(in.Element))
	}
	rep := in.Report
	refused := rep.Refused()
	// What cannot be read is found here and what cannot be kept by the engine; whoever mends a file wants both at once.
	rep.HistoryReport, err = coop.History.Import(ctx, a, space, in.Archive, &governance.HistoryOptions{
		Partial: opts.Partial || refused, Check: opts.Check || refused && !opts.Partial,
	})
	rep.tell()
	if err == nil && refused && !opts.Partial || errors.Is(err, governance.ErrArchive) {
		err = rep.err()
	}
	if err != nil {
		kept := rep.HistoryReport
		rep.HistoryReport = governance.HistoryReport{Faults: kept.Faults, Notes: kept.Notes}
	}
	return rep, err
}

// tell adds what the engine says to the entries.
func (r *Report) tell() {
	for _, f := range r.Faults {
		for _, x := range f.Fields {
			r.Entries = append(r.Entries, Entry{
				Document: document(f.Kind, f.Key), Field: x.Path, Code: "unusable", Text: x.Text, Refused: true,
			})
		}
	}
	for _, n := range r.Notes {
		r.Entries = append(r.Entries, Entry{Document: document(n.Kind, n.Key), Field: n.Path, Code: n.Code, Text: n.Text})
	}
	r.settle()
}

// err gives what cannot be brought over as places.
func (r Report) err() error {
	err := governance.ErrArchive
	for _, e := range r.Entries {
		if e.Refused {
			err = err.At(e.Document+" "+e.Field, e.Text)
		}
	}
	return err
}
