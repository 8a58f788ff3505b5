package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	gosync "sync"
	"sync/atomic"
	"testing"

	"hallway/app/hall"
	"hallway/app/store"
	"hallway/sync"
)

var clerk = hall.Actor{Kind: hall.ActorStaff, ID: "s1", Role: hall.RoleClerk, Session: "session-1"}

// takeCases publishes an item with one material.
func (c *centre) takeCases() {
	c.t.Helper()
	cat, err := c.w.Load().HallWorld(context.Background(), hallCode).Catalogue()
	if err != nil {
		c.t.Fatal(err)
	}
	next := *cat
	next.Version = "2"
	next.Materials = []hall.MaterialDef{{Code: "M1", Name: hall.Names{"zh-Hans": "申请表"}}}
	next.Cases = hall.CaseRules{Service: "01", NumberBlock: 20}
	next.Items = append(next.Items[:len(next.Items):len(next.Items)], hall.Item{ID: "licence", Group: "g", Name: hall.Names{"zh-Hans": "许可"},
		Versions: []hall.ItemVersion{{Version: 1, Kind: hall.CasePromised, Nature: "01", PromisedDays: 5, Materials: []hall.ItemMaterial{{Code: "M1", Required: true}}}}})
	raw, err := json.Marshal(hall.PublishCatalogueBody{Catalogue: next})
	if err != nil {
		c.t.Fatal(err)
	}
	v, err := c.w.Load().Propose(context.Background(), hall.Op{ID: "own-publish-2", Kind: hall.PublishCatalogue, Hall: hallCode, Entity: hallCode,
		Actor: hall.Actor{Kind: hall.ActorSystem, Role: hall.RoleSystem}, Body: raw})
	if err != nil || v.Status != hall.Applied {
		c.t.Fatalf("%v %v %v", v.Status, v.Reason, err)
	}
}

// desk is a counter that is ready to take cases.
func (c *centre) desk() *terminal {
	c.t.Helper()
	c.takeCases()
	x := c.terminal("C1", filepath.Join(c.t.TempDir(), "c1"))
	x.knows()
	return x
}

// knows waits for the item.
func (x *terminal) knows() {
	x.t.Helper()
	eventually(x.t, "the item", func() bool {
		cat, err := x.World().Catalogue()
		return err == nil && cat != nil && cat.Version == "2"
	})
}

