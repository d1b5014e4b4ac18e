package paper

import (
	"strings"
	"unicode"
)

// lines breaks text that is too wide into as few lines as it needs, about as long as each other: no character is left
// alone on the last.
func (s *slip) lines(text string, f face, limit float64) []string {
	const step = 0.5 // mm
	lines, forced := s.broken(text, f, limit)
	for narrow := limit - step; len(lines) > 1; narrow -= step {
		next, more := s.broken(text, f, narrow)
		if len(next) > len(lines) || more > forced {
			break
		}
		lines = next
	}
	return lines
}

// broken fills one line after another. It says how often it had to break where no line should be.
func (s *slip) broken(text string, f face, limit float64) (lines []string, forced int) {
	var line []rune
	for _, r := range text {
		if len(line) > 0 && s.width(string(line)+string(r), f) > limit {
			cut := lastBreak(append(line, r))
			if cut == 0 {
				cut = len(line)
				forced++
			}
			lines = append(lines, strings.TrimSpace(string(line[:cut])))
			line = []rune(strings.TrimSpace(string(line[cut:])))
		}
		if len(line) > 0 || r != ' ' {
			line = append(line, r)
		}
	}
	return append(lines, string(line)), forced
}

// lastBreak returns where a line may end in its second half, as late as can be; 0 when it may not.
func lastBreak(line []rune) int {
	for i := len(line) - 1; i > len(line)/2; i-- {
		if mayBreak(line[i-1], line[i]) {
			return i
		}
	}
	return 0
}

// The characters that no line begins or ends with (GB/T 15834-2011, 5.1), and the units of an amount in
// capitals, which stay with their digit.
const (
	notFirst = "，。、；：！？）》」』”’…·%仟佰拾万亿元角分整"
	notLast  = "（《「『“‘¥"
)

// mayBreak reports whether a line may end between two characters: Chinese may anywhere, a number or a Latin word only
// at a blank.
func mayBreak(a, b rune) bool {
	switch {
	case a == ' ' || b == ' ':
		return true
	case strings.ContainsRune(notFirst, b), strings.ContainsRune(notLast, a):
		return false
	}
	return a > unicode.MaxASCII || b > unicode.MaxASCII
}
