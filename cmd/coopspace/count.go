package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
)

// counting is a command line that counts an election file.
type counting struct {
	methods []string
	presets []string
	seats   int
	options []string
	format  string
	ties    string
	json    bool
	explain bool
}

func countCommand(t terminal) *cobra.Command {
	var in counting
	c := &cobra.Command{
		Use:   "count --method NAME... [--seats N] [--option NAME=VALUE]... FILE|-",
		Short: t.in("dépouille un fichier d'élection, par une ou plusieurs méthodes ; - lit l'entrée standard", "count an election file, by one method or several; - reads the standard input"),
		Long: t.in(`Le fichier est lu une seule fois, et son format reconnu à son contenu (docs/formats.md). coopspace methods donne les méthodes,
coopspace methods NOM leurs réglages. Sans --json ni --explain, une ligne par méthode dit qui l'emporte.

Égalités (--ties), dans l'ordre, séparées par des virgules : none (l'égalité reste), previous (les tours précédents), order
(l'ordre du fichier), order=A;B;C, chair=A;B;C (la présidence, qui préfère A puis B), eldest=A;B;C (l'âge, le plus grand d'abord),
lot:GRAINE ou lot:GRAINE:VOTE (32 octets en hexadécimal). A, B et C sont des noms ou des numéros du fichier ; un nom qui contient une
virgule ou un point-virgule s'indique par son numéro. Sans --ties, ce sont le règlement publié et le fichier qui disent comment.`,
			`The file is read once, its format told by its content (docs/formats.md). coopspace methods gives the methods, coopspace methods
NAME their settings. Without --json or --explain a line a method says who wins.

Ties (--ties), in order, with commas between: none (the tie stands), previous (the earlier rounds), order (the file's order),
order=A;B;C, chair=A;B;C (the chair, who prefers A, then B), eldest=A;B;C (by age, the eldest first), lot:SEED or lot:SEED:POLL
(32 bytes in hexadecimal). A, B and C are names or numbers of the file; a name with a comma or a semicolon in it is told by its number.
Without --ties the published rule and the file say how.`),
		Args: wants("FILE|-"),
		RunE: func(c *cobra.Command, args []string) error {
			return unlessStopped(c.Context(), func() error { return in.run(t, args[0]) })
		},
	}
	f := c.Flags()
	f.StringArrayVar(&in.methods, "method", nil, t.in("compter par cette `MÉTHODE` ; plusieurs fois pour plusieurs", "count by this `METHOD`; several times for several"))
	f.StringArrayVar(&in.presets, "preset", nil, t.in("compter comme ce règlement publié, par son `NOM`", "count as this published rule does, by its `NAME`"))
	f.IntVar(&in.seats, "seats", 0, t.in("`PLACES` à pourvoir ; sinon celles du fichier, ou une", "`SEATS` to fill; without it those of the file, or one"))
	f.StringArrayVar(&in.options, "option", nil, t.in("un réglage de la méthode, `NOM=VALEUR`", "a setting of the method, `NAME=VALUE`"))
	f.StringVar(&in.format, "format", "", t.in("le `FORMAT` du fichier, s'il ne faut pas le deviner", "the file's `FORMAT`, where it is not to be told by the content"))
	f.StringVar(&in.ties, "ties", "", t.in("comment départager les égalités, `RÈGLE` : voir plus haut", "how ties are broken, a `POLICY`: see above"))
	f.BoolVar(&in.json, "json", false, t.in("un objet JSON par méthode, nombres exacts", "a JSON object a method, numbers exact"))
	f.BoolVar(&in.explain, "explain", false, t.in("raconter tout le dépouillement", "tell the whole count"))
	return c
}

