package main

import (
	"context"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

// demoSlug is the short name of the demonstration space.
const demoSlug = "jardins-du-piton"

// demonstrate fills an instance that has no space yet: a village garden with a decision that was made and one to make.
func demonstrate(ctx context.Context, coop *governance.Coop) error {
	host := governance.Host("demo")
	all, err := coop.Spaces.List(ctx, host, governance.Paging{Limit: 1})
	if err != nil || len(all.Items) > 0 {
		return err
	}
	sp, err := coop.Spaces.Create(ctx, host, governance.NewSpace{
		Name: "Jardins du Piton", Slug: demoSlug, Zone: "Indian/Reunion", Public: true,
		Description: "Un jardin partagé, ses membres et leurs décisions. Tout ici est inventé.",
	})
	if err != nil {
		return err
	}
	people := []struct{ subject, name, role string }{
		{"1", "Amina Hoarau", governance.Chair},
		{"2", "Jonas Payet", governance.Secretary},
		{"3", "Lise Grondin", ""},
		{"4", "Marc Fontaine", ""},
		{"5", "Nadia Técher", ""},
		{"6", "Olivier Rivière", ""},
		{"7", "Prisca Boyer", ""},
	}
	members := make([]governance.Member, len(people))
	for i, p := range people {
		n := governance.NewMember{Identity: governance.Identity{Issuer: "demo", Subject: p.subject, Name: p.name}}
		if p.role != "" {
			n.Roles = []string{p.role}
		}
		if members[i], err = coop.Members.Admit(ctx, host, sp.ID, n); err != nil {
			return err
		}
	}
	tools, err := coop.Proposals.Submit(ctx, members[2].Actor(), sp.ID, governance.NewProposal{
		Title: "Acheter une débroussailleuse en commun", Summary: "240 €, pris sur la cagnotte.",
		Body: "Le jardin achète une débroussailleuse à batterie, rangée au local et prêtée sur inscription.",
	})
	if err != nil {
		return err
	}
	rule := voting.SimpleMajority().WithQuorum(voting.Cast, voting.Fraction{Num: 1, Den: 3})
	poll, err := coop.Polls.Open(ctx, members[0].Actor(), tools.ID, governance.NewPoll{Rule: rule, Names: true})
	if err != nil {
		return err
	}
	for i, c := range []voting.Choice{voting.For, voting.For, voting.For, voting.Against, voting.Abstain} {
		if _, err := coop.Polls.Cast(ctx, members[i].Actor(), poll.ID, c); err != nil {
			return err
		}
	}
	if poll, err = coop.Polls.Close(ctx, members[0].Actor(), poll.ID); err != nil {
		return err
	}
	adopted, err := coop.Resolutions.List(ctx, host, sp.ID, 0, governance.Paging{Limit: 1})
	if err != nil {
		return err
	}
	for _, r := range adopted.Items {
		if _, err := coop.Actions.Plan(ctx, members[1].Actor(), sp.ID, governance.NewAction{
			Resolution: r.ID, Title: "Comparer trois devis", Assignees: []governance.MemberID{members[2].ID},
		}); err != nil {
			return err
		}
	}
	compost, err := coop.Proposals.Submit(ctx, members[3].Actor(), sp.ID, governance.NewProposal{
		Title: "Un composteur place du marché", Body: "Installer deux bacs de 600 litres, ouverts aux riverains.",
		Arguments: "Le marché jette 80 kg d'épluchures par semaine.",
	})
	if err != nil {
		return err
	}
	_, err = coop.Polls.Open(ctx, members[0].Actor(), compost.ID, governance.NewPoll{
		Rule: voting.TwoThirds().WithQuorum(voting.Cast, voting.Fraction{Num: 1, Den: 3}), Change: true, Names: true,
	})
	return err
}
