package payment

import "time"

// A Fact is what somebody outside has said of an order since it was made. It stands beside the order, proves nothing,
// and never moves it.
type Fact struct {
	Order string
	Kind  string    // opaque
	Says  []byte    // opaque; no names
	Heard time.Time // when it was said first, as it is
	// when it was asked for again and not said; zero since it was said last
	Missed time.Time `json:",omitzero"`
}

// Key is the order and the kind.
func (f Fact) Key() string { return f.Order + "/" + f.Kind }
