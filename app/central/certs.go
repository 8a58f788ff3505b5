package central

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hallway/sync/secure"
)

// renewBefore is how long before its end a terminal's certificate is made anew.
const renewBefore = 60 * 24 * time.Hour

// Certs makes what mutual TLS needs, in the folder dir: the hall's CA (once), the
// centre's certificate for hosts (its names and addresses, with commas between;
// without any it is made anew for those that are in it, when it ends soon), and that
// of each enrolled terminal that has none of this CA yet, or whose ends soon, or that
// is named by terminal. It tells what to do with them.
func Certs(cfg Config, dir, hosts, terminal string, out io.Writer) error {
	if terminal != "" && !slices.ContainsFunc(cfg.Terminals, func(t TerminalConfig) bool { return t.ID == terminal }) {
		return fmt.Errorf("terminal %q is not in the configuration: add its [[terminal]] block first", terminal)
	}
	at := func(name string) string { return filepath.Join(cfg.path(dir), name) }
	now := time.Now()
	a, made, err := secure.OpenAuthority(cfg.path(dir), "Hallway CA "+now.Format(time.DateOnly), now)
	if err != nil {
		return err
	}
	var said []string
	if made {
		said = append(said, "made the hall's CA: "+at("ca.pem")+"; keep ca.key where nobody else can read it")
	}
	good := func(name string) (cert *x509.Certificate, lasts bool) {
		pair, err := tls.LoadX509KeyPair(at(name+".pem"), at(name+".key"))
		if err != nil || !a.Made(pair.Leaf) {
			return nil, false
		}
		return pair.Leaf, now.Before(pair.Leaf.NotAfter.Add(-renewBefore))
	}
	names := strings.FieldsFunc(hosts, func(r rune) bool { return r == ',' || r == ' ' })
	if cert, lasts := good("centre"); len(names) == 0 && !lasts {
		if cert == nil {
			return errors.New("the centre has no certificate of this CA yet: say --host with the names and addresses that terminals and browsers reach it by")
		}
		names = slices.Clone(cert.DNSNames)
		for _, ip := range cert.IPAddresses {
			names = append(names, ip.String())
		}
	}
	if len(names) > 0 {
		if err := a.Centre("centre", names...); err != nil {
			return err
		}
		said = append(said, "made the centre's certificate for "+strings.Join(names, ", "))
	}
	for _, t := range cfg.Terminals {
		name := "terminal-" + t.ID
		if _, lasts := good(name); t.ID != terminal && (lasts || terminal != "" && !made) {
			continue
		}
		if err := a.Terminal(name, t.ID); err != nil {
			return err
		}
		said = append(said, "made "+name+".pem and "+name+".key: bring both, and ca.pem, to "+t.ID)
	}
	if len(said) == 0 {
		said = []string{"nothing to do: every certificate is good for a while"}
	}
	_, err = fmt.Fprintf(out, "%s\n\nIn the centre's configuration:\n  tls_cert = %q\n  tls_key = %q\n  tls_client_ca = %q\nIn each terminal's, beside centre = \"https://…\":\n  ca = \"ca.pem\"\n  cert = \"terminal-ID.pem\"\n  key = \"terminal-ID.key\"\n",
		strings.Join(said, "\n"), filepath.Join(dir, "centre.pem"), filepath.Join(dir, "centre.key"), filepath.Join(dir, "ca.pem"))
	return err
}
