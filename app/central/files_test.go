package central

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/build/fuzz"
)

func TestDemoHall(t *testing.T) {
	cat, err := LoadHall(demoHall)
	if err != nil {
		t.Fatal(err)
	}
	if cat.Code != "37010001" || len(cat.Groups) != 6 || len(cat.Items) != 12 || len(cat.Windows) != 6 || len(cat.Version) != 64 {
		t.Errorf("%s: %d groups, %d items, %d windows", cat.Code, len(cat.Groups), len(cat.Items), len(cat.Windows))
	}
	roles := map[hall.Role]int{}
	for _, s := range cat.Staff {
		for _, r := range s.Roles {
			roles[r]++
		}
	}
	if roles[hall.RoleClerk] < 2 || roles[hall.RoleHallManager] != 1 || roles[hall.RoleSysAdmin] != 1 {
		t.Errorf("roles %v", roles)
	}
	texts := []hall.Names{cat.Name}
	for _, g := range cat.Groups {
		texts = append(texts, g.Name)
	}
	for _, it := range cat.Items {
		texts = append(texts, it.Name, it.Hint)
	}
	for _, w := range cat.Windows {
		texts = append(texts, w.Name)
	}
	for _, d := range cat.Departments {
		texts = append(texts, d.Name)
	}
	for _, m := range cat.Materials {
		texts = append(texts, m.Name)
	}
	texts = append(texts, cat.Cases.Ask)
	for _, n := range texts {
		for _, locale := range nameLocales {
			if n[locale] == "" {
				t.Errorf("%s: no text in %s", n["zh-Hans"], locale)
			}
		}
	}
	again, err := LoadHall(demoHall)
	if err != nil || again.Version != cat.Version {
		t.Errorf("the version is not stable: %v", err)
	}
}

// TestDemoCalendar holds the calendar to the standards' §4.3 and §4.4.
func TestDemoCalendar(t *testing.T) {
	cat, err := LoadHall(demoHall)
	if err != nil {
		t.Fatal(err)
	}
	for year, days := range map[int]int{2025: 248, 2026: 248} {
		n := 0
		for d := time.Date(year, 1, 1, 12, 0, 0, 0, hall.Zone); d.Year() == year; d = d.AddDate(0, 0, 1) {
			working, provisional := hall.WorkingDay(cat.Calendar, hall.DayOf(d))
			if provisional {
				t.Fatalf("%s is provisional", hall.DayOf(d))
			}
			if working {
				n++
			}
		}
		if n != days {
			t.Errorf("%d has %d working days, want %d", year, n, days)
		}
	}
	for _, c := range []struct {
		from string
		n    int
		due  string
	}{
		{"2026-02-13", 5, "2026-02-27"}, {"2026-02-16", 5, "2026-02-28"}, {"2025-12-31", 1, "2026-01-04"},
		{"2025-12-31", 5, "2026-01-08"}, {"2026-04-30", 5, "2026-05-11"}, {"2026-09-18", 5, "2026-09-24"},
		{"2026-09-24", 10, "2026-10-15"}, {"2026-10-10", 20, "2026-11-06"}, {"2026-01-30", 45, "2026-04-10"}, {"2026-11-20", 20, "2026-12-18"},
	} {
		if due, _ := hall.AddWorkingDays(cat.Calendar, c.from, c.n); due != c.due {
			t.Errorf("%d working days after %s: %s, want %s", c.n, c.from, due, c.due)
		}
	}
}

