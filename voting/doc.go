// Package voting says what a vote means.
package voting
