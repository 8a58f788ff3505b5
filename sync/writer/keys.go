package writer

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"hallway/sync/seal"
)

// Keys of the writer. Never logged: every way of printing them is redacted.
type Keys struct {
	MAC    []byte // of the log's rows
	Seal   []byte // private X25519 key that operations are sealed to
	Lookup []byte // master of the look-up keys (seal.DayKey, seal.LongKey)
}

// LogValue keeps keys out of logs.
func (Keys) LogValue() slog.Value { return slog.StringValue("[keys]") }

// String keeps keys out of texts.
func (Keys) String() string { return "[keys]" }

// GoString keeps keys out of %#v.
func (Keys) GoString() string { return "[keys]" }

// NewKeys makes a new set.
func NewKeys() (Keys, error) {
	var k Keys
	var err error
	if k.Seal, _, err = seal.GenerateKey(); err != nil {
		return Keys{}, err
	}
	if k.MAC, err = seal.NewMaster(); err != nil {
		return Keys{}, err
	}
	if k.Lookup, err = seal.NewMaster(); err != nil {
		return Keys{}, err
	}
	return k, nil
}

// Public is the public key that terminals seal to, and its name.
func (k Keys) Public() (pub []byte, id string, err error) {
	pub, err = seal.Public(k.Seal)
	if err != nil {
		return nil, "", err
	}
	return pub, seal.KeyID(pub), nil
}

func (k Keys) check() error {
	if len(k.MAC) < seal.KeySize || len(k.Lookup) < seal.KeySize {
		return errors.New("writer: the keys are incomplete; point «keys» at the folder that LoadKeys filled")
	}
	_, _, err := k.Public()
	return err
}

// LoadKeys reads the keys of a folder (files mac.key, seal.key, lookup.key, in
// hex). When none of them is there, new ones are made with mode 0600; when only
// some are, it refuses, because new keys could not read what is stored.
func LoadKeys(dir string) (Keys, error) {
	names := []string{"mac.key", "seal.key", "lookup.key"}
	var k Keys
	parts := []*[]byte{&k.MAC, &k.Seal, &k.Lookup}
	found := 0
	for i, name := range names {
		raw, err := readKey(dir, name)
		if err != nil {
			return Keys{}, err
		}
		if raw == nil {
			continue
		}
		*parts[i] = raw
		found++
	}
	switch found {
	case len(names):
		return k, k.check()
	case 0:
		return createKeys(dir, names)
	}
	return Keys{}, fmt.Errorf("writer: some keys are missing in the keys folder; restore it from its backup")
}

// readKey reads one key; nil when it is not there.
func readKey(dir, name string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("writer: key %s cannot be read; check its rights: %w", name, err)
	}
	raw := make([]byte, hex.DecodedLen(len(bytes.TrimSpace(b))))
	if _, err := hex.Decode(raw, bytes.TrimSpace(b)); err != nil || len(raw) != seal.KeySize {
		return nil, fmt.Errorf("writer: key %s is damaged; restore the keys folder from its backup", name)
	}
	return raw, nil
}

// LoadKey reads one more key of the folder (NAME.key, in hex), and makes it
// with mode 0600 when it is not there. Whoever uses it finds out whether it is
// the one that was used before.
func LoadKey(dir, name string) ([]byte, error) {
	key, err := readKey(dir, name)
	if err != nil || key != nil {
		return key, err
	}
	if key, err = seal.NewMaster(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("writer: keys folder: %w", err)
	}
	if err := writeKey(filepath.Join(dir, name), key); err != nil {
		return nil, fmt.Errorf("writer: key %s: %w", name, err)
	}
	return key, syncDir(dir)
}

func createKeys(dir string, names []string) (Keys, error) {
	k, err := NewKeys()
	if err != nil {
		return Keys{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Keys{}, fmt.Errorf("writer: keys folder: %w", err)
	}
	for i, b := range [][]byte{k.MAC, k.Seal, k.Lookup} {
		if err := writeKey(filepath.Join(dir, names[i]), b); err != nil {
			return Keys{}, fmt.Errorf("writer: key %s: %w", names[i], err)
		}
	}
	return k, syncDir(dir)
}

func writeKey(path string, key []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}

// syncDir makes new names durable; Windows does that by itself and cannot
// open a folder.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	if err := d.Sync(); err != nil && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, fs.ErrPermission) {
		return errors.Join(err, d.Close())
	}
	return d.Close()
}
