package httpapi

import (
	"net/http"
	"time"

	"github.com/communecter/coopspace/internal/arch" // want "httpapi may not import internal/arch"
	"github.com/communecter/coopspace/store/bolt"    // want "httpapi may not import store/bolt"
)

func serve() { _, _, _, _ = http.Serve, time.Now(), arch.Table, bolt.Open }
