package stage

import "testing"

// No two halls choose their ports from one range, and a hall that comes back has
// its own.
func TestBlocksAreHeldApart(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	seen := map[int]bool{}
	for range (beyondPort - lowestPort) / blockSize {
		b, err := holdBlock(0)
		if err != nil {
			t.Fatal(err)
		}
		if seen[b.from] || b.below > beyondPort {
			t.Fatalf("%d to %d: twice, or too high", b.from, b.below)
		}
		seen[b.from] = true
		t.Cleanup(func() { b.lock.Close() })
	}
	if b, err := holdBlock(0); err == nil {
		t.Errorf("one more than there are: %d", b.from)
	}
}

func TestAHallComesBackToItsPorts(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	first, err := holdBlock(0)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := holdBlock(first.from + 7); err == nil {
		t.Fatalf("held twice: %d", b.from)
	}
	if err := first.lock.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := holdBlock(first.from + 7)
	if err != nil || again.from != first.from {
		t.Errorf("%+v, %v", again, err)
	}
	again.lock.Close()
}
