// Package stage sets up and runs a whole demo hall on one machine: the centre,
// the bench of simulated devices, one kiosk, two counters and a display, all
// as real programs over real sockets and pseudo-terminals.
//
// Guarantees: everything it writes is inside one folder; ports are free ones
// and stay the same for that folder; passwords and tokens are made at each
// start; a program that ends by itself is started again; Stop ends every
// program. build/run shows it to people, the end-to-end tests kill its
// programs on purpose.
package stage
