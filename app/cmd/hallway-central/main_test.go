package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// Each program's contract can be printed without a configuration.
func TestDocuments(t *testing.T) {
	for _, c := range []struct {
		args []string
		path string
	}{
		{[]string{"openapi"}, "/central/v1/cases/{id}/availability"},
		{[]string{"openapi", "--departments"}, "/departments/v1/callbacks/{case}/{material}/{attempt}"},
		{[]string{"openapi", "--departments"}, "/department/v1/query"},
		{[]string{"departments-openapi"}, "/depsim/v1/deliver"},
	} {
		var out, logs bytes.Buffer
		if err := run(t.Context(), c.args, strings.NewReader(""), &out, &logs); err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Paths map[string]any `json:"paths"`
		}
		if err := json.Unmarshal(out.Bytes(), &doc); err != nil || doc.Paths[c.path] == nil {
			t.Errorf("%v has no %s: %v", c.args, c.path, err)
		}
	}
	var out, logs bytes.Buffer
	err := run(t.Context(), []string{"departments", "--config", filepath.Join(t.TempDir(), "x.toml")}, strings.NewReader(""), &out, &logs)
	if err == nil || !strings.Contains(err.Error(), "departments.example.toml") {
		t.Errorf("%v", err)
	}
}

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