func pdf(n int, seed uint64) []byte {
	rnd := rand.New(rand.NewPCG(seed, 7))
	b := append([]byte("%PDF-1.7\n"), make([]byte, n)...)[:n]
	for i := 9; i < n; i++ {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

// hand opens a case and hands a file in.
func (x *terminal) hand(id string, b []byte) hall.File {
	x.t.Helper()
	ctx := context.Background()
	if _, err := x.Propose(ctx, store.Draft{Kind: hall.OpenCase, Entity: id, Actor: clerk, Sealed: hall.PersonSealed{Name: "测试甲"},
		Body: hall.OpenCaseBody{Item: "licence", ItemVersion: 1, Owner: "owner-" + id}}); err != nil {
		x.t.Fatal(err)
	}
	f, err := x.PutFile(ctx, bytes.NewReader(b), "application/pdf", 0)
	if err != nil {
		x.t.Fatal(err)
	}
	if _, err := x.HandIn(ctx, store.Draft{Kind: hall.HandIn, Entity: id, Actor: clerk, Body: hall.HandInBody{Material: "M1", Way: hall.MethodUpload}}, f); err != nil {
		x.t.Fatal(err)
	}
	return f
}

// has says whether the case's material is in, at the centre.
func (c *centre) has(id string) bool {
	k, ok, err := hall.Load[hall.Case](c.w.Load().World(context.Background(), hallLane), hall.EntityCase, id)
	return err == nil && ok && k.Materials[0].State == hall.MaterialDone
}

func (c *centre) content(t testing.TB, sha string) []byte {
	t.Helper()
	r, err := c.file.Load().Open(context.Background(), sha)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The line is cut at any byte of what goes up, answers are lost, the terminal
// is killed and comes back: every file arrives whole, for its case, once.
func TestFilesOverACutLine(t *testing.T) {
	c := startCentre(t)
	x := c.desk()
	var mu gosync.Mutex
	rnd := rand.New(rand.NewPCG(3, 5))
	var cuts atomic.Int64
	cut := func(w http.ResponseWriter, r *http.Request, serve func()) bool {
		mu.Lock()
		kind, at := rnd.IntN(3), rnd.IntN(sync.FileChunk)
		mu.Unlock()
		switch {
		case cuts.Load() >= 14 || kind == 0:
			return true
		case kind == 1: // in the middle of what is sent
			_, _ = io.CopyN(io.Discard, r.Body, int64(at)) // as far as it got
		default: // the answer is lost
			serve()
		}
		cuts.Add(1)
		panic(http.ErrAbortHandler)
	}
	c.onFile.Store(&cut)
	want := map[string]hall.File{}
	content := map[string][]byte{}
	for i, n := range []int{9, sync.FileChunk, 2*sync.FileChunk + 1, 3 * sync.FileChunk} {
		id := fmt.Sprint("case", i)
		content[id] = pdf(n, uint64(i))
		want[id] = x.hand(id, content[id])
		x.end()
		x.start()
	}
	for id, f := range want {
		eventually(t, id+" has its file", func() bool { return c.has(id) })
		if !bytes.Equal(c.content(t, f.SHA256), content[id]) {
			t.Errorf("%s came otherwise", id)
		}
	}
	eventually(t, "the queue is empty", func() bool { return x.Uploads() == 0 && x.Outbox() == 0 })
	if n := len(x.WorkList()); n != 0 {
		t.Errorf("%d on the work list", n)
	}
	if cuts.Load() == 0 {
		t.Error("nothing was cut: the test shows nothing")
	}
	t.Logf("%d cuts", cuts.Load())
}

// A file that hangs on its way holds no operation up.
func TestFilesHoldNothingUp(t *testing.T) {
	c := startCentre(t)
	x := c.desk()
	began := make(chan struct{}, 64)
	hang := func(_ http.ResponseWriter, r *http.Request, _ func()) bool {
		_, _ = io.Copy(io.Discard, r.Body) // then the server sees the line break
		began <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-c.done:
		}
		return false
	}
	c.onFile.Store(&hang)
	x.hand("a", pdf(1000, 1))
	<-began
	x.hand("b", pdf(1000, 2))
	eventually(t, "operations pass a file that hangs", func() bool { return x.Outbox() == 0 })
	if c.has("a") || x.Uploads() != 2 {
		t.Errorf("%d files wait", x.Uploads())
	}
	c.onFile.Store(nil)
	c.srv.CloseClientConnections()
	eventually(t, "both files", func() bool { return c.has("a") && c.has("b") })
}

func TestOneFileForTwoCases(t *testing.T) {
	c := startCentre(t)
	x := c.desk()
	b := pdf(sync.FileChunk+5, 1)
	f := x.hand("a", b)
	if g := x.hand("b", b); g != f {
		t.Errorf("%+v and %+v", f, g)
	}
	eventually(t, "both cases have it", func() bool { return c.has("a") && c.has("b") && x.Uploads() == 0 })
	x.hand("later", b) // the centre has it: in at once
	eventually(t, "the third has it", func() bool { return c.has("later") })
}

// What the centre does not take goes to the work list, and the next file goes.
func TestRefusedFileIsAWorkItem(t *testing.T) {
	c := startCentre(t)
	c.close()
	c.most = 2000
	c.open()
	x := c.desk()
	x.hand("large", pdf(2001, 1))
	x.hand("fine", pdf(2000, 2))
	eventually(t, "the next file", func() bool { return c.has("fine") && x.Uploads() == 0 })
	w := x.WorkList()
	if len(w) != 1 || w[0].Entity != "large" || w[0].Reason.Code != "file_size" || w[0].Kind != hall.HandIn || c.has("large") {
		t.Errorf("work list %+v", w)
	}
}

// A centre that was put back gets the files again that it lost.
func TestFilesOfACentrePutBack(t *testing.T) {
	c := startCentre(t)
	x := c.desk()
	x.hand("before", pdf(500, 1))
	eventually(t, "the first file", func() bool { return c.has("before") && x.Uploads() == 0 && x.Outbox() == 0 })
	backup := c.backup()
	b := pdf(sync.FileChunk*2, 2)
	f := x.hand("after", b)
	eventually(t, "the second file", func() bool { return c.has("after") && x.Uploads() == 0 && x.Outbox() == 0 })
	c.restore(backup)
	eventually(t, "the second file again", func() bool { return c.has("after") && x.Uploads() == 0 })
	if !bytes.Equal(c.content(t, f.SHA256), b) {
		t.Error("it came otherwise")
	}
}

// A counter that had no number and no line gets its cases numbered by itself.
func TestTemporaryNumbersAreReplaced(t *testing.T) {
	c := startCentre(t)
	x := c.desk()
	eventually(t, "application numbers", func() bool { return x.ApplicationNumbers() == 20 })
	c.cut()
	eventually(t, "the line is down", func() bool { up, _ := x.client.Online(); return !up })
	temps := map[string]string{}
	for i := range 23 {
		id := fmt.Sprint("case", i)
		x.hand(id, pdf(100, uint64(i)))
		n, err := x.ProposeNumbered(context.Background(), store.NumberedDraft{Kind: hall.ReceiveCase, Case: id, Actor: clerk})
		if err != nil {
			t.Fatal(err)
		}
		if n.Temporary != "" {
			temps[id] = n.Temporary
		}
	}
	if len(temps) != 3 {
		t.Errorf("%d temporary numbers, want 3", len(temps))
	}
	c.mend()
	for id, temp := range temps {
		eventually(t, id+" is numbered", func() bool {
			k, _, err := hall.Load[hall.Case](c.w.Load().World(context.Background(), hallLane), hall.EntityCase, id)
			return err == nil && k.Number != "" && k.TempNumber == temp
		})
	}
	eventually(t, "files and operations", func() bool { return x.Uploads() == 0 && x.Outbox() == 0 })
}
