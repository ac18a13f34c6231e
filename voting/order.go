package voting

// mostOrdered is how many ballots a profile remembers the order of.
const mostOrdered = 1 << 20

// blankRow stands for a blank ballot in an order.
const blankRow = -1

// KeepOrder has an empty profile remember the order in which its ballots come, such as that of a published file. Only a method whose
// definition takes voters in an order looks at it: "greedy-monroe". It is forgotten when ballots are taken away or profiles merged, when a
// ballot weighs other than one voice, and beyond a million ballots.
func (p *Profile) KeepOrder() {
	if p.cast == (Votes{}) {
		p.order = []int32{}
	}
}

// follow notes that ballots of a row came next.
func (p *Profile) follow(row int, v Votes) {
	if p.order == nil {
		return
	}
	if v.Voices != Weight(v.Seats)*Voice || int64(len(p.order)) > mostOrdered-v.Seats {
		p.order = nil
		return
	}
	for range v.Seats {
		p.order = append(p.order, int32(row))
	}
}
