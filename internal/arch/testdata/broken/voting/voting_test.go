package voting

import (
	"time"

	"github.com/stretchr/testify/assert" // want "a test imports github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var started = time.Now() // tests may keep what they like
