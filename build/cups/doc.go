// Package cups prints an acceptance notice through a real CUPS: the driver
// devices/printer/ipp hands the PDF of app/print to a queue of cupsd, and what
// came out is read back: as a picture where the queue draws the pages again, as words
// where the printer takes PDF. build/cups/run starts the print service; without it
// the test has nothing to talk to, so build/test runs it as a stage of its own.
package cups
