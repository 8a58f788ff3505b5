package hall

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// sharingWorld plays people, departments, couriers and clocks against a few
// cases, in any order, also in wrong ones.
type sharingWorld struct {
	m *memory
	t *testing.T

	scans   []Op
	callers []Op // call-backs that may come again
}

var (
	worldCases     = []string{"C", "D"}
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
	if is.State == CaseAccepted && was.State != CaseAccepted {
		for _, mat := range is.Materials {
			if a, _ := mat.Newest(); mat.State != MaterialDone && (mat.Required || a.State == AttemptActive) {
				r.Fatalf("%s accepted %s with an attempt open: %+v", op.Kind, is.ID, mat)
			}
		}
		if !is.Complete() || is.Blocked().Code != "" {
			r.Fatalf("%s accepted %s with materials open: %+v", op.Kind, is.ID, is.Materials)
		}
	}
	records := 0
	for _, rec := range is.Records {
		if rec.No == RecordAcceptance {
			records++
		}
	}
	if records > 1 {
		r.Fatalf("%s was accepted %d times", is.ID, records)
	}
	if was.Resubmit && is.State == CaseAccepted && op.Kind != AcceptCase {
		r.Fatalf("%s accepted %s before it was submitted again", op.Kind, is.ID)
	}
	if was.State == CaseAccepted && is.State != CaseAccepted && is.State != CaseWithdrawn {
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
		"choose and answer": func(r *rapid.T) {
			id, key := pick(r)
			op := m.choose(w.t, id, key, rapid.SampledFrom([]Method{MethodEShare, MethodPaper}).Draw(r, "method"))
			if w.do(r, op).Status == Applied {
				w.do(r, m.op(ShareAnswered, id, system, AtCentre, ShareAnsweredBody{Material: key, Ask: op.ID,
					Answer: rapid.SampledFrom([]string{AnswerYes, AnswerYes, AnswerNo, AnswerFailed}).Draw(r, "answer")}))
			}
		},
		"choose": func(r *rapid.T) { id, key := pick(r); w.do(r, m.choose(w.t, id, key, MethodEShare)) },
		"drop": func(r *rapid.T) {
			id, key := pick(r)
			w.do(r, m.op(DropMethod, id, clerk("S1"), "counter-1", DropMethodBody{m.edit(w.t, id), key}))
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
			w.do(r, m.op(ReplaceMaterial, id, clerk("S1"), "counter-1", ReplaceMaterialBody{m.edit(w.t, id), key, "unreadable"}))
		},
		"receive": func(r *rapid.T) {
			id, _ := pick(r)
			w.do(r, m.op(ReceiveCase, id, clerk("S1"), "counter-1", m.serial(w.t, "counter-1")))
		},
		"accept": func(r *rapid.T) { id, _ := pick(r); w.do(r, m.accepting(w.t, id)) },
		"cancel": func(r *rapid.T) {
			id, _ := pick(r)
			if rapid.IntRange(0, 4).Draw(r, "sure") > 0 {
				r.Skip()
			}
			w.do(r, m.op(CancelCase, id, clerk("S1"), "counter-1", CancelCaseBody{Edit: m.edit(w.t, id)}))
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
			m.fire(w.t)
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
	reached := map[CaseState]int{}
	rapid.Check(t, func(r *rapid.T) {
		m := newCases()
		w := &sharingWorld{m: m, t: t}
		for _, id := range worldCases {
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
		for _, id := range worldCases {
			reached[m.kase(t, id).State]++
		}
	})
	for _, s := range []CaseState{CasePending, CaseAccepted, CaseWithdrawn} {
		if reached[s] == 0 {
			t.Errorf("no path ended in %s: %v", s, fmt.Sprint(reached))
		}
	}
}
