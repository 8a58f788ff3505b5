package halfday

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"hallway/app/central/depsim"
	"hallway/app/hall"
)

// checkCases stops the hall and holds the centre's log against the paper, the
// departments and what the pages showed.
func (d *caseDay) checkCases() {
	d.stage.Stop()
	cases := load[hall.Case](d.world, "case")
	papers := load[hall.Paper](d.world, "paper")
	d.t.Logf("%d cases, %d papers, %d scans shown, %d pieces of paper", len(cases), len(papers), len(d.scans), len(d.pieces))
	if len(cases) != len(d.all) || len(papers) != len(d.all) {
		d.t.Errorf("%d cases and %d papers at the centre, %d citizens came with one each", len(cases), len(papers), len(d.all))
	}
	for _, e := range d.all {
		k, ok := cases[e.id]
		if !ok {
			d.t.Errorf("case %s of %s is lost", e.id, e.item)
			continue
		}
		d.checkCase(e, k)
		d.checkPaper(e, k, papers)
	}
	d.checkNumbers(cases)
	d.checkAcceptances(cases)
	d.checkScans(papers)
	d.checkTrips()
	d.checkFiles(cases)
	d.checkOrders(cases)
	d.checkPieces(cases)
	if !d.replicasEqual(true) {
		d.t.Error("a replica is not what the centre has")
	}
	d.verify()
}

// checkCase: the case ended as its citizen's did, once, with everything in.
func (d *caseDay) checkCase(e *errand, k hall.Case) {
	want, records := hall.CaseWithdrawn, 0
	if e.by != "" {
		want, records = hall.CaseAccepted, 1
	}
	if k.State != want || k.AcceptedBy != e.by || k.Number != e.number || k.TempNumber != "" || k.Item != e.item {
		d.t.Errorf("case %s: %s of %s by %q with number %s %s; want %s by %q, %s", k.ID, k.State, k.Item, k.AcceptedBy, k.Number, k.TempNumber, want, e.by, e.number)
	}
	acceptances := 0
	for _, r := range k.Records {
		if r.No == hall.RecordAcceptance {
			acceptances++
		}
	}
	if acceptances != records || (k.NoticeNo != "") != (records == 1) {
		d.t.Errorf("case %s has %d records of acceptance and notice %q", k.ID, acceptances, k.NoticeNo)
	}
	if len(k.Asides) > 0 {
		d.t.Errorf("case %s: something was put aside: %+v", k.ID, k.Asides)
	}
	for _, m := range k.Materials {
		if records == 1 && m.State != hall.MaterialDone {
			d.t.Errorf("case %s was accepted with %s %s", k.ID, m.Key, m.State)
		}
	}
}

// checkPaper: the paper of a case is held by one who should have it, and every
// step was seen once.
func (d *caseDay) checkPaper(e *errand, k hall.Case, papers map[string]hall.Paper) {
	p, ok := papers[hall.Label{Number: k.Number, Material: e.paper, Attempt: 1}.ID()]
	if !ok {
		d.t.Errorf("case %s: its paper is lost", k.ID)
		return
	}
	want, seen := hall.AtHall, []hall.Kind{hall.SignOut, hall.SignIn}
	switch {
	case e.by == "":
		want, seen = hall.Returned, append(seen, hall.ReturnOut, hall.ReturnIn)
	case e.item == "open-shop":
		want, seen = hall.Filed, append(seen, hall.FilePaper)
	}
	if p.Custody != want || hall.DeriveCustody(p.Seen) != want || p.Attention || p.Only != (e.by == "") {
		d.t.Errorf("paper %s is %s (only %v, attention %v), want %s: %+v", p.ID, p.Custody, p.Only, p.Attention, want, p.Seen)
	}
	var kinds []hall.Kind
	for _, o := range p.Seen {
		kinds = append(kinds, o.Kind)
		if o.Fault != "" || o.Undone != "" || o.Settled {
			d.t.Errorf("paper %s: %+v", p.ID, o)
		}
	}
	slices.Sort(kinds)
	slices.Sort(seen)
	if !slices.Equal(kinds, seen) {
		d.t.Errorf("paper %s was seen %v, want %v", p.ID, kinds, seen)
	}
}

// checkNumbers: every application number is used by one case.
func (d *caseDay) checkNumbers(cases map[string]hall.Case) {
	uses := load[hall.NumberUse](d.world, string(hall.EntityNumber))
	if len(uses) != len(cases) {
		d.t.Errorf("%d application numbers were used by %d cases", len(uses), len(cases))
	}
	for number, use := range uses {
		if cases[use.Case].Number != number {
			d.t.Errorf("number %s is of case %s, which has %s", number, use.Case, cases[use.Case].Number)
		}
	}
}

