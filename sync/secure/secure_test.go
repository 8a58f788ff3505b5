package secure

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	gosync "sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hallway/sync"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is one that a test puts forward.
type clock struct {
	mu gosync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time      { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }
func newClock() *clock               { return &clock{t: time.Now()} }

func authority(t *testing.T, dir string, now time.Time) *Authority {
	t.Helper()
	a, _, err := OpenAuthority(dir, "test", now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// centre is a server that says whether terminal T may speak.
type centre struct {
	*Server
	url, dir string
	clock    *clock
}

func newCentre(t *testing.T, ask bool, made time.Time) *centre {
	t.Helper()
	c := &centre{dir: t.TempDir(), clock: newClock()}
	if err := authority(t, c.dir, made).Centre("centre", "127.0.0.1", "centre.test"); err != nil {
		t.Fatal(err)
	}
	files := Files{Cert: filepath.Join(c.dir, "centre.pem"), Key: filepath.Join(c.dir, "centre.key")}
	if ask {
		files.CA = filepath.Join(c.dir, "ca.pem")
	}
	var err error
	if c.Server, err = Open(files, nil, c.clock.now); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := c.Terminal(r.TLS, "T"); p != nil {
			if p.Message == "" || p.Hint == "" {
				t.Errorf("%s does not say what to do", p.Code)
			}
			_, _ = io.WriteString(w, p.Code)
			return
		}
		_, _ = io.WriteString(w, "ok")
	}))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.Listener = c.Listener(srv.Listener)
	srv.Start()
	t.Cleanup(srv.Close)
	c.url = strings.Replace(srv.URL, "http:", "https:", 1)
	return c
}

// ask sends one request.
func ask(t *testing.T, url string, own *tls.Config) (string, error) {
	t.Helper()
	tr := Transport(&http.Transport{DisableKeepAlives: true}, own)
	defer tr.CloseIdleConnections()
	r, err := (&http.Client{Transport: tr}).Get(url)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return string(b), err
}

func TestWhoACertificateBelongsTo(t *testing.T) {
	c := newCentre(t, true, time.Now())
	own, other := authority(t, c.dir, time.Now()), authority(t, t.TempDir(), time.Now())
	old := authority(t, c.dir, time.Now().AddDate(-3, 0, 0))
	byURI := own.end("somebody", x509.ExtKeyUsageClientAuth)
	byURI.URIs = []*url.URL{URI("T")}
	serverOnly := own.end("T", x509.ExtKeyUsageServerAuth)
	of := func(a *Authority, tpl *x509.Certificate) tls.Certificate {
		der, key, err := a.pair(tpl)
		if err != nil {
			t.Fatal(err)
		}
		return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
	terminal := func(a *Authority, id string) tls.Certificate { return of(a, a.end(id, x509.ExtKeyUsageClientAuth)) }
	for _, one := range []struct {
		name string
		cert []tls.Certificate
		want string
	}{
		{"its own", []tls.Certificate{terminal(own, "T")}, "ok"},
		{"its own by URI", []tls.Certificate{of(own, byURI)}, "ok"},
		{"none", nil, sync.ProblemCertMissing},
		{"another terminal's", []tls.Certificate{terminal(own, "T2")}, sync.ProblemCertOther},
		{"without a name", []tls.Certificate{of(own, &x509.Certificate{Subject: pkix.Name{}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)})}, sync.ProblemCertOther},
		{"of another CA", []tls.Certificate{terminal(other, "T")}, sync.ProblemCertUnknown},
		{"not for terminals", []tls.Certificate{of(own, serverOnly)}, sync.ProblemCertUnknown},
		{"run out", []tls.Certificate{terminal(old, "T")}, sync.ProblemCertExpired},
	} {
		t.Run(one.name, func(t *testing.T) {
			conf, err := Client(Files{CA: filepath.Join(c.dir, "ca.pem")}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(one.cert) > 0 {
				conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &one.cert[0], nil }
			}
			for range 2 { // the second is remembered
				if got, err := ask(t, c.url, conf); err != nil || got != one.want {
					t.Fatalf("the centre said %q (%v), not %q", got, err, one.want)
				}
			}
		})
	}
	if Of(&x509.Certificate{}, "") {
		t.Error("a certificate without a name is nobody's")
	}
}

// A certificate that was good is refused when its time is over, also where it was
// remembered.
func TestRunsOut(t *testing.T) {
	c := newCentre(t, true, time.Now())
	pair, err := authority(t, c.dir, time.Now()).Pair("T")
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	on := &tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}}
	if p := c.Terminal(on, "T"); p != nil {
		t.Fatal(p)
	}
	c.clock.add(time.Until(leaf.NotAfter) + time.Hour)
	if p := c.Terminal(on, "T"); p == nil || p.Code != sync.ProblemCertExpired {
		t.Fatalf("a certificate that has run out is taken: %v", p)
	}
}

