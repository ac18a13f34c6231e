package formats_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
	"github.com/stretchr/testify/require"
)

// TestBLTReadOnTwoCores reads the same ballots as whole lines with one goroutine and with several, and word by word: whoever reads, and
// however many, the profile and the faults are the same. It sets how many goroutines run at once, and so runs by itself.
func TestBLTReadOnTwoCores(t *testing.T) {
	for _, candidates := range []int{3, 30, 120} {
		for _, ballots := range []int{0, 1, 1023, 1024, 1025, 4500} {
			for _, odd := range []int{0, 2, 1500} { // every so many lines is one that only words can tell
				lines := bltLines(ballots, candidates, odd)
				t.Run(fmt.Sprintf("%d ballots of %d, odd %d", ballots, candidates, odd), func(t *testing.T) {
					checkSame(t, candidates, lines, "")
				})
			}
		}
	}
	t.Run("the first ballot that is refused is told", func(t *testing.T) {
		for _, at := range []int{0, 1, 1023, 1024, 5499} {
			for _, wrong := range []string{"1 2 4 2 0", "1 2 31 0", "9999999 3 x 0", "1 3 3 0"} {
				lines := bltLines(5500, 30, 0)
				lines[at] = wrong
				if at < 4000 {
					lines[at+700] = "1 5 5 0"
				}
				checkSame(t, 30, lines, fmt.Sprintf("line %d", at+3))
			}
		}
	})
	t.Run("only 0 ends a ballot", func(t *testing.T) {
		lines := bltLines(3000, 30, 0)
		lines[2000] = "1 2 3 00"
		checkSame(t, 30, lines, "line 2003")
		lines[2000] = "1 2 03 004 0"
		checkSame(t, 30, lines, "")
	})
	t.Run("a line of many ballots is read once, however long it is", func(t *testing.T) {
		text := counted{r: strings.NewReader(bltText(30, []string{strings.Repeat("1 2 3 0 ", 200_000)}, ""))}
		f, err := formats.Read(&text, nil)
		require.NoError(t, err)
		require.Equal(t, int64(200_000), f.Profile.Cast().Seats)
		require.Less(t, text.reads, 20, "not a few bytes for each ballot")
	})
	t.Run("a candidate who has withdrawn is named twice", func(t *testing.T) {
		lines := bltLines(3000, 30, 0)
		lines[2000] = "1 2 7 7 0"
		checkSame(t, 30, lines, "line 2003")
		lines[2000] = "1 2 7 8 7 0"
		checkSame(t, 30, lines, "line 2003")
	})
	t.Run("what the reader reports comes after the ballots before it", func(t *testing.T) {
		lost := errors.New("the disk is gone")
		lines := bltLines(5500, 30, 0)
		for _, procs := range []int{1, 4} {
			eachWay(t, procs, func() {
				_, err := formats.Read(io.MultiReader(strings.NewReader(bltText(30, lines, "")), iotest.ErrReader(lost)), nil)
				require.ErrorIs(t, err, lost)
				wrong := slices.Clone(lines)
				wrong[5490] = "1 2 2 0"
				_, err = formats.Read(io.MultiReader(strings.NewReader(bltText(30, wrong, "")[:bltAt(wrong)]), iotest.ErrReader(lost)), nil)
				require.ErrorContains(t, err, "line 5493")
			})
		}
	})
	t.Run("no goroutine outlives a reader that panics", func(t *testing.T) {
		before := runtime.NumGoroutine()
		eachWay(t, 4, func() {
			text := strings.NewReader(bltText(30, bltLines(5500, 30, 0), "")[:200_000])
			require.PanicsWithValue(t, "no more", func() { _, _ = formats.Read(io.MultiReader(text, panicking{}), nil) })
		})
		require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 10*time.Second, time.Millisecond)
	})
}

// bltLines makes ballots, a line each, that repeat now and then.
func bltLines(ballots, candidates, odd int) []string {
	lines := make([]string, ballots)
	state := uint64(20260102)
	order := make([]int, candidates)
	for i := range order {
		order[i] = i + 1
	}
	for i := range lines {
		state = state*6364136223846793005 + 1442695040888963407
		a, b := int(state>>33)%candidates, int(state>>40)%candidates
		order[a], order[b] = order[b], order[a]
		words := []string{strconv.FormatUint(1+state>>60, 10)}
		for _, o := range order[:1+int(state>>50)%candidates] {
			words = append(words, strconv.Itoa(o))
		}
		if odd > 0 && i%odd == odd-1 {
			switch len(words) % 3 {
			case 0:
				words[len(words)-1] = "=" + words[len(words)-1]
				if len(words) == 2 {
					words[1] = words[1][1:]
				}
				words = strings.Split(strings.ReplaceAll(strings.Join(words, " "), " =", "="), " ")
			case 1:
				words = append(words, "-")
			default:
				words = append(words, "/* remark */")
			}
		}
		lines[i] = strings.Join(append(words, "0"), " ")
	}
	return lines
}

// bltText writes the file. What stands before each line decides whether it can be read at once.
func bltText(candidates int, lines []string, before string) string {
	var text strings.Builder
	gone := ""
	if candidates >= 30 {
		gone = "-7 -8"
	}
	fmt.Fprintf(&text, "%d 1\n%s\n", candidates, gone)
	for _, line := range lines {
		text.WriteString(before + line + "\n")
	}
	text.WriteString("0\n")
	return text.String()
}

// bltAt gives where the text of the last ballots ends.
func bltAt(lines []string) int { return len(bltText(30, lines, "")) - len("0\n") }

// checkSame reads ballots in every way, and checks that all give the same: refused where it says, if it says so.
func checkSame(t *testing.T, candidates int, lines []string, where string) {
	t.Helper()
	type row struct {
		marks []voting.Mark
		votes voting.Votes
	}
	read := func(before string) (rows []row, cast, blank voting.Votes, err error) {
		f, err := formats.Read(strings.NewReader(bltText(candidates, lines, before)), nil)
		if err != nil {
			return nil, cast, blank, err
		}
		for marks, votes := range f.Profile.Rows() {
			rows = append(rows, row{slices.Clone(marks), votes})
		}
		return rows, f.Profile.Cast(), f.Profile.Blank(), nil
	}
	slow, slowCast, slowBlank, slowErr := read(" ") // a space before the weight: word by word
	if where != "" {
		require.ErrorContains(t, slowErr, where+",")
	} else {
		require.NoError(t, slowErr)
	}
	var first error
	for _, procs := range []int{1, 2, 4} {
		eachWay(t, procs, func() {
			rows, cast, blank, err := read("")
			if where != "" {
				require.ErrorContains(t, err, where+",")
				if first == nil {
					first = err
				}
				require.Equal(t, first.Error(), err.Error())
				return
			}
			require.NoError(t, err)
			require.Equal(t, slowCast, cast)
			require.Equal(t, slowBlank, blank)
			require.True(t, slices.EqualFunc(slow, rows, func(a, b row) bool {
				return a.votes == b.votes && slices.Equal(a.marks, b.marks)
			}), "%d rows, not these %d", len(rows), len(slow))
		})
	}
}

// eachWay does something with so many goroutines at once.
func eachWay(t *testing.T, procs int, do func()) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	do()
}

// counted counts how often it is read.
type counted struct {
	r     io.Reader
	reads int
}

func (c *counted) Read(into []byte) (int, error) {
	c.reads++
	return c.r.Read(into)
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("no more") }
