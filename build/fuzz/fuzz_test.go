package fuzz

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// FuzzPlanted fails for an input that no seed has: a frame of another length with
// its check byte right. It is asked for in a process of its own.
func FuzzPlanted(f *testing.F) {
	f.Add([]byte{2, 3, 'a', 'b', 'c', 3 ^ 'a' ^ 'b' ^ 'c'}, 1, "x", byte(7), true)
	mend := func(b []byte) []byte {
		if len(b) < 3 {
			return b
		}
		b[0], b[1] = 2, byte(len(b)-3)
		x := byte(0)
		for _, c := range b[1 : len(b)-1] {
			x ^= c
		}
		b[len(b)-1] = x
		return b
	}
	Run(f, func(t *testing.T, b []byte, n int, s string, c byte, on bool) {
		if len(b) < 3 || b[0] != 2 || int(b[1]) != len(b)-3 || b[1] == 3 {
			return
		}
		x := byte(0)
		for _, c := range b[1:] {
			x ^= c
		}
		if x == 0 && os.Getenv("HALLWAY_FUZZ_PLANTED") == "yes" {
			panic("planted")
		}
	}, mend)
}

// planted runs FuzzPlanted with inputs, in a folder of its own.
func planted(t *testing.T, dir string, env ...string) (string, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run", "^FuzzPlanted$", "-test.v")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), append(env, State+"="+filepath.Join(dir, "state"))...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestTheLoopCountsAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	for _, total := range []int{1000, 3000, 3000} {
		out, err := planted(t, dir, Inputs+"="+map[int]string{1000: "1000", 3000: "3000"}[total])
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		p, err := Load(filepath.Join(dir, "state"))
		if err != nil || p.Inputs != total {
			t.Errorf("%+v %v, want %d inputs", p, err, total)
		}
	}
}

func TestTheLoopFindsWhatIsPlantedAndKeepsIt(t *testing.T) {
	dir := t.TempDir()
	out, err := planted(t, dir, Inputs+"=1000000", "HALLWAY_FUZZ_PLANTED=yes")
	if err == nil || !strings.Contains(out, "panic: planted") {
		t.Fatalf("%v\n%s", err, out)
	}
	kept, err := readCorpus(filepath.Join(dir, "testdata", "fuzz", "FuzzPlanted"), planType)
	if err != nil || len(kept) != 1 {
		t.Fatalf("%v %v", kept, err)
	}
	// It is a test from now on, without being asked for inputs.
	if out, err := planted(t, dir, Inputs+"=", "HALLWAY_FUZZ_PLANTED=yes"); err == nil || !strings.Contains(out, "planted") {
		t.Errorf("what was kept does not fail: %v\n%s", err, out)
	}
}

var planType = reflect.TypeFor[func(*testing.T, []byte, int, string, byte, bool)]()

func TestInputsAreWrittenAndReadBack(t *testing.T) {
	body := reflect.TypeFor[func(*testing.T, []byte, string, int, byte, uint16, bool, int64)]()
	for _, in := range [][]any{
		{[]byte("a\x00\xff\n`\"[]uint8("), "厅\x80\r\n", -5, byte('\''), uint16(65535), true, int64(-1 << 63)},
		{[]byte{}, "", 0, byte(0xff), uint16(0), false, int64(7)},
	} {
		got, err := unmarshal(marshal(in), body)
		if err != nil || !reflect.DeepEqual(got, in) {
			t.Errorf("%s\ngives %#v: %v", marshal(in), got, err)
		}
	}
	for _, bad := range []string{"", head, head + "\nint(1)", head + "\n[]byte(1)\nstring(\"\")\nint(1)\nbyte('a')\nuint16(1)\nbool(true)\nint64(1)"} {
		if _, err := unmarshal([]byte(bad), body); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// Each kind of change is made, the same ones for the same seed, and the seeds stay
// as they are.
func TestChanges(t *testing.T) {
	seed := []any{[]byte("\x02\x05hello\x62"), 5, "A012-7", byte(1), true}
	make := func() *mutator {
		m := newMutator([][]any{cloned(seed), {[]byte("other"), -1, "数字", byte(255), false}}, planType,
			[]Mend{func(b []byte) []byte { return append(b, "mended"...) }})
		m.r = rand.New(rand.NewPCG(1, 2))
		return m
	}
	m, again := make(), make()
	seen := map[string]bool{}
	for range 20_000 {
		in := m.next()
		if !reflect.DeepEqual(in, again.next()) {
			t.Fatal("the same seed makes other inputs")
		}
		b := in[0].([]byte)
		for what, so := range map[string]bool{
			"cut": len(b) > 0 && len(b) < 8 && strings.HasPrefix("\x02\x05hello\x62", string(b)), "long": len(b) > 100,
			"mended": strings.HasSuffix(string(b), "mended"), "spliced": strings.Contains(string(b), "oth") && strings.Contains(string(b), "hel"),
			"number": strings.Contains(in[2].(string), "65536"), "max": in[1] == 1<<63-1, "near": in[1] == 7, "false": in[4] == false,
			"checked": len(b) == 8 && b[7] != 0x62 && b[0] == 2 && b[7] == b[0]^b[1]^b[2]^b[3]^b[4]^b[5]^b[6],
		} {
			seen[what] = seen[what] || so
		}
		if len(b) > m.limit+len("mended") {
			t.Fatalf("%d bytes", len(b))
		}
	}
	if len(seen) != 9 || slices.Contains([]bool{seen["cut"], seen["long"], seen["mended"], seen["spliced"], seen["number"], seen["max"], seen["near"],
		seen["false"], seen["checked"]}, false) {
		t.Errorf("changes seen: %v", seen)
	}
	if !reflect.DeepEqual(m.seeds[0], seed) {
		t.Errorf("the seed was changed to %v", m.seeds[0])
	}
}
