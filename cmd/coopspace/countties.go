package main

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
)

// parseTies reads a policy of ties: words with commas between. Nil breaks none.
func parseTies(policy string, file *formats.File) (*voting.Ties, error) {
	if policy == "" || policy == "none" {
		return nil, nil
	}
	ties := &voting.Ties{}
	for _, word := range tieWords(policy) {
		kind, rest, _ := strings.Cut(word, "=")
		seed, drawn := strings.CutPrefix(word, "lot:")
		switch {
		case word == "previous":
			ties.By = append(ties.By, voting.TiePrevious)
		case word == "order":
			ties.By, ties.Order = append(ties.By, voting.TieOrder), tieOrder(file)
		case kind == "order":
			order, err := namedOrder(rest, file)
			if err != nil {
				return nil, err
			}
			ties.By, ties.Order = append(ties.By, voting.TieOrder), order
		case drawn:
			seed, poll, _ := strings.Cut(seed, ":")
			b, err := hex.DecodeString(seed)
			if err != nil {
				return nil, voting.ErrTies.At("seed", "is not in hexadecimal: "+strconv.Quote(seed))
			}
			ties.By, ties.Seed, ties.Poll = append(ties.By, voting.TieLot), b, poll
		default:
			return nil, voting.ErrTies.At("by", strconv.Quote(word)+" is not none, order, order=A;B;C, previous or lot:SEED")
		}
	}
	return ties, nil
}

// tieWords parts a policy at its commas, but for those inside the names of an order.
func tieWords(policy string) []string {
	var words []string
	for _, w := range strings.Split(policy, ",") {
		last := len(words) - 1
		known := w == "previous" || w == "order" || strings.HasPrefix(w, "order=") || strings.HasPrefix(w, "lot:")
		if !known && last >= 0 && strings.HasPrefix(words[last], "order=") {
			words[last] += "," + w
			continue
		}
		words = append(words, w)
	}
	return words
}

// tieOrder is the order that the file says, or else that of its candidates.
func tieOrder(file *formats.File) []voting.Choice {
	if file.Ties != nil {
		return file.Ties
	}
	return file.Profile.Options()
}

// namedOrder reads candidates by name or number, with semicolons between.
func namedOrder(text string, file *formats.File) ([]voting.Choice, error) {
	var order []voting.Choice
	for _, name := range strings.Split(text, ";") {
		c, ok := file.Find(strings.TrimSpace(name))
		if !ok {
			return nil, voting.ErrTies.At("order", strconv.Quote(name)+" is no candidate of the file")
		}
		order = append(order, c)
	}
	return order, nil
}
