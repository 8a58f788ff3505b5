package bench

import "time"

// State is everything that the bench page shows. It is sent whole on every
// change; Rev rises with each.
type State struct {
	Rev     int64         `json:"rev"`
	Now     time.Time     `json:"now"`
	Devices []DeviceState `json:"devices" nullable:"false"`
	Lines   []LineState   `json:"lines" nullable:"false"`
}

// DeviceState is one simulated device. Exactly one of the kind-specific parts
// is set.
type DeviceState struct {
	ID        string            `json:"id"`
	Terminal  string            `json:"terminal"`
	Kind      string            `json:"kind" enum:"idcard,scanner,printer,sheet,capture,evaluator,caller,numberboard"`
	Model     string            `json:"model"`
	Plugged   bool              `json:"plugged"`           // the cable is in
	Address   string            `json:"address"`           // what a driver is given
	Trouble   string            `json:"trouble,omitempty"` // the last bytes that the simulator did not understand
	IDCard    *IDCardState      `json:"idcard,omitempty"`
	Scanner   *ScannerState     `json:"scanner,omitempty"`
	Printer   *PrinterState     `json:"printer,omitempty"`
	Sheet     *SheetState       `json:"sheet,omitempty"`
	Capture   *CaptureState     `json:"capture,omitempty"`
	Evaluator *EvaluatorState   `json:"evaluator,omitempty"`
	Caller    *CallerState      `json:"caller,omitempty"`
	Board     *NumberBoardState `json:"board,omitempty"`
}

// IDCardState is the plate of a card reader.
type IDCardState struct {
	Card string `json:"card"` // name of the sample on the plate, "custom", or ""
}

// ScannerState is what a scanner sent last.
type ScannerState struct {
	Last  string `json:"last"`
	Scans int    `json:"scans"`
}

// PrinterState is the printer's body and its paper.
type PrinterState struct {
	Paper       string `json:"paper" enum:"ok,near_end,end"`
	CoverOpen   bool   `json:"cover_open"`
	CutterError bool   `json:"cutter_error"`
	Offline     bool   `json:"offline"`
	Printing    bool   `json:"printing"`
	Slips       int    `json:"slips"` // cut so far; slip n is 1..Slips
}

// SheetState is a page printer and what came out of it, newest first.
type SheetState struct {
	Paper     string     `json:"paper" enum:"ok,near_end,end"`
	CoverOpen bool       `json:"cover_open"`
	Jam       bool       `json:"jam"`
	Offline   bool       `json:"offline"`
	Printing  bool       `json:"printing"`
	Documents []Document `json:"documents" nullable:"false"`
}

// Document is a printed document.
type Document struct {
	N     int       `json:"n"`
	At    time.Time `json:"at"`
	Name  string    `json:"name"` // of the job
	Pages int       `json:"pages"`
}

// CaptureState is what lies under a document camera, and what can be laid there.
type CaptureState struct {
	Lies   string   `json:"lies"` // name of the sheet, "covered", or ""
	Sheets []string `json:"sheets" nullable:"false"`
}

// EvaluatorState is what the evaluator shows.
type EvaluatorState struct {
	Asking bool   `json:"asking"`
	Shows  string `json:"shows"`        // last prompt, as the model's table names it
	Last   int    `json:"last_pressed"` // 0 none, 1 very satisfied … 5 very dissatisfied
}

// CallerState is what a caller shows, how often it beeped, and its keys.
type CallerState struct {
	Shows string   `json:"shows"`
	Beeps int      `json:"beeps"`
	Keys  []string `json:"keys" nullable:"false"`
}

// NumberBoardState is what the LED board shows.
type NumberBoardState struct {
	Shows  string `json:"shows"`
	Colour string `json:"colour" enum:"red,green,yellow"`
}

// LineState is the network line of one terminal.
type LineState struct {
	ID          string `json:"id"`
	Up          bool   `json:"up"`
	Listen      string `json:"listen"`
	Target      string `json:"target"`
	Connections int    `json:"connections"`
}

// Card is a sample card. All persons are made up.
type Card struct {
	ID         string `json:"id"`
	Kind       string `json:"kind"` // resident, hmt_residence, foreigner_2017, foreigner_2023, unreadable, other
	Name       string `json:"name"`
	Number     string `json:"number"`
	ValidUntil string `json:"valid_until"`
}

// CustomCard is a resident card with data of one's own.
type CustomCard struct {
	Name       string `json:"name" minLength:"1" maxLength:"15"`
	Number     string `json:"number" minLength:"18" maxLength:"18"`
	Sex        string `json:"sex,omitempty" doc:"GB/T 2261.1; from the number when empty"`
	Nation     string `json:"nation,omitempty" doc:"GB/T 3304 code; 01 when empty"`
	Address    string `json:"address,omitempty"`
	Issuer     string `json:"issuer,omitempty"`
	ValidFrom  string `json:"valid_from,omitempty" doc:"YYYYMMDD"`
	ValidUntil string `json:"valid_until,omitempty" doc:"YYYYMMDD or 长期"`
}

// Slip is one cut piece of paper.
type Slip struct {
	N       int       `json:"n"`
	At      time.Time `json:"at"`
	Bytes   int       `json:"bytes"`
	Width   int       `json:"width"`  // dots
	Height  int       `json:"height"` // dots
	Text    string    `json:"text"`   // what the printer's font printed, line by line
	QR      []string  `json:"qr" nullable:"false"`
	Unclean []string  `json:"unclean" nullable:"false"` // commands that the simulator did not understand
}

// PrintedCode is a QR code on a printed slip, to be held under a scanner.
type PrintedCode struct {
	Text    string    `json:"text"`
	Printer string    `json:"printer"` // id
	At      time.Time `json:"at"`
}
