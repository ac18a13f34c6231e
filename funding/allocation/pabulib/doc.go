// Package pabulib reads and writes .pb files, in which cities publish their participatory budgets: the budget, the projects and what they
// cost, the ballots, and often what was bought. docs/formats.md says what is read, and how. It is pure: bytes in, values out.
package pabulib
