// Package governance is the cooperative space: its members put proposals to each other, vote, decide, and carry out what
// was decided, and anyone can check how.
//
// # The first five minutes
//
// [Open] makes a [Coop] over a store; its services read like the field: Spaces, Members, Rooms, Proposals, Polls,
// Resolutions, Actions, and History for what was decided elsewhere before. Every call says who asks, with an [Actor]: the
// embedding program itself is [Host], a person is [As] or [Member.Actor], and [WithRequest] adds an idempotency key.
// [Coop.Run] is the scheduler, which opens and closes polls at their times, and the followers. The package example is a
// whole decision.
//
// One noun, one file: poll.go says what a poll is, its events and its fold. What is done to polls is in polling.go, ballots
// in ballot.go, what is shown of polls in pollview.go; likewise member.go, membership.go and memberview.go. authorise.go is
// the whole policy of who may do what, and scope.go what every command and every reading begin with.
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
