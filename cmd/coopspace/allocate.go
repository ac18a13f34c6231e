package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/allocation/pabulib"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/voting"
)

// allocating is a command line that shares a budget over the projects of a file.
type allocating struct {
	rule         string
	satisfaction string
	completion   string
	increment    string
	exhaustive   bool
	wholeShares  bool
	comparison   bool
	minScore     string
	noSkip       bool
	skip         bool
	payments     int
	partial      string
	most         int
	vector       string
	ties         string
	currency     string
	strict       bool
	scaleUp      bool
	maxPart      string
	json         bool
	explain      bool
	project      string
}

func allocateCommand(t terminal) *cobra.Command {
	var in allocating
	c := &cobra.Command{
		Use:   "allocate --rule RULE FILE.pb|-",
		Short: t.in("partage un budget entre les projets d'un fichier Pabulib ; - lit l'entrée standard", "share a budget over the projects of a Pabulib file; - reads the standard input"),
		Long: t.in(`Règles (--rule), que docs/methods/funding.md explique :
%s    file                  celle que le fichier nomme
Satisfactions (--satisfaction) : ce qu'un projet retenu apporte à chacun de ceux qui le soutiennent :
%sCompléments (--completion, de equal-shares) : none, add1, add1u, add1-cut, utilitarian, phragmen.
Égalités (--ties), dans l'ordre, séparées par des virgules : file (l'ordre du fichier), id, cost (le moins cher), score (le plus soutenu),
seed:GRAINE (32 octets en hexadécimal).
Sans --json ni --explain, une ligne dit ce qui est retenu.`,
			`Rules (--rule), which docs/methods/funding.md explains:
%s    file                  the one that the file names
Satisfactions (--satisfaction): what a bought project brings to each of those who support it:
%sCompletions (--completion, of equal-shares): none, add1, add1u, add1-cut, utilitarian, phragmen.
Ties (--ties), in order, with commas between: file (the file's order), id, cost (the cheaper), score (the more supported), seed:SEED
(32 bytes in hexadecimal).
Without --json or --explain a line says what is bought.`),
		Args: wants("FILE.pb|-"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := in.fits(c.Flags().Changed); err != nil {
				return err
			}
			return unlessStopped(c.Context(), func() error { return in.run(t, args[0]) })
		},
	}
	c.Long = fmt.Sprintf(c.Long, listed(t, "allocation.rule.", append(allocation.Rules(), quadratic)), listed(t, "allocation.satisfaction.", allocation.Satisfactions()))
	f := c.Flags()
	f.StringVar(&in.rule, "rule", "", t.in("choisir par la règle de ce `NOM`", "choose by the rule of this `NAME`"))
	f.StringVar(&in.satisfaction, "satisfaction", "", t.in("ce qu'un projet vaut pour qui le soutient : `QUOI`", "what a project is worth to its supporters: `WHAT`"))
	f.StringVar(&in.completion, "completion", "", t.in("comment dépenser ce qui reste : `COMMENT`", "how to spend what is left: `HOW`"))
	f.StringVar(&in.increment, "increment", "", t.in("ce que add1 donne chaque fois à chaque voix, `MONTANT` ; sinon une unité", "what add1 gives each voice at a time, an `AMOUNT`; without it one unit"))
	f.BoolVar(&in.exhaustive, "exhaustive", true, t.in("add1 s'arrête quand plus aucun projet soutenu ne tient dans le reste", "add1 stops when no supported project fits into what is left"))
	f.BoolVar(&in.wholeShares, "whole-shares", false, t.in("les parts de départ sont arrondies à l'unité inférieure", "the shares to begin with are rounded down to whole units"))
	f.BoolVar(&in.comparison, "comparison", false, t.in("à la fin, comparer avec le classement : le choix que plus de voix préfèrent l'emporte", "in the end compare with greedy: what more voices prefer is bought"))
	f.StringVar(&in.minScore, "min-score", "", t.in("le moins de voix ou de points qu'un projet doit avoir, `N`", "the least votes or points a project must have, `N`"))
	f.BoolVar(&in.noSkip, "no-skip", false, t.in("un classement, ou maximin-support, s'arrête au premier projet trop cher", "greedy rules and maximin-support stop at the first project that is too expensive"))
	f.BoolVar(&in.skip, "skip", false, t.in("phragmen continue sans le projet trop cher, au lieu de s'arrêter", "phragmen goes on without a project that is too expensive, instead of stopping"))
	f.IntVar(&in.payments, "payments", 0, t.in("avec --json : dire de chaque achat ce que paient au plus `N` classes de gens (equal-shares, phragmen)", "with --json: tell of each purchase what at most `N` classes of people pay (equal-shares, phragmen)"))
	f.StringVar(&in.partial, "partial", "", t.in("payer en partie ce premier projet, s'il reste au moins cette `PART` de son coût, comme 4/5", "pay a part of that first project, if at least this `PART` of its cost is left, such as 4/5"))
	f.IntVar(&in.most, "most", 0, t.in("au plus `N` projets", "at most `N` projects"))
	f.StringVar(&in.vector, "vector", "", t.in("ce que vaut chaque rang d'un classement, `POINTS` comme 3,2,1", "what each rank of a ranking is worth, `POINTS` such as 3,2,1"))
	f.StringVar(&in.ties, "ties", "file", t.in("comment départager les égalités, `ORDRE` : voir plus haut", "how ties are broken, a `POLICY`: see above"))
	f.BoolVar(&in.scaleUp, "scale-up", false, t.in("quadratic partage tout le fonds, même si la formule demande moins", "quadratic shares the whole pool, even if the formula asks for less"))
	f.StringVar(&in.maxPart, "max-part", "", t.in("quadratic donne à un projet au plus cette `PART` du fonds, comme 1/4", "quadratic gives one project at most this `PART` of the pool, such as 1/4"))
	f.StringVar(&in.currency, "currency", "", t.in("la `MONNAIE` d'un fichier qui n'en nomme pas", "the `CURRENCY` of a file that names none"))
	f.BoolVar(&in.strict, "strict", false, t.in("refuser un fichier qui se contredit, au lieu de le signaler", "refuse a file that contradicts itself, instead of saying so"))
	f.BoolVar(&in.json, "json", false, t.in("un objet JSON, nombres exacts", "a JSON object, numbers exact"))
	f.BoolVar(&in.explain, "explain", false, t.in("dire de chaque projet pourquoi il est retenu ou non", "say of each project why it is bought or not"))
	f.StringVar(&in.project, "project", "", t.in("avec --explain : répondre pour ce seul projet, par son `ID`", "with --explain: answer for this project alone, by its `ID`"))
	return c
}

