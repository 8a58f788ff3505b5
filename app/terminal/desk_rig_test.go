package terminal

import (
	"context"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/print"
	"hallway/devices"
	"hallway/devices/idcard"
	"hallway/devices/printer"
	"hallway/devices/scanner"
)

// deskRig is a counter whose clerk is signed in, with its desk's devices.
type deskRig struct {
	*Counter
	t       *testing.T
	ctx     context.Context
	w       *world
	clock   *clock
	store   *fakeStore
	line    *fakeLine
	centre  *deskCentre
	reader  fakeReader
	scanner fakeScanner
	printer *fakePrinter
	sheet   *fakeSheet
	capture []devices.Device
	scans   string
	log     *syncBuffer
	pdf     func() (*print.PDF, error)
}

// newDeskRig is window "1" or "2", open; adjust may change its parts before
// they run.
func newDeskRig(t *testing.T, w *world, c *clock, window string, adjust func(*deskRig)) *deskRig {
	t.Helper()
	w.mu.Lock()
	if w.cat.Cases.Service == "" {
		w.cat = deskCatalogue()
	}
	w.mu.Unlock()
	r := &deskRig{t: t, ctx: context.Background(), w: w, clock: c, line: &fakeLine{}, scans: t.TempDir(), log: &syncBuffer{},
		centre: &deskCentre{people: map[string]hall.PersonSealed{}, files: map[string][]byte{}}}
	r.store = newFakeStore(w, "counter-"+window, c.now)
	r.reader = fakeReader{fakeDevice: newFake("idcard", devices.KindIDCard), events: make(chan idcard.Event)}
	r.scanner = fakeScanner{newFake("scanner", devices.KindScanner), make(chan scanner.Scan)}
	r.printer = &fakePrinter{fakeDevice: newFake("printer", devices.KindPrinter), outcome: printer.Confirmed}
	r.sheet = &fakeSheet{fakeDevice: newFake("sheet", devices.KindSheet), outcome: printer.Confirmed}
	if adjust != nil {
		adjust(r)
	}
	config := Config{Role: RoleCounter, Terminal: "counter-" + window, Window: window, Locale: "zh-Hans", Evaluator: EvaluatorConfig{TimeoutSeconds: 1},
		Counter: CounterConfig{Scans: r.scans}}
	r.Counter = NewCounter(Deps{Config: config, Store: r.store, Uplink: r.line, Centre: r.centre, Logger: r.log.logger(), PDF: r.pdf,
		Devices: devicesOf(append([]devices.Device{r.reader, r.scanner, r.printer, r.sheet}, r.capture...)...), Clock: c.now, Tick: 10 * time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Counter.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	r.must(r.SignIn(r.ctx, SignInRequest{Staff: "100" + window, Password: "right"}))
	r.must(r.Open(r.ctx))
	return r
}

func (r *deskRig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatalf("%s: %v %+v", codeOf(r.t, err), err, AsProblem(err).Reason)
	}
}

// called has a person at the window.
func (r *deskRig) called() *deskRig {
	r.t.Helper()
	issueTickets(r.t, r.store, 1)
	r.must(r.Next(r.ctx, NextRequest{}))
	r.must(r.Start(r.ctx))
	return r
}

// place puts a card on the reader and waits for what the desk says.
func (r *deskRig) place(card *idcard.Card) {
	r.t.Helper()
	r.reader.events <- idcard.Event{At: r.clock.now(), Card: card}
}

func zhang() *idcard.Card {
	return &idcard.Card{Kind: idcard.Resident, Name: nameZhang, Number: docZhang, NumberOK: true, ValidFrom: "20200101", ValidUntil: "20400101"}
}

// begun has a case of an item in hand for whoever placed a card.
func (r *deskRig) begun(item string) string {
	r.t.Helper()
	r.called()
	r.place(zhang())
	r.until("the applicant", func(v DeskView) bool { return v.Applicant != nil })
	r.must(r.Counter.OpenCase(r.ctx, OpenCaseRequest{Item: item}))
	return r.kase().ID
}

func (r *deskRig) desk1() DeskView { return r.View().Desk }

// kase is the case in hand.
func (r *deskRig) kase() *CaseView {
	r.t.Helper()
	k := r.View().Desk.Case
	if k == nil {
		r.t.Fatal("no case in hand")
	}
	return k
}

func (r *deskRig) material(key string) CaseMaterial {
	r.t.Helper()
	for _, m := range r.kase().Materials {
		if m.Key == key {
			return m
		}
	}
	r.t.Fatalf("no material %s", key)
	return CaseMaterial{}
}

func (r *deskRig) until(what string, ok func(DeskView) bool) {
	r.t.Helper()
	eventually(r.t, what, func() bool { return ok(r.View().Desk) })
}

// shared chooses sharing and has the department answer.
func (r *deskRig) shared(key string, method hall.Method, answer string) {
	r.t.Helper()
	r.must(r.ChooseMethod(r.ctx, MethodRequest{Material: key, Method: method}))
	ops := r.w.kinds(hall.ChooseSharing)
	r.store.system(r.t, hall.ShareAnswered, r.kase().ID, hall.ShareAnsweredBody{Material: key, Ask: ops[len(ops)-1].ID, Answer: answer})
	r.until("the answer", func(v DeskView) bool {
		for _, m := range v.Case.Materials {
			if m.Key == key {
				return !m.Asking
			}
		}
		return false
	})
}

// arrive has the department return a file.
func (r *deskRig) arrive(id, key string, attempt int) {
	r.t.Helper()
	r.store.system(r.t, hall.MaterialArrived, id, hall.CallbackBody{Material: key, Attempt: attempt, Request: hall.RequestID(id, key, attempt),
		File: hall.File{SHA256: strings.Repeat("ab", 32), Type: "application/pdf", Size: 10}})
}

func (r *deskRig) originals(keys ...string) {
	r.t.Helper()
	for _, key := range keys {
		r.must(r.TakeOriginal(r.ctx, MaterialRequest{Material: key}))
	}
}
