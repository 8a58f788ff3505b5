package hall

import (
	"errors"
	"fmt"
	"slices"
)

// Group finds a service group.
func (c *Catalogue) Group(id string) (Group, bool) {
	if c == nil {
		return Group{}, false
	}
	return find(c.Groups, func(g Group) bool { return g.ID == id })
}

// Item finds a service item.
func (c *Catalogue) Item(id string) (Item, bool) {
	if c == nil {
		return Item{}, false
	}
	return find(c.Items, func(i Item) bool { return i.ID == id })
}

// Window finds a window.
func (c *Catalogue) Window(id string) (WindowDef, bool) {
	if c == nil {
		return WindowDef{}, false
	}
	return find(c.Windows, func(w WindowDef) bool { return w.ID == id })
}

// StaffByID finds a member of staff.
func (c *Catalogue) StaffByID(id string) (Staff, bool) {
	if c == nil {
		return Staff{}, false
	}
	return find(c.Staff, func(s Staff) bool { return s.ID == id })
}

func find[T any](all []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	var none T
	return none, false
}

// In gives the text of a locale, with Simplified Chinese behind it, which is
// always there.
func (n Names) In(locale string) string {
	if s := n[locale]; s != "" {
		return s
	}
	return n["zh-Hans"]
}

// Validate lists everything that is wrong with a catalogue, each with the
// place where an operator finds it. An empty list means that it can be used.
func (c *Catalogue) Validate() []error {
	v := &checker{}
	v.head(c)
	groups := v.groups(c)
	v.items(c, groups)
	windows := v.windows(c, groups)
	v.staff(c, windows)
	v.calendar(c)
	v.booking(c.Booking)
	v.queue(c.Queue)
	v.handling(c)
	v.notices(c)
	return v.faults
}

type checker struct{ faults []error }

func (v *checker) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Errorf(format, args...))
}

func (v *checker) head(c *Catalogue) {
	if len(c.Code) != 8 || !onlyDigits(c.Code) {
		v.fault("code: must be the six-digit division code and two digits, is %q", c.Code)
	}
	if len(c.Area) != 6 || !onlyDigits(c.Area) {
		v.fault("area: must be a six-digit division code (GB/T 2260), is %q", c.Area)
	} else if len(c.Code) == 8 && c.Code[:6] != c.Area {
		v.fault("code: must begin with the area %s, is %q", c.Area, c.Code)
	}
	v.name("name", c.Name)
	if len(c.Hours) == 0 {
		v.fault("hours: at least one span, e.g. from 09:00 to 12:00")
	}
	for i, h := range c.Hours {
		v.clock(fmt.Sprintf("hours[%d].from", i), h.From)
		v.clock(fmt.Sprintf("hours[%d].to", i), h.To)
		if h.From >= h.To {
			v.fault("hours[%d]: from must be before to", i)
		}
	}
}

func (v *checker) name(at string, n Names) {
	if n["zh-Hans"] == "" {
		v.fault("%s: the text in zh-Hans is missing", at)
	}
	for locale := range n {
		if !slices.Contains(Locales(), locale) {
			v.fault("%s: unknown locale %q, use one of %v", at, locale, Locales())
		}
	}
}

// Locales of the catalogues of texts.
func Locales() []string { return []string{"zh-Hans", "zh-Hant", "en", "pt"} }

func (v *checker) clock(at, s string) {
	if what := clockFault(s); what != "" {
		v.fault("%s: %s", at, what)
	}
}

// id checks one identity and that it is the only one.
func (v *checker) id(at, id string, seen map[string]bool) {
	if id == "" || len(id) > 64 {
		v.fault("%s: an id of 1 to 64 characters is needed", at)
		return
	}
	if seen[id] {
		v.fault("%s: id %q is used twice", at, id)
	}
	seen[id] = true
}

