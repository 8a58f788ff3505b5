package printfaults

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"hallway/devices/printer/escpos/escpossim"
)

func TestMain(m *testing.M) {
	if ChildIfAsked() {
		return
	}
	goleak.VerifyTestMain(m)
}

// TestFaults: 30 jobs at a printer that confirms, 30 at one that cannot.
func TestFaults(t *testing.T) {
	seed, err := strconv.ParseUint("0"+os.Getenv("HALLWAY_SEED"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		rep, err := Run(t.Context(), Options{Dir: t.TempDir(), Jobs: 30, Seed: seed})
		t.Logf("seed %d (HALLWAY_SEED repeats it): %+v", seed, rep)
		if err != nil {
			t.Fatal(err)
		}
		seed++
	}
}

// TestCheckFinds: paper that is wrong is found.
func TestCheckFinds(t *testing.T) {
	slip := func(lines ...string) escpossim.Slip {
		return escpossim.Slip{Text: append(append([]string{"示例市政务服务中心"}, lines...), "请稍候。"), QR: []string{"T"}}
	}
	known := map[string]string{"A001": "t1", "A002": "t2"}
	papers, errs := sortSlips([]escpossim.Slip{slip("A001"), slip("A001"), slip("补打", "A002"), slip("A003"), {Text: []string{"A002"}}}, known)
	if len(errs) != 0 || papers["A001"] != (paper{2, 2}) || papers["A002"] != (paper{0, 1}) || papers["A003"].pieces != 1 {
		t.Errorf("%+v %v", papers, errs)
	}
	if _, errs := sortSlips([]escpossim.Slip{slip("A001", "A002")}, known); len(errs) != 1 || !strings.Contains(errs[0].Error(), "2 numbers") {
		t.Errorf("two numbers on one piece: %v", errs)
	}
}
