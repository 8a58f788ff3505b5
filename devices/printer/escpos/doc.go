// Package escpos drives ESC/POS receipt printers (热敏小票打印机) over any
// port.
//
// Guarantees: a job ends as exactly one outcome. Confirmed: the printer itself
// said that everything was printed. Parsed: the printer took everything and has
// no trouble, but cannot confirm. Failed: no byte that puts ink on paper left
// this program. Unknown: everything else. No job is sent twice, ever. What a
// printer has not printed when a job is given up is cleared, where the model
// can, so that it does not come out later. A broken slip is cut off before the
// next job, and so is whatever hangs out when the program starts, because
// nobody knows what an earlier run left. One goroutine reads and classifies all
// that the printer says. A job goes before the questions that are asked now and then:
// it waits for one that is being asked, none is asked before it, and it does not fail
// because one was not answered in time, but asks by itself.
//
// A printer that cannot answer (answers = "no", or a USB interface that says so)
// has the fault one_way; its jobs are parsed when its USB interface says afterwards
// that it is in order, and unknown on any other line.
//
// Real-time questions (DLE EOT) are asked only while no job's bytes are on
// their way, and picture data never holds their byte pairs. A late answer is not
// taken for one to another question.
//
// A printer is learnt at its set-up (Learn, «hallway devices setup»): what it says of
// itself, and what somebody sees on a slip on which each row can come out in one way
// or another, become the file of its profile (Learnt), which the configuration names.
//
// Expects: a profile that fits the model; the machine's fonts for characters
// outside the printer's two-byte set.
//
// Source: protocol sheet §C; design §4. ESC * and GS b are from the public
// Epson command reference.
package escpos