// What is wrong with the centre's end has a code at the terminal.
func TestFaultsOfTheCentre(t *testing.T) {
	good, old := newCentre(t, false, time.Now()), newCentre(t, false, time.Now().AddDate(-3, 0, 0))
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "plain") }))
	t.Cleanup(plain.Close)
	trust := func(dir string) *tls.Config {
		conf, err := Client(Files{CA: filepath.Join(dir, "ca.pem")}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return conf
	}
	named := trust(good.dir)
	named.ServerName = "elsewhere.test"
	for _, one := range []struct {
		name, url string
		own       *tls.Config
		want      string
	}{
		{"all is well", good.url, trust(good.dir), ""},
		{"another CA", good.url, trust(old.dir), sync.ProblemCentreUnknown},
		{"the machine's CAs", good.url, nil, sync.ProblemCentreUnknown},
		{"run out", old.url, trust(old.dir), sync.ProblemCentreExpired},
		{"another address", good.url, named, sync.ProblemCentreHost},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), trust(good.dir), sync.ProblemCentrePlain},
	} {
		t.Run(one.name, func(t *testing.T) {
			_, err := ask(t, one.url, one.own)
			p := Fault(err)
			if one.want == "" {
				if err != nil || p != nil {
					t.Fatal(err, p)
				}
				return
			}
			if p == nil || p.Code != one.want || p.Hint == "" {
				t.Fatalf("%v is told as %v, not %s", err, p, one.want)
			}
		})
	}
	answer, err := ask(t, strings.Replace(good.url, "https:", "http:", 1), nil)
	if p := Fault(errors.New(answer)); err != nil || p == nil || p.Code != sync.ProblemCentreTLS {
		t.Fatalf("a centre with TLS only says %q (%v)", answer, err)
	}
	if p := Fault(io.ErrUnexpectedEOF); p != nil {
		t.Fatalf("a line that broke is told as %v", p)
	}
}

// Renewed files are used without a restart; a pair that does not fit is not.
func TestRenewed(t *testing.T) {
	c := newCentre(t, false, time.Now())
	conf, err := Client(Files{CA: filepath.Join(c.dir, "ca.pem")}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var serial string
	conf.VerifyConnection = func(s tls.ConnectionState) error { serial = s.PeerCertificates[0].SerialNumber.String(); return nil }
	served := func() string {
		t.Helper()
		c.clock.add(2 * lookEvery)
		if _, err := ask(t, c.url, conf); err != nil {
			t.Fatal(err)
		}
		return serial
	}
	first := served()
	if again := served(); again != first {
		t.Fatal("the certificate changed by itself")
	}
	if err := os.WriteFile(filepath.Join(c.dir, "centre.key"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := served(); got != first {
		t.Fatal("a pair that does not fit was taken")
	}
	if err := authority(t, c.dir, time.Now()).Centre("centre", "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	if got := served(); got == first {
		t.Fatal("the renewed certificate is not in use")
	}
}

// A CA is made once; its key is its owner's.
func TestAuthorityStays(t *testing.T) {
	dir := t.TempDir()
	_, made, err := OpenAuthority(dir, "one", time.Now())
	if err != nil || !made {
		t.Fatal(made, err)
	}
	first, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if _, made, err = OpenAuthority(dir, "two", time.Now()); err != nil || made {
		t.Fatal(made, err)
	}
	if again, _ := os.ReadFile(filepath.Join(dir, "ca.pem")); string(again) != string(first) {
		t.Fatal("the CA was made anew")
	}
	if info, err := os.Stat(filepath.Join(dir, "ca.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the CA's key can be read by others: %v %v", info.Mode(), err)
	}
	if err := os.Remove(filepath.Join(dir, "ca.key")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ca.key"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err = OpenAuthority(dir, "three", time.Now()); err == nil {
		t.Fatal("a broken CA was replaced without a word")
	}
	for _, file := range []string{"ca.key", "ca.pem"} { // each moved to where it is safe
		dir := t.TempDir()
		if _, _, err := OpenAuthority(dir, "one", time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
		if _, _, err = OpenAuthority(dir, "two", time.Now()); err == nil || !strings.Contains(err.Error(), "without "+file) {
			t.Errorf("without %s: %v", file, err)
		}
	}
}

// A connection that was told not to wait gives up on who does not read.
func TestInstant(t *testing.T) {
	c := newCentre(t, false, time.Now())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conf, err := Client(Files{CA: filepath.Join(c.dir, "ca.pem")}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	conf.ServerName = "centre.test"
	far := make(chan *tls.Conn, 1)
	go func() {
		conn, err := tls.Dial("tcp", l.Addr().String(), conf)
		if err != nil {
			t.Error(err)
		}
		far <- conn
	}()
	near, err := c.Listener(l).Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	if err := near.(*tls.Conn).Handshake(); err != nil {
		t.Fatal(err)
	}
	deaf := <-far
	defer deaf.Close()
	if Instant(near, func(fd uintptr, b []byte) (int, error) { return syscall.Write(int(fd), b) }) == nil {
		t.Fatal("it is not a connection of the listener")
	}
	block := make([]byte, 1<<20)
	for n := 0; ; n++ { // without Instant this would wait for ever
		if _, err := near.Write(block); errors.Is(err, errDeaf) {
			break
		} else if err != nil || n > 1000 {
			t.Fatal(n, err)
		}
	}
	if Instant(deaf, nil) != nil {
		t.Fatal("another connection is taken for one of the listener")
	}
}
