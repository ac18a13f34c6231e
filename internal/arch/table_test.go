package arch

// room is a package's line in the import table.
type room struct {
	ours  []string // the project's packages it may import, beside fault and locale; public for all that are not internal
	third []string // other people's packages it may import: import paths, or module paths that cover what lies below

	pure  bool     // values in, values out: no clock, no context, no network, no files, no randomness
	hands []string // of a pure package, the files that may start goroutines: these work beside each other, and none of them decides
	exact bool     // decides results: no floating point
	timed bool     // its time is given to it: it never asks the wall clock
	edge  bool     // it speaks HTTP; nobody else does
	suite bool     // tests in all but the name of their files: seeded randomness is theirs
}

// public stands for every package of ours that is not internal.
const public = "*"

// free are the packages that all others may import. They import nothing of ours.
var free = []string{"internal/fault", "internal/locale"}

// Other people's modules, by what they are used for.
const (
	decimal = "github.com/shopspring/decimal" // the exchange type at borders
	uuid    = "github.com/google/uuid"        // ids
	bbolt   = "go.etcd.io/bbolt"
	sumdb   = "golang.org/x/mod/sumdb" // the Merkle tree and signed notes
	norm    = "golang.org/x/text"      // NFC, collation, money
	chi     = "github.com/go-chi/chi/v5"
	huma    = "github.com/danielgtaylor/huma/v2"
	pgx     = "github.com/jackc/pgx/v5"
	goose   = "github.com/pressly/goose/v3"
	cobra   = "github.com/spf13/cobra"
	pflag   = "github.com/spf13/pflag"
	prom    = "github.com/prometheus/client_golang"
	testify = "github.com/stretchr/testify/require"
	rapid   = "pgregory.net/rapid"
	openapi = "github.com/getkin/kin-openapi"
	linear  = "github.com/anishathalye/porcupine" // whether a recorded history is one that could have been
)

// inTests are the modules that test files may import beside those of the table.
var inTests = []string{testify, rapid, openapi, linear}

// domain is what the edges are made of.
var domain = []string{
	"voting", "voting/formats", "governance", "governance/keys", "governance/assembly", "funding", "funding/allocation", "funding/allocation/pabulib",
	"funding/money",
}