func (v *checker) groups(c *Catalogue) map[string]bool {
	seen, prefixes := map[string]bool{}, map[string]bool{}
	if len(c.Groups) == 0 {
		v.fault("groups: at least one")
	}
	for i, g := range c.Groups {
		at := fmt.Sprintf("groups[%d] %s", i, g.ID)
		v.id(at, g.ID, seen)
		v.name(at+".name", g.Name)
		if !isPrefix(g.Prefix) || len(g.Prefix) != 1 {
			v.fault("%s.prefix: one capital letter, is %q", at, g.Prefix)
		} else if prefixes[g.Prefix] {
			v.fault("%s.prefix: %s is used twice", at, g.Prefix)
		}
		prefixes[g.Prefix] = true
		if g.ServiceMinutes < 1 || g.ServiceMinutes > 480 {
			v.fault("%s.service_minutes: between 1 and 480, is %d", at, g.ServiceMinutes)
		}
	}
	return seen
}

func (v *checker) items(c *Catalogue, groups map[string]bool) {
	seen := map[string]bool{}
	for i, it := range c.Items {
		at := fmt.Sprintf("items[%d] %s", i, it.ID)
		v.id(at, it.ID, seen)
		v.name(at+".name", it.Name)
		if !groups[it.Group] {
			v.fault("%s.group: there is no group %q", at, it.Group)
		}
		if it.Bookable && it.Quota < 1 {
			v.fault("%s.quota: an item that can be booked needs at least 1 per slot", at)
		}
	}
}

func (v *checker) windows(c *Catalogue, groups map[string]bool) map[string]bool {
	seen := map[string]bool{}
	for i, w := range c.Windows {
		at := fmt.Sprintf("windows[%d] %s", i, w.ID)
		v.id(at, w.ID, seen)
		v.name(at+".name", w.Name)
		if len(w.Groups) == 0 {
			v.fault("%s.groups: at least one", at)
		}
		for _, g := range w.Groups {
			if !groups[g] {
				v.fault("%s.groups: there is no group %q", at, g)
			}
		}
		v.policy(at+".policy", w.Policy)
	}
	return seen
}

func (v *checker) policy(at, p string) {
	if p != "" && !slices.Contains(Policies(), p) {
		v.fault("%s: %q is none of %v", at, p, Policies())
	}
}

func (v *checker) staff(c *Catalogue, windows map[string]bool) {
	seen := map[string]bool{}
	roles := []Role{RoleClerk, RoleHallManager, RoleSysAdmin, RoleSignOut, RoleSignIn, RoleCourier, RolePreReviewer, RoleApprover, RoleSpecialApprover, RoleSupervisor}
	for i, s := range c.Staff {
		at := fmt.Sprintf("staff[%d] %s", i, s.ID)
		v.id(at, s.ID, seen)
		if len(s.Roles) == 0 {
			v.fault("%s.roles: at least one of %v", at, roles)
		}
		for _, r := range s.Roles {
			if !slices.Contains(roles, r) {
				v.fault("%s.roles: %q is none of %v", at, r, roles)
			}
		}
		for _, w := range s.Windows {
			if !windows[w] {
				v.fault("%s.windows: there is no window %q", at, w)
			}
		}
	}
}

func (v *checker) calendar(c *Catalogue) {
	for i, y := range c.Calendar {
		for _, d := range slices.Concat(y.Off, y.Worked) {
			if !isDay(d) {
				v.fault("calendar[%d] %d: %q is not a day like 2026-10-01", i, y.Year, d)
			}
			if slices.Contains(y.Off, d) && slices.Contains(y.Worked, d) {
				v.fault("calendar[%d] %d: %s is both off and worked", i, y.Year, d)
			}
		}
	}
}

func (v *checker) booking(b BookingRules) {
	for i, s := range b.Slots {
		v.clock(fmt.Sprintf("booking.slots[%d]", i), s)
	}
	v.within("booking.min_days_ahead", b.MinDaysAhead, 0, 365)
	v.within("booking.max_days_ahead", b.MaxDaysAhead, 0, 365)
	v.within("booking.per_person_day", b.PerPersonDay, 0, 100)
	v.within("booking.cancel_hours", b.CancelHours, 0, 24*30)
	v.within("booking.early_minutes", b.EarlyMinutes, 0, 24*60)
	v.within("booking.late_minutes", b.LateMinutes, 0, 24*60)
	v.within("booking.no_show_days", b.NoShowDays, 0, 3650)
	if len(b.Slots) > 0 {
		v.within("booking.slot_minutes", b.SlotMinutes, 1, 24*60)
	}
}

