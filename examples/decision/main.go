// Command decision is the program of the README: a space, a member, a proposal, a vote, a verdict that says why, and the
// API beside it.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/httpapi"
	"github.com/communecter/coopspace/store/bolt"
	"github.com/communecter/coopspace/voting"
)

func main() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()

	st, err := bolt.Open("coop.db", nil)
	check(err)
	coop, err := governance.Open(st, &governance.Options{Keys: keys.Dir("coop.keys")})
	check(err)
	defer coop.Close()
	go coop.Run(ctx) // polls open and close at their times

	host := governance.Host("my-site") // the embedding program is an actor: the first one
	sp, err := coop.Spaces.Create(ctx, host, governance.NewSpace{Name: "Jardins du Piton", Zone: "Indian/Reunion"})
	check(err)
	ana, err := coop.Members.Join(ctx, host, sp.ID, governance.Identity{Issuer: "my-site", Subject: "42"})
	check(err)
	p, err := coop.Proposals.Submit(ctx, ana.Actor(), sp.ID, governance.NewProposal{Title: "Un composteur place du marché"})
	check(err)
	poll, err := coop.Polls.Open(ctx, host, p.ID, governance.SimpleMajority())
	check(err)
	receipt, err := coop.Polls.Cast(ctx, ana.Actor(), poll.ID, voting.For)
	check(err)
	res, err := coop.Polls.Close(ctx, host, poll.ID)
	check(err)
	fmt.Println(res.Explain("en")) // Adopted. 1 of 1 vote cast for or against was in favour, 100 %; ...

	router := chi.NewRouter() // yours, with your own routes and your own login
	router.Mount("/coop", httpapi.New(coop, &httpapi.Options{Who: whoAsks}))

	_, _, err = receipt.Check(coop.Key())
	check(err)
}

// whoAsks tells who sent a request, from whatever login the site has. This one knows nobody.
func whoAsks(*http.Request) (governance.Actor, error) { return governance.Actor{}, nil }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
