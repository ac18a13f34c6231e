package formats

import (
	"strconv"

	"github.com/communecter/coopspace/voting"
)

// The words of cells that are no names.
const (
	labelOvervote = "overvote"
	labelSkipped  = "undervote"
	labelWriteIn  = "UWI"
)

// open begins an object with what is known of the election.
func (o *output) open(candidates func(i int) string) {
	o.text("{")
	if o.file.Title != "" {
		o.text(`"title":`, jsonText(o.title()), ",")
	}
	if o.file.Seats > 0 {
		o.text(`"seats":`, strconv.Itoa(o.file.Seats), ",")
	}
	if candidates == nil {
		return
	}
	o.text(`"candidates":`)
	o.list(len(o.names), candidates)
	o.text(",\n")
}

func (o *output) list(n int, item func(i int) string) {
	o.text("[")
	for i := range n {
		if i > 0 {
			o.text(",")
		}
		o.text(item(i))
	}
	o.text("]")
}

func (o *output) name(i int) string { return jsonText(o.names[i]) }

// all writes the ballots, each with its count and what says it.
func (o *output) all(member string, say func(row []voting.Mark)) {
	o.text(`"ballots":[`)
	sign := "\n"
	for row, v := range o.rows() {
		for _, part := range parts(v) {
			o.text(sign, `{"count":`, part, `,"`, member, `":`)
			say(row)
			o.text("}")
			sign = ",\n"
		}
	}
	o.text("\n]}\n")
}

func (o *output) approvalJSON() {
	o.open(nil)
	o.text(`"num_cand":`, strconv.Itoa(len(o.names)), `,"ballots":[`)
	sign := "\n"
	for row, v := range o.rows() {
		for range v.Seats {
			o.text(sign)
			o.list(len(row), func(i int) string { return strconv.Itoa(row[i].Option()) })
			sign = ",\n"
		}
	}
	o.text("\n]}\n")
}

func (o *output) scoresJSON() {
	o.open(o.name)
	if o.file.MostScore > 0 {
		o.text(`"max_score":`, strconv.Itoa(o.file.MostScore), ",")
	}
	o.all("scores", func(row []voting.Mark) {
		o.text("{")
		sign := ""
		for i, m := range row {
			if m != voting.NoValue {
				o.text(sign, o.name(i), ":", strconv.Itoa(int(m)))
				sign = ","
			}
		}
		o.text("}")
	})
}

// ranks writes [["A"],["B","C"]].
func (o *output) ranks(row []voting.Mark) {
	o.text("[")
	for i, m := range row {
		switch {
		case m == voting.SkippedRank:
			o.text([]string{"[]", ",[]"}[min(i, 1)])
			continue
		case m.IsLevel():
			o.text(",")
		case i > 0:
			o.text(",[")
		default:
			o.text("[")
		}
		o.text(o.name(m.Option()))
		if i+1 == len(row) || row[i+1] == voting.SkippedRank || !row[i+1].IsLevel() {
			o.text("]")
		}
	}
	o.text("]")
}

func (o *output) rankedJSON() {
	o.open(o.name)
	o.all("ranking", o.ranks)
}

func (o *output) ballotJSON() {
	o.open(o.name)
	o.all("ballot", func(row []voting.Mark) {
		switch {
		case o.profile.Shape() == voting.ShapeRanking:
			o.ranks(row)
		case len(row) == 0:
			o.text("null")
		default:
			o.text(o.name(row[0].Option()))
		}
	})
}

func (o *output) recordJSON() {
	names, withdrawn := o.byNumber()
	if o.file.WriteIn != "" {
		names = names[:len(names)-1]
	}
	o.open(nil)
	o.text(`"candidates":`)
	o.list(len(names), func(i int) string {
		return `{"name":` + jsonText(names[i]) + `,"excluded":` + strconv.FormatBool(withdrawn[i]) + `,"aliases":[]}`
	})
	o.text(",\n", `"source_settings":[{"overvoteLabel":`, jsonText(labelOvervote), `,"overvoteDelimiter":"|","skippedRankLabel":`,
		jsonText(labelSkipped), `,"undeclaredWriteInLabel":`, jsonText(labelWriteIn), `,"treatBlankAsUndeclaredWriteIn":false}],`, "\n")
	o.all("ranks", func(row []voting.Mark) {
		o.text("[")
		for i := 0; i < len(row); {
			if i > 0 {
				o.text(",")
			}
			cell := o.cell(row[i])
			for i++; i < len(row) && row[i].IsLevel(); i++ {
				cell += "|" + o.cell(row[i])
			}
			o.text(jsonText(cell))
		}
		o.text("]")
	})
}

// cell gives what stands for a mark in a record.
func (o *output) cell(m voting.Mark) string {
	switch {
	case m == voting.SkippedRank:
		return labelSkipped
	case m == voting.Overvoted:
		return labelOvervote
	case o.profile.Options()[m.Option()] == o.file.WriteIn:
		return labelWriteIn
	}
	return o.names[m.Option()]
}

// sums gives how many judged, and the voices for each grade of each option.
func (o *output) sums() (judges voting.Votes, tallies [][]voting.Weight, err error) {
	judges, known := o.profile.Tallies()
	most := o.file.MostScore
	for row := range o.profile.Rows() {
		for _, m := range row {
			if m != voting.NoValue {
				most = max(most, int(m))
			}
		}
	}
	for _, row := range known {
		most = max(most, len(row)-1)
	}
	if most >= voting.MaxOptions {
		return judges, nil, ErrUnwritable.At("", "there are more than "+strconv.Itoa(voting.MaxOptions)+" grades")
	}
	tallies = make([][]voting.Weight, len(o.names))
	for i := range tallies {
		tallies[i] = make([]voting.Weight, most+1)
		if i < len(known) {
			copy(tallies[i], known[i])
		}
	}
	for row, v := range o.profile.Rows() {
		if judges, err = judges.Add(v); err != nil {
			return judges, nil, err
		}
		for i, m := range row {
			if m != voting.NoValue {
				tallies[i][m] += v.Voices // no more than the judges have
			}
		}
	}
	return judges, tallies, nil
}

// summed makes sure that sums say all.
func (o *output) summed() error {
	judges, _, err := o.sums()
	switch {
	case err != nil:
		return err
	case o.profile.Blank() != (voting.Votes{}):
		return ErrUnwritable.At("", "there are blank ballots, and sums have none")
	case judges.Voices != voting.Weight(judges.Seats)*voting.Voice:
		return ErrUnwritable.At("", strconv.FormatInt(judges.Seats, 10)+" ballots weigh "+judges.Voices.String()+" voices, and the participants are counted")
	}
	return nil
}

func (o *output) tallyJSON() {
	judges, tallies, _ := o.sums()
	o.open(nil)
	if o.file.Names != nil && !o.nameless() {
		o.text(`"proposals":`)
		o.list(len(o.names), o.name)
		o.text(",\n")
	}
	o.text(`"participants":`, strconv.FormatInt(judges.Seats, 10), `,"grades":"worst to best","tallies":[`)
	sign := "\n"
	for _, row := range tallies {
		o.text(sign)
		o.list(len(row), func(i int) string {
			if w := row[i]; w%voting.Voice != 0 {
				return w.String()
			}
			return strconv.FormatInt(int64(row[i]/voting.Voice), 10)
		})
		sign = ",\n"
	}
	o.text("\n]}\n")
}
