package central

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"hallway/app/hall"
)

func (l *hallLoader) hours(c *fileChecker, n int, h hoursRow) {
	from, ok1 := clockTime(h.From)
	to, ok2 := clockTime(h.To)
	if !ok1 || !ok2 || from >= to {
		c.add("hours", n, fmt.Sprintf("from %q to %q", h.From, h.To), `times are "HH:MM", the first before the second`)
	}
	if k := len(l.cat.Hours); k > 0 {
		if last, _ := clockTime(l.cat.Hours[k-1].To); from < last {
			c.add("hours", n, fmt.Sprintf("from %q is before the end of the block above", h.From), "write the blocks in order, without overlap")
		}
	}
	l.cat.Hours = append(l.cat.Hours, hall.OpenHours{From: h.From, To: h.To})
}

func (l *hallLoader) booking(c *fileChecker, b *bookingTable) {
	if !l.once(c, "booking", 0, "[booking]") {
		return
	}
	for _, r := range []struct {
		key         string
		v, low, top int
	}{
		{"min_days_ahead", b.MinDaysAhead, 0, 30}, {"max_days_ahead", b.MaxDaysAhead, 0, 60},
		{"per_person_day", b.PerPersonDay, 1, 20}, {"cancel_hours", b.CancelHours, 0, 240},
		{"early_minutes", b.EarlyMinutes, 0, 240}, {"late_minutes", b.LateMinutes, 0, 240},
		{"slot_minutes", b.SlotMinutes, 5, 480}, {"no_show_limit", b.NoShowLimit, 0, 100},
		{"no_show_days", b.NoShowDays, 0, 366},
	} {
		c.between("booking", r.key, r.v, r.low, r.top)
	}
	last := -1
	for _, s := range b.Slots {
		at, ok := clockTime(s)
		if !ok || at <= last {
			c.add("booking", 0, fmt.Sprintf("slot %q", s), `slots are "HH:MM", each later than the one before`)
		}
		last = at
	}
	if len(b.Slots) == 0 {
		c.add("booking", 0, "no slots", `for example slots = ["09:00", "09:30"]`)
	}
	l.cat.Booking = hall.BookingRules{
		MinDaysAhead: b.MinDaysAhead, MaxDaysAhead: b.MaxDaysAhead, PerPersonDay: b.PerPersonDay,
		CancelHours: b.CancelHours, EarlyMinutes: b.EarlyMinutes, LateMinutes: b.LateMinutes,
		Slots: b.Slots, SlotMinutes: b.SlotMinutes,
		NoShowLimit: b.NoShowLimit, NoShowDays: b.NoShowDays,
	}
	l.deferred(c, func(c *fileChecker) {
		for _, s := range b.Slots {
			at, ok := clockTime(s)
			open := false
			for _, h := range l.cat.Hours {
				from, _ := clockTime(h.From)
				to, _ := clockTime(h.To)
				open = open || (at >= from && at < to)
			}
			if ok && !open {
				c.add("booking", 0, fmt.Sprintf("slot %s is outside the opening hours", s), "leave it out or change [[hours]]")
			}
		}
	})
}

// between checks a number of a table that is there once.
func (c *fileChecker) between(table, key string, v, low, top int) {
	if v < low || v > top {
		c.add(table, 0, fmt.Sprintf("%s = %d", key, v), fmt.Sprintf("a number from %d to %d", low, top))
	}
}

// policies of the queue (requirements G5).
var policies = []string{"first_come", "strict", "ratio", "ageing", "appointment_time"}

func (l *hallLoader) queue(c *fileChecker, q *queueTable) {
	if !l.once(c, "queue", 0, "[queue]") {
		return
	}
	if !slices.Contains(policies, q.Policy) {
		c.add("queue", 0, fmt.Sprintf("policy %q", q.Policy), "one of "+strings.Join(policies, ", "))
	}
	if q.Policy == "ratio" && (len(q.Ratio) != 2 || q.Ratio[0] < 1 || q.Ratio[1] < 1) {
		c.add("queue", 0, fmt.Sprintf("ratio %v", q.Ratio), "two numbers from 1 on, e.g. [2, 1]")
	}
	for _, r := range []struct {
		key         string
		v, low, top int
	}{
		{"age_minutes", q.AgeMinutes, 0, 600}, {"max_calls", q.MaxCalls, 1, 20},
		{"recall_seconds", q.RecallSeconds, 0, 600}, {"requeue_behind", q.RequeueBehind, 0, 50},
		{"max_requeues", q.MaxRequeues, 0, 10}, {"offline_block", q.OfflineBlock, 1, 500},
	} {
		c.between("queue", r.key, r.v, r.low, r.top)
	}
	l.cat.Queue = hall.QueueRules{
		Policy: q.Policy, Ratio: q.Ratio, AgeMinutes: q.AgeMinutes, MaxCalls: q.MaxCalls,
		RecallSeconds: q.RecallSeconds, RequeueBehind: q.RequeueBehind, MaxRequeues: q.MaxRequeues,
		OfflineBlock: q.OfflineBlock,
	}
}

