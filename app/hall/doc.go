// Package hall holds the rules of a government service hall (政务服务大厅) as
// pure values and functions: tickets and the queue, appointments and check-in,
// ratings, calendars, numbers, identity numbers, masking, codes on paper, and
// the table of operation kinds.
//
// Guarantees: no clock, no I/O, no randomness. The same inputs give the same
// outcome on every node, so the terminal (overlay), the writer (verdict) and
// the simulation call the same functions. Nothing here mutates its arguments.
//
// Expects: the caller supplies time (Context.Now), identifiers and numbers.
//
// Source of the rules: the requirements' chapter G (state machines G5, G6, G9)
// and the law and codes cited at each function.
package hall
