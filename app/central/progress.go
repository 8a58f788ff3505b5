package central

import (
	"cmp"
	"context"
	"crypto/subtle"
	"net/http"
	"slices"
	"time"

	"hallway/app/hall"
	"hallway/sync/seal"
)

// ProgressQuestion asks for one case by its number and query password, or for
// the cases of the document whose card lies on a reader.
type ProgressQuestion struct {
	Number   string      `json:"number,omitempty" maxLength:"100"`
	Password hall.Secret `json:"password,omitempty" maxLength:"16"`
	DocKind  string      `json:"doc_kind,omitempty" maxLength:"8"`
	DocNo    hall.Secret `json:"doc_no,omitempty" maxLength:"40"`
}

// ProgressAnswer lists cases in their owner's words, the newest first.
type ProgressAnswer struct {
	Cases []ProgressCase `json:"cases"`
}

// ProgressCase is one case as its owner sees it. It names no person and no
// member of staff.
type ProgressCase struct {
	ID        string             `json:"id"`
	Number    string             `json:"number"` // empty: begun at a kiosk and not submitted
	Item      hall.Names         `json:"item"`
	State     hall.CaseState     `json:"state"`   // label "case.citizen.<state>"
	Anomaly   []hall.Text        `json:"anomaly"` // keys "anomaly.citizen.<code>"
	Next      hall.Text          `json:"next"`    // key "progress.next.<code>"
	Applied   time.Time          `json:"applied,omitzero"`
	Accepted  time.Time          `json:"accepted,omitzero"`
	Since     time.Time          `json:"since,omitzero"` // in this state
	DueDay    string             `json:"due_day,omitempty"`
	Online    bool               `json:"online,omitempty"` // applied for at a kiosk, and not taken back: its slip can be printed once more
	Materials []ProgressMaterial `json:"materials"`
}

// ProgressMaterial is one material of a case.
type ProgressMaterial struct {
	Name  hall.Names         `json:"name"`
	State hall.MaterialState `json:"state"`
	Fault string             `json:"fault,omitempty"` // key "supplement.fault.<fault>": to be brought anew
	Bring bool               `json:"bring,omitempty"` // the original is to be brought
	// Original: it was photographed, and the paper itself is to be shown at the counter.
	Original bool `json:"original,omitempty"`
}

type progressInput struct {
	Body ProgressQuestion
}

type progressOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         ProgressAnswer
}

// maxProgress is how many cases of one person are shown.
const maxProgress = 20

// progress answers a kiosk or a counter. By number it wants the query password
// and counts wrong ones: five for a number, twenty for a terminal, in a quarter
// of an hour. Every question leaves an audit row without anything personal.
func (c *Centre) progress(ctx context.Context, in *progressInput) (*progressOutput, error) {
	p := principalOf(ctx)
	if !c.limits.progress.allow(ctx, p.terminal.ID) {
		return nil, problem(http.StatusTooManyRequests, "too_many")
	}
	list, subject, err := c.findCases(ctx, p.terminal.ID, in.Body)
	if err := c.auditRead(ctx, "read_progress", p.terminal.ID, subject, err); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, c.fail(ctx, "progress", err)
	}
	out := ProgressAnswer{Cases: []ProgressCase{}}
	for _, one := range list {
		out.Cases = append(out.Cases, c.progressCase(one))
	}
	return &progressOutput{CacheControl: "no-store", Body: out}, nil
}

// findCases proves whose cases they are. subject is for the audit trail.
func (c *Centre) findCases(ctx context.Context, terminal string, q ProgressQuestion) (list []hall.Case, subject string, err error) {
	if q.Number != "" {
		return c.caseByPassword(ctx, terminal, q)
	}
	all, err := c.casesOf(ctx, q.DocKind, q.DocNo)
	for _, one := range all {
		if shownNumber(one) != "" || one.Origin == hall.OriginOnline && one.State == hall.CaseDraft {
			list = append(list, one)
		}
	}
	return list[:min(len(list), maxProgress)], "card", err
}

