package terminal

import (
	"time"

	"hallway/app/hall"
	"hallway/devices"
)

// CaptureView is the taking of pages for one material (扫描、拍摄): what can take
// them, and the pages in their order. Pictures are asked for one by one.
type CaptureView struct {
	Session  string          `json:"session"`
	Material string          `json:"material"` // key
	Sources  []CaptureSource `json:"sources"`
	Pages    []CapturePage   `json:"pages"`
	Taking   *CaptureTaking  `json:"taking,omitempty"` // under way
	// Stopped is why there was no further page: key "fault.<code>" with
	// "remedy.<code>", or "error.<code>".
	Stopped  *hall.Text `json:"stopped,omitempty"`
	Sending  bool       `json:"sending"` // the document is being handed in
	Room     Act        `json:"room"`    // for one more page
	Finish   Act        `json:"finish"`
	Bytes    int        `json:"bytes"`
	MaxPages int        `json:"max_pages"`
	MaxBytes int        `json:"max_bytes"`
	Until    time.Time  `json:"until"` // the pages are kept, if nothing is done
}

// CaptureSource is a document camera or a sheet scanner.
type CaptureSource struct {
	ID      string        `json:"id"`
	Model   string        `json:"model"`
	State   devices.State `json:"state"`
	Fault   string        `json:"fault,omitempty"` // key "fault.<fault>"
	Preview bool          `json:"preview"`         // shows what lies there; none of the three: it cannot be used now
	Feeder  bool          `json:"feeder"`
	Glass   bool          `json:"glass"`
}

// CapturePage is a page that was taken.
type CapturePage struct {
	ID       int  `json:"id"`
	Width    int  `json:"width"`
	Height   int  `json:"height"`
	Turn     int  `json:"turn"` // quarters clockwise, 0 to 3
	Bytes    int  `json:"bytes"`
	Straight bool `json:"straight"` // a sheet was found and cut out
}

// CaptureTaking is a capture that is under way.
type CaptureTaking struct {
	Device  string `json:"device"`
	Page    int    `json:"page"`
	Percent int    `json:"percent"`
}

// CaptureFrame is what a camera sees now: a JPEG picture in base 64, and the corners
// of the sheet that was found, clockwise from the top left.
type CaptureFrame struct {
	JPEG   []byte          `json:"jpeg"`
	Width  int             `json:"width"`
	Height int             `json:"height"`
	Sheet  []CaptureCorner `json:"sheet,omitempty"`
}

// CaptureCorner is a place in a picture, as shares of its width and height.
type CaptureCorner struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// CaptureRequest names a session.
type CaptureRequest struct {
	Session string `json:"session" minLength:"1" maxLength:"40"`
}

// CaptureTakeRequest takes the page that lies there, or all of the feeder.
type CaptureTakeRequest struct {
	Session string `json:"session" minLength:"1" maxLength:"40"`
	Device  string `json:"device" minLength:"1" maxLength:"100"`
	Feeder  bool   `json:"feeder,omitempty"`
	AsItIs  bool   `json:"as_it_is,omitempty"`            // the whole picture
	Replace int    `json:"replace,omitempty" minimum:"0"` // the page whose place it takes
}

// CapturePageRequest names a page.
type CapturePageRequest struct {
	Session string `json:"session" minLength:"1" maxLength:"40"`
	Page    int    `json:"page" minimum:"1"`
}

// CaptureTurnRequest turns a page.
type CaptureTurnRequest struct {
	CapturePageRequest
	Quarters int `json:"quarters" minimum:"1" maximum:"3"` // clockwise
}

// CaptureMoveRequest gives a page another place, from 1.
type CaptureMoveRequest struct {
	CapturePageRequest
	Place int `json:"place" minimum:"1" maximum:"1000"`
}