func (v *checker) within(at string, n, low, high int) {
	if n < low || n > high {
		v.fault("%s: between %d and %d, is %d", at, low, high, n)
	}
}

func (v *checker) queue(r QueueRules) {
	v.policy("queue.policy", r.Policy)
	if len(r.Ratio) > 0 || r.Policy == PolicyRatio {
		if what := ratioFault(r.Ratio); what != "" {
			v.fault("queue.ratio: %s, e.g. [2, 1]", what)
		}
	}
	if r.Policy == PolicyAgeing && r.AgeMinutes < 1 {
		v.fault("queue.age_minutes: the policy ageing needs at least 1")
	}
	v.within("queue.age_minutes", r.AgeMinutes, 0, 24*60)
	v.within("queue.max_calls", r.MaxCalls, 1, 20)
	v.within("queue.recall_seconds", r.RecallSeconds, 0, 3600)
	v.within("queue.requeue_behind", r.RequeueBehind, 0, 1000)
	v.within("queue.max_requeues", r.MaxRequeues, 0, 20)
	v.within("queue.offline_block", r.OfflineBlock, 0, maxLease)
}

// publishCatalogue replaces the catalogue of a hall by one without faults.
func (d *decision) publishCatalogue(body PublishCatalogueBody) error {
	c := &body.Catalogue
	if c.Code != d.op.Entity {
		d.reject("other_hall")
		return nil
	}
	if err := errors.Join(c.Validate()...); err != nil {
		code := "bad_catalogue"
		if errors.Is(err, ErrPaperRights) {
			code = "paper_without_rights"
		}
		d.reject(code, "detail", err.Error())
		return nil
	}
	old, known, err := Load[Catalogue](d.w, EntityCatalogue, c.Code)
	if err != nil {
		return err
	}
	if known && c.Version != "" && old.Version == c.Version {
		return nil
	}
	if item, version, changed := changedVersion(&old, c); changed {
		d.reject("item_version_changed", "item", item, "version", version)
		return nil
	}
	return d.emit(FeedCatalogue, "catalogue.published", EntityCatalogue, c.Code, c)
}

// enrolTerminal makes a terminal known. Its letter is its own in the hall.
func (d *decision) enrolTerminal(body EnrolTerminalBody) error {
	roles := []string{AtKiosk, AtCounter, "station", "display", AtEvaluator, "manager"}
	if !slices.Contains(roles, body.Role) {
		d.reject("malformed", "what", "role")
		return nil
	}
	if body.Letter != "" && (!isPrefix(body.Letter) || len(body.Letter) != 1) {
		d.reject("malformed", "what", "letter")
		return nil
	}
	if body.Department != "" && body.Role != AtStation {
		d.reject("malformed", "what", "department")
		return nil
	}
	next := Terminal{ID: d.op.Entity, Role: body.Role, Letter: body.Letter, Window: body.Window, Department: body.Department}
	old, known, err := Load[Terminal](d.w, EntityTerminal, next.ID)
	if err != nil || known && old == next {
		return err
	}
	if next.Letter != "" && next.Letter != old.Letter {
		if ok, err := d.takeLetter(next); !ok || err != nil {
			return err
		}
	}
	return d.emit(FeedCatalogue, "terminal.enrolled", EntityTerminal, next.ID, next)
}

func (d *decision) takeLetter(next Terminal) (bool, error) {
	id := d.op.Hall + "/" + next.Letter
	owner, taken, err := Load[Letter](d.w, EntityLetter, id)
	if err != nil {
		return false, err
	}
	if taken && owner.Terminal != next.ID {
		d.reject("letter_taken", "letter", next.Letter)
		return false, nil
	}
	return true, d.emit(FeedLease, "letter.taken", EntityLetter, id, Letter{Terminal: next.ID})
}
