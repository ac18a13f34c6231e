package formats_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
	"github.com/stretchr/testify/require"
)

// TestRefusals gives every reader what it must not take: each refusal says where, and what is wrong there.
func TestRefusals(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("x", 1001)
	for _, of := range []struct {
		name, text string
		err        error
		says       string // a part of the message
	}{
		{"empty", "", formats.ErrUnknown, "is empty"},
		{"spaces", " \n\t\n", formats.ErrUnknown, "is empty"},
		{"prose", "Once upon a time\nthere was a vote\n", formats.ErrUnknown, "begins with"},
		{"binary", "\x7fELF\x00\x01\x02", formats.ErrUnknown, "begins with"},
		{"UTF-16", "\xff\xfe3\x00 \x001\x00", formats.ErrUnknown, "UTF-16"},

		{"blt: more candidates than there may be", "1001 1\n", formats.ErrContents, "line 1, column 1: the number of candidates is 1001"},
		{"blt: no candidates", "0 1\n1 0\n", formats.ErrContents, "line 1, column 1"},
		{"blt: no seats", "3 0\n", formats.ErrContents, "line 1, column 3: the number of seats is 0"},
		{"blt: nobody of that number", "3 1\n1 2 4 0\n0\n", formats.ErrContents, `line 2, column 5: names "4", who is none of the 3 candidates`},
		{"blt: twice", "3 1\n1 2 3 2 0\n0\n", formats.ErrContents, "line 2, column 7: names candidate 2 twice"},
		{"blt: twice on one rank", "3 1\n1 2=2 0\n0\n", formats.ErrContents, "line 2, column 5: names candidate 2 twice"},
		{"blt: negative", "3 1\n1 2 0\n-3 2 0\n0\n", formats.ErrContents, `line 3, column 1: "-3" is negative`},
		{"blt: seven places", "3 1\n1.0000001 2 0\n0\n", formats.ErrContents, "more than six decimal places"},
		{"blt: no weight", "3 1\nabc 2 0\n0\n", formats.ErrContents, `"abc" is no number of ballots`},
		{"blt: too heavy", "3 1\n9999999999999999999 2 0\n0\n", formats.ErrContents, "more ballots than can be counted"},
		{"blt: sum overflows", "3 1\n9000000000000 2 0\n9000000000000 3 0\n0\n", formats.ErrContents, "line 3, column 1: the weights add up"},
		{"blt: ballots without an end", "3 1\n1 2 0\n", formats.ErrBroken, "do not end with a 0"},
		{"blt: cut within a ballot", "3 1\n1 2 0\n1 2", formats.ErrBroken, "line 3, column 4: the file ends within a ballot"},
		{"blt: names too early", "3 1\n1 2 0\n\"A\"\n", formats.ErrBroken, "the ballots have not ended"},
		{"blt: names within a ballot", "3 1\n1 2\n\"A\"\n", formats.ErrBroken, "does not end with a 0"},
		{"blt: level with nobody", "3 1\n1 =2 0\n0\n", formats.ErrBroken, "= stands after nobody"},
		{"blt: nobody level", "3 1\n1 2= 0\n0\n", formats.ErrBroken, "= stands before nobody"},
		{"blt: nobody between", "3 1\n1 2==3 0\n0\n", formats.ErrBroken, "= stands after nobody"},
		{"blt: negative at once", "3 1\n-3 2 0\n1 2 0\n0\n", formats.ErrContents, `line 2, column 1: "-3" withdraws a candidate, and a ballot follows`},
		{"blt: withdrawn stranger", "3 1\n-4\n1 2 0\n0\n", formats.ErrContents, `line 2, column 1: "-4" withdraws nobody`},
		{"blt: withdrawn twice", "3 1\n-2 -2\n1 1 0\n0\n", formats.ErrContents, "withdrawn twice"},
		{"blt: all withdrawn", "2 1\n-1 -2\n1 1 0\n0\n", formats.ErrContents, "all candidates have withdrawn"},
		{"blt: tie names a stranger", "3 1\n[tie 1 2 4]\n", formats.ErrContents, `[tie] names "4"`},
		{"blt: tie names somebody twice", "3 1\n[tie 1 2 2]\n", formats.ErrContents, "candidate 2 twice"},
		{"blt: tie names too few", "3 1\n[tie 1 2]\n", formats.ErrContents, "[tie] names 2 of 3"},
		{"blt: tie names too many", "3 1\n[tie 1 2 3 1]\n", formats.ErrContents, "more than the 3 candidates"},
		{"blt: nick is there twice", "3 1\n[nick a b a]\n", formats.ErrContents, `"a" is there twice`},
		{"blt: nick is a number", "3 1\n[nick a b 1]\n", formats.ErrContents, "is a number"},
		{"blt: too few nicks", "3 1\n[nick a b]\n", formats.ErrContents, "2 short names to 3 candidates"},
		{"blt: open bracket", "3 1\n[droop precision=5\n", formats.ErrBroken, "bracket that is not closed"},
		{"blt: open parenthesis", "3 1\n(id 1 2 0\n0\n", formats.ErrBroken, "parenthesis that is not closed"},
		{"blt: open comment", "3 1\n/* so\n1 2 0\n", formats.ErrBroken, "line 2, column 1: begins a comment that does not end"},
		{"blt: slash", "3 1\n/ 1 2 0\n", formats.ErrBroken, "begins no comment"},
		{"blt: control character", "3 1\n1 2 \x01 0\n", formats.ErrBroken, "control character 1"},
		{"blt: long word", "3 1\n1 " + strings.Repeat("1", 200) + " 0\n", formats.ErrBroken, "is no number of a candidate"},
		{"blt: too few names", "3 1\n1 2 0\n0\n\"A\"\n\"B\"\n", formats.ErrBroken, "before the name of candidate 3 of 3"},
		{"blt: no title", "2 1\n1 2 0\n0\n\"A\"\n\"B\"\n", formats.ErrBroken, "there is no title"},
		{"blt: too many names", "2 1\n1 2 0\n0\n\"A\"\n\"B\"\n\"C\"\n\"Title\"\n", formats.ErrContents, "more names than the 2 candidates"},
		{"blt: far too many names", "1 1\n1 1 0\n0\n\"A\"\n\"B\"\n\"C\"\n\"D\"\n\"Title\"\n", formats.ErrContents, "more names than the 1 candidates"},
		{"blt: name without quotes", "2 1\n1 2 0\n0\nA\n", formats.ErrBroken, `in double quotes, not "A"`},
		{"blt: open name", "2 1\n1 2 0\n0\n\"A\n\"B\"\n", formats.ErrBroken, "line 4, column 1: the name of candidate 1 of 2 has no closing quote"},
		{"blt: no name", "2 1\n1 2 0\n0\n\"\"\n\"B\"\n\"T\"\n", formats.ErrBroken, "candidate 1 has no name"},
		{"blt: long name", "1 1\n1 1 0\n0\n\"" + many + "\"\n\"T\"\n", formats.ErrBroken, "more than 1000 bytes"},
		{"blt: name in Latin 1", "1 1\n1 1 0\n0\n\"Ren\xe9\"\n\"T\"\n", formats.ErrBroken, "is no UTF-8"},

		{"preflib: unknown type", "# DATA TYPE: wmd\n", formats.ErrBroken, `line 1, column 14: the data type "wmd"`},
		{"preflib: no type", "# FILE NAME: x\n1: 1\n", formats.ErrBroken, "no header says the data type"},
		{"preflib: no alternatives", "# DATA TYPE: soi\n1: 1\n", formats.ErrContents, "no header says the alternatives"},
		{"preflib: too many alternatives", "# DATA TYPE: soi\n# NUMBER ALTERNATIVES: 5000\n", formats.ErrContents, "there may be 1000"},
		{"preflib: lies about alternatives", soi("# NUMBER ALTERNATIVES: 3\n"), formats.ErrContents, "says that there are 3 alternatives, and names 2"},
		{"preflib: lies about voters", soi("# NUMBER VOTERS: 7\n", "3: 1,2"), formats.ErrContents, "number voters 7, and the file has 3"},
		{"preflib: lies about orders", soi("# NUMBER UNIQUE ORDERS: 7\n", "3: 1,2"), formats.ErrContents, "number unique orders 7"},
		{"preflib: no number", soi("# NUMBER VOTERS: many\n"), formats.ErrBroken, `"many" is no number`},
		{"preflib: said twice", soi("# NUMBER VOTERS: 1\n# NUMBER VOTERS: 1\n"), formats.ErrBroken, "said twice"},
		{"preflib: twice the number", soi("# ALTERNATIVE NAME 2: C\n"), formats.ErrContents, "alternative 2 is there twice"},
		{"preflib: number of an alternative", soi("# ALTERNATIVE NAME x: C\n"), formats.ErrContents, `"x" is no number of an alternative`},
		{"preflib: no name", soi("# ALTERNATIVE NAME 3:\n"), formats.ErrBroken, "there is no name"},
		{"preflib: header too late", soi("", "1: 1", "# TITLE: late"), formats.ErrBroken, "line 5, column 10: a header stands after the first order"},
		{"preflib: alternative too late", soi("", "1: 1", "# ALTERNATIVE NAME 3: C"), formats.ErrBroken, "after the first order"},
		{"preflib: stranger", soi("", "1: 1,3"), formats.ErrContents, `line 4, column 6: names alternative "3"`},
		{"preflib: twice", soi("", "1: 1,1"), formats.ErrContents, "line 4, column 6: names alternative 1 twice"},
		{"preflib: tied in soi", soi("", "1: {1,2}"), formats.ErrContents, "line 4, column 4: a rank with several alternatives stands in soi"},
		{"preflib: open brace", strings.Replace(soi("", "1: {1,2"), "soi", "toi", 1), formats.ErrBroken, "a brace is not closed"},
		{"preflib: nonsense", soi("", "1: 1;2"), formats.ErrBroken, `line 4, column 5: ";2" is no part of an order`},
		{"preflib: no colon", soi("", "1 1,2"), formats.ErrBroken, "no colon"},
		{"preflib: negative", soi("", "-1: 1,2"), formats.ErrContents, "is negative"},
		{"preflib: incomplete", strings.Replace(soi("", "1: 1"), "soi", "soc", 1), formats.ErrContents, "ranks 1 of 2 alternatives"},
		{"preflib: overflow", soi("", "9000000000000: 1", "9000000000000: 2"), formats.ErrContents, "line 5, column 1: the weights add up"},
		{"preflib: no categories", strings.Replace(soi("", "1: 1"), "soi", "cat", 1), formats.ErrContents, "at least two categories"},
		{"preflib: too many categories", strings.Replace(soi("# NUMBER CATEGORIES: 2\n", "1: 1,2,{}"), "soi", "cat", 1), formats.ErrContents, "there are 3 categories"},
		{"preflib: Latin 1", soi("# ALTERNATIVE NAME 3: Ren\xe9\n"), formats.ErrBroken, "line 4, column 26: is no UTF-8"},

		{"cvotes: a parameter without a colon", "#/Candidates A ; B\n", formats.ErrBroken, "line 1, column 3: is a parameter without a colon"},
		{"cvotes: a parameter too late", "#/Candidates: A ; B\nA\n#/Number of Seats: 1\n", formats.ErrBroken, "line 3, column 3: is a parameter after the first ballot"},
		{"cvotes: a comment after a parameter", "#/Candidates: A ; B # so\n", formats.ErrBroken, "line 1, column 21: is a comment on the line of a parameter"},
		{"cvotes: candidates twice", "#/Candidates: A\n#/Candidates: B\n", formats.ErrBroken, "listed twice"},
		{"cvotes: a candidate twice", "#/Candidates: A ; A\n", formats.ErrContents, `line 1, column 19: the candidate "A" is listed twice`},
		{"cvotes: no name", "#/Candidates: A ; ; B\n", formats.ErrBroken, "there is no name"},
		{"cvotes: long name", "#/Candidates: " + many + "\n", formats.ErrBroken, "more than 1000 bytes"},
		{"cvotes: too many candidates", "#/Candidates: a" + numbered(1001) + "\n", formats.ErrContents, "more than 1000 candidates"},
		{"cvotes: seats", "#/Number of Seats: none\n", formats.ErrContents, `"none" is no number of seats`},
		{"cvotes: truth", "#/Implicit Ranking: perhaps\n", formats.ErrBroken, "neither true nor false"},
		{"cvotes: weight truth", "#/Weight Allowed: 1\n", formats.ErrBroken, "neither true nor false"},
		{"cvotes: nothing", "#/Number of Seats: 1\n", formats.ErrBroken, "the file ends before the candidates"},
		{"cvotes: twice", "#/Candidates: A ; B\nA > B > A\n", formats.ErrContents, `line 2, column 9: names "A" twice`},
		{"cvotes: no rank", "#/Candidates: A ; B\nA > > B\n", formats.ErrBroken, "a rank has no name"},
		{"cvotes: less than", "#/Candidates: A ; B\nA < B\n", formats.ErrBroken, `"A < B" is neither a name nor a number of ballots`},
		{"cvotes: count before weight", "#/Candidates: A ; B\nA > B * 8 ^7\n", formats.ErrBroken, "neither a name nor"},
		{"cvotes: no count", "#/Candidates: A ; B\nA > B * x\n", formats.ErrBroken, "neither a name nor"},
		{"cvotes: empty as a rank", "#/Candidates: A ; B\nA > /EMPTY/\n", formats.ErrBroken, "neither a name nor"},
		{"cvotes: negative count", "#/Candidates: A ; B\nA * -3\n", formats.ErrContents, `line 2, column 5: "-3" is no number of ballots`},
		{"cvotes: negative weight", "#/Candidates: A ; B\nA ^-3\n", formats.ErrContents, "is negative"},
		{"cvotes: seven places", "#/Candidates: A ; B\nA ^0.0000001\n", formats.ErrContents, "more than six decimal places"},
		{"cvotes: product overflows", "#/Candidates: A ; B\n#/Weight Allowed: true\nA ^9000000 * 9000000\n", formats.ErrContents, "more than can be counted"},
		{"cvotes: sum overflows", "#/Candidates: A ; B\nA * 9000000000000\nB * 9000000000000\n", formats.ErrContents, "line 3, column 1: the weights add up"},
		{"cvotes: blank sum overflows", "#/Candidates: A ; B\n/EMPTY/ * 9000000000000\n/EMPTY/ * 9000000000000\n", formats.ErrContents, "the weights add up"},
		{"cvotes: control character", "#/Candidates: A ; B\nA > \x00B\n", formats.ErrBroken, "line 2, column 5: is the control character 0"},

		{"abif: twice", "1:A>B>A\n", formats.ErrContents, `line 1, column 7: names "A" twice`},
		{"abif: negative", "=A:[a]\n=B:[b]\n-1:A\n", formats.ErrContents, `line 3, column 1: "-1" is negative`},
		{"abif: no colon", "1:A\n12 A>B\n", formats.ErrBroken, "line 2, column 1: is no ballot"},
		{"abif: seven places", "1.0000001:A\n", formats.ErrContents, "more than six decimal places"},
		{"abif: nobody after", "1:A>\n", formats.ErrBroken, `">" stands before nobody`},
		{"abif: nobody between", "1:A=>B\n", formats.ErrBroken, `"=" stands before nobody`},
		{"abif: another sign", "1:A;B/2}\n", formats.ErrBroken, "is none of"},
		{"abif: no score", "1:A/x\n", formats.ErrContents, "is no score"},
		{"abif: large score", "1:A/65535\n", formats.ErrContents, "is no score"},
		{"abif: half scored", "1:A/5,B\n", formats.ErrContents, "line 1, column 7: some names"},
		{"abif: scored later", "1:A>B\n1:A/5,B/1\n", formats.ErrContents, "some names"},
		{"abif: contradiction", "1:A/2>B/5\n", formats.ErrContents, "contradict"},
		{"abif: level, not equal", "1:A/5=B/2\n", formats.ErrContents, "contradict"},
		{"abif: gap in scores", "1:A/5>>B/2\n", formats.ErrBroken, "> stands before nobody"},
		{"abif: open bracket", "=A:[a\n1:A\n", formats.ErrBroken, "line 1, column 4: begins a name that is not closed"},
		{"abif: no name", "=:[a]\n1:A\n", formats.ErrBroken, "there is no name"},
		{"abif: full name twice", "=A:[a]\n=B:[a]\n1:A\n", formats.ErrContents, `"a" is there twice`},
		{"abif: short name twice", "=A:[a]\n=A:[b]\n1:A\n", formats.ErrContents, `"A" is there twice`},
		{"abif: neither", "1:A\nNobody\n", formats.ErrBroken, "line 2, column 1: is neither a ballot"},
		{"abif: bad remark", "{\"title\": }\n1:A\n", formats.ErrBroken, "line 1, column 11"},
		{"abif: no candidates", "# so\n1:\n", formats.ErrContents, "there are no candidates"},
		{"abif: skips too many", "1:A" + strings.Repeat(">", 1100) + "B\n", formats.ErrContents, "skips more than 1000 ranks"},
		{"abif: too many candidates", "1:x" + strings.ReplaceAll(numbered(1001), ";", ">") + "\n", formats.ErrContents, "more than 1000 candidates"},

		{"csv: no name", "A,,B\n1,2,3\n", formats.ErrBroken, "there is no name"},
		{"csv: a name twice", "A,B,A\n1,2,3\n", formats.ErrContents, `line 1, column 5: the candidate "A" is there twice`},
		{"csv: nobody", "voterID,count\n1,2\n", formats.ErrContents, "names no candidate"},
		{"csv: two counts", "A,count,weight\n1,2,3\n", formats.ErrContents, "two columns"},
		{"csv: too few cells", "A,B\n1,2\n1\n", formats.ErrBroken, "line 3, column 2: the line has 1 cells, and the head 2"},
		{"csv: too many cells", "A,B\n1,2,3\n", formats.ErrBroken, "line 2, column 5: the line has more cells"},
		{"csv: no score", "A,B\n1,five\n", formats.ErrContents, `line 2, column 3: "five" is no score`},
		{"csv: negative", "A,B\n1,-5\n", formats.ErrContents, "is no score"},
		{"csv: large", "A,B\n1,65535\n", formats.ErrContents, "is no score"},
		{"csv: weight", "weight,A\n0.0000001,5\n", formats.ErrContents, "six decimal places"},
		{"csv: open quote", "A,B\n\"1,2\n", formats.ErrBroken, "a quote is not closed"},
		{"csv: after a quote", "A,B\n\"1\"2,2\n", formats.ErrBroken, "between a closing quote"},
		{"csv: too many candidates", "x" + strings.ReplaceAll(numbered(1001), ";", ",") + "\n\n", formats.ErrContents, "more than 1000 candidates"},

		{"json: cut", `{"ballots":[{"count":2,"ranking":[["A"]`, formats.ErrBroken, "the file ends where a comma or the end of the list should stand"},
		{"json: nothing", `{}`, formats.ErrBroken, "there are no ballots"},
		{"json: something follows", `{"ballots":[{"ranking":[["A"]]}]} x`, formats.ErrBroken, "something follows"},
		{"json: more follows", `{"ballots":[{"ranking":[["A"]]}]} {}`, formats.ErrBroken, "something follows"},
		{"json: a member twice", `{"seats":1,"seats":2}`, formats.ErrBroken, `the member "seats" is there twice`},
		{"json: too many members", `{"ballot` + strings.ReplaceAll(numbered(200), ";", `":1,"x`) + `":1}`, formats.ErrBroken, "more than 100 members"},
		{"json: no comma", `{"ballots":[{"ranking":[["A" "B"]]}]}`, formats.ErrBroken, "a comma or the end of the list"},
		{"json: no colon", `{"ballots" [1]}`, formats.ErrBroken, "no colon"},
		{"json: bad word", `{"ballots":nul}`, formats.ErrBroken, "is not the word null"},
		{"json: bad escape", `{"title":"\x"}`, formats.ErrBroken, "is no escape"},
		{"json: half a character", `{"title":"\ud800"}`, formats.ErrBroken, "is half a character"},
		{"json: short escape", `{"title":"\u12"}`, formats.ErrBroken, "four digits"},
		{"json: control character", "{\"title\":\"a\nb\"}", formats.ErrBroken, "control character 10"},
		{"json: Latin 1", "{\"title\":\"Ren\xe9\"}", formats.ErrBroken, "is no UTF-8"},
		{"json: open text", `{"title":"abc`, formats.ErrBroken, "a text that does not end"},
		{"json: long text", `{"title":"` + strings.Repeat("x", 1<<20) + `"}`, formats.ErrBroken, "more than 1048576 bytes"},
		{"json: long number", `{"seats":` + strings.Repeat("1", 200) + `}`, formats.ErrBroken, "too long a number"},
		{"json: deep", `{"x":` + strings.Repeat("[", 200) + `}`, formats.ErrBroken, "nested deeper than 100"},
		{"json: seats", `{"seats":0}`, formats.ErrBroken, "where a number of seats should"},
		{"json: candidates too late", `{"ballots":[{"ranking":[["A"]]}],"candidates":["A"]}`, formats.ErrBroken, "must come before the ballots"},
		{"json: a stranger", `{"candidates":["A"],"ballots":[{"ranking":[["B"]]}]}`, formats.ErrContents, `line 1, column 45: names "B", who is not in the list`},
		{"json: twice", `{"ballots":[{"ranking":[["A"],["A"]]}]}`, formats.ErrContents, `names "A" twice`},
		{"json: a candidate twice", `{"candidates":["A","A"],"ballots":[]}`, formats.ErrContents, "listed twice"},
		{"json: a candidate of another kind", `{"candidates":[1],"ballots":[]}`, formats.ErrBroken, "where the name of a candidate should"},
		{"json: nothing said", `{"ballots":[{"count":1}]}`, formats.ErrBroken, "the ballot says nothing that is known"},
		{"json: two things said", `{"ballots":[{"ranking":[],"scores":{}}]}`, formats.ErrBroken, "says two things"},
		{"json: an unknown thing said", `{"ballots":[{"opinion":1}]}`, formats.ErrBroken, `a member "opinion"`},
		{"json: two counts", `{"ballots":[{"count":1,"count":1,"ranking":[]}]}`, formats.ErrBroken, "one number of ballots"},
		{"json: negative", `{"ballots":[{"count":-1,"ranking":[]}]}`, formats.ErrContents, "is negative"},
		{"json: no exponent", `{"ballots":[{"count":1e3,"ranking":[]}]}`, formats.ErrContents, "is no number of ballots"},
		{"json: seven places", `{"ballots":[{"count":0.0000001,"ranking":[]}]}`, formats.ErrContents, "six decimal places"},
		{"json: sum overflows", `{"ballots":[{"count":9000000000000,"ranking":[["A"]]},{"count":9000000000000,"ranking":[["A"]]}]}`, formats.ErrContents, "the weights add up"},
		{"json: two forms", `{"ballots":[{"ranking":[["A"]]},{"scores":{"A":1}}]}`, formats.ErrBroken, "belong in scores.json, and this is ranked.json"},
		{"json: two shapes", `{"ballots":[{"ballot":"A"},{"ballot":["A"]}]}`, formats.ErrBroken, "another kind"},
		{"json: a ballot of another kind", `{"ballots":[7]}`, formats.ErrBroken, "where a ballot should"},
		{"json: ballots of another kind", `{"ballots":7}`, formats.ErrBroken, "where the ballots should"},
		{"json: a rank of another kind", `{"ballots":[{"ranking":["A"]}]}`, formats.ErrBroken, "where a list of names should"},
		{"json: a name of another kind", `{"ballots":[{"ranking":[[1]]}]}`, formats.ErrBroken, "where a name should"},
		{"json: a number for a rank", `{"ballots":[{"ballot":{"A":"first"}}]}`, formats.ErrBroken, "where the number of a rank should"},
		{"json: a pair without >", `{"ballots":{"ab":1}}`, formats.ErrBroken, "is no pair of names"},
		{"json: a pair with itself", `{"ballots":{"a>a":1}}`, formats.ErrContents, `names "a" twice`},
		{"json: a pair's number", `{"ballots":{"a>b":"x"}}`, formats.ErrBroken, "where a number of ballots should"},
		{"approval: how many", `{"ballots":[[0,1]]}`, formats.ErrBroken, "the number of candidates must come before the ballots"},
		{"approval: too many", `{"num_cand":2000,"ballots":[]}`, formats.ErrContents, "there may be 1000"},
		{"approval: none", `{"num_cand":0,"ballots":[]}`, formats.ErrBroken, "where a number of candidates should"},
		{"approval: stranger", `{"num_cand":2,"ballots":[[0,2]]}`, formats.ErrContents, "line 1, column 29: names candidate 2, and there are 2, from 0"},
		{"approval: twice", `{"num_cand":2,"ballots":[[0,0]]}`, formats.ErrContents, "names candidate 0 twice"},
		{"approval: no number", `{"num_cand":2,"ballots":[["A"]]}`, formats.ErrBroken, "where the number of a candidate should"},
		{"scores: too high", `{"max_score":5,"ballots":[{"scores":{"A":6}}]}`, formats.ErrContents, "line 1, column 42: the score 6 is more than 5"},
		{"scores: far too high", `{"ballots":[{"scores":{"A":65535}}]}`, formats.ErrContents, "more than 65534"},
		{"scores: negative", `{"ballots":[{"scores":{"A":-1}}]}`, formats.ErrBroken, "where a whole score should"},
		{"scores: no highest", `{"max_score":0}`, formats.ErrBroken, "from 1 to 65534"},
		{"scores: not an object", `{"ballots":[{"scores":[1]}]}`, formats.ErrBroken, "an object of scores"},
		{"tallies: none", `{"participants":3,"tallies":[]}`, formats.ErrBroken, "there are no tallies"},
		{"tallies: uneven", `{"participants":3,"tallies":[[1,2],[3]]}`, formats.ErrContents, "there are 1 grades, and not as many as before"},
		{"tallies: more than participants", `{"participants":3,"tallies":[[2,2]]}`, formats.ErrContents, "has 4 voices, and the judges have 3"},
		{"tallies: names", `{"participants":3,"proposals":["A"],"tallies":[[1],[1]]}`, formats.ErrContents, "2 tallies of 1 proposals"},
		{"tallies: negative", `{"participants":3,"tallies":[[-1]]}`, formats.ErrContents, "is negative"},
		{"records: a stranger", cvr(`["A","X"]`), formats.ErrContents, `the cell "X" names no candidate`},
		{"records: a stranger among others", cvr(`["A|X"]`), formats.ErrContents, "names no candidate"},
		{"records: a number", cvr(`[1]`), formats.ErrBroken, "where a cell should"},
		{"records: no name", `{"candidates":[{"excluded":false}],"ballots":[]}`, formats.ErrBroken, "the candidate has no name"},
		{"records: two of a name", `{"candidates":[{"name":"A"},{"name":"B","aliases":["A"]}],"ballots":[]}`, formats.ErrContents, "listed for two candidates"},
		{"records: too many cells", cvr(`["A"` + strings.Repeat(`,"A"`, 2001) + `]`), formats.ErrContents, "more than 2000 marks"},
	} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			f, err := formats.Read(strings.NewReader(of.text), nil)
			require.ErrorIs(t, err, of.err)
			require.ErrorContains(t, err, of.says)
			require.ErrorContains(t, err, "line ")
			require.Nil(t, f)
			// and the same when the file comes byte by byte
			_, slowly := formats.Read(iotest.OneByteReader(strings.NewReader(of.text)), nil)
			require.EqualError(t, slowly, err.Error())
		})
	}
}

