package records

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"hallway/app/central/departments"
)

// Results of a record in an answer.
const (
	Accepted = "accepted"
	Refused  = "refused"
)

// Answer is the receiver's acknowledgement of a batch: one result for each record.
type Answer struct {
	Batch   int64    `json:"batch"`
	Results []Result `json:"results"`
}

// Result is what became of one record. A refused one has a code, and the field that
// it is about, if it is about one.
type Result struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Result  string `json:"result"`
	Code    string `json:"code,omitempty"`
	Field   string `json:"field,omitempty"`
}

// Reason is why a record was refused, as a person may see it anywhere.
func (r Result) Reason() string {
	if r.Field == "" {
		return r.Code
	}
	return r.Code + " " + r.Field
}

// Error is why a batch is not acknowledged; it is sent again. Its code has a text
// under "manager.export.trouble.<code>".
type Error struct {
	Code string // unreachable, no_answer, refused, wrong_answer, folder
	err  error
}

func (e *Error) Error() string {
	return "records: " + e.Code + ": the batch is not acknowledged and is sent again: " + e.err.Error()
}

func (e *Error) Unwrap() error { return e.err }

func fail(code string, format string, args ...any) error {
	return &Error{code, fmt.Errorf(format, args...)}
}

// Way is how batches go up.
type Way interface {
	// Send sends a batch and gives what became of each of its records. An error says
	// that nobody knows: the same batch is sent again.
	Send(ctx context.Context, b Batch) ([]Result, error)
}

// Folder writes batches as files of a folder, one each, whole or not at all.
type Folder struct{ Dir, Format string }

// Send implements Way. A written file counts as accepted.
func (f Folder) Send(_ context.Context, b Batch) ([]Result, error) {
	raw, err := b.Encode(f.Format)
	if err == nil {
		err = f.write(fmt.Sprintf("%s-%08d.%s", b.Hall, b.Batch, f.Format), raw)
	}
	if err != nil {
		return nil, &Error{"folder", err}
	}
	results := make([]Result, 0, len(b.Records))
	for _, r := range b.Records {
		results = append(results, Result{ID: r.ID, Version: r.Version, Result: Accepted})
	}
	return results, nil
}

// write makes a file appear whole under its name, and stay.
func (f Folder) write(name string, raw []byte) (err error) {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	part, err := os.CreateTemp(f.Dir, ".*.part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part.Name()))
		}
	}()
	_, err = part.Write(raw)
	if err == nil {
		err = part.Sync()
	}
	if err = errors.Join(err, part.Close()); err != nil {
		return err
	}
	if err = os.Rename(part.Name(), filepath.Join(f.Dir, name)); err != nil {
		return err
	}
	dir, err := os.Open(f.Dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// sendWait is how long a receiver has for its answer, and maxAnswer the most it says.
const (
	sendWait  = 30 * time.Second
	maxAnswer = 1 << 20
)

// HTTP posts batches to a receiver, signed as messages to departments are, with the
// hall's code for a name.
type HTTP struct {
	URL    string
	Format string
	Secret []byte
	Wait   time.Duration // 0: half a minute
	Now    func() time.Time
	Client *http.Client
}

// Send implements Way.
func (h HTTP) Send(ctx context.Context, b Batch) ([]Result, error) {
	raw, err := b.Encode(h.Format)
	if err != nil {
		return nil, &Error{"refused", err}
	}
	to, err := url.Parse(h.URL)
	if err != nil {
		return nil, &Error{"unreachable", err}
	}
	wait := h.Wait
	if wait == 0 {
		wait = sendWait
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(raw))
	if err != nil {
		return nil, &Error{"unreachable", err}
	}
	req.Header.Set("Content-Type", "application/"+h.Format+"; charset=utf-8")
	departments.Sign(req.Header, h.Secret, b.Hall, http.MethodPost, to.RequestURI(), "batch-"+strconv.FormatInt(b.Batch, 10), departments.DigestOf(raw), h.Now())
	resp, err := h.Client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, &Error{"no_answer", err}
		}
		return nil, &Error{"unreachable", err}
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, &Error{"no_answer", err}
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fail("refused", "status %d", resp.StatusCode)
	}
	var a Answer
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, fail("wrong_answer", "the answer cannot be read")
	}
	return a.Results, a.check(b)
}

// check holds an answer to its batch: each record once, and nothing else.
func (a Answer) check(b Batch) error {
	if a.Batch != b.Batch || len(a.Results) != len(b.Records) {
		return fail("wrong_answer", "batch %d with %d results for batch %d with %d records", a.Batch, len(a.Results), b.Batch, len(b.Records))
	}
	type sent struct {
		id      string
		version int
	}
	open := map[sent]bool{} // two versions of a record may go up together
	for _, r := range b.Records {
		open[sent{r.ID, r.Version}] = true
	}
	for i, r := range a.Results {
		one := sent{r.ID, r.Version}
		switch {
		case !open[one]:
			return fail("wrong_answer", "result %d is of no record of the batch", i+1)
		case r.Result != Accepted && r.Result != Refused, r.Result == Refused && !token(r.Code), !token(r.Field) && r.Field != "":
			return fail("wrong_answer", "result %d is neither accepted nor refused with a code", i+1)
		}
		delete(open, one)
	}
	return nil
}

// token is a code of letters, digits and _, which holds nothing personal.
func token(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 40
}
