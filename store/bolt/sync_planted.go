//go:build planted_sync

package bolt

const noSync = true
