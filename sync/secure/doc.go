// Package secure is TLS on the line between terminals and their centre
// (传输加密), and who a certificate belongs to.
//
// The rule: a terminal is who its token says. Where the centre asks for
// certificates of terminals (a ClientCA), a request with a terminal's token is
// taken only on a connection with a certificate of that CA that names the same
// terminal: as the common name of its subject, or as the URI
// urn:hallway:terminal:ID among its alternative names (URI). What needs no token
// of a terminal (the citizens' and the managers' pages) needs no certificate.
//
// Guarantees: who presents a certificate has its key, also one that is then
// refused. What is wrong is said by a code (sync.ProblemCertMissing,
// CertUnknown, CertExpired, CertOther from the centre; CentreUnknown,
// CentreExpired, CentreHost, CentrePlain, CentreTLS at the terminal, by Fault),
// each with what to do. A certificate that runs out is refused from then on, also
// on a connection that is older; a wake stream over it ends at its next heartbeat
// (sync/server). Files that were renewed are read within a second
// or at the next connection after it, without a restart; files that cannot be
// used leave what was read before in force, and are told to Log once. The CA that a
// terminal trusts is read at its start. TLS 1.2 is the least.
//
// Every connection of a Listener can be told never to wait for its reader
// (Instant): a wake stream costs no goroutine, as on a plain connection.
//
// Expects: times of the machine, not of a demonstration.
//
// Source: design §2, requirements on transport (等保); RFC 8446, RFC 5280, RFC 8141.
package secure
