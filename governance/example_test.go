package governance_test

import (
	"context"
	"fmt"
	"log"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store/memory"
	"github.com/communecter/coopspace/voting"
)

// A whole decision: a space, a member, a proposal, a vote, a verdict that says why.
func Example() {
	ctx := context.Background()
	coop, err := governance.Open(memory.New(), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer coop.Close()

	host := governance.Host("my-site") // the embedding program is an actor: the first one
	sp, err := coop.Spaces.Create(ctx, host, governance.NewSpace{Name: "Jardins du Piton", Zone: "Indian/Reunion"})
	if err != nil {
		log.Fatal(err)
	}
	ana, err := coop.Members.Join(ctx, host, sp.ID, governance.Identity{Issuer: "my-site", Subject: "42"})
	if err != nil {
		log.Fatal(err)
	}
	p, err := coop.Proposals.Submit(ctx, ana.Actor(), sp.ID, governance.NewProposal{
		Title: "Un composteur place du marché", Body: "Installer deux bacs de 600 litres.",
	})
	if err != nil {
		log.Fatal(err)
	}
	poll, err := coop.Polls.Open(ctx, host, p.ID, governance.SimpleMajority())
	if err != nil {
		log.Fatal(err)
	}
	receipt, err := coop.Polls.Cast(ctx, ana.Actor(), poll.ID, voting.For)
	if err != nil {
		log.Fatal(err)
	}
	if _, _, err := receipt.Check(coop.Key()); err != nil {
		log.Fatal(err)
	}
	res, err := coop.Polls.Close(ctx, host, poll.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Explain("fr"))
	// Output: Adoptée. 1 voix pour sur 1 exprimée, soit 100 % ; il en fallait 1 (plus de la moitié).
}
