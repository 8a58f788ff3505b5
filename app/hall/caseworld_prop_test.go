package hall

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/build/fuzz"
)

// sharingWorld plays people, departments, couriers and clocks against a few
// cases, in any order, also in wrong ones.
type sharingWorld struct {
	m *memory
	t *testing.T

	scans   []Op
	callers []Op // call-backs that may come again

	seen   map[CaseState]int // states that cases came into
	deemed int
}

// by lets the clerk of a case do an operation.
func by(op Op) Op {
	if op.Entity == "E" {
		op.Actor = clerk("S3") // who may change cases of others
	}
	return op
}

// wait lets the time of a person who was told what is missing go by, sometimes.
func (w *sharingWorld) wait(r *rapid.T, id string) {
	told := w.m.kase(w.t, id).State
	if (told == CaseSupplementDue || told == CasePreReturned) && rapid.IntRange(0, 2).Draw(r, "never brought") == 0 {
		w.m.later(12 * 24 * time.Hour)
		w.fire(r)
	}
}

// fire lets every deadline that is due come.
func (w *sharingWorld) fire(r *rapid.T) {
	for _, op := range w.m.due(w.t) {
		if out := w.do(r, op); out.Status == Rejected {
			r.Fatalf("deadline %s refused: %v", op.Kind, out.Reason)
		}
	}
}

var (
	worldCases     = []string{"C", "D", "E", "F"} // E begins at the kiosk and has a pre-review, F is accepted
	worldMaterials = []string{"FORM", "MARRIAGE", "RESIDENCE"}
)

// do lets an operation happen and checks what must always hold.
func (w *sharingWorld) do(r *rapid.T, op Op) Outcome {
	before := map[string]Case{}
	for _, id := range worldCases {
		before[id] = w.m.kase(w.t, id)
	}
	out, err := Step(w.m, op, Context{Now: w.m.now, Row: w.m.row + 1})
	if err != nil {
		r.Fatal(err)
	}
	info, _ := KindOf(op.Kind)
	if info.Nature == Witness && out.Status == Rejected && !strings.HasPrefix(out.Reason.Code, "unknown_") && out.Reason.Code != "case_state" {
		r.Fatalf("%s was refused: %v", op.Kind, out.Reason)
	}
	w.m.take(w.t, out)
	for _, id := range worldCases {
		w.check(r, op, before[id], w.m.kase(w.t, id))
	}
	return out
}

func (w *sharingWorld) check(r *rapid.T, op Op, was, is Case) {
	w.checkLaw(r, op, was, is)
	if !is.AcceptedAt.IsZero() && was.AcceptedAt.IsZero() && !is.Deemed {
		for _, mat := range is.Materials {
			if a, _ := mat.Newest(); mat.State != MaterialDone && (mat.Required || a.State == AttemptActive) {
				r.Fatalf("%s accepted %s with an attempt open: %+v", op.Kind, is.ID, mat)
			}
		}
		if !is.Complete() || is.Blocked().Code != "" {
			r.Fatalf("%s accepted %s with materials open: %+v", op.Kind, is.ID, is.Materials)
		}
	}
	if was.Resubmit && is.State == CaseAccepted && op.Kind != AcceptCase && !is.Deemed {
		r.Fatalf("%s accepted %s before it was submitted again", op.Kind, is.ID)
	}
	if !was.AcceptedAt.IsZero() && (!is.AcceptedAt.Equal(was.AcceptedAt) || is.State.BeforeAcceptance() || is.State == CaseNotAccepted) {
		r.Fatalf("%s made %s of an accepted case", op.Kind, is.State)
	}
	for i, m := range is.Materials {
		if op.Kind == MaterialArrived && m.State == MaterialDone && was.Materials[i].State != MaterialDone {
			var body CallbackBody
			if err := json.Unmarshal(op.Body, &body); err != nil || body.Attempt != len(m.Attempts) {
				r.Fatalf("a call-back of attempt %d finished %s: %+v", body.Attempt, m.Key, m.Attempts)
			}
		}
		active := 0
		for _, a := range m.Attempts {
			if a.State == AttemptActive {
				active++
			}
		}
		if newest, _ := m.Newest(); active > 1 || active == 1 && newest.State != AttemptActive {
			r.Fatalf("%s: %s has two attempts at once: %+v", op.Kind, m.Key, m.Attempts)
		}
		if m.State == MaterialDone {
			if a, _ := m.Newest(); a.State != AttemptSucceeded || a.DoneBy == "" {
				r.Fatalf("%s: %s is done by nothing: %+v", op.Kind, m.Key, a)
			}
		}
	}
}

