package terminal

import (
	"sync"
	"time"
)

// moment is what a scan means now: who is signed in, and the mode. It has a lock of
// its own that nobody holds for long, so that what comes off a scanner never waits
// for a list or a view that is being made.
type moment struct {
	mu      sync.Mutex
	session *Session
	mode    string
}

// is gives a copy of the session, nil when nobody is signed in, and the mode. A
// session whose time is over ends here, but only with the line: without it nobody
// could sign in again, and the papers move all the same.
func (m *moment) is(online bool, now time.Time) (*Session, string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session == nil {
		return nil, m.mode
	}
	if online && !m.session.Expires.IsZero() && now.After(m.session.Expires) {
		m.session = nil
		return nil, m.mode
	}
	session := *m.session
	return &session, m.mode
}

// enter takes a session, unless somebody is signed in.
func (m *moment) enter(session Session) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session != nil {
		return false
	}
	m.session = &session
	return true
}

// leave ends the session and gives its token, "" when nobody was signed in.
func (m *moment) leave() (token string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session != nil {
		token = m.session.Token
	}
	m.session = nil
	return token
}

// turn sets the mode.
func (m *moment) turn(mode string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mode = mode
}
