package main

import "github.com/communecter/coopspace/governance"

func main() { _ = governance.Open }
