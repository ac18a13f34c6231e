package voting

import (
	"encoding/binary"
	"slices"
)

// Choices is a ballot that names any number of options, in any order: those approved of, or those voted for where there are several seats.
type Choices []Choice

func (c Choices) shape() Shape { return ShapeChoices }

func (c Choices) append(dst []byte) []byte { return appendKeys(append(dst, byteChoices), c) }

func appendKeys(dst []byte, keys []Choice) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(keys)))
	for _, k := range slices.Sorted(slices.Values(keys)) {
		dst = k.appendKey(dst)
	}
	return dst
}
