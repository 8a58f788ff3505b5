// Package pack is zstd as the wire uses it (压缩): one frame, made whole and
// opened whole.
//
// Guarantees: the same bytes give the same packed bytes, on every machine of the
// same version of this program; nothing that is opened becomes longer than its
// limit, whatever it says of itself; both may be called from several goroutines,
// and neither keeps one.
//
// There are two codings: zstd as everybody knows it, and the same begun from a
// dictionary: texts that look like what the protocol says, so that a message of
// one row is short too. The dictionary (dict1.txt) is part of the protocol and
// never changes: better texts are another file under another name, beside it.
//
// Source: design §3 (klauspost/compress); RFC 8878.
package pack

import (
	_ "embed"
	"errors"
	"fmt"
	gosync "sync"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

// Names of the codings in HTTP: plain, and begun from the first dictionary.
const (
	Name  = "zstd"
	Name1 = "zstd1"
)

// From is the length from which packing pays, From1 that with the dictionary.
const (
	From  = 256
	From1 = 48
)

//go:embed dict1.txt
var dict1 []byte

// Window is the longest distance that a reader must look back, Window1 that with the
// dictionary: its messages are short, and a packer keeps as much.
const (
	Window  = 1 << 20
	Window1 = 1 << 17
)

// ErrBroken: the bytes are not what was packed, or not all of it.
var ErrBroken = errors.New("pack: the packed bytes are damaged or cut off")

// ErrLong: the bytes would become longer than the limit.
var ErrLong = errors.New("pack: the packed bytes hold more than is allowed")

// atOnce is how many packers there are of each coding; each is megabytes.
var atOnce atomic.Int32

// OneByOne packs one after the other from here on, for a program that has little to
// pack: a terminal. It is called before anything is packed.
func OneByOne() { atOnce.Store(1) }

func encoder(window int, more ...zstd.EOption) func() *zstd.Encoder {
	return gosync.OnceValue(func() *zstd.Encoder {
		n := int(atOnce.Load())
		if n == 0 {
			n = 2
		}
		e, err := zstd.NewWriter(nil, append(more, zstd.WithEncoderConcurrency(n), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true),
			zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithSingleSegment(true))...)
		if err != nil { // the options above
			panic(err)
		}
		return e
	})
}

var packer, packer1 = encoder(Window), encoder(Window1, zstd.WithEncoderDictRaw(1, dict1))

// Pack appends the packed bytes of b to dst.
func Pack(dst, b []byte) []byte { return packer().EncodeAll(b, dst) }

// Pack1 is Pack with the dictionary.
func Pack1(dst, b []byte) []byte { return packer1().EncodeAll(b, dst) }

var openers gosync.Map // limit → *zstd.Decoder

func opener(limit int64) *zstd.Decoder {
	if d, ok := openers.Load(limit); ok {
		return d.(*zstd.Decoder)
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(uint64(limit)), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderDictRaw(1, dict1))
	if err != nil { // a limit of our own
		panic(err)
	}
	was, _ := openers.LoadOrStore(limit, d)
	return was.(*zstd.Decoder)
}

// Open gives what was packed in either coding, at most limit bytes of it. Limits are few: each
// has an opener of its own.
func Open(b []byte, limit int64) ([]byte, error) {
	if len(b) == 0 {
		return nil, ErrBroken
	}
	out, err := opener(limit).DecodeAll(b, nil)
	switch {
	case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded), int64(len(out)) > limit:
		return nil, ErrLong
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return out, nil
}
