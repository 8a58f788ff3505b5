package escpos

// condition is what a printer says about itself.
type condition struct {
	Offline    bool
	CoverOpen  bool
	PaperEnd   bool
	NearEnd    bool
	Cutter     bool
	Error      bool // unrecoverable, or an error of no other kind
	Hot        bool // recovers by itself
	Waiting    bool // waits for somebody to recover it
	FeedButton bool
}

// trouble tells whether the printer cannot print now.
func (c condition) trouble() bool {
	return c.Offline || c.CoverOpen || c.PaperEnd || c.Cutter || c.Error || c.Hot
}

// answerKind of a thing that a printer sent.
type answerKind int

const (
	answerStatus    answerKind = iota // automatic status, four bytes
	answerRealTime                    // DLE EOT, one byte
	answerQueued                      // GS r or GS I, one byte
	answerText                        // GS I, 5F … 00
	answerProcessID                   // GS ( H, 37 22 d1 d2 d3 d4 00
	answerCleared                     // DLE DC4 8, 37 25 00
	answerOther                       // a block that is not known here
)

// answer is one thing that a printer sent.
type answer struct {
	kind  answerKind
	bytes [4]byte // of answerStatus; answerRealTime and answerQueued use the first
	text  string  // of answerText and answerProcessID
}

// classifier tells the answers in one stream apart (protocol sheet §C.2,
// «Telling answers apart in one stream»). It never fails: what belongs to no
// answer is counted as noise.
type classifier struct {
	status []byte // collected bytes of an automatic status
	block  []byte // collected bytes of a block answer, without the end
	noise  int
}

const maxBlock = 80

// feed takes one byte and returns an answer when it completes one.
func (c *classifier) feed(b byte) (answer, bool) {
	if c.block != nil {
		return c.feedBlock(b)
	}
	if c.status != nil {
		if b&0x90 == 0 {
			c.status = append(c.status, b)
			if len(c.status) < 4 {
				return answer{}, false
			}
			a := answer{kind: answerStatus, bytes: [4]byte(c.status)}
			c.status = nil
			return a, true
		}
		if b&0x93 == 0x12 { // real time may come in between
			return answer{kind: answerRealTime, bytes: [4]byte{b}}, true
		}
		c.noise += len(c.status)
		c.status = nil
	}
	switch {
	case b == 0x11 || b == 0x13: // flow control
		return answer{}, false
	case b == 0x37 || b == 0x5F:
		c.block = append(make([]byte, 0, 16), b)
		return answer{}, false
	case b&0x93 == 0x12:
		return answer{kind: answerRealTime, bytes: [4]byte{b}}, true
	case b&0x93 == 0x10:
		c.status = append(make([]byte, 0, 4), b)
		return answer{}, false
	case b&0x90 == 0:
		return answer{kind: answerQueued, bytes: [4]byte{b}}, true
	}
	c.noise++
	return answer{}, false
}

func (c *classifier) feedBlock(b byte) (answer, bool) {
	if b != 0 {
		if len(c.block) >= maxBlock {
			c.noise += len(c.block) + 1
			c.block = nil
			return answer{}, false
		}
		c.block = append(c.block, b)
		return answer{}, false
	}
	block := c.block
	c.block = nil
	switch {
	case block[0] == 0x5F:
		return answer{kind: answerText, text: string(block[1:])}, true
	case len(block) == 6 && block[1] == 0x22:
		return answer{kind: answerProcessID, text: string(block[2:])}, true
	case len(block) == 2 && block[1] == 0x25:
		return answer{kind: answerCleared}, true
	}
	return answer{kind: answerOther, text: string(block)}, true
}

// idle is told when nothing has come for a while: an unfinished answer will
// not be finished any more.
func (c *classifier) idle() {
	c.noise += len(c.status) + len(c.block)
	c.status, c.block = nil, nil
}

// status takes an automatic status into the condition: it is complete.
func (condition) status(b [4]byte) condition {
	return condition{
		Offline: b[0]&0x08 != 0, CoverOpen: b[0]&0x20 != 0, FeedButton: b[0]&0x40 != 0,
		Waiting: b[1]&0x01 != 0, Cutter: b[1]&0x08 != 0, Error: b[1]&0x24 != 0, Hot: b[1]&0x40 != 0,
		NearEnd: b[2]&0x03 != 0, PaperEnd: b[2]&0x0C != 0,
	}
}

// realTime takes the answer to DLE EOT n into the condition.
func (c condition) realTime(n int, b byte) condition {
	switch n {
	case 1:
		c.Offline, c.Waiting = b&0x08 != 0, b&0x20 != 0
	case 2:
		c.CoverOpen, c.FeedButton = b&0x04 != 0, b&0x08 != 0
		if b&0x20 != 0 {
			c.PaperEnd = true
		}
		if b&0x40 == 0 {
			c.Error, c.Cutter, c.Hot = false, false, false
		}
	case 3:
		c.Cutter, c.Error, c.Hot = b&0x08 != 0, b&0x24 != 0, b&0x40 != 0
	case 4:
		c.NearEnd, c.PaperEnd = b&0x0C != 0, b&0x60 != 0
	}
	return c
}
