package main

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
)

// counted is what a count is told.
type counted struct {
	methods, presets, options []string
	seats                     int
	format, ties              string
	json, explain             bool
}

func countCommand(t terminal) *cobra.Command {
	var o counted
	c := &cobra.Command{
		Use:   "count --method NAME... [--seats N] [--option K=V]... [--preset NAME] [--format F] [--ties POLICY] [--json|--explain] FILE",
		Short: t.in("dépouille les bulletins d'un fichier d'élection, par une méthode ou plusieurs ; - lit l'entrée standard", "count the ballots of an election file, by one method or several; - reads the standard input"),
		Long: t.in(`Le fichier est lu une fois, et chaque méthode donne une ligne. coopspace methods dit quelles méthodes il y a, et leurs
réglages ; docs/counting.md dit le reste. Il ne faut rien de plus : ni données ni réseau.

--ties dit ce qui départage : none (rien), order (l'ordre des candidats dans le fichier, ou celui qu'il dit), order=A;B;C,
previous (les tours précédents), lot:GRAINE (en hexadécimal), ou plusieurs avec des virgules : previous,order.`,
			`The file is read once, and each method gives a line. coopspace methods says which methods there are, and their settings;
docs/counting.md says the rest. It needs nothing else: no data of ours, no network.

--ties says what breaks them: none (nothing), order (that of the candidates in the file, or the one that it says), order=A;B;C,
previous (the earlier rounds), lot:SEED (in hexadecimal), or several with commas between: previous,order.`),
		Args: wants("FILE..."),
		RunE: func(_ *cobra.Command, args []string) error {
			o.methods = append(o.methods, args[:len(args)-1]...) // --method schulze borda FILE
			return o.run(t, args[len(args)-1])
		},
	}
	f := c.Flags()
	f.StringSliceVar(&o.methods, "method", nil, t.in("la `MÉTHODE`, ou plusieurs", "the `NAME` of the method, or several"))
	f.StringArrayVar(&o.presets, "preset", nil, t.in("un `RÉGLAGE` publié, comme scotland", "a published `NAME` with its settings, such as scotland"))
	f.StringArrayVar(&o.options, "option", nil, t.in("un réglage de la méthode, `CLÉ=VALEUR`", "a setting of the method, `K=V`"))
	f.IntVar(&o.seats, "seats", 0, t.in("le `NOMBRE` de sièges ; sinon celui du fichier", "the `NUMBER` of seats; without it, that of the file"))
	f.StringVar(&o.format, "format", "", t.in("le `FORMAT` du fichier ; sinon reconnu à son contenu", "the `FORMAT` of the file; without it, told by its content"))
	f.StringVar(&o.ties, "ties", "", t.in("ce qui départage : `RÈGLE`", "what breaks ties: `POLICY`"))
	f.BoolVar(&o.json, "json", false, t.in("un objet JSON par méthode", "an object of JSON for each method"))
	f.BoolVar(&o.explain, "explain", false, t.in("raconter le dépouillement", "tell the whole count"))
	return c
}

func (o *counted) run(t terminal, name string) error {
	switch {
	case len(o.methods)+len(o.presets) == 0:
		return usage("it wants --method or --preset; coopspace methods lists them")
	case o.json && o.explain:
		return usage("it says either --json or --explain")
	case o.seats < 0:
		return usage("%d is no number of seats", o.seats)
	}
	asked, err := o.asked()
	if err != nil {
		return err
	}
	file, err := o.read(t, name)
	if err != nil {
		return err
	}
	ties, err := parseTies(o.ties, file)
	if err != nil {
		return err
	}
	for _, p := range asked {
		q := file.Question(p, o.seats)
		r, err := voting.CountBy(file.Profile, q, o.breaking(ties, p, file))
		if err != nil {
			return at(err, p.Name)
		}
		if err := o.tell(t, p, file, r); err != nil {
			return err
		}
	}
	return nil
}

// at says which of the methods was refused.
func at(err error, method string) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	return f.At("method", method)
}

// asked gives what is to be counted, in the order in which it was named. A preset of a method that is named too is that method.
func (o *counted) asked() ([]voting.Preset, error) {
	options, err := parseOptions(o.options)
	if err != nil {
		return nil, err
	}
	var asked []voting.Preset
	for _, name := range o.methods {
		p, err := formats.Method(name, nil)
		if err != nil {
			return nil, err
		}
		p.Name = name
		asked = append(asked, p)
	}
	for _, name := range o.presets {
		p, ok := voting.FindPreset(name)
		if !ok {
			return nil, formats.ErrMethod.At("preset", strconv.Quote(name))
		}
		same := func(other voting.Preset) bool { return other.Method == p.Method && len(other.Settings) == 0 }
		if i := slices.IndexFunc(asked, same); i >= 0 {
			asked[i] = p
		} else {
			asked = append(asked, p)
		}
	}
	for _, option := range options {
		used := false
		for i := range asked {
			used = formats.Set(&asked[i], option.name, option.value) || used
		}
		if !used {
			return nil, voting.ErrQuestion.At("settings/"+option.name, "no method that is named has it")
		}
	}
	return asked, nil
}

type option struct{ name, value string }

func parseOptions(texts []string) ([]option, error) {
	var out []option
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, usage("--option %s is not of the form K=V", strconv.Quote(text))
		}
		out = append(out, option{name, value})
	}
	return out, nil
}

func (o *counted) read(t terminal, name string) (*formats.File, error) {
	in, err := openInput(t, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // only read
	file, err := formats.Read(in, &formats.Options{Format: formats.Format(o.format)})
	if err != nil {
		if f, ok := errors.AsType[*fault.Error](err); ok {
			return nil, f.At(name, "")
		}
		return nil, err
	}
	return file, nil
}

// breaking gives the ties of a count: as --ties says, or else as the definition says.
func (o *counted) breaking(asked *voting.Ties, p voting.Preset, file *formats.File) *voting.Ties {
	if o.ties != "" || len(p.Ties) == 0 {
		return asked
	}
	return &voting.Ties{By: p.Ties, Order: tieOrder(file)}
}

func (o *counted) tell(t terminal, p voting.Preset, file *formats.File, r voting.Result) error {
	switch {
	case o.json:
		return writeLine(t.out, lineOf(p, file, r))
	case o.explain:
		t.say("%s", r.ExplainWith(string(t.lang), file.Name))
	default:
		t.say("%s", summary(t, p, file, r))
	}
	return nil
}

// writeLine writes a line of JSON, in which names stand as they are.
func writeLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
