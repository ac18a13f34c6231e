package formats

import (
	"encoding/binary"
	"runtime"

	"github.com/communecter/coopspace/voting"
)

// bltLines reads ballots of BLT that are whole lines of plain numbers, which most are, and adds them to the profile by the batch. While it
// reads one batch another goroutine adds those before, in their order: what comes out is the same as if one did both, and so is the ballot
// that is refused first. See docs/design/0016-reading-on-two-cores.md.
type bltLines struct {
	options []int // the place of each candidate among those that stand; -1: withdrawn
	profile *voting.Profile
	short   [1 << 9]voting.Mark // what the numbers of one or two digits name: see known
	batch   *bltBatch           // that is being filled
	refused *bltRefused         // the first of all ballots that was refused; none after it is added

	// Between this goroutine and the one that adds. Nil before a batch is full: a small file needs no other.
	todo, done chan *bltBatch
	out        int // batches that are not back from there
}

// bltBatch are ballots that were read and are not yet added, with their lines.
type bltBatch struct {
	rows    []voting.Mark
	ends    []int
	votes   []voting.Votes
	text    []byte
	lines   []int // where each line ends in the text
	number  int   // of the first line
	refused *bltRefused
	panic   any // what adding it panicked with
}

// bltRefused is a ballot that the profile refused.
type bltRefused struct {
	line   []byte
	number int
	err    error
}

// The bounds of a batch: so many ballots, and no more once it holds so many marks or bytes of text.
const (
	batchLines = 1 << 10
	batchMarks = 1 << 15
	batchText  = 1 << 17
	batches    = 4 // at most
)

// begin begins to read ballots of those candidates into the profile.
func (l *bltLines) begin(options []int, profile *voting.Profile) {
	l.options, l.profile, l.batch = options, profile, &bltBatch{}
	for i := range l.short {
		l.short[i] = voting.NoValue
	}
	for n := 1; n < min(len(options), 100); n++ {
		if options[n] < 0 {
			continue
		}
		if n < 10 {
			l.short[n] = voting.Mark(options[n])
		} else {
			l.short[n/10|(16+n%10)<<4] = voting.Mark(options[n])
		}
	}
}

// read reads a line, which ends with \n, and puts the ballot into the batch. It gives false when the line is anything else than a ballot in
// plain numbers.
func (l *bltLines) read(line []byte, number int) bool {
	b := l.batch
	weight, i := 0, 0
	for ; line[i]-'0' <= 9; i++ {
		if weight = 10*weight + int(line[i]-'0'); i > 8 {
			return false
		}
	}
	if weight == 0 || line[i] != ' ' {
		return false
	}
	used := 0
	if n := len(b.ends); n > 0 {
		used = b.ends[n-1]
	}
	if len(b.rows)-used < len(l.options) {
		b.rows = append(b.rows[:used], make([]voting.Mark, max(len(l.options), used))...)
	}
	marks, ok := l.known(line[i:], b.rows[used:used+len(l.options)-1])
	if !ok {
		return false
	}
	if len(b.ends) == 0 {
		b.number = number
	}
	b.ends = append(b.ends, used+marks)
	b.votes = append(b.votes, voting.Votes{Seats: int64(weight), Voices: voting.Weight(weight) * voting.Voice})
	b.text = append(b.text, line...)
	b.lines = append(b.lines, len(b.text))
	return true
}

