package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/communecter/coopspace/internal/locale"
)

// usageError is a command line that cannot be understood. It says why in English; in gives other languages.
type usageError struct {
	format string
	args   []any
}

func usage(format string, args ...any) error { return usageError{format, args} }

func (e usageError) Error() string { return e.in(locale.English) }

// in says it in the language of whoever reads it.
func (e usageError) in(lang locale.Lang) string {
	format := e.format
	if fr, has := usageFrench[format]; has && lang == locale.French {
		format = fr
	}
	return fmt.Sprintf(format, e.args...)
}

// flagUsage says in our words what the parser of flags says in its own.
func flagUsage(err error) error {
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if short := e.GetSpecifiedShortnames(); short != "" {
			return usage("there is no option -%s", short)
		}
		return usage("there is no option --%s", e.GetSpecifiedName())
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return usage("--%s wants a value after it", e.GetFlag().Name)
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return usage("--%s cannot be %q: %v", e.GetFlag().Name, e.GetValue(), e.Unwrap())
	}
	return usage("an option cannot be read: %v", err)
}

// usageFrench has the French of each format that usage is given.
var usageFrench = map[string]string{
	"there is no option -%s":       "il n'y a pas d'option -%s",
	"there is no option --%s":      "il n'y a pas d'option --%s",
	"--%s wants a value after it":  "--%s veut une valeur à sa suite",
	"--%s cannot be %q: %v":        "--%[1]s ne peut pas valoir %[2]q",
	"an option cannot be read: %v": "une option ne peut pas être lue : %v",

	"there is no command %q; coopspace help lists them": "il n'y a pas de commande %q ; coopspace help en donne la liste",
	"there is no command %q":                            "il n'y a pas de commande %q",
	"it wants a command":                                "il faut une commande",
	"nothing stands beside the flags, and %q does":      "rien ne va à côté des options, et il y a %q",

	"it wants %s":                "il faut %s",
	"it wants one NAME, or none": "il faut un seul NAME, ou aucun",
	"it wants --from and --to":   "il faut --from et --to",
	"it wants --to":              "il faut --to",

	"it wants to know what: import members, or import communecter":                                     "il faut dire quoi : import members, ou import communecter",
	"it wants either --space and a folder, or --poll and a file":                                       "il faut soit --space et un dossier, soit --poll et un fichier",
	"--data and --postgres are two places: give one":                                                   "--data et --postgres sont deux endroits : donnez-en un",
	"--key is the public key that the instance publishes (GET /v1/key)":                                "--key est la clé publique que l'instance publie (GET /v1/key)",
	"--addr wants HOST:PORT, such as 127.0.0.1:8080":                                                   "--addr veut HOST:PORT, comme 127.0.0.1:8080",
	"--metrics wants HOST:PORT, such as 127.0.0.1:9090":                                                "--metrics veut HOST:PORT, comme 127.0.0.1:9090",
	"--log is text or json":                                                                            "--log est text ou json",
	"--linger is a time from 0s to 1h, such as 10s":                                                    "--linger est une durée de 0s à 1h, comme 10s",
	"--dev believes anybody who reaches the address: it listens on 127.0.0.1, [::1] or localhost only": "--dev croit quiconque atteint l'adresse : il n'écoute que sur 127.0.0.1, [::1] ou localhost",

	"it is either --json or --explain":                                                        "c'est soit --json, soit --explain",
	"--project goes with --explain":                                                           "--project va avec --explain",
	"it wants --rule: %s, or file":                                                            "il faut --rule : %s, ou file",
	"there is no rule %q; there are %s, and file":                                             "il n'y a pas de règle %q ; il y a %s, et file",
	"--rule %s does not look at --%s":                                                         "--rule %s ne regarde pas --%s",
	"--vector is for ballots that are rankings, and these are not":                            "--vector est pour des bulletins qui classent, et ceux-ci ne classent pas",
	"--vector wants whole numbers with commas between, such as 3,2,1, not %q":                 "--vector veut des nombres entiers séparés par des virgules, comme 3,2,1, et non %q",
	"the file names no rule; name one with --rule":                                            "le fichier ne nomme aucune règle ; nommez-en une avec --rule",
	"the file names the rule %q, which says too little to follow it; name one with --rule":    "le fichier nomme la règle %q, ce qui en dit trop peu pour la suivre ; nommez-en une avec --rule",
	"there is no project %q in this file":                                                     "il n'y a pas de projet %q dans ce fichier",
	"--rule quadratic reads points as money that was given, and these ballots give no points": "--rule quadratic lit les points comme de l'argent donné, et ces bulletins ne donnent pas de points",
	"--rule quadratic counts each ballot as one donor, and these have weights":                "--rule quadratic compte chaque bulletin pour une personne qui donne, et ceux-ci ont des poids",

	"there is no format %q; there are %s":                                                                 "il n'y a pas de format %q ; il y a %s",
	"it wants --method or --preset; coopspace methods lists them":                                         "il faut --method ou --preset ; coopspace methods en donne la liste",
	"there is no preset %q; coopspace methods lists them":                                                 "il n'y a pas de règlement %q ; coopspace methods en donne la liste",
	"--option wants NAME=VALUE, not %q":                                                                   "--option veut NAME=VALUE, et non %q",
	"none of these methods has a setting %q; coopspace methods NAME lists those of one":                   "aucune de ces méthodes n'a de réglage %q ; coopspace methods NAME donne ceux d'une méthode",
	"--ties says %s twice":                                                                                "--ties dit deux fois %s",
	"--ties names %q, who does not stand in this file":                                                    "--ties nomme %q, qui ne se présente pas dans ce fichier",
	"--ties lot: wants %d bytes in hexadecimal":                                                           "--ties lot: veut %d octets en hexadécimal",
	"--ties knows none, previous, order, order=A;B;C, chair=A;B;C, eldest=A;B;C and lot:SEED, and not %q": "--ties connaît none, previous, order, order=A;B;C, chair=A;B;C, eldest=A;B;C et lot:SEED, et non %q",
}
