package ippsim

import (
	"bytes"
	"fmt"

	"github.com/OpenPrinting/goipp"
)

// Values of job-state and printer-state.
const (
	jobPending    = 3
	jobProcessing = 5
	jobCanceled   = 7
	jobCompleted  = 9

	printerIdle       = 3
	printerProcessing = 4
	printerStopped    = 5
)

const mimePDF = "application/pdf"

// answer makes the reply to one message; keep is false when it gets lost.
func (s *Sim) answer(raw []byte) (reply []byte, keep bool) {
	in := bytes.NewReader(raw)
	m := &goipp.Message{}
	if err := m.Decode(in); err != nil {
		s.note("not IPP: " + err.Error())
		return nil, true
	}
	document := raw[len(raw)-in.Len():]
	out := goipp.NewResponse(m.Version, goipp.StatusOk, m.RequestID)
	out.Operation.Add(goipp.MakeAttribute("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
	out.Operation.Add(goipp.MakeAttribute("attributes-natural-language", goipp.TagLanguage, goipp.String("en")))
	keep = true
	switch goipp.Op(m.Code) {
	case goipp.OpGetPrinterAttributes:
		s.describe(out)
	case goipp.OpValidateJob:
	case goipp.OpPrintJob:
		keep = s.take(m, document, out)
	case goipp.OpGetJobAttributes:
		s.withJob(m, out, func(j *job) { out.Job = attributes(j, s.body.Uncounted) })
	case goipp.OpGetJobs:
		s.list(m, out)
	case goipp.OpCancelJob:
		s.withJob(m, out, s.cancel(out))
	default:
		s.note("operation " + goipp.Op(m.Code).String())
		out.Code = goipp.Code(goipp.StatusErrorOperationNotSupported)
	}
	reply, err := out.EncodeBytes()
	if err != nil {
		s.note("reply: " + err.Error())
		return nil, true
	}
	return reply, keep
}

func (s *Sim) note(what string) {
	s.mu.Lock()
	s.unclean = append(s.unclean, what)
	s.mu.Unlock()
}

func integer(name string, n int) goipp.Attribute {
	return goipp.MakeAttribute(name, goipp.TagInteger, goipp.Integer(n))
}

func enum(name string, n int) goipp.Attribute {
	return goipp.MakeAttribute(name, goipp.TagEnum, goipp.Integer(n))
}

// describe answers Get-Printer-Attributes.
func (s *Sim) describe(out *goipp.Message) {
	busy := s.Printing()
	b := s.Body()
	state := printerIdle
	if busy {
		state = printerProcessing
	}
	if b.stopped() {
		state = printerStopped
	}
	reasons := goipp.Attribute{Name: "printer-state-reasons"}
	for _, r := range []struct {
		is   bool
		word string
	}{{b.PaperEnd, "media-empty-error"}, {b.NearEnd && !b.PaperEnd, "media-low-warning"}, {b.CoverOpen, "cover-open-error"},
		{b.Jam, "media-jam-error"}, {b.TonerLow, "marker-supply-low-warning"}, {b.Offline, "paused"}} {
		if r.is {
			reasons.Values.Add(goipp.TagKeyword, goipp.String(r.word))
		}
	}
	if len(reasons.Values) == 0 {
		reasons.Values.Add(goipp.TagKeyword, goipp.String("none"))
	}
	out.Printer.Add(enum("printer-state", state))
	out.Printer.Add(reasons)
	out.Printer.Add(goipp.MakeAttribute("printer-is-accepting-jobs", goipp.TagBoolean, goipp.Boolean(true)))
	out.Printer.Add(goipp.MakeAttribute("printer-make-and-model", goipp.TagText, goipp.String("Simulated A4")))
	out.Printer.Add(goipp.MakeAttribute("document-format-supported", goipp.TagMimeType, goipp.String(mimePDF)))
}

// take answers Print-Job.
func (s *Sim) take(m *goipp.Message, document []byte, out *goipp.Message) (keep bool) {
	name := "untitled"
	for _, a := range m.Operation {
		if a.Name == "job-name" && len(a.Values) > 0 {
			name = a.Values[0].V.String()
		}
		if a.Name == "document-format" && len(a.Values) > 0 && a.Values[0].V.String() != mimePDF {
			out.Code = goipp.Code(goipp.StatusErrorDocumentFormatNotSupported)
			return true
		}
	}
	pages, err := count(document)
	if err != nil {
		s.note(fmt.Sprintf("document of %d bytes: %v", len(document), err))
		out.Code = goipp.Code(goipp.StatusErrorDocumentFormatError)
		return true
	}
	s.mu.Lock()
	j := &job{id: len(s.jobs) + 1, name: name, pages: pages, state: jobPending, pdf: document}
	s.jobs = append(s.jobs, j)
	out.Job = attributes(j, s.body.Uncounted)
	keep = !s.body.Mute
	s.body.Mute = false
	s.mu.Unlock()
	s.o.OnChange()
	return keep
}

func attributes(j *job, uncounted bool) goipp.Attributes {
	done := j.done
	if uncounted {
		done = 0
	}
	return goipp.Attributes{integer("job-id", j.id), enum("job-state", j.state),
		goipp.MakeAttribute("job-name", goipp.TagName, goipp.String(j.name)),
		integer("job-media-sheets-completed", done), integer("job-impressions-completed", done)}
}

// withJob finds the job that a message names.
func (s *Sim) withJob(m *goipp.Message, out *goipp.Message, f func(*job)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range m.Operation {
		if a.Name != "job-id" || len(a.Values) == 0 {
			continue
		}
		if n, ok := a.Values[0].V.(goipp.Integer); ok && int(n) >= 1 && int(n) <= len(s.jobs) {
			f(s.jobs[n-1])
			return
		}
	}
	out.Code = goipp.Code(goipp.StatusErrorNotFound)
}

func (s *Sim) cancel(out *goipp.Message) func(*job) {
	return func(j *job) {
		if j.state >= jobCanceled {
			out.Code = goipp.Code(goipp.StatusErrorNotPossible)
			return
		}
		j.state = jobCanceled
	}
}

// list answers Get-Jobs.
func (s *Sim) list(m *goipp.Message, out *goipp.Message) {
	ended := false
	for _, a := range m.Operation {
		if a.Name == "which-jobs" && len(a.Values) > 0 {
			ended = a.Values[0].V.String() == "completed"
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out.Groups = goipp.Groups{{Tag: goipp.TagOperationGroup, Attrs: out.Operation}}
	for _, j := range s.jobs {
		if (j.state >= jobCanceled) == ended {
			out.Groups.Add(goipp.Group{Tag: goipp.TagJobGroup, Attrs: attributes(j, s.body.Uncounted)})
		}
	}
}
