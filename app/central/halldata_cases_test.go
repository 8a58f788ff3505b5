package central

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hallway/app/hall"
)

// hallWith copies the demo hall with one text of one file replaced.
func hallWith(t *testing.T, file, old, fresh string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(demoHall)); err != nil {
		t.Fatal(err)
	}
	if file == "" {
		return dir
	}
	change(t, dir, file, old, fresh)
	return dir
}

func change(t *testing.T, dir, file, old, fresh string) {
	t.Helper()
	path := filepath.Join(dir, file)
	raw, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(raw), old) {
		t.Fatalf("%q is not in %s: %v", old, file, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(raw), old, fresh, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDemoHallTakesCases holds the demonstration to what it must show: each way
// in which materials come.
func TestDemoHallTakesCases(t *testing.T) {
	cat, err := LoadHall(demoHall)
	if err != nil {
		t.Fatal(err)
	}
	if len(cat.Departments) != 4 || cat.Cases.Service != "01" || cat.Cases.NumberBlock != 20 ||
		cat.Cases.ELimit != (hall.Limit{N: 24, Unit: hall.UnitHour}) || cat.Cases.PaperLimit != (hall.Limit{N: 3, Unit: hall.UnitWorkingDay}) {
		t.Errorf("%d departments, %+v", len(cat.Departments), cat.Cases)
	}
	shows := map[string]bool{}
	for _, it := range cat.Items {
		v, ok := it.Published()
		if !ok || v.Version != len(it.Versions) {
			t.Errorf("%s: published %+v", it.ID, v)
			continue
		}
		if v.Code == "" || v.Basis == "" || v.Phone == "" {
			t.Errorf("%s: the acceptance notice would have holes: %+v", it.ID, v)
		}
		for _, locale := range nameLocales {
			if v.Authority[locale] == "" {
				t.Errorf("%s: no authority in %s", it.ID, locale)
			}
		}
		shows[string(v.Kind)] = true
		var e, paper, both bool
		for _, m := range v.Materials {
			hasE, hasP := slices.Contains(m.Methods, hall.MethodEShare), slices.Contains(m.Methods, hall.MethodPaper)
			e, paper, both = e || hasE && !hasP, paper || hasP && !hasE, both || hasE && hasP
		}
		switch {
		case len(v.Materials) == 0:
			shows["none"] = true
		case both:
			shows["both"] = true
		case e && !paper:
			shows["electronic only"] = true
		case paper && !e:
			shows["paper only"] = true
		case e && paper:
			shows["electronic and paper"] = true
		}
	}
	for _, want := range []string{"INSTANT", "PROMISED", "none", "both", "electronic only", "paper only", "electronic and paper"} {
		if !shows[want] {
			t.Errorf("no item shows %s", want)
		}
	}
	for _, d := range cat.Departments {
		signsOut := slices.ContainsFunc(cat.Staff, func(s hall.Staff) bool {
			return s.Department == d.ID && slices.Contains(s.Roles, hall.RoleSignOut)
		})
		if !signsOut {
			t.Errorf("nobody signs papers of %s out", d.ID)
		}
	}
	shop, _ := cat.Item("open-shop")
	v, _ := shop.Version(1)
	for code, methods := range map[string][]hall.Method{"M01": nil, "M02": {hall.MethodEShare}, "M03": {hall.MethodPaper}} {
		m, ok := v.Material(code)
		if !ok || !m.Required || !slices.Equal(m.Methods, methods) {
			t.Errorf("open-shop %s: %+v", code, m)
		}
	}
	if rights, ok := shop.RightsOf("M03"); !ok || rights.SignOut != "civil" || !slices.Equal(rights.SignIn, []string{"3001"}) {
		t.Errorf("rights of M03: %+v", rights)
	}
}

func TestCaseFileMessages(t *testing.T) {
	for _, c := range []struct{ name, file, old, fresh, want string }{
		{"unknown key", "materials.toml", `unit = "`, `united = "`, `known here: code, department, e_limit, name, paper_limit, unit`},
		{"no such department", "materials.toml", `department = "police"`, `department = "polise"`, `department "polise" is not defined; known are civil, housing, police, market`},
		{"department twice", "materials.toml", `id = "housing"`, `id = "civil"`, "department civil is defined twice; the first is at materials.toml:"},
		{"material twice", "materials.toml", `code = "M05"`, `code = "M01"`, "material M01 is defined twice"},
		{"material code", "materials.toml", `code = "M05"`, `code = "M 5"`, `code "M 5"; letters, digits`},
		{"unit of a limit", "materials.toml", `unit = "hour" }`, `unit = "hours" }`, `e_limit = { n = 4, unit = "hours" }; n from 1 to 1000, unit one of minute, hour, day, working_day`},
		{"supervision", "hall.toml", `remind_percent = 80`, `remind_percent = 180`, `hall.toml:64: supervision.remind_percent = 180; a number from 0 to 100`},
		{"days of a step", "versions.toml", `promised_days = `, "step_days = { handle = -1 }\npromised_days = ", `step_days of -1; working days up to 365`},
		{"limit of nothing", "hall.toml", `e_limit = { n = 24, unit = "hour" }`, `e_limit = { n = 0, unit = "hour" }`, `hall.toml:64: e_limit = { n = 0, unit = "hour" }`},
		{"service", "hall.toml", `service = "01"`, `service = "00"`, `hall.toml:64: service "00"; two digits from 01 to 99`},
		{"no [cases]", "hall.toml", "[cases]", "[unused]", `unknown key "unused"`},
		{"kind", "versions.toml", `kind = "PROMISED"`, `kind = "promised"`, `kind "promised"; INSTANT, PROMISED`},
		{"nature", "versions.toml", `nature = "01"`, `nature = "02"`, `nature "02"; two digits of the item types that people apply for`},
		{"days", "versions.toml", "promised_days = 3", "promised_days = 7", "promised_days = 7, legal_days = 6"},
		{"item", "versions.toml", `item = "newborn"`, `item = "oldborn"`, `item "oldborn" is not defined; see [[item]]`},
		{"version twice", "versions.toml", `item = "newborn"`, `item = "id-card"`, "version 1 of id-card is defined twice"},
		{"version zero", "versions.toml", "\nversion = 1\nkind", "\nversion = 0\nkind", "versions.toml:18: version = 0 of open-shop"},
		{"material", "versions.toml", `code = "M01"`, `code = "M99"`, `versions.toml:18: material "M99" is not defined`},
		{"material in twice", "versions.toml", `{ code = "M01",`, `{ code = "M02",`, "versions.toml:18: material M02 is there twice"},
		{"method", "versions.toml", `methods = ["E_SHARE"]`, `methods = ["UPLOAD"]`, `material M02: method "UPLOAD"; E_SHARE, PAPER_SHARE`},
		{"nobody supplies", "versions.toml", `code = "M01", required = true,`, `code = "M01", methods = ["E_SHARE"],`, "material M01 is shared, but no department supplies it"},
		{"paper without rights", "versions.toml", `items = ["open-shop", `, `items = [`, "versions.toml:18: material M03 of open-shop: " + hall.ErrPaperRights.Error() + "; add a [[paper]] block"},
		{"nobody signs in", "versions.toml", `sign_in = ["3001"]`, `sign_in = []`, hall.ErrPaperRights.Error()},
		{"no sign-in officer", "versions.toml", `sign_in = ["3001"]`, `sign_in = ["1001"]`, `sign_in "1001" is no sign-in officer`},
		{"paper of no item", "versions.toml", `items = ["mortgage-end"]`, `items = ["mortgage"]`, `item "mortgage" is not defined`},
		{"rights twice", "versions.toml", `items = ["invoice"]`, `items = ["invoice", "invoice"]`, "paper rights for M16 of invoice is defined twice"},
		{"staff right", "staff.toml", `"case_cancel"`, `"case_delete"`, `staff.toml:12: right "case_delete"; one of case_edit, case_cancel, case_handle, case_review, case_approve, case_extend, case_void`},
		{"special procedure of the law", "versions.toml", `code = "site_visit"`, `code = "hearing"`, `special procedure "hearing"; letters, digits, - and _, once, and none of the law's own: hearing, `},
		{"wanted answer", "versions.toml", `wanted = "no"`, `wanted = "never"`, `wanted "never" of check moved; the answer with which one may go on: "yes" or "no"`},
		{"check twice", "versions.toml", `id = "moved"`, `id = "own"`, `check "own"; small letters, digits and -`},
		{"officer of nothing", "staff.toml", "roles = [\"sign_out_officer\"]\ndepartment = \"civil\"", `roles = ["sign_out_officer"]`, "sign-out officer 2001 has no department"},
		{"staff's department", "staff.toml", `department = "civil"`, `department = "civic"`, `department "civic" is not defined`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := LoadHall(hallWith(t, c.file, c.old, c.fresh))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got:  %v\nwant: %s", err, c.want)
			}
			if strings.Contains(c.want, hall.ErrPaperRights.Error()) && !errors.Is(err, hall.ErrPaperRights) {
				t.Error("a program cannot tell that it is ErrPaperRights")
			}
		})
	}
}

