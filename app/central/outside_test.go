package central

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	gosync "sync"
	"sync/atomic"
	"testing"
	"time"

	"hallway/app/central/departments"
	"hallway/app/central/depsim"
	"hallway/app/hall"
	"hallway/app/print"
	"hallway/sync"
	"hallway/sync/seal"
)

const hallOfTests = "37010001"

// outside is a centre with its departments over real HTTP.
type outside struct {
	*bed
	sim     *depsim.Sim
	simDoor atomic.Value // its http.Handler
	cfgSim  depsim.Config
	page    *httptest.Server // the departments
	front   *httptest.Server // an address of the centre that stays over restarts
	desk    *term
	clerk   Session

	mu     gosync.Mutex
	bodies [][]byte // of what departments were sent
	cases  int
}

// newOutside starts both. Behaviours are of the departments' materials.
func newOutside(t testing.TB, behaviours ...depsim.Behaviour) *outside {
	t.Helper()
	o := &outside{}
	o.page = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, departments.ProviderPrefix) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			o.mu.Lock()
			o.bodies = append(o.bodies, body)
			o.mu.Unlock()
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		o.simDoor.Load().(http.Handler).ServeHTTP(w, r)
	}))
	t.Cleanup(o.page.Close)
	secrets := t.TempDir()
	var own []DepartmentConfig
	o.cfgSim = depsim.Config{Version: 1, Listen: "127.0.0.1:0", Data: filepath.Join(t.TempDir(), "departments"), Locale: "zh-Hans", Behaviours: behaviours}
	for i, id := range []string{"civil", "housing", "police", "market"} {
		file := filepath.Join(secrets, id+".secret")
		if err := os.WriteFile(file, fmt.Appendf(nil, "%064d\n", i+1), 0o600); err != nil {
			t.Fatal(err)
		}
		own = append(own, DepartmentConfig{ID: id, Base: o.page.URL, SecretFile: file})
		o.cfgSim.Departments = append(o.cfgSim.Departments, depsim.DepartmentConfig{ID: id, SecretFile: file})
	}
	o.bed = newBed(t, func(c *Config) {
		c.Departments = own
		c.Terminals = append(c.Terminals, TerminalConfig{ID: "station-hall-1", Role: "station", TokenSHA256: tokenHash("token-station-hall-1")})
	})
	o.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.srv.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(o.front.Close)
	o.cfgSim.Centre = o.front.URL
	o.startSim(t)
	t.Cleanup(func() { o.stopSim(t); o.page.CloseClientConnections() })
	o.desk = &term{b: o.bed, id: "counter-1"}
	o.clerk = o.signIn("1001", "counter-1")
	return o
}

// startSim starts the departments' program over its folder.
func (o *outside) startSim(t testing.TB) {
	t.Helper()
	cfg, err := o.cfgSim.WithSecrets()
	if err != nil {
		t.Fatal(err)
	}
	o.sim, err = depsim.New(context.Background(), depsim.Options{Config: cfg, Logger: slog.New(slog.DiscardHandler), Real: o.clock.now,
		Sample: func(s print.Sample) ([]byte, error) { return []byte("%PDF-1.7 sample " + s.Request), nil }})
	if err != nil {
		t.Fatal(err)
	}
	o.simDoor.Store(o.sim.Handler())
}

func (o *outside) stopSim(t testing.TB) {
	t.Helper()
	if err := o.sim.Close(time.Minute); err != nil {
		t.Error(err)
	}
}

// push sends one operation of a clerk or device, sealed when person is given.
func (o *outside) push(kind hall.Kind, entity string, actor hall.Actor, body any, who *person) sync.Verdict {
	o.t.Helper()
	d := o.desk
	raw, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	d.n++
	d.seq++
	op := hall.Op{ID: hall.OpID(fmt.Sprintf("%s-op-%d", d.id, d.n)), Kind: kind, Schema: 1, Lane: sync.HallLane(hallOfTests), Hall: hallOfTests,
		Entity: entity, Actor: actor, Terminal: d.id, Stamp: hall.Stamp{At: o.c.now(), Trust: hall.TrustSynced}, Body: raw}
	if who != nil {
		pub, _, err := o.c.writer.Keys().Public()
		if err != nil {
			o.t.Fatal(err)
		}
		plain, err := json.Marshal(hall.PersonSealed{Name: who.name, DocKind: "111", DocNo: who.number, Phone: who.phone})
		if err != nil {
			o.t.Fatal(err)
		}
		if op.Sealed, err = seal.Seal(pub, seal.Info(op.ID, kind), plain); err != nil {
			o.t.Fatal(err)
		}
	}
	env, err := json.Marshal(op)
	if err != nil {
		o.t.Fatal(err)
	}
	e := sync.Envelope{Terminal: d.id, Incarnation: "i1", Lane: op.Lane, Seq: d.seq, PrevHash: d.prev, Body: env}
	e.Hash = sync.EnvelopeHash(e.Terminal, e.Incarnation, e.Lane, e.Seq, e.PrevHash, e.Body)
	d.prev = e.Hash
	var reply sync.PushReply
	o.want(200, "POST", "/sync/v1/ops", sync.Push{Terminal: d.id, Incarnation: "i1", Lane: op.Lane, Ops: []sync.Envelope{e}}, &reply, bearer("token-"+d.id)...)
	if reply.Problem != nil || len(reply.Verdicts) != 1 {
		o.t.Fatalf("%s: %+v", kind, reply)
	}
	return reply.Verdicts[0]
}

