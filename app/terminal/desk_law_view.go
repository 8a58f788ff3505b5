package terminal

import (
	"context"
	"maps"
	"slices"
	"time"

	"hallway/app/hall"
)

// saidWords is what clerks said in words on the documents of the case in hand,
// as the centre told.
type saidWords struct {
	of    string // the operations that they are of
	words hall.WordsSealed
	tried time.Time
}

// sealedIn names the operations whose words are on the documents of a case, ""
// without any.
func sealedIn(k hall.Case) string {
	of := string(k.RefusedIn)
	if k.Supplement != nil && k.Supplement.SealedIn != "" {
		of += " " + string(k.Supplement.SealedIn)
	}
	return of
}

// wordsOf is what was said in words about the case in hand; not known while the
// centre has not told.
func (c *Counter) wordsOf(k caseState) (words hall.WordsSealed, known bool) {
	of := sealedIn(k.Case)
	if of == "" {
		return words, true
	}
	d := c.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.said.of == of {
		return hall.WordsSealed{Items: maps.Clone(d.said.words.Items), Words: d.said.words.Words}, true
	}
	if d.hand != k.ID || d.centre == nil || k.staff == nil || !c.online() {
		return words, false
	}
	if now := c.Clock(); d.said.tried.IsZero() || now.Sub(d.said.tried) > 10*time.Second {
		d.said.tried = now
		id, token := k.ID, k.staff.Token
		c.spawn(func(ctx context.Context) { c.fetchWords(ctx, id, of, token) })
	}
	return words, false
}

func (c *Counter) fetchWords(ctx context.Context, id, of, token string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	words, err := c.desk.centre.CaseWords(ctx, id, token)
	if err != nil {
		c.Logger.Debug("the words of a case's documents are not known", "case", id, "err", err)
		return
	}
	c.desk.mu.Lock()
	if c.desk.hand == id {
		c.desk.said.of, c.desk.said.words = of, words
	}
	c.desk.mu.Unlock()
	c.changed()
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

// withClocks puts the clock that runs into the lines that are shown: it is
// reckoned for no other.
func withClocks(st counterState, rows []CaseRow, cases []hall.Case) []CaseRow {
	at := make(map[string]int, len(cases))
	for i := range cases {
		at[cases[i].ID] = i
	}
	for i := range rows {
		one, ok := at[rows[i].ID]
		if !ok {
			continue
		}
		if clocks := clockViews(st.cat, cases[one], st.now); len(clocks) > 0 {
			rows[i].Clock = &clocks[0]
		}
	}
	return rows
}

// reviewStates are the states of the list 外网预审: what began online and nobody
// has received.
var reviewStates = []hall.CaseState{hall.CaseApplied, hall.CasePreReview}

// reviews counts them.
func (c *Counter) reviews() int {
	_, n, err := c.desk.store.Cases(c.life, CaseQuery{States: reviewStates, Limit: 1})
	if err != nil && c.life.Err() == nil {
		c.Logger.Error("the applications that wait cannot be read", "err", err)
	}
	return n
}
