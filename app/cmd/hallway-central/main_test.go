package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommands(t *testing.T) {
	var out, logs bytes.Buffer
	if err := run(t.Context(), []string{"openapi"}, strings.NewReader(""), &out, &logs); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths      map[string]any `json:"paths"`
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Paths) < 10 {
		t.Errorf("%d paths", len(doc.Paths))
	}
	for _, name := range []string{"BookingReply", "ManagerView", "Session", "Problem", "TicketPerson"} {
		if doc.Components.Schemas[name] == nil {
			t.Errorf("no schema %s", name)
		}
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"unknown command": {[]string{"dance", "--config", "../../../build/config/central.example.toml"}, `unknown command "dance"`},
		"no file":         {[]string{"--config", filepath.Join(t.TempDir(), "x.toml")}, "cannot be read"},
		"unknown flag":    {[]string{"--colour"}, "colour"},
		"unknown staff":   {[]string{"passwd", "--config", "../../../build/config/central.example.toml", "--staff", "7"}, `staff "7" is not in the hall files`},
	} {
		err := run(t.Context(), c.args, strings.NewReader("Secret-pass-1\n"), &out, &logs)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if strings.Contains(out.String()+logs.String(), "Secret-pass-1") {
		t.Error("a password was printed")
	}
}
