// Package recordsim is a simulator of who receives the process records of cases
// above: it holds them by identity and data version, answers each batch record by
// record, and can answer late, twice, wrongly, or never. What it holds is for tests
// and demonstrations only; it writes nothing down.
package recordsim
