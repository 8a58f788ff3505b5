package central

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hallway/app/hall"
	"hallway/sync/seal"
)

// sessions signs members of staff in and knows who is signed in.
//
// Guarantees: passwords are kept as argon2id only; after a number of wrong ones
// in a row the account is locked for a while; a session ends when idle, at its
// absolute end, on signing out, when the password changes, when the member of
// staff leaves the catalogue, and when the same person signs in at a terminal
// again. Tokens are stored as hashes. Every attempt is in the audit trail.
type sessions struct {
	store  *ownStore
	limits SessionConfig
	now    func() time.Time
	staff  func(id string) (hall.Staff, bool) // of the published catalogue
	// key marks the ids of sessions: see mark.
	key []byte
	// hashing bounds the memory that sign-ins can take at once.
	hashing chan struct{}
}

func newSessions(store *ownStore, limits SessionConfig, now func() time.Time, staff func(string) (hall.Staff, bool), key []byte) *sessions {
	return &sessions{store: store, limits: limits, now: now, staff: staff, key: key, hashing: make(chan struct{}, 2)}
}

// mark ends the id of a session: it says, under the centre's key, who was signed
// in at which terminal. A centre that was put back from a backup knows by it the
// sessions that it lost.
func (s *sessions) mark(random, staff, terminal string) string {
	return seal.Lookup(s.key, "session", random, staff, terminal)[:32]
}

// liveSession is a session that may be used now.
type liveSession struct {
	id, terminal string
	staff        hall.Staff
	expires      time.Time
}

// tokenHash is what is stored of a token.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// signIn checks the password and makes a session. terminal is nil at the
// centre's own pages.
func (s *sessions) signIn(ctx context.Context, staffID, password string, terminal *TerminalConfig) (Session, error) {
	at := ""
	if terminal != nil {
		at = terminal.ID
	}
	member, err := s.verify(ctx, staffID, password, at)
	if err == nil && terminal != nil {
		err = mayUse(member, terminal)
	}
	subject := staffID
	if !validID(staffID) {
		subject = "?" // what was typed into the field may be anything
	}
	if err != nil {
		var p *Problem
		if !errors.As(err, &p) {
			return Session{}, err
		}
		return Session{}, errors.Join(err, s.store.writeAudit(ctx, audit{at: s.now(), terminal: at, act: "sign_in", subj: subject, reason: p.Code}))
	}
	return s.create(ctx, member, at)
}

// mayUse says whether a member of staff may work at a terminal.
func mayUse(member hall.Staff, terminal *TerminalConfig) error {
	has := func(roles ...hall.Role) bool {
		return slices.ContainsFunc(roles, func(r hall.Role) bool { return slices.Contains(member.Roles, r) })
	}
	switch {
	case terminal.Role == "counter" && !has(hall.RoleClerk, hall.RoleApprover, hall.RoleSpecialApprover):
		return problem(http.StatusForbidden, "not_a_clerk")
	case terminal.Role == hall.AtStation && terminal.Department != "":
		if !has(hall.RoleSignOut, hall.RoleCourier) {
			return problem(http.StatusForbidden, "not_an_officer")
		}
		if member.Department != terminal.Department {
			return problem(http.StatusForbidden, "wrong_department")
		}
	case terminal.Role == hall.AtStation && !has(hall.RoleSignIn, hall.RoleCourier, hall.RoleHallManager):
		return problem(http.StatusForbidden, "not_an_officer")
	}
	if terminal.Window != "" && len(member.Windows) > 0 && !slices.Contains(member.Windows, terminal.Window) {
		return problem(http.StatusForbidden, "wrong_window", "windows", strings.Join(member.Windows, ", "))
	}
	return nil
}

// verify checks the account, its lock and the password. The answer for an
// unknown account and for a wrong password is the same, and takes as long.
func (s *sessions) verify(ctx context.Context, staffID, password, terminal string) (hall.Staff, error) {
	if len(password) > maxPassword || password == "" {
		return hall.Staff{}, problem(http.StatusUnauthorized, "wrong_password")
	}
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return hall.Staff{}, ctx.Err()
	}
	member, known := s.staff(staffID)
	var hash string
	var failures, lockedUntil int64
	err := s.store.read.QueryRowContext(ctx, `SELECT hash, failures, locked_until FROM central_credential WHERE staff = $1`, staffID).
		Scan(&hash, &failures, &lockedUntil)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return hall.Staff{}, fmt.Errorf("database: credential: %w", err)
	}
	if !known || hash == "" {
		checkPassword(nobody, password)
		return hall.Staff{}, problem(http.StatusUnauthorized, "wrong_password")
	}
	now := s.now()
	if left := lockedUntil - now.UnixMilli(); left > 0 {
		return hall.Staff{}, problem(http.StatusTooManyRequests, "locked", "minutes", strconv.FormatInt((left+59_999)/60_000, 10))
	}
	if checkPassword(hash, password) {
		if failures != 0 {
			err = s.setFailures(ctx, staffID, 0, 0)
		}
		return member, err
	}
	failures++
	var until int64
	if failures >= int64(s.limits.LockAfter) {
		failures, until = 0, now.Add(time.Duration(s.limits.LockMinutes)*time.Minute).UnixMilli()
	}
	if err := s.setFailures(ctx, staffID, failures, until); err != nil {
		return hall.Staff{}, err
	}
	if until != 0 {
		return hall.Staff{}, problem(http.StatusTooManyRequests, "locked", "minutes", strconv.Itoa(s.limits.LockMinutes))
	}
	return hall.Staff{}, problem(http.StatusUnauthorized, "wrong_password")
}

