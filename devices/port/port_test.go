package port

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"hallway/build/fuzz"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParse(t *testing.T) {
	good := map[string]string{
		"serial:/dev/ttyUSB0": "",
		"serial:/dev/ttyUSB0?baud=115200&parity=e&bits=7&stop=2": "",
		"serial:COM3?baud=9600":                                  "",
		"serial:/dev/ttyS1?driver=bugst&flow=rts":                "",
		"tcp:192.168.1.50:9100":                                  "",
		"tcp:[::1]:9100?timeout=500ms":                           "",
		"file:/dev/usb/lp0":                                      "",
		"replay:/tmp/transcript":                                 "",
	}
	for a := range good {
		o, err := Parse(a)
		if err != nil || o.Address() != a {
			t.Errorf("Parse(%q) = %v, %v", a, o, err)
		}
	}
	bad := []string{"", "serial", "serial:", "usb:1-1", "serial:/dev/ttyS0?baud=fast", "serial:/dev/ttyS0?baud=115200&baud=9600",
		"serial:/dev/ttyS0?speed=9600", "serial:/x?parity=M", "serial:/x?presence=ri", "tcp:host", "tcp::9100", "tcp:h:0", "tcp:h:99999",
		"tcp:h:1?timeout=-1s", "file:/x?baud=9600", "serial:/x?%zz"}
	for _, a := range bad {
		if o, err := Parse(a); CodeOf(err) != BadAddress {
			t.Errorf("Parse(%q) = %v, %v; want a BadAddress error", a, o, err)
		}
	}
}

