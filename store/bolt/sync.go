//go:build !planted_sync

package bolt

// noSync is a fault that tools/planted plants, to see that the tests notice: commits that are acknowledged before they
// are on the disk.
const noSync = false
