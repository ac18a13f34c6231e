// Package allocation says who gets funded: given projects that cost money, a budget, and the ballots of those who share it, which projects
// are bought, who pays what for them, and why. It is pure: values in, values out, exact throughout.
//
// An Election is the projects, the budget and the ballots; Allocate buys by a Rule and gives an Outcome with its whole working.
// docs/methods has a page for each rule.
package allocation
