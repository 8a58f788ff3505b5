package departments

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/build/fuzz"
)

var testSecret = []byte("0123456789abcdef0123456789abcdef")

// The vector is RFC 9530's: {"hello": "world"} and a line feed.
func TestContentDigest(t *testing.T) {
	const header = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
	d := DigestOf([]byte("{\"hello\": \"world\"}\n"))
	if d.Header() != header {
		t.Errorf("%s", d.Header())
	}
	for name, h := range map[string]string{
		"alone": header, "after another": "sha-512=:eA==:, " + header, "with a parameter": header + ";x=1",
	} {
		if got, ok := ParseDigest(h); !ok || got != d {
			t.Errorf("%s: %v %v", name, got, ok)
		}
	}
	for name, h := range map[string]string{
		"empty": "", "other only": "sha-512=:eA==:", "no colons": strings.ReplaceAll(header, ":", ""), "short": "sha-256=:eA==:",
		"loose bits": strings.Replace(header, "g=:", "h=:", 1), "one colon": "sha-256=:", "long": header + strings.Repeat(" ", 300), "no base64": "sha-256=:!!!:",
	} {
		if _, ok := ParseDigest(h); ok {
			t.Errorf("%s was read", name)
		}
	}
}

// This is what a department's own program must come to.
func TestSignatureVector(t *testing.T) {
	h := http.Header{}
	Sign(h, testSecret, "civil", "POST", "/departments/v1/callbacks/c1/M02/1", "c1/M02/1", DigestOf([]byte("x")), time.UnixMilli(1767225600000))
	const want = "v1=d3219d014d8ebb5f7372d59bb841e81a512ed8f7ddff61cabbe4ea08ea73607e" // by another program
	if got := h.Get(HeaderSignature); got != want {
		t.Errorf("%s", got)
	}
	s, ok := ParseSigned(h)
	if !ok || !s.By(testSecret, "POST", "/departments/v1/callbacks/c1/M02/1") {
		t.Errorf("%+v %v", s, ok)
	}
}

// Whatever is changed of what is signed, the signature is none any more.
func TestSignatureHoldsEveryPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z0-9/#-]{1,20}`)
		department, request := word.Draw(t, "department"), word.Draw(t, "request")
		path := "/" + word.Draw(t, "path")
		at := time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "at"))
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		h := http.Header{}
		Sign(h, testSecret, department, "POST", path, request, DigestOf(body), at)
		s, ok := ParseSigned(h)
		if !ok || !s.By(testSecret, "POST", path) || s.Department != department || s.Request != request || s.Digest != DigestOf(body) || !s.At.Equal(at) {
			t.Fatalf("%+v", s)
		}
		for name, other := range map[string]func() bool{
			"method":     func() bool { return s.By(testSecret, "PUT", path) },
			"path":       func() bool { return s.By(testSecret, "POST", path+"/") },
			"secret":     func() bool { return s.By(append(bytes.Clone(testSecret), 'x'), "POST", path) },
			"no secret":  func() bool { return s.By(nil, "POST", path) },
			"department": func() bool { o := s; o.Department += "x"; return o.By(testSecret, "POST", path) },
			"request":    func() bool { o := s; o.Request += "x"; return o.By(testSecret, "POST", path) },
			"digest":     func() bool { o := s; o.Digest[0]++; return o.By(testSecret, "POST", path) },
			"time":       func() bool { o := s; o.At = o.At.Add(time.Millisecond); return o.By(testSecret, "POST", path) },
		} {
			if other() {
				t.Fatalf("another %s was taken", name)
			}
		}
	})
}

