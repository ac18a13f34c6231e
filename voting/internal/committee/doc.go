// Package committee elects committees from approval ballots: the rules of the field, each straight from its definition and in exact
// arithmetic. It works on plain numbers; what a ballot or a candidate is called is the caller's business.
//
// A rule may find several committees equally good. Count lists them all, up to a stated limit, or breaks ties by an order of the
// candidates that the caller gives and says that it did. The order of the groups never matters.
//
// What can take very long is counted in steps, never in time, and refused beyond a limit: the same input gives the same answer on every
// machine.
package committee
