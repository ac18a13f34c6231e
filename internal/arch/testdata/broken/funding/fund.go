package funding

import (
	"math/rand" // want "randomness is injected: funding may not import math/rand"
	"net/http"  // want "funding does not speak HTTP: it may not import net/http"
)

var (
	seed    = rand.Int()
	handler = http.NotFoundHandler()
)
