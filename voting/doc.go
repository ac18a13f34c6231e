// Package voting says what a vote means: it counts ballots by a method, applies a body's rule to the count, and explains the verdict.
//
// It is pure. It reads no clock, file or network, draws nothing at random and keeps nothing: values in, values out, the same bytes for
// the same ballots in any order. Anybody can therefore repeat a count on a machine of their own.
//
//	Question + Ballots -> Profile -> Count -> Result
//	Question + Result + Rule + Facts -> Decide -> Verdict -> Explain
//
// A Question names a Method and its options. A Profile groups Ballots by what they say, each with its exact Weight; profiles of one
// question can be merged. Count gives a Result with its whole working. A Rule is data: a Quorum, a Threshold and a TieBreak,
// each naming the Base that it measures. Decide compares the Result with it, given the Facts of the roll and the attendance,
// and gives a Verdict: adopted, rejected, inquorate, tied or void, with every comparison as a Step.
//
// What is promised whatever the rule: no floating point decides anything, and sums that do not fit are errors; a weight of 0
// stays 0; for and against at equality is a rejection; nothing is adopted without a vote for it; a tie between options is a
// result, and nothing breaks it but what the rule names.
//
// The texts of a Weight ("0.5") and a Fraction ("2/3"), the binary and JSON forms of a ballot, and the JSON forms of Question, Rule,
// Result, Facts and Verdict are stable and grow only by additions. docs/methods has a page for each method.
package voting
