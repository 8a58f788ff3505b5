package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// QueryPassword (查询密码) is the six-digit password with which a person looks a
// case up by its application number. It is derived from the hall's long key and
// the case, so that it can be printed again and is stored nowhere. Six digits
// are guessable: whoever checks one counts the wrong tries.
func QueryPassword(ownerKey []byte, caseID string) string {
	m := hmac.New(sha256.New, ownerKey)
	m.Write(join("hallway/query-password/1", caseID))
	// 64 bits modulo a million: no digit is noticeably more likely.
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(m.Sum(nil))%1_000_000)
}

// PasswordLook is the keyed hash of a case's query password, as open_case
// carries it.
func PasswordLook(ownerKey []byte, caseID, password string) string {
	return Lookup(ownerKey, "query", caseID, password)
}

// OwnerLook is the keyed hash of a person's document, as open_case carries it.
func OwnerLook(ownerKey []byte, docKind, docNo string) string {
	return Lookup(ownerKey, "person", docKind, docNo)
}

// FormLook is the keyed hash of what was filled in a form, as fill_form carries it:
// values are the JSON of hall.FormValues.
func FormLook(ownerKey []byte, caseID string, values []byte) string {
	return Lookup(ownerKey, "form", caseID, string(values))
}
