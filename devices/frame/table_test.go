package frame

import (
	"strings"
	"testing"

	"hallway/build/fuzz"
)

const goodTable = `version = 2
name = "x"
[escape]
"7D" = "7D 01"
[evaluator]
ask = ["AA 01"]
rate = "BB {key} {any}"
[evaluator.keys]
"31" = 1
"32" = 2
"33" = 3
"34" = 4
"35" = 5
[caller]
press = "CC {key}"
[caller.keys]
"0C" = "next"
[board]
show = ["DD {colour} {num2}"]
[board.colours]
red = "02"
`

func TestTablesWithMistakesAreRefused(t *testing.T) {
	if _, err := ParseTable([]byte(goodTable)); err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct{ name, from, to, want string }{
		{"version", "version = 2", "version = 1", "version"},
		{"unknown key", "ask", "aks", "misspelt"},
		{"no name", `name = "x"`, "", "name"},
		{"a level without a key", `"35" = 5`, `"35" = 4`, "five levels"},
		{"a key twice", `"35" = 5`, "\"35\" = 5\n\"3a\" = 1\n\"3A\" = 2", "two ways"},
		{"a caller's key twice", `"0C" = "next"`, "\"0C\" = \"next\"\n\"0c\" = \"next\"", "two ways"},
		{"level 6", `"35" = 5`, `"35" = 6`, "level"},
		{"no byte", "AA 01", "AA 1", "hexadecimal"},
		{"no key", "BB {key}", "BB {any}", "{key}"},
		{"no key of a caller", "CC {key}", "CC 01", "{key}"},
		{"unknown meaning", `"next"`, `"later"`, "recall"},
		{"no number", "{num2}", "01", "carries"},
		{"no colour", `red = "02"`, `green = "02"`, "red"},
		{"another colour", `red = "02"`, "red = \"02\"\npink = \"03\"", "yellow"},
		{"acknowledge", "version = 2", "version = 2\nacknowledge = \"nod\"", "echo"},
		{"input", "[evaluator]", "[evaluator]\ninput = \"mouse\"", "keys"},
		{"a key pad with frames", "[evaluator]", "[evaluator]\ninput = \"keys\"", "no frames"},
		{"an escape that is none", `"7D" = "7D 01"`, `"7E" = "7D 01"`, "escaped too"},
		{"a long escape", `"7D" = "7D 01"`, `"7D" = "7D 01 02"`, "two bytes"},
		{"address", "version = 2", "version = 2\naddress = 256", "one byte"},
	} {
		t.Run(v.name, func(t *testing.T) {
			_, err := ParseTable([]byte(strings.Replace(goodTable, v.from, v.to, 1)))
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), v.want) {
				t.Errorf("error %q does not say %q", err, v.want)
			}
		})
	}
	if _, err := ParseTable([]byte("version = 2\nname = \"x\"\n")); err == nil {
		t.Error("a table that describes nothing was accepted")
	}
}

func TestEveryTableThatIsBuiltInIsRead(t *testing.T) {
	parts := map[string]bool{}
	for _, name := range Names() {
		table := load(t, name)
		if table.Name != name {
			t.Errorf("table %s says that it is %q", name, table.Name)
		}
		parts["evaluator"] = parts["evaluator"] || table.Evaluator != nil
		parts["caller"] = parts["caller"] || table.Caller != nil
		parts["board"] = parts["board"] || table.Board != nil
	}
	if len(parts) != 3 || len(Names()) < 5 {
		t.Errorf("tables %v with %v", Names(), parts)
	}
	if _, err := Load("caller99"); err == nil || !strings.Contains(err.Error(), "caller21") {
		t.Errorf("an unknown table: %v", err)
	}
}

func FuzzTable(f *testing.F) {
	f.Add(goodTable)
	for _, name := range Names() {
		b, err := builtIn.ReadFile("tables/" + name + ".toml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	fuzz.Run(f, func(t *testing.T, text string) {
		table, err := ParseTable([]byte(text))
		if err != nil {
			return
		}
		if table.Evaluator == nil && table.Caller == nil && table.Board == nil {
			t.Fatal("a table of nothing was accepted")
		}
		if e := table.Evaluator; e != nil {
			for level := 1; level <= 5; level++ {
				if _, ok := e.KeyOf(level); !ok {
					t.Fatalf("no key for level %d", level)
				}
			}
		}
	})
}