func (l *hallLoader) group(c *fileChecker, n int, g groupRow) {
	if !validID(g.ID) {
		c.add("group", n, fmt.Sprintf("id %q", g.ID), "small letters, digits and -, 1 to 32 of them")
	}
	if len(g.Prefix) != 1 || g.Prefix[0] < 'A' || g.Prefix[0] > 'Z' {
		c.add("group", n, fmt.Sprintf("prefix %q", g.Prefix), "one capital letter")
	}
	if g.ServiceMinutes < 1 || g.ServiceMinutes > 240 {
		c.add("group", n, fmt.Sprintf("service_minutes = %d", g.ServiceMinutes), "a number from 1 to 240")
	}
	l.once(c, "group", n, "group "+g.ID)
	l.once(c, "group", n, "prefix "+g.Prefix)
	l.cat.Groups = append(l.cat.Groups, hall.Group{
		ID: g.ID, Prefix: g.Prefix, Icon: g.Icon, ServiceMinutes: g.ServiceMinutes,
		Name: c.names("group", n, "name", g.Name, true),
	})
}

func (l *hallLoader) item(c *fileChecker, n int, it itemRow) {
	if !validID(it.ID) {
		c.add("item", n, fmt.Sprintf("id %q", it.ID), "small letters, digits and -, 1 to 32 of them")
	}
	if it.Bookable && it.Quota < 1 {
		c.add("item", n, fmt.Sprintf("quota = %d of a bookable item", it.Quota), "how many people may book one slot, at least 1")
	}
	l.once(c, "item", n, "item "+it.ID)
	l.cat.Items = append(l.cat.Items, hall.Item{
		ID: it.ID, Group: it.Group, Bookable: it.Bookable, Quota: it.Quota, Abolished: it.Abolished,
		Name: c.names("item", n, "name", it.Name, true), Hint: c.names("item", n, "hint", it.Hint, false),
	})
	l.deferred(c, func(c *fileChecker) { l.groupsExist(c, "item", n, []string{it.Group}) })
}

// groupsExist checks names of groups.
func (l *hallLoader) groupsExist(c *fileChecker, table string, n int, ids []string) {
	var known []string
	for _, g := range l.cat.Groups {
		known = append(known, g.ID)
	}
	for _, id := range ids {
		if !slices.Contains(known, id) {
			c.add(table, n, fmt.Sprintf("group %q is not defined", id), "known are "+strings.Join(known, ", "))
		}
	}
}

func (l *hallLoader) window(c *fileChecker, n int, w windowRow) {
	if !validID(w.ID) {
		c.add("window", n, fmt.Sprintf("id %q", w.ID), "small letters, digits and -, 1 to 32 of them")
	}
	if len(w.Groups) == 0 {
		c.add("window", n, "window "+w.ID+" serves no group", "list at least one in groups")
	}
	if w.Policy != "" && !slices.Contains(policies, w.Policy) {
		c.add("window", n, fmt.Sprintf("policy %q", w.Policy), "one of "+strings.Join(policies, ", ")+", or leave it out")
	}
	l.once(c, "window", n, "window "+w.ID)
	l.cat.Windows = append(l.cat.Windows, hall.WindowDef{
		ID: w.ID, Groups: w.Groups, Policy: w.Policy, Name: c.names("window", n, "name", w.Name, true),
	})
	l.deferred(c, func(c *fileChecker) { l.groupsExist(c, "window", n, w.Groups) })
}

// staffRoles that a member of staff can have.
var staffRoles = []hall.Role{hall.RoleClerk, hall.RoleHallManager, hall.RoleSysAdmin,
	hall.RoleSignOut, hall.RoleSignIn, hall.RoleCourier, hall.RolePreReviewer, hall.RoleApprover, hall.RoleSpecialApprover, hall.RoleSupervisor}

// staffRolesHint names them for who edits the file.
const staffRolesHint = "clerk, hall_manager, sysadmin, sign_out_officer, sign_in_officer, courier, pre_reviewer, approver, special_approver or supervisor"

// rightsHint names the rights for who edits the file.
func rightsHint() string {
	var all []string
	for _, r := range hall.Rights() {
		all = append(all, string(r))
	}
	return strings.Join(all, ", ")
}

