package depsim

import (
	"context"
	"slices"
	"time"

	"hallway/app/print"
)

// Behave sets how a department treats a material from now on.
func (s *Sim) Behave(ctx context.Context, b Behaviour) error {
	if _, ok := s.department(b.Department); !ok {
		return errNoDepartment
	}
	if !b.known() {
		return errBehaviour
	}
	err := s.store.behave(ctx, b, true)
	if err == nil {
		err = s.store.setNumber(ctx, "set/"+b.Department+"/"+b.Material, 1)
	}
	return s.did(err)
}

// did counts a change and hides the words of an error.
func (s *Sim) did(err error) error {
	if err != nil {
		return s.fault(err)
	}
	s.changed()
	return nil
}

// SetUp takes a department down or up.
func (s *Sim) SetUp(ctx context.Context, r DepartmentRequest) error {
	if _, ok := s.department(r.ID); !ok {
		return errNoDepartment
	}
	s.mu.Lock()
	s.down[r.ID] = !r.Up
	s.mu.Unlock()
	v := int64(1)
	if r.Up {
		v = 0
	}
	return s.did(s.store.setNumber(ctx, "down/"+r.ID, v))
}

// Forward puts the departments' clock forward.
func (s *Sim) Forward(ctx context.Context, r ClockRequest) error {
	s.mu.Lock()
	s.forward += time.Duration(r.Seconds) * time.Second
	seconds := int64(s.forward / time.Second)
	s.mu.Unlock()
	return s.did(s.store.setNumber(ctx, "forward", seconds))
}

// Deliver sends an order's call-back now, whatever its state: a department may
// be slow, or wrong.
func (s *Sim) Deliver(ctx context.Context, r DeliverRequest) error {
	if !slices.Contains([]string{AtOnce, Twice, Forged, WrongDigest}, r.How) {
		return errBehaviour
	}
	return s.oneNow(ctx, r.ID, r.How, "")
}

// Refuse says now that an order cannot be supplied.
func (s *Sim) Refuse(ctx context.Context, r RefuseRequest) error {
	return s.oneNow(ctx, r.ID, Refuse, r.Reason)
}

// oneNow makes one call-back and waits for the centre's answer.
func (s *Sim) oneNow(ctx context.Context, id, how, reason string) error {
	r, ok, err := s.store.one(ctx, id)
	if err != nil {
		return s.fault(err)
	}
	if !ok || r.Kind != KindOrder {
		return errNoRequest
	}
	if reason != "" {
		r.reason = reason
	}
	s.callBack(ctx, job{r, how})
	return nil
}

// File is the sample of an order; it is made at the first question.
func (s *Sim) File(ctx context.Context, id string) (string, []byte, error) {
	r, ok, err := s.store.one(ctx, id)
	if err != nil {
		return "", nil, s.fault(err)
	}
	if !ok || r.Kind != KindOrder {
		return "", nil, errNoRequest
	}
	mediaType, body, err := s.fileOf(ctx, r)
	if err != nil {
		return "", nil, s.fault(err)
	}
	return mediaType, body, nil
}

// fileOf makes the file of an order, once.
func (s *Sim) fileOf(ctx context.Context, r Request) (mediaType string, body []byte, err error) {
	mediaType, body, ok, err := s.store.file(ctx, r.ID)
	if err != nil || ok {
		return mediaType, body, err
	}
	d, _ := s.department(r.Department)
	body, err = s.sample(print.Sample{Head: print.Head{Locale: s.cfg.Locale, At: r.Received}, Department: d.names(),
		Material: r.Material, Request: r.ID, Holder: r.Person, Document: r.Document})
	if err != nil {
		return "", nil, err
	}
	if err := s.store.keepFile(ctx, r.ID, "application/pdf", body); err != nil {
		return "", nil, err
	}
	mediaType, body, _, err = s.store.file(ctx, r.ID) // another may have been first
	return mediaType, body, err
}

// pdf makes a sample with the machine's fonts.
func (s *Sim) pdf(sample print.Sample) ([]byte, error) {
	p, err := print.OpenPDF(s.cfg.path(s.cfg.Data) + "/fonts")
	if err != nil {
		return nil, err
	}
	return p.Bytes(print.SampleMaterial(sample))
}
