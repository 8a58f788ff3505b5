package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// screen is an X server whose picture is a file that can be read.
type screen struct {
	dir     string
	display string
	cmds    []*exec.Cmd
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
	return s, nil
}

func (s *screen) close() {
	for i := len(s.cmds) - 1; i >= 0; i-- {
		_ = s.cmds[i].Process.Kill()
		_ = s.cmds[i].Wait()
	}
	_ = os.RemoveAll(s.dir)
}

// painted tells whether a page is on the screen: several colours in its middle,
// not only the background of a window.
func (s *screen) painted() (bool, error) {
	raw, err := os.ReadFile(filepath.Join(s.dir, "Xvfb_screen0"))
	if err != nil {
		return false, err
	}
	if len(raw) < 100 {
		return false, errors.New("the frame buffer is too short")
	}
	// X window dump: header size first, then the colour map (12 bytes each).
	be := binary.BigEndian
	header, width, height := int(be.Uint32(raw)), int(be.Uint32(raw[16:])), int(be.Uint32(raw[20:]))
	stride, colours := int(be.Uint32(raw[48:])), int(be.Uint32(raw[76:]))
	pixels := raw[header+12*colours:]
	seen := map[[3]byte]bool{}
	for y := height / 4; y < height*3/4; y += 8 {
		for x := width / 4; x < width*3/4; x += 8 {
			seen[[3]byte(pixels[y*stride+4*x:])] = true
		}
	}
	return len(seen) >= 4, nil
}

// paint starts a program and gives the time until its page is on the screen.
func (s *screen) paint(ctx context.Context, args ...string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "DISPLAY="+s.display, "WEBKIT_DISABLE_COMPOSITING_MODE=1", "LIBGL_ALWAYS_SOFTWARE=1", "NO_AT_BRIDGE=1")
	t0 := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
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
	for time.Since(t0) < 30*time.Second {
		ok, err := s.painted()
		if err != nil {
			return 0, err
		}
		if ok {
			return time.Since(t0), nil
		}
		time.Sleep(4 * time.Millisecond)
	}
	return 0, fmt.Errorf("%s painted nothing in 30 s", args[0])
}

// firstPaint: the kiosk's window against an empty page in the same webview.
func firstPaint(ctx context.Context, bin string) ([]Figure, error) {
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
	kiosk := []string{filepath.Join(bin, "hallway-desktop"), "--config", filepath.Join(st.Dir(), "kiosk-1.toml")}
	if err := st.Program("kiosk-1").Kill(syscall.SIGTERM); err != nil {
		return nil, err
	}
	var window, empty []time.Duration
	for i := range 6 {
		e, err := s.paint(ctx, filepath.Join(bin, "blank"))
		if err != nil {
			return nil, err
		}
		k, err := s.paint(ctx, kiosk...)
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first of each warms the caches
			empty, window = append(empty, e), append(window, k)
		}
	}
	return []Figure{figure("first paint of the kiosk's window", "an empty page in the same webview", window, empty)}, nil
}
