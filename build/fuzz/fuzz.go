package fuzz

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"os"
	"reflect"
	"strconv"
	"testing"
	"time"
)

// Names of the settings, from the environment because go test has no room for
// flags of packages that do not know them.
const (
	Inputs = "HALLWAY_FUZZ_INPUTS" // how many inputs there shall have been in all
	State  = "HALLWAY_FUZZ_STATE"  // file that tells how many there were; none: it begins at 0
	Corpus = "HALLWAY_FUZZ_CORPUS" // folder of what the fuzzer kept of this target
)

// Progress is what the file of State holds.
type Progress struct {
	Inputs int           `json:"inputs"`
	Took   time.Duration `json:"took"`
	Guided int           `json:"guided"` // of the inputs, those of go test -fuzz
	Commit string        `json:"commit"` // of the program, when it began
}

// Load reads a file of State; one that is not there is no progress.
func Load(path string) (p Progress, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	return p, err
}

// Save writes it whole or not at all.
func (p Progress) Save(path string) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", raw, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Mend puts right in an input what a parser checks before it looks any further,
// its check byte say, and gives it back. It may change what it is given.
type Mend func([]byte) []byte

// Run is f.Fuzz for a body func(*testing.T, …), with inputs in a loop where that
// is asked for. A part of those that are changed is mended by one of the mends.
func Run(f *testing.F, body any, mends ...Mend) {
	f.Helper()
	total, _ := strconv.Atoi(os.Getenv(Inputs)) // no number: nothing is asked
	if total <= 0 {
		f.Fuzz(body)
		return
	}
	fn := reflect.ValueOf(body)
	var seeds [][]any
	f.Fuzz(reflect.MakeFunc(fn.Type(), func(in []reflect.Value) []reflect.Value {
		var seed []any
		for _, v := range in[1:] {
			seed = append(seed, v.Interface())
		}
		seeds = append(seeds, cloned(seed))
		return fn.Call(in)
	}).Interface())
	if f.Failed() {
		return
	}
	kept, err := readCorpus(os.Getenv(Corpus), fn.Type())
	if err != nil {
		f.Fatal(err)
	}
	l := &loop{name: f.Name(), fn: fn, state: os.Getenv(State), m: newMutator(append(seeds, kept...), fn.Type(), mends)}
	if err := l.until(total); err != nil {
		f.Fatal(err)
	}
}

// loop calls a body again and again.
type loop struct {
	name  string
	fn    reflect.Value
	state string
	m     *mutator
	done  Progress
	now   watch
}

// step is how long inputs are made until the progress is written down and the
// body gets a testing.T of its own again.
const step = time.Second

// until goes on until so many inputs have been made in all.
func (l *loop) until(total int) error {
	if l.state != "" {
		var err error
		if l.done, err = Load(l.state); err != nil {
			return err
		}
	}
	h := fnv.New64a()
	h.Write([]byte(l.name))
	for l.done.Inputs < total {
		l.m.r = rand.New(rand.NewPCG(h.Sum64(), uint64(l.done.Inputs)))
		began, n := time.Now(), 0
		all := func(string, string) (bool, error) { return true, nil }
		if !testing.RunTests(all, []testing.InternalTest{{Name: l.name, F: func(t *testing.T) { n = l.batch(t, total-l.done.Inputs) }}}) {
			return errors.New("the last input failed; it is kept in testdata/fuzz")
		}
		l.done.Inputs += n
		l.done.Took += time.Since(began)
		if l.state != "" {
			if err := l.done.Save(l.state); err != nil {
				return err
			}
		}
	}
	fmt.Printf("%s: %d inputs in %.1f s\n", l.name, l.done.Inputs, l.done.Took.Seconds())
	return nil
}

// batch makes inputs for one step, n at most, and tells how many.
func (l *loop) batch(t *testing.T, n int) (made int) {
	ends := l.now.begin(l.name)
	fine := false
	defer func() {
		ends()
		if !fine { // a failure or a panic, which goes on its way
			fmt.Println(l.now.keep(l.name))
		}
	}()
	args := make([]reflect.Value, l.fn.Type().NumIn())
	args[0] = reflect.ValueOf(t)
	for end := time.Now().Add(step); made < n && !t.Failed(); made++ {
		if made%16 == 0 && time.Now().After(end) {
			break
		}
		in := l.m.next()
		l.now.set(cloned(in))
		for i, v := range in {
			args[i+1] = reflect.ValueOf(v)
		}
		l.fn.Call(args)
	}
	fine = !t.Failed()
	return made
}
