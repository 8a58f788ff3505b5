package screen

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"hallway/devices/port"
)

// DoorFile is the name, in the counter's data folder, of the file by which the
// screen's program finds the counter.
const DoorFile = "evaluator.door"

// doorway is what stands in it.
type doorway struct {
	Address string `json:"address"` // unix:PATH or tcp:127.0.0.1:PORT
	Token   string `json:"token"`
}

const (
	greetWithin = 2 * time.Second // a caller says its token within that
	greetings   = 8               // callers at the door at the same time
	longestPath = 100             // of a socket: systems take little more
)

// door lets one screen in at a time. It is a port.Opener whose Open waits for
// the screen to call.
type door struct {
	address string // as configured
	file    string

	work sync.WaitGroup
	came chan net.Conn // a screen that was let in and is not used yet

	mu      sync.Mutex
	ln      net.Listener
	token   string
	calling map[net.Conn]bool
	taken   bool // a screen is in
	told    bool // that there is none
}

func newDoor(address, file string) *door {
	return &door{address: address, file: file, came: make(chan net.Conn, 1), calling: map[net.Conn]bool{}}
}

func (d *door) Address() string { return d.address }

// Open gives the screen's line. While there is none it says so once, then it
// waits for one.
func (d *door) Open(ctx context.Context) (port.Port, error) {
	if err := d.listen(); err != nil {
		return nil, err
	}
	select {
	case c := <-d.came:
		return d.use(c), nil
	default:
	}
	d.mu.Lock()
	told := d.told
	d.told = true
	d.mu.Unlock()
	if !told {
		return nil, &port.Error{Code: port.Gone, Port: d.address, Op: "open"}
	}
	select {
	case c := <-d.came:
		return d.use(c), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// use makes a port of a screen's line; its Close lets the next one in.
func (d *door) use(c net.Conn) port.Port {
	d.mu.Lock()
	d.told = false
	d.mu.Unlock()
	return &guest{Port: port.Accepted(d.address, c), leave: sync.OnceFunc(d.free)}
}

// guest is the line of the screen that is in.
type guest struct {
	port.Port
	leave func()
}

func (g *guest) Close() error {
	defer g.leave()
	return g.Port.Close()
}

func (d *door) free() {
	d.mu.Lock()
	d.taken = false
	d.mu.Unlock()
}

// take is false while a screen is in.
func (d *door) take() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.taken
	d.taken = true
	return !was
}

// listen opens the door, unless it is open.
func (d *door) listen() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ln != nil {
		return nil
	}
	ln, err := bind(d.address)
	if err != nil {
		return d.fail(err)
	}
	address := "tcp:" + ln.Addr().String()
	if strings.HasPrefix(d.address, "unix:") {
		address = d.address
	}
	d.token = rand.Text() + rand.Text()
	if err := writeDoor(d.file, doorway{address, d.token}); err != nil {
		return d.fail(errors.Join(err, ln.Close()))
	}
	d.ln = ln
	d.work.Go(func() { d.admit(ln) })
	return nil
}

func (d *door) fail(err error) error {
	code := port.BadAddress
	switch {
	case errors.Is(err, fs.ErrPermission):
		code = port.Permission
	case errors.Is(err, syscall.EADDRINUSE):
		code = port.InUse
	}
	return &port.Error{Code: code, Port: d.address, Op: "open", Err: err}
}

// bind listens at an address. What a killed program has left of a socket is
// taken away; a socket at which somebody listens is not.
func bind(address string) (net.Listener, error) {
	path, ok := strings.CutPrefix(address, "unix:")
	if !ok {
		return net.Listen("tcp", strings.TrimPrefix(address, "tcp:"))
	}
	if len(path) > longestPath {
		return nil, fmt.Errorf("the path of the socket has %d bytes, more than %d; give the device a shorter one: port = \"unix:/run/NAME.sock\"", len(path), longestPath)
	}
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return nil, fmt.Errorf("another program listens there: %w", syscall.EADDRINUSE)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return ln, nil
}

