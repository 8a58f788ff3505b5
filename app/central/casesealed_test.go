package central

import (
	"bytes"
	"encoding/json"
	"testing"

	"hallway/app/hall"
	"hallway/sync/seal"
)

// sealedAct is an act of a clerk whose words only the centre can open.
func (d *term) sealedAct(kind hall.Kind, id string, s Session, body any, words hall.WordsSealed) {
	d.b.t.Helper()
	v := d.trySealed(kind, id, clerk(s), body, func(op hall.OpID) []byte {
		plain, err := json.Marshal(words)
		if err != nil {
			d.b.t.Fatal(err)
		}
		pub, _, err := d.b.c.writer.Keys().Public()
		if err != nil {
			d.b.t.Fatal(err)
		}
		sealed, err := seal.Seal(pub, seal.Info(op, kind), plain)
		if err != nil {
			d.b.t.Fatal(err)
		}
		return sealed
	})
	if v.Status != hall.Applied {
		d.b.t.Fatalf("%s: %+v", kind, v)
	}
}

// version is the version of a case as the centre has it.
func (b *bed) version(id string) hall.Edit {
	b.t.Helper()
	one, ok, err := hall.Load[hall.Case](b.c.writer.HallWorld(b.t.Context(), b.c.hallCode), hall.EntityCase, id)
	if err != nil || !ok {
		b.t.Fatal(ok, err)
	}
	return hall.Edit{Version: one.Version}
}

// What a clerk said in words about what is missing, and about a refusal, comes
// back to a clerk at a counter, and stands nowhere else.
func TestWordsOfACase(t *testing.T) {
	b := newBed(t)
	s := b.signIn("1001", "counter-1")
	desk := &term{b: b, id: "counter-1"}
	b.openCase("case-1", "open-shop", personA, s)
	desk.receive("case-1", "01", s)
	mine := append(bearer("token-counter-1"), "X-Staff-Session", s.Token)
	path := "/central/v1/cases/case-1/words"
	var got CaseWords
	b.want(200, "GET", path, nil, &got, mine...)
	if len(got.Items) != 0 || got.Words != "" {
		t.Errorf("words before there are any: %+v", got)
	}
	items := []hall.SupplementItem{{Material: "M01", Fault: "missing"}, {Material: "M02", Fault: "missing"}, {Material: "M03", Fault: "missing"}}
	desk.sealedAct(hall.NotifySupplement, "case-1", s, hall.NotifySupplementBody{Edit: b.version("case-1"), Items: items},
		hall.WordsSealed{Items: map[string]string{"M02": "says-zhang-of-page-two"}})
	desk.sealedAct(hall.RefuseCase, "case-1", s, hall.RefuseCaseBody{Edit: b.version("case-1"), Reason: "false_materials"},
		hall.WordsSealed{Words: "says-zhang-of-the-lease"})
	b.want(200, "GET", path, nil, &got, mine...)
	if got.Items["M02"] != "says-zhang-of-page-two" || len(got.Items) != 1 || got.Words != "says-zhang-of-the-lease" {
		t.Errorf("%+v", got)
	}
	b.refused(404, "unknown_case", "GET", "/central/v1/cases/case-9/words", nil, mine...)
	b.refused(401, "signed_out", "GET", path, nil, bearer("token-counter-1")...)
	manager := b.signIn("9001", "")
	b.refused(403, "forbidden", "GET", path, nil, bearer(manager.Token)...)
	var n int
	if err := b.c.store.db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM central_audit WHERE act = 'read_words' AND staff = '1001'`).Scan(&n); err != nil || n != 3 {
		t.Errorf("%d audit rows, want 3: %v", n, err)
	}
	if bytes.Contains(b.logs.Bytes(), []byte("says-zhang")) || bytes.Contains(bytesOf(t, b.cfg), []byte("says-zhang")) {
		t.Error("the words are in the log or the database")
	}
}
