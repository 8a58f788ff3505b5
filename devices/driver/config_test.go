package driver

import (
	"testing"

	"hallway/devices"
	"hallway/devices/port"
)

func TestKnownOptions(t *testing.T) {
	c := devices.Config{Kind: "printer", Model: "escpos", Options: map[string]string{"profile": "x"}}
	if err := KnownOptions(c, "profile"); err != nil {
		t.Error(err)
	}
	c.Options["prolife"] = "y"
	if err := KnownOptions(c, "profile"); err == nil {
		t.Error("a spelling mistake was accepted")
	}
}

func TestOpener(t *testing.T) {
	c := devices.Config{Port: "tcp:127.0.0.1:9100", Options: map[string]string{"a": "1"}}
	if o, err := Opener(c, "a"); err != nil || o.Address() != c.Port {
		t.Errorf("%v %v", o, err)
	}
	if _, err := Opener(c); err == nil || port.CodeOf(err) != "" {
		t.Errorf("an unknown option gives %v", err)
	}
	for _, address := range []string{"", "COM1", "usb:x", "tcp:"} {
		c.Port = address
		if _, err := Opener(c, "a"); port.CodeOf(err) != port.BadAddress {
			t.Errorf("port %q gives %v", address, err)
		}
	}
}

func TestBusAddress(t *testing.T) {
	for text, want := range map[string]byte{"": 0, "1": 1, "255": 255} {
		got, err := BusAddress(devices.Config{Options: map[string]string{"address": text}})
		if err != nil || got != want {
			t.Errorf("%q gives %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"0", "256", "-1", "x", "1.5"} {
		if _, err := BusAddress(devices.Config{Options: map[string]string{"address": text}}); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}
