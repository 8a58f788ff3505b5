package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hallway/app/hall"
	"hallway/sync"
	"hallway/sync/writer"
)

// How many cases a hall has when it is small, and when it has many (-cases).
const fewCases = 1000

var manyCases = 1_000_000

// scaleDir keeps what takes long to make.
const scaleDir = "build/out/scale"

// scaleFigures are the durable path of a station and the pushes of a centre that
// know a million papers and cases, against those that know a thousand, by turns. The
// large ones are made once, by the product's own writer and store, and stay under
// build/out.
func scaleFigures(ctx context.Context, _ string) (figures []Figure, err error) {
	dir, err := os.MkdirTemp("", "hallway-scale")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	few, err := caseSet(ctx, filepath.Join(dir, "few"), fewCases)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, few.close()) }()
	many, err := caseSet(ctx, filepath.Join(scaleDir, fmt.Sprint("cases-", manyCases)), manyCases)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, many.close()) }()
	large, small, err := scaleScans(ctx, dir)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf(" at %d cases", manyCases)
	against := fmt.Sprintf("the same at %d", fewCases)
	figures = append(figures, figure("scan to durable, through the station,"+what, against, large, small))
	for _, c := range []struct {
		name                    string
		senders, pushes, inEach int
	}{
		{"durable push with 64 in flight, SQLite,", 64, pushSingles, 1}, {fmt.Sprintf("batch push of %d, SQLite,", batchSize), 4, pushBatches, batchSize},
	} {
		var took [2][]float64
		for range pushRounds {
			for i, b := range []*pushBench{many, few} {
				rate, err := b.round(b.real, c.senders, c.pushes, c.inEach)
				if err != nil {
					return nil, err
				}
				took[i] = append(took[i], 1e6/rate)
			}
		}
		figures = append(figures, amount(c.name+what, "µs/op", against, took[0], took[1]))
	}
	return figures, nil
}

// scaleScans scans at a station that knows many papers and at one that knows few,
// by turns. The outbox of the large one grows from run to run: it stays, as papers do.
func scaleScans(ctx context.Context, dir string) (large, small []time.Duration, err error) {
	many, err := newPathBench(ctx, scaleDir, manyCases)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, many.close()) }()
	few, err := newPathBench(ctx, dir, fewCases)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, few.close()) }()
	for range pathRounds {
		for b, all := range map[*pathBench]*[]time.Duration{many: &large, few: &small} {
			took, _, err := b.round(ctx)
			if err != nil {
				return nil, nil, err
			}
			*all = append(*all, took...)
		}
	}
	return large, small, nil
}

// caseSet is the bench over a centre with so many cases, which is made if it is not
// there whole.
func caseSet(ctx context.Context, dir string, cases int) (*pushBench, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "keys.json")) // the last thing that is written
	whole := err == nil
	var keys writer.Keys
	if whole {
		err = json.Unmarshal(raw, &keys)
	} else {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
			return nil, err
		}
		keys, err = writer.NewKeys()
	}
	if err != nil {
		return nil, err
	}
	b, err := openPushBench(ctx, "sqlite:"+filepath.Join(dir, "c.db"), keys)
	if err != nil {
		return nil, err
	}
	b.run = rand.Text()[:6] + "-"
	if whole {
		return b, nil
	}
	err = errors.Join(b.furnish(ctx), b.open(ctx, cases))
	if err == nil {
		if raw, err = json.Marshal(keys); err == nil {
			err = os.WriteFile(filepath.Join(dir, "keys.json"), raw, 0o600)
		}
	}
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// open opens cases, as a counter does.
func (b *pushBench) open(ctx context.Context, cases int) error {
	pub, _, err := b.w.Keys().Public()
	if err != nil {
		return err
	}
	lane, counter := sync.HallLane(pushHall), pusher{id: "C1"}
	from := writer.Origin{Terminal: "C1", Role: "counter", Lanes: []string{lane}, Session: func(context.Context, hall.Actor) (bool, error) { return true, nil }}
	clerk := hall.Actor{Kind: hall.ActorStaff, ID: "s1", Role: hall.RoleClerk, Session: "x"}
	began, told := time.Now(), time.Now()
	for done := 0; done < cases; {
		var ops []sync.Envelope
		for i := range min(batchSize, cases-done) {
			e, err := counter.sealed(hall.OpenCase, name(), clerk, hall.OpenCaseBody{Item: "i", ItemVersion: 1, Window: "1", Owner: fmt.Sprintf("%064d", done+i)}, pub)
			if err != nil {
				return err
			}
			ops = append(ops, e)
		}
		reply, err := b.w.Submit(ctx, sync.Push{Terminal: "C1", Incarnation: "i1", Lane: lane, Ops: ops}, from)
		if err == nil && (reply.Problem != nil || reply.Verdicts[0].Status != hall.Applied) {
			err = fmt.Errorf("open cases: %+v %+v", reply.Problem, reply.Verdicts[:1])
		}
		if err != nil {
			return err
		}
		if done += len(ops); time.Since(told) > 5*time.Second {
			told = time.Now()
			fmt.Fprintf(os.Stderr, "%d of %d cases are made, %.0f a second\n", done, cases, float64(done)/time.Since(began).Seconds())
		}
	}
	return nil
}
