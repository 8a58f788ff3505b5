package print

import "hallway/app/hall"

// Sample (演示材料) stands for a document that a department would supply. It says
// on every line of sight that it is none.
type Sample struct {
	Head
	Department hall.Names
	Material   string // code
	Request    string
	Holder     string // masked
	Document   string // masked
}

// SampleMaterial lays out a demonstration's document.
func SampleMaterial(s Sample) Paper {
	w := begin("sample", s.Head)
	w.p.ground = w.t("paper.sample_ground")
	w.add(warning{w.t("paper.sample_warning"), w.t("paper.sample_note")})
	w.fact("sample_department", w.both(s.Department))
	w.fact("sample_material", s.Material)
	w.fact("sample_holder", s.Holder)
	w.fact("document", s.Document)
	w.fact("sample_request", s.Request)
	w.fact("sample_made", w.moment(s.At))
	return w.p
}
