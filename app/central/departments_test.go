package central

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hallway/app/central/departments"
	"hallway/app/central/depsim"
	"hallway/app/hall"
	"hallway/sync/writer"
)

// A material is asked for, comes by call-back, and the case is accepted by
// itself, once. What the department learns is no more than it needs.
func TestMaterialComesAndAcceptsTheCase(t *testing.T) {
	o := newOutside(t, police("yes", depsim.Never))
	id := o.open("card-lost")
	o.choose(id, "M02", hall.MethodEShare)
	o.becomes(id, "M02", hall.MaterialEWait)
	o.receive(id, "20")
	o.must(hall.AcceptCase, id, hall.AcceptCaseBody{Edit: o.edit(id)})
	if s := o.kase(id).State; s != hall.CasePending {
		t.Fatalf("the case is %s", s)
	}
	request := hall.RequestID(id, "M02", 1)
	o.asked(request, known)
	if err := o.sim.Deliver(t.Context(), depsim.DeliverRequest{ID: request, How: depsim.Twice}); err != nil {
		t.Fatal(err)
	}
	if r := o.asked(request, known); r.State != depsim.Delivered || r.Answer != departments.CodeKnown {
		t.Errorf("the department knows %+v", r)
	}
	c := o.kase(id)
	if c.State != hall.CaseAccepted || c.AcceptedBy != hall.BySystem || c.NoticeNo == "" {
		t.Errorf("%+v", c)
	}
	file := c.Materials[0].Attempts[0].File
	if _, ok, err := o.c.Files().Has(t.Context(), file.SHA256); err != nil || !ok || file.Type != "application/pdf" {
		t.Errorf("file %+v: %v %v", file, ok, err)
	}
	var view ManagerView
	manager := o.signIn("9001", "")
	eventually(t, "the manager sees the acceptance", func() bool {
		o.want(200, "GET", "/central/v1/manager/view", nil, &view, bearer(manager.Token)...)
		return slices.ContainsFunc(view.Recent, func(e ManagerEvent) bool {
			return e.Text.Code == "case_accepted" && e.Text.Params["number"] == c.Number
		})
	})
	o.leanMessages(t, []string{"request", "subject", "item", "material", "method"})
	for _, secret := range []string{personA.name, personA.number, personA.phone} {
		if bytes.Contains(bytesOf(t, o.cfg), []byte(secret)) {
			t.Error("asking a department left the person in the database")
		}
	}
}

// leanMessages holds what departments were sent to a list of fields.
func (o *outside) leanMessages(t *testing.T, allowed []string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.bodies) == 0 {
		t.Fatal("nothing was sent")
	}
	for _, raw := range o.bodies {
		var m map[string]json.RawMessage
		var subject map[string]string
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		for field := range m {
			if !slices.Contains(allowed, field) {
				t.Errorf("a department was told %q", field)
			}
		}
		if s, ok := m["subject"]; ok {
			if err := json.Unmarshal(s, &subject); err != nil {
				t.Fatal(err)
			}
			if len(subject) != 3 || subject["doc_kind"] != "111" || subject["doc_no"] != personA.number || subject["name"] != personA.name {
				t.Error("the subject has other fields than kind, number and name")
			}
		}
		if bytes.Contains(raw, []byte(personA.phone)) {
			t.Error("a department was told the phone")
		}
	}
}

