package central

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"io"
	"strings"
	gosync "sync"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"hallway/app/hall"
	"hallway/sync/seal"
)

const today = "2026-05-18"

func TestBookingInfo(t *testing.T) {
	b := newBed(t)
	var info BookingInfo
	b.want(200, "GET", "/central/v1/booking/info", nil, &info)
	if len(info.Items) != 11 || info.Area != "370100" || info.Hall["zh-Hans"] != "示例市政务服务中心" {
		t.Errorf("info: %d items, %s, %v", len(info.Items), info.Area, info.Hall)
	}
	var days []string
	for _, d := range info.Days {
		days = append(days, d.Day)
	}
	if got := strings.Join(days, " "); got != "2026-05-18 2026-05-19 2026-05-20 2026-05-21 2026-05-22 2026-05-25" {
		t.Errorf("days %s", got)
	}
	var slots []BookingSlot
	b.want(200, "GET", "/central/v1/booking/slots?item=card-lost&day="+today, nil, &slots)
	if len(slots) != 18 || slots[0].Open || slots[0].Why.Code != "slot_past" || !slots[2].Open || slots[2].Left != 4 || slots[2].End != "10:00" {
		t.Errorf("slots %+v", slots[:3])
	}
	b.refused(404, "unknown_item", "GET", "/central/v1/booking/slots?item=nothing&day="+today, nil)
}

func TestBookGivesCodeAndQR(t *testing.T) {
	b := newBed(t)
	var r BookingReply
	b.want(200, "POST", "/central/v1/booking", request(personA, "card-lost", today, "09:30", key(1)), &r)
	if len(r.Code) != 6 || strings.Trim(r.Code, "0123456789") != "" || r.Slot != "09:30" || r.Day != today {
		t.Errorf("reply %+v", r)
	}
	if r.Name != "测*乙" && r.Name != "测**乙" || r.Name == personA.name {
		t.Errorf("name %q is not masked", r.Name)
	}
	code, err := hall.DecodeCode(r.QR)
	if err != nil || code.Type != hall.CodeAppointment || code.Hall != "37010001" || code.Day != today {
		t.Fatalf("code %+v: %v", code, err)
	}
	if got := readQR(t, r.QRSVG); got != r.QR {
		t.Errorf("the drawn code reads %q, want %q", got, r.QR)
	}
	a := b.appointment(r.ID)
	day := seal.DayKey(b.c.writer.Keys().Lookup, "37010001", today)
	for what, pair := range map[string][2]string{
		"card":  {a.IDLookup, seal.Lookup(day, "doc", "111", personA.number)},
		"phone": {a.PhoneLook, seal.Lookup(day, "phone", personA.phone, r.Code)},
		"qr":    {a.CodeLook, seal.Lookup(day, "qr", code.Value)},
	} {
		if pair[0] != pair[1] {
			t.Errorf("the appointment is not found by %s", what)
		}
	}
}

// appointment reads the confirmed one.
func (b *bed) appointment(id string) hall.Appointment {
	b.t.Helper()
	a, ok, err := hall.Load[hall.Appointment](b.c.writer.HallWorld(b.t.Context(), "37010001"), hall.EntityAppointment, id)
	if err != nil || !ok {
		b.t.Fatalf("appointment %s: %v %v", id, ok, err)
	}
	return a
}

// readQR draws the SVG's path and reads it back.
func readQR(t *testing.T, svg string) string {
	t.Helper()
	var size int
	var path string
	dec := xml.NewDecoder(strings.NewReader(svg))
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			switch a.Name.Local {
			case "viewBox":
				if _, err := fmt.Sscanf(a.Value, "0 0 %d %d", &size, &size); err != nil {
					t.Fatal(err)
				}
			case "d":
				path = a.Value
			}
		}
	}
	const scale = 4
	img := image.NewGray(image.Rect(0, 0, size*scale, size*scale))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for _, part := range strings.Split(path, "M")[1:] {
		var x, y, run, back int
		if _, err := fmt.Sscanf(part, "%d %dh%dv1h-%dz", &x, &y, &run, &back); err != nil || run != back {
			t.Fatalf("path %q: %v", part, err)
		}
		for py := y * scale; py < (y+1)*scale; py++ {
			for px := x * scale; px < (x+run)*scale; px++ {
				img.SetGray(px, py, color.Gray{})
			}
		}
	}
	bmp, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	// The picture is drawn square and clean: nothing is to be searched for in it.
	res, err := qrcode.NewQRCodeReader().Decode(bmp, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		t.Fatalf("the drawn code cannot be read: %v", err)
	}
	return res.GetText()
}

