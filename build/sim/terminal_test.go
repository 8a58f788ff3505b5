//go:build linux

package sim

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/build/sim/disk"
	"hallway/sync/client"
)

// terminal is one machine of the hall with its program.
type terminal struct {
	w          *world
	id         string // as the centre knows it
	name       string // id, or of a copied machine another
	role       string
	letter     string
	window     string
	department string
	staff      hall.Actor

	dir     string
	machine string
	disk    *disk.Disk
	proc    *disk.Process
	store   *store.Store // nil: the program does not run
	step    *client.Step
	line    *line
	session bool // it has greeted the centre since its line broke
	offered bool // and offered what it holds

	boots   int
	bootAt  time.Time
	wallOff time.Duration
	last    error
	began   int // cases opened here

	image string // of the data folder of an earlier time, "" = none
	upTo  int    // what the witness knew then
	copy  bool   // of another terminal's disk

	putBack bool // its data folder was
}

func newTerminal(w *world, id, role string) *terminal {
	x := &terminal{w: w, id: id, name: id, role: role, machine: "machine-" + id, dir: w.path(id), disk: disk.New(w.tier == onSQLite), bootAt: w.now.Add(-time.Hour)}
	var err error
	x.proc, err = x.disk.Process()
	w.must("disk", err)
	x.line = &line{x: x}
	return x
}

// start starts the program, which must find its data as it was.
func (x *terminal) start() {
	x.proc.Revive()
	s, err := store.Open(ctx, store.Options{Dir: x.dir, Terminal: x.id, Machine: x.machine, VFS: x.proc.VFS(),
		Clock: func() time.Time { return x.w.now.Add(x.wallOff) },
		Boot:  func() (time.Duration, string) { return x.w.now.Sub(x.bootAt), fmt.Sprint(x.name, "/", x.boots) },
	})
	x.w.must(x.name+"'s database is opened", err)
	x.store, x.session = s, false
	x.step = client.NewStep(client.StepOptions{URL: "http://centre", Token: x.id, Version: "sim", Store: x.w.fault.store(x, &heard{s, x}),
		Transport: x.line, Timeout: time.Hour})
	x.w.note("%s starts as %s with %d waiting", x.name, s.Incarnation(), s.Outbox())
}

func (x *terminal) running() bool { return x.store != nil }

// up makes it run, with its line.
func (x *terminal) up() {
	if x.running() && x.proc.Dead() {
		x.fell()
	}
	if !x.running() {
		x.start()
	}
	x.proc.Revive() // not killed any more
	x.line.down = false
}

func (x *terminal) shut() {
	if x.running() {
		_ = x.store.Close()
	}
	_ = x.proc.Close()
	x.disk.Close()
}

var errDied = errors.New("the terminal died")

// alive does something that writes; a terminal that was killed on the way has
// told nobody that it is done.
func (x *terminal) alive(do func() error) error {
	bad := x.proc.Failed()
	err := do()
	if x.proc.Dead() {
		x.fell()
		return errDied
	}
	if x.proc.Failed() > bad && x.w.rnd.IntN(2) == 0 { // a bad disk, and at once the power: what was told must be there
		x.w.later(0, func() {
			if x.running() {
				x.w.note("%s had a bad disk and loses its power", x.name)
				x.fellWith(true)
			}
		})
	}
	return err
}

// killSoon kills the program at one of its next writes.
func (x *terminal) killSoon() {
	if !x.running() {
		return
	}
	k := 1 + x.w.rnd.IntN(40)
	x.w.note("%s will be killed at its %d. write", x.name, k)
	x.proc.KillAfter(k)
}

// fell buries the program that was killed, perhaps with the power.
func (x *terminal) fell() { x.fellWith(x.w.chance(x.w.power)) }

func (x *terminal) fellWith(power bool) {
	w := x.w
	w.done.kills++
	x.proc.Kill()
	_ = x.store.Close() // it cannot put anything in order any more
	x.store, x.session = nil, false
	w.note("%s was killed, power cut %v", x.name, power)
	if power {
		lost, err := x.disk.Cut(w.rnd.Uint64())
		w.must("power cut", err)
		w.done.cuts++
		w.done.lost += lost
		x.rebooted()
	}
	w.later(time.Duration(1+w.rnd.IntN(120))*time.Second, func() {
		if !x.running() {
			x.start()
		}
	})
}

func (x *terminal) rebooted() {
	x.boots++
	x.bootAt = x.w.now
}

