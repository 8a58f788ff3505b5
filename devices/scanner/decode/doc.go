// Package decode reads codes in a grey picture: Code 128, EAN-13, Code 39, QR and
// Data Matrix, turned, tilted, small, blurred, in uneven light.
//
// How: a frame is cut into blocks of 8×8 pixels; what has no more gradients than
// noise is left alone, which is all that an empty frame costs. Where the
// gradients have one direction, bars may be: mean profiles across them are
// compared, character by character, with what each character looks like through
// some blurs, so that bars that have run together are told apart still. Where the
// gradients have many directions, a QR code (finder patterns by gozxing on
// enlarged pieces) or a Data Matrix (two straight solid sides) may be: the corners
// are moved until the modules that the symbology fixes fit best, each module is
// read from the grey picture, and gozxing corrects and decodes.
//
// Guarantees: no text is given that its symbology's check does not confirm: Code
// 128 needs its check character, EAN-13 its check digit and both guards, QR and
// Data Matrix their Reed-Solomon words and what they draw the same in every code; a one-dimensional code needs quiet zones
// and two (Code 128) or three profiles that agree while hardly any differs. Code
// 39 has no check: callers should want it twice (scanner.Format.Weak). Bytes are
// as they are in the code; Text is by ECI, else strict UTF-8, else GB18030,
// without control characters, and "" for bytes that are no text. Read does not
// panic and holds nothing.
//
// Not read: Kanji and Hanzi segments of QR, codes in several parts, mirrored Data
// Matrix, FNC4 of Code 128, Code 39's extended characters (given as they are).
//
// Source: ISO/IEC 15417, 15420, 16388, 16022, 18004; protocol sheet §B.4 to §B.6.
// build/codes compares it with ZBar and zxing-cpp.
package decode
