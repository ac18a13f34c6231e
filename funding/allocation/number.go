package allocation

import (
	"math/big"

	"github.com/communecter/coopspace/voting"
)

// number gives r as exact text.
func number(r *big.Rat) voting.Number { return voting.NumberOf(r) }
