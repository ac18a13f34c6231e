package trial

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// A history is what many people asked of one poll at once and what they were told, each with the moments of asking and of
// being told. It is legal if there is an order of all of it, in which nobody is told before they asked nor asks after they
// were told, and in which paper gives just these replies.

// perVoter is the model of one voter's ballot: its own requests, and all closes.
func perVoter(change bool) porcupine.Model {
	return porcupine.Model{
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			by := map[int][]porcupine.Operation{}
			for _, o := range all {
				if a := o.Input.(ask); a.what == casting || a.what == reading {
					by[a.voter] = append(by[a.voter], o)
				}
			}
			var parts [][]porcupine.Operation
			for voter, part := range by {
				for _, o := range all {
					if o.Input.(ask).what == closing {
						part = append(part, o)
					}
				}
				parts, by[voter] = append(parts, part), nil
			}
			return parts
		},
		Init: func() any { return paper{change: change} },
		Step: func(state, input, output any) (bool, any) {
			right, next := state.(paper).after(input.(ask))
			return output.(reply) == right, next
		},
	}
}

// perPoll is the model of the close: what is accepted, or refused for another reason, comes before it, and what is refused
// as too late after it. What one reads of one's own ballot tells nothing of it, and a repeated request may be answered after
// the close by what came before.
//
// Whether there is a moment for the close between all that came before and all that came after hangs on two of them alone:
// the one before it that was asked last, and the one after it that was told first. The others are left out, for with 64 at
// once there would be no end to trying orders.
func perPoll() porcupine.Model {
	return porcupine.Model{
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			var closes, before, after []porcupine.Operation
			for _, o := range all {
				a, r := o.Input.(ask), o.Output.(reply)
				switch {
				case a.what == reading, a.what == casting && a.again && r.code == "":
				case a.what == closing && r.code == "":
					closes = append(closes, o)
				case r.code == governance.ErrPollClosed.Code, a.what == looking && !r.open:
					if len(after) == 0 || o.Return < after[0].Return {
						after = []porcupine.Operation{o}
					}
				default:
					if len(before) == 0 || o.Call > before[0].Call {
						before = []porcupine.Operation{o}
					}
				}
			}
			return [][]porcupine.Operation{slices.Concat(closes, before, after)}
		},
		Init: func() any { return paper{} },
		Step: func(state, input, output any) (bool, any) {
			p, a, r := state.(paper), input.(ask), output.(reply)
			if a.what == casting {
				return p.shut == (r.code == governance.ErrPollClosed.Code), p
			}
			right, next := p.after(a)
			return r == right, next
		},
	}
}

// illegal tells what is wrong with a history; empty for a legal one.
func illegal(history []porcupine.Operation, change bool) string {
	for name, model := range map[string]porcupine.Model{"of a voter": perVoter(change), "of the poll": perPoll()} {
		for _, part := range model.Partition(history) {
			model.Partition = nil
			if got := porcupine.CheckOperationsTimeout(model, part, time.Minute); got != porcupine.Ok {
				return fmt.Sprintf("the history %s is %s:\n%s", name, got, tell(part))
			}
		}
	}
	return ""
}

// tell writes a history down, in the order of asking.
func tell(history []porcupine.Operation) string {
	history = slices.SortedFunc(slices.Values(history), func(x, y porcupine.Operation) int { return cmp.Compare(x.Call, y.Call) })
	var b strings.Builder
	for _, o := range history {
		fmt.Fprintf(&b, "%6d to %6d, client %2d: %+v: %+v\n", o.Call, o.Return, o.ClientId, o.Input, o.Output)
	}
	return b.String()
}

