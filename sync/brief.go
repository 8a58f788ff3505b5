package sync

import (
	"bytes"
	"fmt"
	"slices"

	"hallway/app/hall"
)

// Commit is what one or several transactions of the writer made of a lane, as it
// rides in the wake stream: the rows of the followed feeds with From < row ≤ To,
// in their brief form. It is a hint as Wake is, which may be lost, doubled or out
// of order: whose cursors are not all at (Epoch, From) pulls instead.
type Commit struct {
	Lane  string `json:"lane"`
	Epoch int64  `json:"epoch"`
	From  int64  `json:"from"`
	To    int64  `json:"to"`
	Rows  []Row  `json:"rows,omitempty"`
}

// Limits of what rides; what is more is pulled.
const (
	MaxRide      = 64
	MaxRideBytes = 32 << 10 // of values
)

// Rides says whether a commit may ride: not behind a row whose state is hashed,
// because the state is compared by those who pull.
func (c Commit) Rides() bool {
	if c.From >= c.To || c.From/StateEvery != c.To/StateEvery || len(c.Rows) > MaxRide {
		return false
	}
	size := 0
	for _, r := range c.Rows {
		size += len(r.Value)
	}
	return size <= MaxRideBytes
}

// Of gives a commit to the followers of some feeds, with its rows in brief form.
func (c Commit) Of(feeds []hall.Feed) Commit {
	rows := make([]Row, 0, len(c.Rows))
	for _, r := range c.Rows {
		if slices.Contains(feeds, r.Feed) {
			rows = append(rows, r)
		}
	}
	c.Rows = Brief(rows, c.Epoch)
	for i := range c.Rows {
		c.Rows[i].Feed = rows[i].Feed
	}
	return c
}

// Pages makes of a commit one page for each feed that is followed. cursors are at
// its beginning.
func (c Commit) Pages(cursors []Cursor) []Page {
	pages := make([]Page, len(cursors))
	for i, cur := range cursors {
		p := Page{Epoch: c.Epoch, Lane: c.Lane, Feed: cur.Feed, From: c.From, To: c.To}
		for _, r := range c.Rows {
			if r.Feed == cur.Feed {
				p.Rows = append(p.Rows, r)
			}
		}
		p.Fill(cur.Hash)
		pages[i] = p
	}
	return pages
}

// Brief takes from rows what their follower works out: lane, feed, the epoch where
// it is the page's, and the chain. The last row of each feed keeps its hash: it is
// right only when all before it are, and the follower is on the same chain.
func Brief(rows []Row, epoch int64) []Row {
	out := slices.Clone(rows)
	last := map[hall.Feed]bool{}
	for i, r := range slices.Backward(out) {
		if last[r.Feed] {
			out[i].Hash = ""
		}
		last[r.Feed] = true
		out[i].Lane, out[i].Feed, out[i].PrevHash = "", "", ""
		if r.Epoch == epoch {
			out[i].Epoch = 0
		}
	}
	return out
}

// Fill puts back what Brief took, behind a row with the hash prev. Rows that are
// whole stay as they are.
func (p *Page) Fill(prev string) {
	for i := range p.Rows {
		r := &p.Rows[i]
		if r.Lane == "" {
			r.Lane, r.Feed, r.PrevHash = p.Lane, p.Feed, prev
			if r.Epoch == 0 {
				r.Epoch = p.Epoch
			}
			if r.Hash == "" {
				r.Hash = RowHash(*r)
			}
		}
		prev = r.Hash
	}
}

// Escape makes one line of bytes, for the event stream: LF, CR and «=» become «=»
// and the byte plus 64.
func Escape(dst, b []byte) []byte {
	for _, c := range b {
		if c == '\n' || c == '\r' || c == '=' {
			dst, c = append(dst, '='), c+64
		}
		dst = append(dst, c)
	}
	return dst
}

// Unescape reads what Escape wrote.
func Unescape(line []byte) ([]byte, error) {
	if !bytes.ContainsRune(line, '=') {
		return line, nil
	}
	out := make([]byte, 0, len(line))
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c == '=' {
			if i++; i == len(line) {
				return nil, fmt.Errorf("sync: the line ends inside an escape")
			}
			c = line[i] - 64
		}
		out = append(out, c)
	}
	return out, nil
}
