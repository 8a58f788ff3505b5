package central

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hallway/app/central/records"
	"hallway/app/central/recordsim"
	"hallway/app/hall"
)

// above is a receiver of records over real HTTP, and the configuration that goes there.
func above(t *testing.T, clock func() time.Time) (*recordsim.Sim, func(*Config)) {
	t.Helper()
	secret := strings.Repeat("s", 40)
	file := filepath.Join(t.TempDir(), "above.secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	sim := recordsim.New(recordsim.Options{Secret: []byte(secret), Now: clock})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	t.Cleanup(sim.LetGo)
	return sim, func(c *Config) {
		c.Export = ExportConfig{URL: server.URL + recordsim.Path, SecretFile: file, Format: records.JSON, WaitSeconds: 1}
	}
}

// exportBed is a centre whose records go up by turns that a test makes.
func exportBed(t *testing.T) (*bed, *recordsim.Sim, *term, Session) {
	t.Helper()
	var b *bed
	sim, config := above(t, func() time.Time { return b.clock.now() })
	b = newBed(t, config)
	b.quiet()
	s := b.signIn("1001", "counter-1")
	return b, sim, &term{b: b, id: "counter-1"}, s
}

// turn lets the exporter do what is due, two minutes later.
func (b *bed) turn() {
	b.t.Helper()
	b.clock.forward(2 * time.Minute)
	if err := b.c.export.turn(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// kindsHeld are the identities and versions that the receiver holds, without the case.
func kindsHeld(sim *recordsim.Sim) []string {
	var all []string
	for _, r := range sim.Held() {
		_, id, _ := strings.Cut(r.ID, "/")
		all = append(all, fmt.Sprintf("%s v%d", id, r.Version))
	}
	return all
}

// sentFigures are what the manager sees.
func (b *bed) sentFigures() ManagerExport {
	b.t.Helper()
	v, err := b.c.managerCases(b.t.Context(), b.c.cat.Load(), b.c.now())
	if err != nil || v.Export == nil {
		b.t.Fatal(v.Export, err)
	}
	return *v.Export
}

// A case goes up record by record as it goes on, each once, with what is sealed opened
// for it and kept nowhere: not in the database, not in the log.
func TestRecordsGoUp(t *testing.T) {
	b, sim, desk, s := exportBed(t)
	const id = "case-1"
	b.turn()
	if n, _ := sim.Batches(); len(n) != 0 || b.sentFigures() != (ManagerExport{}) {
		t.Errorf("batches of nothing: %v", n)
	}
	desk.approved(id, s)
	if f := b.sentFigures(); f.Sent != 0 {
		t.Errorf("before a turn: %+v", f)
	}
	b.turn()
	if got := kindsHeld(sim); !slices.Equal(got, []string{"0/1 v1", "2/1 v1", "3/1 v1", "3/2 v1"}) {
		t.Fatalf("%q", got)
	}
	b.officeAct("decided", "4003", hall.RoleApprover, hall.DecideCase, id, hall.DecideCaseBody{Edit: b.version(id), Result: hall.DecisionGranted}, inWords("opinion-of-the-head"))
	desk.sealedAct(hall.CompleteCase, id, s, hall.CompleteCaseBody{Edit: b.version(id), Result: hall.ResultCertificate},
		hall.CertificateSealed{Name: "licence-of-zhang", No: "X-1", Issuer: "bureau"})
	b.turn()
	desk.sealedAct(hall.CollectCase, id, s, hall.CollectBody{Way: hall.CollectCounter, DocKind: hall.DocResident, Checked: hall.CheckedCard},
		hall.PersonSealed{Name: personA.name, DocKind: hall.DocResident, DocNo: personA.number})
	b.turn()
	b.turn()
	if n, doubles := sim.Batches(); !slices.Equal(n, []int64{1, 2, 3}) || doubles != 0 {
		t.Errorf("batches %v, %d doubles", n, doubles)
	}
	held := sim.Held()
	if len(held) != 7 {
		t.Fatalf("%q", kindsHeld(sim))
	}
	for i, want := range []struct{ field, value string }{{"SQRZJHM", personA.number}, {"SQRMC", personA.name}, {"SPYJ", "opinion-of-the-handler"},
		{"SPYJ", "opinion-of-the-reviewer"}, {"SPYJ", "opinion-of-the-head"}, {"ZJMC", "licence-of-zhang"}, {"LQRZJHM", personA.number}} {
		if got := held[i].Fields.Get(want.field); got != want.value {
			t.Errorf("%s: %s is not what was sealed (%d signs)", held[i].ID, want.field, len(got))
		}
	}
	if f := b.sentFigures(); f != (ManagerExport{Sent: 7}) {
		t.Errorf("%+v", f)
	}
	for _, secret := range []string{"opinion-of", "licence-of-zhang", personA.number, personA.name} {
		if bytes.Contains(b.logs.Bytes(), []byte(secret)) || bytes.Contains(bytesOf(t, b.cfg), []byte(secret)) {
			t.Error("something sealed is in the log or the database")
		}
	}
}

// However badly a batch is answered, it goes again under its number until each of its
// records is acknowledged; the receiver holds each once.
func TestRecordsThroughBadAnswers(t *testing.T) {
	b, sim, desk, s := exportBed(t)
	for i, how := range []struct{ answer, trouble string }{
		{recordsim.Never, "no_answer"}, {recordsim.Late, "no_answer"}, {recordsim.Lost, "unreachable"}, {recordsim.Wrong, "wrong_answer"},
		{recordsim.Half, "wrong_answer"}, {recordsim.Noise, "wrong_answer"}, {recordsim.Busy, "refused"},
	} {
		for _, id := range []string{fmt.Sprintf("a-%d", i), fmt.Sprintf("b-%d", i)} {
			b.openCase(id, "open-shop", personA, s)
			desk.receive(id, "01", s)
		}
		sim.Answers(how.answer, how.answer)
		for range 2 {
			b.turn()
			if f := b.sentFigures(); f.Waiting != 2 || f.Sent != 2*i || f.Trouble != how.trouble {
				t.Fatalf("%s: %+v", how.answer, f)
			}
		}
		sim.LetGo()
		b.turn()
		if f := b.sentFigures(); f != (ManagerExport{Sent: 2*i + 2}) {
			t.Fatalf("after %s: %+v", how.answer, f)
		}
	}
	if n, _ := sim.Batches(); !slices.Equal(slices.Compact(slices.Clone(n)), []int64{1, 2, 3, 4, 5, 6, 7}) || len(n) != 21 || len(sim.Held()) != 14 {
		t.Errorf("batches %v, %d held", n, len(sim.Held()))
	}
}

// Between two tries the centre waits longer and longer, and never sends before.
func TestRecordsBackOff(t *testing.T) {
	b, sim, desk, s := exportBed(t)
	b.openCase("case-1", "open-shop", personA, s)
	desk.receive("case-1", "01", s)
	sim.Answers(recordsim.Busy, recordsim.Busy, recordsim.Busy)
	for tries, wait := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second} {
		for _, late := range []time.Duration{0, wait - time.Second} { // not before
			b.clock.forward(late)
			if err := b.c.export.turn(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n, _ := sim.Batches(); len(n) != tries+1 {
				t.Fatalf("%d tries, want %d", len(n), tries+1)
			}
		}
		b.clock.forward(time.Second)
	}
	if err := b.c.export.turn(t.Context()); err != nil || sim.Open() != 0 || len(sim.Held()) != 1 {
		t.Errorf("%v, %d answers open, %d held", err, sim.Open(), len(sim.Held()))
	}
}

// Killed after the receiver took a batch and before the centre noted it, the centre
// sends that batch again under its number: the receiver knows it, nothing is doubled
// and no number is left out. What happened while it was down follows.
func TestRecordsAcrossACrash(t *testing.T) {
	b, sim, desk, s := exportBed(t)
	b.openCase("case-1", "open-shop", personA, s)
	desk.receive("case-1", "01", s)
	sim.Answers(recordsim.Lost)
	b.turn()
	b.restart()
	b.quiet()
	s = b.signIn("1001", "counter-1")
	b.openCase("case-2", "open-shop", personA, s)
	desk.receive("case-2", "01", s)
	b.turn()
	if n, doubles := sim.Batches(); !slices.Equal(n, []int64{1, 1, 2}) || doubles != 1 || len(sim.Held()) != 2 {
		t.Errorf("batches %v, %d doubles, %d held", n, doubles, len(sim.Held()))
	}
	// A cursor that is lost, or behind what the log keeps: the cases say it all.
	for _, lost := range []string{"row_no = -1, epoch = 0, hash = ''", "row_no = 1, hash = 'of another log'"} {
		if _, err := b.c.store.db.ExecContext(t.Context(), `UPDATE central_export SET `+lost); err != nil {
			t.Fatal(err)
		}
		b.turn()
	}
	if n, doubles := sim.Batches(); len(n) != 3 || doubles != 1 {
		t.Errorf("after a lost cursor: batches %v, %d doubles", n, doubles)
	}
}

// A refused record is shown with its reason, and goes again with the next data version
// once it says something else; as it was it never goes again. A completion that is
// voided is a new version of the same record.
func TestRefusedRecordsAreCorrected(t *testing.T) {
	b, sim, desk, s := exportBed(t)
	whole := b.c.cat.Load()
	b.c.cat.Store(withCode(t, whole, ""))
	sim.Refuse("SXBM", "missing")
	desk.approved("case-1", s)
	b.turn()
	if f := b.sentFigures(); f.Refused != 4 || f.Sent != 0 || f.Reason != "missing SXBM" || f.Record != "3" || f.Trouble != "" {
		t.Errorf("%+v", f)
	}
	b.turn()
	if n, _ := sim.Batches(); !slices.Equal(n, []int64{1}) {
		t.Errorf("sent again as it was: %v", n)
	}
	b.c.cat.Store(withCode(t, whole, "11370000MB28400000400013100001"))
	b.turn()
	if got := kindsHeld(sim); !slices.Equal(got, []string{"0/1 v2", "2/1 v2", "3/1 v2", "3/2 v2"}) || sim.Held()[0].Fields.Get("SJBBH") != "2" {
		t.Errorf("%q", got)
	}
	if f := b.sentFigures(); f != (ManagerExport{Sent: 4}) {
		t.Errorf("%+v", f)
	}
	b.officeAct("decided", "4003", hall.RoleApprover, hall.DecideCase, "case-1", hall.DecideCaseBody{Edit: b.version("case-1"), Result: hall.DecisionGranted}, inWords("x"))
	desk.sealedAct(hall.CompleteCase, "case-1", s, hall.CompleteCaseBody{Edit: b.version("case-1"), Result: hall.ResultDone}, nil)
	b.turn()
	b.officeAct("ask", "4003", hall.RoleApprover, hall.AskVoid, "case-1", hall.AskVoidBody{Edit: b.version("case-1"), Reason: "duplicate"}, nil)
	b.officeAct("void", "4004", hall.RoleApprover, hall.DecideVoid, "case-1", hall.DecideVoidBody{Edit: b.version("case-1"), Approved: true}, nil)
	b.turn()
	if got := kindsHeld(sim); !slices.Equal(got[len(got)-2:], []string{"4/1 v1", "4/1 v2"}) {
		t.Errorf("%q", got)
	}
}

// A completion and its voiding that wait together go up in one batch, in their order,
// and each is acknowledged. A completion that is refused then is not corrected: it
// would come after its voiding and undo it.
func TestCompletionAndVoidingInOneBatch(t *testing.T) {
	b, sim, desk, s := exportBed(t)
	whole := b.c.cat.Load()
	for i, refused := range []bool{false, true} {
		id := fmt.Sprintf("case-%d", i)
		act := func(step, staff string, kind hall.Kind, body, part any) {
			t.Helper()
			b.officeAct(hall.OpID(id+step), staff, hall.RoleApprover, kind, id, body, part)
		}
		desk.approved(id, s)
		act("decided", "4003", hall.DecideCase, hall.DecideCaseBody{Edit: b.version(id), Result: hall.DecisionGranted}, inWords("x"))
		b.turn()
		desk.sealedAct(hall.CompleteCase, id, s, hall.CompleteCaseBody{Edit: b.version(id), Result: hall.ResultDone}, nil)
		act("ask", "4003", hall.AskVoid, hall.AskVoidBody{Edit: b.version(id), Reason: "duplicate"}, nil)
		act("void", "4004", hall.DecideVoid, hall.DecideVoidBody{Edit: b.version(id), Approved: true}, nil)
		before, _ := sim.Batches()
		want := []string{"4/1 v1", "4/1 v2"}
		if refused { // a completion has no reason, its voiding has one
			sim.Refuse("ZFHTHYY", "missing")
			want = want[1:]
		}
		b.turn()
		if f := b.sentFigures(); f.Waiting != 0 || f.Refused != 0 || f.Trouble != "" {
			t.Errorf("refused %v: %+v", refused, f)
		}
		sim.Refuse("ZFHTHYY", "")
		b.c.cat.Store(withCode(t, whole, "11370000MB28400000400013100001")) // everything says something else
		b.turn()
		if after, doubles := sim.Batches(); len(after) != len(before)+1 || doubles != 0 {
			t.Errorf("refused %v: batches %v after %v, %d doubles", refused, after, before, doubles)
		}
		var got []string
		for _, r := range sim.Held() {
			if rest, mine := strings.CutPrefix(r.ID, id+"/4"); mine {
				got = append(got, fmt.Sprintf("4%s v%d", rest, r.Version))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("refused %v: %q, want %q", refused, got, want)
		}
	}
}

// withCode is a catalogue whose items all have a code.
func withCode(t *testing.T, cat *hall.Catalogue, code string) *hall.Catalogue {
	t.Helper()
	raw, err := json.Marshal(cat)
	var out hall.Catalogue
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range out.Items {
		for k := range out.Items[i].Versions {
			out.Items[i].Versions[k].Code = code
		}
	}
	return &out
}

// Of several centres over one database one sends; when it is gone, another does.
func twoCentresSendOnce(t *testing.T) {
	b, sim, desk, s := exportBed(t)
	other := b.second()
	other.stop()
	other.work.Wait()
	other.export.node = "other"
	turn := func(c *Centre) {
		t.Helper()
		if err := c.export.turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	turn(b.c)
	b.openCase("case-1", "open-shop", personA, s)
	desk.receive("case-1", "01", s)
	turn(other)
	if n, _ := sim.Batches(); len(n) != 0 {
		t.Error("two centres send")
	}
	b.clock.forward(exportHold + time.Second)
	turn(other)
	turn(b.c)
	if n, doubles := sim.Batches(); !slices.Equal(n, []int64{1}) || doubles != 0 {
		t.Errorf("batches %v, %d doubles", n, doubles)
	}
}

// filesBed is a centre whose records go up into a folder, by turns that a test makes.
func filesBed(t *testing.T, format string) (b *bed, dir string, desk *term, s Session) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "up")
	b = newBed(t, func(c *Config) { c.Export = ExportConfig{Folder: dir, Format: format} })
	b.quiet()
	return b, dir, &term{b: b, id: "counter-1"}, b.signIn("1001", "counter-1")
}

// takenIn opens a case of open-shop and takes it in, so that it has its number.
func (d *term) takenIn(id string, s Session) {
	d.b.t.Helper()
	d.b.openCase(id, "open-shop", personA, s)
	d.receive(id, "01", s)
}

// slowWay is a way up on which something happens before a batch arrives.
type slowWay struct {
	records.Way
	before func(batch int64)
}

func (w slowWay) Send(ctx context.Context, b records.Batch) ([]records.Result, error) {
	w.before(b.Batch)
	return w.Way.Send(ctx, b)
}

// In a turn that takes longer than a centre is held for, it is the one that sends as
// long as it sends, batch after batch; when another took over it sends nothing more.
func TestALongTurnHoldsAndLetsGo(t *testing.T) {
	b, _, desk, s := filesBed(t, records.JSON)
	for i := range 4 {
		desk.takenIn(fmt.Sprintf("case-%d", i), s)
	}
	other := &exporter{c: b.c, node: "other", real: b.clock.now}
	own := b.c.export
	own.atOnce = 1
	var sent []int64
	own.way = slowWay{own.way, func(batch int64) {
		sent = append(sent, batch)
		b.clock.forward(exportHold - time.Minute)
		switch err := other.hold(t.Context(), b.c.store.db); {
		case batch < 3 && !errors.Is(err, errTaken):
			t.Errorf("batch %d: another may send: %v", batch, err)
		case batch == 3: // it hangs for long, and another takes over
			b.clock.forward(exportHold)
			if err := other.hold(t.Context(), b.c.store.db); err != nil {
				t.Errorf("batch %d: nobody may send: %v", batch, err)
			}
		}
	}}
	b.turn()
	if f := b.sentFigures(); !slices.Equal(sent, []int64{1, 2, 3}) || f != (ManagerExport{Sent: 3, Waiting: 1}) {
		t.Errorf("batches %v, %+v", sent, f)
	}
	b.turn()
	if len(sent) != 3 {
		t.Errorf("batches %v while another sends", sent)
	}
	b.clock.forward(exportHold)
	b.turn()
	if f := b.sentFigures(); !slices.Equal(sent, []int64{1, 2, 3, 4}) || f != (ManagerExport{Sent: 4}) {
		t.Errorf("batches %v, %+v", sent, f)
	}
}

// As files: one for each batch, numbered without a gap.
func TestRecordsAsFiles(t *testing.T) {
	b, dir, desk, s := filesBed(t, records.XML)
	for i := range 3 {
		desk.takenIn(fmt.Sprintf("case-%d", i), s)
		b.turn()
	}
	files, err := os.ReadDir(dir)
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	if err != nil || !slices.Equal(names, []string{"37010001-00000001.xml", "37010001-00000002.xml", "37010001-00000003.xml"}) {
		t.Errorf("%q %v", names, err)
	}
	if f := b.sentFigures(); f != (ManagerExport{Sent: 3}) {
		t.Errorf("%+v", f)
	}
}

// By itself, without a test's turns, the centre sends what happens.
func TestRecordsGoUpByThemselves(t *testing.T) {
	var b *bed
	sim, config := above(t, func() time.Time { return b.clock.now() })
	b = newBed(t, config)
	s := b.signIn("1001", "counter-1")
	b.openCase("case-1", "open-shop", personA, s)
	(&term{b: b, id: "counter-1"}).receive("case-1", "01", s)
	eventually(t, "the record is above", func() bool { return len(sim.Held()) == 1 })
}

func TestExportConfiguration(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "",
		"[export]\nfolder = \"up\"":          "",
		"[export]\nurl = \"http://a.test\"":  "not encrypted",
		"[export]\nurl = \"https://a.test\"": "belong together",
		"[export]\nurl = \"https://a.test\"\nsecret_file = \"s\"\nfolder = \"up\"":       "folder and url",
		"[export]\nurl = \"https://a.test\"\nsecret_file = \"s\"\nformat = \"csv\"":      "json or xml",
		"[export]\nurl = \"https://a.test\"\nsecret_file = \"s\"\nwait_seconds = 500":    "0 to 120",
		"[export]\nurl = \"https://a.test/up\"\nsecret_file = \"s\"\nformat = \"xml\"\n": "",
	} {
		_, err := ParseConfig("central.toml", []byte("version = 1\nlisten = \"127.0.0.1:0\"\ndatabase = \"sqlite:a\"\nkeys = \"k\"\nhall_files = \"h\"\n"+text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
