package hall

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write TABLES.md anew")

// TestTables keeps TABLES.md what the rules are: it is made of the tables that
// they decide by.
func TestTables(t *testing.T) {
	is := tablesPage()
	if *update {
		if err := os.WriteFile("TABLES.md", is, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	was, err := os.ReadFile("TABLES.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(was, is) {
		t.Error("TABLES.md is not what the rules are; write it anew: go test ./app/hall -run TestTables -update")
	}
}

// tablesPage is the page of the tables.
func tablesPage() []byte {
	var b bytes.Buffer
	fmt.Fprint(&b, "# Tables of the rules\n\nMade of the tables that the rules decide by; do not edit:\n`go test ./app/hall -run TestTables -update`. What is not here does not happen.\n")
	fmt.Fprint(&b, "\n## Material in a case (requirements G1.3)\n\n")
	tableHead(&b, "row", "event", "from", "to")
	for _, r := range MaterialRows() {
		tableLine(&b, r.No, code(r.Event), codes(r.From), orSame(string(r.To)))
	}
	fmt.Fprint(&b, "\n## Case (requirements G2.2)\n\n")
	tableHead(&b, "row", "from", "to", "operations")
	for _, r := range CaseRows() {
		tableLine(&b, r.No, codes(r.From), code(r.To), codes(r.Kinds))
	}
	fmt.Fprint(&b, "\nEvery state against every other, by the numbers of the rows:\n\n")
	matrix(&b)
	fmt.Fprint(&b, "\n## Who may (requirements G2.5)\n\nOf the operations above. A witness has happened: it is never refused, and needs no line.\n\n")
	tableHead(&b, "operation", "roles", "terminals", "nature", "without the line")
	for _, k := range Kinds() {
		if slices.ContainsFunc(CaseRows(), func(r CaseRow) bool { return slices.Contains(r.Kinds, k.Kind) }) || k.Kind == AskVoid || k.Kind == RemindCase {
			tableLine(&b, code(k.Kind), codes(k.Roles), codes(k.Terminals), string(k.Nature), map[bool]string{true: "yes"}[k.Offline])
		}
	}
	fmt.Fprint(&b, "\n## Clocks (requirements G3)\n\n")
	tableHead(&b, "clock", "days of the law")
	for _, c := range []struct {
		kind ClockKind
		n    string
	}{
		{ClockNotice, fmt.Sprint(NoticeDays)}, {ClockDecision, fmt.Sprintf("of the item; extended by at most %d, joint %d", ExtensionDays, JointExtensionDays)},
		{ClockReview, fmt.Sprintf("of the item; the law says %d", ReviewDays)}, {ClockDelivery, fmt.Sprint(DeliveryDays)}, {ClockHearingApply, fmt.Sprint(HearingApplyDays)},
		{ClockHearing, fmt.Sprint(HearingDays)}, {ClockSupplement, "of the item, or the hall"},
		{ClockDraft, fmt.Sprintf("none; the hall's, or %d days of the calendar after the last change", DraftDays)},
	} {
		tableLine(&b, code(c.kind), c.n)
	}
	fmt.Fprintf(&b, "\nWorking days, but of `draft`; the day of the event is day 0. These stop the clock of the decision: %s; others when the item says so.\n", codes(SpecialNames()))
	fmt.Fprint(&b, "\n## Reminders (requirements T6, M15)\n\nBy itself at the opening of the hall: once when 80 % of the days have gone, and on each working day after the end; both are the hall's to set.\n\n")
	tableHead(&b, "clock", "before its end", "after it")
	for _, kind := range []ClockKind{ClockNotice, ClockDecision, ClockReview, ClockStep, ClockDelivery} {
		tableLine(&b, code(kind), code(reminderKind(kind, 0)), code(reminderKind(kind, 1)))
	}
	fmt.Fprintf(&b, "\nA supervisor reminds (%s) once a day of what is to be done. Steps are supervised in these stages: %s.\n", code(ReminderUrged), codes(Stages()))
	return b.Bytes()
}

func tableHead(b *bytes.Buffer, names ...string) {
	tableLine(b, names...)
	tableLine(b, slices.Repeat([]string{"---"}, len(names))...)
}

func tableLine(b *bytes.Buffer, cells ...string) {
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

func code[T ~string](s T) string { return "`" + string(s) + "`" }

func codes[T ~string](all []T) string {
	var out []string
	for _, s := range all {
		out = append(out, code(s))
	}
	return strings.Join(out, " ")
}

func orSame(s string) string {
	if s == "" {
		return "as it was"
	}
	return code(s)
}

// matrix lists the rows from every state to every state.
func matrix(b *bytes.Buffer) {
	states := CaseStates()
	names := []string{"from \\ to"}
	for i := range states {
		names = append(names, fmt.Sprint(i+1))
	}
	tableHead(b, names...)
	for i, from := range states {
		cells := []string{fmt.Sprintf("%d %s", i+1, code(from))}
		for _, to := range states {
			var rows []string
			for _, r := range CaseRows() {
				if r.To == to && slices.Contains(r.From, from) {
					rows = append(rows, r.No)
				}
			}
			cells = append(cells, strings.Join(rows, ", "))
		}
		tableLine(b, cells...)
	}
}
