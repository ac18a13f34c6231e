// Package governance is the cooperative space: its members put proposals to each other, vote, decide, and carry out what
// was decided, and anyone can check how.
//
// # The first five minutes
//
// [Open] makes a [Coop] over a store; its services read like the field: Spaces, Members, Rooms, Proposals, Polls,
// Resolutions, Actions. Every call says who asks, with an [Actor]: the embedding program itself is [Host], a person is
// [As] or [Member.Actor], and [WithRequest] adds an idempotency key. [Coop.Run] is the clockwork that opens and closes
// polls at their times. The package example is a whole decision.
//
// # What is guaranteed
//
// Every change is an event in the space's log and the state is what folding the log gives ([Coop.Verify]). When a poll
// opens, the text, the rules and the roll of everybody entitled, with their weights, are frozen. [Polls.Cast] answers
// with a [Receipt] when the ballot is durable; it will be counted once. Closing is ordered with casting: what was
// acknowledged is counted, and nothing else. Nothing about a running result leaves the engine but the turnout. Verdicts
// are exact and say why; a tie is a result.
//
// # Limits
//
// Polls are public: a ballot lies under its seat, and whoever holds the store can read it, while the poll runs too. What
// the engine shows before the count is the turnout alone; what it shows afterwards is the poll's rule. Whoever holds the
// store and the keys can write another history; only checkpoints and receipts kept elsewhere would show it.
//
// # Compatibility
//
// Event names, error codes and file formats are append-only. The Go API may change before version 1.
package governance