func TestBookAgainIsTheSameBooking(t *testing.T) {
	b := newBed(t)
	req := request(personA, "card-lost", today, "09:30", key(1))
	var first, again BookingReply
	b.want(200, "POST", "/central/v1/booking", req, &first)
	b.want(200, "POST", "/central/v1/booking", req, &again)
	b.restart()
	var later BookingReply
	b.want(200, "POST", "/central/v1/booking", req, &later)
	for _, r := range []BookingReply{again, later} {
		if r.ID != first.ID || r.Code != first.Code || r.QR != first.QR {
			t.Errorf("a repeated request gave another booking: %s %s", r.ID, first.ID)
		}
	}
	var slots []BookingSlot
	b.want(200, "GET", "/central/v1/booking/slots?item=card-lost&day="+today, nil, &slots)
	if slots[2].Left != 3 {
		t.Errorf("%d places left, want 3", slots[2].Left)
	}
	other := req
	other.Slot = "10:00"
	b.refused(409, "key_used", "POST", "/central/v1/booking", other)
	other = request(personB, "card-lost", today, "09:30", key(1))
	b.refused(409, "key_used", "POST", "/central/v1/booking", other)
}

func TestBookRefusals(t *testing.T) {
	b := newBed(t)
	base := request(personA, "card-lost", today, "09:30", key(1))
	for _, c := range []struct {
		name   string
		change func(*BookingRequest)
		status int
		code   string
	}{
		{"no name", func(r *BookingRequest) { r.Name = "  " }, 422, "name_form"},
		{"wrong check digit", func(r *BookingRequest) { r.DocNo = "370102199002280012" }, 422, "id_check"},
		{"too short", func(r *BookingRequest) { r.DocNo = "37010219900228001" }, 422, "id_length"},
		{"no such date", func(r *BookingRequest) { r.DocNo = "370102199002300013" }, 422, "id_date"},
		{"unknown document", func(r *BookingRequest) { r.DocKind = "000" }, 422, "doc_kind"},
		{"phone", func(r *BookingRequest) { r.Phone = "12345" }, 422, "phone_form"},
		{"short key", func(r *BookingRequest) { r.Key = "abc" }, 422, "bad_request"},
		{"key with other signs", func(r *BookingRequest) { r.Key = "aaaaaaaaaaaaaaaaaaa'" }, 422, "bad_request"},
		{"slot that is no time", func(r *BookingRequest) { r.Slot = "9" }, 422, "clock_form"},
		{"unknown item", func(r *BookingRequest) { r.Item = "nothing" }, 422, "unknown_item"},
		{"item of the kiosk only", func(r *BookingRequest) { r.Item = "not-sure" }, 409, "item_not_bookable"},
		{"past", func(r *BookingRequest) { r.Slot = "09:00" }, 409, "slot_past"},
		{"slot that the hall has not", func(r *BookingRequest) { r.Slot = "09:15" }, 409, "unknown_slot"},
		{"Sunday", func(r *BookingRequest) { r.Day = "2026-05-24" }, 409, "day_not_bookable"},
		{"too far", func(r *BookingRequest) { r.Day = "2026-05-26" }, 409, "day_not_bookable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := base
			c.change(&req)
			status, raw := b.call("POST", "/central/v1/booking", req)
			if status != c.status || !strings.Contains(string(raw), `"code":"`+c.code+`"`) {
				t.Errorf("%d %s, want %d %s", status, raw, c.status, c.code)
			}
			for _, secret := range []string{personA.name, req.DocNo, personA.phone} {
				if bytes.Contains(raw, []byte(secret)) {
					t.Errorf("the refusal repeats what was typed: %s", raw)
				}
			}
		})
	}
	for name, body := range map[string]string{"no JSON": "{", "wrong types": `{"item":1}`, "unknown field": `{"x":"` + personA.number + `"}`} {
		status, raw := b.call("POST", "/central/v1/booking", body)
		if status < 400 || status >= 500 || bytes.Contains(raw, []byte(personA.number)) {
			t.Errorf("%s: %d %s", name, status, raw)
		}
	}
}

func TestBookLimitPerPerson(t *testing.T) {
	b := newBed(t)
	for i, slot := range []string{"10:00", "11:00", "13:00"} {
		b.want(200, "POST", "/central/v1/booking", request(personA, "card-lost", today, slot, key(i)), nil)
	}
	b.refused(409, "booked_that_day", "POST", "/central/v1/booking", request(personA, "invoice", today, "15:00", key(9)))
	b.want(200, "POST", "/central/v1/booking", request(personA, "invoice", "2026-05-19", "15:00", key(10)), nil)
	b.want(200, "POST", "/central/v1/booking", request(personB, "invoice", today, "15:00", key(11)), nil)
}

// numbers makes valid synthetic citizen numbers.
func number(t *testing.T, n int) string {
	t.Helper()
	body := fmt.Sprintf("37010219900101%03d", n)
	for _, c := range "0123456789X" {
		if _, err := hall.ParseIDNumber(body + string(c)); err == nil {
			return body + string(c)
		}
	}
	t.Fatal("no check digit")
	return ""
}

