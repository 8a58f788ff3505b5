package departments

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of a signed message.
const (
	HeaderDepartment = "Hallway-Department" // whose secret signs
	HeaderTimestamp  = "Hallway-Timestamp"  // milliseconds since 1970-01-01 UTC
	HeaderRequest    = "Hallway-Request"    // request id
	HeaderSignature  = "Hallway-Signature"  // v1= and 64 hex digits
	HeaderDigest     = "Content-Digest"     // sha-256=:…: (RFC 9530)
)

// SignatureWindow is how far a message's time may be from the reader's.
const SignatureWindow = 5 * time.Minute

// MinSecret is the least length of a department's secret, in bytes.
const MinSecret = 32

const (
	signatureVersion = "hallway-departments-v1"
	maxHeaderText    = 256
)

// Digest is the SHA-256 of a message's body.
type Digest [sha256.Size]byte

// DigestOf hashes a body.
func DigestOf(body []byte) Digest { return sha256.Sum256(body) }

// Hex is the digest as files are named.
func (d Digest) Hex() string { return hex.EncodeToString(d[:]) }

// Header is the digest as RFC 9530 writes it.
func (d Digest) Header() string {
	return "sha-256=:" + base64.StdEncoding.EncodeToString(d[:]) + ":"
}

// ParseDigest reads the sha-256 member of a Content-Digest; members of other
// algorithms are passed over. ok is false when it is not there or not one.
func ParseDigest(header string) (d Digest, ok bool) {
	if len(header) > maxHeaderText {
		return d, false
	}
	for member := range strings.SplitSeq(header, ",") {
		name, value, found := strings.Cut(strings.TrimSpace(member), "=")
		if !found || name != "sha-256" {
			continue
		}
		value, _, _ = strings.Cut(value, ";") // parameters say nothing here
		value = strings.TrimSpace(value)
		if len(value) < 2 || value[0] != ':' || value[len(value)-1] != ':' {
			return d, false
		}
		raw, err := base64.StdEncoding.Strict().DecodeString(value[1 : len(value)-1])
		if err != nil || len(raw) != len(d) {
			return d, false
		}
		return Digest(raw), true
	}
	return d, false
}

// Signed is what the headers of a signed message say.
type Signed struct {
	Department string
	At         time.Time
	Request    string
	Digest     Digest
	mac        []byte
}

// ParseSigned reads the headers of a signed message. ok is false when one is
// missing or has no form that Sign could have made; nothing is proved by it.
func ParseSigned(h http.Header) (s Signed, ok bool) {
	for _, name := range []string{HeaderDepartment, HeaderTimestamp, HeaderRequest, HeaderSignature, HeaderDigest} {
		if len(h.Values(name)) != 1 || len(h.Get(name)) > maxHeaderText {
			return Signed{}, false
		}
	}
	s.Department, s.Request = h.Get(HeaderDepartment), h.Get(HeaderRequest)
	stamp := h.Get(HeaderTimestamp)
	millis, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || strconv.FormatInt(millis, 10) != stamp || !plain(s.Department) || !plain(s.Request) {
		return Signed{}, false
	}
	s.At = time.UnixMilli(millis)
	digits, versioned := strings.CutPrefix(h.Get(HeaderSignature), "v1=")
	if s.mac, err = hex.DecodeString(digits); !versioned || err != nil || len(s.mac) != sha256.Size || digits != strings.ToLower(digits) {
		return Signed{}, false
	}
	if s.Digest, ok = ParseDigest(h.Get(HeaderDigest)); !ok {
		return Signed{}, false
	}
	return s, true
}

// plain accepts visible ASCII, so that no part of what is signed can hold a
// line break.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

// Key names one signature, so that it counts once.
func (s Signed) Key() [sha256.Size]byte { return [sha256.Size]byte(s.mac) }

// By says whether the message was signed with that secret for that method and
// path (as it stands in the request line). It takes as long whatever differs.
func (s Signed) By(secret []byte, method, path string) bool {
	return len(secret) >= MinSecret && hmac.Equal(s.mac, mac(secret, method, path, s))
}

// Fresh says whether the message's time is near enough to now.
func (s Signed) Fresh(now time.Time) bool { return now.Sub(s.At).Abs() <= SignatureWindow }

// Sign adds the headers to a message. path is what stands in the request line.
func Sign(h http.Header, secret []byte, department, method, path, request string, digest Digest, at time.Time) {
	s := Signed{Department: department, At: at, Request: request, Digest: digest}
	h.Set(HeaderDepartment, department)
	h.Set(HeaderTimestamp, strconv.FormatInt(at.UnixMilli(), 10))
	h.Set(HeaderRequest, request)
	h.Set(HeaderDigest, digest.Header())
	h.Set(HeaderSignature, "v1="+hex.EncodeToString(mac(secret, method, path, s)))
}

func mac(secret []byte, method, path string, s Signed) []byte {
	var text bytes.Buffer
	for _, part := range []string{signatureVersion, method, path, strconv.FormatInt(s.At.UnixMilli(), 10), s.Department, s.Request, s.Digest.Header()} {
		text.WriteString(part)
		text.WriteByte('\n')
	}
	m := hmac.New(sha256.New, secret)
	m.Write(text.Bytes())
	return m.Sum(nil)
}
