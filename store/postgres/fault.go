package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// The conditions of PostgreSQL that we tell apart: codes of its documentation's appendix, or the two digits of a class.
const (
	diskFull          = "53100"
	tooMany           = "53300"
	resources         = "53" // out of connections or memory
	operatorStops     = "57P"
	idleInTransaction = "25P"   // 03, and 04 for a transaction that took too long: the connection is closed
	readOnly          = "25006" // a standby
	rights            = "42501"
	authorization     = "28"
	noDatabase        = "3D000"
	noSchema          = "3F000"
	connection        = "08"
	serialization     = "40001"
	deadlock          = "40P01"
	corrupted         = "XX0" // 01 data, 02 index
	noTable           = "42P01"
	noColumn          = "42703"
	hasTable          = "42P07"
	statementCanceled = "57014"
	lockTimeout       = "55P03"
)

func is(code, class string) bool { return len(code) >= len(class) && code[:len(class)] == class }

// lost tells whether the connection broke, or the database went away: nothing more will be heard of what was under way.
func lost(err error) bool {
	if err == nil {
		return false
	}
	if undecided(err) {
		return true
	}
	if p, ok := errors.AsType[*pgconn.PgError](err); ok {
		return is(p.Code, operatorStops) || is(p.Code, connection) || is(p.Code, idleInTransaction) || p.Code == readOnly
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errConnClosed)
}

// errConnClosed is a connection that was closed under a transaction.
var errConnClosed = errors.New("the connection to the database was closed")

// unmade tells whether no connection could be made: there is nothing to be had from trying at once again.
func unmade(err error) bool {
	_, failed := errors.AsType[*pgconn.ConnectError](err)
	return failed
}

// undecided tells whether of several servers, or ways to one, some refuse us for good and others could not be asked or are
// not ready: as while one is gone, and its standby not yet promoted. Whoever lets us in may come back.
func undecided(err error) bool {
	c, failed := errors.AsType[*pgconn.ConnectError](err)
	if !failed {
		return false
	}
	refused, open := false, false
	var look func(error)
	look = func(err error) {
		if all, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range all.Unwrap() {
				look(e)
			}
			return
		}
		p, said := errors.AsType[*pgconn.PgError](err)
		final := said && (is(p.Code, authorization) || p.Code == noDatabase)
		refused, open = refused || final, open || !final
	}
	look(c.Unwrap())
	return refused && open
}

// crowded tells whether the database has no more connections to give.
func crowded(err error) bool {
	p, ok := errors.AsType[*pgconn.PgError](err)
	return ok && p.Code == tooMany
}

// again tells whether the same transaction may succeed now: the database ended it so that another could go on, or it rested
// on boxes that are gone.
func again(err error) bool {
	p, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (p.Code == serialization || p.Code == deadlock) || errors.Is(err, errOtherBoxes)
}

// faultOf says in our words what the database said. A context that ended is given back as it is, as are our own faults.
func faultOf(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, ours := errors.AsType[*fault.Error](err); ours {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if undecided(err) {
		return store.ErrUnreachable.Wrap(err)
	}
	if p, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case p.Code == diskFull:
			return store.ErrFull.Wrap(err)
		case p.Code == rights:
			return store.ErrRights.At("database", p.Message).Wrap(err)
		case is(p.Code, authorization):
			return store.ErrDatabase.At("user", p.Message).Wrap(err)
		case p.Code == noDatabase:
			return store.ErrDatabase.At("database", p.Message).Wrap(err)
		case p.Code == noTable || p.Code == noColumn || p.Code == noSchema || p.Code == hasTable:
			return store.ErrForeign.At("schema", p.Message).Wrap(err)
		case is(p.Code, corrupted):
			return store.ErrForeign.At("database", p.Message).Wrap(err)
		case is(p.Code, resources) || p.Code == statementCanceled || p.Code == lockTimeout:
			return store.ErrBusy.At("database", p.Message).Wrap(err) // nothing of the transaction is there
		}
	}
	if lost(err) {
		return store.ErrUnreachable.Wrap(err)
	}
	return fmt.Errorf("postgres: %w", err)
}

// damaged is what a row that cannot be read gives.
func damaged(what string) error { return store.ErrForeign.At(what, "is damaged") }
