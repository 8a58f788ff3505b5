package print

import "hallway/app/hall"

// Person (申请人) is whoever a paper is for. Nothing of it gets into a log by
// accident; of the document's number only the last signs are ever printed.
type Person struct {
	Name     hall.Secret
	Document hall.Secret // number of the identity document
	Phone    hall.Secret
}

// tail is the last four signs of a number, or two of a short one: all that a
// paper shows of it.
func tail(number hall.Secret) string {
	r := []rune(number.Reveal())
	n := 4
	if len(r) < 10 {
		n = min(2, len(r)/2)
	}
	return string(r[len(r)-n:])
}

// applicant adds who it is, in full: for the person's own papers.
func (w *writer) applicant(p Person) {
	w.fact("applicant", p.Name.Reveal())
	w.documentTail(p)
	w.fact("phone", hall.MaskPhone(p.Phone.Reveal()))
}

func (w *writer) documentTail(p Person) {
	if t := tail(p.Document); t != "" {
		w.fact("document", w.t("paper.document_tail", "tail", t))
	}
}

// masked adds who it is for eyes that are not the person's.
func (w *writer) masked(p Person) { w.fact("applicant", hall.MaskName(p.Name.Reveal())) }
