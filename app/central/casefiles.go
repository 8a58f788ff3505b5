package central

import (
	"context"
	"slices"

	"hallway/app/hall"
	"hallway/sync/files"
	"hallway/sync/server"
	"hallway/sync/writer"
)

// openFiles opens the files of materials, under a key of the centre's folder.
func (c *Centre) openFiles(ctx context.Context) (*files.Store, error) {
	key, err := writer.LoadKey(c.cfg.path(c.cfg.Keys), files.KeyFile)
	if err != nil {
		return nil, err
	}
	return files.Open(ctx, files.Options{DSN: c.cfg.DSN(), Key: key, Clock: c.clock.Now})
}

// Files is where the files of materials are kept.
func (c *Centre) Files() *files.Store { return c.files }

// fileRead says whether a session may see a file at a counter: that of a clerk
// who is signed in there. Each reading leaves a row in the trail.
func (c *Centre) fileRead(ctx context.Context, p server.Principal, session, sha256 string) (bool, error) {
	live, ok, err := c.sessions.byToken(ctx, session)
	if err != nil || !ok {
		return false, err
	}
	allowed := live.terminal == p.Terminal && slices.ContainsFunc(live.staff.Roles, func(r hall.Role) bool { return slices.Contains(deskRoles, r) })
	row := audit{at: c.now(), staff: live.staff.ID, session: live.id, terminal: p.Terminal, act: "read_file", subj: sha256, allowed: allowed}
	if !allowed {
		row.reason = "not_a_clerk"
	}
	if err := c.store.writeAudit(ctx, row); err != nil {
		return false, err // what leaves no row is not shown
	}
	return allowed, nil
}