func (in counting) run(t terminal, name string) error {
	if in.json && in.explain {
		return usage("it is either --json or --explain")
	}
	presets, err := in.wanted()
	if err != nil {
		return err
	}
	if in.format != "" && !slices.Contains(formats.Formats(), formats.Format(in.format)) {
		return usage("there is no format %q; there are %s", in.format, joined(formats.Formats()))
	}
	input, err := openInput(t, name)
	if err != nil {
		return err
	}
	defer func() { _ = input.Close() }() // only read
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25) // ballots stay to the end and hold no pointers: looking at them more often costs little, and saves a third
	}
	file, err := formats.Read(input, &formats.Options{Format: formats.Format(in.format)})
	if err != nil {
		if f := governance.Fault(err); f != nil {
			return f.At(name, "")
		}
		return err
	}
	return in.countAll(t, name, file, presets)
}

// tally is what counting by one method gave.
type tally struct {
	question voting.Question
	result   voting.Result
	err      error
}

// countAll counts the file by all methods, as many at once as there are processors and one more, which may have to wait for the comparison
// in pairs that another makes. It says what came out in the order in which they were named, up to the first that fails.
func (in counting) countAll(t terminal, name string, file *formats.File, presets []voting.Preset) error {
	counts := make([]chan tally, len(presets))
	begun := 0
	for i, p := range presets {
		for ; begun < min(len(presets), i+1+runtime.GOMAXPROCS(0)); begun++ {
			done, p := make(chan tally, 1), presets[begun]
			counts[begun] = done
			go func() { done <- in.count(file, p) }()
		}
		of := <-counts[i]
		if of.err != nil {
			return in.placed(t, name, file, p, of.err)
		}
		if err := in.tell(t, file, p, of); err != nil {
			return err
		}
	}
	return nil
}

// placed reads the file again, up to a ballot that the method refused, to tell its line and column: until a file is read nobody knows how many
// seats it fills, so how much a ballot may say. What came through a pipe is gone; then the ballot is told by what it names.
func (in counting) placed(t terminal, name string, file *formats.File, p voting.Preset, refused error) error {
	if !errors.Is(refused, voting.ErrBallotMarks) || name == "-" {
		return refused
	}
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() { // a pipe has a name too, and opening it may wait for ever
		return refused
	}
	input, err := openInput(t, name)
	if err != nil {
		return refused
	}
	defer func() { _ = input.Close() }() // only read
	q := file.Question(p, in.seats)
	_, err = formats.Read(input, &formats.Options{Format: formats.Format(in.format), Question: &q})
	if f := governance.Fault(err); f != nil && errors.Is(err, voting.ErrBallotMarks) { // and not that somebody has changed the file
		return f.At(name, "").At(p.Name, "")
	}
	return refused
}

// wanted gives what to count by, with the options that each knows. An option that none of them knows is refused.
func (in counting) wanted() ([]voting.Preset, error) {
	if len(in.methods)+len(in.presets) == 0 {
		return nil, usage("it wants --method or --preset; coopspace methods lists them")
	}
	var wanted []voting.Preset
	for _, name := range in.methods {
		p, err := formats.Method(name, nil)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, p)
	}
	for _, name := range in.presets {
		p, ok := voting.FindPreset(name)
		if !ok {
			return nil, usage("there is no preset %q; coopspace methods lists them", name)
		}
		wanted = append(wanted, p)
	}
	for _, o := range in.options {
		name, value, ok := strings.Cut(o, "=")
		if !ok || name == "" {
			return nil, usage("--option wants NAME=VALUE, not %q", o)
		}
		known := name == "resolute"
		for i := range wanted {
			known = formats.Set(&wanted[i], name, value) || known
		}
		if !known {
			return nil, usage("none of these methods has a setting %q; coopspace methods NAME lists those of one", name)
		}
	}
	return wanted, nil
}

// count counts the file by one method.
func (in counting) count(file *formats.File, p voting.Preset) tally {
	ties, err := in.breaking(file, p)
	if err != nil {
		return tally{err: err}
	}
	q := file.Question(p, in.seats)
	result, err := voting.CountBy(file.Profile, q, ties)
	if f := governance.Fault(err); f != nil {
		err = f.At(p.Name, "")
	}
	return tally{q, result, err}
}

