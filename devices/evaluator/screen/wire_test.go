package screen

import (
	"reflect"
	"strings"
	"testing"

	"hallway/build/fuzz"
	"hallway/devices/evaluator"
)

func TestLines(t *testing.T) {
	desk := evaluator.Desk{Window: "3", Name: map[string]string{"zh-Hans": "三号窗口"}}
	all := []Message{{Desk: &desk}, {Show: ShowAsk, Asking: 7, Millis: 15000}, {Level: 3, Asking: 7}, {Show: ShowThanks}}
	var text []byte
	for _, m := range all {
		b, err := m.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, b...)
	}
	var l Lines
	var got []Message
	for i := range text { // byte by byte
		got = append(got, l.Feed(text[i:i+1])...)
	}
	if !reflect.DeepEqual(got, all) || l.Lost != 0 {
		t.Errorf("read %+v, lost %d", got, l.Lost)
	}
	for _, c := range []struct {
		name, text string
		found      int
		lost       int
	}{
		{"nothing", "", 0, 0},
		{"empty lines", "\n\r\n\n", 0, 0},
		{"what is new later", `{"level":1,"asking":2,"later":true}` + "\n", 1, 0},
		{"no level", `{"level":6}` + "\n" + `{"level":-1}` + "\n" + `{"asking":-1,"level":1}` + "\n", 0, 3},
		{"noise before a line spoils it alone", "\x00\xff{\"level\":1}\n{\"level\":2}\n", 1, 1},
		{"a line without end", strings.Repeat("x", 3*maxLine), 0, 0},
		{"a long line, then a good one", strings.Repeat("x", 3*maxLine) + "\n{\"level\":2}\n", 1, 1},
		{"two in one", `{"level":1}{"level":2}` + "\n", 0, 1},
	} {
		l := Lines{}
		if got := l.Feed([]byte(c.text)); len(got) != c.found || l.Lost != c.lost || len(l.buf) > maxLine {
			t.Errorf("%s: %d messages, %d lost, %d bytes kept", c.name, len(got), l.Lost, len(l.buf))
		}
	}
}

// However a stream is cut in pieces, the same is found in it, and no level but
// those that there are.
func FuzzLines(f *testing.F) {
	f.Add([]byte(`{"level":3,"asking":7}`+"\n"+`{"show":"ask","asking":8,"millis":15000}`+"\n"), uint8(1))
	f.Add([]byte("{\"desk\":{\"window\":\"3\",\"name\":{\"en\":\"Counter 3\"}}}\r\n\n"), uint8(5))
	f.Add([]byte("\x00\xff\n{\"level\":9}\n{"), uint8(2))
	f.Add([]byte(strings.Repeat("[", maxLine+1)+"\n{\"level\":1}\n"), uint8(200))
	fuzz.Run(f, func(t *testing.T, b []byte, step uint8) {
		var whole, pieces Lines
		want := whole.Feed(b)
		var got []Message
		n := int(step) + 1
		for rest := b; len(rest) > 0; rest = rest[min(n, len(rest)):] {
			got = append(got, pieces.Feed(rest[:min(n, len(rest))])...)
		}
		if !reflect.DeepEqual(got, want) || whole.Lost != pieces.Lost {
			t.Fatalf("in pieces of %d: %+v, lost %d; whole: %+v, lost %d", n, got, pieces.Lost, want, whole.Lost)
		}
		for _, m := range want {
			if m.Level < 0 || m.Level > 5 {
				t.Fatalf("level %d", m.Level)
			}
		}
		if len(pieces.buf) > maxLine || len(whole.buf) > maxLine {
			t.Fatal("it keeps more than a line")
		}
	})
}
