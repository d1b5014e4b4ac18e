package payment

import "context"

// Guarded returns a context for what a person does: every write to a ledger that is made with it, of whatever kind, is
// stored only if may returns nil for everybody as the write's own transaction sees them. Its error is returned as it is
// and nothing is stored. May is pure, like every rule. Who was guarded before is guarded twice.
//
// A refused write comes to what a context that has ended comes to, so whatever is safe for a visitor who leaves is safe
// for a person who is let go in the middle. What WeChat has signed is nobody's act and is stored under no guard.
func Guarded(ctx context.Context, may func(Staff) error) context.Context {
	before := Guard(ctx)
	return context.WithValue(ctx, guardKey{}, func(staff Staff) error {
		if before != nil {
			if err := before(staff); err != nil {
				return err
			}
		}
		return may(staff)
	})
}

// Unguarded returns the context without what Guarded has added: for what was learned and must not be lost.
func Unguarded(ctx context.Context) context.Context {
	return context.WithValue(ctx, guardKey{}, (func(Staff) error)(nil))
}

// Guard is the rule that a ledger asks within each write's transaction; nil asks for nothing.
func Guard(ctx context.Context) func(Staff) error {
	may, _ := ctx.Value(guardKey{}).(func(Staff) error)
	return may
}

type guardKey struct{}
