// Package golden is what tests share that compare us with other people's results: where the cases lie, and those that are disputed.
package golden
