//go:build planted_key

package store

func taken(bool) bool { return false }
