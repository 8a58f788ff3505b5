package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"hallway/app/hall"
	"hallway/app/terminal"
)

// fakeCounter is a counter that remembers what its desk was asked. Its acts of
// the queue are those of a nil Counter: nobody calls them here.
type fakeCounter struct {
	Counter
	mu    sync.Mutex
	asked []string
	err   error
	took  int64
	files map[string]string
}

func (c *fakeCounter) ask(format string, args ...any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, fmt.Sprintf(format, args...))
	return c.err
}

func (c *fakeCounter) View() terminal.CounterView { return terminal.CounterView{Rev: 3} }

func (c *fakeCounter) Applicant(_ context.Context, r terminal.ApplicantRequest) error {
	return c.ask("applicant %s", r.DocKind)
}
func (c *fakeCounter) ClearApplicant(context.Context) error { return c.ask("clear") }
func (c *fakeCounter) OpenCase(_ context.Context, r terminal.OpenCaseRequest) error {
	return c.ask("open %s %d", r.Item, r.Applicants)
}
func (c *fakeCounter) ShowCase(_ context.Context, r terminal.CaseRequest) error {
	return c.ask("show %s", r.Case)
}
func (c *fakeCounter) LeaveCase(context.Context) error { return c.ask("leave") }
func (c *fakeCounter) AskHelp(context.Context) error   { return c.ask("help") }
func (c *fakeCounter) CloseHelp(context.Context) error { return c.ask("help close") }
func (c *fakeCounter) ChooseMethod(_ context.Context, r terminal.MethodRequest) error {
	return c.ask("choose %s %s", r.Material, r.Method)
}
func (c *fakeCounter) DropMethod(_ context.Context, r terminal.MaterialRequest) error {
	return c.ask("drop %s", r.Material)
}
func (c *fakeCounter) ReplaceMaterial(_ context.Context, r terminal.ReplaceMaterialRequest) error {
	return c.ask("replace %s %s", r.Material, r.Reason)
}
func (c *fakeCounter) TakeOriginal(_ context.Context, r terminal.MaterialRequest) error {
	return c.ask("original %s", r.Material)
}
func (c *fakeCounter) HandInScan(_ context.Context, r terminal.ScanFileRequest) error {
	return c.ask("scan %s %s", r.Material, r.Name)
}
func (c *fakeCounter) HandInFile(_ context.Context, material, mediaType string, r io.Reader) error {
	n, err := io.Copy(io.Discard, r)
	c.mu.Lock()
	c.took = n
	c.mu.Unlock()
	if err != nil {
		return fmt.Errorf("kept nothing: %w", err)
	}
	return c.ask("file %s %s", material, mediaType)
}
func (c *fakeCounter) ReceiveCase(context.Context) error { return c.ask("receive") }
func (c *fakeCounter) AcceptCase(context.Context) error  { return c.ask("accept") }
func (c *fakeCounter) CancelCase(_ context.Context, r terminal.CancelCaseRequest) error {
	return c.ask("cancel %s", r.Reason)
}
func (c *fakeCounter) BeginPreReview(context.Context) error { return c.ask("begin") }
func (c *fakeCounter) PassPreReview(_ context.Context, r terminal.PassRequest) error {
	return c.ask("pass %v", r.Bring)
}
func (c *fakeCounter) TellMissing(_ context.Context, r terminal.MissingRequest) error {
	return c.ask("missing %v", r.Items)
}
func (c *fakeCounter) ReceiveSupplement(context.Context) error { return c.ask("supplied") }
func (c *fakeCounter) RefuseCase(_ context.Context, r terminal.NotAcceptRequest) error {
	return c.ask("refuse %s %s", r.Reason, r.Authority)
}
func (c *fakeCounter) StepCase(_ context.Context, r terminal.StepRequest) error {
	return c.ask("step %s %d %s", r.Status, r.Step, r.To)
}
func (c *fakeCounter) CompleteCase(_ context.Context, r terminal.CompleteRequest) error {
	return c.ask("complete %s %t", r.Result, r.Certificate != nil)
}
func (c *fakeCounter) CollectCase(_ context.Context, r terminal.CollectRequest) error {
	return c.ask("collect %s %s", r.Way, r.DocKind)
}
func (c *fakeCounter) BeginSpecial(_ context.Context, r terminal.SpecialRequest) error {
	return c.ask("special %s %s %d %s", r.Name, r.Reason, r.N, r.Unit)
}
func (c *fakeCounter) EndSpecial(_ context.Context, r terminal.SpecialEndRequest) error {
	return c.ask("special end %d %s", r.Serial, r.Result)
}
func (c *fakeCounter) ExtendCase(_ context.Context, r terminal.ExtendRequest) error {
	return c.ask("extend %d %s", r.Days, r.Reason)
}
func (c *fakeCounter) DecideCase(_ context.Context, r terminal.DecideRequest) error {
	return c.ask("decide %s", r.Result)
}
func (c *fakeCounter) DecideInstant(_ context.Context, r terminal.InstantRequest) error {
	return c.ask("instant %s %s", r.Result, r.Completion)
}
func (c *fakeCounter) HangCase(_ context.Context, r terminal.HangRequest) error {
	return c.ask("hang %s", r.Reason)
}
func (c *fakeCounter) TransferUp(_ context.Context, r terminal.TransferUpRequest) error {
	return c.ask("transfer %s", r.Authority)
}
func (c *fakeCounter) AskVoid(_ context.Context, r terminal.VoidRequest) error {
	return c.ask("void %s", r.Reason)
}
func (c *fakeCounter) DecideVoid(_ context.Context, r terminal.DecideVoidRequest) error {
	return c.ask("decide void %t", r.Approved)
}
func (c *fakeCounter) PrintPaper(_ context.Context, r terminal.PrintRequest) error {
	return c.ask("print %s", r.Paper)
}
func (c *fakeCounter) DismissNews(_ context.Context, id string) error { return c.ask("news %s", id) }
func (c *fakeCounter) Cases(_ context.Context, r terminal.CaseListRequest) ([]terminal.CaseRow, error) {
	return nil, c.ask("cases %s %q", r.List, r.Query)
}
func (c *fakeCounter) OpenFile(_ context.Context, sha string) (io.ReadCloser, hall.File, error) {
	data, ok := c.files[sha]
	if !ok {
		return nil, hall.File{}, terminal.Fail(http.StatusNotFound, "file_unknown")
	}
	return io.NopCloser(strings.NewReader(data)), hall.File{SHA256: sha, Type: "text/xml", Size: int64(len(data))}, nil
}

