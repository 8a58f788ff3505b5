package sync_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hallway/app/hall"
	"hallway/sync"
)

// A row that went over the wire hashes as before: nothing in JSON may change
// what is hashed.
func TestRowHashSurvivesTheWire(t *testing.T) {
	for _, value := range []json.RawMessage{nil, json.RawMessage(`{"a":"\u003c厅"}`)} {
		r := sync.Row{
			Lane: "hall/1", Row: 7, Feed: hall.FeedQueue, Event: "ticket.issued", Kind: hall.EntityTicket,
			ID: "t", Value: value, OpID: "o", At: time.Date(2026, 3, 2, 1, 2, 3, 456789000, time.UTC), Epoch: 2, PrevHash: "p",
		}
		r.Hash = sync.RowHash(r)
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back sync.Row
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if got := sync.RowHash(back); got != r.Hash {
			t.Errorf("value %s: hash %s, want %s", value, got, r.Hash)
		}
		if sync.Gone(back.Value) != (value == nil) {
			t.Errorf("Gone(%s)", back.Value)
		}
	}
}

// Every field is in the hash.
func TestRowHashCoversEveryField(t *testing.T) {
	base := sync.Row{Lane: "l", Row: 1, Feed: "f", Event: "e", Kind: "k", ID: "i", Value: json.RawMessage(`1`), OpID: "o", At: time.Unix(1, 0), Epoch: 1, PrevHash: "p"}
	seen := map[string]string{sync.RowHash(base): "base"}
	for name, change := range map[string]func(*sync.Row){
		"lane": func(r *sync.Row) { r.Lane = "x" }, "row": func(r *sync.Row) { r.Row++ },
		"feed": func(r *sync.Row) { r.Feed = "x" }, "event": func(r *sync.Row) { r.Event = "x" },
		"kind": func(r *sync.Row) { r.Kind = "x" }, "id": func(r *sync.Row) { r.ID = "x" },
		"value": func(r *sync.Row) { r.Value = nil }, "op": func(r *sync.Row) { r.OpID = "x" },
		"at": func(r *sync.Row) { r.At = time.Unix(2, 0) }, "epoch": func(r *sync.Row) { r.Epoch++ },
		"prev": func(r *sync.Row) { r.PrevHash = "x" },
	} {
		r := base
		change(&r)
		h := sync.RowHash(r)
		if other, ok := seen[h]; ok {
			t.Errorf("%s hashes like %s", name, other)
		}
		seen[h] = name
	}
}

// The sum depends on what is there, not on how it came about.
func TestStateSumIsOfTheState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state := map[string]json.RawMessage{}
		var sum sync.StateSum
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			id := fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "id"))
			var v json.RawMessage
			if n := rapid.IntRange(0, 5).Draw(t, "value"); n > 0 {
				v = json.RawMessage(fmt.Sprint(n))
			}
			sum.Replace("ticket", id, state[id], v)
			if v == nil {
				delete(state, id)
			} else {
				state[id] = v
			}
		}
		var fresh sync.StateSum
		for id, v := range state {
			fresh.Replace("ticket", id, nil, v)
		}
		if fresh != sum {
			t.Fatalf("sum %s, fresh %s", sum, fresh)
		}
		if back, ok := sync.ParseStateSum(sum.String()); !ok || back != sum {
			t.Fatalf("ParseStateSum(%s)", sum)
		}
	})
}

// Addition and subtraction agree with big integers modulo 2^256.
func TestStateSumArithmetic(t *testing.T) {
	mod := new(big.Int).Lsh(big.NewInt(1), 256)
	want := new(big.Int)
	var sum sync.StateSum
	for i := range 50 {
		v := json.RawMessage(fmt.Sprint(i))
		var one sync.StateSum
		one.Replace("k", "i", nil, v)
		sum.Replace("k", "i", nil, v)
		want.Add(want, new(big.Int).SetBytes(one[:])).Mod(want, mod)
	}
	if new(big.Int).SetBytes(sum[:]).Cmp(want) != 0 {
		t.Fatalf("sum %s, want %x", sum, want)
	}
}
