package wedge

// Key codes of the system's input layer (linux/input-event-codes.h).
const (
	keyLeftCtrl   = 29
	keyLeftShift  = 42
	keyRightShift = 54
	keyLeftAlt    = 56
	keyCapsLock   = 58
	keyRightCtrl  = 97
	keyRightAlt   = 100
	keyLeftMeta   = 125
	keyRightMeta  = 126

	keyTab     = 15
	keyEnter   = 28
	keyKPEnter = 96
)

// usKeys are the characters of a US keyboard, plain and with shift. Scanners
// type as on one whatever layout the desktop has.
var usKeys = func() map[uint16][2]byte {
	m := map[uint16][2]byte{57: {' ', ' '}}
	for _, row := range []struct {
		first        uint16
		plain, shift string
	}{
		{2, "1234567890-=", "!@#$%^&*()_+"},
		{16, "qwertyuiop[]", "QWERTYUIOP{}"},
		{30, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
		{43, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
	} {
		for i := range len(row.plain) {
			m[row.first+uint16(i)] = [2]byte{row.plain[i], row.shift[i]}
		}
	}
	return m
}()

// padKeys are the keys of the number pad; shift does nothing to them.
var padKeys = map[uint16]byte{
	82: '0', 79: '1', 80: '2', 81: '3', 75: '4', 76: '5', 77: '6', 71: '7', 72: '8', 73: '9',
	83: '.', 55: '*', 74: '-', 78: '+', 98: '/', 117: '=', 121: ',',
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
