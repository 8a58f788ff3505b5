package stage

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"text/template"
)

// configData is what the configuration templates see.
type configData struct {
	Dir           string
	HallFiles     string
	Clock         string
	Ports         Ports
	Terminals     []Terminal
	Departments   []Department
	Hashes        map[string]string
	T             Terminal
	Reusable      bool
	Timing        Timing
	Seed          int64
	PaperSpeed    int
	SerialPrinter bool
	Database      string
	Listen        int            // port of the centre that is written
	Centre        int            // where the centre is found
	Ways          map[string]int // and where by the terminals
	Screened      string         // counter whose evaluator is a program; empty: none
	ScreenID      string         // that program
	Filmed        []string       // terminals that have a document camera
	Feeding       string         // counter that has a sheet scanner; empty: none
}

// Timing of the demo, shorter in tests.
type Timing struct {
	KioskIdle   int // seconds until a session is wiped
	KioskWarn   int // seconds before that at which it warns
	RateTimeout int // seconds an evaluator waits for a key
	Deliver     int // seconds until a department sends a material
}

// DefaultTiming suits people.
var DefaultTiming = Timing{KioskIdle: 90, KioskWarn: 30, RateTimeout: 20, Deliver: 8}

var templates = template.Must(template.New("").Funcs(template.FuncMap{"has": slices.Contains[[]string]}).Parse(`
{{define "central"}}# Demo hall: central service. Written at every start; edit the hall's data in {{.HallFiles}}.
version = 1
listen = "127.0.0.1:{{.Listen}}"
database = "{{.Database}}"
keys = "{{.Dir}}/central/keys"
hall_files = "{{.HallFiles}}"

[demo]
clock = "{{.Clock}}"
{{range .Terminals}}
[[terminal]]
id = "{{.ID}}"
role = "{{.Role}}"
letter = "{{.Letter}}"
window = "{{.Window}}"
{{with .Department}}department = "{{.}}"
{{end}}token_sha256 = "{{index $.Hashes .ID}}"
{{end}}{{range .Departments}}
[[department]]
id = "{{.ID}}"
base = "http://127.0.0.1:{{$.Ports.Departments}}"
secret_file = "{{$.Dir}}/{{.ID}}.secret"
{{end}}{{end}}
{{define "departments"}}# Demo hall: the departments' own systems, simulated. How each behaves with a
# material is set on their page; this is for the first start.
version = 1
listen = "127.0.0.1:{{.Ports.Departments}}"
centre = "http://127.0.0.1:{{.Centre}}"
data = "{{.Dir}}/departments"
{{range .Departments}}
[[department]]
id = "{{.ID}}"
secret_file = "{{$.Dir}}/{{.ID}}.secret"
{{range $locale, $name := .Name}}name.{{$locale}} = {{printf "%q" $name}}
{{end}}
[[behaviour]]
department = "{{.ID}}"
material = ""
query = "yes"
delivery = "after"
seconds = {{$.Timing.Deliver}}
{{end}}{{end}}
{{define "bench"}}# Demo hall: simulated devices and the lines of the terminals.
version = 1
listen = "127.0.0.1:{{.Ports.Bench}}"
run = "{{.Dir}}/dev"
slips = "{{.Dir}}/slips"
seed = {{.Seed}}

{{range .Terminals}}{{if .CardReader}}
[[device]]
id = "{{.ID}}/idcard"
terminal = "{{.ID}}"
kind = "idcard"
model = "sdt"
at = "serial:{{.ID}}-idcard"
baud = 115200
{{end}}{{if .Scanner}}
[[device]]
id = "{{.ID}}/scanner"
terminal = "{{.ID}}"
kind = "scanner"
model = "serial"
at = "serial:{{.ID}}-scanner"
baud = 9600
{{end}}{{if .Printer}}
[[device]]
id = "{{.ID}}/printer"
terminal = "{{.ID}}"
kind = "printer"
model = "escpos"
{{if $.SerialPrinter}}at = "serial:{{.ID}}-printer"
baud = 115200
{{else}}at = "tcp:127.0.0.1:{{index $.Ports.Printers .ID}}"
{{end}}{{with $.PaperSpeed}}mm_per_second = {{.}}
{{end}}{{end}}{{if has $.Filmed .ID}}
[[device]]
id = "{{.ID}}/capture"
terminal = "{{.ID}}"
kind = "capture"
model = "doccam"
at = "tcp:127.0.0.1:{{index $.Ports.Cameras .ID}}"
{{end}}{{if eq .Role "counter"}}
[[device]]
id = "{{.ID}}/sheet"
terminal = "{{.ID}}"
kind = "sheet"
model = "ipp"
at = "tcp:127.0.0.1:{{index $.Ports.Sheets .ID}}"
{{if ne .ID $.Screened}}[[device]]
id = "{{.ID}}/evaluator"
terminal = "{{.ID}}"
kind = "evaluator"
model = "caller21"
at = "serial:{{.ID}}-evaluator"
baud = 9600

{{end}}[[device]]
id = "{{.ID}}/board"
terminal = "{{.ID}}"
kind = "numberboard"
model = "board4"
at = "serial:{{.ID}}-board"
baud = 9600
{{end}}{{end}}{{range .Terminals}}
[[line]]
id = "{{.ID}}"
listen = "127.0.0.1:{{index $.Ports.Lines .ID}}"
target = "127.0.0.1:{{$.Centre}}"
{{end}}{{end}}
{{define "terminal"}}# Demo hall: terminal {{.T.ID}}.
version = 1
role = "{{.T.Role}}"
terminal = "{{.T.ID}}"
centre = "http://127.0.0.1:{{index .Ways .T.ID}}"
token_file = "{{.Dir}}/{{.T.ID}}.token"
data = "{{.Dir}}/{{.T.ID}}"
listen = "127.0.0.1:{{index .Ports.Terminal .T.ID}}"
locale = "zh-Hans"
demo = true
window = "{{.T.Window}}"
{{with .T.Department}}department = "{{.}}"
{{end}}
[door]
reusable_code = {{.Reusable}}

[dock]
bench = "http://127.0.0.1:{{.Ports.Bench}}"

[kiosk]
idle_seconds = {{.Timing.KioskIdle}}
warn_seconds = {{.Timing.KioskWarn}}
{{if eq .T.Role "counter"}}
[counter]
scans = "{{.Dir}}/{{.T.ID}}/scans"
{{end}}
{{with .T.Layout}}[display]
layout = "{{.}}"

{{end}}[evaluator]
timeout_seconds = {{.Timing.RateTimeout}}

[voice]
mode = "auto"
{{if .T.CardReader}}
[[device]]
id = "idcard"
kind = "idcard"
model = "sdt"
port = "serial:{{.Dir}}/dev/{{.T.ID}}-idcard?baud=115200"
{{end}}{{if .T.Scanner}}
[[device]]
id = "scanner"
kind = "scanner"
model = "serial"
port = "serial:{{.Dir}}/dev/{{.T.ID}}-scanner?baud=9600"
{{end}}{{if .T.Printer}}
[[device]]
id = "printer"
kind = "printer"
model = "escpos"
{{if .SerialPrinter}}port = "serial:{{.Dir}}/dev/{{.T.ID}}-printer?baud=115200"
{{else}}port = "tcp:127.0.0.1:{{index .Ports.Printers .T.ID}}"
{{end}}profile = "epson80"
{{end}}{{if has .Filmed .T.ID}}
[[device]]
id = "capture"
kind = "capture"
model = "doccam"
port = "mjpeg:127.0.0.1:{{index .Ports.Cameras .T.ID}}"
{{end}}{{if eq .T.Role "counter"}}
[[device]]
id = "sheet"
kind = "sheet"
model = "ipp"
port = "ipp://127.0.0.1:{{index .Ports.Sheets .T.ID}}/printers/a4"
{{if eq .T.ID .Feeding}}
[[device]]
id = "feeder"
kind = "capture"
model = "sane"
port = "sane:test:0"
options = { resolution = "75" }
{{end}}
[[device]]
id = "evaluator"
kind = "evaluator"
{{if eq .T.ID .Screened}}model = "screen"
{{else}}model = "caller21"
port = "serial:{{.Dir}}/dev/{{.T.ID}}-evaluator?baud=9600"
{{end}}
[[device]]
id = "board"
kind = "numberboard"
model = "board4"
port = "serial:{{.Dir}}/dev/{{.T.ID}}-board?baud=9600"
{{end}}{{if .T.Voice}}
[[device]]
id = "voice"
kind = "voice"
model = "espeak"
port = ""
{{end}}{{end}}
{{define "screen"}}# Demo hall: the evaluator's screen of {{.Screened}}.
version = 1
role = "evaluator"
terminal = "{{.ScreenID}}"
data = "{{.Dir}}/{{.ScreenID}}"
listen = "127.0.0.1:{{index .Ports.Terminal .ScreenID}}"
locale = "zh-Hans"
demo = true

[door]
reusable_code = {{.Reusable}}

[evaluator]
door = "{{.Dir}}/{{.Screened}}/evaluator.door"
{{end}}
`))

