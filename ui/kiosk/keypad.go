package kiosk

import (
	"strconv"

	"courtkiosk/ui/touch"
	"courtkiosk/ui/view"
)

// keypad puts the digits, clear and backspace, from top on in portrait; in landscape it stands at the right. It
// returns all keys, and clear.
func (s *sheet) keypad(top float32) (keys []*touch.Button, clear *touch.Button) {
	for i := range 12 {
		col, row := float32(i%3), float32(i/3)
		portrait, landscape := at(57+col*329.5, top+row*158, 307, 136), at(1140+col*246, 212+row*153, 231, 131)
		switch i {
		case 9:
			clear = s.button(touch.Word, view.Intent{Kind: view.Clear}, portrait, landscape)
			keys = append(keys, clear)
		case 11:
			b := touch.NewBackspace(func() { s.press(view.Intent{Kind: view.Backspace}) })
			s.add(b, view.Intent{Kind: view.Backspace}, portrait, landscape)
			keys = append(keys, b)
		default:
			digit := strconv.Itoa((i + 1) % 11) // the eleventh is 0
			b := s.button(touch.Key, view.Intent{Kind: view.Digit, Arg: digit}, portrait, landscape)
			b.Set(digit)
			keys = append(keys, b)
		}
	}
	return keys, clear
}
