// Package bulletin is the board of today's notices in a lobby: a text file that the court writes, a notice a line.
// Whoever may write the file speaks on a court's screen, so little is taken from it: a few short lines of text.
package bulletin

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"courtkiosk/payment"
)

// What is taken of a file.
const (
	Most    = 3  // notices of one day
	Longest = 40 // characters of a notice; of its English twice as many
	maxFile = 16 << 10
)

// A Board reads a file again whenever it has changed. Its methods may be called by several goroutines, and may wait
// for the disk.
type Board struct {
	path string
	log  *slog.Logger

	mu    sync.Mutex
	seen  state
	lines []line
	said  string // what was logged last, so that it is logged once
}

// A state tells one edition of the file from another.
type state struct {
	there bool
	size  int64
	at    time.Time
}

// A line is a notice, and its only day; without one it stands there until it is taken out.
type line struct{ day, text string }

// Open returns the board of a file; an empty path is a board without notices. The file need not be there.
func Open(path string, log *slog.Logger) *Board { return &Board{path: path, log: log} }

// Today returns the notices of a day in China.
func (b *Board) Today(now time.Time) (list []string) {
	if b.path == "" {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.look()
	today := now.In(payment.China).Format(time.DateOnly)
	for _, l := range b.lines {
		if (l.day == "" || l.day == today) && len(list) < Most {
			list = append(list, l.text)
		}
	}
	return list
}

// look reads the file if it is another than the last one.
func (b *Board) look() {
	info, err := os.Stat(b.path)
	if err != nil {
		b.seen, b.lines = state{}, nil
		b.say("notices not read", err)
		return
	}
	now := state{true, info.Size(), info.ModTime()}
	if now == b.seen {
		return
	}
	text, err := read(b.path)
	if err != nil {
		b.seen, b.lines = state{}, nil
		b.say("notices not read", err)
		return
	}
	b.seen = now
	var wrong []error
	b.lines, wrong = parse(text)
	b.say("notice not shown", errors.Join(wrong...))
}

// say logs what is wrong, once; of a file that is not there it is no warning.
func (b *Board) say(what string, err error) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said == b.said {
		return
	}
	b.said = said
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		b.log.Info("no notices: the file is not there", "file", b.path)
	default:
		b.log.Warn(what, "file", b.path, "err", err)
	}
}

// read reads as much of a file as is taken of one.
func read(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return "", err
	case len(data) > maxFile:
		return "", fmt.Errorf("the file is larger than %d bytes", maxFile)
	case !utf8.Valid(data):
		return "", errors.New("the file is not UTF-8; save it as UTF-8")
	}
	return strings.TrimPrefix(string(data), "\ufeff"), nil
}

// parse returns the notices of a text, and what is wrong with lines that are none. An error names a line and does not
// hold it. What follows a # at a line's beginning is a remark. What follows a | is the notice's English: it comes on a
// second line.
func parse(text string) (list []line, wrong []error) {
	days := make(map[string]int)
	for n, said := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		said = strings.TrimSpace(strings.ReplaceAll(said, "\u3000", " "))
		if said == "" || strings.HasPrefix(said, "#") {
			continue
		}
		var l line
		l.text = said
		if day, rest, ok := strings.Cut(said, " "); ok {
			if _, err := time.Parse(time.DateOnly, day); err == nil {
				l.day, l.text = day, strings.TrimSpace(rest)
			}
		}
		days[l.day]++
		chinese, english, both := strings.Cut(l.text, "|")
		chinese, english = strings.TrimSpace(chinese), strings.TrimSpace(english)
		switch {
		case strings.ContainsFunc(l.text, func(r rune) bool { return !unicode.IsPrint(r) }):
			wrong = append(wrong, fmt.Errorf("line %d has characters that are not printed", n+1))
		case utf8.RuneCountInString(chinese) > Longest:
			wrong = append(wrong, fmt.Errorf("line %d has more than %d characters", n+1, Longest))
		case utf8.RuneCountInString(english) > 2*Longest:
			wrong = append(wrong, fmt.Errorf("line %d has more than %d characters of English", n+1, 2*Longest))
		case both && (chinese == "" || english == ""):
			wrong = append(wrong, fmt.Errorf("line %d has nothing on one side of its |", n+1))
		case days[l.day] > Most:
			wrong = append(wrong, fmt.Errorf("line %d is one too many: %d notices are shown", n+1, Most))
		default:
			if both {
				l.text = chinese + "\n" + english
			}
			list = append(list, l)
		}
	}
	return list, wrong
}
