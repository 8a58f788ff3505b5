package central

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"hallway/app/hall"
)

// noticeRow is one notice of the hall's files.
type noticeRow struct {
	ID       string            `toml:"id"`
	Text     map[string]string `toml:"text"`
	From     string            `toml:"from"`
	Until    string            `toml:"until"`
	Priority string            `toml:"priority"`
	On       []string          `toml:"on"`
}

// noticeTime is how the files and the manager's page write a moment of the hall.
const noticeTime = "2006-01-02T15:04"

// noticeMoment reads a moment; "" is none.
func noticeMoment(s string) (time.Time, bool) {
	if s == "" {
		return time.Time{}, true
	}
	t, err := time.ParseInLocation(noticeTime, s, hall.Zone)
	return t, err == nil
}

// noticeHints says for each fault of a notice what to do.
var noticeHints = map[string]string{
	"id":         "letters, digits and -, 1 to 64 of them",
	"text":       "text.zh-Hans must be there",
	"text_long":  fmt.Sprintf("at most %d characters: people read it standing", hall.NoticeLongest),
	"text_marks": "one line of plain characters",
	"language":   "languages are zh-Hans, zh-Hant, en, pt",
	"priority":   "normal or urgent",
	"place":      `on = ["display", "kiosk"], or one of them`,
	"time":       "from must be before until",
}

func (l *hallLoader) notice(c *fileChecker, n int, r noticeRow) {
	out := hall.Notice{ID: r.ID, Text: r.Text, Priority: hall.NoticePriority(r.Priority), On: r.On}
	if r.Priority == "" {
		out.Priority = hall.NoticeNormal
	}
	if len(r.On) == 0 {
		out.On = []string{hall.NoticeOnDisplay, hall.NoticeOnKiosk}
	}
	for _, m := range []struct {
		key, text string
		at        *time.Time
	}{{"from", r.From, &out.From}, {"until", r.Until, &out.Until}} {
		at, ok := noticeMoment(m.text)
		if !ok {
			c.add("notice", n, fmt.Sprintf("%s = %q", m.key, m.text), `a moment like "2026-12-24T12:00", at +08:00`)
		}
		*m.at = at
	}
	if what := out.Fault(); what != "" {
		c.add("notice", n, fmt.Sprintf("notice %q: %s", r.ID, what), noticeHints[what])
	}
	l.once(c, "notice", n, "notice "+r.ID)
	l.cat.Notices = append(l.cat.Notices, out)
}

// ManagerNotices are the hall's notices as the manager's page lists them.
type ManagerNotices struct {
	List    []ManagerNotice `json:"list"`
	Longest int             `json:"longest"` // characters of one language
	Left    int             `json:"left"`    // how many more can be posted
}

// ManagerNotice is one notice; those that have ended are not listed.
type ManagerNotice struct {
	hall.Notice
	State string `json:"state" enum:"now,later"`
	// Source: the hall's files, where it is changed, or posted here, where it
	// can be withdrawn.
	Source string `json:"source" enum:"files,posted"`
}

// managerNotices lists what is shown now or will be.
func managerNotices(cat *hall.Catalogue, board hall.NoticeBoard, now time.Time) ManagerNotices {
	v := ManagerNotices{List: []ManagerNotice{}, Longest: hall.NoticeLongest, Left: hall.NoticesMost}
	add := func(n hall.Notice, source string) {
		if n.Past(now) {
			return
		}
		state := "later"
		if n.InForce(now) {
			state = "now"
		}
		v.List = append(v.List, ManagerNotice{Notice: n, State: state, Source: source})
	}
	for _, n := range slices.Backward(board.Notices) {
		if add(n, "posted"); !n.Past(now) {
			v.Left = max(0, v.Left-1)
		}
	}
	for _, n := range cat.Notices {
		if !slices.ContainsFunc(board.Notices, func(p hall.Notice) bool { return p.ID == n.ID && !p.Past(now) }) {
			add(n, "files")
		}
	}
	return v
}

// NoticeRequest posts a notice. Key is its id: the same request again is the
// same notice. Moments are of the hall, like 2026-12-24T12:00; empty is at once,
// and until it is withdrawn.
type NoticeRequest struct {
	Key      string     `json:"key" maxLength:"64"`
	Text     hall.Names `json:"text"`
	From     string     `json:"from,omitempty" maxLength:"16"`
	Until    string     `json:"until,omitempty" maxLength:"16"`
	Urgent   bool       `json:"urgent"`
	Displays bool       `json:"displays"`
	Kiosks   bool       `json:"kiosks"`
}

type noticeInput struct {
	Body NoticeRequest
}

type noticeIDInput struct {
	ID string `path:"id" maxLength:"64"`
}

// postNotice lets the writer decide on a notice of the manager's.
func (c *Centre) postNotice(ctx context.Context, in *noticeInput) (*managerOutput, error) {
	r := in.Body
	if !goodKey(r.Key) {
		return nil, problem(http.StatusUnprocessableEntity, "bad_request", "field", "key")
	}
	n := hall.Notice{ID: r.Key, Text: r.Text, Priority: hall.NoticeNormal}
	if r.Urgent {
		n.Priority = hall.NoticeUrgent
	}
	if r.Displays {
		n.On = append(n.On, hall.NoticeOnDisplay)
	}
	if r.Kiosks {
		n.On = append(n.On, hall.NoticeOnKiosk)
	}
	var ok1, ok2 bool
	n.From, ok1 = noticeMoment(r.From)
	n.Until, ok2 = noticeMoment(r.Until)
	if !ok1 || !ok2 {
		return nil, problem(http.StatusUnprocessableEntity, "notice_time")
	}
	return c.noticeOp(ctx, hall.PostNotice, hall.PostNoticeBody{Notice: n})
}

// withdrawNotice takes a posted notice down.
func (c *Centre) withdrawNotice(ctx context.Context, in *noticeIDInput) (*managerOutput, error) {
	return c.noticeOp(ctx, hall.WithdrawNotice, hall.WithdrawNoticeBody{ID: in.ID})
}

func (c *Centre) noticeOp(ctx context.Context, kind hall.Kind, body any) (*managerOutput, error) {
	p := principalOf(ctx)
	if p.session == nil {
		return nil, problem(http.StatusUnauthorized, "signed_out")
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, c.fail(ctx, "notice", err)
	}
	err = c.propose(ctx, hall.Op{
		ID: attempt(hall.OpID(kind)), Kind: kind, Hall: c.hallCode, Entity: c.hallCode, Body: raw,
		Actor: hall.Actor{Kind: hall.ActorStaff, ID: p.session.staff.ID, Role: hall.RoleHallManager, Session: p.session.id},
	})
	if err != nil {
		return nil, c.fail(ctx, "notice", err)
	}
	return c.managerView(ctx, nil)
}
