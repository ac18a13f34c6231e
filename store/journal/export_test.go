package journal

// WriteTiles lets tests fill tiles without a command for each entry.
var WriteTiles = writeTiles