// fits refuses what is asked for beside a rule that does not look at it: quadratic, which shares no budget by ballots, and what only it has. The
// rules of ballots say the like themselves.
func (in allocating) fits(asked func(flag string) bool) error {
	alien := []string{"scale-up", "max-part"}
	if in.rule == string(quadratic) {
		alien = []string{
			"satisfaction", "completion", "increment", "exhaustive", "whole-shares", "comparison", "min-score", "no-skip", "skip", "payments", "partial",
			"most", "vector", "ties", "project",
		}
	}
	for _, flag := range alien {
		if in.rule != "" && asked(flag) {
			return usage("--rule %s does not look at --%s", in.rule, flag)
		}
	}
	return nil
}

// listed gives a line for each name, with what it means.
func listed[S ~string](t terminal, topic string, names []S) string {
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "    %-21s %s\n", name, locale.Text(t.lang, topic+string(name)))
	}
	return b.String()
}

func (in allocating) run(t terminal, name string) error {
	if in.json && in.explain {
		return usage("it is either --json or --explain")
	}
	if in.project != "" && !in.explain {
		return usage("--project goes with --explain")
	}
	rule := allocation.Rule(in.rule)
	rules := append(allocation.Rules(), quadratic)
	if in.rule == "" {
		return usage("it wants --rule: %s, or file", joined(rules))
	}
	if in.rule != "file" && !slices.Contains(rules, rule) {
		return usage("there is no rule %q; there are %s, and file", in.rule, joined(rules))
	}
	vector, err := in.points()
	if err != nil {
		return err
	}
	input, err := openInput(t, name)
	if err != nil {
		return err
	}
	defer func() { _ = input.Close() }() // only read
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25) // as count does
	}
	file, err := pabulib.Read(input, &pabulib.Options{Vector: vector, Currency: money.Currency(in.currency), Strict: in.strict})
	if err != nil {
		if f := governance.Fault(err); f != nil {
			return f.At(name, "")
		}
		return err
	}
	if vector != nil && file.Election.Shape() != voting.ShapeRanking {
		return usage("--vector is for ballots that are rankings, and these are not")
	}
	t.contradictions(name, file)
	if rule == quadratic {
		return in.match(t, file.Election)
	}
	o, err := in.options(file.Election)
	if err != nil {
		return err
	}
	if in.rule == "file" {
		if rule, err = in.official(file, &o); err != nil {
			return err
		}
	}
	out, err := allocation.Allocate(file.Election, rule, &o)
	if err != nil {
		return err
	}
	return in.print(t, out)
}