// The models say no to what must not happen. One that could not fail would prove nothing.
func TestIllegal(t *testing.T) {
	t.Parallel()
	const ana, bob = 1, 2
	at := func(call, back int64, a ask, r reply) porcupine.Operation {
		return porcupine.Operation{Input: a, Call: call, Output: r, Return: back}
	}
	cast := func(voter int, choice voting.Choice, replaces uint64, key string) ask {
		return ask{what: casting, voter: voter, choice: choice, replaces: replaces, key: key}
	}
	again := func(a ask) ask {
		a.again = true
		return a
	}
	read := func(voter int) ask { return ask{what: reading, voter: voter} }
	shut, look := ask{what: closing}, ask{what: looking}
	refused := func(code string) reply { return reply{code: code} }
	late := refused(governance.ErrPollClosed.Code)

	for _, c := range []struct {
		name    string
		final   bool // the poll allows no change
		legal   bool
		history []porcupine.Operation
	}{
		{name: "a vote, a change, a close, a reading", legal: true, history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), reply{rev: 1}),
			at(3, 4, cast(ana, "against", 1, "b"), reply{rev: 2}),
			at(5, 6, look, reply{open: true}),
			at(7, 8, shut, reply{}),
			at(9, 10, read(ana), reply{rev: 2, choice: "against"}),
			at(11, 12, cast(bob, "for", 0, "c"), late),
			at(13, 14, again(cast(ana, "against", 1, "b")), reply{rev: 2}),
			at(15, 16, look, reply{}),
			at(17, 18, shut, late),
		}},
		{name: "two ballots at once, one of them too late", legal: true, history: []porcupine.Operation{
			at(1, 8, cast(ana, "for", 0, "a"), refused(governance.ErrAlreadyCast.Code)),
			at(2, 7, cast(ana, "against", 0, "b"), reply{rev: 1}),
		}},
		{name: "accepted and refused while the poll closes", legal: true, history: []porcupine.Operation{
			at(1, 9, shut, reply{}),
			at(2, 5, cast(ana, "for", 0, "a"), reply{rev: 1}),
			at(3, 6, cast(bob, "for", 0, "b"), late),
		}},
		{name: "two first ballots of one voter", history: []porcupine.Operation{
			at(1, 8, cast(ana, "for", 0, "a"), reply{rev: 1}),
			at(2, 7, cast(ana, "against", 0, "b"), reply{rev: 1}),
		}},
		{name: "a second ballot without saying which one it replaces", history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), reply{rev: 1}),
			at(3, 4, cast(ana, "against", 0, "b"), reply{rev: 2}),
		}},
		{name: "two changes of the same ballot", history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), reply{rev: 1}),
			at(3, 8, cast(ana, "against", 1, "b"), reply{rev: 2}),
			at(4, 7, cast(ana, "blank", 1, "c"), reply{rev: 2}),
		}},
		{name: "a change where none is allowed", final: true, history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), reply{rev: 1}),
			at(3, 4, cast(ana, "against", 1, "b"), reply{rev: 2}),
		}},
		{name: "acknowledged and lost", history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), reply{rev: 1}),
			at(3, 4, read(ana), refused(governance.ErrNotCast.Code)),
		}},
		{name: "an old ballot is read", history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), reply{rev: 1}),
			at(3, 4, cast(ana, "against", 1, "b"), reply{rev: 2}),
			at(5, 6, read(ana), reply{rev: 1, choice: "for"}),
		}},
		{name: "a ballot is read that nobody cast", history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), reply{rev: 1}),
			at(3, 4, read(ana), reply{rev: 1, choice: "against"}),
		}},
		{name: "a late retry undoes a change", history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), reply{rev: 1}),
			at(3, 4, cast(ana, "against", 1, "b"), reply{rev: 2}),
			at(5, 6, again(cast(ana, "for", 0, "a")), reply{rev: 3}),
		}},
		{name: "a retry is a ballot of its own", history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), reply{rev: 1}),
			at(3, 4, again(cast(ana, "for", 0, "a")), reply{rev: 2}),
		}},
		{name: "another choice under the same key", history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), reply{rev: 1}),
			at(3, 4, again(cast(ana, "against", 0, "a")), reply{rev: 1}),
		}},
		{name: "accepted after the close", history: []porcupine.Operation{
			at(1, 2, shut, reply{}),
			at(3, 4, cast(ana, "for", 0, "a"), reply{rev: 1}),
		}},
		{name: "too late before anybody closed", history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), late),
			at(3, 4, shut, reply{}),
		}},
		{name: "too late, and nobody closed", history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), late),
		}},
		{name: "too late for one, and then not for another", history: []porcupine.Operation{
			at(1, 8, shut, reply{}),
			at(2, 3, cast(ana, "for", 0, "a"), late),
			at(4, 5, cast(bob, "for", 0, "b"), reply{rev: 1}),
		}},
		{name: "closed twice", history: []porcupine.Operation{
			at(1, 4, shut, reply{}),
			at(2, 3, shut, reply{}),
		}},
		{name: "open after the close", history: []porcupine.Operation{
			at(1, 2, shut, reply{}),
			at(3, 4, look, reply{open: true}),
		}},
		{name: "shut before the close", history: []porcupine.Operation{
			at(1, 2, look, reply{}),
			at(3, 4, shut, reply{}),
		}},
		{name: "an outcome nobody knows", history: []porcupine.Operation{
			at(1, 2, cast(ana, "for", 0, "a"), refused(journal.ErrKey.Code)),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wrong := illegal(c.history, !c.final)
			if c.legal {
				require.Empty(t, wrong)
				return
			}
			require.Contains(t, wrong, string(porcupine.Illegal))
		})
	}
}
