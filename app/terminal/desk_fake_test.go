package terminal

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/devices/printer"
)

var _ DeskStore = (*fakeStore)(nil)

func (s *fakeStore) OwnerKey() ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return testKey, !s.noKey
}

// ProposeNumbered spends a number of a lease that the writer knows; none is
// left when numbers["application"] is negative.
func (s *fakeStore) ProposeNumbered(ctx context.Context, d NumberedDraft) (Numbered, error) {
	s.mu.Lock()
	s.numbers["application"]++
	serial := s.numbers["application"]
	s.mu.Unlock()
	var out Numbered
	body := hall.NumberBody{Window: d.Window, Ticket: d.Ticket}
	if serial <= 0 {
		out.Temporary = hall.TemporaryNumber{Hall: "37010001", Terminal: s.terminal, Day: testDay, N: serial + 1000}.String()
		body.Number = out.Temporary
	} else {
		lease := hall.Lease{ID: "application-" + s.terminal, Series: "application/0101", Terminal: s.terminal, From: 1, To: 999}
		raw, err := json.Marshal(lease)
		if err != nil {
			return out, err
		}
		s.w.mu.Lock()
		s.w.entities["lease/"+lease.ID] = raw
		s.w.mu.Unlock()
		out.Number = hall.ApplicationNumber{Area: "01", Service: "01", Kind: d.Nature, Serial: serial}.String()
		body.Number, body.Lease = out.Number, lease.ID
	}
	var err error
	out.Op, err = s.Propose(ctx, Draft{Kind: d.Kind, Entity: d.Case, Actor: d.Actor, Body: body})
	return out, err
}

// cases are all cases with their places, by where they stand in any list.
func (s *fakeStore) cases(in func(hall.Case, hall.Place) bool) (found []hall.Case, at map[string]hall.Place, err error) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	at = map[string]hall.Place{}
	for key, raw := range s.w.entities {
		var k hall.Case
		if !strings.HasPrefix(key, "case/") {
			continue
		}
		if err := json.Unmarshal(raw, &k); err != nil {
			return nil, nil, err
		}
		places := k.Places()
		if i := slices.IndexFunc(places, func(p hall.Place) bool { return in(k, p) }); i >= 0 {
			found, at[k.ID] = append(found, k), places[i]
		}
	}
	slices.SortFunc(found, func(a, b hall.Case) int {
		return cmp.Or(cmp.Compare(at[a.ID].At, at[b.ID].At), strings.Compare(a.ID, b.ID))
	})
	return found, at, nil
}

func (s *fakeStore) Cases(_ context.Context, q CaseQuery) ([]hall.Case, error) {
	found, _, err := s.cases(func(k hall.Case, p hall.Place) bool {
		in := len(q.Lists) == 0 || slices.ContainsFunc(q.Lists, func(l hall.CaseList) bool { return strings.HasPrefix(p.List, l.Part("")) })
		return in && strings.Contains(p.Note, q.Text) && (q.Keep == nil || q.Keep(&k))
	})
	if q.Now.IsZero() {
		slices.Reverse(found)
	} else {
		slices.SortStableFunc(found, func(a, b hall.Case) int { return min(len(b.Anomaly(q.Now)), 1) - min(len(a.Anomaly(q.Now)), 1) })
	}
	if q.Limit > 0 {
		found = found[:min(len(found), q.Limit)]
	}
	return found, err
}

func (s *fakeStore) CaseCounts(_ context.Context, now time.Time) (n CaseCounts, err error) {
	_, _, err = s.cases(func(k hall.Case, _ hall.Place) bool {
		switch {
		case k.State == hall.CasePending && len(k.Anomaly(now)) > 0:
			n.Pending, n.Anomalies = n.Pending+1, n.Anomalies+1
		case k.State == hall.CasePending:
			n.Pending++
		case k.State == hall.CaseApplied || k.State == hall.CasePreReview:
			n.Reviews++
		}
		return true
	})
	return n, err
}

func (s *fakeStore) CasePlaces(_ context.Context, lists []hall.CaseList, part string, from, to time.Time) (out []CasePlace, err error) {
	found, at, err := s.cases(func(_ hall.Case, p hall.Place) bool {
		return slices.ContainsFunc(lists, func(l hall.CaseList) bool { return p.List == l.Part(part) }) &&
			(from.IsZero() || p.At >= hall.PlaceBefore(from)) && (to.IsZero() || p.At < hall.PlaceBefore(to))
	})
	for _, k := range found {
		out = append(out, CasePlace{ID: k.ID, At: time.UnixMicro(at[k.ID].At), Part: part})
	}
	return out, err
}

// CaseChanges: anything may have changed.
func (s *fakeStore) CaseChanges(int64) ([]string, int64, bool) { return nil, 0, false }

