package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

// What names the demonstration space and its people: its short name, who vouches for its members, and which of them the
// sign-in link is for, who still has to vote.
const (
	demoSlug   = "jardins-du-piton"
	demoIssuer = "demo"
	demoVoter  = "7"
)

// demoZone is where the garden lies.
const demoZone = "Indian/Reunion"

// demoPeople are the members, whose subjects are 1, 2, 3 and so on. All are invented.
var demoPeople = []string{
	"Amina Hoarau", "Jonas Payet", "Lise Grondin", "Marc Fontaine", "Nadia Técher", "Olivier Rivière", "Prisca Boyer",
	"Samuel Dijoux", "Thérèse Maillot", "Yann Lebon", "Zoé Turpin", "Rahim Ismaël",
}

// demoReader gives the person whom the sign-in link of a demonstration is for; empty where there is no such space or
// member any more.
func demoReader(ctx context.Context, coop *governance.Coop) (governance.PersonID, error) {
	host := governance.Host(demoIssuer)
	sp, err := coop.Spaces.Find(ctx, host, demoSlug)
	if errors.Is(err, governance.ErrSpaceUnknown) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	m, err := coop.Members.Find(ctx, host, sp.ID, governance.Identity{Issuer: demoIssuer, Subject: demoVoter})
	if errors.Is(err, governance.ErrMemberUnknown) || errors.Is(err, governance.ErrPersonUnknown) {
		return "", nil
	}
	return m.Person, err
}

// demonstrate fills an instance that has no space yet with a village garden: one of everything that can become of a
// proposal, and what there is to do. Where there is a space already it does nothing. Deadlines lie days from today.
func demonstrate(ctx context.Context, coop *governance.Coop) error {
	host := governance.Host(demoIssuer)
	all, err := coop.Spaces.List(ctx, host, governance.Paging{Limit: 1})
	if err != nil || len(all.Items) > 0 {
		return err
	}
	d := &demo{ctx: ctx, coop: coop, now: time.Now()}
	d.people(host)
	d.decisions()
	d.questions()
	return d.err
}

// demo is a demonstration space that is being filled. After the first error it does nothing more.
type demo struct {
	ctx     context.Context
	coop    *governance.Coop
	now     time.Time
	space   governance.SpaceID
	garden  governance.RoomID
	village governance.RoomID
	members []governance.Member
	err     error
}

// member gives a member by the number in demoPeople, from 1.
func (d *demo) member(n int) governance.Member { return d.members[n-1] }

// on gives six in the evening, so many days from now.
func (d *demo) on(days int) governance.Moment {
	zone, err := time.LoadLocation(demoZone)
	if err != nil {
		d.err = errors.Join(d.err, err)
		return governance.Moment{}
	}
	return governance.Moment{Local: d.now.In(zone).AddDate(0, 0, days).Format("2006-01-02") + "T18:00", Zone: demoZone}
}

// people founds the space, its rooms and its members.
func (d *demo) people(host governance.Actor) {
	sp, err := d.coop.Spaces.Create(d.ctx, host, governance.NewSpace{
		Name: "Jardins du Piton", Slug: demoSlug, Zone: demoZone, Public: true,
		Description: "Un jardin partagé, ses membres et leurs décisions. Tout ici est inventé.",
	})
	if d.err = err; err != nil {
		return
	}
	d.space = sp.ID
	d.garden = d.room(host, "Le jardin", "Les parcelles, les outils, l'eau et le compost.")
	d.village = d.room(host, "La vie commune", "Les repas, les visites et les règles.")
	for i, name := range demoPeople {
		n := governance.NewMember{Identity: governance.Identity{Issuer: demoIssuer, Subject: strconv.Itoa(i + 1), Name: name}}
		switch i {
		case 0:
			n.Roles = []string{governance.Chair}
		case 1:
			n.Roles = []string{governance.Secretary}
		}
		m, err := d.coop.Members.Admit(d.ctx, host, d.space, n)
		if d.err = errors.Join(d.err, err); err != nil {
			return
		}
		d.members = append(d.members, m)
	}
}

