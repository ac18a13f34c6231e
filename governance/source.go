package governance

import (
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// bySource is the index, of every noun that can be imported, in which an import finds what it brought before.
const bySource = "source"

func sourceKey(source string) []store.Key {
	if source == "" {
		return nil
	}
	return []store.Key{{Index: bySource, Bytes: []byte(source)}}
}

// findSource gives the own id of what an import brought from a source; empty when there is none.
func findSource[S any](r *journal.Reader, n *journal.Noun[S], of func(S) string, source string) (string, error) {
	for item, err := range n.List(r, store.Query{Index: bySource, Prefix: []byte(source)}) {
		if err != nil {
			return "", err
		}
		if of(item.State) == source { // and not only begins so
			return item.ID, nil
		}
	}
	return "", nil
}
