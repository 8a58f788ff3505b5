package bench

import (
	"strings"
	"testing"
)

func TestConfigurationMistakesSayWhatToDo(t *testing.T) {
	const device = "version = 1\n[[device]]\nid = \"a\"\nkind = \"printer\"\nmodel = \"escpos\"\nat = \"tcp:127.0.0.1:0\"\n"
	if _, err := ParseConfig("f", []byte(device)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"version", "version = 2", "version = 1"},
		{"spelling", "version = 1\nlissen = \"x\"", "lissen"},
		{"not loopback", "version = 1\nlisten = \"0.0.0.0:80\"", "127.0.0.1"},
		{"kind", strings.Replace(device, "printer", "pinter", 1), "idcard"},
		{"model", strings.Replace(device, "escpos", "x", 1), "escpos"},
		{"at", strings.Replace(device, "tcp:127.0.0.1:0", "usb:1", 1), "serial:<name>"},
		{"link with a path", strings.Replace(device, "tcp:127.0.0.1:0", "serial:../x", 1), "plain name"},
		{"twice", device + strings.TrimPrefix(device, "version = 1\n"), "twice"},
		{"line", "version = 1\n[[line]]\nid = \"k\"\nlisten = \"127.0.0.1:0\"\ntarget = \"here\"", "host:port"},
	} {
		if _, err := ParseConfig("f", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %q", c.name, err, c.want)
		}
	}
}

func TestExampleConfigurationIsRight(t *testing.T) {
	c, err := ReadConfig("../../build/config/devices.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Config: c}); err != nil {
		t.Error(err)
	}
}