func (d *demo) room(host governance.Actor, name, description string) governance.RoomID {
	if d.err != nil {
		return ""
	}
	r, err := d.coop.Rooms.Open(d.ctx, host, d.space, governance.NewRoom{Name: name, Description: description})
	d.err = err
	return r.ID
}

// propose puts a proposal to the members.
func (d *demo) propose(author int, n governance.NewProposal) governance.ProposalID {
	if d.err != nil {
		return ""
	}
	p, err := d.coop.Proposals.Submit(d.ctx, d.member(author).Actor(), d.space, n)
	d.err = err
	return p.ID
}

// vote opens a poll and casts ballots: words in the order of the members, "." for who does not vote.
func (d *demo) vote(id governance.ProposalID, n governance.NewPoll, ballots string) governance.PollID {
	if d.err != nil {
		return ""
	}
	poll, err := d.coop.Polls.Open(d.ctx, d.member(1).Actor(), id, n)
	if d.err = err; err != nil {
		return ""
	}
	for i, choice := range strings.Fields(ballots) {
		if choice == "." {
			continue
		}
		if _, err := d.coop.Polls.Cast(d.ctx, d.member(i+1).Actor(), poll.ID, voting.Choice(choice)); err != nil {
			d.err = err
			return ""
		}
	}
	return poll.ID
}

// decide opens a poll, casts ballots, counts them, and gives the resolution that this makes; empty if none.
func (d *demo) decide(id governance.ProposalID, n governance.NewPoll, ballots string) governance.ResolutionID {
	poll := d.vote(id, n, ballots)
	if d.err != nil {
		return ""
	}
	if _, d.err = d.coop.Polls.Close(d.ctx, d.member(1).Actor(), poll); d.err != nil {
		return ""
	}
	p, err := d.coop.Proposals.Get(d.ctx, d.member(1).Actor(), id)
	d.err = err
	return p.Resolution
}

// plan plans an action, and says how far it is.
func (d *demo) plan(n governance.NewAction, state governance.ActionState, percent int, assignees ...int) {
	if d.err != nil {
		return
	}
	for _, a := range assignees {
		n.Assignees = append(n.Assignees, d.member(a).ID)
	}
	a, err := d.coop.Actions.Plan(d.ctx, d.member(2).Actor(), d.space, n)
	if d.err = err; err != nil || state == governance.ToDo {
		return
	}
	_, d.err = d.coop.Actions.Progress(d.ctx, d.member(2).Actor(), a.ID, state, percent)
}

