package payment

import "time"

// A Former is a name that a ledger had until it was bound to another machine, or that it lost when an older copy of it
// was put back.
type Former struct {
	Instance string
	Until    time.Time
}
