package formats

import (
	"math"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// votes reads how many ballots say the same: a whole number is so many ballots of one voice each; a number with a decimal point is one
// ballot of that weight. why is "" when it can be read.
func votes(text []byte) (v voting.Votes, why string) {
	if n, ok := digits(text); ok {
		return whole(n)
	}
	switch {
	case len(text) > 0 && text[0] == '-':
		return v, fault.Quoted(text) + " is negative"
	case len(text) > 40:
		return v, fault.Quoted(text) + " is no number of ballots"
	}
	point := -1
	for i, c := range text {
		switch {
		case c == '.' && point < 0:
			point = i
		case c < '0' || c > '9':
			return v, fault.Quoted(text) + " is no number of ballots"
		}
	}
	switch {
	case point == 0 || point == len(text)-1:
		return v, fault.Quoted(text) + " is no number of ballots"
	case point < 0:
		return v, fault.Quoted(text) + " is more ballots than can be counted"
	case len(text)-point-1 > 6:
		return v, fault.Quoted(text) + " has more than six decimal places"
	}
	var w voting.Weight
	if err := w.UnmarshalText(text); err != nil {
		return v, fault.Quoted(text) + " is more than can be counted"
	}
	return voting.Votes{Seats: 1, Voices: w}, ""
}

// whole gives so many ballots of one voice each.
func whole(n int64) (voting.Votes, string) {
	if n > math.MaxInt64/int64(voting.Voice) {
		return voting.Votes{}, strconv.FormatInt(n, 10) + " is more ballots than can be counted"
	}
	return voting.Votes{Seats: n, Voices: voting.Weight(n) * voting.Voice}, ""
}

// times gives the votes of so many ballots of this weight.
func times(weight voting.Weight, ballots int64) (voting.Votes, string) {
	if ballots > 0 && weight > math.MaxInt64/voting.Weight(ballots) {
		return voting.Votes{}, "is more than can be counted"
	}
	return voting.Votes{Seats: ballots, Voices: weight * voting.Weight(ballots)}, ""
}

// digits reads a whole number of at most 18 digits.
func digits(text []byte) (int64, bool) {
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	n := int64(0)
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return n, true
}
