// Package halfday plays the half-day of a hall against the real programs,
// through the same doors as the pages use, while programs are killed in the
// middle of each step: booking, check-in, walk-in, calling, serving and
// rating, offline tickets, device faults; and the half-day of cases: opening,
// handing in, fetching, call-backs, labels, trips, signing out and in with the
// line cut, refusal, cancelling, acceptance, progress.
//
// It holds (requirements G5, G10; design §2): nothing acknowledged is lost,
// nothing is doubled; a printed number is in the queue exactly once; one
// person is never at two windows; every paper has one holder and every scan
// that was shown is in its log once; a case is accepted once, with everything
// in; a file that was taken is whole at the centre; nothing prints itself
// again; every replica is what the centre has. The seed is printed and can be
// given by HALLWAY_SEED.
package halfday
