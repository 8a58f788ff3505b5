package sane

import (
	"bufio"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// played is the variable that makes this test's own program play scanimage.
const played = "HALLWAY_PLAY_SCANIMAGE"

func TestMain(m *testing.M) {
	if part := os.Getenv(played); part != "" {
		os.Exit(play(part, os.Args[1:]))
	}
	// the runtime opens its poller with the first connection and keeps it
	if ln, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		ln.Close()
	}
	goleak.VerifyTestMain(m)
}

// play is a scanimage that misbehaves as its part says: what SANE's own test backend
// cannot do.
func play(part string, args []string) int {
	if slices.Contains(args, "-f") {
		fmt.Print("v4l:/dev/video0\tNoname\tcamera\tvirtual device\nepson2:libusb:001:007\tEpson\tDS-1\tflatbed scanner\n" +
			"net:host:epson2:libusb:001:004\tEpson\tDS-2\tsheetfed scanner\nbroken line\n")
		if part == "two" {
			fmt.Print("epson2:libusb:001:009\tEpson\tDS-1\tflatbed scanner\n")
		}
		return 0
	}
	if slices.Contains(args, "-A") {
		fmt.Print("All options specific to device `fake':\n  Scan Mode:\n    --source ADF|Flatbed [ADF]\n        Where from.\n" +
			"    --mode Lineart|Gray|Color [Gray]\n    --resolution 75|100|150|300|600dpi [75]\n    -x 0..100mm (in steps of 1) [100]\n" +
			"    -y 0..350mm [inactive]\n")
		return 0
	}
	pages := 2
	if slices.Contains(args, "--batch-count=1") {
		pages = 1
	}
	for n := 1; n <= pages; n++ {
		fmt.Fprintf(os.Stderr, "Scanning page %d\nProgress: 33.3%%\rProgress: 100.0%%\r", n)
		name := strconv.Itoa(n) + ".png"
		if err := paint(name); err != nil {
			return 10
		}
		fmt.Println(name)
	}
	switch part {
	case "jams":
		fmt.Fprintln(os.Stderr, "scanimage: sane_read: Document feeder jammed")
		return 6
	case "elsewhere":
		fmt.Println("../secret.png")
		time.Sleep(time.Hour)
	case "deaf": // it is stuck in its scanner, and hears nothing
		signal.Ignore(os.Interrupt)
		fmt.Println("deaf.png") // says that it is now deaf; no page is called so
		time.Sleep(time.Hour)
	case "stopped": // by its own key
		return 2
	case "odd":
		return 77
	case "arguments":
		fmt.Fprintln(os.Stderr, strings.Join(args, " "))
		return 1
	case "dies":
		p, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = p.Kill()
		}
		fmt.Fprintln(os.Stderr, err)
		time.Sleep(time.Hour)
	}
	return 0
}

func paint(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	im := image.NewGray(image.Rect(0, 0, 40, 60))
	im.SetGray(3, 3, color.Gray{Y: 200})
	w := bufio.NewWriter(f)
	if err := png.Encode(w, im); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
