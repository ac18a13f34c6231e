package pabulib

import (
	"bytes"
	"strconv"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// whole reads a whole number of at most 18 digits. Programs that keep all numbers as fractions write "5.0", which is read too.
func (c cell) whole() (int64, error) {
	digits, zeros, point := bytes.Cut(c.text, []byte("."))
	if len(digits) == 0 || len(digits) > 18 || point && (len(zeros) == 0 || len(bytes.Trim(zeros, "0")) > 0) {
		return 0, c.at.contents(fault.Quoted(c.text) + " is no whole number")
	}
	n := int64(0)
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, c.at.contents(fault.Quoted(c.text) + " is no whole number")
		}
		n = 10*n + int64(d-'0')
	}
	return n, nil
}

// amount reads an amount of money of no less than nothing.
func (c cell) amount(cur money.Currency) (money.Amount, error) {
	a, err := money.ParseDecimal(string(c.text), cur)
	if err != nil {
		return a, c.at.because(err)
	}
	if a.Sign() < 0 {
		return a, c.at.contents(fault.Quoted(c.text) + " is negative")
	}
	return a, nil
}

// weight reads a number of voices with at most six decimal places.
func (c cell) weight() (voting.Weight, error) {
	w, err := voting.ParseWeight(string(c.text))
	if err != nil {
		return 0, c.at.because(err)
	}
	return w, nil
}

// points reads the points of one project.
func (c cell) points() (int64, error) {
	n, err := c.whole()
	if err == nil && n > voting.MaxValue {
		err = c.at.contents(fault.Quoted(c.text) + " points are more than " + strconv.Itoa(voting.MaxValue))
	}
	return n, err
}

// list gives the values of a cell between commas. It is good until the next call; an empty cell has none.
func (c cell) list(values []cell) []cell {
	values = values[:0]
	for rest, at := c.text, c.at; len(c.text) > 0; {
		end := bytes.IndexByte(rest, ',')
		if end < 0 {
			end = len(rest)
		}
		values = append(values, trim(rest[:end], at))
		if end == len(rest) {
			break
		}
		rest, at.column = rest[end+1:], at.column+end+1
	}
	return values
}