// A hall without [cases] gives numbers and takes no cases.
func TestHallWithoutCases(t *testing.T) {
	dir := hallWith(t, "", "", "")
	for _, name := range []string{"materials.toml", "versions.toml"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "hall.toml"))
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(raw), "# Cases")
	staff, err := os.ReadFile(filepath.Join(dir, "staff.toml"))
	if err != nil {
		t.Fatal(err)
	}
	people, _, _ := strings.Cut(string(staff), "# People of the providing")
	for name, text := range map[string]string{"hall.toml": before, "staff.toml": people} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cat, err := LoadHall(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, takes := cat.Items[0].Published(); takes || len(cat.Departments) != 0 {
		t.Errorf("%+v", cat.Items[0])
	}
}

// Cases keep the version that they were taken under: the centre does not start
// with a hall in which a published one is another or gone, and says where.
func TestPublishedVersionsStay(t *testing.T) {
	b := newBed(t, func(cfg *Config) { cfg.HallFiles = hallWith(t, "", "", "") })
	dir := b.cfg.HallFiles
	keep, err := os.ReadFile(filepath.Join(dir, "versions.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.srv.Close()
	if err := b.c.Close(); err != nil {
		t.Fatal(err)
	}
	start := func() error {
		c, err := Open(context.Background(), Options{Config: b.cfg, Real: b.clock.now, Logger: NewLogger(b.logs, slog.LevelDebug)})
		if err != nil {
			return err
		}
		return c.Close()
	}
	change(t, dir, "versions.toml", "promised_days = 3", "promised_days = 2")
	if err := start(); err == nil || !strings.Contains(err.Error(), "versions.toml:18: version 1 of open-shop was published and is changed") || !strings.Contains(err.Error(), "version = 2") {
		t.Errorf("a changed version: %v", err)
	}
	gone := strings.Replace(string(keep), "version = 1\nkind", "version = 2\nkind", 1)
	if err := os.WriteFile(filepath.Join(dir, "versions.toml"), []byte(gone), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := start(); err == nil || !strings.Contains(err.Error(), "version 1 of open-shop was published and is gone") {
		t.Errorf("a dropped version: %v", err)
	}
	// A second version beside the first is how it is done.
	at := strings.Index(string(keep), "[[item_version]]")
	end := at + 1 + strings.Index(string(keep[at+1:]), "[[item_version]]")
	second := strings.Replace(strings.Replace(string(keep[at:end]), "version = 1", "version = 2", 1), "promised_days = 3", "promised_days = 2", 1)
	if i := strings.LastIndex(second, "#"); i > 0 {
		second = second[:i]
	}
	if err := os.WriteFile(filepath.Join(dir, "versions.toml"), []byte(string(keep)+"\n"+second), 0o600); err != nil {
		t.Fatal(err)
	}
	b.open()
	it, _ := b.c.cat.Load().Item("open-shop")
	if v, _ := it.Published(); v.Version != 2 || v.PromisedDays != 2 || len(it.Versions) != 2 {
		t.Errorf("published is %+v of %d", v, len(it.Versions))
	}
}

// A station of a department that the hall does not have is told at the start.
func TestStationOfUnknownDepartment(t *testing.T) {
	text := goodConfig + strings.NewReplacer("kiosk-1", "station-x", `role = "kiosk"`, "role = \"station\"\ndepartment = \"nowhere\"",
		`letter = "K"`, "", "e3b0", "e3b1").Replace(goodConfig[strings.Index(goodConfig, "[[terminal]]"):])
	cfg, err := ParseConfig("central.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.checkHall(&hall.Catalogue{Departments: []hall.Department{{ID: "civil"}}}); err == nil ||
		!strings.Contains(err.Error(), `central.toml:15: department "nowhere" of station-x is not one of the hall's`) {
		t.Errorf("got: %v", err)
	}
	if err := cfg.checkHall(&hall.Catalogue{Departments: []hall.Department{{ID: "nowhere"}}}); err != nil {
		t.Error(err)
	}
}
