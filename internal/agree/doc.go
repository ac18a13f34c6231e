// Package agree is how often tests try a property on random cases: a second count, straight from a definition, or what no result may break.
package agree
