// Package codes compares readers of codes side by side, on pictures that it makes
// itself: Hallway's own reader, gozxing alone, ZBar (Debian's zbar-tools) and
// zxing-cpp (Debian's zxing-cpp-tools), each looking for all five symbologies.
//
// The sets: for each symbology so many pictures of 800×600 with one code each,
// turned by any angle, tilted up to 20°, small, blurred, moved, noisy, in uneven
// light, as JPEG. The ranges are in hardness; every picture says its own values
// in its name. They are such that zxing-cpp reads less than 95 % of each set. A
// sixth set are frames of 1280×720 without a code, a textured desk or a printed
// sheet on it: what is read there is wrong, and how long it takes is the time for
// an empty frame.
//
// Guarantees: one seed gives the same pictures; all readers see the same files;
// a read with another text or symbology than the picture shows is counted as
// wrong, also when the right one was read beside it.
// What is told: wrong reads first, then the rate. Times of the two programs are
// wall time of one process over all pictures less the time of the same process
// over one picture, so that starting does not count; reading the files counts
// for everybody. A program that crashes reads the set again, a process for each
// picture: the one at which it crashes counts as not read and is named.
//
// build/bench codes runs 400 pictures a set; the test of this package a few.
package codes
