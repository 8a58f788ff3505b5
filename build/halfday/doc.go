// Package halfday plays the half-day of a hall against the real programs,
// through the same doors as the pages use, while programs are killed in the
// middle of each step: booking, check-in, walk-in, calling, serving and
// rating, offline tickets, device faults.
//
// It holds (requirements G5, G10; design §2): nothing acknowledged is lost,
// nothing is doubled; a printed number is in the queue exactly once; one
// person is never at two windows. The seed is printed and can be given by
// HALLWAY_SEED.
package halfday
