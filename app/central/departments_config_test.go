package central

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every mistake in a [[department]] block is told with its line.
func TestDepartmentBlocks(t *testing.T) {
	good := "\n[[department]]\nid = \"civil\"\nbase = \"http://127.0.0.1:8790\"\nsecret_file = \"civil.secret\"\n"
	cfg, err := ParseConfig("central.toml", []byte(goodConfig+good))
	if err != nil || len(cfg.Departments) != 1 {
		t.Fatalf("%v %+v", err, cfg.Departments)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"no secret":     {`secret_file = "civil.secret"`, "", "civil has no secret_file"},
		"no address":    {`base = "http://127.0.0.1:8790"`, "", "civil has no address"},
		"no id":         {`id = "civil"`, `id = ""`, `department "" is empty or there twice`},
		"not encrypted": {"http://127.0.0.1:8790", "http://civil.example.org", "an address of civil is not encrypted"},
		"no http":       {"http://127.0.0.1:8790", "ftp://127.0.0.1", "is neither https nor http"},
		"with a person": {"http://127.0.0.1:8790", "https://me:secret@civil.example.org", "is no plain address"},
		"one address":   {`base = "`, `query = "nowhere" # "`, "is no plain address"},
	} {
		_, err := ParseConfig("central.toml", []byte(goodConfig+strings.Replace(good, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "central.toml:") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseConfig("central.toml", []byte(goodConfig+good+good)); err == nil || !strings.Contains(err.Error(), `"civil" is empty or there twice`) {
		t.Errorf("twice: %v", err)
	}
}

// At the start the departments are held to the hall's, and their secrets read.
func TestDepartmentsAreTheHalls(t *testing.T) {
	cat, err := LoadHall(demoHall)
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "a.secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("s", 40)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	short := filepath.Join(t.TempDir(), "b.secret")
	if err := os.WriteFile(short, []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		d    DepartmentConfig
		want string
	}{
		"unknown":      {DepartmentConfig{ID: "forests", Base: "https://a.example.org", SecretFile: secret}, `the hall has no department "forests"`},
		"no secret":    {DepartmentConfig{ID: "civil", Base: "https://a.example.org", SecretFile: secret + "x"}, "name its file under secret_file"},
		"short secret": {DepartmentConfig{ID: "civil", Base: "https://a.example.org", SecretFile: short}, "at least 32"},
	} {
		if _, err := (Config{Departments: []DepartmentConfig{c.d}}).addresses(cat); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	list, err := Config{Departments: []DepartmentConfig{{ID: "civil", Base: "https://a.example.org/x/", Notice: "https://b.example.org/n", SecretFile: secret}}}.addresses(cat)
	if err != nil || len(list) != 1 || list[0].Query != "https://a.example.org/x/department/v1/query" || list[0].Notice != "https://b.example.org/n" || list[0].Withdraw == "" {
		t.Errorf("%v %v", list, err)
	}
}