// tell says what came out by one method.
func (in counting) tell(t terminal, file *formats.File, p voting.Preset, of tally) error {
	switch {
	case in.json:
		return json.NewEncoder(t.out).Encode(counted(file, p, of.question, of.result))
	case in.explain:
		if p.Name != string(of.question.Method) {
			t.say("%s", locale.Text(t.lang, "count.preset", "name", p.Name))
		}
		t.say("%s\n", of.result.ExplainWith(string(t.lang), file.Name))
	default:
		t.say("%s", t.summary(file, p, of.result))
	}
	return nil
}

// breaking reads --ties. Without it ties are broken as the preset's definition says, and by the order that the file itself gives for them.
func (in counting) breaking(file *formats.File, p voting.Preset) (*voting.Ties, error) {
	ties := &voting.Ties{Order: file.Ties}
	if ties.Order == nil {
		ties.Order = file.Profile.Options()
	}
	if in.ties == "" {
		for _, by := range p.Ties {
			if by != voting.TieLot { // its seed would have to be named
				ties.By = append(ties.By, by)
			}
		}
		if (file.Ties != nil || in.resolute()) && !slices.Contains(ties.By, voting.TieOrder) {
			ties.By = append(ties.By, voting.TieOrder)
		}
		return ties, nil
	}
	orders := map[voting.TieBreak]*[]voting.Choice{voting.TieOrder: &ties.Order, voting.TieChair: &ties.Chair, voting.TieEldest: &ties.Eldest}
	for policy := range strings.SplitSeq(in.ties, ",") {
		policy = strings.TrimSpace(policy)
		name, rest, _ := strings.Cut(policy, "=")
		if strings.HasPrefix(policy, "lot:") {
			name, rest = "lot", policy[len("lot:"):]
		}
		switch {
		case slices.Contains(ties.By, voting.TieBreak(name)): // the second order would take the place of the first
			return nil, usage("--ties says %s twice", name)
		case policy == "none":
		case policy == "previous":
			ties.By = append(ties.By, voting.TiePrevious)
		case policy == "order":
			ties.By = append(ties.By, voting.TieOrder)
		case strings.Contains(policy, "=") && orders[voting.TieBreak(name)] != nil:
			by := voting.TieBreak(name)
			order := orders[by]
			ties.By, *order = append(ties.By, by), nil
			for named := range strings.SplitSeq(rest, ";") {
				c, ok := file.Find(strings.TrimSpace(named))
				if !ok {
					return nil, usage("--ties names %q, who does not stand in this file", named)
				}
				*order = append(*order, c)
			}
		case name == "lot":
			seed, poll, _ := strings.Cut(rest, ":")
			bytes, err := hex.DecodeString(seed)
			if err != nil || len(bytes) != voting.SeedSize {
				return nil, usage("--ties lot: wants %d bytes in hexadecimal", voting.SeedSize)
			}
			ties.By, ties.Seed, ties.Poll = append(ties.By, voting.TieLot), bytes, poll
		default:
			return nil, usage("--ties knows none, previous, order, order=A;B;C, chair=A;B;C, eldest=A;B;C and lot:SEED, and not %q", policy)
		}
	}
	return ties, nil
}

// resolute says whether one committee is wanted where several are equally good: others call it so.
func (in counting) resolute() bool { return slices.Contains(in.options, "resolute=true") }

// summary tells in a line who wins by a method.
func (t terminal) summary(file *formats.File, p voting.Preset, r voting.Result) string {
	winners := make([]string, len(r.Winners))
	for i, c := range r.Winners {
		winners[i] = file.Name(c)
	}
	list := locale.List(t.lang, winners)
	switch {
	case len(r.Winners) == 0:
		list = t.in("personne", "nobody")
	case len(r.Winners) > max(r.Seats, 1):
		list = fmt.Sprintf(t.in("égalité entre %s", "a tie between %s"), list)
	}
	return p.Name + t.in(" : ", ": ") + list
}

