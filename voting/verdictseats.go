package voting

import "slices"

// decideConsent adopts unless a voice objects, if any consents.
func (d *decision) decideConsent() Outcome {
	if !d.note(d.objections(Objection)) {
		return Rejected
	}
	consents := d.result.Of(Consents).plus(d.result.Of(Concern)).Voices
	if !d.note(Step{Test: TestConsent, Passed: consents > 0, Of: Expressed, By: Voices, Have: consents, Whole: d.result.Expressed.Voices}) {
		return Rejected
	}
	d.verdict.Winner = Consents
	return Adopted
}

// decideGradients adopts with the support that the question's settings ask for, unless a voice blocks where one can.
func (d *decision) decideGradients() Outcome {
	if d.question.word(blocks) == "stops" && !d.note(d.objections(Veto)) {
		return Rejected
	}
	share, _ := ParseFraction(d.question.word(supportShare)) // Question.Check has read it
	s := Step{Test: TestThreshold, Choice: Endorse, Choices: []Choice{Endorse}, Of: Expressed, By: Voices, Whole: d.result.Expressed.Voices, Fraction: &share}
	for _, t := range d.result.Votes[:d.question.number(supportLevels)] {
		s.Have += t.Voices
	}
	s.Need = max(share.need(s.Whole, false, d.unit(Expressed)), d.result.Unit)
	s.Passed = s.Have >= s.Need
	s.Missing = max(s.Need-s.Have, 0)
	if !d.note(s) {
		return Rejected
	}
	d.verdict.Winner = Endorse
	return Adopted
}

// objections counts the ballots that stop a proposal. One without a voice does not.
func (d *decision) objections(answer Choice) Step {
	votes := d.result.Of(answer)
	return Step{Test: TestObjections, Passed: votes.Voices == 0, Choice: answer, By: Seats, Have: Weight(votes.Seats) * Voice}
}

// support gives the voices for an option: of choices, its votes; else its score, of methods whose scores are voices.
func (d *decision) support(c Choice) Weight {
	if len(d.result.Votes) > 0 {
		return d.result.Of(c).Voices
	}
	for _, s := range d.result.Scores {
		if s.Choice == c {
			w, _ := parseVoices(string(s.Number)) // all are measurable
			return w
		}
	}
	return 0
}

// measurable says whether all scores are whole numbers of millionths of a voice, as weights are.
func (r Result) measurable() bool {
	return !slices.ContainsFunc(r.Scores, func(s Score) bool {
		_, err := parseVoices(string(s.Number))
		return err != nil
	})
}

// decideSeats fills the seats with the winners of the count who reach the threshold, if there is one. A tie for the last seats is broken as
// the rule says.
func (d *decision) decideSeats() Outcome {
	winners := slices.Clone(d.result.Winners)
	if d.rule.Threshold != nil && len(winners) > 0 {
		if winners = d.reaching(winners); len(winners) == 0 {
			return Rejected
		}
	}
	seats := d.question.places()
	tied, settled := d.tied(winners)
	lead := Step{Test: TestLead, Passed: len(winners) > 0 && settled, Choices: winners, Seats: seats}
	if d.note(lead) {
		return d.adopt(winners)
	}
	if len(winners) == 0 {
		return Rejected
	}
	if d.rule.TieBreak == TieStands {
		return Tied
	}
	sure := slices.DeleteFunc(slices.Clone(winners), func(c Choice) bool { return slices.Contains(tied, c) })
	broken := Step{Test: TestTieBreak, TieBreak: d.rule.TieBreak} // of a tie within the count: nobody to choose from
	switch {
	case len(tied) > 0 && len(sure) < seats:
		broken = d.breakTies(tied, seats-len(sure))
	case seats == 1 && d.rule.TieBreak == TieStatusQuo:
		broken, sure = d.breakTies(winners, 1), nil
	}
	if len(broken.Chosen) == 1 {
		broken.Choice, broken.Chosen = broken.Chosen[0], nil
	}
	d.note(broken)
	if !broken.Passed {
		return Tied
	}
	if broken.Choice != "" {
		sure = append(sure, broken.Choice)
	}
	if sure = append(sure, broken.Chosen...); len(sure) == 0 {
		return Rejected
	}
	return d.adopt(sure)
}

func (d *decision) adopt(winners []Choice) Outcome {
	if d.question.places() > 1 {
		d.verdict.Winners = winners
	} else {
		d.verdict.Winner = winners[0]
	}
	return Adopted
}

// reaching gives the winners who reach the threshold, and notes the test of each. Those with equal support are tested together.
func (d *decision) reaching(winners []Choice) []Choice {
	var out []Choice
	for len(winners) > 0 {
		n := 1
		for n < len(winners) && d.support(winners[n]) == d.support(winners[0]) {
			n++
		}
		if d.note(d.threshold(*d.rule.Threshold, winners[:n:n])) {
			out = append(out, winners[:n]...)
		}
		winners = winners[n:]
	}
	return out
}

// tied gives those between whom a tie for the last seats stands; settled says that there is no tie. A tie on which later rounds depended
// leaves nobody whom a tie-break could choose: then tied is empty.
func (d *decision) tied(winners []Choice) (tied []Choice, settled bool) {
	r, seats := d.result, d.question.places()
	if len(r.Shares) > 0 {
		given := int64(0)
		for _, s := range r.Shares {
			given += s.Seats
		}
		return nil, given == int64(seats)
	}
	if len(winners) <= seats {
		return nil, true
	}
	if n := len(r.Broken); n > 0 && r.Broken[n-1].By == "" {
		return slices.DeleteFunc(slices.Clone(r.Broken[n-1].Choices), func(c Choice) bool { return !slices.Contains(winners, c) }), false
	}
	return nil, false
}