// contradictions says where the file says two things, without stopping for it.
func (t terminal) contradictions(name string, file *pabulib.File) {
	const most = 3
	for i, c := range file.Contradictions {
		if i == most {
			fmt.Fprintf(t.err, t.in("… et %s\n", "... and %s\n"),
				t.some(int64(file.Contradicted-most), "autre contradiction|autres contradictions", "more contradiction|more contradictions"))
			return
		}
		fmt.Fprintf(t.err, "%s: %s: %s\n", name, c.Place, c.Text)
	}
}

// official gives the rule that the file names, as cities mean it. What the command line says beside it stands.
func (in allocating) official(file *pabulib.File, o *allocation.Options) (allocation.Rule, error) {
	if in.minScore == "" {
		o.MinScore = file.MinScore
	}
	switch file.Rule {
	case "greedy", "greedy-threshold", "greedy-exclusive":
		return allocation.Greedy, nil
	case "greedy-no-skip":
		o.NoSkip = true
		return allocation.Greedy, nil
	case "equalshares":
		return allocation.EqualShares, nil
	case "equalshares/add1":
		if in.completion == "" {
			o.Completion = allocation.Add1
		}
		return allocation.EqualShares, nil
	}
	if file.Rule == "" {
		return "", usage("the file names no rule; name one with --rule")
	}
	return "", usage("the file names the rule %q, which says too little to follow it; name one with --rule", file.Rule)
}

// points reads --vector.
func (in allocating) points() ([]int64, error) {
	if in.vector == "" {
		return nil, nil
	}
	var out []int64
	for word := range strings.SplitSeq(in.vector, ",") {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, usage("--vector wants whole numbers with commas between, such as 3,2,1, not %q", in.vector)
		}
		out = append(out, n)
	}
	return out, nil
}

// options reads how the rule is applied.
func (in allocating) options(e *allocation.Election) (allocation.Options, error) {
	o := allocation.Options{
		Satisfaction: allocation.Satisfaction(in.satisfaction), Completion: allocation.Completion(in.completion),
		PastExhaustive: !in.exhaustive, WholeShares: in.wholeShares, Comparison: in.comparison, NoSkip: in.noSkip,
		SkipTooDear: in.skip, Payments: in.payments, Most: in.most,
	}
	var err error
	if in.increment != "" {
		if o.Increment, err = money.ParseDecimal(in.increment, e.Budget().Currency()); err != nil {
			return o, at("--increment", err)
		}
	}
	if in.minScore != "" {
		if err := o.MinScore.UnmarshalText([]byte(in.minScore)); err != nil {
			return o, at("--min-score", err)
		}
	}
	if in.partial != "" {
		if o.Partial, err = voting.ParseFraction(in.partial); err != nil {
			return o, at("--partial", err)
		}
	}
	if o.Ties, err = allocation.ParseTies(in.ties); err != nil {
		return o, at("--ties", err)
	}
	return o, nil
}

// at says which part of the command line is at fault.
func at(flag string, err error) error {
	f := fault.Of(err)
	fields := f.Fields
	e := *f
	e.Fields = []fault.Field{{Path: flag}}
	return e.With(fields...)
}

// print says what came out.
func (in allocating) print(t terminal, out allocation.Outcome) error {
	switch {
	case in.json:
		text, err := json.Marshal(out)
		if err != nil {
			return err
		}
		t.say("%s", text)
	case in.project != "":
		answer := out.ExplainProject(string(t.lang), in.project)
		if answer == "" {
			return usage("there is no project %q in this file", in.project)
		}
		t.say("%s", answer)
	case in.explain:
		t.say("%s", out.Explain(string(t.lang)))
	default:
		bought := slices.Clone(out.Selected)
		parts := out.Parts
		if out.Partial != nil {
			parts = []allocation.Partial{*out.Partial}
		}
		for _, p := range parts {
			bought = append(bought, p.ID+" ("+t.in("en partie", "in part")+", "+p.Paid.FormatShort(string(t.lang))+")")
		}
		t.bought(out.Rule, bought, out.Cost, out.Left)
	}
	return nil
}

// bought says in a line what a rule buys.
func (t terminal) bought(rule allocation.Rule, ids []string, cost, left money.Amount) {
	list := strings.Join(ids, ", ")
	if list == "" {
		list = t.in("aucun projet", "no project")
	}
	t.say(t.in("%s : %s (%s ; il reste %s)", "%s: %s (%s; %s left)"), rule, list, cost.FormatShort(string(t.lang)), left.FormatShort(string(t.lang)))
}
