package care

import (
	"context"
	"time"

	"courtkiosk/app/doctor"
)

// What the tests of patience call one by one, where Run would call it at its times.

func (c *Care) Doctor() *doctor.Doctor                  { return &c.doctor }
func (c *Care) ToldAt(now time.Time) doctor.Report      { return c.told(now) }
func (c *Care) Watched()                                { c.watched.Store(true) }
func (c *Care) TendPrinter(ctx context.Context)         { c.tendPrinter(ctx) }
func (c *Care) LookAtCourt(ctx context.Context) error   { return c.lookAtCourt(ctx) }
func (c *Care) Probe(ctx context.Context) time.Duration { return c.probe(ctx) }
func (c *Care) Care(ctx context.Context) time.Duration  { return c.care(ctx) }