// checkLaw: each change of state is a row of the table; a case is accepted once,
// told what is missing once, deemed accepted by its clock alone; what is over has
// nothing open, and a case is never without the record of how it ended.
func (w *sharingWorld) checkLaw(r *rapid.T, op Op, was, is Case) {
	w.seen[is.State]++
	if was.State != is.State {
		known := slices.ContainsFunc(CaseRows(), func(row CaseRow) bool {
			return row.To == is.State && slices.Contains(row.From, was.State) && slices.Contains(row.Kinds, op.Kind)
		})
		if !known || is.Version <= was.Version {
			r.Fatalf("%s made %s %d of %s %d", op.Kind, is.State, is.Version, was.State, was.Version)
		}
	}
	if is.Version < was.Version || len(is.Records) < len(was.Records) || len(is.Documents) < len(was.Documents) {
		r.Fatalf("%s took something back: %+v, was %+v", op.Kind, is, was)
	}
	count := map[string]int{}
	for _, rec := range is.Records {
		if rec.Version > 1 {
			continue // it replaces one
		}
		count[strconv.Itoa(rec.No)]++
		count[strconv.Itoa(rec.No)+":"+rec.Status]++
	}
	if count["2:1"] > 1 || count["2"] > 1 || count["7"] > 1 || count["8"] > 1 || count["4"] > 1 || count["9"] > 1 || count["6"] > count["5"] {
		r.Fatalf("%s: %s has records %v", op.Kind, is.ID, count)
	}
	if is.Deemed && !was.Deemed {
		w.deemed++
		k := is.Clock(ClockNotice)
		if op.Kind != ClockDue || is.Supplement != nil || k.Ended <= k.Due || k.Provisional {
			r.Fatalf("%s deemed %s accepted: %+v", op.Kind, is.ID, is.Clocks)
		}
	}
	w.checkDecision(r, op, was, is)
	over := slices.Contains([]CaseState{CaseWithdrawn, CaseNotAccepted, CaseCompleted, CaseCollected, CaseVoided}, is.State)
	for _, k := range is.Clocks {
		if over && k.Runs() && !(k.Kind == ClockDelivery && is.State == CaseCompleted && is.Result == ResultCertificate) {
			r.Fatalf("%s: a clock of %s runs on: %+v", op.Kind, is.ID, k)
		}
	}
	if is.State == CaseAccepted && (is.Clock(ClockNotice).Runs() || is.Clock(ClockDecision) == nil || is.DueDay == "") {
		r.Fatalf("%s accepted %s with clocks %+v", op.Kind, is.ID, is.Clocks)
	}
	over = over || is.State == CaseDecided
	for _, m := range is.Materials {
		if a, _ := m.Newest(); over && (a.State == AttemptActive || a.State == AttemptExpired) {
			r.Fatalf("%s: %s of %s is open: %+v", op.Kind, m.Key, is.ID, a)
		}
	}
}

