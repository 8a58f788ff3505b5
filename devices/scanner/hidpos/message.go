package hidpos

import (
	"bytes"

	"hallway/devices/scanner"
	"hallway/devices/scanner/text"
)

// Places in the common report (§B.3).
const (
	posReport  = 0x02 // its number
	posLength  = 64
	posCount   = 1
	posAIM     = 2
	posData    = 5
	posDataEnd = 61
	posMore    = 63

	simpleReport = 0x01 // number of the other form: length, and up to 62 bytes
	simpleData   = 2
)

// maxCode is the longest code: several times what any symbology holds.
const maxCode = 16 << 10

// message joins reports to codes.
type message struct {
	data   []byte
	aim    string
	begun  bool
	broken bool
	answer bool // to a command: no code
	simple bool // of the other form
	odd    int  // reports that are none of a code, since the last look
}

// report takes one report and gives the scans that ended with it.
func (m *message) report(r []byte) []scanner.Scan {
	switch {
	case len(r) >= posLength && r[0] == posReport:
		return m.common(r[:posLength])
	case len(r) >= simpleData && r[0] == simpleReport:
		return m.other(r)
	}
	m.odd++
	return nil
}

// common takes a report of the common form.
func (m *message) common(r []byte) []scanner.Scan {
	from := posData
	if r[posAIM] != ']' && r[posAIM+1] == ']' { // some devices put it one further
		from++
	}
	aim := string(bytes.Trim(r[from-3:from], "\x00"))
	if !text.IsAIM([]byte(aim)) {
		aim = ""
	}
	var out []scanner.Scan
	if m.begun && (m.simple || aim != "" && m.aim != "" && aim[1] != m.aim[1] && !m.answers(aim)) {
		out = m.cut() // the end of another code never came
	}
	if !m.begun {
		m.aim = aim
	}
	m.begun = true
	m.answer = m.answer || len(aim) > 1 && aim[1] == 'Z'
	n := int(r[posCount])
	if n > posDataEnd-from {
		m.broken = true
		n = posDataEnd - from
	}
	m.take(r[from : from+n])
	if r[posMore]&1 != 0 {
		return out
	}
	return append(out, m.finish()...)
}

// answers: the parts of a command's answer come as ]X and end with ]Z.
func (m *message) answers(aim string) bool { return m.aim[1] == 'X' && aim[1] == 'Z' }

// other takes a report of the form that has only a length.
func (m *message) other(r []byte) []scanner.Scan {
	var out []scanner.Scan
	if m.begun && !m.simple {
		out = m.cut()
	}
	m.begun, m.simple = true, true
	n := int(r[1])
	if n > len(r)-simpleData {
		m.broken = true
		n = len(r) - simpleData
	}
	m.take(r[simpleData : simpleData+n])
	if n == len(r)-simpleData && !m.broken {
		return out // full: more may follow, or a quiet device says that this was all
	}
	return append(out, m.finish()...)
}

func (m *message) take(b []byte) {
	if len(m.data)+len(b) > maxCode {
		m.broken = true
		return
	}
	m.data = append(m.data, b...)
}

// pending says whether a code has begun.
func (m *message) pending() bool { return m.begun }

// idle says that nothing came for long: a code whose end did not come is broken.
func (m *message) idle() []scanner.Scan {
	switch {
	case !m.begun:
		return nil
	case m.simple:
		return m.finish()
	}
	return m.cut()
}

// lost says that the device is gone: what has begun is broken, whatever its form.
func (m *message) lost() []scanner.Scan {
	if !m.begun {
		return nil
	}
	return m.cut()
}

func (m *message) cut() []scanner.Scan {
	m.broken = true
	return m.finish()
}

// finish ends a code. One carriage return behind it is the device's habit.
func (m *message) finish() []scanner.Scan {
	was := *m
	*m = message{odd: m.odd}
	switch {
	case was.answer:
		m.odd++
		return nil
	case was.broken:
		return []scanner.Scan{{Raw: was.data, AIM: was.aim, Broken: true}}
	}
	data := bytes.TrimSuffix(was.data, []byte{'\r'})
	if was.aim == "" {
		return []scanner.Scan{text.Auto.Typed(data)}
	}
	return []scanner.Scan{text.Scan(was.aim, data)}
}
