package wiredoc_test

// A client made from the page alone: nothing of the program is used in this file.

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

type obj = map[string]any

func n8(v int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(v)) }

func l8(s string) []byte { return append(n8(int64(len(s))), s...) }

func s4(parts ...string) (b []byte) {
	for _, p := range parts {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(p))), p...)
	}
	return b
}

func sha(parts ...[]byte) string {
	sum := sha256.Sum256(bytes.Join(parts, nil))
	return hex.EncodeToString(sum[:])
}

func envelopeHash(terminal, incarnation, lane string, seq int64, prev, body string) string {
	return sha(l8(terminal), l8(incarnation), l8(lane), l8(prev), l8(body), n8(seq))
}

type row struct {
	Lane     string          `json:"lane"`
	Row      int64           `json:"row"`
	Feed     string          `json:"feed"`
	Event    string          `json:"event"`
	Kind     string          `json:"kind"`
	ID       string          `json:"id"`
	Value    json.RawMessage `json:"value"`
	OpID     string          `json:"op_id"`
	At       time.Time       `json:"at"`
	Epoch    int64           `json:"epoch"`
	PrevHash string          `json:"prev_hash"`
	Hash     string          `json:"hash"`
}

func (r row) value() string {
	if string(r.Value) == "null" {
		return ""
	}
	return string(r.Value)
}

func (r row) sum() string {
	return sha(l8(r.Lane), n8(r.Row), l8(r.Feed), l8(r.Event), l8(r.Kind), l8(r.ID), l8(r.value()),
		l8(r.OpID), n8(r.At.UnixMicro()), n8(r.Epoch), l8(r.PrevHash))
}

// entity is kind and id.
type entity [2]string

func stateSum(state map[entity]string) string {
	sum := new(big.Int)
	for e, v := range state {
		b, _ := hex.DecodeString(sha(l8(e[0]), l8(e[1]), l8(v))) // our own hex
		sum.Add(sum, new(big.Int).SetBytes(b))
	}
	return fmt.Sprintf("%064x", sum.Mod(sum, new(big.Int).Lsh(big.NewInt(1), 256)))
}

func lookup(key []byte, parts ...string) string {
	m := hmac.New(sha256.New, key)
	m.Write(s4(parts...))
	return hex.EncodeToString(m.Sum(nil))
}

type problem struct {
	Status     int
	Code       string `json:"code"`
	Message    string `json:"message"`
	Hint       string `json:"hint"`
	ResendFrom int64  `json:"resend_from"`
	Epoch      int64  `json:"epoch"`
	RetryMS    int64  `json:"retry_ms"`
}

func (p *problem) Error() string { return fmt.Sprint(p.Status, " ", p.Code, ": ", p.Message) }

// line is one terminal's.
type line struct {
	base, token, terminal, incarnation string
	packed                             bool // the centre opens what is packed
	http                               *http.Client
}

