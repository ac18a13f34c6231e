// Package postgres keeps spaces in a PostgreSQL database, shared by any number of identical processes: for an instance
// that one machine cannot hold, or whose operators trust PostgreSQL already.
//
//	st, err := postgres.Open(ctx, "postgres://coop@db/coop?sslmode=verify-full", nil)
//	if err != nil {
//		return err
//	}
//	defer st.Close()
//
// There is one type, [Store], and [Options] that may be nil. Everything lies in one schema of the host's database
// ([Options.Schema]), which Open makes and migrates, one process at a time. Tested with PostgreSQL 15.
//
// # Who waits for whom
//
// Correctness rests on unique keys and explicit locks, never on the isolation level "serializable":
//
//   - The row of a space is its writer lock and the position of its log's last event: an Update locks it first (READ
//     COMMITTED from then on), so the log has no gap, and whoever reads after a position misses nothing that commits late.
//     Spaces do not wait for each other.
//   - A View is one REPEATABLE READ READ ONLY transaction. It neither waits nor makes anybody wait.
//   - Casting takes a shared advisory lock for each poll of its batch, in a statement of its own, and then inserts what the
//     unique key lets in; what it does not is compared by [store.Enter] with the stored row, locked. Opening and shutting a
//     box take the same lock exclusively: a ballot is in before, or refused after.
//   - One or a few goroutines of each process write the ballots of all callers, many to a commit.
//
// No counter stands on a row that everybody updates, and no listing has an OFFSET. Plans are made for these access paths
// alone (sequential scans, hashing and sorting are discouraged), because statistics lag behind a box that fills up.
//
// # Views
//
// The migrations also make SQL views for people (proposals, polls, members and more; docs/views.md), for which the SQL names
// the engine's kinds of records. The driver itself knows none of them and reads no view.
//
// # Caveats
//
// An acknowledged ballot is committed: as durable as the database is configured to be. synchronous_commit=off is turned on
// again for our connections; fsync=off is the operator's to answer for. Only with a synchronous standby
// (synchronous_standby_names) does an acknowledged ballot outlive the machine.
//
// When the database does not answer, calls give [store.ErrUnreachable] and work again once it does. What was being
// committed then may or may not be there; the retry of a ballot with the same Retry and Same tells.
//
// Advisory locks, LISTEN and prepared statements belong to a session: between this package and the database there is no
// pooler in transaction mode. Distributed databases that speak PostgreSQL's protocol are designed for where that costs
// nothing, and not tested.
package postgres
