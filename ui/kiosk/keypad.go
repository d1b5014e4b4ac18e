package kiosk

import (
	"strconv"

	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/view"
)

// keypad is digits, clear and backspace; on a page without room in two rows.
func keypad(f view.Frame) flow.Node {
	digit := func(n int) flow.Node {
		word := strconv.Itoa(n)
		return button(key(view.Digit, word), panel.Key, flow.Show(panel.Typed{Value: word, Role: panel.Digits}))
	}
	clear := button(key(view.Clear), panel.Key, flow.Show(panel.Words(panel.Body, say(f, "case.clear")).Single()))
	erase := button(key(view.Backspace), panel.Key, flow.Show(panel.Icon{Name: "erase", Size: 52}))
	var tall, wide []flow.Node
	for n := 1; n <= 9; n++ {
		tall = append(tall, digit(n))
	}
	wide = append(append(wide, tall[:5]...), erase)
	wide = append(append(append(wide, tall[5:]...), digit(0)), clear)
	tall = append(tall, clear, digit(0), erase)
	return flow.Grid(3, 20, tall...).Growing(1).Or(1, flow.Grid(6, 20, wide...).Growing(1))
}
