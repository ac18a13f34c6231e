package voting

import (
	"math/big"
	"slices"
	"strconv"
)

// explainSTV tells a count by transferable votes so that every paper can be followed: how the quota came about, and stage by stage what
// everybody has, who is elected with how much over, what a paper is worth afterwards, to whom it goes, and what goes to nobody.
func explainSTV(t *countTeller, r Result) {
	if len(r.Rounds) == 0 {
		return
	}
	places := r.stvSetting("places")
	quota := figureOf(r.Figures, "quota")
	t.quotaOf(r, r.stvSetting("quota"), places, quota)
	for i, round := range r.Rounds {
		t.table("count.stv.stage", i+1, round.Tallies)
		if round.Exhausted != "" && round.Exhausted != "0" {
			t.say("count.stv.exhausted", "n", t.shown(round.Exhausted))
		}
		t.electedIn(round, quota)
		t.broken(round.Broken)
		switch round.Action {
		case ActionTransfer:
			t.surplusOf(round, quota)
		case ActionEliminate:
			t.leaving(round)
		}
		for _, m := range round.Transfers {
			t.papers(m)
		}
		if lost := figureOf(round.Figures, "lost"); lost != "" {
			t.say("count.stv.lost", "n", t.shown(lost), "places", t.shown(Number(places)))
		}
	}
	if lost := figureOf(r.Figures, "lost"); lost != "" {
		t.say("count.stv.lost.all", "n", t.shown(lost))
	}
}

// stvSetting gives what a count by STV was set to.
func (r Result) stvSetting(name string) string {
	if v, ok := r.Settings[name]; ok {
		return v
	}
	for _, s := range stvSettings {
		if s.name == name {
			return s.value
		}
	}
	return ""
}

func figureOf(figures []Figure, name string) Number {
	for _, f := range figures {
		if f.Name == name {
			return f.Number
		}
	}
	return ""
}

func tallyOf(tallies []Score, c Choice) Number {
	for _, s := range tallies {
		if s.Choice == c {
			return s.Number
		}
	}
	return "0"
}

// less gives how much one number is below another.
func less(a, b Number) Number { return NumberOf(new(big.Rat).Sub(a.Rat(), b.Rat())) }

// quotaOf tells how the quota came about.
func (t *countTeller) quotaOf(r Result, name, places string, quota Number) {
	seats := max(r.Seats, 1)
	by := map[string]int{"hare": seats, "imperiali": seats + 2}[name]
	if by == 0 {
		by = seats + 1
	}
	votes := NumberOf(big.NewRat(int64(r.Expressed.Voices), int64(Voice)))
	share := NumberOf(new(big.Rat).Quo(votes.Rat(), new(big.Rat).SetInt64(int64(by))))
	key := "count.stv.quota." + name
	if name == "hagenbach-bischoff" && newArithmetic(places).exact() {
		key = "count.stv.quota.above"
	}
	t.say(key, "votes", t.shown(votes), "seats", seats, "by", by, "share", t.shown(share), "quota", t.shown(quota), "places", places)
	if (name == "hare" || name == "imperiali") && quota.Rat().Cmp(share.Rat()) > 0 {
		t.say("count.stv.quota.least", "quota", t.shown(quota))
	}
}

// electedIn tells who is elected with the votes of a stage: with the quota, or because no more are left than seats.
func (t *countTeller) electedIn(round Round, quota Number) {
	var rest []Choice
	for _, c := range round.Elected {
		votes := tallyOf(round.Tallies, c)
		switch over := less(votes, quota).Rat().Sign(); {
		case over > 0:
			t.say("count.stv.elected.over", "name", t.label(c), "votes", t.shown(votes), "n", t.shown(less(votes, quota)))
		case over == 0:
			t.say("count.stv.elected", "name", t.label(c), "votes", t.shown(votes))
		default:
			rest = append(rest, c)
		}
	}
	if len(rest) > 0 && round.Action != ActionEliminate {
		t.say("count.stv.elected.rest", "names", t.list(rest), "n", len(rest))
	}
}

// surplusOf tells whose surplus goes on and what becomes of the value of a paper.
func (t *countTeller) surplusOf(round Round, quota Number) {
	for _, c := range round.Choices {
		votes := tallyOf(round.Tallies, c)
		over := less(votes, quota)
		if over.Rat().Sign() <= 0 {
			t.say("count.stv.surplus.none", "name", t.label(c))
			continue
		}
		t.say("count.stv.surplus", "name", t.label(c), "n", t.shown(over), "votes", t.shown(votes))
	}
}

// leaving tells who leaves and why.
func (t *countTeller) leaving(round Round) {
	least := func(c Choice) bool { return tallyOf(round.Tallies, c).Rat().Sign() > 0 }
	switch {
	case len(round.Choices) == 1:
		c := round.Choices[0]
		t.say("count.stv.leaves", "name", t.label(c), "n", t.shown(tallyOf(round.Tallies, c)))
	case slices.ContainsFunc(round.Choices, least):
		t.say("count.stv.leave", "names", t.list(round.Choices), "n", len(round.Choices))
	default:
		t.say("count.stv.leave.voteless", "names", t.list(round.Choices), "n", len(round.Choices))
	}
	switch {
	case len(round.Elected) > 0:
		t.say("count.stv.elected.rest", "names", t.list(round.Elected), "n", len(round.Elected))
	case len(round.Transfers) == 0:
		t.say("count.stv.papers.none")
	}
}

// papers tells where papers go, at what value.
func (t *countTeller) papers(m Transfer) {
	key := "count.stv.papers"
	if m.To == "" {
		key += ".nobody"
	}
	papers, value := m.Papers, m.Value
	if value == "" {
		papers, value = m.Voices, "1"
		key += ".whole"
	}
	t.say(key, "from", t.label(m.From), "to", t.label(m.To), "papers", t.shown(papers), "value", t.shown(value), "n", t.shown(m.Voices))
}

// explainRatios tells a count by Meek, Warren or QPQ: the generic rounds, with what the elected keep of every ballot, or the quotients.
func explainRatios(t *countTeller, r Result) {
	for i, round := range r.Rounds {
		told := round
		told.Figures = nil
		t.round(i+1, told)
		if len(round.Ratios) > 0 {
			t.say("count.ratios."+string(r.Method), "tallies", t.tallies(round.Ratios))
		}
		if n := figureOf(round.Figures, "iterations"); n != "" && n != "1" {
			count, _ := strconv.Atoi(string(n))
			t.say("count.iterations", "n", count, "surplus", t.shown(figureOf(round.Figures, "surplus")))
		}
	}
}
