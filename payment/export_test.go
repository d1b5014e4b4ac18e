package payment

// Rules are what the cashier's sessions decide by, for a simulation to plant a mistake in.
func (c *Cashier) Rules() *rules { return &c.rules }