// Nothing that a stranger puts into the headers is more than refused.
func FuzzParseSigned(f *testing.F) {
	h := http.Header{}
	Sign(h, testSecret, "civil", "POST", "/x", "c/M/1", DigestOf(nil), time.UnixMilli(1))
	f.Add(h.Get(HeaderDepartment), h.Get(HeaderTimestamp), h.Get(HeaderRequest), h.Get(HeaderSignature), h.Get(HeaderDigest))
	f.Add("", "-1", "a b", "v1=", "sha-256=:,")
	fuzz.Run(f, func(t *testing.T, department, stamp, request, signature, digest string) {
		h := http.Header{HeaderDepartment: {department}, HeaderTimestamp: {stamp}, HeaderRequest: {request}, HeaderSignature: {signature}, HeaderDigest: {digest}}
		s, ok := ParseSigned(h)
		if !ok {
			return
		}
		again := http.Header{}
		Sign(again, testSecret, s.Department, "POST", "/x", s.Request, s.Digest, s.At)
		if again.Get(HeaderTimestamp) != stamp || again.Get(HeaderRequest) != request {
			t.Fatalf("%q %q have a second spelling", stamp, request)
		}
		if s.By(testSecret, "POST", "/x") != (again.Get(HeaderSignature) == signature) {
			t.Fatal("a signature counts that Sign does not make")
		}
	})
}

func FuzzParseDigest(f *testing.F) {
	f.Add(DigestOf(nil).Header())
	f.Add("sha-512=:eA==:, sha-256=:eA==:;q=1")
	fuzz.Run(f, func(t *testing.T, header string) {
		if d, ok := ParseDigest(header); ok {
			if again, ok := ParseDigest(d.Header()); !ok || again != d {
				t.Fatalf("%q", header)
			}
		}
	})
}

// A signature counts once within its time; what had to be taken back may come
// again; the memory is bounded by time.
func TestUsedSignatures(t *testing.T) {
	var u usedSignatures
	at := time.UnixMilli(1767225600000)
	sign := func(n int) Signed {
		h := http.Header{}
		Sign(h, testSecret, "civil", "POST", "/x", "c/M/1", DigestOf([]byte{byte(n)}), at)
		s, _ := ParseSigned(h)
		return s
	}
	if !u.begin(sign(1), at) || u.begin(sign(1), at.Add(SignatureWindow)) || !u.begin(sign(2), at) {
		t.Error("a signature counted twice, or another not at all")
	}
	u.forget(sign(1))
	if !u.begin(sign(1), at) {
		t.Error("what was taken back does not count")
	}
	if u.begin(sign(3), at.Add(time.Hour)); len(u.order) != 1 || len(u.seen) != 1 {
		t.Errorf("%d and %d are kept after an hour", len(u.order), len(u.seen))
	}
}

// A message to a department is proved before anything of it is read.
func TestGuard(t *testing.T) {
	now := time.UnixMilli(1767225600000)
	seen := 0
	secret := func(id string) []byte {
		if id == "civil" {
			return testSecret
		}
		return nil
	}
	guarded := Guard(secret, func() time.Time { return now })(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { seen++ }))
	for name, c := range map[string]struct {
		department string
		body, sent string
		at         time.Time
		status     int
	}{
		"right":               {"civil", "{}", "{}", now, 200},
		"another body":        {"civil", "{}", "{ }", now, 422},
		"too long":            {"civil", strings.Repeat("x", maxMessage+1), strings.Repeat("x", maxMessage+1), now, 413},
		"too old":             {"civil", "{}", "{}", now.Add(-SignatureWindow - time.Second), 401},
		"unknown":             {"forests", "{}", "{}", now, 401},
		"at the window's end": {"civil", "{}", "{}", now.Add(SignatureWindow), 200},
	} {
		r := httptest.NewRequest(http.MethodPost, "/department/v1/query", strings.NewReader(c.sent))
		Sign(r.Header, testSecret, c.department, r.Method, r.RequestURI, "q", DigestOf([]byte(c.body)), c.at)
		w := httptest.NewRecorder()
		guarded.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d", name, w.Code, c.status)
		}
	}
	if seen != 2 {
		t.Errorf("%d messages came through", seen)
	}
}
