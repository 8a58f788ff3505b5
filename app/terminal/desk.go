package terminal

import (
	"context"
	"io"
	"net/http"

	"hallway/app/hall"
)

var errDesk = Fail(http.StatusServiceUnavailable, "case_feed")

func (c *Counter) Applicant(context.Context, ApplicantRequest) error             { return errDesk }
func (c *Counter) ClearApplicant(context.Context) error                          { return errDesk }
func (c *Counter) OpenCase(context.Context, OpenCaseRequest) error               { return errDesk }
func (c *Counter) ShowCase(context.Context, CaseRequest) error                   { return errDesk }
func (c *Counter) LeaveCase(context.Context) error                               { return errDesk }
func (c *Counter) AskHelp(context.Context) error                                 { return errDesk }
func (c *Counter) CloseHelp(context.Context) error                               { return errDesk }
func (c *Counter) ChooseMethod(context.Context, MethodRequest) error             { return errDesk }
func (c *Counter) DropMethod(context.Context, MaterialRequest) error             { return errDesk }
func (c *Counter) ReplaceMaterial(context.Context, ReplaceMaterialRequest) error { return errDesk }
func (c *Counter) TakeOriginal(context.Context, MaterialRequest) error           { return errDesk }
func (c *Counter) HandInScan(context.Context, ScanFileRequest) error             { return errDesk }
func (c *Counter) HandInFile(context.Context, string, string, io.Reader) error   { return errDesk }
func (c *Counter) ReceiveCase(context.Context) error                             { return errDesk }
func (c *Counter) AcceptCase(context.Context) error                              { return errDesk }
func (c *Counter) CancelCase(context.Context, CancelCaseRequest) error           { return errDesk }
func (c *Counter) PrintPaper(context.Context, PrintRequest) error                { return errDesk }
func (c *Counter) DismissNews(context.Context, string) error                     { return errDesk }
func (c *Counter) Cases(context.Context, CaseListRequest) ([]CaseRow, error)     { return nil, errDesk }
func (c *Counter) OpenFile(context.Context, string) (io.ReadCloser, hall.File, error) {
	return nil, hall.File{}, errDesk
}

// emptyDesk shows nothing.
func emptyDesk() DeskView {
	return DeskView{Items: []DeskItem{}, Open: deny("not_signed_in"), Pending: []CaseRow{}, Scans: []ScanFile{}, Prints: []DeskPrint{}, News: []CaseNews{}}
}
