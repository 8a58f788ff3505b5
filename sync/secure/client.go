package secure

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"hallway/sync"
)

// Client is a terminal's end.
func Client(files Files, log *slog.Logger, now func() time.Time) (*tls.Config, error) {
	h, err := open(files, log, now)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, RootCAs: h.have.pool}
	if files.Cert != "" {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return h.current().cert, nil // also one that the centre may not take: it says why
		}
	}
	return c, nil
}

// Transport gives a transport the terminal's end.
func Transport(t *http.Transport, c *tls.Config) *http.Transport {
	if c != nil {
		t.TLSClientConfig = c.Clone()
	}
	return t
}

// PlainAnswer is how a centre with TLS answers a request without.
const PlainAnswer = "Client sent an HTTP request to an HTTPS server."

// Fault is what is wrong with the centre's end, as the terminal sees it: nil when
// err is of another kind (a line that is down, a word of the centre).
func Fault(err error) *sync.Problem {
	var invalid x509.CertificateInvalidError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	var other *tls.CertificateVerificationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return &sync.Problem{Code: sync.ProblemCentreExpired, Message: "the centre's certificate has run out, or is not valid yet", Hint: "renew it at the centre, and check the clock of this machine"}
	case errors.As(err, &host):
		return &sync.Problem{Code: sync.ProblemCentreHost, Message: "the centre's certificate is of another address", Hint: "use the address that is in it as centre in this terminal's configuration, or make one with this address"}
	case errors.As(err, &authority), errors.As(err, &other):
		return &sync.Problem{Code: sync.ProblemCentreUnknown, Message: "the centre's certificate is not one of the CA that this terminal trusts", Hint: "name the CA of the centre as ca in this terminal's configuration"}
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return &sync.Problem{Code: sync.ProblemCentrePlain, Message: "the centre does not speak TLS at this address", Hint: "set tls_cert and tls_key at the centre, or http:// in this terminal's configuration"}
	case strings.Contains(err.Error(), PlainAnswer):
		return &sync.Problem{Code: sync.ProblemCentreTLS, Message: "the centre speaks TLS at this address", Hint: "write https:// before the centre's address in this terminal's configuration"}
	}
	return nil
}