func TestRaceForTheLastPlace(t *testing.T) {
	b := newBed(t)
	b.c.limits.book = newLimiter(1000, 1000)
	const people, places = 24, 4
	var mu gosync.Mutex
	won, lost := 0, 0
	var all gosync.WaitGroup
	for i := range people {
		p := person{"测试丁", number(t, i), "13800138000"}
		all.Go(func() {
			status, raw := b.call("POST", "/central/v1/booking", request(p, "card-lost", today, "14:00", key(i)))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case status == 200:
				won++
			case status == 409 && strings.Contains(string(raw), "slot_full"):
				lost++
			default:
				t.Errorf("%d %s", status, raw)
			}
		})
	}
	all.Wait()
	if won != places || lost != people-places {
		t.Errorf("%d booked and %d refused, want %d and %d", won, lost, places, people-places)
	}
}

func TestOneKeyAtOnce(t *testing.T) {
	b := newBed(t)
	req := request(personA, "card-lost", today, "14:00", key(1))
	var all gosync.WaitGroup
	codes := make([]string, 8)
	for i := range codes {
		all.Go(func() {
			var r BookingReply
			b.want(200, "POST", "/central/v1/booking", req, &r)
			codes[i] = r.Code
		})
	}
	all.Wait()
	for _, c := range codes {
		if c != codes[0] {
			t.Fatalf("one request, several bookings: %v", codes)
		}
	}
	var slots []BookingSlot
	b.want(200, "GET", "/central/v1/booking/slots?item=card-lost&day="+today, nil, &slots)
	if slots[11].Start != "14:00" || slots[11].Left != 3 {
		t.Errorf("%+v", slots[11])
	}
}

func TestCancel(t *testing.T) {
	b := newBed(t)
	var r, soon BookingReply
	req := request(personA, "card-lost", today, "14:00", key(1))
	b.want(200, "POST", "/central/v1/booking", req, &r)
	b.want(200, "POST", "/central/v1/booking", request(personB, "card-lost", today, "09:30", key(2)), &soon)
	path := "/central/v1/booking/" + r.ID + "/cancel"
	b.refused(403, "wrong_code", "POST", path, CancelRequest{Phone: personA.phone, Code: "000000"})
	b.refused(403, "wrong_code", "POST", path, CancelRequest{Phone: personB.phone, Code: r.Code})
	b.refused(403, "wrong_code", "POST", "/central/v1/booking/apnothing/cancel", CancelRequest{Phone: personA.phone, Code: r.Code})
	b.refused(409, "too_late_to_cancel", "POST", "/central/v1/booking/"+soon.ID+"/cancel", CancelRequest{Phone: personB.phone, Code: soon.Code})
	b.want(204, "POST", path, CancelRequest{Phone: "138 0013 8000", Code: r.Code}, nil)
	b.want(204, "POST", path, CancelRequest{Phone: personA.phone, Code: r.Code}, nil)
	if a := b.appointment(r.ID); a.State != hall.Cancelled {
		t.Errorf("state %s", a.State)
	}
	var slots []BookingSlot
	b.want(200, "GET", "/central/v1/booking/slots?item=card-lost&day="+today, nil, &slots)
	if slots[11].Left != 4 {
		t.Errorf("the place was not freed: %+v", slots[11])
	}
	b.refused(409, "booking_cancelled", "POST", "/central/v1/booking", req)
	b.refused(403, "wrong_code", "POST", path, CancelRequest{Phone: personA.phone, Code: "111111"})
	b.refused(429, "too_many", "POST", path, CancelRequest{Phone: personA.phone, Code: r.Code}) // the sixth within the hour
}

func TestNothingPersonalInTheDatabase(t *testing.T) {
	b := newBed(t)
	var r BookingReply
	b.want(200, "POST", "/central/v1/booking", request(personA, "card-lost", today, "09:30", key(1)), &r)
	b.want(204, "POST", "/central/v1/booking/"+b.other(r).ID+"/cancel", CancelRequest{Phone: personB.phone, Code: b.other(r).Code}, nil)
	session := b.signIn("9001", "")
	b.want(200, "GET", "/central/v1/manager/view", nil, nil, bearer(session.Token)...)
	secret, err := hall.DecodeCode(r.QR)
	if err != nil {
		t.Fatal(err)
	}
	view := func(raw []byte, where string) {
		for what, text := range map[string]string{
			"name": personA.name, "number": personA.number, "phone": personA.phone, "number's middle": personA.number[6:17],
			"secret of the QR code": secret.Value, "text of the QR code": r.QR, "password": testPassword, "token": session.Token, "key": key(1),
		} {
			if bytes.Contains(raw, []byte(text)) {
				t.Errorf("%s holds the %s in clear", where, what)
			}
		}
	}
	view(bytesOf(t, b.cfg), "the open database")
	b.close()
	view(bytesOf(t, b.cfg), "the closed database")
	view(b.logs.Bytes(), "the log")
}

// other books for the second person tomorrow.
func (b *bed) other(BookingReply) BookingReply {
	b.t.Helper()
	var r BookingReply
	b.want(200, "POST", "/central/v1/booking", request(personB, "invoice", "2026-05-19", "15:00", key(77)), &r)
	return r
}
