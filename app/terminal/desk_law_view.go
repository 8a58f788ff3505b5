package terminal

import (
	"context"
	"maps"
	"slices"
	"time"

	"hallway/app/hall"
)

// saidWords is what the centre told of the documents of the case in hand.
type saidWords struct {
	have  map[hall.OpID]bool // the operations that it is of
	words CaseWords          // never changed, only replaced
	tried time.Time
}

// sealedIn names the operations whose sealed parts are on the documents of a case.
func sealedIn(k hall.Case) []hall.OpID {
	ops := []hall.OpID{k.RefusedIn, k.CertificateIn()}
	if k.Supplement != nil {
		ops = append(ops, k.Supplement.SealedIn)
	}
	if k.Decision != nil {
		ops = append(ops, k.Decision.SealedIn)
	}
	for _, s := range k.Specials {
		ops = append(ops, s.SealedIn)
	}
	if one := k.Collected(); one != nil {
		ops = append(ops, one.SealedIn)
	}
	return slices.DeleteFunc(ops, func(op hall.OpID) bool { return op == "" })
}

// wordsOf is what was said in words about the case in hand; not known while the
// centre has not told.
func (c *Counter) wordsOf(k caseState) (words CaseWords, known bool) {
	of := sealedIn(k.Case)
	if len(of) == 0 {
		return words, true
	}
	d := c.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hand == k.ID && !slices.ContainsFunc(of, func(op hall.OpID) bool { return !d.said.have[op] }) {
		return d.said.words, true
	}
	if d.hand != k.ID || d.centre == nil || k.staff == nil || !c.online() {
		return words, false
	}
	if now := c.Clock(); d.said.tried.IsZero() || now.Sub(d.said.tried) > 10*time.Second {
		d.said.tried = now
		id, token := k.ID, k.staff.Token
		var collected hall.OpID
		if one := k.Collected(); one != nil && one.Way == hall.CollectCounter {
			collected = one.SealedIn
		}
		c.spawn(func(ctx context.Context) { c.fetchWords(ctx, id, of, collected, token) })
	}
	return words, false
}

// fetchWords asks for the words of a case's documents. Who collected is not known
// at the centre as long as the collection has not come there.
func (c *Counter) fetchWords(ctx context.Context, id string, of []hall.OpID, collected hall.OpID, token string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	words, err := c.desk.centre.CaseWords(ctx, id, token)
	if err != nil {
		c.Logger.Debug("the words of a case's documents are not known", "case", id, "err", err)
		return
	}
	have := map[hall.OpID]bool{}
	for _, op := range of {
		have[op] = op != collected || words.Collector != nil
	}
	c.desk.mu.Lock()
	if d := c.desk; d.hand == id {
		if d.said.have[collected] && words.Collector == nil {
			have[collected], words.Collector = true, d.said.words.Collector
		}
		d.said.have, d.said.words = have, words
	}
	c.desk.mu.Unlock()
	c.changed()
}

// collectedHere keeps who collected the result of the case in hand just now: the
// slip prints without the line too.
func (c *Counter) collectedHere(id string, op hall.OpID, who hall.PersonSealed) {
	d := c.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hand != id {
		return
	}
	have := maps.Clone(d.said.have)
	if have == nil {
		have = map[hall.OpID]bool{}
	}
	have[op] = true
	d.said.have, d.said.words.Collector = have, &who
}

// lawView fills in what the law makes of the case in hand.
func (c *Counter) lawView(k caseState, v *CaseView) {
	v.Clocks, v.MustBring, v.Bring = clockViews(k.cat, k.Case, k.now), k.MustBring(), []hall.Names{}
	if v.MustBring == nil {
		v.MustBring = []string{}
	}
	for _, key := range k.Bring {
		if m, ok := k.Material(key); ok {
			v.Bring = append(v.Bring, materialName(k.cat, m.Code))
		}
	}
	v.Deemed, v.Lapsed = k.Deemed, k.Result == hall.ResultLapsed
	words, _ := c.wordsOf(k)
	if k.State == hall.CaseNotAccepted {
		v.Refusal = &RefusalView{Reason: k.Reason, Authority: k.Authority, Words: words.Words, At: local(k.EndedAt), No: k.documentNo(hall.DocumentRefusal)}
	}
	if s := k.Supplement; s != nil {
		v.Supplement = &SupplementView{At: local(s.At), No: k.documentNo(hall.DocumentSupplement), PreReview: s.PreReview,
			Received: local(s.ReceivedAt), Items: []SupplementLine{}}
		for _, it := range s.Items {
			m, ok := k.Material(it.Material)
			if !ok {
				continue
			}
			v.Supplement.Items = append(v.Supplement.Items, SupplementLine{Key: it.Material, Name: materialName(k.cat, m.Code),
				Fault: it.Fault, Words: words.Items[it.Material], Open: m.Open()})
		}
	}
	c.lawActs(k, &v.Acts)
	v.Office = c.officeView(k)
}

// documentNo is the number of a document of the case, "" while it has none.
func (k caseState) documentNo(kind hall.DocumentKind) string {
	for _, d := range slices.Backward(k.Documents) {
		if d.Kind == kind {
			return d.No
		}
	}
	return ""
}

// clockViews are the legal clocks of a case that have not ended; requirements G3.
func clockViews(cat *hall.Catalogue, k hall.Case, now time.Time) []ClockView {
	today, views := hall.DayOf(now), []ClockView{}
	for _, one := range k.Clocks {
		if one.Ended != "" {
			continue
		}
		views = append(views, ClockView{Kind: one.Kind, Due: one.Due, Left: one.N + one.Extra - one.Used(cat.Calendar, today),
			Light: one.Light(cat.Calendar, today), Provisional: one.Provisional})
	}
	return views
}