// TestHallFileMessages breaks the demo hall in one place at a time: each
// message names the file and the line.
func TestHallFileMessages(t *testing.T) {
	for _, c := range []struct{ name, file, old, fresh, want string }{
		{"unknown key", "groups.toml", `icon = "building"`, `icom = "building"`, "groups.toml:11: unknown key"},
		{"what is known", "groups.toml", `icon = "building"`, `icom = "building"`, "known here: icon, id, name, prefix, service_minutes"},
		{"wrong type", "groups.toml", "service_minutes = 12", `service_minutes = "12"`, "groups.toml:12: "},
		{"no TOML", "groups.toml", "version = 1", "version = ", "groups.toml:6: "},
		{"other version", "groups.toml", "version = 1", "version = 2", "groups.toml: version is 2"},
		{"twice", "groups.toml", `id = "insurance"`, `id = "business"`, "groups.toml:18: group business is defined twice; the first is at groups.toml:8"},
		{"prefix twice", "groups.toml", `prefix = "B"`, `prefix = "A"`, "groups.toml:18: prefix A is defined twice"},
		{"prefix", "groups.toml", `prefix = "B"`, `prefix = "b"`, `groups.toml:18: prefix "b"; one capital letter`},
		{"no 简体", "groups.toml", `name.zh-Hans = "社保和医保"`, "", "groups.toml:18: name.zh-Hans is missing"},
		{"other language", "groups.toml", `name.pt = "Segurança social e saúde"`, `name.fr = "x"`, "groups.toml:18: name.fr; languages are"},
		{"no such group", "items.toml", `group = "insurance"`, `group = "insurence"`, `items.toml:35: group "insurence" is not defined; known are business, insurance`},
		{"quota", "items.toml", "quota = 3", "quota = 0", "items.toml:7: quota = 0"},
		{"window's group", "windows.toml", `groups = ["insurance"]`, `groups = ["x"]`, `windows.toml:31: group "x" is not defined`},
		{"staff role", "staff.toml", `roles = ["hall_manager"]`, `roles = ["boss"]`, `staff.toml:29: role "boss"`},
		{"mixed administrator", "staff.toml", `roles = ["sysadmin"]`, `roles = ["sysadmin", "clerk"]`, "staff.toml:34: staff 9002 is sysadmin and something else"},
		{"staff window", "staff.toml", `windows = ["3", "4", "5", "6"]`, `windows = ["9"]`, `staff.toml:23: window "9" is not defined`},
		{"day", "calendar.toml", `"2026-01-01..2026-01-03"`, `"2026-01-32"`, `calendar.toml:23: off: "2026-01-32"`},
		{"range backwards", "calendar.toml", `"2026-01-01..2026-01-03"`, `"2026-01-03..2026-01-01"`, "calendar.toml:23: off:"},
		{"worked weekday", "calendar.toml", `worked = ["2026-01-04"`, `worked = ["2026-01-05"`, "calendar.toml:23: 2026-01-05 in worked is no weekend day"},
		{"slot", "hall.toml", `"08:30", "09:00"`, `"08:3", "09:00"`, `hall.toml:32: slot "08:3"`},
		{"slot outside the hours", "hall.toml", `"16:30", "17:00",`, `"16:30", "17:00", "18:00",`, "hall.toml:32: slot 18:00 is outside the opening hours"},
		{"hours", "hall.toml", `to = "17:30"`, `to = "07:30"`, "hall.toml:25: from"},
		{"policy", "hall.toml", `policy = "ratio"`, `policy = "luck"`, `hall.toml:49: policy "luck"`},
		{"code", "hall.toml", `code = "37010001"`, `code = "1"`, `hall.toml:14: code "1"`},
		{"a part missing", "staff.toml", "version = 1", "version = 1\n[queue]\npolicy = \"strict\"\nmax_calls = 3\noffline_block = 5", "[queue] is defined twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(demoHall)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, c.file)
			raw, err := os.ReadFile(file)
			if err != nil || !strings.Contains(string(raw), c.old) {
				t.Fatalf("%q is not in %s: %v", c.old, c.file, err)
			}
			if err := os.WriteFile(file, []byte(strings.Replace(string(raw), c.old, c.fresh, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = LoadHall(dir)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got:  %v\nwant: %s", err, c.want)
			}
		})
	}
	if _, err := LoadHall(t.TempDir()); err == nil {
		t.Error("an empty folder is no hall")
	}
}

func TestExampleConfig(t *testing.T) {
	cfg, err := LoadConfig("../../build/config/central.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Terminals) != 4 || cfg.Sessions.LockAfter != 5 {
		t.Errorf("%+v", cfg)
	}
	if _, err := LoadHall(cfg.path(cfg.HallFiles)); err != nil {
		t.Errorf("the example's hall: %v", err)
	}
	if !filepath.IsAbs(strings.TrimPrefix(cfg.DSN(), "sqlite:")) {
		t.Errorf("the database's path is not taken from the file's folder: %s", cfg.DSN())
	}
}

const goodConfig = `version = 1
listen = "127.0.0.1:0"
database = "sqlite:x.db"
keys = "keys"
hall_files = "hall"

[demo]
clock = ""

[[terminal]]
id = "kiosk-1"
role = "kiosk"
letter = "K"
token_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
`

func TestConfigMessages(t *testing.T) {
	if _, err := ParseConfig("central.toml", []byte(goodConfig)); err != nil {
		t.Fatal(err)
	}
	second := strings.Replace(goodConfig[strings.Index(goodConfig, "[[terminal]]"):], "kiosk-1", "kiosk-2", 1)
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "central.toml: version is 0; this program reads version = 1"},
		{"unknown key", "lisen = 1\n" + goodConfig, `central.toml:1: unknown key "lisen"; known here: database, demo, department, export, hall_files, keys, listen`},
		{"unknown key inside", goodConfig + "colour = 1", `central.toml:15: unknown key "terminal.colour"; known here: department, id, letter, role, token_sha256, window`},
		{"listen", strings.Replace(goodConfig, "127.0.0.1:0", "here", 1), `listen "here" is not host:port`},
		{"database", strings.Replace(goodConfig, "sqlite:x.db", "x.db", 1), "database is not set"},
		{"clock", strings.Replace(goodConfig, `clock = ""`, `clock = "nine"`, 1), `central.toml:7: clock "nine" is not a time`},
		{"role", strings.Replace(goodConfig, `role = "kiosk"`, `role = "kisk"`, 1), `central.toml:10: role "kisk" of kiosk-1 is not known`},
		{"no letter", strings.Replace(goodConfig, `letter = "K"`, "", 1), "central.toml:10: kiosk-1 has no letter"},
		{"token", strings.Replace(goodConfig, "e3b0", "", 1), "central.toml:10: token_sha256 of kiosk-1 is not 64 hex digits"},
		{"letter twice", goodConfig + second, "letter K of kiosk-2 is also that of kiosk-1"},
		{"token twice", goodConfig + second, "kiosk-2 has the same token as kiosk-1"},
		{"department of a kiosk", goodConfig + `department = "civil"`, `central.toml:10: department "civil" of kiosk-1, which is a kiosk; only a station`},
		{"id twice", goodConfig + strings.Replace(second, "kiosk-2", "kiosk-1", 1), `terminal "kiosk-1" is there twice`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseConfig("central.toml", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got:  %v\nwant: %s", err, c.want)
			}
		})
	}
	if _, err := LoadConfig(filepath.Join(t.TempDir(), "none.toml")); err == nil || !strings.Contains(err.Error(), "central.example.toml") {
		t.Errorf("a missing file: %v", err)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add(goodConfig)
	f.Add("[[terminal]]\n[[terminal]]\nletter='ÄÖ'")
	f.Add("a.b.c = {d = [1, {}]}")
	f.Add("[terminal]\nid = 1")
	fuzz.Run(f, func(t *testing.T, text string) {
		cfg, err := ParseConfig("f", []byte(text))
		if err == nil && (cfg.Version != 1 || cfg.Keys == "" || cfg.Sessions.LockAfter < 1) {
			t.Errorf("accepted: %q", text)
		}
	})
}