// end ends the program in order; not ok when it was killed at that.
func (x *terminal) end() bool {
	if err := x.alive(x.store.Close); err != nil {
		x.w.note("%s closes: %s", x.name, brief(err)) // the disk had a bad moment; closed it is
	}
	ok := x.running()
	x.store = nil
	return ok
}

// reboot ends the program in order and starts the machine again.
func (x *terminal) reboot() {
	if !x.running() {
		return
	}
	if !x.end() {
		return
	}
	x.rebooted()
	x.w.note("%s reboots", x.name)
	x.start()
}

// jump sets the machine's clock.
func (x *terminal) jump() {
	x.wallOff = time.Duration(x.w.rnd.Int64N(int64(20*365*24*time.Hour))) - 10*365*24*time.Hour
	x.w.note("%s has its clock off by %v", x.name, x.wallOff)
}

// cutLine takes the line away for a while.
func (x *terminal) cutLine() {
	if x.line.down {
		return
	}
	x.line.down = true
	x.w.note("%s has no line", x.name)
	x.w.later(time.Duration(x.w.rnd.IntN(1200))*time.Second, func() { x.line.down = false })
}

// did notes how a step of the protocol ended; a line that broke ends the
// session.
func (x *terminal) did(what string, err error) bool {
	if err == nil {
		return true
	}
	x.last = err
	x.w.note("%s %s: %s", x.name, what, brief(err))
	var busy *client.Busy
	if x.running() && !errors.As(err, &busy) {
		x.session = false
		x.store.SetLine(false)
	}
	return false
}

// brief is what a trace says of an error: what SQLite adds of the system's last
// error is not the same in every run.
func brief(err error) string {
	var own *store.Error
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &own):
		return own.Code
	}
	return err.Error()
}

// greet begins a session when there is none: before anything new is said, the
// centre is offered what it may have lost.
func (x *terminal) greet() bool {
	if !x.session {
		if !x.did("hello", x.alive(func() error { return x.step.Greet(ctx) })) {
			return false
		}
		x.session, x.offered = true, false
		x.store.SetLine(true)
	}
	if !x.offered {
		x.offered = x.did("offer", x.alive(func() error { return x.step.Offer(ctx) }))
	}
	return x.offered
}

// talk is some of what a client's loops would do now.
func (x *terminal) talk() {
	if !x.running() || !x.greet() {
		return
	}
	if x.w.rnd.IntN(3) == 0 && !x.did("numbers", x.alive(func() error { return x.step.Numbers(ctx) })) {
		return
	}
	for range 1 + x.w.rnd.IntN(2) {
		if _, ok := x.push(); !ok {
			return
		}
	}
	if x.w.rnd.IntN(3) == 0 && !x.upload() {
		return
	}
	some := x.w.rnd.Float64()
	for _, lf := range x.store.Follows() {
		for _, feed := range lf.Feeds {
			if x.w.rnd.Float64() > some {
				continue
			}
			if _, ok := x.pull(lf.Lane, feed); !ok {
				return
			}
		}
	}
}

func (x *terminal) push() (n int, ok bool) {
	if x.store.Outbox() == 0 {
		return 0, true
	}
	was := x.store.Incarnation()
	err := x.alive(func() error {
		sent, err := x.step.PushOnce(ctx)
		n = sent.Ops
		return err
	})
	x.w.done.pushes++
	if x.running() && x.store.Incarnation() != was {
		x.w.done.forks++
		x.w.note("%s goes on as %s", x.name, x.store.Incarnation())
	}
	if err == nil {
		x.w.note("%s pushed %d, %d wait", x.name, n, x.store.Outbox())
	}
	ok = x.did("push", err)
	x.w.fault.pushed(x, ok)
	return n, ok
}

// upload carries one file.
func (x *terminal) upload() bool {
	var up client.Uploaded
	err := x.alive(func() (err error) {
		up, err = x.step.UploadOnce(ctx, 0)
		return err
	})
	if up.Found {
		x.w.note("%s carries a file: %s", x.name, brief(err))
	}
	return x.did("upload", err)
}

func (x *terminal) pull(lane string, feed hall.Feed) (more, ok bool) {
	before := x.store.Cursor(lane, feed)
	err := x.alive(func() (err error) {
		more, err = x.step.PullOnce(ctx, lane, feed)
		return err
	})
	if err == nil {
		if now := x.store.Cursor(lane, feed); now != before {
			x.w.note("%s has %s up to %d %.8s", x.name, feed, now.Row, now.Hash)
		}
	}
	return more, x.did("pull "+string(feed), err)
}