// line is what is printed of one count with --json. Candidates are by their names in the file, or by their numbers where it has none.
type line struct {
	Method     voting.Method     `json:"method"`
	Preset     string            `json:"preset,omitempty"` // the name it was asked by, where that is another
	Options    map[string]string `json:"options"`          // every setting of the method, as it was
	Seats      int               `json:"seats"`
	Candidates []voting.Choice   `json:"candidates"`
	Winners    []voting.Choice   `json:"winners"`
	Ranking    [][]voting.Choice `json:"ranking"`
	Tied       bool              `json:"tied"` // more win than there are seats, or several committees do
	Rounds     []voting.Round    `json:"rounds"`
	Counts     map[string]any    `json:"counts"`
	Committees [][]voting.Choice `json:"committees,omitempty"`
}

func counted(file *formats.File, p voting.Preset, q voting.Question, r voting.Result) line {
	name := func(c voting.Choice) voting.Choice {
		if slices.Contains([]voting.Choice{"", voting.For, voting.Against}, c) {
			return c
		}
		return voting.Choice(file.Name(c))
	}
	r = renamed(reflect.ValueOf(r), name).Interface().(voting.Result)
	out := line{
		Method: r.Method, Options: map[string]string{}, Seats: max(q.Seats, 1), Candidates: []voting.Choice{},
		Winners: r.Winners, Ranking: r.Ranking, Tied: len(r.Winners) > max(q.Seats, 1) || len(r.Committees) > 1,
		Rounds: append([]voting.Round{}, r.Rounds...), Counts: counts(r), Committees: r.Committees,
	}
	if p.Name != string(r.Method) {
		out.Preset = p.Name
	}
	for _, s := range r.Method.Settings() {
		out.Options[s.Name] = s.Default
		if v, ok := q.Settings[s.Name]; ok {
			out.Options[s.Name] = v
		}
	}
	for _, c := range file.Profile.Options() {
		out.Candidates = append(out.Candidates, name(c))
	}
	return out
}

// counts gives the numbers of a result by their names.
func counts(r voting.Result) map[string]any {
	out := map[string]any{
		"ballots": r.Cast.Seats, "cast": r.Cast.Voices, "expressed": r.Expressed.Voices,
		"abstain": r.Abstain.Voices, "blank": r.Blank.Voices, "invalid": r.Invalid.Voices,
	}
	scores := map[voting.Choice]any{}
	for _, v := range r.Votes {
		scores[v.Choice] = v.Voices
	}
	for _, s := range r.Scores {
		scores[s.Choice] = s.Number
	}
	if len(scores) > 0 {
		out["scores"] = scores
	}
	figures := map[string]any{}
	for _, f := range r.Figures {
		switch before := figures[f.Name].(type) {
		case nil:
			figures[f.Name] = f.Number
		case voting.Number: // several of one name are compared one after the other
			figures[f.Name] = []voting.Number{before, f.Number}
		case []voting.Number:
			figures[f.Name] = append(before, f.Number)
		}
	}
	if len(figures) > 0 {
		out["figures"] = figures
	}
	sets := map[string][]voting.Choice{}
	for _, s := range r.Sets {
		sets[s.Name] = s.Choices
	}
	for name, piece := range map[string]any{
		"matrices": r.Matrices, "merits": r.Merits, "broken": r.Broken, "loads": r.Loads, "budgets": r.Budgets, "orders": r.Orders, "sets": sets,
	} {
		if reflect.ValueOf(piece).Len() > 0 {
			out[name] = piece
		}
	}
	return out
}

// renamed gives a copy of plain data in which every option has another name.
func renamed(v reflect.Value, name func(voting.Choice) voting.Choice) reflect.Value {
	if c, ok := v.Interface().(voting.Choice); ok {
		return reflect.ValueOf(name(c))
	}
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			out.Field(i).Set(renamed(v.Field(i), name))
		}
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		out = reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(renamed(v.Index(i), name))
		}
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		out = reflect.New(v.Type().Elem())
		out.Elem().Set(renamed(v.Elem(), name))
	default:
		return v
	}
	return out
}

// joined lists words.
func joined[T ~string](words []T) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}
