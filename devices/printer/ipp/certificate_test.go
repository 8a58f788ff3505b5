package ipp_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/devices"
	"hallway/devices/printer/ipp"
	"hallway/devices/printer/ipp/ippsim"
)

// ownCertificate is a page printer that speaks TLS with a certificate of its own
// making, and the certificate's fingerprint.
func ownCertificate(t *testing.T) (address, fingerprint string) {
	t.Helper()
	sim := ippsim.New(ippsim.Options{Pace: 10 * time.Millisecond})
	web := httptest.NewUnstartedServer(nil)
	web.StartTLS() // for its certificate
	own, cert := web.TLS.Clone(), web.Certificate()
	web.Close()
	own.NextProtos = nil // a printer speaks HTTP/1.1
	l, err := tls.Listen("tcp", "127.0.0.1:0", own)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { _ = sim.Run(ctx) })
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() { _ = sim.Serve(ctx, c) }) // one request each
		}
	})
	t.Cleanup(func() { cancel(); l.Close(); work.Wait() })
	sum := sha256.Sum256(cert.Raw)
	return "ipps://" + l.Addr().String() + "/printers/a4", hex.EncodeToString(sum[:])
}

// TestOwnCertificate: a printer with a certificate of its own gets no job before its
// fingerprint is configured, and says it; another's fingerprint is refused.
func TestOwnCertificate(t *testing.T) {
	address, print := ownCertificate(t)
	state := func(certificate string) devices.Status {
		t.Helper()
		p, err := ipp.New(ipp.Options{ID: "sheet", Address: address, Certificate: certificate, Poll: 50 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var work sync.WaitGroup
		work.Go(func() { _ = p.Run(ctx) })
		defer func() { cancel(); work.Wait() }()
		until(t, "it is known how the printer is", func() bool { s := p.Status(); return s.State == devices.Ready || len(s.Faults) > 0 })
		return p.Status()
	}
	for _, other := range []string{"", "sha256:" + strings.Repeat("00", 32)} {
		s := state(other)
		if len(s.Faults) != 1 || s.Faults[0].Code != "sheet_certificate" || !strings.Contains(s.Faults[0].Detail, "sha256:"+print) || s.State != devices.Absent {
			t.Errorf("certificate %q: %+v", other, s)
		}
	}
	pairs := ""
	for i := 0; i < len(print); i += 2 {
		pairs += ":" + strings.ToUpper(print[i:i+2])
	}
	for _, right := range []string{"sha256:" + print, "SHA256" + pairs} {
		if s := state(right); s.State != devices.Ready || len(s.Faults) != 0 {
			t.Errorf("certificate %q: %+v", right, s)
		}
	}
	for _, bad := range []string{"sha256:12", "md5:" + print, print} {
		if _, err := ipp.FromConfig(devices.Config{ID: "sheet", Port: address, Options: map[string]string{"certificate": bad}}); err == nil {
			t.Errorf("%q was taken for a fingerprint", bad)
		}
	}
}
