package voting

import (
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
)

// Debian is Schulze's method as the Debian Constitution has it: options that fail a quorum or a majority against the default option are
// dropped first. docs/methods/debian.md.
const Debian Method = "debian"

var debian = method{
	name: Debian, revision: 1, shapes: []Shape{ShapeRanking},
	told: tellPairs,
	settings: []setting{
		{name: "default", check: func(value string) bool { return value == "" || Choice(value).wellFormed() }, says: "the key of the default option, or nothing"},
		{name: "quorum", value: "0", least: 0, most: 1_000_000_000}, // voices that must put an option above the default option
		{name: "majority", value: "1", check: isMajorities, says: "a ratio, such as 3 or 3/2, or some of the form option=3, with commas between"},
	},
	check: func(q Question, faults *fault.List) {
		if d := q.Settings["default"]; d != "" && !slices.Contains(q.Options, Choice(d)) {
			faults.Add("settings/default", fault.Quoted(d)+" is no option of the question")
		}
		for o := range majorities(q.Settings["majority"]) {
			if o != "" && !slices.Contains(q.Options, o) {
				faults.Add("settings/majority", fault.Quoted(string(o))+" is no option of the question")
			}
		}
	},
	count: countDebian,
}

// ratio is how many times as many voices must be for an option as for the default option: at least num/den times. And more must be for it.
type ratio struct{ num, den int64 }

// majorities reads a setting: the ratio of each option named, and of all others at "".
func majorities(value string) map[Choice]ratio {
	out := map[Choice]ratio{"": {1, 1}}
	if value == "" {
		return out
	}
	for part := range strings.SplitSeq(value, ",") {
		option, text, named := strings.Cut(part, "=")
		if !named {
			option, text = "", part
		}
		num, den, fraction := strings.Cut(text, "/")
		if !fraction {
			den = "1"
		}
		r := ratio{wholeUpTo(num), wholeUpTo(den)}
		if r.num == 0 || r.den == 0 || named && !Choice(option).wellFormed() {
			return nil
		}
		out[Choice(option)] = r
	}
	return out
}

// wholeUpTo reads a whole number from 1 to a million; 0 for anything else.
func wholeUpTo(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > 1_000_000 || strconv.FormatInt(n, 10) != text {
		return 0
	}
	return n
}

func isMajorities(value string) bool { return majorities(value) != nil }

func countDebian(c *counting) error {
	p := c.pairs().clone()
	c.showPairs(p)
	inquorate, outvoted := c.againstDefault(p)
	c.result.Sets = append(c.result.Sets,
		Set{"below-quorum", c.choices(inquorate)}, Set{"below-majority", c.choices(outvoted)})
	dropped := append(inquorate, outvoted...)
	slices.Sort(dropped)
	for _, d := range dropped {
		for o := range p.options {
			p.units[d*p.options+o], p.units[o*p.options+d] = 0, 0
		}
	}
	var ranking [][]int
	for _, group := range c.strongestPaths(p, byTuple) {
		if group = slices.DeleteFunc(group, func(o int) bool { return slices.Contains(dropped, o) }); len(group) > 0 {
			ranking = append(ranking, group)
		}
	}
	if len(dropped) > 0 {
		ranking = append(ranking, dropped)
	}
	c.rank(ranking)
	return nil
}

// againstDefault gives the options that too few put above the default option, and those that do not defeat it by their majority.
func (c *counting) againstDefault(p *pairs) (inquorate, outvoted []int) {
	d := slices.Index(c.profile.options, Choice(c.setting("default")))
	if d < 0 {
		return nil, nil
	}
	quorum, _ := strconv.ParseInt(c.setting("quorum"), 10, 64)
	needed := majorities(c.setting("majority"))
	for o := range p.options {
		if o == d {
			continue
		}
		r, ok := needed[c.choice(o)]
		if !ok {
			r = needed[""]
		}
		switch {
		case compareProducts(p.over(o, d), int64(c.unit), quorum, int64(Voice)) < 0:
			inquorate = append(inquorate, o)
		case !p.beats(o, d) || compareProducts(p.over(o, d), r.den, p.over(d, o), r.num) < 0:
			outvoted = append(outvoted, o)
		}
	}
	return inquorate, outvoted
}