func (s *sessions) setFailures(ctx context.Context, staff string, failures, until int64) error {
	_, err := s.store.db.ExecContext(ctx, `UPDATE central_credential SET failures = $1, locked_until = $2 WHERE staff = $3`, failures, until, staff)
	if err != nil {
		return fmt.Errorf("database: credential: %w", err)
	}
	return nil
}

// create makes the session and ends those that it replaces: at a terminal a
// person is in one place only, and a terminal has one person only.
func (s *sessions) create(ctx context.Context, member hall.Staff, terminal string) (Session, error) {
	var raw [48]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return Session{}, fmt.Errorf("random: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(raw[:32])
	id := "s" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[32:]))
	id += "-" + s.mark(id, member.ID, terminal)
	now := s.now()
	expires := now.Add(time.Duration(s.limits.AbsoluteHours) * time.Hour)
	err := s.store.inTx(ctx, func(tx *sql.Tx) error {
		if terminal != "" {
			if _, err := tx.ExecContext(ctx, `UPDATE central_session SET ended_at = $1 WHERE ended_at = 0 AND terminal <> '' AND (terminal = $2 OR staff = $3)`,
				now.UnixMilli(), terminal, member.ID); err != nil {
				return fmt.Errorf("database: sessions: %w", err)
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO central_session (id, token_hash, staff, terminal, created_at, seen_at, expires_at, ended_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`,
			id, tokenHash(token), member.ID, terminal, now.UnixMilli(), now.UnixMilli(), expires.UnixMilli()); err != nil {
			return fmt.Errorf("database: sessions: %w", err)
		}
		return auditTx(ctx, tx, audit{at: now, staff: member.ID, session: id, terminal: terminal, act: "sign_in", subj: member.ID, allowed: true})
	})
	if err != nil {
		return Session{}, err
	}
	return Session{Token: token, ID: id, Staff: member.ID, Name: member.Name, Roles: member.Roles, Expires: expires}, nil
}

// byToken finds a live session by its token.
func (s *sessions) byToken(ctx context.Context, token string) (liveSession, bool, error) {
	if token == "" || len(token) > 128 {
		return liveSession{}, false, nil
	}
	return s.find(ctx, true, `token_hash = $1`, tokenHash(token))
}

// still says whether a session is live, without counting as its use: an open
// page alone keeps nobody signed in.
func (s *sessions) still(ctx context.Context, id string) (bool, error) {
	_, ok, err := s.find(ctx, false, `id = $1`, id)
	return ok, err
}

// find loads one session and, when it is live and used, notes that.
func (s *sessions) find(ctx context.Context, use bool, where, arg string) (liveSession, bool, error) {
	var id, staffID, terminal string
	var seen, expires, ended int64
	err := s.store.read.QueryRowContext(ctx, `SELECT id, staff, terminal, seen_at, expires_at, ended_at FROM central_session WHERE `+where, arg).
		Scan(&id, &staffID, &terminal, &seen, &expires, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return liveSession{}, false, nil
	}
	if err != nil {
		return liveSession{}, false, fmt.Errorf("database: session: %w", err)
	}
	now := s.now()
	idle := time.Duration(s.limits.IdleMinutes) * time.Minute
	member, known := s.staff(staffID)
	if ended != 0 || !known || now.UnixMilli() >= expires || now.Sub(time.UnixMilli(seen)) >= idle {
		return liveSession{}, false, nil
	}
	if use && now.Sub(time.UnixMilli(seen)) > time.Minute {
		if _, err := s.store.db.ExecContext(ctx, `UPDATE central_session SET seen_at = $1 WHERE id = $2 AND ended_at = 0`, now.UnixMilli(), id); err != nil {
			return liveSession{}, false, fmt.Errorf("database: session: %w", err)
		}
	}
	return liveSession{id: id, terminal: terminal, staff: member, expires: time.UnixMilli(expires)}, true, nil
}

// live answers the writer's door: may this actor act at this terminal now?
func (s *sessions) live(ctx context.Context, terminal string, actor hall.Actor) (bool, error) {
	if actor.Kind != hall.ActorStaff || actor.Session == "" || len(actor.Session) > 128 {
		return false, nil
	}
	got, ok, err := s.find(ctx, true, `id = $1`, actor.Session)
	if err != nil || !ok {
		return false, err
	}
	return got.terminal == terminal && got.staff.ID == actor.ID && slices.Contains(got.staff.Roles, actor.Role), nil
}

// ever says whether a session of a staff actor was once given at a terminal; that
// it has ended since, was lost with a database, or the role was withdrawn, is
// no matter here.
func (s *sessions) ever(terminal string, actor hall.Actor) bool {
	random, mark, marked := strings.Cut(actor.Session, "-")
	return marked && actor.Kind == hall.ActorStaff && len(actor.Session) <= 128 &&
		subtle.ConstantTimeCompare([]byte(mark), []byte(s.mark(random, actor.ID, terminal))) == 1
}

// end closes a session. Closing a closed one changes nothing.
func (s *sessions) end(ctx context.Context, l liveSession) error {
	return s.store.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE central_session SET ended_at = $1 WHERE id = $2 AND ended_at = 0`, s.now().UnixMilli(), l.id); err != nil {
			return fmt.Errorf("database: session: %w", err)
		}
		return auditTx(ctx, tx, audit{at: s.now(), staff: l.staff.ID, session: l.id, terminal: l.terminal, act: "sign_out", subj: l.staff.ID, allowed: true})
	})
}
