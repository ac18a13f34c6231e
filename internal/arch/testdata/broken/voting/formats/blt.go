package blt // want "package blt lies in the folder formats"

import (
	"io"

	"github.com/communecter/coopspace/governance" // want "voting/formats may not import governance"
	"github.com/communecter/coopspace/voting"
)

func read(r io.Reader) (voting.Profile, error) { return governance.Read(r) }
