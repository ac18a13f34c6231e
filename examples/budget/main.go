// Command budget is a month of an association whose donors decide what is built: each pays only for what they support, out of what they
// really gave, and nobody's money goes to what they did not want.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

func main() {
	if err := run("fr"); err != nil {
		log.Print(err)
		os.Exit(1)
	}
}

// run holds the cut, and tells it in a language.
func run(lang string) error {
	search, err := money.Parse("9.00 EUR")
	if err != nil {
		return err
	}
	maps, err := money.Parse("2600.00 EUR")
	if err != nil {
		return err
	}
	month := allocation.Balances{
		Projects: []allocation.Project{
			{ID: "recherche", Name: "Une meilleure recherche", Cost: search},
			{ID: "cartes", Name: "Des cartes hors ligne", Cost: maps},
		},
	}
	// Twelve donors at 1.50 EUR. The first ten want the search, all but the first want the maps.
	gave, err := money.Parse("1.50 EUR")
	if err != nil {
		return err
	}
	for i := range 12 {
		d := allocation.Donor{ID: fmt.Sprintf("donor-%02d", i+1), Balance: gave, Weight: voting.Voice}
		if i < 10 {
			d.Ballot = append(d.Ballot, allocation.Vote{Project: "recherche"})
		}
		if i > 0 {
			d.Ballot = append(d.Ballot, allocation.Vote{Project: "cartes"})
		}
		month.Donors = append(month.Donors, d)
	}
	out, err := allocation.AllocateBalances(month)
	if err != nil {
		return err
	}
	fmt.Println(out.Explain(lang))
	for _, d := range out.Donors[:2] {
		for _, p := range d.Paid {
			fmt.Printf("%s: %s, %s\n", d.ID, p.Project, p.Amount.Format(lang))
		}
		fmt.Printf("%s: %s\n", d.ID, d.Left.Format(lang)) // carried over to the next month
	}
	return nil
}
