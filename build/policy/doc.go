// Package policy keeps the house rules as tests: which folder may import
// which, a package doc everywhere, no paths of a machine, no left-over marks, no
// text for people outside the catalogues. Source: the design's §3 and the
// README, «How the house is laid out».
package policy
