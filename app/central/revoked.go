package central

import (
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"hallway/sync"
)

// revokedEvery is how often the list of terminals that are shut out is read.
const revokedEvery = 2 * time.Second

// speaks judges whether an enrolled terminal may speak with the centre now, on
// such a connection (nil: one without TLS). The answer says what is wrong.
func (c *Centre) speaks(terminal string, on *tls.ConnectionState) *sync.Problem {
	if c.shutOut(terminal) {
		return revokedProblem()
	}
	if c.tls == nil {
		return nil
	}
	return c.tls.Terminal(on, terminal)
}

func (c *Centre) shutOut(terminal string) bool {
	_, out := (*c.revoked.Load())[terminal]
	return out
}

func revokedProblem() *sync.Problem {
	return &sync.Problem{Code: sync.ProblemRevoked, Message: "the centre has shut this terminal out",
		Hint: "ask whoever runs the centre; hallway-central revoke --terminal ID --undo lets it in again. Nothing that it holds is lost"}
}

// readRevoked reads who is shut out, and ends the streams of those who are new
// in it. One reading at a time, so that none puts an older list back.
func (c *Centre) readRevoked(ctx context.Context) error {
	c.revoking.Lock()
	defer c.revoking.Unlock()
	now, err := c.store.revoked(ctx)
	if err != nil {
		return err
	}
	before := c.revoked.Swap(&now)
	for id := range now {
		if before == nil {
			continue
		}
		if _, known := (*before)[id]; known || c.door.Load() == nil {
			continue
		}
		n := c.door.Load().Revoke(id)
		c.log.Warn("a terminal was shut out", "terminal", id, "streams", n)
	}
	if before != nil && !maps.Equal(*before, now) {
		c.board.touch()
	}
	return nil
}

// watchRevoked reads the list again and again: it is changed by another process.
func (c *Centre) watchRevoked() {
	tick := time.NewTicker(revokedEvery)
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
		}
		if err := c.readRevoked(c.ctx); err != nil && c.ctx.Err() == nil {
			c.log.Error("who is shut out cannot be read; the last list stays in force", "error", err)
		}
	}
}

// Revoke shuts an enrolled terminal out, or lets it in again. Every centre over
// the database knows it within seconds.
func Revoke(ctx context.Context, cfg Config, terminal string, undo bool, out io.Writer) error {
	known := false
	var ids []string
	for _, t := range cfg.Terminals {
		known = known || t.ID == terminal
		ids = append(ids, t.ID)
	}
	if !known {
		return fmt.Errorf("terminal %q is not in the configuration; it has %s", terminal, strings.Join(ids, ", "))
	}
	store, err := openStore(ctx, cfg.DSN())
	if err != nil {
		return err
	}
	defer store.Close() // what was done is durable
	if err := store.revoke(ctx, audit{at: time.Now(), subj: terminal}, undo); err != nil {
		return err
	}
	said := "is shut out: its requests are refused and its stream ends within seconds; what it holds stays with it"
	if undo {
		said = "is let in again: it comes back by itself"
	}
	_, err = fmt.Fprintf(out, "%s %s\n", terminal, said)
	return err
}

type terminalInput struct {
	ID string `path:"id" maxLength:"64"`
}

// revokeTerminal shuts a terminal out for the manager who asks.
func (c *Centre) revokeTerminal(ctx context.Context, in *terminalInput) (*managerOutput, error) {
	return c.setRevoked(ctx, in.ID, false)
}

// readmitTerminal lets it in again.
func (c *Centre) readmitTerminal(ctx context.Context, in *terminalInput) (*managerOutput, error) {
	return c.setRevoked(ctx, in.ID, true)
}

// setRevoked does it durably, with who asked in the audit trail; this centre acts on
// it at once, the others over the database within seconds.
func (c *Centre) setRevoked(ctx context.Context, terminal string, undo bool) (*managerOutput, error) {
	p := principalOf(ctx)
	if p.session == nil {
		return nil, problem(http.StatusUnauthorized, "signed_out")
	}
	if !slices.ContainsFunc(c.cfg.Terminals, func(t TerminalConfig) bool { return t.ID == terminal }) {
		return nil, problem(http.StatusNotFound, "not_found")
	}
	if p.terminal != nil && p.terminal.ID == terminal && !undo {
		return nil, problem(http.StatusConflict, "own_terminal")
	}
	row := audit{at: c.now(), staff: p.session.staff.ID, session: p.session.id, subj: terminal}
	if p.terminal != nil {
		row.terminal = p.terminal.ID
	}
	err := c.store.revoke(ctx, row, undo)
	if err == nil {
		err = c.readRevoked(ctx)
	}
	if err != nil {
		return nil, c.fail(ctx, "revoke", err)
	}
	return c.managerView(ctx, nil)
}

// revoke writes it down: subj of the audit row is shut out, or let in again.
func (s *ownStore) revoke(ctx context.Context, row audit, undo bool) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		row.act, row.allowed = "revoke_terminal", true
		var err error
		if undo {
			row.act = "readmit_terminal"
			_, err = tx.ExecContext(ctx, `DELETE FROM central_revoked WHERE terminal = $1`, row.subj)
		} else {
			_, err = tx.ExecContext(ctx, `INSERT INTO central_revoked (terminal, at_us) VALUES ($1, $2) ON CONFLICT (terminal) DO NOTHING`, row.subj, row.at.UnixMicro())
		}
		if err != nil {
			return fmt.Errorf("database: revoke: %w", err)
		}
		return auditTx(ctx, tx, row)
	})
}

// revoked lists who is shut out, and since when.
func (s *ownStore) revoked(ctx context.Context) (map[string]int64, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT terminal, at_us FROM central_revoked`)
	if err != nil {
		return nil, fmt.Errorf("database: revoked: %w", err)
	}
	defer rows.Close() // the error that counts is Err's
	out := map[string]int64{}
	for rows.Next() {
		var id string
		var at int64
		if err := rows.Scan(&id, &at); err != nil {
			return nil, fmt.Errorf("database: revoked: %w", err)
		}
		out[id] = at
	}
	return out, rows.Err()
}
