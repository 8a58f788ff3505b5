// Package ipp is the driver of page printers (A4 打印机) over the Internet
// Printing Protocol: a queue of CUPS on this machine, or a printer that speaks
// IPP itself.
//
// Guarantees: a job ends as exactly one outcome. Confirmed means that the
// printer counted sheets for it; a queue that says «completed» and counted none
// is Parsed, because nobody knows whether paper came out. A reply that was lost
// is looked for by the job's name before anything is said; a job that does not
// move is cancelled, so that it does not come out when nobody expects it. The
// name of a job is the program's own id: no person and no case is in it.
//
// Over ipps:// a printer's certificate must be one that this machine takes, or the
// one whose fingerprint is configured (certificate = "sha256:…"): printers make their
// own. One that is not known is told with its fingerprint, and gets no job.
//
// Expects: PDF among the formats of the queue; one program per job id.
//
// Source: RFC 8010 and RFC 8011 (operations, states, state reasons); the
// behaviour of CUPS 2.4 as measured.
package ipp
