package departments

import (
	"bytes"
	"fmt"
	"os"
)

// ReadSecret reads a department's secret: one line of at least MinSecret
// characters, in a file that only this program may read.
func ReadSecret(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("secret: %w; name its file under secret_file", err)
	}
	secret := bytes.TrimSpace(raw)
	if len(secret) < MinSecret || bytes.ContainsAny(secret, "\r\n") {
		return nil, fmt.Errorf("secret in %s: one line of at least %d characters; make one with: openssl rand -hex 32", path, MinSecret)
	}
	return secret, nil
}
