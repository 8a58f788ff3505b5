//go:build linux

package sim

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"hallway/app/hall"
	"hallway/build/sim/disk"
	"hallway/sync"
	"hallway/sync/files"
	"hallway/sync/server"
	"hallway/sync/writer"
)

const (
	hallCode = "37010001"
	lane     = "hall/" + hallCode
)

var ctx = context.Background()

// centre is the machine of the centre: a disk, a database, and one or two
// writers on it, each a process of its own.
type centre struct {
	w     *world
	keys  writer.Keys
	disk  *disk.Disk
	nodes []*node
	acts  int    // of the centre's own, for their names
	image string // of an earlier time, "" = none
	life  int    // how often it was put back
}

// node is one hallway-central.
type node struct {
	c    *centre
	name string
	proc *disk.Process
	wr   *writer.Writer
	door http.Handler
	file *files.Store
	up   bool
}

func newCentre(w *world) *centre {
	c := &centre{w: w}
	var err error
	c.keys, err = writer.NewKeys()
	w.must("keys", err)
	w.must("folder", os.MkdirAll(w.path("centre"), 0o700))
	c.disk = disk.New(w.tier == onSQLite)
	for i := range w.writers {
		n := &node{c: c, name: fmt.Sprintf("writer-%d", i+1)}
		n.proc, err = c.disk.Process()
		w.must("disk", err)
		c.nodes = append(c.nodes, n)
	}
	c.up()
	return c
}

func (n *node) start() {
	w := n.c.w
	n.proc.Revive()
	wr, err := writer.Open(ctx, writer.Options{DSN: "sqlite:" + w.path("centre", "centre.db") + "?vfs=" + n.proc.VFS(),
		Keys: n.c.keys, Clock: func() time.Time { return w.now }, Step: w.fault.rules()})
	w.must("the centre's database is opened", err)
	n.wr, n.up = wr, true
	n.file, err = files.Open(ctx, files.Options{DSN: "sqlite:" + w.path("centre", "centre.db") + "?vfs=" + n.proc.VFS(), Key: n.c.keys.MAC,
		Clock: func() time.Time { return w.now }})
	w.must("the centre's files are opened", err)
	n.door = server.Handler(server.Options{Writer: wr, Files: n.file, Auth: n.c.auth,
		Session: func(context.Context, string, hall.Actor) (bool, error) { return true, nil }})
	for _, x := range w.terminals { // its wake streams broke
		x.session = false
	}
	w.note("%s starts", n.name)
}

func (n *node) close() error { return errors.Join(n.file.Close(), n.wr.Close()) }

// auth knows every terminal by its name.
func (c *centre) auth(_ context.Context, token string) (server.Principal, bool, error) {
	for _, x := range c.w.terminals {
		if x.id == token {
			return server.Principal{Terminal: x.id, Role: x.role, Hall: hallCode, Department: x.department}, true, nil
		}
	}
	return server.Principal{}, false, nil
}

// up starts what is down.
func (c *centre) up() {
	for _, n := range c.nodes {
		if n.proc.Dead() && n.up {
			c.fell(n)
		}
		if !n.up {
			n.start()
		}
	}
}

