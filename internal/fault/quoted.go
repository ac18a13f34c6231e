package fault

import "strconv"

// Quoted shows what somebody wrote, for the text of a Field: on one line, in ASCII, and cut where it is too long to be shown.
func Quoted[T string | []byte](s T) string {
	const most = 40
	if len(s) > most {
		return strconv.QuoteToASCII(string(s[:most])) + "..."
	}
	return strconv.QuoteToASCII(string(s))
}