func newDesk(t *testing.T) (*fakeCounter, func(method, path, kind string, body io.Reader) (int, string, http.Header)) {
	t.Helper()
	c := &fakeCounter{files: map[string]string{}}
	h := New(Options{Boot: func() terminal.Boot { return terminal.Boot{Role: "counter"} }, Counter: c})
	server := httptest.NewServer(h)
	t.Cleanup(func() { h.Stop(); server.Close(); http.DefaultClient.CloseIdleConnections() })
	return c, func(method, path, kind string, body io.Reader) (int, string, http.Header) {
		t.Helper()
		r, err := http.NewRequest(method, server.URL+prefix+path, body)
		if err != nil {
			t.Fatal(err)
		}
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(data), resp.Header
	}
}

func TestActsOfTheDesk(t *testing.T) {
	c, do := newDesk(t)
	for name, tc := range map[string]struct {
		method, path, body string
		status             int
		asked              string
	}{
		"applicant":            {"POST", "/counter/applicant", `{"name":"张三丰","doc_kind":"111","doc_no":"1"}`, 200, "applicant 111"},
		"applicant, no name":   {"POST", "/counter/applicant", `{"doc_kind":"111","doc_no":"1"}`, 422, ""},
		"clear":                {"POST", "/counter/applicant/clear", "", 200, "clear"},
		"open":                 {"POST", "/counter/case/open", `{"item":"open-shop","applicants":2}`, 200, "open open-shop 2"},
		"open for very many":   {"POST", "/counter/case/open", `{"item":"open-shop","applicants":21}`, 422, ""},
		"show":                 {"POST", "/counter/case/show", `{"case":"010101000001"}`, 200, "show 010101000001"},
		"leave":                {"POST", "/counter/case/leave", "", 200, "leave"},
		"help":                 {"POST", "/counter/case/help", "", 200, "help"},
		"close help":           {"POST", "/counter/case/help/close", "", 200, "help close"},
		"choose":               {"POST", "/counter/case/choose", `{"material":"M02","method":"E_SHARE"}`, 200, "choose M02 E_SHARE"},
		"choose to upload":     {"POST", "/counter/case/choose", `{"material":"M02","method":"UPLOAD"}`, 422, ""},
		"drop":                 {"POST", "/counter/case/drop", `{"material":"M02"}`, 200, "drop M02"},
		"replace":              {"POST", "/counter/case/replace", `{"material":"M02","reason":"unreadable"}`, 200, "replace M02 unreadable"},
		"replace, own words":   {"POST", "/counter/case/replace", `{"material":"M02","reason":"looks odd"}`, 422, ""},
		"original":             {"POST", "/counter/case/original", `{"material":"M01"}`, 200, "original M01"},
		"scan":                 {"POST", "/counter/case/scan", `{"material":"M01","name":"a.pdf"}`, 200, "scan M01 a.pdf"},
		"scan without a name":  {"POST", "/counter/case/scan", `{"material":"M01","name":""}`, 422, ""},
		"receive":              {"POST", "/counter/case/receive", "", 200, "receive"},
		"accept":               {"POST", "/counter/case/accept", "", 200, "accept"},
		"cancel":               {"POST", "/counter/case/cancel", `{"reason":"duplicate"}`, 200, "cancel duplicate"},
		"cancel for no reason": {"POST", "/counter/case/cancel", `{}`, 422, ""},
		"begin":                {"POST", "/counter/case/begin", "", 200, "begin"},
		"pass":                 {"POST", "/counter/case/pass", `{"bring":["M01"]}`, 200, "pass [M01]"},
		"missing":              {"POST", "/counter/case/missing", `{"items":[{"material":"M01","fault":"expired","words":"旧"}]}`, 200, "missing [{M01 expired 旧}]"},
		"missing for no fault": {"POST", "/counter/case/missing", `{"items":[{"material":"M01","fault":"ugly"}]}`, 422, ""},
		"long words":           {"POST", "/counter/case/missing", `{"items":[{"material":"M01","fault":"expired","words":"` + strings.Repeat("长", 401) + `"}]}`, 422, ""},
		"supplied":             {"POST", "/counter/case/supplied", "", 200, "supplied"},
		"refuse":               {"POST", "/counter/case/refuse", `{"reason":"outside_remit","authority":"示例局"}`, 200, "refuse outside_remit 示例局"},
		"refuse for no reason": {"POST", "/counter/case/refuse", `{"reason":"mood"}`, 422, ""},
		"step":                 {"POST", "/counter/case/step", `{"status":"jump","step":3,"words":"急"}`, 200, "step jump 3 "},
		"step elsewhere":       {"POST", "/counter/case/step", `{"status":"skip"}`, 422, ""},
		"complete":             {"POST", "/counter/case/complete", `{"result":"0","certificate":{"name":"证","no":"1","issuer":"局"}}`, 200, "complete 0 true"},
		"complete as voided":   {"POST", "/counter/case/complete", `{"result":"2"}`, 422, ""},
		"collect":              {"POST", "/counter/case/collect", `{"way":"counter","doc_kind":"414","name":"张三丰","doc_no":"1"}`, 200, "collect counter 414"},
		"collect by pigeon":    {"POST", "/counter/case/collect", `{"way":"pigeon"}`, 422, ""},
		"special":              {"POST", "/counter/case/special", `{"name":"hearing","reason":"law_requires","n":20,"unit":"working_day"}`, 200, "special hearing law_requires 20 working_day"},
		"special end":          {"POST", "/counter/case/special-end", `{"serial":1,"result":"passed"}`, 200, "special end 1 passed"},
		"extend":               {"POST", "/counter/case/extend", `{"days":10,"reason":"complex"}`, 200, "extend 10 complex"},
		"extend for ever":      {"POST", "/counter/case/extend", `{"days":99,"reason":"complex"}`, 422, ""},
		"decide":               {"POST", "/counter/case/decide", `{"result":"grant"}`, 200, "decide grant"},
		"instant":              {"POST", "/counter/case/instant", `{"result":"grant","completion":"6"}`, 200, "instant grant 6"},
		"hang":                 {"POST", "/counter/case/hang", `{"reason":"waits_case"}`, 200, "hang waits_case"},
		"transfer":             {"POST", "/counter/case/transfer", `{"authority":"示例厅"}`, 200, "transfer 示例厅"},
		"void":                 {"POST", "/counter/case/void", `{"reason":"duplicate"}`, 200, "void duplicate"},
		"decide void":          {"POST", "/counter/case/decide-void", `{"approved":true}`, 200, "decide void true"},
		"cases, approval":      {"GET", "/counter/cases?list=approval", "", 200, `cases approval ""`},
		"print a refusal":      {"POST", "/counter/case/print", `{"paper":"refusal"}`, 200, "print refusal"},
		"cases, online":        {"GET", "/counter/cases?list=review", "", 200, `cases review ""`},
		"print":                {"POST", "/counter/case/print", `{"paper":"sheet"}`, 200, "print sheet"},
		"print a poster":       {"POST", "/counter/case/print", `{"paper":"poster"}`, 422, ""},
		"news":                 {"POST", "/counter/news/N1/dismiss", "", 200, "news N1"},
		"cases":                {"GET", "/counter/cases", "", 200, `cases pending ""`},
		"cases, searched":      {"GET", "/counter/cases?list=done&query=0101", "", 200, `cases done "0101"`},
		"cases of everybody":   {"GET", "/counter/cases?list=all", "", 422, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.mu.Lock()
			c.asked = nil
			c.mu.Unlock()
			kind := ""
			if tc.body != "" {
				kind = "application/json"
			}
			status, body, _ := do(tc.method, tc.path, kind, strings.NewReader(tc.body))
			if status != tc.status || strings.Join(c.asked, ",") != tc.asked {
				t.Errorf("%d %s, asked %q", status, body, c.asked)
			}
			if tc.method == "GET" && status == 200 && strings.TrimSpace(body) != "[]" {
				t.Errorf("an empty list is %s", body)
			}
			if strings.Contains(body, "张三丰") {
				t.Errorf("a name comes back: %s", body)
			}
		})
	}
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestFilesIn(t *testing.T) {
	c, do := newDesk(t)
	pdf := "%PDF-1.7 synthetic"
	for name, tc := range map[string]struct {
		path, kind string
		body       io.Reader
		err        error
		status     int
		code       string
	}{
		"fine":             {"?material=M01", "application/pdf", strings.NewReader(pdf), nil, 200, ""},
		"with parameters":  {"?material=M01", "text/xml; charset=utf-8", strings.NewReader("<?xml"), nil, 200, ""},
		"unknown type":     {"?material=M01", "application/x-msdownload", strings.NewReader("MZ"), nil, 415, "file_type"},
		"a page":           {"?material=M01", "text/html", strings.NewReader("<script>"), nil, 415, "file_type"},
		"no type":          {"?material=M01", "", strings.NewReader(pdf), nil, 415, "file_type"},
		"no material":      {"", "application/pdf", strings.NewReader(pdf), nil, 422, "invalid_request"},
		"a long material":  {"?material=" + strings.Repeat("M", 65), "application/pdf", strings.NewReader(pdf), nil, 422, "invalid_request"},
		"said to be large": {"?material=M01", "application/pdf", bytes.NewReader(make([]byte, terminal.MaxFile+1)), nil, 413, "file_size"},
		"endless":          {"?material=M01", "application/pdf", io.LimitReader(endless{}, terminal.MaxFile+1), nil, 413, "file_size"},
		"refused":          {"?material=M01", "application/pdf", strings.NewReader(pdf), terminal.Fail(409, "refused_now"), 409, "refused_now"},
		"an inner error":   {"?material=M01", "application/pdf", strings.NewReader(pdf), errors.New("secret /path"), 500, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			c.mu.Lock()
			c.asked, c.err, c.took = nil, tc.err, 0
			c.mu.Unlock()
			status, body, _ := do("POST", "/counter/case/file"+tc.path, tc.kind, tc.body)
			if status != tc.status || tc.code != "" && codeIn(t, body) != tc.code || strings.Contains(body, "secret") {
				t.Errorf("%d %s", status, body)
			}
			if tc.status == 200 && !strings.Contains(body, `"rev":3`) {
				t.Errorf("no view: %s", body)
			}
			if c.took > terminal.MaxFile {
				t.Errorf("took %d bytes", c.took)
			}
		})
	}
}

