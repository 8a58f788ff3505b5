// Package fuzz gives the parsers' fuzz functions as many inputs as one asks for.
//
// A fuzz function hands its body to Run instead of to f.Fuzz. Where nothing is
// asked, that is the same: go test runs its seeds, go test -fuzz looks for inputs
// that reach code which none reached before. With INPUTS set, the seeds run, and
// then the body is called in a loop, in one process and without the instruments
// of the fuzzer, with changed seeds and changed inputs that the fuzzer has kept:
// several times as many a second. What fails is kept under testdata/fuzz, where
// go test tries it ever after, and ends the run.
//
// Guarantees: a run that was stopped goes on behind the last whole second of it;
// other inputs are made then. An input that takes a minute counts as a failure.
// build/bench fuzz (folder run) does both for each parser: the fuzzer for a
// while, and the loop for the rest.
package fuzz
