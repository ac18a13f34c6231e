package pabulib_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/allocation/pabulib"
)

// A street reads what it voted, buys by Equal Shares, and looks at what the city bought.
func ExampleRead() {
	f, err := pabulib.Read(strings.NewReader(`META
key;value
num_projects;3
num_votes;3
budget;900
currency;EUR
vote_type;approval
PROJECTS
project_id;cost;name;selected
b1;600;A bench;1
t1;300;Trees;0
h1;300;A hedge;1
VOTES
voter_id;vote
1;b1,h1
2;b1,h1
3;t1
`), nil)
	if err != nil {
		fmt.Println(err) // with the line and the column
		return
	}
	out, err := allocation.Allocate(f.Election, allocation.EqualShares, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("Equal Shares:", out.Selected)
	fmt.Println("the city:", f.Selection())
	// Output:
	// Equal Shares: [b1 t1]
	// the city: [b1 h1]
}

// What a ballot box holds, written for others to count again.
func ExampleWrite() {
	f, err := pabulib.Read(strings.NewReader("META\nkey;value\nnum_projects;1\nnum_votes;2\nbudget;5\nvote_type;approval\n"+
		"PROJECTS\nproject_id;cost\nb1;5\nVOTES\nvoter_id;vote;age\nAda;b1;34\nBen;b1;51\n"), nil)
	if err == nil {
		err = pabulib.Write(os.Stdout, f)
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// META
	// key;value
	// num_projects;1
	// num_votes;2
	// budget;5
	// vote_type;approval
	// currency;XXX
	// PROJECTS
	// project_id;cost;votes
	// b1;5;2
	// VOTES
	// voter_id;vote
	// 1;b1
	// 2;b1
}