func (s *fakeStore) PutFile(_ context.Context, r io.Reader, declared string, limit int64) (hall.File, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return hall.File{}, &store.Error{Code: store.CodeFailed, Err: err}
	}
	kind, ok := hall.SniffFile(data, declared)
	switch {
	case len(data) == 0 || int64(len(data)) > limit:
		return hall.File{}, &store.Error{Code: store.CodeFileSize}
	case !ok:
		return hall.File{}, &store.Error{Code: store.CodeFileType}
	}
	sum := sha256.Sum256(data)
	f := hall.File{SHA256: hex.EncodeToString(sum[:]), Type: kind, Size: int64(len(data))}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[f.SHA256] = data
	return f, nil
}

func (s *fakeStore) OpenFile(_ context.Context, sha string) (io.ReadCloser, hall.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.files[sha]
	if !ok {
		return nil, hall.File{}, &store.Error{Code: store.CodeUnknownFile}
	}
	kind, _ := hall.SniffFile(data, "")
	return io.NopCloser(bytes.NewReader(data)), hall.File{SHA256: sha, Type: kind, Size: int64(len(data))}, nil
}

func (s *fakeStore) HandIn(ctx context.Context, d Draft, f hall.File) (hall.Op, error) {
	s.mu.Lock()
	_, kept := s.files[f.SHA256]
	s.mu.Unlock()
	if !kept {
		return hall.Op{}, &store.Error{Code: store.CodeUnknownFile}
	}
	return s.Propose(ctx, d)
}

// durable is the centre having a file of a case.
func (s *fakeStore) durable(t *testing.T, caseID string, f hall.File) {
	t.Helper()
	s.system(t, hall.FileStored, caseID, hall.FileStoredBody{File: f})
}

// system is an act of the centre.
func (s *fakeStore) system(t *testing.T, kind hall.Kind, entity string, body any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.w.decide(hall.Op{ID: hall.OpID(s.next("SYS")), Kind: kind, Schema: 1, Lane: "hall/37010001", Hall: "37010001", Entity: entity,
		Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Terminal: hall.AtCentre, Body: raw}, s.clock())
	if err != nil || v.Status != hall.Applied {
		t.Fatalf("%s: %v %v", kind, v, err)
	}
}

func (s *fakeStore) QueuePaper(_ context.Context, p PaperJob) (Job, error) {
	id := s.next("PAPER")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing != nil {
		return Job{}, s.failing
	}
	j := Job{ID: id, Kind: p.Kind, Ticket: p.Key}
	for other, was := range s.paperOf {
		if state := s.jobs[other]; was.Kind == p.Kind && was.Key == p.Key && state != store.JobQueued && state != store.JobFailed {
			j.Reprint = true
		}
	}
	s.jobs[id] = store.JobQueued
	s.paperOf[id] = PaperState{ID: id, Kind: p.Kind, Key: p.Key, Reprint: j.Reprint, At: s.clock()}
	return j, nil
}

func (s *fakeStore) papers(keep func(PaperState) bool) []PaperState {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []PaperState
	for id, p := range s.paperOf {
		if p.State = s.jobs[id]; keep(p) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b PaperState) int { return strings.Compare(b.ID, a.ID) })
	return list
}

func (s *fakeStore) PapersOf(_ context.Context, key string) ([]PaperState, error) {
	return s.papers(func(p PaperState) bool { return p.Key == key }), nil
}

func (s *fakeStore) OpenPapers(context.Context) ([]PaperState, error) {
	return s.papers(func(p PaperState) bool { return p.State == store.JobQueued || p.State == store.JobBegun }), nil
}

// deskCatalogue is the small hall with cases: an item with everything, and one
// without materials.
func deskCatalogue() *hall.Catalogue {
	n := func(s string) hall.Names { return hall.Names{"zh-Hans": s} }
	c := testCatalogue()
	c.Departments = []hall.Department{{ID: "civil", Name: n("民政")}, {ID: "police", Name: n("公安")}}
	c.Materials = []hall.MaterialDef{{Code: "M01", Name: n("申请表")}, {Code: "M02", Name: n("户籍证明"), Department: "police"},
		{Code: "M03", Name: n("婚姻登记"), Department: "civil"}}
	c.Cases = hall.CaseRules{Service: "01", NumberBlock: 20, Ask: n("一楼咨询台")}
	shop := hall.ItemVersion{Version: 1, Kind: hall.CasePromised, Nature: "01", PromisedDays: 5, LegalDays: 20, Code: "000125001000",
		Authority: n("示例市行政审批服务局"), Basis: "《示例条例》第一条", Phone: "0531-00000000",
		Materials: []hall.ItemMaterial{{Code: "M01", Required: true, Originals: 1},
			{Code: "M02", Required: true, Methods: []hall.Method{hall.MethodEShare}},
			{Code: "M03", Required: true, Methods: []hall.Method{hall.MethodEShare, hall.MethodPaper}}}}
	simple := shop
	simple.Materials = []hall.ItemMaterial{{Code: "M01", Required: true}}
	c.Items = append(c.Items,
		hall.Item{ID: "open-shop", Group: "tax", Name: n("开办商店"), Versions: []hall.ItemVersion{shop},
			Paper: []hall.PaperRights{{Material: "M03", SignOut: "civil", SignIn: []string{"3001"}}}},
		hall.Item{ID: "simple", Group: "social", Name: n("简单事项"), Versions: []hall.ItemVersion{simple}},
		hall.Item{ID: "nothing", Group: "other", Name: n("无材料"), Versions: []hall.ItemVersion{{Version: 1, Kind: hall.CasePromised, Nature: "07",
			Authority: n("示例局")}}})
	c.Staff = []hall.Staff{{ID: "1001", Name: "王一", Roles: []hall.Role{hall.RoleClerk}, Rights: hall.Rights()},
		{ID: "1002", Name: "王二", Roles: []hall.Role{hall.RoleClerk}}, {ID: "3001", Name: "签入员", Roles: []hall.Role{hall.RoleSignIn}}}
	return c
}

