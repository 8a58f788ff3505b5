package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// screen is an X server whose picture is a file that can be read.
type screen struct {
	dir     string
	display string
	cmds    []*exec.Cmd
	dump    []byte // the frame buffer's file, mapped: looking at it takes nothing from who draws
}

// openScreen starts Xvfb with its frame buffer in a file, and a window manager.
func openScreen(ctx context.Context) (*screen, error) {
	dir, err := os.MkdirTemp("", "hallway-screen")
	if err != nil {
		return nil, err
	}
	s := &screen{dir: dir}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	x := exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "1080x1920x24", "-nolisten", "tcp", "-fbdir", dir)
	x.ExtraFiles = []*os.File{w}
	if err := x.Start(); err != nil {
		return nil, fmt.Errorf("start Xvfb: %w", err)
	}
	s.cmds = append(s.cmds, x)
	w.Close()
	buf := make([]byte, 16)
	n, err := r.Read(buf)
	if err != nil {
		return nil, fmt.Errorf("no display from Xvfb: %w", err)
	}
	s.display = ":" + strings.TrimSpace(string(buf[:n]))
	wm := exec.CommandContext(ctx, "openbox")
	wm.Env = append(os.Environ(), "DISPLAY="+s.display)
	if err := wm.Start(); err != nil {
		return nil, fmt.Errorf("start openbox: %w", err)
	}
	s.cmds = append(s.cmds, wm)
	time.Sleep(500 * time.Millisecond) // the window manager takes its place
	if s.dump, err = mapped(filepath.Join(dir, "Xvfb_screen0")); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// mapped is a file as it is now and will be.
func mapped(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < 100 {
		return nil, errors.New("the frame buffer is too short")
	}
	raw, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	return raw, nil
}

func (s *screen) close() {
	for i := len(s.cmds) - 1; i >= 0; i-- {
		_ = s.cmds[i].Process.Kill()
		_ = s.cmds[i].Wait()
	}
	if s.dump != nil {
		_ = unix.Munmap(s.dump)
	}
	_ = os.RemoveAll(s.dir)
}

// picture is the screen as it is now, and goes on with it.
type picture struct {
	pixels                []byte
	width, height, stride int
}

func (s *screen) picture() picture {
	// X window dump: header size first, then the colour map (12 bytes each).
	be := binary.BigEndian
	header, colours := int(be.Uint32(s.dump)), int(be.Uint32(s.dump[76:]))
	return picture{s.dump[header+12*colours:], int(be.Uint32(s.dump[16:])), int(be.Uint32(s.dump[20:])), int(be.Uint32(s.dump[48:]))}
}

// colours counts the colours of a band of the screen, given in hundredths.
func (p picture) colours(left, top, right, bottom int) int {
	seen := map[[3]byte]bool{}
	for y := p.height * top / 100; y < p.height*bottom/100; y += 8 {
		for x := p.width * left / 100; x < p.width*right/100; x += 8 {
			seen[[3]byte(p.pixels[y*p.stride+4*x:])] = true
		}
	}
	return len(seen)
}

// colour is red, green and blue.
type colour [3]byte

// The colours by which a page is known: of the empty page, and of the mark in
// the middle of the terminal's first one. What the screen holds while a window
// opens is neither.
var (
	emptyPage = colour{0x00, 0xaa, 0x77} // blank/blank.go
	markOfIt  = colour{0x0f, 0x52, 0x57} // frontend/index.html
)

// shows: the colour is in the middle of the screen, in more than one place.
func (p picture) shows(c colour) bool {
	seen := 0
	for y := p.height * 25 / 100; y < p.height*75/100; y += 8 {
		for x := p.width * 25 / 100; x < p.width*75/100; x += 8 {
			if at := p.pixels[y*p.stride+4*x:]; at[2] == c[0] && at[1] == c[1] && at[0] == c[2] {
				seen++
			}
		}
	}
	return seen >= 20
}

// usable: the page has its header with the languages and its footer with the
// call for a person; before, only the mark stands in the middle.
func (p picture) usable() bool {
	return p.colours(0, 1, 100, 12) >= 8 && p.colours(0, 88, 100, 99) >= 8
}

// opened is what one start of a program took.
type opened struct {
	shown, usable time.Duration
	memory        float64 // MiB, proportional share, of the program and its webview
}

