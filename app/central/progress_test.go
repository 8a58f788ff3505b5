package central

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/sync/seal"
)

// openCase begins a case of a person at the centre, and gives its query password.
func (b *bed) openCase(id, item string, p person, s Session) string {
	b.t.Helper()
	key := seal.LongKey(b.c.writer.Keys().Lookup, b.c.hallCode)
	password := seal.QueryPassword(key, id)
	body, err := json.Marshal(hall.OpenCaseBody{Item: item, ItemVersion: 1, Window: "1",
		Owner: seal.Lookup(key, "person", "111", p.number), PasswordLook: seal.Lookup(key, "query", id, password)})
	if err != nil {
		b.t.Fatal(err)
	}
	op := hall.OpID("open-" + id)
	sealed := b.sealPerson(op, p)
	v, err := b.c.writer.Propose(b.t.Context(), hall.Op{ID: op, Kind: hall.OpenCase, Schema: 1, Hall: b.c.hallCode, Entity: id,
		Actor: clerk(s), Body: body, Sealed: sealed})
	if err != nil || v.Status != hall.Applied {
		b.t.Fatalf("%+v %v", v, err)
	}
	return password
}

// sealPerson is the sealed part of an operation that begins a case.
func (b *bed) sealPerson(op hall.OpID, p person) []byte {
	b.t.Helper()
	plain, err := json.Marshal(hall.PersonSealed{Name: p.name, DocKind: "111", DocNo: p.number, Phone: p.phone})
	if err != nil {
		b.t.Fatal(err)
	}
	pub, _, err := b.c.writer.Keys().Public()
	if err != nil {
		b.t.Fatal(err)
	}
	sealed, err := seal.Seal(pub, seal.Info(op, hall.OpenCase), plain)
	if err != nil {
		b.t.Fatal(err)
	}
	return sealed
}

// receive takes a case in at a counter and gives its number.
func (d *term) receive(id, nature string, s Session) string {
	d.b.t.Helper()
	v := d.do(hall.LeaseApplicationNumbers, hall.ApplicationSeries(d.b.c.cat.Load()), deviceActor, hall.LeaseApplicationNumbersBody{Count: 1})
	var r hall.LeaseResult
	if err := json.Unmarshal(v.Result, &r); err != nil {
		d.b.t.Fatal(err)
	}
	number := hall.ApplicationNumber{Area: "01", Service: "01", Kind: nature, Serial: r.Lease.From}.String()
	d.do(hall.ReceiveCase, id, clerk(s), hall.NumberBody{Number: number, Lease: r.Lease.ID, Window: "1"})
	return number
}

