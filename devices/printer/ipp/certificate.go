package ipp

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// faultCertificate: the printer's certificate is not known. Printers make their own;
// who has looked at the printer's screen writes its fingerprint into the
// configuration, and from then on that certificate alone is taken.
const faultCertificate = "sheet_certificate"

// stranger is a printer whose certificate is not known.
type stranger struct{ fingerprint string }

func (s stranger) Error() string {
	return "the printer's certificate is its own; when it is the right printer, write certificate = \"sha256:" + s.fingerprint + "\""
}

// fingerprint reads «sha256:HEX», with or without colons and spaces between.
func fingerprint(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	name, digits, _ := strings.Cut(strings.ToLower(s), ":")
	b, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(digits))
	if err != nil || name != "sha256" || len(b) != sha256.Size {
		return nil, fmt.Errorf("option certificate = %q: write sha256: and the 64 digits of the fingerprint", s)
	}
	return b, nil
}

// trust takes the certificate of a fingerprint, and without one those that this
// machine takes.
func trust(want []byte) *tls.Config {
	if want == nil {
		return nil
	}
	return &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection holds it to the fingerprint
		VerifyConnection: func(on tls.ConnectionState) error {
			got := sha256.Sum256(on.PeerCertificates[0].Raw) // there is one, or the handshake has failed
			if subtle.ConstantTimeCompare(got[:], want) != 1 {
				return stranger{hex.EncodeToString(got[:])}
			}
			return nil
		},
	}
}

// strangerOf finds out whether a connection failed for the printer's certificate.
func strangerOf(err error) (stranger, bool) {
	var s stranger
	if errors.As(err, &s) {
		return s, true
	}
	var refused *tls.CertificateVerificationError
	if !errors.As(err, &refused) || len(refused.UnverifiedCertificates) == 0 {
		return s, false
	}
	return stranger{fingerprintOf(refused.UnverifiedCertificates[0])}, true
}

func fingerprintOf(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}
