//go:build !race

package hall

// raceFactor is how much slower the race detector makes pure computing.
const raceFactor = 1
