package hall

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var manager = Actor{Kind: ActorStaff, ID: "M1", Role: RoleHallManager}

func aNotice(id string) Notice {
	return Notice{ID: id, Text: names("三号窗口暂停服务"), Priority: NoticeNormal, On: []string{NoticeOnDisplay, NoticeOnKiosk}}
}

func noticeIDs(list []Notice) string {
	var all []string
	for _, n := range list {
		all = append(all, n.ID)
	}
	return strings.Join(all, " ")
}

func (m *memory) shown(t *testing.T, place string) string {
	t.Helper()
	return noticeIDs(NoticesOn(place, m.cat, load[NoticeBoard](t, m, EntityNoticeBoard, m.cat.Code), m.now))
}

func TestNoticesArePostedAndWithdrawn(t *testing.T) {
	m := newMemory()
	m.cat.Notices = []Notice{aNotice("file-1"), aNotice("file-2")}
	m.cat.Notices[1].On = []string{NoticeOnKiosk}
	post := func(n Notice) Op {
		return m.op(PostNotice, m.cat.Code, manager, "", PostNoticeBody{n})
	}
	if got := noticeIDs(NoticesOn(NoticeOnDisplay, m.cat, NoticeBoard{}, m.now)); got != "file-1" {
		t.Errorf("of the files: %s", got)
	}
	one, late, urgent, over := aNotice("one"), aNotice("late"), aNotice("urgent"), aNotice("file-1")
	one.Text = Names{"zh-Hans": "  第一条 ", "en": " "}
	late.From, late.Until = at("10:00"), at("11:00")
	urgent.Priority, urgent.Until = NoticeUrgent, at("09:30")
	over.Text = names("改过的")
	for _, n := range []Notice{one, late, urgent, over} {
		m.must(t, post(n))
	}
	if got := m.shown(t, NoticeOnDisplay); got != "urgent file-1 one" {
		t.Errorf("now: %s", got)
	}
	if got := m.shown(t, NoticeOnKiosk); got != "urgent file-1 one file-2" {
		t.Errorf("at a kiosk: %s", got)
	}
	board := load[NoticeBoard](t, m, EntityNoticeBoard, m.cat.Code)
	if n := board.Notices[0]; n.Text["zh-Hans"] != "第一条" || len(n.Text) != 1 || !n.From.Equal(m.now) {
		t.Errorf("as posted: %+v", n)
	}
	m.now = at("10:30")
	if got := m.shown(t, NoticeOnDisplay); got != "late file-1 one" {
		t.Errorf("later: %s", got)
	}
	take := m.op(WithdrawNotice, m.cat.Code, manager, "", WithdrawNoticeBody{ID: "one"})
	m.must(t, take)
	m.idle(t, m.op(WithdrawNotice, m.cat.Code, manager, "", WithdrawNoticeBody{ID: "one"}))
	m.now = at("11:00")
	if got := m.shown(t, NoticeOnDisplay); got != "file-1" {
		t.Errorf("at the end: %s", got)
	}
	m.must(t, post(aNotice("again"))) // what has ended leaves the board by the way
	if b := load[NoticeBoard](t, m, EntityNoticeBoard, m.cat.Code); noticeIDs(b.Notices) != "file-1 again" {
		t.Errorf("kept: %s", noticeIDs(b.Notices))
	}
}

func TestNoticesThatAreRefused(t *testing.T) {
	m := newMemory()
	for what, change := range map[string]func(*Notice){
		"notice_id":         func(n *Notice) { n.ID = "a b" },
		"notice_text":       func(n *Notice) { n.Text = Names{"en": "only English"} },
		"notice_text_long":  func(n *Notice) { n.Text["pt"] = strings.Repeat("é", NoticeLongest+1) },
		"notice_text_marks": func(n *Notice) { n.Text["en"] = "turn\u202e" },
		"notice_language":   func(n *Notice) { n.Text["fr"] = "bonjour" },
		"notice_priority":   func(n *Notice) { n.Priority = "high" },
		"notice_place":      func(n *Notice) { n.On = []string{NoticeOnKiosk, NoticeOnKiosk} },
		"notice_time":       func(n *Notice) { n.Until = m.now },
	} {
		n := aNotice("n")
		change(&n)
		if out := m.do(t, m.op(PostNotice, m.cat.Code, manager, "", PostNoticeBody{n})); out.Status != Rejected || out.Reason.Code != what {
			t.Errorf("%s: %s %v", what, out.Status, out.Reason)
		}
	}
	far := aNotice("far")
	far.From = m.now.Add(2 * 366 * 24 * time.Hour)
	if out := m.do(t, m.op(PostNotice, m.cat.Code, manager, "", PostNoticeBody{far})); out.Reason.Code != "notice_time" {
		t.Errorf("years ahead: %v", out.Reason)
	}
	if out := m.do(t, m.op(PostNotice, "37020001", manager, "", PostNoticeBody{aNotice("n")})); out.Reason.Code != "other_hall" {
		t.Errorf("another hall: %v", out.Reason)
	}
	for i := range NoticesMost {
		m.must(t, m.op(PostNotice, m.cat.Code, manager, "", PostNoticeBody{aNotice(fmt.Sprint("n", i))}))
	}
	if out := m.do(t, m.op(PostNotice, m.cat.Code, manager, "", PostNoticeBody{aNotice("more")})); out.Reason.Code != "notices_full" {
		t.Errorf("one too many: %v", out.Reason)
	}
	m.must(t, m.op(PostNotice, m.cat.Code, manager, "", PostNoticeBody{aNotice("n3")})) // a change of one is none more
	if May(PostNotice, RoleClerk, AtCentre) || May(PostNotice, RoleHallManager, AtCounter) || !May(WithdrawNotice, RoleHallManager, AtCentre) {
		t.Error("who may post notices")
	}
	m.cat.Notices = []Notice{aNotice("a"), aNotice("a")}
	if errs := m.cat.Validate(); len(errs) != 1 {
		t.Errorf("two of one id in the files: %v", errs)
	}
}

func TestOverdue(t *testing.T) {
	now := at("12:00")
	for _, c := range []struct {
		paper Paper
		late  bool
	}{
		{Paper{Custody: AtDepartment, Due: at("11:59")}, true},
		{Paper{Custody: InTransit, Due: at("11:59")}, true},
		{Paper{Custody: Unverified, Due: at("11:59")}, true},
		{Paper{Custody: AtDepartment, Due: at("12:00")}, false},
		{Paper{Custody: AtDepartment}, false},
		{Paper{Custody: AtDepartment, Due: at("11:00"), Only: true}, false},
		{Paper{Custody: AtDepartment, Due: at("11:00"), Refused: "lent"}, false},
		{Paper{Custody: AtHall, Due: at("11:00")}, false},
		{Paper{Custody: Filed, Due: at("11:00")}, false},
		{Paper{Custody: InTransitBack, Due: at("11:00")}, false},
		{Paper{Custody: Disputed, Due: at("11:00")}, false},
	} {
		if c.paper.Overdue(now) != c.late {
			t.Errorf("%+v: overdue %v", c.paper, !c.late)
		}
	}
}
