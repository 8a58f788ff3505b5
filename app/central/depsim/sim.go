package depsim

import (
	"context"
)

// Sim is the running simulator.
type Sim struct{}

// State implements the page's view.
func (s *Sim) State(ctx context.Context) (State, error) { return State{}, nil }

// Behave sets how a department treats a material.
func (s *Sim) Behave(ctx context.Context, b Behaviour) error { return nil }

// SetUp takes a department down or up.
func (s *Sim) SetUp(ctx context.Context, r DepartmentRequest) error { return nil }

// Deliver sends a call-back now.
func (s *Sim) Deliver(ctx context.Context, r DeliverRequest) error { return nil }

// Refuse refuses an order now.
func (s *Sim) Refuse(ctx context.Context, r RefuseRequest) error { return nil }

// Forward puts the clock forward.
func (s *Sim) Forward(ctx context.Context, r ClockRequest) error { return nil }

// File is the sample of an order.
func (s *Sim) File(ctx context.Context, id string) (string, []byte, error) { return "", nil, nil }
