package terminal

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// typedName stands for what a clerk has typed of a person.
const typedName = "欧阳测试·样例"

func (r *deskRig) types(place, ticket, text string) {
	r.t.Helper()
	r.must(r.KeepDraft(r.ctx, DraftRequest{Place: place, Ticket: ticket, Fields: map[string]string{"name": text}}))
}

// typed is what the page would show in a place.
func (r *deskRig) typed(place string) string {
	if d := r.View().Desk.Draft; d != nil {
		return d.Places[place]["name"]
	}
	return ""
}

func TestTypedTextComesBackAfterTheSignIn(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil).called()
	ticket := r.View().Current.ID
	r.types("applicant", ticket, typedName)
	r.types("items", ticket, "开店")
	if r.typed("applicant") != typedName || r.typed("items") != "开店" {
		t.Fatalf("the page is not shown what was kept: %+v", r.View().Desk.Draft)
	}
	r.forget() // the session ended; the person still stands there
	r.until("shown to nobody", func(v DeskView) bool { return v.Draft == nil })
	r.must(r.SignIn(r.ctx, SignInRequest{Staff: "1001", Password: "right"}))
	if r.typed("applicant") != typedName {
		t.Errorf("lost with the session: %+v", r.View().Desk.Draft)
	}
	if strings.Contains(r.log.String(), typedName) {
		t.Error("it is in the log")
	}
}

func TestTypedTextIsErasedWhenItWasSent(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil).called()
	ticket := r.View().Current.ID
	form := ApplicantRequest{Name: typedName, DocKind: "111", DocNo: "not a number"}
	r.types("applicant", ticket, typedName)
	if err := r.Applicant(r.ctx, form); err == nil {
		t.Fatal("a wrong number was taken")
	}
	if r.typed("applicant") != typedName {
		t.Error("lost with the refusal")
	}
	form.DocNo = docZhang
	r.must(r.Applicant(r.ctx, form))
	if r.typed("applicant") != "" || len(r.store.typed) != 0 {
		t.Errorf("still there after it was sent: %+v", r.store.typed)
	}
	r.types("applicant", ticket, typedName)
	r.must(r.ClearApplicant(r.ctx))
	if r.typed("applicant") != "" {
		t.Error("still there after it was cleared")
	}
	r.types("applicant", ticket, typedName)
	r.place(zhang())
	r.until("the card is taken", func(v DeskView) bool { return v.Notice != nil && v.Notice.Code == "card_taken" })
	if r.typed("applicant") != "" {
		t.Error("still there though the card said it")
	}
}

func TestTypedTextLeavesWithThePerson(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil).called()
	ticket := r.View().Current.ID
	r.types("applicant", ticket, typedName)
	r.must(r.Finish(r.ctx))
	r.until("the ticket has gone", func(v DeskView) bool { return v.Draft != nil && v.Draft.Ticket == "" })
	if len(r.store.typed) != 0 {
		t.Fatalf("kept of somebody who has left: %+v", r.store.typed)
	}
	r.types("applicant", ticket, typedName) // a save that was under way
	if len(r.store.typed) != 0 {
		t.Errorf("kept for somebody who has left: %+v", r.store.typed)
	}
}

func TestTypedTextWaitsForATicketThatIsPutAside(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil).called()
	ticket := r.View().Current.ID
	r.types("applicant", ticket, typedName)
	r.must(r.Hold(r.ctx))
	r.until("the ticket is put aside", func(v DeskView) bool { return v.Draft != nil && v.Draft.Ticket == "" })
	if r.typed("applicant") != "" {
		t.Fatal("shown without its ticket")
	}
	r.must(r.Resume(r.ctx, TicketRequest{Ticket: ticket}))
	r.until("it is back", func(v DeskView) bool { return v.Draft != nil && v.Draft.Places["applicant"]["name"] == typedName })
}

func TestTypedTextGoesWithTheCall(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	r.types("items", "", "开店")
	r.called()
	r.until("it goes with the person who came", func(v DeskView) bool {
		return v.Draft != nil && v.Draft.Ticket != "" && v.Draft.Places["items"]["name"] == "开店"
	})
}

func TestTypedTextIsNotForAnotherClerk(t *testing.T) {
	c := &clock{t: at("10:00")}
	r := newDeskRig(t, newWorld(), c, "1", nil).called()
	r.types("applicant", r.View().Current.ID, typedName)
	r.forget()
	r.must(r.SignIn(r.ctx, SignInRequest{Staff: "1002", Password: "right"}))
	if r.typed("applicant") != "" || len(r.store.typed) != 0 {
		t.Errorf("another clerk has it: %+v", r.store.typed)
	}
	r.types("items", "", "own")
	c.add(13 * time.Hour)
	r.forget()
	r.must(r.SignIn(r.ctx, SignInRequest{Staff: "1002", Password: "right"}))
	if len(r.store.typed) != 0 {
		t.Errorf("kept too long: %+v", r.store.typed)
	}
}

func TestTypedTextIsBounded(t *testing.T) {
	r := newDeskRig(t, newWorld(), &clock{t: at("10:00")}, "1", nil)
	many := map[string]string{}
	for i := range typedFields + 1 {
		many[strconv.Itoa(i)] = "1"
	}
	for _, fields := range []map[string]string{{"name": strings.Repeat("长", typedLong+1)}, many} {
		if err := r.KeepDraft(r.ctx, DraftRequest{Place: "applicant", Fields: fields}); codeOf(t, err) != "invalid_request" {
			t.Errorf("%v", err)
		}
	}
	r.must(r.SignOut(r.ctx))
	if err := r.KeepDraft(r.ctx, DraftRequest{Place: "items", Fields: map[string]string{"q": "x"}}); codeOf(t, err) != "not_signed_in" {
		t.Errorf("%v", err)
	}
}

// The program dies in the middle of a text: with the same clerk and the same
// person it is there again.
func TestTypedTextOverTheRealDisk(t *testing.T) {
	b := newBooth(t).start()
	eventually(t, "the ticket", func() bool { v := b.c.View(); return v.Current != nil && v.Desk.Draft != nil })
	err := b.c.KeepDraft(t.Context(), DraftRequest{Place: "applicant", Ticket: "TICKET", Fields: map[string]string{"name": typedName}})
	if err != nil {
		t.Fatal(err)
	}
	b.stop()
	b.start()
	eventually(t, "what was typed", func() bool {
		d := b.c.View().Desk.Draft
		return d != nil && d.Ticket == "TICKET" && d.Places["applicant"]["name"] == typedName
	})
}
