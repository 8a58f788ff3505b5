// Package seal protects the personal part of an operation and makes keyed
// look-ups of people (个人信息密封).
//
// Guarantees: what Seal returns can be opened only with the writer's private
// key and only for the operation that it was sealed for (op_id and kind are
// bound in), so that a terminal which keeps its operations for weeks cannot
// read them back and nobody can move a sealed part to another operation.
// Look-ups of different halls, days and purposes cannot be compared with each
// other; parts are length-prefixed, so that ("ab","c") is not ("a","bc").
//
// Expects: keys from GenerateKey or NewMaster, kept by the caller in files of
// mode 0600 and never logged.
//
// Source: design §2 rule 11; RFC 9180 (HPKE: DHKEM(X25519, HKDF-SHA256),
// HKDF-SHA256, AES-256-GCM); RFC 5869 (HKDF); Personal Information Protection
// Law art. 51 (加密、去标识化).
package seal

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"hallway/app/hall"
)

// Errors of this package. What to do next is in the text.
var (
	// ErrKey means that the bytes are no X25519 key.
	ErrKey = errors.New("seal: not an X25519 key of 32 bytes; fetch the writer's key again with hello")
	// ErrOpen means that the sealed part is damaged, was made for another
	// operation or for another key.
	ErrOpen = errors.New("seal: cannot open the sealed part: damaged, of another operation, or sealed for another key")
)

// KeySize is the length of every key here, in bytes.
const KeySize = 32

// GenerateKey makes a key pair of the writer: raw X25519 keys.
func GenerateKey() (priv, pub []byte, err error) {
	k, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("seal: generate key: %w", err)
	}
	return k.Bytes(), k.PublicKey().Bytes(), nil
}

// NewMaster makes a random secret for MACs and look-ups.
func NewMaster() ([]byte, error) {
	b := make([]byte, KeySize)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("seal: random: %w", err)
	}
	return b, nil
}

// Public returns the public key of a private one.
func Public(priv []byte) ([]byte, error) {
	k, err := ecdh.X25519().NewPrivateKey(priv)
	if err != nil {
		return nil, ErrKey
	}
	return k.PublicKey().Bytes(), nil
}

// KeyID names a public key: the first 16 hex digits of its SHA-256.
func KeyID(pub []byte) string {
	h := sha256.Sum256(pub)
	return hex.EncodeToString(h[:8])
}

// Info binds a sealed part to its operation.
func Info(id hall.OpID, kind hall.Kind) []byte {
	return join("hallway/op/1", string(id), string(kind))
}

// Seal encrypts plaintext to the writer's public key. info comes from Info.
func Seal(pub, info, plaintext []byte) ([]byte, error) {
	p, err := ecdh.X25519().NewPublicKey(pub)
	if err != nil {
		return nil, ErrKey
	}
	k, err := hpke.NewDHKEMPublicKey(p)
	if err != nil {
		return nil, ErrKey
	}
	sealed, err := hpke.Seal(k, hpke.HKDFSHA256(), hpke.AES256GCM(), info, plaintext)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// Open decrypts what Seal made with the same info.
func Open(priv, info, sealed []byte) ([]byte, error) {
	p, err := ecdh.X25519().NewPrivateKey(priv)
	if err != nil {
		return nil, ErrKey
	}
	k, err := hpke.NewDHKEMPrivateKey(p)
	if err != nil {
		return nil, ErrKey
	}
	plain, err := hpke.Open(k, hpke.HKDFSHA256(), hpke.AES256GCM(), info, sealed)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// DayKey is the look-up key of one hall and day (YYYY-MM-DD, +08:00). A
// terminal gets it for its day and keeps it in memory only.
func DayKey(master []byte, hallCode, day string) []byte {
	return derive(master, "hallway/lookup/day/1", hallCode, day)
}

// LongKey is the look-up key of one hall without a day («n per day per
// person»). It never leaves the centre.
func LongKey(master []byte, hallCode string) []byte {
	return derive(master, "hallway/lookup/long/1", hallCode)
}

// Lookup is the keyed hash of parts, in hex. The parts in use: ("doc",
// docKind, docNo), ("phone", phone, code), ("qr", secret), and under the long
// key ("person", docKind, docNo).
func Lookup(key []byte, parts ...string) string {
	m := hmac.New(sha256.New, key)
	text := join(parts...)
	m.Write(text)
	clear(text) // it may be a person's number
	return hex.EncodeToString(m.Sum(nil))
}

func derive(master []byte, parts ...string) []byte {
	k, err := hkdf.Key(sha256.New, master, nil, string(join(parts...)), KeySize)
	if err != nil { // only for lengths beyond 255 hashes
		panic("seal: hkdf: " + err.Error())
	}
	return k
}

// join prefixes each part with its length.
func join(parts ...string) []byte {
	n := 0
	for _, p := range parts {
		n += 4 + len(p)
	}
	b := make([]byte, 0, n)
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}
