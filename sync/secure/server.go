package secure

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	gosync "sync"
	"time"

	"hallway/sync"
)

// URI names a terminal among the alternative names of a certificate.
func URI(terminal string) *url.URL {
	return &url.URL{Scheme: "urn", Opaque: "hallway:terminal:" + url.PathEscape(terminal)}
}

// Of says whether a certificate names a terminal.
func Of(cert *x509.Certificate, terminal string) bool {
	if terminal == "" {
		return false
	}
	if cert.Subject.CommonName == terminal {
		return true
	}
	want := URI(terminal).String()
	for _, u := range cert.URIs {
		if u.String() == want {
			return true
		}
	}
	return false
}

// Files of one end, PEM. A centre has Cert and Key (with the chain in Cert), and
// CA when its terminals must have certificates of it. A terminal has CA when its
// centre's is not one that the machine trusts, and Cert and Key when its centre
// asks for them.
type Files struct{ Cert, Key, CA string }

// loaded is what was read of Files.
type loaded struct {
	cert *tls.Certificate // nil: none
	pool *x509.CertPool   // nil: none
	conf *tls.Config      // of a server's connections
}

// read reads all that is named.
func (f Files) read() (*loaded, error) {
	l := &loaded{}
	if f.Cert != "" || f.Key != "" {
		pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
		if err != nil {
			return nil, fmt.Errorf("the certificate %s with the key %s cannot be used: %w", f.Cert, f.Key, err)
		}
		l.cert = &pair
	}
	if f.CA != "" {
		pem, err := os.ReadFile(f.CA)
		if err != nil {
			return nil, fmt.Errorf("the CA's certificate cannot be read: %w", err)
		}
		l.pool = x509.NewCertPool()
		if !l.pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate (PEM)", f.CA)
		}
	}
	l.conf = l.server()
	return l, nil
}

// stamp tells whether files have changed.
func (f Files) stamp() (s [3]string) {
	for i, name := range []string{f.Cert, f.Key, f.CA} {
		if info, err := os.Stat(name); name != "" && err == nil {
			s[i] = fmt.Sprint(info.ModTime().UnixNano(), info.Size())
		}
	}
	return s
}

// lookEvery is how often files are looked at.
const lookEvery = time.Second

// held keeps what files hold, as they are now.
type held struct {
	files Files
	log   *slog.Logger
	now   func() time.Time

	mu     gosync.Mutex
	have   *loaded
	stamp  [3]string
	looked time.Time
}

func open(files Files, log *slog.Logger, now func() time.Time) (*held, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if now == nil {
		now = time.Now
	}
	h := &held{files: files, log: log, now: now, stamp: files.stamp(), looked: now()}
	var err error
	h.have, err = files.read()
	return h, err
}

// current is what the files hold; what cannot be read leaves what was.
func (h *held) current() *loaded {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := h.now()
	if at.Sub(h.looked).Abs() < lookEvery {
		return h.have
	}
	h.looked = at
	stamp := h.files.stamp()
	if stamp == h.stamp {
		return h.have
	}
	h.stamp = stamp // once: also what cannot be used
	next, err := h.files.read()
	if err != nil {
		h.log.Error("the renewed certificates cannot be used; the old ones stay in force: put both files right", "error", err)
		return h.have
	}
	h.log.Info("renewed certificates are in use", "cert", h.files.Cert, "ca", h.files.CA)
	h.have = next
	return next
}

// Server is the centre's end.
type Server struct {
	*held
	base *tls.Config

	known gosync.Map // SHA-256 of a certificate that was verified → seen
}

// seen is a certificate that one CA vouched for.
type seen struct {
	pool  *x509.CertPool
	until time.Time
}

// Open reads the centre's files. now is nil for the machine's clock.
func Open(files Files, log *slog.Logger, now func() time.Time) (*Server, error) {
	h, err := open(files, log, now)
	if err != nil {
		return nil, err
	}
	if h.have.cert == nil {
		return nil, errors.New("TLS needs a certificate and its key")
	}
	s := &Server{held: h}
	s.base = &tls.Config{MinVersion: tls.VersionTLS12}
	s.base.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return s.current().conf, nil }
	return s, nil
}

// server is the configuration of a connection, the same for all.
func (l *loaded) server() *tls.Config {
	if l.cert == nil {
		return nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, // a stream has its connection for itself
		Certificates: []tls.Certificate{*l.cert}}
	if l.pool != nil { // asked for here; Terminal judges it, in words that a terminal can show
		c.ClientAuth, c.ClientCAs = tls.RequestClientCert, l.pool
	}
	return c
}

// Terminal judges whether a terminal may speak on a connection: nil, or what is
// wrong.
func (s *Server) Terminal(on *tls.ConnectionState, terminal string) *sync.Problem {
	pool := s.current().pool
	if pool == nil {
		return nil
	}
	if on == nil || len(on.PeerCertificates) == 0 {
		return certProblem(sync.ProblemCertMissing)
	}
	leaf := on.PeerCertificates[0]
	if code := s.verify(pool, leaf, on.PeerCertificates[1:]); code != "" {
		return certProblem(code)
	}
	if !Of(leaf, terminal) {
		return certProblem(sync.ProblemCertOther)
	}
	return nil
}

// verify follows the chain once for each certificate, and its time always.
func (s *Server) verify(pool *x509.CertPool, leaf *x509.Certificate, more []*x509.Certificate) (code string) {
	at := s.now()
	name := sha256.Sum256(leaf.Raw)
	if v, ok := s.known.Load(name); ok && v.(seen).pool == pool {
		if at.After(v.(seen).until) {
			return sync.ProblemCertExpired
		}
		return ""
	}
	between := x509.NewCertPool()
	for _, c := range more {
		between.AddCert(c)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{Roots: pool, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return sync.ProblemCertExpired
	case err != nil:
		return sync.ProblemCertUnknown
	}
	until := leaf.NotAfter
	for _, c := range chains[0] {
		if c.NotAfter.Before(until) {
			until = c.NotAfter
		}
	}
	s.known.Store(name, seen{pool, until}) // only the CA's own come here
	return ""
}

// certProblem is what the centre answers.
func certProblem(code string) *sync.Problem {
	p := &sync.Problem{Code: code}
	switch code {
	case sync.ProblemCertMissing:
		p.Message, p.Hint = "the centre asks for this terminal's certificate, and none came", "make one at the centre (hallway-central certs), and name it as cert and key in the terminal's configuration"
	case sync.ProblemCertUnknown:
		p.Message, p.Hint = "this terminal's certificate is not one of the centre's CA", "give it a certificate of the CA that tls_client_ca of the centre names (hallway-central certs)"
	case sync.ProblemCertExpired:
		p.Message, p.Hint = "this terminal's certificate has run out, or is not valid yet", "renew it at the centre (hallway-central certs), and check the clocks of both machines"
	case sync.ProblemCertOther:
		p.Message, p.Hint = "this certificate names another terminal than the token", "give the terminal its own certificate and its own token file"
	}
	return p
}