// decisions makes one of each: a tie, a rejection, a quorum that was missed, a resolution by two thirds, one by a simple
// majority; and what carries them out.
func (d *demo) decisions() {
	meal := d.propose(8, governance.NewProposal{
		Room: d.village, Title: "Quel jour pour le repas du mois ?", Summary: "Un jour fixe, pour que chacun puisse s'organiser.",
		Body: "Le repas partagé a lieu le même jour chaque mois, sous le manguier.",
	})
	d.decide(meal, governance.NewPoll{
		Rule: voting.MostVoices(), Names: true,
		Options: []governance.Option{
			{Key: "samedi", Title: "Le samedi midi"}, {Key: "dimanche", Title: "Le dimanche midi"}, {Key: "vendredi", Title: "Le vendredi soir"},
		},
	}, "samedi dimanche samedi samedi dimanche vendredi . dimanche samedi dimanche . .")

	lock := d.propose(10, governance.NewProposal{
		Room: d.garden, Title: "Fermer le jardin à clé la nuit", Summary: "Un cadenas à code sur la grille, de 20 h à 6 h.",
		Body:      "La grille est fermée chaque soir. Le code est donné à tous les membres.",
		Arguments: "Deux brouettes ont disparu cette année.",
	})
	d.decide(lock, governance.NewPoll{Rule: voting.SimpleMajority(), Names: true},
		"against against for against against for . against abstain for against .")

	name := d.propose(12, governance.NewProposal{
		Room: d.village, Title: "Changer le nom du jardin", Summary: "« Les Hauts du Piton » au lieu de « Jardins du Piton ».",
		Body: "Le jardin s'appelle désormais « Les Hauts du Piton ».",
	})
	d.decide(name, governance.NewPoll{
		Rule: voting.TwoThirds().WithQuorum(voting.Cast, voting.Fraction{Num: 1, Den: 2}),
	}, ". for . . against . . . . for . for")

	water := d.propose(4, governance.NewProposal{
		Room: d.garden, Title: "Récupérer l'eau de pluie du local", Summary: "Deux cuves de 1 000 litres, 380 € en tout.",
		Body:      "Le jardin pose deux cuves de 1 000 litres sous le toit du local, et un robinet pour chaque rangée.\n\nL'achat est pris sur la caisse commune.",
		Arguments: "En octobre, l'arrosage a été coupé onze jours.",
	})
	cisterns := d.decide(water, governance.NewPoll{
		Rule: voting.TwoThirds().WithQuorum(voting.Cast, voting.Fraction{Num: 1, Den: 2}), Names: true,
	}, "for for for for against for . for abstain for for against")

	tools := d.propose(3, governance.NewProposal{
		Room: d.garden, Title: "Acheter une débroussailleuse en commun", Summary: "240 €, pris sur la cagnotte.",
		Body: "Le jardin achète une débroussailleuse à batterie, rangée au local et prêtée sur inscription.",
	})
	cutter := d.decide(tools, governance.NewPoll{
		Rule: voting.SimpleMajority().WithQuorum(voting.Cast, voting.Fraction{Num: 1, Den: 3}), Names: true,
	}, "for for for against abstain")

	d.plan(governance.NewAction{Resolution: cisterns, Title: "Poser les deux cuves et les robinets", Due: d.on(26)}, governance.Doing, 40, 4, 10)
	d.plan(governance.NewAction{Resolution: cisterns, Title: "Mesurer le toit du local"}, governance.Done, 100, 6)
	d.plan(governance.NewAction{Resolution: cutter, Title: "Comparer trois devis", Due: d.on(12)}, governance.ToDo, 0, 3)
	d.plan(governance.NewAction{
		Resolution: cutter, Title: "Écrire la fiche de prêt", Description: "Une page, affichée au local.", Due: d.on(19),
	}, governance.ToDo, 0, 5, 9)
}

// questions opens what the members have before them: a proposal in debate and two votes, in which some have voted.
func (d *demo) questions() {
	d.propose(9, governance.NewProposal{
		Room: d.village, Title: "Accueillir l'école du village", Summary: "Un matin par semaine, une parcelle pour la classe de Mme Rivière.",
		Body:      "Chaque mardi de 8 h à 10 h, le jardin ouvre une parcelle aux élèves de l'école. Deux membres sont présents.",
		Arguments: "Les enfants demandent depuis l'an dernier. Il reste à savoir qui peut venir le mardi.",
	})
	seeds := d.propose(11, governance.NewProposal{
		Room: d.garden, Title: "Que semer sur la parcelle commune ?", Summary: "Une seule culture, pour la saison fraîche.",
		Body: "La parcelle commune porte une culture, semée ensemble et partagée à parts égales.",
	})
	d.vote(seeds, governance.NewPoll{
		Rule: voting.MostVoices(), Change: true, Closes: d.on(9),
		Options: []governance.Option{
			{Key: "haricots", Title: "Des haricots"}, {Key: "bredes", Title: "Des brèdes"}, {Key: "carottes", Title: "Des carottes"},
		},
	}, "haricots . bredes . . haricots haricots . carottes")

	compost := d.propose(4, governance.NewProposal{
		Room: d.garden, Title: "Un composteur place du marché", Summary: "Deux bacs de 600 litres, ouverts aux riverains.",
		Body:      "Le jardin installe deux bacs de 600 litres place du marché et les vide chaque samedi. Les riverains y portent leurs épluchures.",
		Arguments: "Le marché jette 80 kg d'épluchures par semaine.",
	})
	d.vote(compost, governance.NewPoll{
		Rule: voting.TwoThirds().WithQuorum(voting.Cast, voting.Fraction{Num: 1, Den: 2}), Change: true, Names: true, Closes: d.on(4),
	}, "for for . for against")
}