// writeConfigs makes tokens and writes every program's configuration.
func (s *Stage) writeConfigs() error {
	d := configData{
		Dir: s.dir, HallFiles: s.opt.HallFiles, Clock: s.opt.Clock, Ports: s.ports,
		Terminals: Terminals, Hashes: map[string]string{}, Reusable: true, Timing: s.opt.Timing, Seed: s.opt.Seed,
		PaperSpeed: s.opt.PaperSpeed, SerialPrinter: s.opt.SerialPrinter,
		Database: s.DSN(), Listen: s.ports.Central, Centre: s.ports.Central,
		Ways: s.ports.Lines,
	}
	if s.opt.Screen {
		d.Screened, d.ScreenID = screened, screenID
	}
	if s.opt.Camera {
		d.Filmed = filmed
	}
	if s.opt.Scanner {
		d.Feeding = feeding
		if err := s.writeSANE(); err != nil {
			return err
		}
	}
	if s.opt.Ways {
		d.Ways = s.ports.Ways
	}
	if s.opt.Second {
		d.Centre = s.ports.Front
	}
	for _, sub := range []string{"central", "departments", "dev", "slips", "log"} {
		if err := os.MkdirAll(filepath.Join(s.dir, sub), 0o700); err != nil {
			return err
		}
	}
	for _, t := range Terminals {
		if err := os.MkdirAll(filepath.Join(s.dir, t.ID, "scans"), 0o700); err != nil {
			return err
		}
		token := rand.Text()
		if err := os.WriteFile(filepath.Join(s.dir, t.ID+".token"), []byte(token), 0o600); err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(token))
		d.Hashes[t.ID] = hex.EncodeToString(sum[:])
	}
	departments, err := departmentsOf(s.opt.HallFiles)
	if err != nil {
		return err
	}
	d.Departments = departments
	for _, d := range departments {
		if err := os.WriteFile(filepath.Join(s.dir, d.ID+".secret"), []byte(rand.Text()+rand.Text()), 0o600); err != nil {
			return err
		}
	}
	if err := s.render("departments", "departments.toml", d); err != nil {
		return err
	}
	if err := s.render("central", "central.toml", d); err != nil {
		return err
	}
	if s.opt.Second {
		second := d
		second.Listen = s.ports.Second
		if err := s.render("central", "central-2.toml", second); err != nil {
			return err
		}
	}
	if err := s.render("bench", "devices.toml", d); err != nil {
		return err
	}
	if s.opt.Screen {
		if err := os.MkdirAll(filepath.Join(s.dir, screenID), 0o700); err != nil {
			return err
		}
		if err := s.render("screen", screenID+".toml", d); err != nil {
			return err
		}
	}
	for _, t := range Terminals {
		d.T = t
		if err := s.render("terminal", t.ID+".toml", d); err != nil {
			return err
		}
	}
	return nil
}

// writeSANE has SANE know its own simulator and nothing else: scanners of this
// machine are none of the demo's.
func (s *Stage) writeSANE() error {
	dir := filepath.Join(s.dir, "sane")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(dir, "dll.conf"), []byte("test\n"), 0o600),
		os.WriteFile(filepath.Join(dir, "test.conf"), []byte("number_of_devices 1\ntest-picture \"Grid\"\n"), 0o600))
}

func (s *Stage) render(name, file string, d configData) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, d); err != nil {
		return fmt.Errorf("template %s: %w", name, err)
	}
	return os.WriteFile(filepath.Join(s.dir, file), b.Bytes(), 0o600)
}
