package writer

import (
	"strings"
	"testing"

	"hallway/app/hall"
)

// TestUnknownFields: an operation with a field that its schema does not have is
// rejected by the field's name, its bytes are kept as they came, and what comes
// behind it is decided. One of a newer schema is judged as that.
func TestUnknownFields(t *testing.T) {
	eachDB(t, func(t *testing.T, dsn string) {
		n := start(t, dsn)
		n.furnish(1)
		k := kiosk(t)
		l := k.lease(n, 10)
		with := func(op hall.Op, old, new string) []byte {
			body := string(raw(t, op))
			if !strings.Contains(body, old) {
				t.Fatalf("no %s in %s", old, body)
			}
			return []byte(strings.Replace(body, old, new, 1))
		}
		newer := k.ticket(l, 3)
		newer.Schema = 2
		mark := len(k.sent)
		bodies := [][]byte{
			with(k.ticket(l, 1), `"body":{`, `"body":{"colour":"red",`),
			with(k.ticket(l, 1), `"kind":`, `"urgent":true,"kind":`),
			with(k.ticket(l, 2), `"op_id"`, `"op_id"`),
			with(newer, `"kind":`, `"urgent":true,"kind":`),
		}
		for _, body := range bodies {
			k.sealBytes(body)
		}
		head := n.head()
		got := k.submit(n, k.sent[mark:]...)
		for i, want := range []struct {
			status hall.VerdictStatus
			code   string
			what   string
		}{{hall.Rejected, "malformed", "body.colour"}, {hall.Rejected, "malformed", "op.urgent"}, {hall.Applied, "", ""}, {hall.Applied, "kept_until_update", ""}} {
			if v := got[i]; v.Status != want.status || v.Reason.Code != want.code || v.Reason.Params["what"] != want.what || v.OpID == "" {
				t.Errorf("%d: %+v", i, v)
			}
			var kept []byte
			if err := n.Reader().QueryRow(`SELECT body FROM op WHERE op_id = $1`, string(got[i].OpID)).Scan(&kept); err != nil || string(kept) != string(bodies[i]) {
				t.Errorf("%d: the bytes are %s: %v", i, kept, err)
			}
		}
		if n.head() == head || got[0].Row != 0 || got[1].Row != 0 {
			t.Errorf("the rows of what was refused: %+v", got[:2])
		}
		n.verify(hallLane)
	})
}
