package main

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// image is the root of the machine: the kernel's modules in the order in which
// they are loaded, and the tests as its first program.
type image struct {
	modules []string // paths of .ko files, each after those it depends on
	tests   string
}

// resolve finds the modules by their names below a kernel's folder, with all
// that they depend on.
func resolve(folder string, names []string) ([]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".ko") {
			files[moduleName(path)] = path
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("modules below %s: %w", folder, err)
	}
	var order []string
	seen := map[string]bool{}
	var visit func(name string) error
	visit = func(name string) error {
		if seen[name] {
			return nil
		}
		seen[name] = true
		path, ok := files[name]
		if !ok {
			return fmt.Errorf("the kernel has no module %q below %s", name, folder)
		}
		needs, err := dependsOn(path)
		if err != nil {
			return err
		}
		for _, n := range needs {
			if err := visit(n); err != nil {
				return err
			}
		}
		order = append(order, path)
		return nil
	}
	for _, n := range names {
		if err := visit(moduleName(n)); err != nil {
			return nil, err
		}
	}
	return order, nil
}

// moduleName: a dash and an underscore are the same to the kernel.
func moduleName(path string) string {
	return strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".ko"), "-", "_")
}

// dependsOn reads «depends=» of a module.
func dependsOn(path string) ([]string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("module %s: %w", path, err)
	}
	defer f.Close()
	section := f.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("module %s says nothing about itself", path)
	}
	data, err := section.Data()
	if err != nil {
		return nil, fmt.Errorf("module %s: %w", path, err)
	}
	for line := range bytes.SplitSeq(data, []byte{0}) {
		if list, ok := strings.CutPrefix(string(line), "depends="); ok && list != "" {
			names := strings.Split(list, ",")
			for i := range names {
				names[i] = moduleName(names[i])
			}
			return names, nil
		}
	}
	return nil, nil
}

// write writes the image as a compressed archive of the form that the kernel
// unpacks (cpio, «newc»).
func (im image) write(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	zip, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err == nil {
		err = im.archive(zip)
	}
	if zip != nil {
		err = errors.Join(err, zip.Close())
	}
	return errors.Join(err, f.Close())
}

func (im image) archive(w io.Writer) error {
	a := &archive{w: w}
	for _, dir := range []string{"dev", "proc", "sys", "tmp", "mod"} {
		a.add(entry{name: dir, mode: 0o40755})
	}
	a.add(entry{name: "dev/console", mode: 0o20600, major: 5, minor: 1})
	var list strings.Builder
	for _, m := range im.modules {
		name := "mod/" + filepath.Base(m)
		fmt.Fprintln(&list, "/"+name)
		a.file(name, 0o100644, m)
	}
	a.add(entry{name: "mod/order", mode: 0o100644, data: []byte(list.String())})
	a.file("init", 0o100755, im.tests)
	a.add(entry{name: "TRAILER!!!"})
	return a.err
}

type entry struct {
	name         string
	mode         uint32
	major, minor uint32
	data         []byte
}

// archive writes entries until the first error.
type archive struct {
	w   io.Writer
	ino uint32
	err error
}

func (a *archive) file(name string, mode uint32, path string) {
	data, err := os.ReadFile(path)
	if a.err == nil && err != nil {
		a.err = err
	}
	a.add(entry{name: name, mode: mode, data: data})
}

func (a *archive) add(e entry) {
	if a.err != nil {
		return
	}
	a.ino++
	var b bytes.Buffer
	b.WriteString("070701")
	for _, v := range []uint32{a.ino, e.mode, 0, 0, 1, 0, uint32(len(e.data)), 0, 0, e.major, e.minor, uint32(len(e.name) + 1), 0} {
		fmt.Fprintf(&b, "%08X", v)
	}
	b.WriteString(e.name + "\x00")
	pad(&b)
	b.Write(e.data)
	pad(&b)
	_, a.err = a.w.Write(b.Bytes())
}

// pad fills to a multiple of four.
func pad(b *bytes.Buffer) {
	for b.Len()%4 != 0 {
		b.WriteByte(0)
	}
}
