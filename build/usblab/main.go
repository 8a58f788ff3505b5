// Command usblab runs the drivers' tests inside an emulated machine whose
// kernel makes real USB devices out of software (gadgets): real nodes, real
// plugging and unplugging, real errors, on a machine without any USB.
//
//	build/usblab/run            the short lab, part of build/test
//	build/usblab/run --long     1,000 plug cycles and what else takes time
//
// It makes a root archive of the kernel's modules and one test program (the
// package inside), boots it in QEMU without acceleration (a machine inside a
// machine may have none that works), and reads the result from the console.
//
// Guarantees: it needs no rights beyond running QEMU, touches no device of this
// machine, and ends after its limit whatever happens inside. A run whose
// console does not say that all tests passed has failed. The log is kept.
// Source: the facts of the USB lab.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// wanted are the modules: the host's side of USB, the devices' side of it, and
// keyboards and a camera made of software.
var wanted = []string{
	"usbhid", "hid_generic", "cdc_acm", "usblp", "evdev", "uinput",
	"dummy_hcd", "libcomposite", "usb_f_hid", "usb_f_printer", "usb_f_acm", "usb_f_fs",
	"vivid",
}

// passed is the line that the tests print last (see inside/main_test.go).
const passed = "USB LAB PASSED"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "usblab:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("usblab", flag.ContinueOnError)
	kernel := flags.String("kernel", "", "folder of an unpacked Debian kernel package")
	tests := flags.String("tests", "", "the test program, linked statically")
	logPath := flags.String("log", "", "where the console's text is kept")
	limit := flags.Duration("limit", 10*time.Minute, "the machine is switched off after this")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	boot, err := filepath.Glob(filepath.Join(*kernel, "boot", "vmlinuz-*"))
	if err != nil || len(boot) != 1 {
		return fmt.Errorf("no kernel in %s (%v); run build/usblab/run, which fetches it", *kernel, err)
	}
	modules, err := resolve(filepath.Join(*kernel, "lib", "modules"), wanted)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hallway-usblab-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	root := filepath.Join(dir, "root.cpio.gz")
	if err := (image{modules: modules, tests: *tests}).write(root); err != nil {
		return fmt.Errorf("root of the machine: %w", err)
	}
	log, err := os.Create(*logPath)
	if err != nil {
		return err
	}
	err = boots(ctx, boot[0], root, flags.Args(), log)
	return errors.Join(err, log.Close())
}

// boots runs the machine until it switches itself off.
func boots(ctx context.Context, kernel, root string, testFlags []string, log io.Writer) error {
	line := "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off"
	if len(testFlags) > 0 {
		line += " -- " + strings.Join(testFlags, " ")
	}
	cmd := exec.CommandContext(ctx, "qemu-system-x86_64", "-accel", "tcg", "-smp", "2", "-m", "1024",
		"-nographic", "-no-reboot", "-nic", "none", "-kernel", kernel, "-initrd", root, "-append", line)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start of QEMU: %w", err)
	}
	ok := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text := strings.TrimRight(lines.Text(), "\r")
		fmt.Fprintln(log, text)
		ok = ok || text == passed
		if shown(text) {
			fmt.Println(text)
		}
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("the machine was switched off before its tests had ended: %w", ctx.Err())
	case err != nil:
		return fmt.Errorf("QEMU: %w", err)
	case !ok:
		return errors.New("the tests inside did not pass; the log says which")
	}
	return nil
}

// shown says whether a line of the console is shown, not only kept.
func shown(text string) bool {
	for _, start := range []string{"--- ", "    --- ", "PASS", "FAIL", "ok", "panic", "USB LAB", "    lab"} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return strings.Contains(text, "_test.go:") || strings.Contains(text, "Kernel panic")
}
