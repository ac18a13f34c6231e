package voting

// sheets are the distinct ballots of a profile in numbers, each with the votes cast so. Rows lie one after the other in blocks that
// never move, and equal rows are found through a table of places, so that adding a ballot that is there allocates nothing.
type sheets struct {
	blocks [][]Mark
	start  []uint64 // block<<32 | offset of each row: its length, then its marks
	votes  []Votes
	table  []uint32 // open addressing by hash: row number + 1
	used   int
}

// blockMarks is how many marks a block holds; a longer row gets a block of its own.
const blockMarks = 1 << 17

// maxProbes bounds a search in the table. Rows beyond it are kept apart though they may be equal: that costs memory and changes no
// count, and nobody can slow a count down with rows chosen to collide.
const maxProbes = 64

func (s *sheets) len() int { return len(s.start) }

// row gives the marks of row i; they must not be changed.
func (s *sheets) row(i int) []Mark {
	at := s.start[i]
	block := s.blocks[at>>32][uint32(at):]
	n := int(block[0]) | int(block[1])<<16
	return block[2 : 2+n]
}

// find gives the number of an equal row, or -1 and the free place in the table for it, or -1 and -1 if there is none near.
func (s *sheets) find(row []Mark) (number, place int) {
	if len(s.table) == 0 {
		return -1, -1
	}
	mask := len(s.table) - 1
	at := int(hashMarks(row)) & mask
	for range maxProbes {
		n := s.table[at]
		if n == 0 {
			return -1, at
		}
		if equalMarks(s.row(int(n-1)), row) {
			return int(n - 1), at
		}
		at = (at + 1) & mask
	}
	return -1, -1
}

// add adds votes to the row, which is copied if it is new.
func (s *sheets) add(row []Mark, v Votes) {
	if 4*s.used >= 3*len(s.table) {
		s.grow()
	}
	number, place := s.find(row)
	if number >= 0 {
		s.votes[number] = s.votes[number].plus(v)
		return
	}
	s.keep(row, v)
	if place >= 0 {
		s.table[place] = uint32(len(s.start))
		s.used++
	}
}

func (s *sheets) keep(row []Mark, v Votes) {
	need := len(row) + 2
	last := len(s.blocks) - 1
	if last < 0 || cap(s.blocks[last])-len(s.blocks[last]) < need {
		s.blocks = append(s.blocks, make([]Mark, 0, max(need, blockMarks)))
		last++
	}
	block := s.blocks[last]
	s.start = append(s.start, uint64(last)<<32|uint64(len(block)))
	block = append(block, Mark(len(row)&0xffff), Mark(len(row)>>16))
	s.blocks[last] = append(block, row...)
	s.votes = append(s.votes, v)
}

// grow doubles the table and enters every row anew.
func (s *sheets) grow() {
	s.table = make([]uint32, max(64, 2*len(s.table)))
	s.used = 0
	mask := len(s.table) - 1
	for i := range s.start {
		at := int(hashMarks(s.row(i))) & mask
		for range maxProbes {
			if s.table[at] == 0 {
				s.table[at] = uint32(i + 1)
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

func equalMarks(a, b []Mark) bool {
	if len(a) != len(b) {
		return false
	}
	for i, m := range a {
		if m != b[i] {
			return false
		}
	}
	return true
}