// must wants it applied.
func (o *outside) must(kind hall.Kind, entity string, body any) {
	o.t.Helper()
	if v := o.push(kind, entity, clerk(o.clerk), body, nil); v.Status != hall.Applied {
		o.t.Fatalf("%s of %s: %+v", kind, entity, v)
	}
}

// open begins a case of an item for a synthetic person.
func (o *outside) open(item string) string {
	o.t.Helper()
	o.cases++
	id := fmt.Sprintf("case-%d", o.cases)
	v := o.push(hall.OpenCase, id, clerk(o.clerk), hall.OpenCaseBody{Item: item, ItemVersion: 1, Owner: "owner-" + id, Window: "1"}, &personA)
	if v.Status != hall.Applied {
		o.t.Fatalf("open: %+v", v)
	}
	return id
}

// receive takes a case in with a number of its own.
func (o *outside) receive(id, nature string) {
	o.t.Helper()
	cat, err := o.c.catalogue(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	series := hall.ApplicationSeries(cat)
	v := o.push(hall.LeaseApplicationNumbers, series, deviceActor, hall.LeaseApplicationNumbersBody{Count: 1}, nil)
	var r hall.LeaseResult
	if err := json.Unmarshal(v.Result, &r); err != nil {
		o.t.Fatalf("%v %+v", err, v)
	}
	area, _ := hall.AreaOfDivision(cat.Area)
	n := hall.ApplicationNumber{Area: area, Service: cat.Cases.Service, Kind: nature, Serial: r.Lease.From}
	o.must(hall.ReceiveCase, id, hall.NumberBody{Number: n.String(), Lease: r.Lease.ID})
}

func (o *outside) edit(id string) hall.Edit { return hall.Edit{Version: o.kase(id).Version} }

func (o *outside) choose(id, key string, m hall.Method) {
	o.t.Helper()
	o.must(hall.ChooseSharing, id, hall.ChooseSharingBody{Edit: o.edit(id), Material: key, Method: m})
}

func (o *outside) kase(id string) hall.Case {
	o.t.Helper()
	c, ok, err := hall.Load[hall.Case](o.c.writer.HallWorld(context.Background(), hallOfTests), hall.EntityCase, id)
	if err != nil || !ok {
		o.t.Fatalf("case %s: %v %v", id, ok, err)
	}
	return c
}

func (o *outside) material(id, key string) hall.Material {
	o.t.Helper()
	c := o.kase(id)
	m, ok := c.Material(key)
	if !ok {
		o.t.Fatalf("case %s has no material %s", id, key)
	}
	return *m
}

// becomes waits until a material is in a state and no query is open.
func (o *outside) becomes(id, key string, state hall.MaterialState) hall.Material {
	o.t.Helper()
	var m hall.Material
	eventually(o.t, fmt.Sprintf("%s of %s is %s", key, id, state), func() bool {
		m = o.material(id, key)
		return m.State == state && m.Ask.Op == ""
	})
	return m
}

// asked waits until the departments know a request.
func (o *outside) asked(id string, ready func(depsim.Request) bool) depsim.Request {
	o.t.Helper()
	var found depsim.Request
	eventually(o.t, "the departments have "+id, func() bool {
		st, err := o.sim.State(context.Background())
		if err != nil {
			o.t.Fatal(err)
		}
		for _, r := range st.Requests {
			if r.ID == id && ready(r) {
				found = r
				return true
			}
		}
		return false
	})
	return found
}

func known(depsim.Request) bool { return true }

func answered(code string) func(depsim.Request) bool {
	return func(r depsim.Request) bool { return r.Answer == code }
}

func police(query, delivery string) depsim.Behaviour {
	return depsim.Behaviour{Department: "police", Material: "M02", Query: query, Delivery: delivery}
}
