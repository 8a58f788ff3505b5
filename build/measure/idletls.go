package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"hallway/sync/secure"
)

// holderTLSFlag is holderFlag with mutual TLS.
const holderTLSFlag = "-hold-tls-streams"

// secureCentre makes the certificates of the centre in dir, and reads them.
func secureCentre(dir string) (*secure.Server, error) {
	a, _, err := secure.OpenAuthority(dir, "idle terminals", time.Now())
	if err != nil {
		return nil, err
	}
	if err := a.Centre("centre", "127.0.0.1"); err != nil {
		return nil, err
	}
	return secure.Open(secure.Files{Cert: filepath.Join(dir, "centre.pem"), Key: filepath.Join(dir, "centre.key"), CA: filepath.Join(dir, "ca.pem")}, nil, nil)
}

// secure lets every terminal have a certificate of its own.
func (c *crowd) secure(dir string) error {
	a, _, err := secure.OpenAuthority(dir, "", time.Now())
	if err != nil {
		return err
	}
	base, err := secure.Client(secure.Files{CA: filepath.Join(dir, "ca.pem")}, nil, nil)
	if err != nil {
		return err
	}
	c.http = &http.Client{Transport: secure.Transport(&http.Transport{}, base)}
	c.dial = func(i int, address string) (net.Conn, error) {
		pair, err := a.Pair(fmt.Sprintf("display-%d", i))
		if err != nil {
			return nil, err
		}
		own := base.Clone()
		own.Certificates = []tls.Certificate{pair}
		return tls.Dial("tcp", address, own)
	}
	return nil
}