// any is a node that serves, nil when none does.
func (c *centre) any() *node {
	var all []*node
	for _, n := range c.nodes {
		if n.up {
			all = append(all, n)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[c.w.rnd.IntN(len(all))]
}

// killSoon kills a node at one of its next writes.
func (c *centre) killSoon() {
	n := c.any()
	if n == nil {
		return
	}
	k := 1 + c.w.rnd.IntN(60)
	c.w.note("%s will be killed at its %d. write", n.name, k)
	n.proc.KillAfter(k)
}

// fell buries a node that was killed: with it the power may go, and then every
// node goes.
func (c *centre) fell(n *node) { c.fellWith(n, c.w.chance(c.w.power)) }

// bad comes after a write of a node failed: at once the power may go too, and
// what was told must be there.
func (c *centre) bad(n *node, before int) {
	if n.proc.Failed() == before || c.w.rnd.IntN(2) == 0 {
		return
	}
	c.w.later(0, func() {
		if n.up {
			c.w.note("%s had a bad disk and loses its power", n.name)
			c.fellWith(n, true)
		}
	})
}

func (c *centre) fellWith(n *node, power bool) {
	w := c.w
	w.done.kills++
	w.note("%s was killed, power cut %v", n.name, power)
	for _, o := range c.nodes {
		if o != n && !power || !o.up {
			continue
		}
		o.proc.Kill()
		_ = o.close() // it cannot put anything in order any more
		o.up = false
		w.later(time.Duration(1+w.rnd.IntN(60))*time.Second, func() {
			if !o.up {
				o.start()
			}
		})
	}
	if power {
		lost, err := c.disk.Cut(w.rnd.Uint64())
		w.must("power cut", err)
		w.done.cuts++
		w.done.lost += lost
	}
}

// backup keeps an image of the database as it is now.
func (c *centre) backup() {
	w := c.w
	if c.any() == nil {
		return
	}
	c.image = w.path("backup")
	w.must("backup", copyFiles(w.path("centre"), c.image))
	w.note("the centre is backed up")
}

// restore puts the centre's database back to its image, as hallway-central
// restore does.
func (c *centre) restore() {
	w := c.w
	if c.image == "" || c.any() == nil {
		return
	}
	for _, n := range c.nodes {
		if n.up {
			w.must("close", n.close())
			n.up = false
		}
	}
	w.must("restore", copyFiles(c.image, w.path("centre")))
	_, err := c.disk.Cut(0) // nothing is open: it only looks at what is there now
	w.must("restore", err)
	db, err := sql.Open("sqlite3", "file:"+w.path("centre", "centre.db"))
	w.must("restore", err)
	w.must("restore", writer.MarkRestored(ctx, db))
	w.must("restore", db.Close())
	c.life++
	w.done.restores++
	w.note("the centre is put back")
	c.up()
}

// copyFiles makes to hold the files of a database as they are, but for the
// shared memory, which is nobody's after a start.
func copyFiles(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return errors.Join(os.CopyFS(to, os.DirFS(from)), os.RemoveAll(filepath.Join(to, "centre.db-shm")), os.RemoveAll(filepath.Join(to, "terminal.db-shm")))
}

func (c *centre) shut() {
	for _, n := range c.nodes {
		if n.up {
			_ = n.close()
		}
		_ = n.proc.Close()
	}
	c.disk.Close()
}

// propose lets the centre itself act, and says whether it was decided.
func (c *centre) propose(op hall.Op) (sync.Verdict, bool) {
	n := c.any()
	if n == nil {
		return sync.Verdict{}, false
	}
	v, err := n.wr.Propose(ctx, op)
	n.wr.Quiet()
	if n.proc.Dead() {
		c.fell(n)
		return v, false // nobody was told
	}
	if err != nil {
		c.w.note("the centre's %s waits: %v", op.Kind, err)
		return v, false
	}
	c.w.note("the centre's %s %s: %s %s", op.Kind, op.Entity, v.Status, v.Reason.Code)
	c.w.witness.heardByCentre(c.w, op, v)
	return v, true
}

var system = hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}

// own is an act of the centre.
func (c *centre) own(kind hall.Kind, entity string, body any) (sync.Verdict, bool) {
	raw, err := json.Marshal(body)
	c.w.must("body", err)
	c.acts++
	return c.propose(hall.Op{ID: hall.OpID(fmt.Sprintf("own-%d", c.acts)), Kind: kind, Hall: hallCode, Entity: entity, Actor: system, Body: raw})
}

// work does the effects that are due: deadlines are proposed, departments answer
// what they are asked. It says how many it did.
func (c *centre) work() int {
	n := c.any()
	if n == nil {
		return 0
	}
	due, err := n.wr.DueEffects(ctx, c.w.now, 20)
	if err != nil {
		c.w.note("effects cannot be read: %v", err)
		return 1
	}
	did := 0
	for _, e := range due {
		if !c.effect(e) || !n.up {
			return did + 1
		}
		if err := n.wr.CompleteEffect(ctx, e.ID); err != nil && !n.proc.Dead() {
			c.w.note("effect %s: %v", e.ID, err)
		}
		if n.proc.Dead() {
			c.fell(n)
			return did + 1
		}
		did++
	}
	return did
}

// effect does one, and says whether that is settled.
func (c *centre) effect(e writer.StoredEffect) bool {
	switch e.Kind {
	case hall.EffectDeadline:
		var op hall.Op
		c.w.must("deadline", json.Unmarshal(e.Payload, &op))
		_, ok := c.propose(op)
		return ok
	case hall.EffectShareQuery:
		var q hall.ShareQuery
		c.w.must("query", json.Unmarshal(e.Payload, &q))
		answer := []string{hall.AnswerYes, hall.AnswerYes, hall.AnswerYes, hall.AnswerNo, hall.AnswerFailed}[c.w.rnd.IntN(5)]
		raw, err := json.Marshal(hall.ShareAnsweredBody{Material: q.Material, Ask: q.Ask, Answer: answer})
		c.w.must("answer", err)
		_, ok := c.propose(hall.Op{ID: "answer-" + hall.OpID(e.ID), Kind: hall.ShareAnswered, Hall: hallCode, Entity: q.Case, Actor: system, Body: raw})
		return ok
	}
	return true
}
