// Package communecter brings over what the cooperative space of a Communecter element holds: people, rooms, proposals with
// their amendments and votes, resolutions and actions, as history.
//
// [Parse] reads documents in both envelopes and gives a [governance.Archive], what each proposal came to, and a [Report] of
// every oddity by document and field; [Run] does all: it reads, brings over in one transaction, and reports.
//
// # What is guaranteed
//
// Old results are those of Communecter's own rule: strictly more than the majority's percentage, blank and incomplete
// votes in the denominator, the percentage rounded to two decimals first. Where the votes of a proposal were anonymous,
// or nothing says that they were not, who voted what leaves the reading as a count: no voter is in the archive, in the
// report or in the space. A file that cannot be read to its end brings over nothing. The same documents brought over
// twice change nothing the second time.
//
// # Limits
//
// Communecter let a person stand under two choices, and anybody vote who was signed in; the counts are kept as they were
// and the report says so. docs/import-communecter.md tells what is brought over and what each line of a report means.
package communecter
