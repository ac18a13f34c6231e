//go:build planted_shut

package store

func shut(Box) bool { return false }