// papers are all papers that the world knows.
func (w *sharingWorld) papers() []string {
	var ids []string
	for id := range w.m.entities[EntityPaper] {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (w *sharingWorld) actions() map[string]func(*rapid.T) {
	pick := func(r *rapid.T) (string, string) {
		return rapid.SampledFrom(worldCases).Draw(r, "case"), rapid.SampledFrom(worldMaterials).Draw(r, "material")
	}
	m := w.m
	scan := func(kind Kind, who []string, at []string) func(*rapid.T) {
		return func(r *rapid.T) {
			ids := w.papers()
			if len(ids) == 0 {
				r.Skip()
			}
			op := m.scanning(kind, rapid.SampledFrom(ids).Draw(r, "paper"), rapid.SampledFrom(who).Draw(r, "who"), rapid.SampledFrom(at).Draw(r, "at"))
			w.scans = append(w.scans, op)
			w.do(r, op)
		}
	}
	return map[string]func(*rapid.T){
		"office":         w.office,
		"office at odds": w.atOdds,
		"void":           w.void,
		"choose and answer": func(r *rapid.T) {
			id, key := pick(r)
			op := by(m.choose(w.t, id, key, rapid.SampledFrom([]Method{MethodEShare, MethodPaper}).Draw(r, "method")))
			if w.do(r, op).Status == Applied {
				w.do(r, m.op(ShareAnswered, id, system, AtCentre, ShareAnsweredBody{Material: key, Ask: op.ID,
					Answer: rapid.SampledFrom([]string{AnswerYes, AnswerYes, AnswerNo, AnswerFailed}).Draw(r, "answer")}))
			}
		},
		"choose": func(r *rapid.T) { id, key := pick(r); w.do(r, by(m.choose(w.t, id, key, MethodEShare))) },
		"drop": func(r *rapid.T) {
			id, key := pick(r)
			w.do(r, by(m.op(DropMethod, id, clerk("S1"), "counter-1", DropMethodBody{m.edit(w.t, id), key})))
		},
		"hand in": func(r *rapid.T) { id, key := pick(r); w.do(r, m.original(id, key)) },
		"upload": func(r *rapid.T) {
			id, key := pick(r)
			w.do(r, m.op(HandIn, id, clerk("S1"), "counter-1", HandInBody{key, MethodUpload, file(rapid.IntRange(1, 3).Draw(r, "file"))}))
		},
		"stored": func(r *rapid.T) {
			id, _ := pick(r)
			w.do(r, m.op(FileStored, id, system, AtCentre, FileStoredBody{file(rapid.IntRange(1, 3).Draw(r, "file"))}))
		},
		"replace": func(r *rapid.T) {
			id, key := pick(r)
			w.do(r, by(m.op(ReplaceMaterial, id, clerk("S1"), "counter-1", ReplaceMaterialBody{m.edit(w.t, id), key, "unreadable"})))
		},
		"receive": func(r *rapid.T) {
			id, _ := pick(r)
			w.do(r, m.op(ReceiveCase, id, clerk("S1"), "counter-1", m.serial(w.t, "counter-1")))
		},
		"accept": func(r *rapid.T) { id, _ := pick(r); w.do(r, by(m.accepting(w.t, id))) },
		"tell what is missing": func(r *rapid.T) {
			id, key := pick(r)
			c := m.kase(w.t, id)
			items := []SupplementItem{{key, "expired"}}
			for _, k := range c.MustBring() {
				if k != key {
					items = append(items, SupplementItem{k, "missing"})
				}
			}
			w.do(r, by(m.notify(w.t, id, items...)))
			w.wait(r, id)
		},
		"supplement": func(r *rapid.T) {
			id, _ := pick(r)
			if rapid.Bool().Draw(r, "all of it") {
				for _, key := range worldMaterials {
					w.do(r, m.original(id, key))
				}
			}
			w.do(r, by(m.supplied(w.t, id)))
		},
		"refuse to accept": func(r *rapid.T) {
			id, _ := pick(r)
			if rapid.IntRange(0, 4).Draw(r, "sure") > 0 {
				r.Skip()
			}
			w.do(r, by(m.op(RefuseCase, id, clerk("S1"), "counter-1", RefuseCaseBody{m.edit(w.t, id), "conditions_not_met", ""})))
		},
		"submit": func(r *rapid.T) { w.do(r, m.submitting(w.t, "E")) },
		"pre-review": func(r *rapid.T) {
			w.do(r, m.op(BeginPreReview, "E", reviewer("P1"), "counter-1", BeginPreReviewBody{m.edit(w.t, "E")}))
		},
		"decide pre-review": func(r *rapid.T) {
			c := m.kase(w.t, "E")
			body := DecidePreReviewBody{Result: rapid.SampledFrom([]string{PreReviewPassed, PreReviewReturned, PreReviewReturned, PreReviewRefused}).Draw(r, "result"),
				Reason: "conditions_not_met", Items: []SupplementItem{{"FORM", "unsealed"}}}
			for _, k := range c.MustBring() {
				if k != "FORM" {
					body.Items = append(body.Items, SupplementItem{k, "missing"})
				}
			}
			w.do(r, m.review(w.t, "E", body))
			w.wait(r, "E")
		},
		"days go by": func(r *rapid.T) {
			if rapid.IntRange(0, 3).Draw(r, "long") > 0 {
				r.Skip()
			}
			m.later(time.Duration(rapid.IntRange(3, 50).Draw(r, "days")) * 24 * time.Hour)
			w.fire(r)
		},
		"cancel": func(r *rapid.T) {
			id, _ := pick(r)
			if rapid.IntRange(0, 4).Draw(r, "sure") > 0 {
				r.Skip()
			}
			w.do(r, by(m.op(CancelCase, id, clerk("S1"), "counter-1", CancelCaseBody{Edit: m.edit(w.t, id)})))
		},
		"call back": func(r *rapid.T) {
			id, key := pick(r)
			op := m.callback(rapid.SampledFrom([]Kind{MaterialArrived, MaterialArrived, MaterialRefused}).Draw(r, "kind"), id, key, rapid.IntRange(1, 3).Draw(r, "attempt"))
			w.callers = append(w.callers, op)
			w.do(r, op)
		},
		"call back again": func(r *rapid.T) {
			if len(w.callers) == 0 {
				r.Skip()
			}
			w.do(r, rapid.SampledFrom(w.callers).Draw(r, "again"))
		},
		"sign out":   scan(SignOut, []string{"O1", "O2"}, []string{"station-1", "station-2"}),
		"sign in":    scan(SignIn, []string{"I1", "I2"}, []string{"station-9", "station-8"}),
		"return out": scan(ReturnOut, []string{"I1"}, []string{"station-9"}),
		"return in":  scan(ReturnIn, []string{"O1", "O2"}, []string{"station-1"}),
		"undo": func(r *rapid.T) {
			if len(w.scans) == 0 {
				r.Skip()
			}
			s := rapid.SampledFrom(w.scans).Draw(r, "scan")
			kind := SignOutUndone
			if s.Kind == SignIn {
				kind = SignInUndone
			}
			w.do(r, m.op(kind, s.Entity, s.Actor, s.Terminal, UndoScanBody{s.ID}))
		},
		"refuse": func(r *rapid.T) {
			ids := w.papers()
			if len(ids) == 0 {
				r.Skip()
			}
			w.do(r, m.op(RefusePaper, rapid.SampledFrom(ids).Draw(r, "paper"), staff("O1", RoleSignOut), "station-1", RefusePaperBody{"lent"}))
		},
		"time goes by": func(r *rapid.T) {
			m.later(time.Duration(rapid.IntRange(1, 40*60).Draw(r, "minutes")) * time.Minute)
			w.fire(r)
		},
		"": func(r *rapid.T) { w.nothingLost(r) },
	}
}

// nothingLost: every paper that was ever asked for is still known, every scan
// of it is kept, its batch knows the same, and who holds it is what was seen.
func (w *sharingWorld) nothingLost(r *rapid.T) {
	kept := map[OpID]bool{}
	for _, id := range w.papers() {
		p := load[Paper](w.t, w.m, EntityPaper, id)
		for _, o := range p.Seen {
			kept[o.Op] = true
		}
		if got := DeriveCustody(p.Seen); got != p.Custody {
			r.Fatalf("%s is %s, seen was %s", id, p.Custody, got)
		}
		b := load[Batch](w.t, w.m, EntityBatch, BatchID(p.Number, p.Department))
		i := slices.IndexFunc(b.Papers, func(e BatchPaper) bool { return e.ID == id })
		if i < 0 || b.Papers[i].Custody != p.Custody {
			r.Fatalf("%s is %s, its batch says %+v", id, p.Custody, b.Papers)
		}
	}
	for _, c := range worldCases {
		kase := w.m.kase(w.t, c)
		for _, mat := range kase.Materials {
			for _, a := range mat.Attempts {
				if a.Method == MethodPaper && !a.Due.IsZero() && w.m.entities[EntityPaper][Label{kase.Number, mat.Key, a.No}.ID()] == nil {
					r.Fatalf("the paper of %s %s %d is gone", c, mat.Key, a.No)
				}
			}
		}
	}
	for _, s := range w.scans {
		if !kept[s.ID] && !w.repeated(s) {
			r.Fatalf("the %s of %s is gone", s.Kind, s.Entity)
		}
	}
}

// repeated reports whether a scan said only what was seen before at the place.
func (w *sharingWorld) repeated(s Op) bool {
	p := load[Paper](w.t, w.m, EntityPaper, s.Entity)
	return slices.ContainsFunc(p.Seen, func(o Observation) bool { return o.Kind == s.Kind && o.Terminal == s.Terminal })
}

// No path loses paper, accepts twice, or accepts with a missing, late or
// unfinished material.
func TestNoPathLosesPaperOrAcceptsWrongly(t *testing.T) {
	if testing.Short() {
		fuzz.Rounds(t, 100) // fewer paths do not come to every state
	}
	reached, deemed := map[CaseState]int{}, 0
	rapid.Check(t, func(r *rapid.T) {
		m := newCases()
		m.cat.Calendar = append(slices.Clone(calendars), CalendarYear{Year: 2027}, CalendarYear{Year: 2028})
		m.cat.Cases.SupplementDays = 2
		licence := m.cat.Items[len(m.cat.Items)-1]
		filing := licence
		filing.ID, filing.Versions = "filing", slices.Clone(licence.Versions)
		filing.Versions[1].PreReview, filing.Versions[1].Kind = true, CaseInstant
		m.cat.Items = append(m.cat.Items, filing)
		w := &sharingWorld{m: m, t: t, seen: reached}
		for _, id := range worldCases {
			if id == "E" {
				w.applyOnline(r)
				continue
			}
			if id == "F" {
				m.accepted(t, id)
				w.handle(r, id)
				continue
			}
			m.begin(t, id)
			if rapid.IntRange(0, 3).Draw(r, "ahead "+id) == 0 {
				continue
			}
			methods := []Method{MethodEShare, MethodPaper}
			m.must(t, m.original(id, "FORM"))
			for range rapid.IntRange(1, 2).Draw(r, "attempts "+id) {
				m.share(t, id, "MARRIAGE", rapid.SampledFrom(methods).Draw(r, "method "+id), AnswerYes)
				m.share(t, id, "RESIDENCE", rapid.SampledFrom(methods).Draw(r, "method "+id), AnswerYes)
			}
			m.receive(t, id)
			m.must(t, m.accepting(t, id))
		}
		r.Repeat(w.actions())
		deemed += w.deemed
	})
	for _, s := range []CaseState{CasePending, CaseAccepted, CaseWithdrawn, CasePreReview, CasePreReturned, CaseSupplementDue, CaseNotAccepted,
		CaseInApproval, CaseSpecialStop, CaseDecided, CaseCompleted, CaseCollected, CaseVoided} {
		if reached[s] == 0 {
			t.Errorf("no path came to %s: %v", s, fmt.Sprint(reached))
		}
	}
	if deemed == 0 {
		t.Error("nothing was deemed accepted")
	}
}

// applyOnline brings E in at the kiosk, sometimes with a department asked.
func (w *sharingWorld) applyOnline(r *rapid.T) {
	m, t := w.m, w.t
	op := m.online(t, OpenCase, "E", OpenCaseBody{Item: "filing", ItemVersion: 2, Owner: "o"})
	op.Sealed = []byte("sealed")
	m.must(t, op)
	m.must(t, m.online(t, HandIn, "E", HandInBody{Material: "FORM", Way: MethodOriginal}))
	if rapid.Bool().Draw(r, "shared") {
		ask := m.online(t, ChooseSharing, "E", ChooseSharingBody{Edit{m.kase(t, "E").Version, "o"}, "MARRIAGE", MethodPaper})
		m.must(t, ask)
		m.must(t, m.op(ShareAnswered, "E", system, AtCentre, ShareAnsweredBody{Material: "MARRIAGE", Ask: ask.ID, Answer: AnswerYes}))
	} else {
		m.must(t, m.online(t, HandIn, "E", HandInBody{Material: "MARRIAGE", Way: MethodOriginal}))
	}
	submit := m.submitting(t, "E")
	var body SubmitCaseBody
	if err := json.Unmarshal(submit.Body, &body); err != nil {
		t.Fatal(err)
	}
	body.NumberBody = m.serial(t, "kiosk-1")
	m.must(t, m.online(t, SubmitCase, "E", body))
	if m.kase(t, "E").State == CaseApplied {
		m.must(t, m.op(BeginPreReview, "E", reviewer("P1"), "counter-1", BeginPreReviewBody{m.edit(t, "E")}))
		if rapid.IntRange(0, 3).Draw(r, "returned") == 0 {
			m.must(t, m.review(t, "E", DecidePreReviewBody{Result: PreReviewReturned, Items: []SupplementItem{{"FORM", "unsealed"}}}))
		}
	}
}
