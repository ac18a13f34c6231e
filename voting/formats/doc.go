// Package formats reads and writes the files in which elections are published: BLT, PrefLib, the Condorcet Election Format, ABIF, tables
// of scores, and several forms of JSON. docs/formats.md says of each what is read, what is refused, and what is lost when it is written.
//
// A file is read in a stream, in bounded memory, and its format is told by its content and never by its name. What is wrong is refused
// with the line and the column, counted in bytes from 1, and nothing is half read.
//
//	Read -> File (names, seats, Profile) -> voting.CountBy
//	File -> Write -> Read: the same Profile
package formats
