package kiosk

import (
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/view"
)

// How large a code is for a phone that is held by somebody who does not see it, in millimetres: it fits into the
// camera's picture from 16 to 25 cm away, which an arm can hold. Larger is no help: the phone would have to be farther
// off. Computed for a camera that sees 52 degrees.
const (
	codeMM  = 180 // as wide as it may be, less what whole pixels to a module take
	leastMM = 150
)

// alone is the code for who does not see it: nothing else is on the panel, which is white, so that a phone finds it and
// no other. Whoever touches the panel sees, and gets the page of all others.
func alone(f view.Frame, v view.Pay) flow.Page {
	code := panel.QR{Content: v.QR, Side: 668, Least: 544, Pixels: 372}
	if f.ShortMM > 0 {
		units := flow.Short / float32(f.ShortMM) // of a millimetre
		code.Side = min(codeMM*units, flow.Short-2*flow.Margin)
		code.Least, code.Pixels = min(leastMM*units, code.Side), 0
	}
	all := flow.Column(0, flow.Space(), flow.Row(0, flow.Space(), flow.Show(code), flow.Space()), flow.Space()).
		On(panel.White)
	all.Key = key(view.Touch, anywhere)
	over := flow.Column(0, all.Growing(1))
	return flow.Page{Over: &over}
}
