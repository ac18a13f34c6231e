package locale

import (
	"github.com/communecter/coopspace/voting" // want "internal/locale may not import voting"

	"golang.org/x/text/language" // want "internal/locale may not import golang.org/x/text/language"
)

var _, _ = voting.For, language.French
