package crash

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync/pgtest/pgserver"
)

func TestMain(m *testing.M) {
	if WitnessIfAsked() {
		return
	}
	os.Exit(m.Run())
}

// programs is the folder of the built programs.
func programs(t *testing.T) string {
	t.Helper()
	bin := os.Getenv("HALLWAY_BIN")
	if bin == "" {
		bin = "../../bin"
	}
	if _, err := os.Stat(filepath.Join(bin, "hallway-central")); err != nil {
		t.Fatalf("the programs are not built (%v): build/test --only programs", err)
	}
	return bin
}

func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed, err := strconv.ParseUint("0"+os.Getenv("HALLWAY_SEED"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d (HALLWAY_SEED repeats it)", seed)
	return seed
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) { w.t.Logf("%s", p); return len(p), nil }

// TestTwoCentres: two hallway-central processes over one PostgreSQL of their own
// serve a hall's real terminals while one or the other is killed, again and again.
func TestTwoCentres(t *testing.T) {
	if !pgserver.Installed() {
		t.Fatal("no PostgreSQL is installed: apt-get install postgresql-15")
	}
	dir := t.TempDir()
	rep, err := Run(t.Context(), Options{Dir: dir, Bin: programs(t), HallFiles: "../demo/hall", Kills: 30, Seed: seedOf(t), Postgres: true,
		Victims: []string{"central", "central-2"}, AtOnce: 1, Log: slog.New(slog.NewTextHandler(testWriter{t}, nil))})
	t.Logf("%+v", rep)
	if err != nil {
		logs(t, dir)
		t.Fatal(err)
	}
	for _, what := range []string{told, called, finished, booked, cancelled} {
		if rep.Facts[what] < 5 {
			t.Errorf("only %d facts %q: the hall did not work", rep.Facts[what], what)
		}
	}
}

// TestBadLines: while people work on, the lines between the real terminals and the
// real centre are cut, slow, thin, reset, hung, end in the middle of a request or
// of an answer.
func TestBadLines(t *testing.T) {
	dir := t.TempDir()
	bin := programs(t)
	rep, err := Run(t.Context(), Options{Dir: dir, Bin: bin, HallFiles: "../demo/hall", Troubles: len(troubles), Seed: seedOf(t),
		Toxiproxy: filepath.Join(bin, "toxiproxy-server"), Log: slog.New(slog.NewTextHandler(testWriter{t}, nil))})
	t.Logf("%+v", rep)
	if err != nil {
		logs(t, dir)
		t.Fatal(err)
	}
	for _, k := range troubles {
		if rep.Troubles[k.name] != 1 {
			t.Errorf("%s happened %d times", k.name, rep.Troubles[k.name])
		}
	}
	for _, what := range []string{told, called, finished, booked} {
		if rep.Facts[what] < 5 {
			t.Errorf("only %d facts %q: the hall did not work", rep.Facts[what], what)
		}
	}
	if rep.Offline == 0 {
		t.Error("the kiosk always had a line: the troubles did not reach it")
	}
}

// TestFailingDisks: writes and syncs of the real programs fail while people work on.
func TestFailingDisks(t *testing.T) {
	dir := t.TempDir()
	switch err := mayTrace(dir); {
	case err == nil:
	case os.Getenv("HALLWAY_TEST_NEEDS_ALL") != "":
		t.Fatal(err)
	default:
		t.Skip("NOT TESTED, what programs do when their disks fail: ", err)
	}
	rep, err := Run(t.Context(), Options{Dir: dir, Bin: programs(t), HallFiles: "../demo/hall", Disk: true, DiskSample: 3, Seed: seedOf(t),
		Log: slog.New(slog.NewTextHandler(testWriter{t}, nil))})
	t.Logf("%+v", rep)
	if err != nil {
		logs(t, dir)
		t.Fatal(err)
	}
	for _, p := range diskPrograms {
		if n := rep.Disk[p+" worked on"] + rep.Disk[p+" did not start"]; n < 4 {
			t.Errorf("only %d faults hit %s", n, p)
		}
	}
	for _, what := range []string{told, called, finished, booked} {
		if rep.Facts[what] < 5 {
			t.Errorf("only %d facts %q: the hall did not work", rep.Facts[what], what)
		}
	}
}

// logs shows the ends of the centres' logs.
func logs(t *testing.T, dir string) {
	for _, name := range []string{"central", "central-2"} {
		raw, err := os.ReadFile(filepath.Join(dir, "log", name+".log"))
		t.Logf("--- %s %v\n%s", name, err, raw[max(0, len(raw)-4000):])
	}
}

// TestFindings: each way in which a hall can have lost or doubled something is
// found.
func TestFindings(t *testing.T) {
	whole := func() *history {
		return &history{
			tickets: map[string]hall.Ticket{"a": {ID: "a", Number: "A001", Day: "2026-11-23", State: hall.TicketDone}, "b": {ID: "b", Number: "A002", Day: "2026-11-23", State: hall.TicketIssued}},
			events:  map[string]map[string]int{"a": {"ticket.issued": 1, "ticket.called": 1, "ticket.done": 1}, "b": {"ticket.issued": 1}},
			windows: map[string]map[string]int{"a": {"1": 1}, "b": {}},
		}
	}
	facts := map[Fact]bool{{told, "a", "A001", ""}: true, {called, "a", "A001", "1"}: true, {finished, "a", "", "1"}: true, {told, "b", "A002", ""}: true}
	for name, c := range map[string]struct {
		damage func(*history)
		want   string
	}{
		"nothing":  {func(*history) {}, ""},
		"a ticket": {func(l *history) { delete(l.tickets, "b") }, "lost: ticket b"},
		"a call":   {func(l *history) { delete(l.windows["a"], "1") }, "lost: the call"},
		"an end":   {func(l *history) { l.events["a"]["ticket.done"] = 0 }, "lost: the end"},
		"a state": {func(l *history) {
			x := l.tickets["a"]
			x.State = hall.TicketServing
			l.tickets["a"] = x
		}, "lost: the end"},
		"a number": {func(l *history) {
			x := l.tickets["b"]
			x.Number = "A001"
			l.tickets["b"] = x
		}, "number A001 is ticket"},
		"issued twice":   {func(l *history) { l.events["b"]["ticket.issued"]++ }, "issued 2 times"},
		"finished twice": {func(l *history) { l.events["a"]["ticket.done"]++ }, "finished 2 times"},
	} {
		l := whole()
		c.damage(l)
		var found findings
		l.numbers(&found)
		l.witnessed(facts, &found)
		err := found.err()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWitness: a fact is on the disk before the one who tells it goes on, and a
// witness that is gone is noticed.
func TestWitness(t *testing.T) {
	path := filepath.Join(t.TempDir(), "facts")
	w, err := startWitness(path)
	if err != nil {
		t.Fatal(err)
	}
	one := Fact{What: told, ID: "a", Number: "A001"}
	for range 2 {
		if err := w.saw(one); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(path); err != nil || strings.Count(string(b), "\n") != 2 {
		t.Errorf("%q %v", b, err)
	}
	facts, err := w.end()
	if err != nil || len(facts) != 1 || !facts[one] {
		t.Errorf("%v %v", facts, err)
	}
	if w, err = startWitness(path + "2"); err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); err == nil && time.Now().Before(end); {
		err = w.saw(one)
	}
	if err == nil {
		t.Error("nobody noticed that the witness is gone")
	}
	if _, err := w.end(); err == nil {
		t.Error("it ended well")
	}
}