func (l *line) do(method, path string, q url.Values, in any) ([]byte, error) {
	var body []byte
	switch v := in.(type) {
	case nil:
	case []byte:
		body = v
	default:
		body, _ = json.Marshal(v) // our own values
	}
	coded := l.packed && len(body) > 0
	if coded {
		e, _ := zstd.NewWriter(nil) // no options
		body = e.EncodeAll(body, nil)
	}
	req, err := http.NewRequest(method, l.base+"/sync/v1/"+path+"?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+l.token)
	req.Header.Set("Accept-Encoding", "zstd")
	if coded {
		req.Header.Set("Content-Encoding", "zstd")
	}
	resp, err := l.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.Header.Get("Content-Encoding") == "zstd" {
		b, err = unzstd(b)
	}
	if err != nil {
		return nil, err
	}
	l.packed = l.packed || slices.Contains(resp.Header.Values("Accept-Encoding"), "zstd")
	if resp.StatusCode/100 != 2 {
		p := &problem{Status: resp.StatusCode}
		return nil, errors.Join(json.Unmarshal(b, p), p)
	}
	return b, nil
}

func unzstd(b []byte) ([]byte, error) {
	d, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.DecodeAll(b, nil)
}

// ask reads the answer into out.
func (l *line) ask(method, path string, q url.Values, in, out any) error {
	b, err := l.do(method, path, q, in)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(b, out)
}

type verdict struct {
	OpID   string `json:"op_id"`
	Seq    int64  `json:"seq"`
	Status string `json:"status"`
	Row    int64  `json:"row"`
	MAC    string `json:"mac"`
}

type pushed struct {
	Verdicts []verdict `json:"verdicts"`
	Problem  *problem  `json:"problem"`
}

// chain makes envelopes of operations' bodies.
func (l *line) chain(lane string, bodies ...string) (ops []obj) {
	prev := ""
	for i, body := range bodies {
		seq := int64(i + 1)
		hash := envelopeHash(l.terminal, l.incarnation, lane, seq, prev, body)
		ops = append(ops, obj{"terminal": l.terminal, "incarnation": l.incarnation, "lane": lane, "seq": seq, "prev_hash": prev, "body": json.RawMessage(body), "hash": hash})
		prev = hash
	}
	return ops
}

func (l *line) push(lane string, ops []obj, more obj) (out pushed, err error) {
	in := obj{"terminal": l.terminal, "incarnation": l.incarnation, "lane": lane, "ops": ops}
	for k, v := range more {
		in[k] = v
	}
	return out, l.ask("POST", "ops", nil, in, &out)
}

// replica follows one feed.
type replica struct {
	lane, feed string
	epoch, row int64
	hash       string
	state      map[entity]string
	compared   int // state hashes
}

func follow(lane, feed string) *replica {
	return &replica{lane: lane, feed: feed, state: map[entity]string{}}
}

// pull takes one page.
func (f *replica) pull(l *line, limit string) (more bool, err error) {
	var page struct {
		Epoch     int64  `json:"epoch"`
		From      int64  `json:"from"`
		To        int64  `json:"to"`
		Rows      []row  `json:"rows"`
		More      bool   `json:"more"`
		StateHash string `json:"state_hash"`
	}
	q := url.Values{"lane": {f.lane}, "feed": {f.feed}, "epoch": {fmt.Sprint(f.epoch)}, "after": {fmt.Sprint(f.row)}, "hash": {f.hash}, "limit": {limit}}
	if err := l.ask("GET", "rows", q, nil, &page); err != nil {
		return false, err
	}
	if page.From != f.row {
		return false, fmt.Errorf("a page from %d, the cursor is at %d", page.From, f.row)
	}
	for _, r := range page.Rows {
		if r.PrevHash != f.hash || r.Hash != r.sum() || r.Row <= f.row || r.Row > page.To {
			return false, fmt.Errorf("row %d is not on the chain", r.Row)
		}
		f.row, f.hash = r.Row, r.Hash
		if f.state[entity{r.Kind, r.ID}] = r.value(); r.value() == "" {
			delete(f.state, entity{r.Kind, r.ID})
		}
	}
	f.epoch, f.row = page.Epoch, page.To
	if page.StateHash != "" {
		f.compared++
		if page.StateHash != stateSum(f.state) {
			return false, errors.New("the state is not the writer's")
		}
	}
	return page.More, nil
}

// snapshot takes the feed as it is now.
func (f *replica) snapshot(l *line) error {
	q := url.Values{"lane": {f.lane}, "feed": {f.feed}}
	var m struct {
		Epoch     int64  `json:"epoch"`
		Row       int64  `json:"row"`
		Hash      string `json:"hash"`
		StateHash string `json:"state_hash"`
		Chunks    []struct {
			SHA256 string `json:"sha256"`
		} `json:"chunks"`
	}
	if err := l.ask("GET", "manifest", q, nil, &m); err != nil {
		return err
	}
	state := map[entity]string{}
	for _, c := range m.Chunks {
		b, err := l.do("GET", "chunk/"+c.SHA256, q, nil)
		if err != nil || sha(b) != c.SHA256 {
			return errors.Join(err, errors.New("a piece is not what its name says"))
		}
		var some []row
		if b, err = unzstd(b); err == nil {
			err = json.Unmarshal(b, &some)
		}
		if err != nil {
			return err
		}
		for _, e := range some {
			state[entity{e.Kind, e.ID}] = e.value()
		}
	}
	if stateSum(state) != m.StateHash {
		return errors.New("the snapshot is not what the writer has")
	}
	f.epoch, f.row, f.hash, f.state = m.Epoch, m.Row, m.Hash, state
	return nil
}

// listen opens a stream of events; next gives name and data of one.
func (l *line) listen(lanes ...string) (next func() (name, data string, err error), end func(), err error) {
	req, err := http.NewRequest("GET", l.base+"/sync/v1/wake?"+url.Values{"lane": lanes}.Encode(), nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+l.token)
	resp, err := l.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	lines := bufio.NewScanner(resp.Body)
	return func() (name, data string, err error) {
		for lines.Scan() {
			k, v, _ := strings.Cut(lines.Text(), ": ")
			switch {
			case k == "event":
				name = v
			case k == "data":
				data = v
			case k == "" && name != "":
				return name, data, nil
			}
		}
		return "", "", errors.Join(lines.Err(), io.EOF)
	}, func() { resp.Body.Close() }, nil
}