// open starts a program and gives the times until its page is on the screen
// (known by its first colour) and until it can be used, and what memory it holds five seconds later.
func (s *screen) open(ctx context.Context, first colour, page bool, args ...string) (o opened, err error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "DISPLAY="+s.display, "WEBKIT_DISABLE_COMPOSITING_MODE=1", "LIBGL_ALWAYS_SOFTWARE=1", "NO_AT_BRIDGE=1")
	t0 := time.Now()
	if err := cmd.Start(); err != nil {
		return o, err
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(3 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		time.Sleep(300 * time.Millisecond) // the screen goes black again
	}()
	p := s.picture()
	for o.usable == 0 {
		if time.Since(t0) > 30*time.Second {
			return o, fmt.Errorf("%s was not usable in 30 s", args[0])
		}
		if o.shown == 0 && p.shows(first) {
			o.shown = time.Since(t0)
		}
		if o.shown > 0 && (!page || p.usable()) {
			o.usable = time.Since(t0)
		}
		time.Sleep(4 * time.Millisecond)
	}
	time.Sleep(5 * time.Second)
	o.memory, err = family(cmd.Process.Pid)
	return o, err
}

// family is the memory of a process and of all that it started, in MiB. Shared
// pages are counted by share (PSS), so that the sum is true.
func family(pid int) (float64, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	parent := map[int]int{}
	for _, name := range stats {
		raw, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		after := raw[strings.LastIndex(string(raw), ")")+1:]
		var state string
		var up int
		if _, err := fmt.Sscan(string(after), &state, &up); err != nil {
			continue
		}
		var own int
		if _, err := fmt.Sscan(string(raw), &own); err == nil {
			parent[own] = up
		}
	}
	total := 0.0
	for own := range parent {
		at := own
		for at != 0 && at != pid {
			at = parent[at]
		}
		if at != pid {
			continue
		}
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", own))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(raw)) {
			var kb float64
			if _, err := fmt.Sscanf(line, "Pss: %f kB", &kb); err == nil {
				total += kb / 1024
			}
		}
	}
	if total == 0 {
		return 0, fmt.Errorf("no memory of process %d could be read", pid)
	}
	return total, nil
}

// demoOnly are the lines of a demo's configuration that no hall has.
var demoOnly = regexp.MustCompile(`(?m)^(?:demo|reusable_code|bench) *=.*\n`)

// withoutDock writes a terminal's configuration as a hall has it: without the
// simulated devices at the edge of its screen.
func withoutDock(config string) (string, error) {
	raw, err := os.ReadFile(config)
	if err != nil {
		return "", err
	}
	name := strings.TrimSuffix(config, ".toml") + "-window.toml"
	return name, os.WriteFile(name, demoOnly.ReplaceAll(raw, nil), 0o600)
}

// asAfterBoot takes a program's file out of the page cache. What a compiler has just
// written lies there in huge pages, each mapped whole for one instruction in it; a
// program that is read from the disk, as after every boot, is mapped as it is used.
func asAfterBoot(program string) error {
	f, err := os.Open(program)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return err
	}
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// webview: the kiosk's window against an empty page in the same webview.
func webview(ctx context.Context, bin string) ([]Figure, error) {
	s, err := openScreen(ctx)
	if err != nil {
		return nil, err
	}
	defer s.close()
	st, err := startHall(ctx, bin)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(st.Dir())
	defer st.Stop()
	config, err := withoutDock(filepath.Join(st.Dir(), "kiosk-1.toml"))
	if err != nil {
		return nil, err
	}
	kiosk := []string{filepath.Join(bin, "hallway-desktop"), "--config", config}
	if err := st.Program("kiosk-1").Kill(syscall.SIGTERM); err != nil {
		return nil, err
	}
	for _, program := range []string{kiosk[0], filepath.Join(bin, "blank")} {
		if err := asAfterBoot(program); err != nil {
			return nil, err
		}
	}
	var shown, usable, empty []time.Duration
	var memory, emptyMemory []float64
	for i := range 8 {
		e, err := s.open(ctx, emptyPage, false, filepath.Join(bin, "blank"))
		if err != nil {
			return nil, err
		}
		k, err := s.open(ctx, markOfIt, true, kiosk...)
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first of each warms the caches
			empty, shown, usable = append(empty, e.shown), append(shown, k.shown), append(usable, k.usable)
			memory, emptyMemory = append(memory, k.memory), append(emptyMemory, e.memory)
		}
	}
	const against = "an empty page in the same webview"
	return []Figure{
		figure("the kiosk's window: shell visible", against, shown, empty),
		figure("the kiosk's window: first screen usable", against, usable, empty),
		amount("the kiosk's window: memory", "MiB", against, memory, emptyMemory),
	}, nil
}
