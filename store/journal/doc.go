// Package journal is the unit of work above a [store.Store]: what happened is an event in the space's log, the state of
// each noun is a record folded from its events, and both are written in one transaction.
//
// The few types:
//
//   - [Noun] ties a kind of record to the events that make it: a pure fold and the index keys of the listing.
//   - [Journal] opens spaces for reading ([Journal.View]) and for commands ([Do]), runs followers and verifies.
//   - [Tx] is one command at work: it reads, emits events, and writes side texts.
//   - [Entry] is an event with its envelope, as it stands in the log for ever.
//   - [Follower] reads the logs in its own time, from positions that are kept; one process at a time runs it.
//
// # What is guaranteed
//
// A command's events and the records they fold into are committed together or not at all. Folding the whole log gives
// exactly the stored records; [Journal.Verify] checks it. The log of each space is a Merkle tree as in RFC 6962, its
// leaves being the entries' bytes; a [Checkpoint] signs its size and root in the C2SP text form, and proofs of inclusion
// and of consistency can be had for any two sizes. A command repeated with the same idempotency key and the same input
// has the same reply and no second effect.
//
// # Several processes
//
// Over a store that several processes share, each has a journal of its own and runs it. Commands of a space follow each
// other whoever carries them out. What one commits, the others hear of ([Journal.Listen]). An older version of the program
// reads what a newer one wrote, and writes there no more ([ErrNewer]).
//
// # What is not in the log
//
// Entries hold ids, numbers, dates and commitments only. Titles, texts, names and addresses are side records under a
// salted hash, which the entry holds: erased together with their salt, they cannot be guessed back, and the log still
// verifies.
//
// # Limits
//
// Whoever holds the store and the signing key can write another history; only somebody who kept an earlier checkpoint
// can show it. Verify folds a space in memory. It cannot tell a text that was erased from one that somebody removed, and
// does not know which index keys a side record should have.
//
// Another module of the host program can keep its own nouns in the same log: give it a module name of its own.
package journal
