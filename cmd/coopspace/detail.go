package main

import "github.com/communecter/coopspace/internal/locale"

// detail says in the reader's language what the system says of files and folders in English.
func (t terminal) detail(text string) string {
	if fr, has := detailFrench[text]; has && t.lang == locale.French {
		return fr
	}
	return text
}

// detailFrench has the French of what goes wrong with files most often. Whatever else the system says stays as it is.
var detailFrench = map[string]string{
	"file exists":               "il y a déjà un fichier de ce nom",
	"no such file or directory": "il n'y a rien à cet endroit",
	"permission denied":         "l'accès en est refusé",
	"operation not permitted":   "le système ne le permet pas",
	"is a directory":            "c'est un dossier, pas un fichier",
	"is no regular file":        "ce n'est pas un fichier ordinaire",
	"not a directory":           "une partie du chemin n'est pas un dossier",
	"directory not empty":       "le dossier n'est pas vide",
	"read-only file system":     "rien ne peut être écrit sur ce disque",
	"no space left on device":   "le disque est plein",
}
