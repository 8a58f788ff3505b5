package central

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hallway/app/hall"
)

func TestTheManagerPostsAndWithdrawsNotices(t *testing.T) {
	b := newBed(t)
	manager := bearer(b.signIn("9001", "").Token)
	request := NoticeRequest{Key: strings.Repeat("k", 16), Text: hall.Names{"zh-Hans": "三号窗口今日暂停", "en": "Window 3 is closed today"},
		Until: b.c.now().Add(time.Hour).In(hall.Zone).Format(noticeTime), Urgent: true, Displays: true}
	post := func(r NoticeRequest) (ManagerView, int, string) {
		t.Helper()
		var v ManagerView
		var p Problem
		status, raw := b.call(http.MethodPost, Prefix+"/manager/notices", r, manager...)
		if status == http.StatusOK {
			err := json.Unmarshal(raw, &v)
			return v, status, errText(err)
		}
		err := json.Unmarshal(raw, &p)
		return v, status, p.Code + errText(err)
	}
	posted := func(v ManagerView) (list []ManagerNotice) {
		for _, n := range v.Notices.List {
			if n.Source == "posted" {
				list = append(list, n)
			}
		}
		return list
	}
	v, status, code := post(request)
	if list := posted(v); status != http.StatusOK || len(list) != 1 || list[0].State != "now" || list[0].Priority != hall.NoticeUrgent || len(list[0].On) != 1 {
		t.Fatalf("posted: %d %s %+v", status, code, v.Notices)
	}
	if v.Notices.Left != hall.NoticesMost-1 || v.Notices.Longest != hall.NoticeLongest || len(v.Notices.List) < 2 {
		t.Errorf("beside those of the files: %+v", v.Notices)
	}
	if v, _, _ := post(request); len(posted(v)) != 1 {
		t.Error("the same request again is another notice")
	}
	for code, change := range map[string]func(*NoticeRequest){
		"bad_request":      func(r *NoticeRequest) { r.Key = "short" },
		"notice_text":      func(r *NoticeRequest) { r.Text = hall.Names{"en": "x"} },
		"notice_place":     func(r *NoticeRequest) { r.Displays = false },
		"notice_time":      func(r *NoticeRequest) { r.Until = "tomorrow" },
		"notice_text_long": func(r *NoticeRequest) { r.Text = hall.Names{"zh-Hans": strings.Repeat("长", 121)} },
	} {
		r := request
		change(&r)
		if _, status, got := post(r); got != code || status < 400 {
			t.Errorf("%s: %d %s", code, status, got)
		}
	}
	later := request
	later.Key, later.From, later.Until = strings.Repeat("l", 16), b.c.now().Add(time.Hour).In(hall.Zone).Format(noticeTime), ""
	if v, _, _ := post(later); len(posted(v)) != 2 || posted(v)[0].State != "later" {
		t.Errorf("for later: %+v", v.Notices.List)
	}
	v = ManagerView{}
	b.want(http.StatusOK, http.MethodPost, Prefix+"/manager/notices/"+request.Key+"/withdraw", nil, &v, manager...)
	if len(posted(v)) != 1 {
		t.Errorf("withdrawn: %+v", v.Notices.List)
	}
	board, ok, err := hall.Load[hall.NoticeBoard](b.c.writer.HallWorld(t.Context(), b.c.hallCode), hall.EntityNoticeBoard, b.c.hallCode)
	if err != nil || !ok || len(board.Notices) != 1 {
		t.Errorf("the board: %v %v %+v", ok, err, board)
	}
}

func errText(err error) string {
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestNoticesOfTheFiles(t *testing.T) {
	read := func(text string) (*hall.Catalogue, error) {
		t.Helper()
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS("../../build/demo/hall")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "notices.toml"), []byte("version = 1\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		return LoadHall(dir)
	}
	cat, err := read("[[notice]]\nid = \"a\"\nfrom = \"2026-12-24T12:00\"\ntext.zh-Hans = \"放假\"\n")
	if err != nil || len(cat.Notices) != 1 {
		t.Fatalf("%v %+v", err, cat)
	}
	if n := cat.Notices[0]; n.Priority != hall.NoticeNormal || len(n.On) != 2 || n.From.In(hall.Zone).Format(noticeTime) != "2026-12-24T12:00" || !n.Until.IsZero() {
		t.Errorf("%+v", n)
	}
	for text, want := range map[string]string{
		"[[notice]]\nid = \"a\"\ntext.en = \"x\"\n":                                                    "notices.toml:2",
		"[[notice]]\nid = \"a\"\ntext.zh-Hans = \"x\"\nuntil = \"Friday\"\n":                           "2026-12-24T12:00",
		"[[notice]]\nid = \"a\"\ntext.zh-Hans = \"x\"\npriority = \"high\"\n":                          "normal or urgent",
		"[[notice]]\nid = \"a\"\ntext.zh-Hans = \"x\"\n[[notice]]\nid = \"a\"\ntext.zh-Hans = \"x\"\n": "defined twice",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}
