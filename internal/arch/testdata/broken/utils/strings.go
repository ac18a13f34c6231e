package utils // want "package utils is not in the import table" "package name utils says nothing of what is inside"
