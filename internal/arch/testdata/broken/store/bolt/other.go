package bolt

func grow() {
	size++   // want "package variable size is written"
	size = 3 // want "package variable size is written"
	names := map[string]int{}
	names["own"] = 1
}
