package print

import (
	"slices"
	"strings"

	"hallway/app/hall"
)

// Material (材料) is one line of a list.
type Material struct {
	Name    hall.Names
	Code    string
	Form    string // original, copy, electronic, missing; may be empty
	Copies  int
	State   string // code of requirements G1.2 in small letters, or empty
	Attempt int
}

// copies is «original × 2».
func (w *writer) copies(m Material) string {
	var out []string
	if m.Form != "" {
		out = append(out, w.t("paper.form."+m.Form))
	}
	if m.Copies > 0 {
		out = append(out, w.t("paper.copies", "n", count(m.Copies)))
	}
	return strings.Join(out, nbsp)
}

// unlessIn says of what was not handed in that it was not.
func unlessIn(all []Material) []Material {
	out := slices.Clone(all)
	for i := range out {
		if out[i].Form == "" {
			out[i].Form, out[i].Copies = "missing", 0
		}
	}
	return out
}

// list adds materials with what was handed in of each.
func (w *writer) list(materials []Material) {
	t := table{cols: []column{{w.t("paper.col.no"), 0.08}, {w.t("paper.col.material"), 0.64}, {w.t("paper.col.copies"), 0.28}}}
	for i, m := range materials {
		t.rows = append(t.rows, row{cells: []string{count(i + 1), w.both(m.Name), w.copies(m)}})
	}
	w.add(t)
}

// states adds materials with how far each has come, in the citizen's words.
func (w *writer) states(materials []Material) {
	t := table{cols: []column{{w.t("paper.col.no"), 0.08}, {w.t("paper.col.material"), 0.48},
		{w.t("paper.col.copies"), 0.24}, {w.t("paper.col.state"), 0.2}}}
	for i, m := range materials {
		state := ""
		if m.State != "" {
			state = w.t("paper.state." + m.State)
		}
		t.rows = append(t.rows, row{cells: []string{count(i + 1), w.both(m.Name), w.copies(m), state}})
	}
	w.add(t)
}

func total(materials []Material) int {
	n := 0
	for _, m := range materials {
		n += max(1, m.Copies)
	}
	return n
}
