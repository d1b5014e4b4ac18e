package payment

// A Notice is what the court tells everybody in its lobby on some days. What it says is never changed: another one is
// written, and this one is taken down.
type Notice struct {
	No      string // of the form that it was written on
	Chinese string
	English string `json:",omitzero"`
	From    string // the first day, 2006-01-02 in China
	Until   string // the last one
	Written Decision
	Taken   Decision `json:",omitzero"` // down
}

// Key begins with the last day, so that a reader of today's begins behind all that are over.
func (n Notice) Key() string { return n.Until + "/" + n.No }

// On reports whether it stands on the board on a day, 2006-01-02.
func (n Notice) On(day string) bool { return n.Taken.At.IsZero() && n.From <= day && day <= n.Until }