func (l *hallLoader) staff(c *fileChecker, n int, s staffRow) {
	if !validID(s.ID) {
		c.add("staff", n, fmt.Sprintf("id %q", s.ID), "small letters, digits and -, 1 to 32 of them")
	}
	if s.Name == "" {
		c.add("staff", n, "staff "+s.ID+" has no name", "one person, one account")
	}
	if len(s.Roles) == 0 {
		c.add("staff", n, "staff "+s.ID+" has no role", staffRolesHint)
	}
	l.once(c, "staff", n, "staff "+s.ID)
	out := hall.Staff{ID: s.ID, Name: s.Name, Windows: s.Windows, Department: s.Department}
	for _, r := range s.Rights {
		if !slices.Contains(hall.Rights(), hall.Right(r)) {
			c.add("staff", n, fmt.Sprintf("right %q", r), "one of "+rightsHint())
		}
		out.Rights = append(out.Rights, hall.Right(r))
	}
	if slices.Contains(s.Roles, string(hall.RoleSignOut)) && s.Department == "" {
		c.add("staff", n, "sign-out officer "+s.ID+" has no department", "whose papers this person signs out; see [[department]]")
	}
	for _, r := range s.Roles {
		if !slices.Contains(staffRoles, hall.Role(r)) {
			c.add("staff", n, fmt.Sprintf("role %q", r), staffRolesHint)
		}
		out.Roles = append(out.Roles, hall.Role(r))
	}
	if len(s.Roles) > 1 && slices.Contains(s.Roles, string(hall.RoleSysAdmin)) {
		c.add("staff", n, "staff "+s.ID+" is sysadmin and something else", "keep the administrator apart: two accounts")
	}
	l.cat.Staff = append(l.cat.Staff, out)
	l.deferred(c, func(c *fileChecker) {
		if s.Department != "" {
			l.departmentExists(c, "staff", n, s.Department)
		}
		for _, w := range s.Windows {
			if !slices.ContainsFunc(l.cat.Windows, func(d hall.WindowDef) bool { return d.ID == w }) {
				c.add("staff", n, fmt.Sprintf("window %q is not defined", w), "see [[window]]")
			}
		}
	})
}

const dayLayout = "2006-01-02"

func (l *hallLoader) calendar(c *fileChecker, n int, y calendarYear) {
	if y.Year < 2000 || y.Year > 2199 {
		c.add("calendar", n, fmt.Sprintf("year = %d", y.Year), "four digits")
	}
	l.once(c, "calendar", n, fmt.Sprintf("calendar %d", y.Year))
	out := hall.CalendarYear{Year: y.Year, Off: c.days(n, "off", y.Off), Worked: c.days(n, "worked", y.Worked)}
	for _, d := range out.Worked {
		t, err := time.Parse(dayLayout, d)
		if err == nil && t.Weekday() != time.Saturday && t.Weekday() != time.Sunday {
			c.add("calendar", n, d+" in worked is no weekend day", "only Saturdays and Sundays that are worked")
		}
		if slices.Contains(out.Off, d) {
			c.add("calendar", n, d+" is both off and worked", "look at the notice again")
		}
	}
	l.cat.Calendar = append(l.cat.Calendar, out)
}

// days expands "first..last" and checks each day.
func (c *fileChecker) days(n int, key string, list []string) []string {
	out := []string{}
	for _, s := range list {
		first, last, isRange := strings.Cut(s, "..")
		if !isRange {
			last = first
		}
		from, err1 := time.Parse(dayLayout, first)
		to, err2 := time.Parse(dayLayout, last)
		if err1 != nil || err2 != nil || to.Before(from) || to.Sub(from) > 31*24*time.Hour {
			c.add("calendar", n, fmt.Sprintf("%s: %q", key, s), `a day "2026-01-01" or a range "2026-02-15..2026-02-23"`)
			continue
		}
		for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
			out = append(out, d.Format(dayLayout))
		}
	}
	return out
}

// whole checks what only all files together can show.
func (l *hallLoader) whole(dir string) {
	l.assemble()
	for _, check := range l.later {
		check()
	}
	need := func(ok bool, what, hint string) {
		if !ok {
			l.errs = append(l.errs, &FileError{File: dir, What: what, Hint: hint})
		}
	}
	cat := l.cat
	need(l.seen["[hall]"] != "", "no file has [hall]", "code, area and name of the hall")
	need(l.seen["[booking]"] != "", "no file has [booking]", "the rules of appointments")
	need(l.seen["[queue]"] != "", "no file has [queue]", "the rules of the queue")
	need(len(cat.Hours) > 0, "no file has [[hours]]", "the opening hours")
	need(len(cat.Groups) > 0, "no file has [[group]]", "at least one service group")
	need(len(cat.Items) > 0, "no file has [[item]]", "at least one service item")
	need(len(cat.Windows) > 0, "no file has [[window]]", "at least one window")
	need(len(cat.Calendar) > 0, "no file has [[calendar]]", "the working-day calendar of this year")
	need(len(l.versions) == 0 || l.seen["[cases]"] != "", "no file has [cases]", "its service numbers the applications of the items that have an [[item_version]]")
	for _, g := range cat.Groups {
		served := slices.ContainsFunc(cat.Windows, func(w hall.WindowDef) bool { return slices.Contains(w.Groups, g.ID) })
		need(served || len(cat.Windows) == 0, "no window serves group "+g.ID, "its people would never be called; add it to a [[window]]")
	}
	sort.Slice(cat.Calendar, func(i, j int) bool { return cat.Calendar[i].Year < cat.Calendar[j].Year })
}