// forceSnapshot replaces a feed in the middle of everything.
func (x *terminal) forceSnapshot() {
	if !x.running() || !x.session {
		return
	}
	lf := x.store.Follows()[len(x.store.Follows())-1]
	feed := lf.Feeds[x.w.rnd.IntN(len(lf.Feeds))]
	if x.did("snapshot", x.alive(func() error { return x.step.SnapshotOnce(ctx, lf.Lane, feed) })) {
		x.w.note("%s took a snapshot of %s", x.name, feed)
		x.w.done.snapshots++
	}
}

// settle does everything that there is to do, and says whether it was nothing.
func (x *terminal) settle() (quiet bool) {
	x.session = false // a new session offers and asks what to follow
	if !x.greet() {
		return false
	}
	quiet = true
	for range 50 {
		if up, err := x.step.UploadOnce(ctx, 0); !x.did("upload", err) {
			return false
		} else if up.Found {
			quiet = false
			continue
		}
		if !x.did("numbers", x.step.Numbers(ctx)) {
			return false
		}
		n, ok := x.push()
		if !ok {
			return false
		}
		if n == 0 && x.store.Outbox() == 0 {
			break
		}
		quiet = false
	}
	for _, lf := range x.store.Follows() {
		for _, feed := range lf.Feeds {
			for {
				before := x.store.Cursor(lf.Lane, feed)
				more, ok := x.pull(lf.Lane, feed)
				if !ok {
					return false
				}
				if x.store.Cursor(lf.Lane, feed).Hash != before.Hash {
					quiet = false
				}
				if !more {
					break
				}
			}
		}
	}
	return quiet && x.store.Outbox() == 0
}

// enrol makes the terminal known at the centre.
func (x *terminal) enrol() {
	v, ok := x.w.centre.own(hall.EnrolTerminal, x.id, hall.EnrolTerminalBody{Role: x.role, Letter: x.letter, Window: x.window, Department: x.department})
	if !ok || v.Status != hall.Applied {
		x.w.wrong("%s is not enrolled: %v %v", x.name, v.Status, v.Reason)
	}
}

// keep keeps an image of the data folder.
func (x *terminal) keep() {
	x.image, x.upTo = x.w.path(x.name+".image"), len(x.w.witness.order)
	x.w.must("image", copyFiles(x.dir, x.image))
	x.w.note("%s's data folder is kept", x.name)
}

// rollback puts the data folder back to an earlier image, or makes one. What was
// written since and had not come to the centre is lost with it: nobody has it.
func (x *terminal) rollback() {
	if !x.running() || x.image == "" {
		if x.running() {
			x.keep()
		}
		return
	}
	if !x.end() {
		return
	}
	x.w.must("rollback", copyFiles(x.image, x.dir))
	_, err := x.disk.Cut(0) // nothing is open: it only looks at what is there now
	x.w.must("rollback", err)
	x.w.witness.forgets(x, x.upTo)
	x.w.done.rollbacks++
	x.putBack = true
	x.w.note("%s's data folder is put back", x.name)
	x.start()
}

// clone copies a terminal's disk into another machine, and both go on.
func (x *terminal) clone() {
	if !x.running() || x.copy || x.image != "" {
		return
	}
	w := x.w
	w.done.clones++
	y := newTerminal(w, x.id, x.role)
	y.name = fmt.Sprintf("%s'%d", x.id, w.done.clones)
	y.dir, y.copy = w.path(y.name), true
	y.window, y.department, y.staff, y.letter = x.window, x.department, x.staff, x.letter
	y.boots, y.bootAt = 1000*w.done.clones, w.now // another machine
	if x.role != hall.AtStation {                 // which spends no numbers: a copy that cannot be told from it
		y.machine = "machine-" + y.name
	}
	w.must("clone", copyFiles(x.dir, y.dir))
	for _, ext := range []string{".identity", ".identity.key"} {
		raw, err := os.ReadFile(x.dir + ext)
		w.must("clone", err)
		w.must("clone", os.WriteFile(y.dir+ext, raw, 0o600))
	}
	w.note("%s is copied to %s", x.name, y.name)
	w.terminals = append(w.terminals, y)
	y.start()
}

// database is the file under the store.
func (x *terminal) database() *sql.DB {
	db, err := sql.Open("sqlite3", "file:"+x.dir+"/terminal.db?_busy_timeout=1000&vfs="+x.proc.VFS())
	x.w.must("database", err)
	return db
}
