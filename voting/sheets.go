package voting

import "slices"

// sheets are the distinct ballots of a profile in numbers, each with the votes cast so. Rows lie one after the other in blocks that
// never move, and what is known of each lies in blocks too; equal rows are found through a table of places, so that adding a ballot that is there
// allocates nothing.
type sheets struct {
	marks  [][]Mark
	sheets [][]sheet
	count  int
	table  []uint64 // open addressing by hash: the hash's upper half, and row number + 1
	used   int
	near   uint64 // nothing: see fetch
}

// sheet is one distinct ballot.
type sheet struct {
	block, start uint32 // where its row lies: its length, then its marks
	votes        Votes
}

const (
	// blockMarks is how many marks a block holds; a longer row gets a block of its own.
	blockMarks = 1 << 17
	// blockSheets is how many sheets a block holds, as a power of two.
	blockSheets = 12
)

// maxProbes bounds a search in the table. Rows beyond it are kept apart though they may be equal: that costs memory and changes no
// count, and nobody can slow a count down with rows chosen to collide.
const maxProbes = 64

func (s *sheets) len() int { return s.count }

func (s *sheets) sheet(i int) *sheet { return &s.sheets[i>>blockSheets][i&(1<<blockSheets-1)] }

// votes gives the votes of row i.
func (s *sheets) votes(i int) Votes { return s.sheet(i).votes }

// row gives the marks of row i; they must not be changed.
func (s *sheets) row(i int) []Mark {
	at := s.sheet(i)
	block := s.marks[at.block][at.start:]
	n := int(block[0]) | int(block[1])<<16
	return block[2 : 2+n]
}

// fetch looks at what adding rows of these hashes will look at: the table, then the sheets of rows that are likely equal, then their marks.
// All of it is too large to be near the processor, and so it comes at once rather than one after the other.
func (s *sheets) fetch(hashes []uint64) {
	if len(s.table) == 0 {
		return
	}
	var entries [addBatch]uint64
	var found [addBatch]*sheet
	mask := len(s.table) - 1
	for i, hash := range hashes {
		entries[i] = s.table[int(hash>>32)&mask]
	}
	near, n := uint64(0), 0
	for i, hash := range hashes {
		entry := entries[i]
		for at := int(hash >> 32); entry != 0 && entry>>32 != hash>>32 && at < int(hash>>32)+fewProbes; {
			at++
			entry = s.table[at&mask]
		}
		if entry != 0 && entry>>32 == hash>>32 {
			found[n] = s.sheet(int(uint32(entry)) - 1)
			n++
		}
	}
	for _, at := range found[:n] {
		near |= uint64(s.marks[at.block][at.start])
	}
	s.near = near
}

// fewProbes is how far fetch looks beyond the first place for a row: the places of one search lie together.
const fewProbes = 7

// addBatch is how many rows are fetched at once.
const addBatch = 64

// find gives the number of an equal row, or -1 and the free place in the table for it, or -1 and -1 if there is none near.
func (s *sheets) find(row []Mark, hash uint64) (number, place int) {
	if len(s.table) == 0 {
		return -1, -1
	}
	mask := len(s.table) - 1
	at := int(hash>>32) & mask
	for range maxProbes {
		entry := s.table[at]
		if entry == 0 {
			return -1, at
		}
		if entry>>32 == hash>>32 {
			if n := int(uint32(entry)) - 1; slices.Equal(s.row(n), row) {
				return n, at
			}
		}
		at = (at + 1) & mask
	}
	return -1, -1
}

// add adds votes to the row, which is copied if it is new, and gives its number.
func (s *sheets) add(row []Mark, v Votes, hash uint64) (number int) {
	if 4*s.used >= 3*len(s.table) {
		s.grow()
	}
	number, place := s.find(row, hash)
	if number >= 0 {
		sheet := s.sheet(number)
		sheet.votes = sheet.votes.plus(v)
		return number
	}
	s.keep(row, v)
	if place >= 0 {
		s.table[place] = hash>>32<<32 | uint64(s.count)
		s.used++
	}
	return s.count - 1
}

func (s *sheets) keep(row []Mark, v Votes) {
	need := len(row) + 2
	last := len(s.marks) - 1
	if last < 0 || cap(s.marks[last])-len(s.marks[last]) < need {
		s.marks = append(s.marks, make([]Mark, 0, max(need, s.blockSize())))
		last++
	}
	block := s.marks[last]
	whole := s.count >> blockSheets // blocks; the first grows, for small profiles
	if whole == len(s.sheets) {
		s.sheets = append(s.sheets, make([]sheet, 0, min(whole, 1)<<blockSheets))
	}
	s.sheets[whole] = append(s.sheets[whole], sheet{uint32(last), uint32(len(block)), v})
	s.count++
	block = append(block, Mark(len(row)&0xffff), Mark(len(row)>>16))
	s.marks[last] = append(block, row...)
}

// blockSize gives the size of the next block of marks: the first are small, for small profiles.
func (s *sheets) blockSize() int { return blockMarks >> max(0, 7-2*len(s.marks)) }

// grow makes the table four times as large and enters every row anew.
func (s *sheets) grow() {
	old := s.table
	s.table = make([]uint64, max(128, 4*len(old)))
	s.used = 0
	mask := len(s.table) - 1
	for _, entry := range old {
		if entry == 0 {
			continue
		}
		at := int(entry>>32) & mask
		for range maxProbes {
			if s.table[at] == 0 {
				s.table[at] = entry
				s.used++
				break
			}
			at = (at + 1) & mask
		}
	}
}

// hashMarks spreads rows over the table. It decides nothing but where a row is looked for.
func hashMarks(row []Mark) uint64 {
	h := uint64(len(row)) * 0x9e3779b97f4a7c15
	for len(row) >= 4 {
		w := uint64(row[0]) | uint64(row[1])<<16 | uint64(row[2])<<32 | uint64(row[3])<<48
		h = (h ^ w) * 0xff51afd7ed558ccd
		h ^= h >> 32
		row = row[4:]
	}
	for _, m := range row {
		h = (h ^ uint64(m)) * 0xff51afd7ed558ccd
	}
	h ^= h >> 29
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>32
}
