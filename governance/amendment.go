package governance

import "github.com/communecter/coopspace/store/journal"

// Amendment is an amendment as an import found it.
type Amendment struct {
	Author   MemberID
	Text     string
	For      int64
	Against  int64
	Blank    int64
	Accepted bool
}

type amendment struct {
	Key      string             `json:"key"`
	Author   string             `json:"author,omitempty"`
	Text     journal.Commitment `json:"text"`
	For      int64              `json:"for"`
	Against  int64              `json:"against"`
	Blank    int64              `json:"blank"`
	Accepted bool               `json:"accepted"`
}

type amendmentText struct {
	Text string `json:"text"`
}

func (v *scope) amendmentView(a amendment) (Amendment, error) {
	var text amendmentText
	_, err := v.Text(a.Text, &text)
	return Amendment{
		Author: scoped[MemberID](v.id, a.Author), Text: text.Text, For: a.For, Against: a.Against, Blank: a.Blank,
		Accepted: a.Accepted,
	}, err
}