func FuzzHallFile(f *testing.F) {
	for _, name := range []string{"hall.toml", "groups.toml", "items.toml", "windows.toml", "staff.toml", "calendar.toml", "materials.toml", "versions.toml"} {
		raw, err := os.ReadFile(filepath.Join(demoHall, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	fuzz.Run(f, func(t *testing.T, text string) {
		l := newHallLoader()
		l.file("f.toml", []byte(text))
		l.whole("folder")
		if len(l.errs) == 0 && len(l.cat.Validate()) != 0 {
			t.Errorf("accepted, but the rules do not: %v", l.cat.Validate())
		}
	})
}

func TestDemoClock(t *testing.T) {
	cat, err := LoadHall(demoHall)
	if err != nil {
		t.Fatal(err)
	}
	real := time.Date(2026, 8, 1, 20, 0, 0, 0, time.UTC)
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", s, hall.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct {
		name, start, stored string
		away                time.Duration
		want                string
	}{
		{"first start", "2026-05-18 09:05", "", 0, "2026-05-18 09:05"},
		{"goes on after a kill", "2026-05-18 09:05", "2026-05-18 10:00", 3 * time.Minute, "2026-05-18 10:03"},
		{"goes on the next morning", "2026-05-18 09:05", "2026-05-18 10:00", 14 * time.Hour, "2026-05-18 10:10"},
		{"machine's clock set back", "2026-05-18 09:05", "2026-05-18 10:00", -time.Hour, "2026-05-18 10:00"},
		{"never before what was", "2026-05-18 09:05", "2026-06-01 11:00", 0, "2026-06-01 11:00"},
		{"a later start wins", "2026-06-02 09:00", "2026-06-01 11:00", 0, "2026-06-02 09:00"},
		{"past closing", "2026-05-18 09:05", "2026-05-18 17:30", 0, "2026-05-19 09:05"},
		{"past closing on Friday", "2026-05-22 19:00", "", 0, "2026-05-25 09:05"},
		{"before the Spring Festival", "2026-02-14 18:00", "", 0, "2026-02-24 09:05"},
		{"worked Sunday", "2026-01-03 09:05", "", 0, "2026-01-04 09:05"},
		{"before opening stays", "2026-05-18 07:00", "", 0, "2026-05-18 07:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stored time.Time
			if c.stored != "" {
				stored = at(c.stored)
			}
			clock := demoClock(func() time.Time { return real }, at(c.start), stored, real.Add(-c.away), c.stored != "", cat)
			if got := clock.Now(); !got.Equal(at(c.want)) {
				t.Errorf("%s, want %s", got.In(hall.Zone), c.want)
			}
		})
	}
}

func TestDemoClockOverRestarts(t *testing.T) {
	b := newBed(t, func(c *Config) { c.Demo.Clock = "2026-06-01T09:05:00+08:00" })
	if d := b.c.now().Sub(time.Date(2026, 6, 1, 9, 5, 0, 0, hall.Zone)); d < 0 || d > time.Minute {
		t.Fatalf("starts at %s", b.c.now())
	}
	b.clock.forward(2 * time.Hour)
	before := b.c.now()
	b.restart()
	if after := b.c.now(); after.Before(before) || after.Sub(before) > time.Minute {
		t.Errorf("before the restart %s, after it %s", before, after)
	}
}

func TestRedaction(t *testing.T) {
	var out strings.Builder
	log := NewLogger(&out, slog.LevelDebug)
	log.Info("x", "name", personA.name, "text", "card "+personA.number+" phone "+personA.phone, "error", errors.New("of "+personB.number),
		slog.Group("deep", "phone", personA.phone), "rows", 1795311757057)
	for _, never := range []string{personA.name, personA.number, personA.phone, personB.number} {
		if strings.Contains(out.String(), never) {
			t.Errorf("logged: %s", out.String())
		}
	}
	if !strings.Contains(out.String(), "1795311757057") {
		t.Errorf("a plain number was blanked: %s", out.String())
	}
}

func TestPagesAndHeaders(t *testing.T) {
	b := newBed(t)
	for path, want := range map[string]int{
		"/": 302, "/healthz": 200, "/metrics": 200, "/openapi.json": 200, "/nothing": 404, "/index.html": 404, "/%2e%2e/go.mod": 404,
		"/central/v1/nothing": 404, "/sync/v1/nothing": 404, "/assets/": 404,
	} {
		status, raw := b.call("GET", path, nil)
		if status != want {
			t.Errorf("%s: %d %.80s, want %d", path, status, raw, want)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", b.srv.URL+"/book", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := b.srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for name, part := range map[string]string{
		"Content-Security-Policy": "script-src 'self';", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
	} {
		if !strings.Contains(resp.Header.Get(name), part) {
			t.Errorf("%s: %q", name, resp.Header.Get(name))
		}
	}
	_, raw := b.call("GET", "/metrics", nil)
	for _, name := range []string{"hallway_ops_total", "hallway_terminal_new_lives", "hallway_terminals_online", "hallway_http_requests_total", "hallway_waiting"} {
		if !strings.Contains(string(raw), name) {
			t.Errorf("no %s in the metrics", name)
		}
	}
}

func TestRunPrintsReadyAndStopsInTime(t *testing.T) {
	b := newBed(t)
	b.close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, b.cfg, slog.New(slog.DiscardHandler), w) }()
	line := make([]byte, 200)
	n, err := r.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	url, ok := strings.CutPrefix(strings.TrimSpace(string(line[:n])), "ready ")
	if !ok {
		t.Fatalf("printed %q", line[:n])
	}
	// An open wake stream must not hold the end up.
	req, err := http.NewRequestWithContext(t.Context(), "GET", url+"/sync/v1/wake?lane=shared", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer token-display-1")
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%v %v", resp, err)
	}
	defer resp.Body.Close()
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("does not end")
	}
	// A taken port says what to do.
	b.cfg.Listen = "256.0.0.1:1"
	if err := Run(t.Context(), b.cfg, slog.New(slog.DiscardHandler), io.Discard); err == nil || !strings.Contains(err.Error(), "cannot serve on") {
		t.Errorf("%v", err)
	}
}
