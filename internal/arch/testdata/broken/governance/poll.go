package governance

import (
	"github.com/communecter/coopspace/funding" // want "governance may not import funding"
	_ "github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/memory" // want "governance may not import store/memory"
	"github.com/communecter/coopspace/voting"
)

func open(float64 int) { // an argument with a bad name is not floating point
	_, _, _, _ = funding.Open, memory.Open, voting.For, float64
	var turnout float32 // want "float32 decides nothing here"
	_ = turnout
}
