package central

import (
	gosync "sync"
	"time"

	"hallway/app/hall"
	"hallway/sync"
)

// silentAfter is how long a terminal without a wake stream may say nothing before
// it counts as gone. With one, the stream tells: it breaks, also (within a minute)
// when the line is dead.
const silentAfter = 15 * time.Second

// keptEvents bounds the memory of device and line events.
const keptEvents = 30

// telemetry is what the terminals last said of themselves: replaced, never
// replayed, kept in memory, and told to the other centres over the database where
// there are any (elsewhere.go). Seconds of silence are counted on the machine's
// clock, shown times are the hall's.
type telemetry struct {
	real func() time.Time // with a monotonic reading
	now  func() time.Time

	mu        gosync.Mutex
	terminals map[string]*terminalState
	events    []ManagerEvent // newest first
	changed   func()
}

// terminalState is one terminal as heard.
type terminalState struct {
	status   sync.TerminalStatus
	reported bool
	heard    time.Time // machine's clock
	seenAt   time.Time // hall's clock
	streams  int       // open wake streams
	broken   bool      // its stream broke and nothing was heard since
	online   bool      // as last told to anybody

	reportedAt time.Time // machine's clock
	told       heardRow  // as the other centres know it
	other      heardRow  // what one of them heard last
}

func newTelemetry(real, now func() time.Time, changed func()) *telemetry {
	return &telemetry{real: real, now: now, terminals: map[string]*terminalState{}, changed: changed}
}

// of gives the state of a terminal. The caller holds the lock.
func (t *telemetry) of(id string) *terminalState {
	s := t.terminals[id]
	if s == nil {
		s = &terminalState{}
		t.terminals[id] = s
	}
	return s
}

// report takes a terminal's status.
func (t *telemetry) report(st sync.TerminalStatus) {
	t.mu.Lock()
	s := t.of(st.Terminal)
	t.deviceEvents(s, st)
	s.status, s.reported, s.reportedAt = st, true, t.real()
	t.heardLocked(st.Terminal, s)
	t.mu.Unlock()
	t.changed()
}

// heard notes any sign of life.
func (t *telemetry) heard(id string) {
	t.mu.Lock()
	s := t.of(id)
	news := t.heardLocked(id, s)
	t.mu.Unlock()
	if news {
		t.changed()
	}
}

func (t *telemetry) heardLocked(id string, s *terminalState) bool {
	s.heard, s.seenAt, s.broken = t.real(), t.now(), false
	return t.settle(id, s)
}

// stream notes that a wake stream opened or broke. A broken one shows the
// terminal as gone at once, until it is heard again.
func (t *telemetry) stream(id string, open bool) {
	t.mu.Lock()
	s := t.of(id)
	if open {
		s.streams++
		t.heardLocked(id, s)
	} else {
		s.streams = max(0, s.streams-1)
		s.broken = s.streams == 0
		t.settle(id, s)
	}
	t.mu.Unlock()
	t.changed()
}

// settle works out whether a terminal is there and notes a change as an event.
func (t *telemetry) settle(id string, s *terminalState) bool {
	heard, _, broken, _ := s.latest()
	online := !heard.IsZero() && !broken && t.real().Sub(heard) <= silentAfter
	if online == s.online {
		return false
	}
	s.online = online
	code := "terminal_offline"
	if online {
		code = "terminal_online"
	}
	t.event(hall.Text{Code: code, Params: map[string]string{"terminal": id}})
	return true
}

// sweep finds terminals that fell silent, and hears those whose wake stream is
// open; it says whether anything changed.
func (t *telemetry) sweep() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	news := false
	for id, s := range t.terminals {
		if s.streams > 0 { // it may have nothing to say for a minute
			s.heard, s.seenAt, s.broken = t.real(), t.now(), false
		}
		if t.settle(id, s) {
			news = true
		}
	}
	return news
}

// note keeps an event of another part.
func (t *telemetry) note(text hall.Text) {
	t.mu.Lock()
	t.event(text)
	t.mu.Unlock()
	t.changed()
}

// event keeps an event. The caller holds the lock.
func (t *telemetry) event(text hall.Text) {
	t.events = append([]ManagerEvent{{At: t.now(), Text: text}}, t.events...)
	if len(t.events) > keptEvents {
		t.events = t.events[:keptEvents]
	}
}

// deviceEvents notes what changed at a terminal's devices.
func (t *telemetry) deviceEvents(s *terminalState, st sync.TerminalStatus) {
	if !s.reported {
		return
	}
	before := map[string]sync.DeviceStatus{}
	for _, d := range s.status.Devices {
		before[d.ID] = d
	}
	for _, d := range st.Devices {
		old, known := before[d.ID]
		if !known { // new here, such as a call for help: its faults are news, its being there is not
			old.State = d.State
		}
		had := map[string]bool{}
		for _, f := range old.Faults {
			had[f.Code] = true
		}
		for _, f := range d.Faults {
			if !had[f.Code] {
				t.event(hall.Text{Code: "device_fault", Params: map[string]string{"terminal": st.Terminal, "device": d.Kind, "fault": f.Code}})
			}
		}
		if len(old.Faults) > 0 && len(d.Faults) == 0 && d.State == "ready" {
			t.event(hall.Text{Code: "device_ready", Params: map[string]string{"terminal": st.Terminal, "device": d.Kind}})
		} else if old.State != d.State && len(d.Faults) == 0 && d.State != "busy" && old.State != "busy" {
			t.event(hall.Text{Code: "device_state", Params: map[string]string{"terminal": st.Terminal, "device": d.Kind, "state": d.State}})
		}
	}
}

// view gives the enrolled terminals as the manager sees them, and the events.
func (t *telemetry) view(enrolled []TerminalConfig) ([]ManagerTerminal, []ManagerEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]ManagerTerminal, 0, len(enrolled))
	for _, e := range enrolled {
		m := ManagerTerminal{ID: e.ID, Role: e.Role, Window: e.Window, Department: e.Department, Devices: []sync.DeviceStatus{}}
		if s := t.terminals[e.ID]; s != nil {
			_, seen, _, status := s.latest()
			m.Online, m.SeenAt = s.online, seen
			m.Version, m.Outbox, m.Work, m.Leased = status.Version, status.Outbox, status.Work, status.Leased
			m.Devices = append(m.Devices, status.Devices...)
		}
		list = append(list, m)
	}
	return list, append([]ManagerEvent(nil), t.events...)
}

// online counts the terminals that are there.
func (t *telemetry) online() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, s := range t.terminals {
		if s.online {
			n++
		}
	}
	return n
}
