package central

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"testing"

	"hallway/sync"
)

// A file that a counter uploads is kept over a restart, shown to the clerk who
// is signed in there and to nobody else, and each reading leaves a row.
func TestCaseFiles(t *testing.T) {
	b := newBed(t)
	data := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("SYNTHETIC "), 100)...)
	sum := sha256.Sum256(data)
	sha := hex.EncodeToString(sum[:])
	path := "/sync/v1/files/" + sha
	status, raw := b.call("PATCH", path+"?type=application/pdf&case=case-1&size="+strconv.Itoa(len(data)), string(data),
		"Authorization", "Bearer token-counter-1", sync.HeaderOffset, "0")
	if status != http.StatusNoContent {
		t.Fatalf("%d %s", status, raw)
	}
	b.restart()
	s := b.signIn("1001", "counter-1")
	get := func(token, session string) (int, []byte) {
		return b.call("GET", path, nil, "Authorization", "Bearer "+token, sync.HeaderSession, session)
	}
	if status, got := get("token-counter-1", s.Token); status != http.StatusOK || !bytes.Equal(got, data) {
		t.Errorf("%d, %d bytes", status, len(got))
	}
	for name, who := range map[string][2]string{
		"nobody":          {"token-counter-1", ""},
		"another counter": {"token-counter-2", s.Token},
		"a kiosk":         {"token-kiosk-1", s.Token},
	} {
		if status, got := get(who[0], who[1]); status != http.StatusForbidden || bytes.Contains(got, []byte("SYNTHETIC")) {
			t.Errorf("%s: %d %s", name, status, got)
		}
	}
	var read, refused int
	err := b.c.store.db.QueryRowContext(t.Context(), `SELECT COUNT(CASE WHEN allowed = 1 THEN 1 END), COUNT(CASE WHEN allowed = 0 THEN 1 END)
		FROM central_audit WHERE act = 'read_file' AND subject = $1 AND staff = '1001'`, sha).Scan(&read, &refused)
	if err != nil || read != 1 || refused != 1 {
		t.Errorf("%d readings and %d refusals in the trail: %v", read, refused, err)
	}
	if bytes.Contains(bytesOf(t, b.cfg), []byte("SYNTHETIC")) || bytes.Contains(b.logs.Bytes(), []byte("SYNTHETIC")) {
		t.Error("the file is in the database or in the log in clear")
	}
}
