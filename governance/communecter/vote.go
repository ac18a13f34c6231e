package communecter

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

// The choices of a proposal without answers of its own, with what they are here. Incomplete said that a proposal was not
// ready to be voted on; it counted as a vote and for neither side, as an abstention does.
var (
	choices     = []string{"up", "down", "white", "uncomplet"}
	ballotKinds = []voting.Choice{voting.For, voting.Against, voting.Blank, voting.Abstain}
)

// amendmentChoices are those of an amendment.
var amendmentChoices = choices[:3]

// ballots is what was voted, by choice, as it was counted there.
type ballots struct {
	counts []int64
	total  int64
	voters [][]string // by choice, in their order; an empty text for a voter whose id cannot be read
}

// votes reads the votes at a place of a document. Whether anybody learns who the voters are is the caller's to decide:
// what is noted here names nobody.
func (d *doc) votes(field string, n *node, offered []string) ballots {
	b := ballots{counts: make([]int64, len(offered)), voters: make([][]string, len(offered))}
	if !n.is(list) && !n.is(object) {
		if !n.empty() {
			d.note(field, "votes_unreadable", "no votes can be read here", "it is "+kindNames[n.kind])
		}
		return b
	}
	n.each(func(choice string, voters *node) {
		if voters.empty() && !voters.is(object) {
			return
		}
		at := -1
		for i, c := range offered {
			if c == choice {
				at = i
			}
		}
		if at < 0 {
			d.note(field+"."+plain(choice), "choice_unknown", "unknown choice "+quote(choice), "its votes were not counted, as they were not there")
			return
		}
		if !voters.is(list) && !voters.is(object) {
			d.note(field+"."+plain(choice), "votes_unreadable", "no votes can be read here", "it is "+kindNames[voters.kind])
			return
		}
		voters.each(func(key string, v *node) {
			b.voters[at] = append(b.voters[at], voter(key, v))
		})
		b.counts[at] = int64(len(b.voters[at]))
		b.total += b.counts[at]
	})
	d.doubles(field, b)
	return b
}

// voter reads who voted: an item of a list, or of an old map from people to the dates of their votes.
func voter(key string, v *node) string {
	if id, ok := idOf(v); ok {
		return id
	}
	if id, ok := idOf(&node{kind: text, text: key}); ok && len(id) == 24 && v.is(object) {
		return id
	}
	return ""
}

// doubles notes voters who stand there more than once. All were counted there, and so they are here.
func (d *doc) doubles(field string, b ballots) {
	last := map[string]int{}
	across, within, unreadable := map[string]bool{}, map[string]bool{}, 0
	for choice, voters := range b.voters {
		for _, who := range voters {
			was, before := last[who]
			switch {
			case who == "":
				unreadable++
			case before && was == choice:
				within[who] = true
			case before:
				across[who] = true
			}
			last[who] = choice
		}
	}
	if n := len(across); n > 0 {
		d.note(field, "person_under_two_choices", "one person under two choices", people(n)+", counted under each as there")
	}
	if n := len(within); n > 0 {
		d.note(field, "person_twice", "one person twice under one choice", people(n)+", counted twice as there")
	}
	if unreadable > 0 {
		d.note(field, "voter_unreadable", "a vote without a voter", fmt.Sprintf("%d of them, counted as there", unreadable))
	}
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// add counts the ballots for the engine; named says who, where everybody may know.
func (b ballots) add(poll *governance.ArchivedPoll, keys []voting.Choice, named bool) {
	for i, key := range keys {
		poll.Counts = append(poll.Counts, governance.ArchivedCount{Choice: key, Votes: b.counts[i]})
	}
	if !named {
		return
	}
	poll.Named = []governance.ArchivedVote{}
	for i, key := range keys {
		for _, who := range b.voters[i] {
			if who != "" {
				poll.Named = append(poll.Named, governance.ArchivedVote{Person: who, Choice: key})
			}
		}
	}
}

// leaders gives the answers that lead: those with the most votes, if that is more than one in a hundred.
func (b ballots) leaders() []int {
	most := int64(0)
	for _, n := range b.counts {
		most = max(most, n)
	}
	var out []int
	for i, n := range b.counts {
		if n == most && percent(n, b.total) > 100 {
			out = append(out, i)
		}
	}
	return out
}

// defaultMajority is what the form had when nobody changed it.
const defaultMajority = 50

// majority reads the percentage that a proposal had to exceed: its whole part alone counted.
func (d *doc) majority() int64 {
	n := d.n.get("majority")
	if n.empty() {
		d.note("majority", "majority_missing", "no majority", "50 was taken, the form's own")
		return defaultMajority
	}
	var value *big.Rat
	ok := n.is(number) || n.is(text)
	if ok {
		value, ok = decimal(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(n.text), "%")))
	}
	if !ok {
		d.note("majority", "majority_unreadable", "not a percentage", "50 was taken, the form's own")
		return defaultMajority
	}
	whole := new(big.Int).Quo(value.Num(), value.Denom())
	if !value.IsInt() {
		d.note("majority", "majority_cut", "majority with decimals", "only the whole part counted: "+whole.String())
	}
	if !whole.IsInt64() || whole.Int64() < 50 || whole.Int64() > 100 {
		d.note("majority", "majority_out_of_range", "majority outside 50 to 100", plain(n.text))
	}
	if !whole.IsInt64() {
		return 101 * int64(whole.Sign()) // beyond what any vote reaches, or misses
	}
	return whole.Int64()
}
