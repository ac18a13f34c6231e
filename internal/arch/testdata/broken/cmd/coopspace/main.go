package main

import (
	_ "embed"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/internal/secret" // want "cmd/coopspace may not import internal/secret"
	"github.com/communecter/coopspace/store/bolt"
)

//go:embed page.html
var page string

func main() { _, _, _ = fault.New, secret.Open, bolt.Open }
