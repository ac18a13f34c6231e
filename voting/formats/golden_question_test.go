package formats_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
)

// aside are the options of cases that ask nothing of a method: what the file says itself, what a program prints, and what question below
// reads.
var aside = []string{
	"arithmetic", "ballot_notation", "format", "maximum score", "note", "precision", "reference", "required_winners", "resolute", "rule", "Seats",
	"starvote_path", "tag", "tiebreaker", "title", "variant", "verbosity", "weight_allowed", "winner_threshold",
	// RCTab's, beside those that are settings of ours:
	"numberOfWinners", "randomSeed", "rulesDescription", "tiebreakMode", "treatBlankAsUndeclaredWriteIn", "winnerElectionMode",
}

// several are the methods of cases whose seats are filled; all others rank, whatever number of seats stands in the file.
func (c goldenCase) several() bool {
	switch c.Method {
	case "Jefferson", "Sainte-Laguë", "Largest Remainder", "stv", "STV", "bloc", "allocated", "rrv", "sss":
		return true
	}
	return strings.HasPrefix(c.Method, "stv/") || c.Options["resolute"] != nil
}

// question gives the question that a case asks of its file, and how ties may be broken: in one of several ways.
func (c goldenCase) question(file *formats.File) (voting.Question, []*voting.Ties, error) {
	options := map[string]string{}
	for name, v := range c.Options {
		if !slices.Contains(aside, name) && v != "" {
			options[name] = fmt.Sprint(v)
		}
	}
	if rule := c.rule(); rule != "" {
		options["rule"] = rule
	}
	if c.condorcetIRV() {
		options["tied-last"] = "pairwise"
	}
	if rule := c.option("rule"); rule == "" && strings.EqualFold(c.Method, "stv") { // counted in floating point: nothing was cut
		options["places"] = "exact"
	}
	p, err := formats.Method(c.Method, options)
	if err != nil {
		return voting.Question{}, nil, err
	}
	seats := 1
	if c.several() {
		seats = c.Seats
	}
	q, ways := file.Question(p, seats), c.ties(p, file)
	if c.Options["reference"] != nil { // meekstv draws with numbers from the count itself
		ways = append(ways, draws(file, q, nil)...)
	}
	return q, ways, nil
}

// condorcetIRV says whether the Condorcet library counted IRV. It breaks ties by pairs, and goes on after somebody is elected, without them: its
// first place is compared, and not those after it.
func (c goldenCase) condorcetIRV() bool {
	return c.Method == "irv" && (strings.HasPrefix(c.ID, "condorcet/") || strings.HasPrefix(c.ID, "tideman/"))
}

// ties gives how a case breaks ties: as its method's definition says, by its own order, or by the order of the candidates.
func (c goldenCase) ties(p voting.Preset, file *formats.File) []*voting.Ties {
	order := file.Ties
	if order == nil {
		order = file.Profile.Options()
	}
	switch named := c.drawn(file); {
	case named != nil:
		order = named
	case c.Options["resolute"] == true: // one committee
	case c.Options["tiebreaker"] != nil, c.option("tiebreakMode") == "" && len(p.Ties) == 0:
		return []*voting.Ties{nil}
	}
	var by []voting.TieBreak
	if slices.Contains(p.Ties, voting.TiePrevious) {
		by = append(by, voting.TiePrevious)
	}
	by = append(by, voting.TieOrder) // an order where the definition draws a lot
	ways := []*voting.Ties{{By: by, Order: order}}
	if c.option("rule") != "" { // droop and meekstv take the first in their order, to be elected as to leave
		reverse := slices.Clone(order)
		slices.Reverse(reverse)
		ways = append(ways, &voting.Ties{By: by, Order: reverse}, &voting.Ties{By: by, Order: c.logged(file)})
	}
	return ways
}

// logged gives the order that would draw what the case's logs say: whoever was elected first, first; whoever left first, last.
func (c goldenCase) logged(file *formats.File) []voting.Choice {
	elected, left := loggedNames(c.Expected["elect_log"]), loggedNames(c.Expected["defeat_log"])
	if elected == nil {
		_ = json.Unmarshal(c.Expected["winners"], &elected) // names, in the order of their election
	}
	slices.Reverse(left)
	order := places(file, append(elected, left...))
	for _, o := range file.Profile.Options() {
		if !slices.Contains(order, o) {
			order = append(order, o)
		}
	}
	return order
}

// rule gives the preset that a rule of droop or meekstv is, with its arithmetic.
func (c goldenCase) rule() string {
	rule, arithmetic := c.option("rule"), c.option("arithmetic")
	switch {
	case c.option("precision") != "":
		return "meek-hill"
	case rule != "meek" && rule != "warren" && rule != "wigm":
		return rule
	case strings.HasPrefix(arithmetic, "rational"):
		return rule + "-exact"
	}
	return rule + "-guarded"
}

// draws gives all ways in which people could draw for the ties that a count meets, a few hundred at most.
func draws(file *formats.File, q voting.Question, drawn []voting.Choice) (ways []*voting.Ties) {
	ties := &voting.Ties{By: []voting.TieBreak{voting.TieDrawn}, Drawn: drawn}
	r, err := voting.CountBy(file.Profile, q, ties)
	if err != nil || len(r.Rounds) == 0 {
		return nil
	}
	if b := r.Rounds[len(r.Rounds)-1].Broken; b != nil && b.By == "" && len(drawn) < 4 {
		for _, c := range b.Choices {
			ways = append(ways, draws(file, q, append(slices.Clone(drawn), c))...)
		}
		return ways
	}
	return []*voting.Ties{ties}
}

// drawn gives the order in which a draw put the candidates, where a case depends on one: the order itself, or what the case says that came
// of it. Others go after them, in the file's order.
func (c goldenCase) drawn(file *formats.File) []voting.Choice {
	var names []string
	switch order, listed := c.Options["tiebreaker"].([]any); {
	case listed:
		for _, name := range order {
			names = append(names, fmt.Sprint(name))
		}
	case strings.HasPrefix(c.option("tiebreaker"), "predefined_permutation"):
		_ = json.Unmarshal(c.Expected["winners"], &names)
	case c.option("tiebreakMode") == "random", c.option("tiebreakMode") == "generatePermutation":
		var rounds []rcvRound
		_ = json.Unmarshal(c.Expected["rounds"], &rounds)
		for _, r := range rounds {
			for _, x := range r.TallyResults {
				if x.Eliminated != "" {
					names = append(names, x.Eliminated) // whoever left last stood highest
				}
			}
		}
		slices.Reverse(names)
		var winners []string
		_ = json.Unmarshal(c.Expected["winners"], &winners)
		out := places(file, winners)
		for _, o := range file.Profile.Options() {
			if !slices.Contains(names, file.Name(o)) && !slices.Contains(out, o) {
				out = append(out, o)
			}
		}
		return append(out, places(file, slices.DeleteFunc(names, func(n string) bool { return slices.Contains(winners, n) }))...)
	default:
		return nil
	}
	out := places(file, names)
	for _, o := range file.Profile.Options() {
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// places gives the options of so many names, without those that the file does not know.
func places(file *formats.File, names []string) []voting.Choice {
	var out []voting.Choice
	for _, name := range names {
		for _, o := range file.Profile.Options() {
			if file.Name(o) == name && !slices.Contains(out, o) {
				out = append(out, o)
				break
			}
		}
	}
	return out
}

// number gives a candidate's number as a case writes it: 3 and "3" alike.
func number(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	}
	return fmt.Sprint(v)
}
