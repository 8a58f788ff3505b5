package central

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/crypto/argon2"
)

// Parameters of argon2id (RFC 9106; the second choice of the OWASP sheet: 19
// MiB, two passes), written into each hash, so that they can be raised later.
const (
	argonTime    = 2
	argonMemory  = 19 * 1024
	argonThreads = 1
	argonKeyLen  = 32
	argonSaltLen = 16
)

// maxPassword bounds the work that a request can cause.
const maxPassword = 256

// ErrWeakPassword says what a password needs.
var ErrWeakPassword = errors.New("password is too weak: at least 8 characters, of at least three kinds: capital letters, small letters, digits, others")

// hashPassword makes a PHC string.
func hashPassword(password string) (string, error) {
	salt := make([]byte, argonSaltLen)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("random: %w", err)
	}
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKeyLen)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		enc.EncodeToString(salt), enc.EncodeToString(key)), nil
}

// checkPassword compares in constant time. A damaged hash matches nothing.
func checkPassword(phc, password string) bool {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	var version int
	var memory, passes uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil {
		return false
	}
	if passes == 0 || passes > 16 || threads == 0 || memory > 1<<20 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(key) < 16 || len(key) > 128 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, threads, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1
}

// nobody is a hash that no password matches in practice; it is compared when
// the account does not exist, so that the answer takes as long.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// strongEnough checks the rule of standards §10: 8 or more, three classes.
func strongEnough(password string) error {
	var upper, lower, digit, other int
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	if len([]rune(password)) < 8 || len(password) > maxPassword || upper+lower+digit+other < 3 {
		return ErrWeakPassword
	}
	return nil
}

// setPassword stores a new password of a member of staff, opens a lock and
// ends all sessions of that person.
func (s *ownStore) setPassword(ctx context.Context, staff, password string, now func() int64) error {
	if err := strongEnough(password); err != nil {
		return err
	}
	hash, err := hashPassword(password)
	if err != nil {
		return err
	}
	if _, err := s.db.ExecContext(ctx, `INSERT INTO central_credential (staff, hash, failures, locked_until, changed_at) VALUES ($1, $2, 0, 0, $3)
		ON CONFLICT (staff) DO UPDATE SET hash = excluded.hash, failures = 0, locked_until = 0, changed_at = excluded.changed_at`,
		staff, hash, now()); err != nil {
		return fmt.Errorf("database: credential: %w", err)
	}
	if _, err := s.db.ExecContext(ctx, `UPDATE central_session SET ended_at = $1 WHERE staff = $2 AND ended_at = 0`, now(), staff); err != nil {
		return fmt.Errorf("database: sessions: %w", err)
	}
	return nil
}
