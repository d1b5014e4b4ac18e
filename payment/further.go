package payment

import (
	"context"
	"time"
)

// soon is how long a create or a close waits to be sent once more: whether it may be sent was asked before its first
// request, and would have to be asked again.
const soon = time.Second

// turnsKey is where the context of a gateway's call keeps how the call takes further turns.
type turnsKey struct{}

// Further waits until a Gateway may send another request for the call that it was given ctx for: to a second host, or
// the one that certificates were fetched for. WeChat counts requests, and only the first has its turn when the call
// begins. After an error the request is not sent; a query waits as long as it must, a create or a close for a second.
func Further(ctx context.Context) error {
	if wait, ok := ctx.Value(turnsKey{}).(func(context.Context) error); ok {
		return wait(ctx)
	}
	return nil // nobody keeps a budget: a test of a gateway
}

// withTurns returns the context of a call whose further requests wait by wait.
func withTurns(ctx context.Context, wait func(context.Context) error) context.Context {
	return context.WithValue(ctx, turnsKey{}, wait)
}

// allowSoon is allow for what cannot wait.
func (s *Session) allowSoon(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, soon)
	defer stop()
	return s.allow(ctx)
}
