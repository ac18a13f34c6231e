package voting

import (
	"slices"
	"strconv"
)

// mostDuels is the number of options up to which every comparison of two is told.
const mostDuels = 10

// tellPairs tells a count that compares in pairs: who beats whom, what follows from it, and what the method makes of it.
func tellPairs(t *countTeller, r Result) {
	for _, m := range r.Matrices {
		if m.Name == "pairwise" && len(m.Of) <= mostDuels {
			t.duels(m)
		}
	}
	all := 0
	for _, group := range r.Ranking {
		all += len(group)
	}
	for _, s := range r.Sets {
		if len(s.Choices) == 0 {
			t.optional("count.set."+s.Name+".nobody", nil)
			continue
		}
		if !slices.Contains([]string{"smith", "schwartz"}, s.Name) || len(s.Choices) < all { // of everybody it says nothing
			t.optional("count.set."+s.Name, s.Choices)
		}
	}
	for _, m := range r.Matrices {
		t.chains(r, m)
		t.dropped(r.Matrices[0], m)
	}
	t.figures(r.Figures)
	t.rounds(r.Rounds)
	t.scores(r)
	t.places(r)
}

// optional adds a line if the catalogue has a sentence for the key.
func (t *countTeller) optional(k string, names []Choice) {
	if text := t.saying(k, "names", t.list(names), "n", len(names)); text != k {
		t.lines = append(t.lines, text)
	}
}

// duels tells every comparison of two options, in the question's order.
func (t *countTeller) duels(m Matrix) {
	for i, a := range m.Of {
		for j := i + 1; j < len(m.Of); j++ {
			b, more, less := m.Of[j], m.Cells[i][j], m.Cells[j][i]
			k := "count.duel"
			switch more.Rat().Cmp(less.Rat()) {
			case 0:
				k = "count.duel.level"
			case -1:
				t.say(k, "winner", t.label(b), "loser", t.label(a), "n", t.shown(less), "m", t.shown(more))
				continue
			}
			t.say(k, "winner", t.label(a), "loser", t.label(b), "n", t.shown(more), "m", t.shown(less))
		}
	}
}

// chains tells how strong the strongest chains are from the first of a ranking to each of the others and back.
func (t *countTeller) chains(r Result, m Matrix) {
	if m.Name != "strongest-paths" || len(r.Ranking) == 0 || len(r.Ranking[0]) != 1 {
		return
	}
	first := r.Ranking[0][0]
	at := map[Choice]int{}
	for i, c := range m.Of {
		at[c] = i
	}
	for _, group := range r.Ranking[1:] {
		for _, c := range group {
			there, back := m.Cells[at[first]][at[c]], m.Cells[at[c]][at[first]]
			if there != "0" || back != "0" {
				t.say("count.chain", "winner", t.label(first), "loser", t.label(c), "n", t.shown(there), "m", t.shown(back))
			}
		}
	}
}

// dropped tells which duels count for nothing, because they would close a circle with stronger ones.
func (t *countTeller) dropped(pairs, m Matrix) {
	if m.Name != "locked" || len(m.Of) > mostDuels {
		return
	}
	for i, a := range m.Of {
		for j, b := range m.Of {
			if m.Cells[i][j] == "0" && pairs.Cells[i][j].Rat().Cmp(pairs.Cells[j][i].Rat()) > 0 {
				t.say("count.duel.dropped", "winner", t.label(a), "loser", t.label(b))
			}
		}
	}
}

// places tells the whole ranking: "1. Amina, 2. Jonas et Lise, 4. Noor".
func (t *countTeller) places(r Result) {
	text, place := "", 1
	for _, group := range r.Ranking {
		if text != "" {
			text += ", "
		}
		text += strconv.Itoa(place) + ". " + t.list(group)
		place += len(group)
	}
	if text != "" {
		t.say("count.places", "places", text)
	}
}