// known reads the candidates on a ballot and the 0 that ends it into a row that has room for all of them.
func (l *bltLines) known(line []byte, row []voting.Mark) (marks int, ok bool) {
	i := 0
	// Four bytes hold a space, a number of one or two digits, and what follows it. Nothing here depends on how many digits there are, which
	// no processor can guess: the first digit and the lower bits of the byte after it say who is named, and one bit of that byte says
	// whether it is a digit too.
	for i+4 <= len(line) && marks < len(row) {
		four := binary.LittleEndian.Uint32(line[i:])
		m := l.short[four>>8&0xf|four>>12&0x1f0]
		if four&0x00e0f0ff != 0x00203020 || m == voting.NoValue {
			break
		}
		row[marks] = m
		marks++
		i += 2 + int(four>>20&1)
	}
	if marks > 0 && line[i]-'0' <= 9 { // two digits of three or more
		marks--
		i -= 3
	}
	withdrawn := false
	for {
		if line[i]-'0' > 9 {
			if line[i] != ' ' {
				return 0, false
			}
			i++
			continue
		}
		n, first := 0, i
		for ; line[i]-'0' <= 9 && n < len(l.options); i++ {
			n = 10*n + int(line[i]-'0')
		}
		if line[i] > ' ' || n >= len(l.options) || n == 0 && i > first+1 { // 00 ends no ballot
			return 0, false
		}
		if n == 0 {
			break
		}
		o := l.options[n]
		if o < 0 && withdrawn || o >= 0 && marks == len(row) {
			return 0, false // somebody may be named twice
		}
		if o < 0 {
			withdrawn = true
			continue
		}
		row[marks] = voting.Mark(o)
		marks++
	}
	for line[i] == ' ' || line[i] == '\r' {
		i++
	}
	return marks, i == len(line)-1
}

// full says whether the batch is to be handed over.
func (l *bltLines) full() bool {
	b := l.batch
	return len(b.ends) >= batchLines || b.ends[len(b.ends)-1] >= batchMarks || len(b.text) >= batchText
}

// hand hands the batch over to be added, and takes one that is empty. It adds the batch itself where only one goroutine can run at a time.
func (l *bltLines) hand() {
	if l.todo == nil {
		if runtime.GOMAXPROCS(0) == 1 {
			l.batch.add(l.profile)
			l.take(l.batch)
			return
		}
		l.todo, l.done = make(chan *bltBatch, batches), make(chan *bltBatch, batches)
		go adding(l.profile, l.todo, l.done)
	}
	l.todo <- l.batch
	if l.out++; l.out < batches {
		select {
		case b := <-l.done:
			l.out--
			l.take(b)
		default:
			l.batch = &bltBatch{}
		}
		return
	}
	l.out--
	l.take(<-l.done)
}

// adding adds batches in the order in which they come, and none after one that is refused.
func adding(p *voting.Profile, todo <-chan *bltBatch, done chan<- *bltBatch) {
	defer close(done)
	for ok := true; ; {
		b, more := <-todo
		if !more {
			return
		}
		if ok {
			ok = b.addSafely(p)
		}
		done <- b
	}
}

// addSafely adds the batch as add does, and keeps a panic for the goroutine that reads.
func (b *bltBatch) addSafely(p *voting.Profile) (ok bool) {
	defer func() {
		if b.panic = recover(); b.panic != nil {
			ok = false
		}
	}()
	return b.add(p)
}

// add adds the batch. It gives false when a ballot is refused.
func (b *bltBatch) add(p *voting.Profile) bool {
	added, err := p.AddRows(b.rows, b.ends, b.votes)
	if err == nil {
		return true
	}
	begin := 0
	if added > 0 {
		begin = b.lines[added-1]
	}
	b.refused = &bltRefused{b.text[begin:b.lines[added]], b.number + added, err}
	return false
}

// take takes a batch that has been added, and empties it.
func (l *bltLines) take(b *bltBatch) {
	if b.panic != nil {
		panic(b.panic)
	}
	if l.refused == nil && b.refused != nil {
		l.refused = b.refused
		b.text = nil
	}
	b.ends, b.votes, b.text, b.lines, b.refused = b.ends[:0], b.votes[:0], b.text[:0], b.lines[:0], nil
	l.batch = b
}

// wait waits until all that was read is added, so that the profile may be looked at and added to.
func (l *bltLines) wait() {
	filled := l.batch
	for ; l.out > 0; l.out-- {
		l.take(<-l.done)
	}
	if l.refused == nil && len(filled.ends) > 0 {
		filled.add(l.profile)
	}
	l.take(filled)
}

// end ends the other goroutine, whatever it was given to do.
func (l *bltLines) end() {
	if l.todo == nil {
		return
	}
	close(l.todo)
	for range l.done {
	}
}