func TestProgress(t *testing.T) {
	b := newBed(t)
	s := b.signIn("1001", "counter-1")
	desk := &term{b: b, id: "counter-1"}
	first, second := b.openCase("case-a1", "open-shop", personA, s), b.openCase("case-a2", "id-card", personA, s)
	b.openCase("case-a3", "invoice", personA, s) // a draft without a number is nobody's progress
	other := b.openCase("case-b1", "open-shop", personB, s)
	number := desk.receive("case-a1", "01", s)
	b.clock.forward(time.Minute)
	desk.receive("case-a2", "07", s)
	foreign := desk.receive("case-b1", "01", s)
	kiosk := bearer("token-kiosk-1")
	ask := func(q map[string]string, headers ...string) ProgressAnswer {
		t.Helper()
		var a ProgressAnswer
		b.want(200, "POST", "/central/v1/progress", q, &a, headers...)
		return a
	}

	a := ask(map[string]string{"number": number, "password": first}, kiosk...)
	if len(a.Cases) != 1 || a.Cases[0].Number != number || a.Cases[0].State != hall.CaseReceived || a.Cases[0].Next.Code != "received" ||
		a.Cases[0].Item["en"] != "I want to open a small shop" || len(a.Cases[0].Materials) != 3 || a.Cases[0].Materials[2].Name["en"] == "" || a.Cases[0].Applied.IsZero() || a.Cases[0].Online {
		t.Errorf("%+v", a)
	}
	a = ask(map[string]string{"doc_kind": "111", "doc_no": personA.number}, kiosk...)
	if len(a.Cases) != 2 {
		t.Errorf("%d cases of the card: %+v", len(a.Cases), a.Cases)
	}
	if a = ask(map[string]string{"doc_kind": "111", "doc_no": "440524188001010014"}, kiosk...); len(a.Cases) != 0 {
		t.Errorf("somebody without a case has %d", len(a.Cases))
	}
	ask(map[string]string{"number": foreign, "password": other}, bearer("token-counter-1")...)

	b.refused(404, "progress_unknown", "POST", "/central/v1/progress", map[string]string{"number": number, "password": second}, kiosk...)
	b.refused(404, "progress_unknown", "POST", "/central/v1/progress", map[string]string{"number": "000101000999", "password": first}, kiosk...)
	b.refused(422, "application_number_form", "POST", "/central/v1/progress", map[string]string{"number": "7", "password": first}, kiosk...)
	b.refused(422, "bad_request", "POST", "/central/v1/progress", map[string]string{"doc_kind": "111", "doc_no": "110105194912310021"}, kiosk...)
	for _, headers := range [][]string{nil, bearer("token-display-1"), bearer(s.Token)} {
		b.refused(403, "forbidden", "POST", "/central/v1/progress", map[string]string{"number": number, "password": first}, headers...)
	}
	for _, password := range []string{first, second} {
		if b.tells(password) {
			t.Error("a look at the progress left the query password in the log or the database")
		}
	}
	if !b.tells(number) {
		t.Error("what is in the database is not found in it")
	}
	for _, secret := range []string{personA.name, personA.number, personA.phone} {
		if bytes.Contains(b.logs.Bytes(), []byte(secret)) || bytes.Contains(bytesOf(t, b.cfg), []byte(secret)) {
			t.Error("a look at the progress left something personal in the log or the database")
		}
	}
	if _, err := b.c.store.verifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

// A receipt that was printed without the line bears a temporary number; that
// finds the case too, also after it has its own.
func TestProgressByTemporaryNumber(t *testing.T) {
	b := newBed(t)
	s := b.signIn("1001", "counter-1")
	desk := &term{b: b, id: "counter-1"}
	password := b.openCase("case-1", "open-shop", personA, s)
	temporary := hall.TemporaryNumber{Hall: b.c.hallCode, Terminal: "counter-1", Day: today, N: 1}.String()
	desk.do(hall.ReceiveCase, "case-1", clerk(s), hall.NumberBody{Number: temporary, Window: "1"})
	for range 2 {
		var a ProgressAnswer
		b.want(200, "POST", "/central/v1/progress", map[string]string{"number": temporary, "password": password}, &a, bearer("token-kiosk-1")...)
		if len(a.Cases) != 1 || a.Cases[0].State != hall.CaseReceived {
			t.Errorf("%+v", a)
		}
	}
	b.refused(404, "progress_unknown", "POST", "/central/v1/progress", map[string]string{"number": temporary, "password": "no"}, bearer("token-kiosk-1")...)
	b.refused(404, "progress_unknown", "POST", "/central/v1/progress",
		map[string]string{"number": hall.TemporaryNumber{Hall: b.c.hallCode, Terminal: "counter-1", Day: today, N: 2}.String(), "password": password}, bearer("token-kiosk-1")...)
}

func TestProgressGuessing(t *testing.T) {
	b := newBed(t)
	s := b.signIn("1001", "counter-1")
	desk := &term{b: b, id: "counter-1"}
	password := b.openCase("case-1", "open-shop", personA, s)
	number := desk.receive("case-1", "01", s)
	wrong := map[string]string{"number": number, "password": "000000"}
	if password == "000000" {
		wrong["password"] = "000001"
	}
	right := map[string]string{"number": number, "password": password}
	kiosk, counter := bearer("token-kiosk-1"), bearer("token-counter-1")
	for i := range 5 {
		b.refused(404, "progress_unknown", "POST", "/central/v1/progress", wrong, kiosk...)
		if i < 4 {
			b.want(200, "POST", "/central/v1/progress", right, nil, kiosk...) // a right one takes nothing away and gives nothing back
		}
	}
	b.refused(429, "progress_locked", "POST", "/central/v1/progress", right, kiosk...)
	b.refused(429, "progress_locked", "POST", "/central/v1/progress", right, counter...) // the number is locked, wherever
	b.want(200, "POST", "/central/v1/progress", map[string]string{"doc_kind": "111", "doc_no": personA.number}, nil, kiosk...)
	b.clock.forward(15*time.Minute + time.Second)
	b.want(200, "POST", "/central/v1/progress", right, nil, kiosk...)
}

// One terminal cannot walk through the numbers.
func TestGuessesOfATerminal(t *testing.T) {
	g := newGuesses()
	now := monday
	for i := range guessTerminal {
		if !g.begin(now, fmt.Sprint(i), "kiosk-1") {
			t.Fatalf("try %d is refused", i)
		}
	}
	if g.begin(now, "next", "kiosk-1") {
		t.Error("a terminal guesses without end")
	}
	if !g.begin(now, "next", "kiosk-2") {
		t.Error("another terminal suffers for it")
	}
	g.right("0", "kiosk-1")
	if !g.begin(now, "0", "kiosk-1") || g.begin(now, "0", "kiosk-1") {
		t.Error("a right answer is not taken back once")
	}
	if !g.begin(now.Add(guessSpan), "0", "kiosk-1") || len(g.keys) == 0 {
		t.Error("a quarter of an hour later it is still shut")
	}
}

func TestApplicantOfACase(t *testing.T) {
	b := newBed(t)
	s := b.signIn("1001", "counter-1")
	b.openCase("case-1", "open-shop", personA, s)
	mine := append(bearer("token-counter-1"), "X-Staff-Session", s.Token)
	var p TicketPerson
	b.want(200, "GET", "/central/v1/cases/case-1/applicant", nil, &p, mine...)
	if p != (TicketPerson{Name: personA.name, DocKind: "111", DocNo: personA.number, Phone: personA.phone}) {
		t.Error("not the applicant")
	}
	b.refused(404, "no_person", "GET", "/central/v1/cases/case-9/applicant", nil, mine...)
	b.refused(401, "signed_out", "GET", "/central/v1/cases/case-1/applicant", nil, bearer("token-counter-1")...)
	b.refused(401, "signed_out", "GET", "/central/v1/cases/case-1/applicant", nil, append(bearer("token-kiosk-1"), "X-Staff-Session", s.Token)...)
	manager := b.signIn("9001", "")
	b.refused(403, "forbidden", "GET", "/central/v1/cases/case-1/applicant", nil, bearer(manager.Token)...)
	var n int
	if err := b.c.store.db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM central_audit WHERE act = 'read_applicant' AND staff = '1001'`).Scan(&n); err != nil || n != 2 {
		t.Errorf("%d audit rows, want 2: %v", n, err)
	}
	if bytes.Contains(b.logs.Bytes(), []byte(personA.number)) || bytes.Contains(bytesOf(t, b.cfg), []byte(personA.number)) {
		t.Error("reading an applicant left them in the log or the database")
	}
}
