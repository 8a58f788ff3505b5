package codes

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"text/tabwriter"

	"hallway/devices/scanner"
)

// Options of a comparison.
type Options struct {
	Pictures int // of each set
	Seed     uint64
	Formats  []scanner.Format // sets; nil: all, and Empty
	Readers  []Reader         // nil: all
	Dir      string           // where the pictures are kept
	Out      io.Writer
}

// Score is what one reader did with one set.
type Score struct {
	Set        scanner.Format
	Reader     string
	Pictures   int
	Wrong      int      // reads that the picture does not show
	Read       int      // pictures whose code was read
	Took       float64  // milliseconds for a picture
	WrongReads []string // which
	Crashes    []string // pictures at which the program crashed
}

// Run makes the sets, lets every reader read them and prints the table.
func Run(ctx context.Context, o Options) ([]Score, error) {
	if o.Formats == nil {
		o.Formats = append(scanner.Formats(), Empty)
	}
	if o.Readers == nil {
		o.Readers = []Reader{Hallway(), Gozxing(), ZBar(), ZXing()}
	}
	var scores []Score
	for _, f := range o.Formats {
		pictures, files, err := keep(ctx, o, f)
		if err != nil {
			return nil, err
		}
		for _, r := range o.Readers {
			reads, took, err := r.Read(ctx, files)
			if err != nil {
				return nil, err
			}
			s := score(pictures, reads)
			s.Set, s.Reader = f, r.Name()
			s.Took = took.Seconds() * 1000 / float64(max(len(files)-1, 1))
			scores = append(scores, s)
		}
	}
	return scores, Print(o.Out, scores)
}

// keep makes a set and writes it.
func keep(ctx context.Context, o Options, f scanner.Format) ([]Picture, []string, error) {
	var pictures []Picture
	var files []string
	for n := range o.Pictures {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		p, err := Make(f, o.Seed, n)
		if err != nil {
			return nil, nil, fmt.Errorf("picture %d of %s: %w", n, f, err)
		}
		file := filepath.Join(o.Dir, p.Name+".pgm")
		if err := writePGM(file, p.Image); err != nil {
			return nil, nil, err
		}
		p.Image = nil
		pictures, files = append(pictures, p), append(files, file)
	}
	return pictures, files, nil
}

func score(pictures []Picture, reads [][]Read) Score {
	s := Score{Pictures: len(pictures)}
	for i, p := range pictures {
		right := false
		for _, r := range reads[i] {
			if r.Crash {
				s.Crashes = append(s.Crashes, p.Name)
				continue
			}
			if r.Format == p.Format && r.Text == p.Text {
				right = true
				continue
			}
			s.Wrong++
			s.WrongReads = append(s.WrongReads, fmt.Sprintf("%s: %s %q, not %q", p.Name, r.Format, r.Text, p.Text))
		}
		if right {
			s.Read++
		}
	}
	return s
}

// Print gives the table, and below it every wrong read.
func Print(w io.Writer, scores []Score) error {
	t := tabwriter.NewWriter(w, 2, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "set\treader\twrong\tread\tof\trate\tms a picture\t")
	for _, s := range scores {
		rate := "-"
		if s.Set != Empty {
			rate = fmt.Sprintf("%.1f %%", 100*float64(s.Read)/float64(s.Pictures))
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%s\t%.1f\t\n", s.Set, s.Reader, s.Wrong, s.Read, s.Pictures, rate, s.Took)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, s := range scores {
		for _, r := range s.WrongReads {
			fmt.Fprintf(w, "%s read wrongly %s\n", s.Reader, r)
		}
		for _, c := range s.Crashes {
			fmt.Fprintf(w, "%s crashed at %s\n", s.Reader, c)
		}
	}
	return nil
}

// Missing names the programs of the comparison that are not here.
func Missing() []string {
	var out []string
	for _, c := range []string{"zbarimg", "ZXingReader"} {
		if _, err := exec.LookPath(c); err != nil {
			out = append(out, c)
		}
	}
	return out
}

// Temp is a folder for the pictures of one run.
func Temp() (dir string, remove func() error, err error) {
	dir, err = os.MkdirTemp("", "hallway-codes-")
	return dir, func() error { return os.RemoveAll(dir) }, err
}
