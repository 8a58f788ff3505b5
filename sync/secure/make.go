package secure

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// How long certificates are good for.
const (
	caYears  = 20
	endYears = 2
)

// Authority is a CA of one hall, of two files in a folder: ca.pem and ca.key.
type Authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  time.Time
}

// OpenAuthority reads the CA of a folder, or makes it where neither of its files is
// there: half a CA is an error. Made anew it is a CA of its own: what another one
// vouched for is worth nothing with it.
func OpenAuthority(dir, name string, now time.Time) (a *Authority, made bool, err error) {
	if err := halfThere(dir, "ca.pem", "ca.key"); err != nil {
		return nil, false, err
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca.key"))
	if err == nil {
		key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
		if !ok || !pair.Leaf.IsCA {
			return nil, false, fmt.Errorf("%s is not a CA that this program made", filepath.Join(dir, "ca.pem"))
		}
		return &Authority{dir, pair.Leaf, key, now}, false, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, false, fmt.Errorf("the CA in %s cannot be used: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, false, err
	}
	a = &Authority{dir: dir, now: now}
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, false, err
	}
	t := &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(caYears, 0, 0),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	a.cert = t
	der, err := a.sign(t, &a.key.PublicKey)
	if err != nil {
		return nil, false, err
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, false, err
	}
	return a, true, a.write("ca", der, a.key)
}

// halfThere says so when one of two files is there and the other is not.
func halfThere(dir, one, other string) error {
	gone := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return errors.Is(err, fs.ErrNotExist)
	}
	if gone(one) {
		one, other = other, one
	}
	if gone(one) || !gone(other) {
		return nil
	}
	return fmt.Errorf("%s has %s without %s: put it back; or take both away for a new CA, and make every certificate anew", dir, one, other)
}

// Made says whether the CA vouches for a certificate.
func (a *Authority) Made(cert *x509.Certificate) bool { return cert.CheckSignatureFrom(a.cert) == nil }

// Centre makes the centre's certificate, for the addresses that terminals and
// browsers know it by: DIR/NAME.pem and DIR/NAME.key.
func (a *Authority) Centre(name string, hosts ...string) error {
	t := a.end(hosts[0], x509.ExtKeyUsageServerAuth)
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	return a.issue(name, t)
}

// Terminal makes a terminal's certificate, as Centre does.
func (a *Authority) Terminal(name, terminal string) error {
	t := a.end(terminal, x509.ExtKeyUsageClientAuth)
	t.URIs = []*url.URL{URI(terminal)}
	return a.issue(name, t)
}

func (a *Authority) end(name string, use x509.ExtKeyUsage) *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotBefore: a.now.Add(-time.Hour), NotAfter: a.now.AddDate(endYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use}}
}

func (a *Authority) issue(name string, t *x509.Certificate) error {
	der, key, err := a.pair(t)
	if err != nil {
		return err
	}
	return a.write(name, der, key)
}

func (a *Authority) pair(t *x509.Certificate) (der []byte, key *ecdsa.PrivateKey, err error) {
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, nil, err
	}
	der, err = a.sign(t, &key.PublicKey)
	return der, key, err
}

// Pair makes a terminal's certificate that is in no file.
func (a *Authority) Pair(terminal string) (tls.Certificate, error) {
	der, key, err := a.pair(a.end(terminal, x509.ExtKeyUsageClientAuth))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

func (a *Authority) sign(t *x509.Certificate, of *ecdsa.PublicKey) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	t.SerialNumber = serial
	return x509.CreateCertificate(rand.Reader, t, a.cert, of, a.key)
}

// write puts a pair into its place, the key first: a reader in between finds a
// pair that does not fit, and keeps what it has.
func (a *Authority) write(name string, der []byte, key *ecdsa.PrivateKey) error {
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	put := func(file, kind string, b []byte, mode os.FileMode) error {
		path := filepath.Join(a.dir, file)
		if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) { // it would keep its rights
			return err
		}
		if err := os.WriteFile(path+".new", pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), mode); err != nil {
			return err
		}
		return os.Rename(path+".new", path)
	}
	if err := put(name+".key", "PRIVATE KEY", raw, 0o600); err != nil {
		return err
	}
	return put(name+".pem", "CERTIFICATE", der, 0o644)
}
