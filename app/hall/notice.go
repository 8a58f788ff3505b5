package hall

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Notice (公告) is a sentence for everyone in the hall, shown by its displays
// and kiosks while it is in force. It stands in the hall's files, or the hall
// manager posted it. It never names a person: whoever writes one is told so.
type Notice struct {
	ID    string    `json:"id"`
	Text  Names     `json:"text"`
	From  time.Time `json:"from,omitzero"`  // zero: at once
	Until time.Time `json:"until,omitzero"` // zero: until it is taken out
	// Priority: what is urgent is shown first, and marked.
	Priority NoticePriority `json:"priority"`
	On       []string       `json:"on"` // NoticeOnDisplay, NoticeOnKiosk
}

// NoticePriority of a notice.
type NoticePriority string

// Priorities.
const (
	NoticeUrgent NoticePriority = "urgent"
	NoticeNormal NoticePriority = "normal"
)

// Where a notice is shown.
const (
	NoticeOnDisplay = "display"
	NoticeOnKiosk   = "kiosk"
)

// Bounds of notices: what is longer is not read by people who stand, and more
// of them than fit one round are not seen.
const (
	NoticeLongest = 120 // characters of one language
	NoticesMost   = 12  // posted and in force or to come
	noticeAhead   = 366 * 24 * time.Hour
)

// NoticeBoard (公告栏) holds what the manager posted. Entity id = hall code.
type NoticeBoard struct {
	Notices []Notice `json:"notices"`
}

// PostNoticeBody posts a notice, or changes the posted one with its id.
// Entity = hall code.
type PostNoticeBody struct {
	Notice Notice `json:"notice"`
}

// WithdrawNoticeBody takes a posted notice down. Entity = hall code.
type WithdrawNoticeBody struct {
	ID string `json:"id"`
}

// InForce reports whether a notice is shown at a moment.
func (n *Notice) InForce(now time.Time) bool {
	return (n.From.IsZero() || !now.Before(n.From)) && !n.Past(now)
}

// Past reports whether a notice will not be shown any more.
func (n *Notice) Past(now time.Time) bool { return !n.Until.IsZero() && !now.Before(n.Until) }

// NoticesOn lists what a place (display, kiosk) shows now, in its order: what is
// urgent first, then what the manager posted before what stands in the files,
// the newest first. A posted notice stands for that of the files with its id.
func NoticesOn(place string, cat *Catalogue, board NoticeBoard, now time.Time) []Notice {
	shown := []Notice{}
	add := func(n Notice) {
		if n.InForce(now) && slices.Contains(n.On, place) {
			shown = append(shown, n)
		}
	}
	newest := slices.Clone(board.Notices)
	slices.SortStableFunc(newest, func(a, b Notice) int { return cmp.Or(b.From.Compare(a.From), cmp.Compare(a.ID, b.ID)) })
	for _, n := range newest {
		add(n)
	}
	if cat != nil {
		for _, n := range cat.Notices {
			if !slices.ContainsFunc(board.Notices, func(p Notice) bool { return p.ID == n.ID }) {
				add(n)
			}
		}
	}
	slices.SortStableFunc(shown, func(a, b Notice) int { return a.rank() - b.rank() })
	return shown
}

func (n *Notice) rank() int {
	if n.Priority == NoticeUrgent {
		return 0
	}
	return 1
}

// Fault says which part of a notice is wrong: id, text, text_long, text_marks,
// language, priority, place or time; "" when it is good.
func (n *Notice) Fault() string {
	switch {
	case n.ID == "" || len(n.ID) > 64 || strings.ContainsFunc(n.ID, func(r rune) bool { return r > '~' || r <= ' ' || r == '/' }):
		return "id"
	case strings.TrimSpace(n.Text["zh-Hans"]) == "":
		return "text"
	case n.Priority != NoticeUrgent && n.Priority != NoticeNormal:
		return "priority"
	case len(n.On) == 0 || len(n.On) > 2:
		return "place"
	case !n.From.IsZero() && !n.Until.IsZero() && !n.From.Before(n.Until):
		return "time"
	}
	for locale, text := range n.Text {
		switch {
		case !slices.Contains(Locales(), locale):
			return "language"
		case len([]rune(text)) > NoticeLongest:
			return "text_long"
		case strings.ContainsFunc(text, unreadable):
			return "text_marks"
		}
	}
	for i, place := range n.On {
		if place != NoticeOnDisplay && place != NoticeOnKiosk || slices.Contains(n.On[:i], place) {
			return "place"
		}
	}
	return ""
}

// unreadable are characters that would turn or break the line for others.
func unreadable(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// notices checks those of the hall's files.
func (v *checker) notices(c *Catalogue) {
	seen := map[string]bool{}
	for i := range c.Notices {
		n := &c.Notices[i]
		at := fmt.Sprintf("notices[%d] %s", i, n.ID)
		v.id(at, n.ID, seen)
		if what := n.Fault(); what != "" {
			v.fault("%s: %s", at, what)
		}
	}
}

// postNotice puts a notice on the board. What has ended leaves the board by
// the way.
func (d *decision) postNotice(body PostNoticeBody) error {
	n := body.Notice
	if what := n.Fault(); what != "" {
		d.reject("notice_"+what, "longest", fmt.Sprint(NoticeLongest))
		return nil
	}
	for locale, text := range n.Text {
		if n.Text[locale] = strings.TrimSpace(text); n.Text[locale] == "" {
			delete(n.Text, locale)
		}
	}
	if n.From.IsZero() {
		n.From = d.now
	}
	if n.Past(d.now) || n.From.Sub(d.now) > noticeAhead {
		d.reject("notice_time", "longest", fmt.Sprint(NoticeLongest))
		return nil
	}
	board, ok, err := d.noticeBoard()
	if !ok || err != nil {
		return err
	}
	old := slices.IndexFunc(board.Notices, func(o Notice) bool { return o.ID == n.ID })
	board.Notices = slices.DeleteFunc(board.Notices, func(o Notice) bool { return o.ID == n.ID || o.Past(d.now) })
	if old < 0 && len(board.Notices) >= NoticesMost {
		d.reject("notices_full", "most", fmt.Sprint(NoticesMost))
		return nil
	}
	board.Notices = append(board.Notices, n)
	return d.emit(FeedQueue, "notice.posted", EntityNoticeBoard, d.cat.Code, board)
}

// withdrawNotice takes a notice off the board; one that is not there any more
// is so already.
func (d *decision) withdrawNotice(body WithdrawNoticeBody) error {
	board, ok, err := d.noticeBoard()
	if !ok || err != nil {
		return err
	}
	before := len(board.Notices)
	board.Notices = slices.DeleteFunc(board.Notices, func(o Notice) bool { return o.ID == body.ID })
	if len(board.Notices) == before {
		return nil
	}
	return d.emit(FeedQueue, "notice.withdrawn", EntityNoticeBoard, d.cat.Code, board)
}

func (d *decision) noticeBoard() (b NoticeBoard, ok bool, err error) {
	if d.op.Entity != d.cat.Code {
		d.reject("other_hall")
		return b, false, nil
	}
	b, _, err = Load[NoticeBoard](d.w, EntityNoticeBoard, d.cat.Code)
	if b.Notices == nil {
		b.Notices = []Notice{}
	}
	return b, err == nil, err
}