func TestParseReadsEverySetting(t *testing.T) {
	o, err := Parse("serial:/dev/ttyS1?baud=19200&parity=O&bits=7&stop=2&flow=xon&driver=bugst&presence=dsr")
	if err != nil {
		t.Fatal(err)
	}
	want := SerialConfig{Baud: 19200, Bits: 7, Stop: 2, Parity: "O", Flow: "xon", Driver: "bugst", Presence: "dsr"}
	if got := o.(*serialOpener).cfg; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("serial:/dev/ttyUSB0?baud=115200&parity=N")
	f.Add("tcp:host:9100?timeout=1s")
	f.Add("file:x?")
	fuzz.Run(f, func(t *testing.T, a string) {
		o, err := Parse(a)
		if err == nil && o.Address() != a {
			t.Errorf("Parse(%q) gave the address %q", a, o.Address())
		}
		if err != nil && CodeOf(err) != BadAddress {
			t.Errorf("Parse(%q): %v", a, err)
		}
	})
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	for _, a := range []string{
		"serial:" + dir + "/nothing", "serial:" + dir + "/nothing?driver=bugst",
		"file:" + dir + "/nothing", "tcp:127.0.0.1:1", "replay:" + dir + "/nothing",
	} {
		o, err := Parse(a)
		if err != nil {
			t.Fatal(err)
		}
		_, err = o.Open(context.Background())
		if !errors.Is(err, &Error{Code: Gone}) {
			t.Errorf("opening %s: %v, want absent", a, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o, _ := Parse("tcp:127.0.0.1:1")
	if _, err := o.Open(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("opening with a finished context: %v", err)
	}
}

func TestErrorMatchesByCode(t *testing.T) {
	err := error(&Error{Code: HangUp, Port: "a", Op: "read"})
	if !errors.Is(err, &Error{Code: HangUp}) || errors.Is(err, &Error{Code: Timeout}) || errors.Is(err, &Error{Code: HangUp, Port: "b"}) {
		t.Error("errors do not match by code and port")
	}
}

func TestFileIsOneWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(path, []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	o, _ := Parse("file:" + path)
	p, err := o.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte("bc")); err != nil {
		t.Error(err)
	}
	p.SetReadTimeout(20 * time.Millisecond)
	if _, err := p.Read(make([]byte, 1)); !IsTimeout(err) {
		t.Errorf("read: %v, want a time-out", err)
	}
	p.SetReadTimeout(0)
	closeDuringRead(t, p)
	if got, _ := os.ReadFile(path); string(got) != "abc" {
		t.Errorf("file holds %q", got)
	}
}

// closeDuringRead closes p with a Read pending.
func closeDuringRead(t *testing.T, p Port) {
	t.Helper()
	res := make(chan error, 1)
	go func() { _, err := p.Read(make([]byte, 1)); res <- err }()
	time.Sleep(20 * time.Millisecond)
	if err := p.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	select {
	case err := <-res:
		if CodeOf(err) != Closed {
			t.Errorf("pending read: %v, want closed", err)
		}
	case <-time.After(time.Minute):
		t.Error("the pending read did not end")
	}
	if err := p.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestReplay(t *testing.T) {
	steps, err := ReadTranscript(strings.NewReader("# a question\n0 > 0102\n1.5 < aabb\n2 < cc\n3 > 03\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Replay("test", steps).Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	p.SetReadTimeout(10 * time.Millisecond)
	if _, err := p.Read(make([]byte, 4)); !IsTimeout(err) {
		t.Errorf("an answer came before the question: %v", err)
	}
	if _, err := p.Write([]byte{1, 2}); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	n, _ := p.Read(got)
	m, _ := p.Read(got[n:])
	if !bytes.Equal(got[:n+m], []byte{0xaa, 0xbb, 0xcc}) {
		t.Errorf("read %x", got[:n+m])
	}
	if _, err := p.Write([]byte{9}); CodeOf(err) != Protocol {
		t.Errorf("a wrong byte: %v", err)
	}
	if _, err := p.Write([]byte{3}); err != nil {
		t.Error(err)
	}
	if _, err := p.Read(got); CodeOf(err) != HangUp {
		t.Errorf("at the end: %v", err)
	}
	p.SetReadTimeout(0)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestRecordThenReplay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var steps []Step
		for i, b := range rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 20), 1, 8).Draw(rt, "steps") {
			steps = append(steps, Step{Out: i%2 == 0, Data: b})
		}
		var w bytes.Buffer
		p, err := Record(Replay("x", steps), &w).Open(context.Background())
		if err != nil {
			rt.Fatal(err)
		}
		for _, s := range steps {
			if s.Out {
				if _, err := p.Write(s.Data); err != nil {
					rt.Fatal(err)
				}
				continue
			}
			for got := 0; got < len(s.Data); {
				n, err := p.Read(make([]byte, rapid.IntRange(1, 30).Draw(rt, "n")))
				if err != nil {
					rt.Fatal(err)
				}
				got += n
			}
		}
		back, err := ReadTranscript(&w)
		if err != nil {
			rt.Fatal(err)
		}
		if !bytes.Equal(flat(back, true), flat(steps, true)) || !bytes.Equal(flat(back, false), flat(steps, false)) {
			rt.Fatalf("recorded %v, want %v", back, steps)
		}
	})
}

func flat(steps []Step, out bool) []byte {
	var b []byte
	for _, s := range steps {
		if s.Out == out {
			b = append(b, s.Data...)
		}
	}
	return b
}

func FuzzReadTranscript(f *testing.F) {
	f.Add("0 > 0102\n1.5 < aabb\n")
	f.Add("# c\n\n-1 < 00")
	f.Add("NaN < 00\n1e300 > 00")
	fuzz.Run(f, func(t *testing.T, s string) {
		steps, err := ReadTranscript(strings.NewReader(s))
		if err != nil {
			return
		}
		var out strings.Builder
		for _, st := range steps {
			out.WriteString(st.String() + "\n")
		}
		again, err := ReadTranscript(strings.NewReader(out.String()))
		if err != nil || len(again) != len(steps) {
			t.Fatalf("%q read back as %d steps, %v", out.String(), len(again), err)
		}
	})
}

// Whoever stops to answer for good is a hang-up, whatever the system calls it:
// the driver opens the line again. Only a device that talks nonsense is a
// protocol error.
func TestWhyReadingFailed(t *testing.T) {
	for _, c := range []struct {
		err  error
		code Code
	}{
		{os.ErrDeadlineExceeded, Timeout},
		{os.ErrClosed, Closed},
		{io.EOF, HangUp},
		{syscall.EIO, HangUp},
		{syscall.ENODEV, HangUp},
		{syscall.ECONNRESET, HangUp},
		{&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}, HangUp},
		{&net.OpError{Op: "write", Err: os.NewSyscallError("write", syscall.EHOSTUNREACH)}, HangUp},
		{syscall.ENETUNREACH, HangUp},
		{syscall.ECONNABORTED, HangUp},
		{syscall.ESHUTDOWN, HangUp},
		{syscall.EPROTO, HangUp},
		{syscall.EINVAL, Protocol},
		{errors.New("nonsense"), Protocol},
	} {
		if got := ioCode(c.err); got != c.code {
			t.Errorf("%v: %s, want %s", c.err, got, c.code)
		}
	}
}