// deskCentre is what a desk's centre knows.
type deskCentre struct {
	fakeCentre
	offers []MaterialOffers
	err    error
	people map[string]hall.PersonSealed
	asked  int
	files  map[string][]byte
	words  CaseWords
	said   func() map[hall.OpID]string // in the approval
	heard  int                         // how often that was told
	forms  map[hall.OpID]hall.FormValues
	roles  []hall.Role // of whoever signs in; none: a clerk's
}

func (c *deskCentre) SignIn(ctx context.Context, staff, password string) (Session, error) {
	s, err := c.fakeCentre.SignIn(ctx, staff, password)
	if len(c.roles) > 0 {
		s.Roles = c.roles
	}
	return s, err
}

func (c *deskCentre) CaseWords(context.Context, string, string) (CaseWords, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.words, c.err
}

func (c *deskCentre) CaseOpinions(context.Context, string, string) (map[hall.OpID]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard++
	if c.said == nil {
		return nil, c.err
	}
	return c.said(), c.err
}

func (c *deskCentre) CaseApplicant(_ context.Context, id, _ string) (hall.PersonSealed, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	p, ok := c.people[id]
	if !ok {
		return p, errors.New("not here")
	}
	return p, nil
}

func (c *deskCentre) Availability(context.Context, string, string) ([]MaterialOffers, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offers, c.err
}

func (c *deskCentre) File(_ context.Context, sha, token string) (io.ReadCloser, hall.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	data, ok := c.files[sha]
	if !ok || token == "" {
		return nil, hall.File{}, Fail(404, "file_unknown")
	}
	return io.NopCloser(bytes.NewReader(data)), hall.File{SHA256: sha}, nil
}

// fakeSheet is a page printer.
type fakeSheet struct {
	*fakeDevice
	mu      sync.Mutex
	outcome printer.Outcome
	sheets  []printer.Sheet
}

func (p *fakeSheet) Ready() error { return nil }

func (p *fakeSheet) PrintSheet(_ context.Context, s printer.Sheet) (printer.Outcome, error) {
	if err := s.Begin(); err != nil {
		return printer.NotPrinted, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sheets = append(p.sheets, s)
	return p.outcome, nil
}

// fontsOfTests is where this process keeps the prepared fonts; TestMain takes
// it away.
var fontsOfTests = func() func(t *testing.T) string {
	var once sync.Once
	dir := ""
	return func(t *testing.T) string {
		t.Helper()
		once.Do(func() {
			var err error
			if dir, err = os.MkdirTemp("", "hallway-fonts-*"); err != nil {
				t.Fatal(err)
			}
			fontsMade = dir
		})
		return dir
	}
}()

var fontsMade string

// What was typed and not sent, in the memory of the fake.

func (s *fakeStore) KeepTyped(_ context.Context, d TypedText) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.typed = slices.DeleteFunc(s.typed, func(o TypedText) bool { return o.Staff == d.Staff && o.Ticket == d.Ticket && o.Place == d.Place })
	for _, text := range d.Fields {
		if text != "" {
			d.At = s.clock()
			s.typed = append(s.typed, d)
			break
		}
	}
	return nil
}

func (s *fakeStore) AllTyped(context.Context) ([]TypedText, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.typed), nil
}

func (s *fakeStore) GiveTyped(_ context.Context, staff, ticket string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.typed {
		if s.typed[i].Staff == staff && s.typed[i].Ticket == "" {
			s.typed[i].Ticket = ticket
		}
	}
	return nil
}

func (s *fakeStore) EraseTyped(_ context.Context, over func(staff, ticket string, at time.Time) bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.typed = slices.DeleteFunc(s.typed, func(d TypedText) bool { return over(d.Staff, d.Ticket, d.At) })
	return nil
}
