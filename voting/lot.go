package voting

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// SeedSize is the length of a lot's seed in bytes.
const SeedSize = 32

// SeedHash is a lot's public promise: the SHA-256 of its seed in hexadecimal, published before the vote so that nobody can choose
// the seed afterwards.
func SeedHash(seed []byte) string {
	sum := sha256.Sum256(seed)
	return hex.EncodeToString(sum[:])
}

// Lot puts options in the order drawn by a seed: ascending SHA-256 of seed, a zero byte, the poll's id, a zero byte, the option's
// key. The first is drawn. Anybody who knows the published seed can do it again. The poll's id must hold no zero byte.
func Lot(seed []byte, poll string, options []Choice) []Choice {
	type drawn struct {
		sum    [sha256.Size]byte
		choice Choice
	}
	draws := make([]drawn, len(options))
	for i, c := range options {
		draws[i] = drawn{sha256.Sum256(slices.Concat(seed, []byte{0}, []byte(poll), []byte{0}, []byte(c))), c}
	}
	slices.SortFunc(draws, func(a, b drawn) int { return bytes.Compare(a.sum[:], b.sum[:]) })
	order := make([]Choice, len(draws))
	for i, d := range draws {
		order[i] = d.choice
	}
	return order
}