// Every way in which a department answers a query and delivers (G1.3 rows 1 to
// 1f, 6, 6x and 7).
func TestWaysOfDepartments(t *testing.T) {
	for name, c := range map[string]struct {
		query, delivery string
		state           hall.MaterialState
		failed          bool   // the query had no answer
		answer          string // what the department was told last
	}{
		"yes":          {"yes", depsim.AtOnce, hall.MaterialDone, false, departments.CodeTaken},
		"twice":        {"yes", depsim.Twice, hall.MaterialDone, false, departments.CodeKnown},
		"no":           {"no", depsim.AtOnce, hall.MaterialMissing, false, ""},
		"error":        {"error", depsim.AtOnce, hall.MaterialPrepare, true, ""},
		"silent":       {"silent", depsim.AtOnce, hall.MaterialPrepare, true, ""},
		"refused":      {"yes", depsim.Refuse, hall.MaterialMissing, false, departments.CodeTaken},
		"forged":       {"yes", depsim.Forged, hall.MaterialEWait, false, departments.ErrSignature.Code},
		"wrong digest": {"yes", depsim.WrongDigest, hall.MaterialEWait, false, departments.ErrDigest.Code},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutside(t, police(c.query, c.delivery))
			id := o.open("card-lost")
			o.choose(id, "M02", hall.MethodEShare)
			if c.answer != "" {
				o.asked(hall.RequestID(id, "M02", 1), answered(c.answer))
			}
			if m := o.becomes(id, "M02", c.state); m.Failed != c.failed {
				t.Errorf("failed is %v", m.Failed)
			}
			if c.state == hall.MaterialDone || c.answer == "" || c.delivery == depsim.Refuse {
				return
			}
			file := departments.DigestOf([]byte("%PDF-1.7 sample " + hall.RequestID(id, "M02", 1)))
			if _, ok, err := o.c.Files().Has(t.Context(), file.Hex()); err != nil || ok {
				t.Errorf("a file that proves nothing was stored: %v %v", ok, err)
			}
			if err := o.sim.Deliver(t.Context(), depsim.DeliverRequest{ID: hall.RequestID(id, "M02", 1), How: depsim.AtOnce}); err != nil {
				t.Fatal(err)
			}
			o.becomes(id, "M02", hall.MaterialDone) // the right one is still welcome
		})
	}
}