// writeDoor writes the door file, whole or not at all; only this user reads it.
func writeDoor(file string, way doorway) error {
	text, err := json.Marshal(way)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".door-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// admit greets whoever calls, until the listener is closed.
func (d *door) admit(ln net.Listener) {
	slots := make(chan struct{}, greetings)
	for {
		c, err := ln.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			time.Sleep(100 * time.Millisecond) // no descriptor left: later perhaps
			continue
		}
		slots <- struct{}{}
		d.work.Go(func() {
			defer func() { <-slots }()
			d.greet(c, ln)
		})
	}
}

// greet lets a caller in, or says why not.
func (d *door) greet(c net.Conn, ln net.Listener) {
	d.mu.Lock()
	open, token := d.ln == ln, d.token
	if open {
		d.calling[c] = true
	}
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		delete(d.calling, c)
		d.mu.Unlock()
	}()
	first, err := Message{}, c.SetDeadline(time.Now().Add(greetWithin))
	if err == nil && open {
		first, err = readLine(c)
	}
	answer := Message{Taken: true}
	switch {
	case err != nil || !open:
		c.Close()
		return
	case subtle.ConstantTimeCompare([]byte(first.Token), []byte(token)) != 1:
		answer = Message{Refused: RefusedToken}
	case !d.take():
		answer = Message{Refused: RefusedBusy}
	}
	if err := errors.Join(write(c, answer), c.SetDeadline(time.Time{})); err != nil || !answer.Taken {
		if answer.Taken {
			d.free()
		}
		c.Close()
		return
	}
	d.came <- c // has room for one, and one is let in
}

// close shuts the door; nothing of it runs any more.
func (d *door) close() error {
	d.mu.Lock()
	ln := d.ln
	d.ln, d.told = nil, false
	for c := range d.calling {
		c.Close()
	}
	d.mu.Unlock()
	if ln == nil {
		return nil
	}
	err := ln.Close() // takes a socket's file away too
	d.work.Wait()
	select {
	case c := <-d.came:
		c.Close()
		d.free()
	default:
	}
	if rerr := os.Remove(d.file); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
		err = errors.Join(err, rerr)
	}
	return err
}

// Dial calls the counter whose door file this is. The error is a port.Error:
// absent when no counter is there, busy when it has a screen, permission when it
// does not take this one.
func Dial(ctx context.Context, file string) (net.Conn, error) {
	name := "screen:" + file
	bad := func(code port.Code, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &port.Error{Code: code, Port: name, Op: "open", Err: err}
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrPermission) {
		return nil, bad(port.Permission, err)
	}
	var way doorway
	if err == nil {
		err = json.Unmarshal(text, &way)
	}
	network, target, ok := strings.Cut(way.Address, ":")
	if err != nil || !ok || network != "unix" && network != "tcp" {
		return nil, bad(port.Gone, err)
	}
	dialer := net.Dialer{Timeout: greetWithin}
	c, err := dialer.DialContext(ctx, network, target)
	if err != nil {
		return nil, bad(port.Gone, err)
	}
	stop := context.AfterFunc(ctx, func() { c.Close() })
	answer, err := introduce(c, way.Token)
	if !stop() {
		return nil, ctx.Err()
	}
	switch {
	case err == nil && answer.Taken:
		return c, nil
	case err == nil && answer.Refused == RefusedToken:
		err = bad(port.Permission, errors.New("the counter does not take this screen"))
	case err == nil:
		err = bad(port.InUse, errors.New("the counter has a screen already"))
	default:
		err = bad(port.Gone, err)
	}
	return nil, errors.Join(err, c.Close())
}

func introduce(c net.Conn, token string) (Message, error) {
	if err := errors.Join(c.SetDeadline(time.Now().Add(greetWithin)), write(c, Message{Token: token})); err != nil {
		return Message{}, err
	}
	answer, err := readLine(c)
	return answer, errors.Join(err, c.SetDeadline(time.Time{}))
}

func write(w io.Writer, ms ...Message) error {
	for _, m := range ms {
		b, err := m.Bytes()
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// readLine reads the first line and not a byte more.
func readLine(r io.Reader) (Message, error) {
	var line []byte
	for b := make([]byte, 1); len(line) < 512; {
		if _, err := io.ReadFull(r, b); err != nil {
			return Message{}, err
		}
		if b[0] == '\n' {
			m, ok := parse(line)
			if !ok {
				return m, errors.New("the first line is no greeting")
			}
			return m, nil
		}
		line = append(line, b[0])
	}
	return Message{}, errors.New("the first line is too long")
}
