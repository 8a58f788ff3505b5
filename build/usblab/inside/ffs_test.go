package inside

import (
	"bytes"
	"testing"
	"time"

	"hallway/devices/port"
)

func bulk(t *testing.T, name string, socket int, vid, pid uint16, pairs int) *Bulk {
	t.Helper()
	b, err := MakeBulk(name, socket, vid, pid, pairs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Unplug(); err != nil {
			t.Errorf("unplug: %v", err)
		}
	})
	plug(t, b.Plug)
	return b
}

func wrote(t *testing.T, b *Bulk, pipe int, want []byte) {
	t.Helper()
	var got []byte
	for len(got) < len(want) {
		i, data := b.Receive()
		if i != pipe {
			t.Fatalf("the device got % x on pipe %d; want it on pipe %d", data, i, pipe)
		}
		got = append(got, data...)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the device got %d bytes that are not the %d sent", len(got), len(want))
	}
}

func sent(t *testing.T, b *Bulk, pipe int, data []byte) {
	t.Helper()
	res := make(chan error, 1)
	go func() { res <- b.Send(pipe, data) }()
	t.Cleanup(func() {
		if err := <-res; err != nil {
			t.Errorf("the device could not send: %v", err)
		}
	})
}

func TestBulkPipes(t *testing.T) {
	for _, pairs := range []int{1, 2} {
		name := map[int]string{1: "one", 2: "two"}[pairs]
		t.Run(name, func(t *testing.T) {
			b := bulk(t, name, 0, 0x0400, 0xC35A, pairs)
			p := opened(t, "usb:0400:c35a").(port.Pipes)
			if in, out := p.Pipes(); in != pairs || out != pairs {
				t.Fatalf("%d IN and %d OUT pipes, want %d of each", in, out, pairs)
			}
			for i := range pairs {
				question, answer := bytes.Repeat([]byte{byte(0xA0 + i)}, 7), bytes.Repeat([]byte{byte(0xB0 + i)}, 1288)
				if n, err := p.WritePipe(i, question); n != 7 || err != nil {
					t.Fatal(n, err)
				}
				wrote(t, b, i, question)
				sent(t, b, i, answer)
				var got []byte
				buf := make([]byte, 64)
				for len(got) < len(answer) {
					n, err := p.ReadPipe(i, buf)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, buf[:n]...)
				}
				if !bytes.Equal(got, answer) {
					t.Errorf("pipe %d: another answer", i)
				}
			}
			timeouts(t, p)
			second, err := port.Parse("usb:0400:c35a")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := second.Open(t.Context()); port.CodeOf(err) != port.InUse {
				t.Errorf("a second program: %v", err)
			}
			pulledWhileReading(t, p, b)
			refused(t, "usb:0400:c35a", port.Gone)
			plug(t, b.Plug)
			again := opened(t, "usb:0400:c35a")
			if _, err := again.Write([]byte("once more")); err != nil {
				t.Fatal(err)
			}
			wrote(t, b, 0, []byte("once more"))
			closedWhileReading(t, again)
		})
	}
}

// timeouts: a read without an answer and a write that the device does not take
// end by their times, and the port is good afterwards.
func timeouts(t *testing.T, p port.Pipes) {
	t.Helper()
	if err := p.SetReadTimeout(50 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(make([]byte, 8)); port.CodeOf(err) != port.Timeout {
		t.Errorf("a read without an answer: %v", err)
	}
	if err := p.SetReadTimeout(0); err != nil {
		t.Fatal(err)
	}
}

// The system's own driver gets an interface back when the port is closed.
func TestTheSystemsDriverComesBack(t *testing.T) {
	plugged(t, "kept", 1, 0x04B8, 0x0E15, "", Function{Name: "printer.kept", Attrs: map[string]string{"q_len": "4"}})
	opened(t, "usblp:04b8:0e15").Close()
	p := opened(t, "usb:04b8:0e15")
	refused(t, "usblp:04b8:0e15", port.Gone)
	p.Close()
	opened(t, "usblp:04b8:0e15")
}