// What comes for an attempt that counts no more, for a cancelled case or for
// nothing is answered and not kept (row 6x).
func TestCallbacksThatCountNoMore(t *testing.T) {
	o := newOutside(t, police("yes", depsim.Never))
	one := o.open("card-lost")
	o.choose(one, "M02", hall.MethodEShare)
	o.becomes(one, "M02", hall.MaterialEWait)
	first := hall.RequestID(one, "M02", 1)
	o.asked(first, known)
	o.must(hall.DropMethod, one, hall.DropMethodBody{Edit: o.edit(one), Material: "M02"})
	o.choose(one, "M02", hall.MethodEShare)
	o.becomes(one, "M02", hall.MaterialEWait)
	o.delivered(t, first, depsim.AtOnce, departments.ErrEnded.Code)
	if m := o.material(one, "M02"); m.State != hall.MaterialEWait || len(m.Attempts) != 2 {
		t.Errorf("%+v", m)
	}

	two := o.open("card-lost")
	o.choose(two, "M02", hall.MethodEShare)
	o.becomes(two, "M02", hall.MaterialEWait)
	request := hall.RequestID(two, "M02", 1)
	o.asked(request, known)
	o.must(hall.CancelCase, two, hall.CancelCaseBody{Edit: o.edit(two)})
	o.asked(request, func(r depsim.Request) bool { return r.State == depsim.Withdrawn })
	o.delivered(t, request, depsim.AtOnce, departments.ErrCancelled.Code)
	if err := o.sim.Refuse(t.Context(), depsim.RefuseRequest{ID: request, Reason: "not_found"}); err != nil {
		t.Fatal(err)
	}
	o.asked(request, answered(departments.ErrCancelled.Code))
	if s := o.kase(two).State; s != hall.CaseWithdrawn {
		t.Errorf("the case is %s", s)
	}
	for _, r := range []string{first, request} {
		d := departments.DigestOf([]byte("%PDF-1.7 sample " + r))
		if _, ok, err := o.c.Files().Has(t.Context(), d.Hex()); err != nil || ok {
			t.Errorf("the file of %s was stored: %v", r, err)
		}
	}
	for name, c := range map[string]struct {
		department, request, want string
	}{
		"no such case":        {"police", "case-99/M02/1", departments.ErrUnknown.Code},
		"no such material":    {"police", one + "/M99/1", departments.ErrUnknown.Code},
		"attempt to come":     {"police", one + "/M02/9", departments.ErrUnknown.Code},
		"another department":  {"civil", hall.RequestID(one, "M02", 2), departments.ErrUnknown.Code},
		"no such department":  {"forests", hall.RequestID(one, "M02", 2), departments.ErrSignature.Code},
		"ended, by its owner": {"police", first, departments.ErrEnded.Code},
	} {
		if _, got := o.callBack(t, c.department, c.request, "application/pdf", []byte("%PDF-1.7 other"), nil); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// delivered delivers by hand and wants the centre's answer.
func (o *outside) delivered(t *testing.T, request, how, code string) {
	t.Helper()
	if err := o.sim.Deliver(t.Context(), depsim.DeliverRequest{ID: request, How: how}); err != nil {
		t.Fatal(err)
	}
	o.asked(request, answered(code))
}

// callBack signs and sends one call-back; change may spoil it after signing.
func (o *outside) callBack(t *testing.T, department, request, mediaType string, body []byte, change func(*http.Request)) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.front.URL+departments.CallbackPath(request), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte(strings.Repeat("0", 63) + map[string]string{"civil": "1", "housing": "2", "police": "3", "market": "4"}[department])
	req.Header.Set("Content-Type", mediaType)
	departments.Sign(req.Header, secret, department, req.Method, req.URL.RequestURI(), request, departments.DigestOf(body), o.clock.now())
	if change != nil {
		change(req)
	}
	return send(t, o, req)
}

func send(t *testing.T, o *outside, req *http.Request) (int, string) {
	t.Helper()
	resp, err := o.front.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Code string `json:"code"`
		Do   string `json:"do"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode >= 400 && answer.Do == "" {
		t.Errorf("%d %s does not say what to do", resp.StatusCode, answer.Code)
	}
	return resp.StatusCode, answer.Code
}

// What is wrong with a call-back is told, whatever it is, and changes nothing.
func TestCallbacksThatAreWrong(t *testing.T) {
	o := newOutside(t, police("yes", depsim.Never))
	id := o.open("card-lost")
	o.choose(id, "M02", hall.MethodEShare)
	o.becomes(id, "M02", hall.MaterialEWait)
	request, pdf := hall.RequestID(id, "M02", 1), []byte("%PDF-1.7 one")
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, c := range map[string]struct {
		mediaType string
		body      []byte
		change    func(*http.Request)
		status    int
		want      string
	}{
		"no signature":   {"application/pdf", pdf, func(r *http.Request) { r.Header.Del(departments.HeaderSignature) }, 400, "signature_form"},
		"two signatures": {"application/pdf", pdf, func(r *http.Request) { r.Header.Add(departments.HeaderSignature, "v1=00") }, 400, "signature_form"},
		"other time":     {"application/pdf", pdf, set(departments.HeaderTimestamp, "1"), 401, "signature_wrong"},
		"other request":  {"application/pdf", pdf, set(departments.HeaderRequest, id+"/M02/2"), 401, "signature_wrong"},
		"other path":     {"application/pdf", pdf, func(r *http.Request) { r.URL.Path += "0" }, 401, "signature_wrong"},
		"other digest":   {"application/pdf", pdf, set(departments.HeaderDigest, departments.DigestOf([]byte("x")).Header()), 401, "signature_wrong"},
		"other body": {"application/pdf", pdf, func(r *http.Request) {
			r.Body = http.NoBody
			r.ContentLength = 0
		}, 422, "file_empty"},
		"no type":      {"", pdf, func(r *http.Request) { r.Header.Set("Content-Type", ";") }, 415, "file_type"},
		"other type":   {"image/png", pdf, nil, 415, "file_type"},
		"no such type": {"text/html", []byte("<html>"), nil, 415, "file_type"},
		"empty":        {"application/pdf", []byte{}, nil, 422, "file_empty"},
		"too large":    {"application/pdf", append([]byte("%PDF-1.7 "), make([]byte, hall.MaxFileBytes)...), nil, 413, "file_too_large"},
	} {
		if status, got := o.callBack(t, "police", request, c.mediaType, c.body, c.change); status != c.status || got != c.want {
			t.Errorf("%s: %d %s, want %d %s", name, status, got, c.status, c.want)
		}
	}
	at := o.clock.now()
	for name, d := range map[string]time.Duration{"old": -6 * time.Minute, "early": 6 * time.Minute} {
		change := func(r *http.Request) {
			departments.Sign(r.Header, []byte(strings.Repeat("0", 63)+"3"), "police", r.Method, r.URL.RequestURI(), request, departments.DigestOf(pdf), at.Add(d))
		}
		if _, got := o.callBack(t, "police", request, "application/pdf", pdf, change); got != "signature_expired" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if m := o.material(id, "M02"); m.State != hall.MaterialEWait {
		t.Fatalf("%+v", m)
	}
	// The right one; the very same bytes again, by whoever heard them; and signed
	// anew, as a department does that lost the answer.
	var heard http.Header
	if _, got := o.callBack(t, "police", request, "application/pdf", pdf, func(r *http.Request) { heard = r.Header.Clone() }); got != departments.CodeTaken {
		t.Fatalf("%s", got)
	}
	if status, got := o.callBack(t, "police", request, "application/pdf", pdf, func(r *http.Request) { r.Header = heard }); status != 409 || got != "signature_used" {
		t.Errorf("replayed: %d %s", status, got)
	}
	o.clock.forward(time.Minute)
	if _, got := o.callBack(t, "police", request, "application/pdf", pdf, nil); got != departments.CodeKnown {
		t.Errorf("again: %s", got)
	}
	if m := o.material(id, "M02"); m.State != hall.MaterialDone || len(m.Attempts) != 1 {
		t.Errorf("%+v", m)
	}
}

// A department that is away is told when it is back; a program that is stopped
// anywhere in between does nothing twice.
func TestDepartmentDownAndBack(t *testing.T) {
	o := newOutside(t, police("yes", depsim.Never))
	id := o.open("card-lost")
	o.choose(id, "M02", hall.MethodEShare)
	o.becomes(id, "M02", hall.MaterialEWait)
	request := hall.RequestID(id, "M02", 1)
	o.asked(request, known)
	if err := o.sim.SetUp(t.Context(), depsim.DepartmentRequest{ID: "police", Up: false}); err != nil {
		t.Fatal(err)
	}
	down := o.open("card-lost")
	o.choose(down, "M02", hall.MethodEShare)
	eventually(t, "the query failed", func() bool { return o.material(down, "M02").Failed })
	// Told again after a crash between doing and noting: with the centre over a
	// new process, and the department away.
	o.again(t, hall.EffectShareRequest)
	o.again(t, hall.EffectShareQuery)
	o.restart()
	o.desk.b = o.bed
	manager := o.signIn("9001", "")
	var view ManagerView
	eventually(t, "the manager sees that the department is away", func() bool {
		o.want(200, "GET", "/central/v1/manager/view", nil, &view, bearer(manager.Token)...)
		return slices.ContainsFunc(view.Recent, func(e ManagerEvent) bool { return e.Text.Code == "department_down" })
	})
	o.stopSim(t)
	o.startSim(t) // the departments' program forgets nothing
	if r := o.asked(request, known); r.State != depsim.Waiting || r.Tries != 0 {
		t.Errorf("%+v", r)
	}
	if err := o.sim.SetUp(t.Context(), depsim.DepartmentRequest{ID: "police", Up: true}); err != nil {
		t.Fatal(err)
	}
	o.clock.forward(3 * time.Minute)
	o.asked(request, func(r depsim.Request) bool { return r.Tries == 1 && r.State == depsim.Waiting })
	o.delivered(t, request, depsim.AtOnce, departments.CodeTaken)
	o.becomes(id, "M02", hall.MaterialDone)
	if n := len(o.material(id, "M02").Attempts); n != 1 {
		t.Errorf("%d attempts", n)
	}
}

// again makes the effects of a kind due once more, as after a crash before they
// were noted as done.
func (o *outside) again(t *testing.T, kind string) {
	t.Helper()
	if _, err := o.c.store.db.ExecContext(t.Context(), `UPDATE effect SET done_us = 0, due_us = 0 WHERE kind = $1 AND done_us <> 0`, kind); err != nil {
		t.Fatal(err)
	}
}

// A department that never answers holds up no other one and no deadline.
func TestHangingDepartmentHoldsUpNobody(t *testing.T) {
	o := newOutside(t, police("silent", depsim.Never))
	var waiting []string
	for range 20 {
		id := o.open("card-lost")
		o.choose(id, "M02", hall.MethodEShare)
		waiting = append(waiting, id)
	}
	id := o.open("house-transfer")
	o.choose(id, "M04", hall.MethodEShare)
	o.becomes(id, "M04", hall.MaterialDone)
	if m := o.material(waiting[len(waiting)-1], "M02"); m.Ask.Op == "" && !m.Failed {
		t.Errorf("%+v", m)
	}
	due, err := o.c.writer.DueEffectsOf(t.Context(), o.c.now(), writer.EffectFilter{Except: departments.EffectKinds()}, 10)
	if err != nil || len(due) != 0 {
		t.Errorf("%d effects wait behind the department: %v", len(due), err)
	}
	for _, id := range waiting {
		eventually(t, "the query is answered «failed»", func() bool { return o.material(id, "M02").Failed })
	}
}
