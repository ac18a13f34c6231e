package main

import "fmt"

// The program tells what is bought, what is not, and who paid what.
func Example() {
	if err := run("fr"); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Règle : parts égales, avec ce que chacun a donné.
	// Chacun ne paie qu'avec son propre argent, et seulement pour les projets qu'il soutient. Un projet est acheté quand ceux qui le soutiennent peuvent le payer ensemble. Ce qui n'est pas dépensé reste aux donateurs.
	// Le projet dont chacun paie la plus petite part du coût passe d'abord.
	// Budget : 18 €, pour 12 personnes qui ont voté.
	// 1 projet retenu sur 2, pour 9 €. Il reste 9 €.
	// 1. Une meilleure recherche [recherche] (9 €) est retenu, avec 10 voix. 10 personnes paient, 0,90 € au plus par voix.
	// Les autres projets :
	// – Des cartes hors ligne [cartes] (2 600 €), avec 11 voix : ceux qui le soutiennent n'avaient plus ensemble que 8,40 €. Il leur manquait 2 591,60 €.
	// donor-01: recherche, 0,90 €
	// donor-01: 0,60 €
	// donor-02: recherche, 0,90 €
	// donor-02: 0,60 €
}