func TestFilesOut(t *testing.T) {
	c, do := newDesk(t)
	sha := strings.Repeat("ab", 32)
	c.files[sha] = "<?xml version='1.0'?><script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script>"
	status, body, head := do("GET", "/counter/file/"+sha, "", nil)
	if status != 200 || body != c.files[sha] {
		t.Errorf("%d %s", status, body)
	}
	for key, want := range map[string]string{"Content-Type": "text/xml", "Content-Disposition": "inline", "X-Content-Type-Options": "nosniff",
		"Cache-Control": "no-store"} {
		if got := head.Get(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if policy := head.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
	for _, path := range []string{"/counter/file/" + strings.Repeat("0", 64), "/counter/file/..%2f..%2fetc%2fpasswd", "/counter/file/x"} {
		if status, body, _ := do("GET", path, "", nil); status != 404 || codeIn(t, body) != "file_unknown" {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// Another role has no desk.
func TestNoDeskAtAKiosk(t *testing.T) {
	h := newHouse(t)
	h.enter()
	for path, method := range map[string]string{"/counter/case/accept": "POST", "/counter/case/file?material=M01": "POST",
		"/counter/file/" + strings.Repeat("ab", 32): "GET", "/counter/cases": "GET"} {
		status, body, _ := h.do(method, prefix+path, "", nil)
		if status != 404 || codeIn(t, body) != "other_role" {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	h.token = ""
	if status, _, _ := h.do("POST", prefix+"/counter/case/file?material=M01", "", nil); status != 401 {
		t.Errorf("without a token: %d", status)
	}
}