// checkAcceptances: each case was accepted once in the log, complete at that
// row; the numbers of the notices have no gap.
func (d *caseDay) checkAcceptances(cases map[string]hall.Case) {
	rows, err := d.db().Query("SELECT id, value FROM log WHERE kind = 'case' AND event = 'case.accepted' ORDER BY row_no")
	if err != nil {
		d.t.Fatal(err)
	}
	defer rows.Close()
	times := map[string]int{}
	var notices []string
	for rows.Next() {
		var id string
		var raw []byte
		var k hall.Case
		if err := errors.Join(rows.Scan(&id, &raw), json.Unmarshal(raw, &k)); err != nil {
			d.t.Fatal(err)
		}
		times[id]++
		notices = append(notices, k.NoticeNo)
		if !k.Complete() || times[id] > 1 || cases[id].NoticeNo != k.NoticeNo {
			d.t.Errorf("case %s: acceptance %d with notice %s, complete %v, at the end %s", id, times[id], k.NoticeNo, k.Complete(), cases[id].NoticeNo)
		}
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
	for i, no := range notices {
		if !strings.HasSuffix(no, fmt.Sprintf("-%06d", i+1)) {
			d.t.Errorf("notice %d has number %s", i+1, no)
		}
	}
	if want := 2 * len(victims); len(notices) != want {
		d.t.Errorf("%d acceptances, want %d", len(notices), want)
	}
}

// checkScans: every scan that a station showed is in its paper once.
func (d *caseDay) checkScans(papers map[string]hall.Paper) {
	held := map[hall.OpID][]string{}
	for _, p := range papers {
		for _, o := range p.Seen {
			held[o.Op] = append(held[o.Op], p.Number)
		}
	}
	for id, s := range d.scans {
		if got := held[hall.OpID(id)]; len(got) != 1 || got[0] != s.number {
			d.t.Errorf("scan %s (%s of %s) that %s showed is in %v", id, s.mode, s.number, s.station, got)
		}
	}
	if n := len(load[hall.Observation](d.world, string(hall.EntityStray))); n != 0 {
		d.t.Errorf("%d scans of labels that nobody knows", n)
	}
}

// checkTrips: one trip a round, counted, with nothing missing.
func (d *caseDay) checkTrips() {
	trips := load[hall.Consignment](d.world, string(hall.EntityConsignment))
	if len(trips) != len(victims) {
		d.t.Errorf("%d trips, want %d", len(trips), len(victims))
	}
	for id, c := range trips {
		if c.State != hall.ConsignmentClosed || len(c.Papers) != 3 || len(c.Missing) != 0 {
			d.t.Errorf("trip %s: %s with %v, missing %v", id, c.State, c.Papers, c.Missing)
		}
	}
}

// checkOrders: what a department delivered is attached once, as it was made.
func (d *caseDay) checkOrders(cases map[string]hall.Case) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(d.stage.Dir(), "departments", "departments.db"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT request.value, COALESCE(file.body, '') FROM request LEFT JOIN file ON file.id = request.id WHERE kind = ?", depsim.KindOrder)
	if err != nil {
		d.t.Fatal(err)
	}
	defer rows.Close()
	orders := 0
	for rows.Next() {
		var raw, body []byte
		var r depsim.Request
		if err := errors.Join(rows.Scan(&raw, &body), json.Unmarshal(raw, &r)); err != nil {
			d.t.Fatal(err)
		}
		orders++
		id, rest, _ := strings.Cut(r.ID, "/")
		k := cases[id]
		key, _, _ := strings.Cut(rest, "/")
		d.checkOrder(r, k, key, body)
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
	if want := 2 * len(victims); orders != want {
		d.t.Errorf("departments have %d orders, want %d", orders, want)
	}
}

func (d *caseDay) checkOrder(r depsim.Request, k hall.Case, key string, body []byte) {
	attached, failed := 0, 0
	m, ok := k.Material(key)
	if !ok {
		d.t.Errorf("order %s is of no case", r.ID)
		return
	}
	for _, a := range m.Attempts {
		switch {
		case hall.RequestID(k.ID, key, a.No) != r.ID:
		case a.DoneBy == hall.DoneEShared && a.File.SHA256 == digest(body):
			attached++
		case a.Reason == "not_found" && a.File == (hall.File{}):
			failed++
		}
	}
	if r.State == depsim.Delivered && attached != 1 || r.State == depsim.Refused && failed != 1 || r.State != depsim.Delivered && r.State != depsim.Refused {
		d.t.Errorf("order %s is %s; attached %d times, refused %d times: %+v", r.ID, r.State, attached, failed, m.Attempts)
	}
}
