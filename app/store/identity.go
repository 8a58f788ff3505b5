package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// identity is the generation file: outside the database, so that a database
// put back from a backup is older than it. It counts spends and starts.
//
//	hallway-generation 1
//	00000000000000000042
//	01J…                    (incarnation, 26 characters)
type identity struct {
	f           *os.File
	generation  int64
	incarnation string
	known       bool // the file was there and readable
}

const identityMagic = "hallway-generation 1\n"

// openIdentity opens or makes the file.
func openIdentity(path string) (*identity, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	id := &identity{f: f}
	buf := make([]byte, 128)
	n, _ := f.ReadAt(buf, 0)
	id.parse(buf[:n])
	return id, nil
}

// parse takes what the file holds; one that cannot be read leaves it unknown.
func (id *identity) parse(raw []byte) {
	lines := strings.Split(string(raw), "\n")
	if len(lines) >= 3 && lines[0]+"\n" == identityMagic && len(lines[1]) == 20 {
		if g, err := strconv.ParseInt(lines[1], 10, 64); err == nil && g >= 0 && g < 1<<62 {
			id.generation, id.incarnation, id.known = g, strings.TrimSpace(lines[2]), true
		}
	}
}

// identityLines is what the file holds.
func identityLines(generation int64, incarnation string) string {
	return fmt.Sprintf("%s%020d\n%-26s\n", identityMagic, generation, incarnation)
}

// write puts the file in place: one write of less than a sector, then synced.
func (id *identity) write(generation int64, incarnation string) error {
	if _, err := id.f.WriteAt([]byte(identityLines(generation, incarnation)), 0); err != nil {
		return err
	}
	if err := syncData(id.f); err != nil {
		return err
	}
	id.generation, id.incarnation, id.known = generation, incarnation, true
	return nil
}

func (id *identity) close() error { return id.f.Close() }

// machineHash keeps the machine's name out of the database.
func machineHash(machine string) string {
	h := sha256.Sum256([]byte("hallway/machine/1\x00" + machine))
	return hex.EncodeToString(h[:])
}

// syncDir makes new names in a folder durable, where the system can.
func syncDir(path string) {
	if d, err := os.Open(path); err == nil {
		_ = d.Sync() // not every file system can; the files themselves are synced
		_ = d.Close()
	}
}

// box encrypts what is kept at rest, under a key file bound to this machine.
type box struct{ aead cipher.AEAD }

// openBox reads the key file, or makes it.
func openBox(path, machine string) (*box, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && len(key) != 32) {
		key = make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
		if err := writeKey(path, key); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	k, err := hkdf.Key(sha256.New, key, nil, "hallway/store/box/1\x00"+machine, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &box{aead: aead}, nil
}

// writeKey returns when the key is durable: what is sealed with it must not outlive
// it in a cut of the power.
func writeKey(path string, key []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(key)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	syncDir(filepath.Dir(path))
	return nil
}

func (b *box) seal(plain []byte, context string) string {
	return hex.EncodeToString(b.aead.Seal(nil, nil, plain, []byte(context)))
}

func (b *box) open(sealed, context string) ([]byte, bool) {
	raw, err := hex.DecodeString(sealed)
	if err != nil {
		return nil, false
	}
	plain, err := b.aead.Open(nil, nil, raw, []byte(context))
	return plain, err == nil
}