// soi gives a file of PrefLib with two alternatives, more headers and orders.
func soi(headers string, orders ...string) string {
	return "# DATA TYPE: soi\n# ALTERNATIVE NAME 1: A\n# ALTERNATIVE NAME 2: B\n" + headers + strings.Join(append(orders, ""), "\n")
}

// cvr gives a file of one record.
func cvr(ranks string) string {
	return `{"candidates":[{"name":"A"},{"name":"B"}],"ballots":[{"count":1,"ranks":` + ranks + `}]}`
}

// numbered gives so many different names, with a semicolon before each.
func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(";n" + strings.Repeat("i", i%10) + string(rune('a'+i/10%26)) + string(rune('a'+i/260)))
	}
	return b.String()
}

// TestQuestionKnown reads what a method does not allow, by readers that know the method: refused at its place, in a list that is open as in one
// that is not.
func TestQuestionKnown(t *testing.T) {
	t.Parallel()
	block := voting.Question{Method: voting.Block}
	for _, c := range []struct {
		name, text, says string
		q                voting.Question
	}{
		{"approval.json", "{\"num_cand\":3,\"ballots\":[[0],\n[0,1]]}", "line 2, column 1: ", block},
		{"ballot.json", "{\"ballots\":[{\"ballot\":[\"Ana\"]},\n {\"ballot\":[\"Ben\",\"Ana\"]}]}", "line 2, column 2: ", block},
		{"csv", "Ana,Ben\n5,0\n4,9\n", "line 3, column 1: ", voting.Question{Method: voting.STAR}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := formats.Read(strings.NewReader(c.text), nil)
			require.NoError(t, err, "any other method may allow it")
			_, err = formats.Read(strings.NewReader(c.text), &formats.Options{Question: &c.q})
			require.ErrorIs(t, err, formats.ErrContents)
			require.ErrorIs(t, err, voting.ErrBallotMarks)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestReaderFails gives back what the reader below reports, from every format.
func TestReaderFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for _, text := range []string{
		"", "3 2\n1 2 3", "# DATA TYPE: soi\n", "#/Candidates: A ; B\nA >", "12:A>B\n", "A,B\n1,2\n", `{"ballots":[{"ranking":[["A"]`, `{"title":"`, `{"seats":1`,
	} {
		_, err := formats.Read(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), nil)
		require.ErrorIs(t, err, broken, text)
	}
	_, err := formats.Read(never{}, nil)
	require.ErrorIs(t, err, io.ErrNoProgress)
	_, err = formats.Read(liar{}, nil)
	require.ErrorContains(t, err, "impossible count")
}

// never gives nothing and no end.
type never struct{}

func (never) Read([]byte) (int, error) { return 0, nil }

// liar gives more than there is room for.
type liar struct{}

func (liar) Read(p []byte) (int, error) { return len(p) + 1, nil }

// TestEndlessLine gives every format a line of a gigabyte: it is refused early, or read in the memory of a window.
func TestEndlessLine(t *testing.T) {
	t.Parallel()
	for _, of := range []struct{ begin, endless, says string }{
		{"3 1\n1 ", "2", "is no number of a candidate"},
		{"3 1\n1 2 0\n0\n", "\"", "more than 1000 bytes"},
		{"# DATA TYPE: soi\n# TITLE: ", "x", "more than 1048576 bytes"},
		{"#/Candidates: A ; B\n", "A > ", "more than 1048576 bytes"},
		{"1:A>B\n1:", "A > ", "more than 1048576 bytes"},
		{"A,B\n1,2\n", "1,", "more than 1048576 bytes"},
		{`{"title":"`, "x", "more than 1048576 bytes"},
		{`{"ballots":[{"ranking":`, "[", "where a name should"},
		{`{"ballots":[{"ranking":[["A"]`, ",[]", "more than 2000 marks"},
		{`{"x":`, "[", "nested deeper"},
		{"", "x", "no election file"},
	} {
		r := &endless{text: of.begin, again: of.endless, left: 1 << 30}
		_, err := formats.Read(r, nil)
		require.ErrorContains(t, err, of.says, of.begin)
		require.Greater(t, r.left, 1<<30-4<<20, "the rest is not read: %s", of.begin)
	}
}

// endless gives a text, and another again and again.
type endless struct {
	text, again string
	left        int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text)
	e.text = e.text[n:]
	for n < len(p) && e.left > 0 {
		n += copy(p[n:], e.again)
	}
	e.left -= n
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