// table is the layout, whole: a line may wait for its package, and no package goes without a line.
var table = map[string]room{
	"internal/agree":    {third: []string{rapid}, suite: true},                                                                     // how often tests try a property
	"internal/anystore": {ours: []string{"internal/pgtest", "store", "store/memory", "store/bolt", "store/postgres"}, suite: true}, // a store of any driver, for tests
	"internal/arch":     {},
	"internal/fault":    {},
	"internal/golden":   {third: []string{testify}, suite: true}, // what golden tests share
	"internal/locale":   {third: []string{decimal}},
	"internal/trial":    {suite: true},                       // what only the whole shows: tests alone
	"internal/pgtest":   {third: []string{pgx}, suite: true}, // a PostgreSQL for tests

	"voting": {ours: []string{"voting/internal/committee"}, third: []string{decimal}, pure: true, exact: true},
	// A ballot file of a million lines is read with one hand while the other adds what was read, in order: docs/design/0016.
	"voting/formats":            {ours: []string{"voting"}, third: []string{decimal}, pure: true, exact: true, hands: []string{"bltlines.go"}},
	"voting/internal/committee": {pure: true, exact: true},
	"funding/allocation":        {ours: []string{"voting", "funding/money"}, third: []string{decimal}, pure: true, exact: true},
	"funding/allocation/pabulib": {
		ours: []string{"voting", "funding/allocation", "funding/money"}, third: []string{decimal}, pure: true, exact: true,
	},
	"funding/money": {third: []string{decimal}, pure: true, exact: true},

	"store":          {},
	"store/archive":  {ours: []string{"store", "store/internal/wire"}},
	"store/memory":   {ours: []string{"store", "store/internal/door"}},
	"store/bolt":     {ours: []string{"store", "store/internal/crowd", "store/internal/door", "store/internal/wire"}, third: []string{bbolt}},
	"store/postgres": {ours: []string{"store", "store/internal/crowd", "store/internal/door"}, third: []string{pgx, goose}},
	// What the drivers share: how many callers share a commit, how a store is closed, and how bytes are laid down.
	"store/internal/crowd": {ours: []string{"store"}},
	"store/internal/door":  {ours: []string{"store"}},
	"store/internal/wire":  {},
	// The suite is made of tests, though its files are not named so: drivers outside the project run it too.
	"store/storetest": {ours: []string{"store", "store/memory"}, third: []string{testify, rapid}, suite: true},
	"store/journal":   {ours: []string{"store"}, third: []string{sumdb, uuid}, timed: true},

	"governance": {
		ours:  []string{"voting", "store", "store/journal"},
		third: []string{decimal, uuid, norm, sumdb}, exact: true, timed: true,
	},
	"governance/keys": {ours: []string{"voting", "store", "store/journal"}},
	// What another system holds comes in through the engine, never around it.
	"governance/communecter": {ours: []string{"governance", "voting"}, exact: true, timed: true},
	"governance/assembly": {
		ours:  []string{"governance", "voting", "funding/allocation", "store", "store/journal"},
		third: []string{decimal, uuid, norm}, exact: true, timed: true,
	},
	"funding": {
		ours:  []string{"governance", "voting", "funding/allocation", "funding/money", "store", "store/journal"},
		third: []string{decimal, uuid, norm}, exact: true, timed: true,
	},

	"httpapi":         {ours: append([]string{"httpapi/auth", "httpapi/webui"}, domain...), third: []string{chi, huma, decimal}, edge: true},
	"httpapi/auth":    {ours: domain, third: []string{chi}, edge: true},
	"httpapi/metrics": {ours: []string{"httpapi"}, third: []string{prom}, edge: true},
	"httpapi/webui":   {ours: append([]string{"httpapi/auth"}, domain...), third: []string{chi, decimal}, edge: true},

	"cmd/coopspace": {ours: []string{public}, third: []string{cobra, pflag, chi}, edge: true},
	"examples":      {ours: []string{public}, third: []string{chi}, edge: true}, // and every package below it
}

// badNames say nothing of what is inside.
var badNames = []string{"models", "types", "utils", "util", "common", "helpers", "helper", "misc"}

// links says what a program links, beside the standard library, when it imports some of our packages and nothing else.
var links = []struct {
	what    string
	imports []string // ours
	ours    []string // the packages of ours that come with them
	third   []string // the modules that come with them
	without []string // packages of the standard library that must not come along
}{
	{
		what:    "a program that counts",
		imports: []string{"voting", "funding/allocation", "funding/money"},
		ours: []string{
			"voting", "voting/internal/committee", "funding/allocation", "funding/money", "internal/fault", "internal/locale",
		},
		third:   []string{decimal},
		without: []string{"net", "net/http", "os/exec", "encoding/xml", "html/template"},
	},
	{
		what:    "an embedder who keeps one file",
		imports: []string{"governance", "governance/keys", "governance/assembly", "funding", "store/bolt"},
		ours: []string{
			"governance", "governance/keys", "governance/assembly", "funding", "funding/allocation", "funding/money", "voting",
			"voting/internal/committee",
			"store", "store/bolt", "store/internal/crowd", "store/internal/door", "store/internal/wire", "store/journal", "internal/fault", "internal/locale",
		},
		third:   []string{decimal, uuid, bbolt, "golang.org/x/sys", sumdb, norm},
		without: []string{"net/http", "html/template", "testing"},
	},
	{
		what:    "an embedder who serves the API, and is not measured",
		imports: []string{"httpapi", "httpapi/auth"},
		ours: []string{
			"httpapi", "httpapi/auth", "governance", "voting", "voting/internal/committee", "store", "store/journal",
			"internal/fault", "internal/locale",
		},
		third:   []string{decimal, uuid, sumdb, norm, chi, huma},
		without: []string{"testing"},
	},
}
