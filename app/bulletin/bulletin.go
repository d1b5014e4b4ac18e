// Package bulletin is the board of today's notices in a lobby: what leads write at the window, and a text file of the
// court's, a notice a line. Whoever may write them speaks on a court's screen, so little is taken: a few short lines.
package bulletin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"courtkiosk/payment"
)

// What is taken of a file, and of what is written at the window.
const (
	Most    = 3  // notices of one day
	Longest = 40 // characters of a notice; of its English twice as many
	maxFile = 16 << 10
)

// What a notice is not shown for.
var (
	ErrUnprinted   = errors.New("characters that are not printed")
	ErrLong        = fmt.Errorf("more than %d characters", Longest)
	ErrLongEnglish = fmt.Errorf("more than %d characters of English", 2*Longest)
	ErrHalf        = errors.New("nothing on one side of its |") // English alone
)

// A Board reads a file again whenever it has changed, and the ledger's notices each time. Its methods may be called by
// several goroutines, and may wait for the disk.
type Board struct {
	path    string
	written payment.Book[payment.Notice]
	log     *slog.Logger

	mu    sync.Mutex
	seen  state
	lines []line
	said  string // what was logged last of the file, so that it is logged once
	// the ledger's notices could not be read, which was logged
	failed bool
}

// A state tells one edition of the file from another.
type state struct {
	there bool
	size  int64
	at    time.Time
}

// A line is a notice, and its only day; without one it stands there until it is taken out.
type line struct{ day, text string }

// Open returns the board of a file and of the ledger's notices; there may be neither. The file need not be there.
func Open(path string, written payment.Book[payment.Notice], log *slog.Logger) *Board {
	return &Board{path: path, written: written, log: log}
}

// Today returns the notices of a day in China: what was written at the window, as it was written, and the file's. A
// second line of one is its English.
func (b *Board) Today(now time.Time) (list []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	today := now.In(payment.China).Format(time.DateOnly)
	if b.written != nil {
		all, err := Standing(context.Background(), b.written, today)
		if err != nil && !b.failed {
			b.log.Warn("notices of the ledger not read", "err", err)
		}
		b.failed = err != nil
		for _, n := range all {
			if n.On(today) {
				list = append(list, strings.TrimSpace(n.Chinese+"\n"+n.English))
			}
		}
	}
	if b.path != "" {
		b.look()
		for _, l := range b.lines {
			if l.day == "" || l.day == today {
				list = append(list, l.text)
			}
		}
	}
	return list[:min(len(list), Most)]
}

// Standing returns the notices that are not over on a day, 2006-01-02: those that stand, will stand, and were taken
// down. The one that was written first is the first.
func Standing(ctx context.Context, in payment.Book[payment.Notice], today string) (all []payment.Notice, err error) {
	for n, err := range payment.Each(ctx, in, payment.Range{After: today}) {
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	slices.SortStableFunc(all, func(a, b payment.Notice) int {
		return cmp.Or(a.Written.At.Compare(b.Written.At), strings.Compare(a.No, b.No))
	})
	return all, nil
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
		err := Check(chinese, english)
		if both && english == "" {
			err = ErrHalf
		}
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Errorf("line %d has %w", n+1, err))
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

// Check says why a notice is not shown: ErrUnprinted, ErrLong, ErrLongEnglish or ErrHalf.
func Check(chinese, english string) error {
	switch {
	case strings.ContainsFunc(chinese+english, func(r rune) bool { return !unicode.IsPrint(r) }):
		return ErrUnprinted
	case utf8.RuneCountInString(chinese) > Longest:
		return ErrLong
	case utf8.RuneCountInString(english) > 2*Longest:
		return ErrLongEnglish
	case chinese == "":
		return ErrHalf
	}
	return nil
}