// casesOf lists the cases of the document of a card, the newest first.
func (c *Centre) casesOf(ctx context.Context, docKind string, docNo hall.Secret) (list []hall.Case, err error) {
	doc, err := hall.ParseDocument(docKind, docNo.Reveal())
	if err != nil {
		return nil, problem(http.StatusUnprocessableEntity, "bad_request")
	}
	owner := seal.OwnerLook(c.ownerKey(), doc.Kind, doc.Number())
	w := c.writer.HallWorld(ctx, c.hallCode)
	mine, _, err := hall.Load[hall.OwnerCases](w, hall.EntityOwnerCases, owner)
	if err != nil {
		return nil, err
	}
	for _, id := range mine.Cases {
		one, ok, err := hall.Load[hall.Case](w, hall.EntityCase, id)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b hall.Case) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// caseByPassword finds the case of a number, for whoever knows its password. An
// unknown number and a wrong password are the same answer.
func (c *Centre) caseByPassword(ctx context.Context, terminal string, q ProgressQuestion) ([]hall.Case, string, error) {
	number, ok := oneNumber(q.Number)
	if !ok {
		return nil, "?", problem(http.StatusUnprocessableEntity, "application_number_form")
	}
	allowed, err := c.mayGuess(ctx, number, terminal)
	if err != nil {
		return nil, number, err
	}
	if !allowed {
		return nil, number, problem(http.StatusTooManyRequests, "progress_locked")
	}
	id, err := c.caseOfNumber(ctx, number)
	if err != nil {
		return nil, number, err
	}
	w := c.writer.HallWorld(ctx, c.hallCode)
	who, _, err := hall.Load[hall.Applicant](w, hall.EntityApplicant, id)
	if err != nil {
		return nil, number, err
	}
	look := seal.Lookup(c.ownerKey(), "query", id, q.Password.Reveal())
	right := subtle.ConstantTimeCompare([]byte(look), []byte(who.PasswordLook)) == 1
	one, known, err := hall.Load[hall.Case](w, hall.EntityCase, id)
	if err != nil {
		return nil, number, err
	}
	if !known || who.PasswordLook == "" || !right {
		return nil, number, problem(http.StatusNotFound, "progress_unknown")
	}
	return []hall.Case{one}, number, c.guessedRight(ctx, number, terminal)
}

// mayGuess counts a try at a query password, at this centre and at all others over
// its database.
func (c *Centre) mayGuess(ctx context.Context, number, terminal string) (bool, error) {
	if onPostgres(c.cfg.DSN()) {
		return (&sharedGuesses{c.store, c.guesses}).begin(ctx, c.now(), number, terminal)
	}
	return c.guesses.begin(c.now(), number, terminal), nil
}

// guessedRight takes the latest try back.
func (c *Centre) guessedRight(ctx context.Context, number, terminal string) error {
	if onPostgres(c.cfg.DSN()) {
		return (&sharedGuesses{c.store, c.guesses}).right(ctx, c.now(), number, terminal)
	}
	c.guesses.right(number, terminal)
	return nil
}

// oneNumber is an application number, or the temporary one of a receipt that
// was printed without the line, in its one spelling.
func oneNumber(s string) (string, bool) {
	if n, err := hall.ParseApplicationNumber(s); err == nil {
		return n.String(), true
	}
	n, err := hall.ParseTemporaryNumber(s)
	return n.String(), err == nil
}

// caseOfNumber is the case of a number of either kind, "" when there is none.
func (c *Centre) caseOfNumber(ctx context.Context, number string) (string, error) {
	use, known, err := hall.Load[hall.NumberUse](c.writer.HallWorld(ctx, c.hallCode), hall.EntityNumber, number)
	if err != nil || known {
		return use.Case, err
	}
	id := ""
	err = c.cases.read(ctx, c.writer, c.cat.Load, onlyCases, func(b *caseBook) { id = b.temps[number] })
	return id, err
}

// ownerKey is the key under which people's cases are found.
func (c *Centre) ownerKey() []byte { return seal.LongKey(c.writer.Keys().Lookup, c.hallCode) }

// shownNumber is the number that a case is called by.
func shownNumber(one hall.Case) string { return cmp.Or(one.Number, one.TempNumber) }

// progressCase puts a case into its owner's words.
func (c *Centre) progressCase(one hall.Case) ProgressCase {
	cat := c.cat.Load()
	it, _ := cat.Item(one.Item)
	v := ProgressCase{
		ID: one.ID, Number: shownNumber(one), Item: it.Name, State: one.State, Anomaly: append([]hall.Text{}, one.Anomaly(c.now())...),
		Next: hall.CitizenNext(one), Applied: one.AppliedAt, Accepted: one.AcceptedAt, Since: hall.CitizenSince(one), Materials: []ProgressMaterial{},
	}
	if v.Applied.IsZero() {
		v.Applied = one.ReceivedAt
	}
	if !one.AcceptedAt.IsZero() {
		v.DueDay = one.DueDay
	}
	v.Online = v.Number != "" && hall.CitizenSlip(one)
	version, _ := it.Version(one.ItemVersion)
	for _, m := range one.Materials {
		def, _ := cat.MaterialDef(m.Code)
		v.Materials = append(v.Materials, ProgressMaterial{Name: def.Name, State: m.State,
			Fault: hall.CitizenFault(one, m.Key), Bring: hall.CitizenBring(one, m.Key), Original: hall.CitizenOriginal(one, version, m)})
	}
	return v
}
