package register

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"courtkiosk/app/message"
	"courtkiosk/payment/durable"
)

// How a watched file is looked at: often, by its size and time, because network shares tell of no changes. One that
// is being written changes between two looks.
const (
	lookEvery = time.Second
	calmFor   = 2 * time.Second
)

// ReportName is the file beside a watched list that says what became of it.
func ReportName(path string) string { return path + ".report.txt" }

// Watch takes in the list at path whenever it is replaced, and at the start when it is another one than the last,
// until ctx ends. Of a folder it is the newest .csv or .xlsx in it. A list is taken whole or not at all; what became
// of it is written beside it. imported is called after each list that was taken.
func (r *Register) Watch(ctx context.Context, path string, log *slog.Logger, imported func(context.Context)) {
	info, err := r.Info()
	if err != nil {
		log.ErrorContext(ctx, "watched list not compared", "err", err)
	}
	w := watcher{watched: path, done: info.Sum, lang: r.lang, last: info}
	if info.ByHand && !info.Imported.After(time.Now()) { // a clock that was ahead then says nothing of files
		w.after = info.Imported
	}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		if text := w.look(ctx, log, time.Now()); text != nil {
			log.InfoContext(ctx, "watched list is being read", "file", w.path, "bytes", len(text))
			now := Info{Source: filepath.Base(w.path), Imported: time.Now(), Written: w.time}
			s, err := r.take(ctx, text, now, Agreed{})
			if ctx.Err() != nil {
				return
			}
			w.tell(ctx, log, s, err)
			if err == nil {
				w.last = now
				imported(ctx)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// A watcher knows how the watched file looked.
type watcher struct {
	lang    message.Lang
	watched string // a file, or a folder of files
	path    string // the file
	done    string // sum of the content that was taken or refused last
	size    int64
	time    time.Time
	since   time.Time // since when it looks like this; zero once it was read
	lost    bool      // said that it is not there
	after   time.Time // of an import by hand at the last start: an older file was overruled by it
	last    Info      // of the list that was taken last
}

// farAhead is how far a file's time may lie ahead, because its clock is in another zone, before nothing is known by it.
const farAhead = 24 * time.Hour

// newer reports whether a file of a folder counts more than another. The time of one that was written in the future
// says nothing: it stands behind all others.
func newer(f, than os.FileInfo, now time.Time) bool {
	limit := now.Add(farAhead)
	if a, b := f.ModTime().After(limit), than.ModTime().After(limit); a != b {
		return b
	}
	return !f.ModTime().Before(than.ModTime()) // of equal ones the last by name
}

// goesBack reports whether another file of the folder than the one that was taken last is older than that was: it is
// the newest only because that one was taken away.
func (w *watcher) goesBack(now time.Time) bool {
	return w.path != w.watched && filepath.Base(w.path) != w.last.Source && w.time.Before(w.last.Written) &&
		!w.last.Written.After(now.Add(farAhead))
}

// newest returns the list to look at: the watched file, or the newest in the watched folder.
func (w *watcher) newest(now time.Time) (path string, f os.FileInfo, err error) {
	f, err = os.Stat(w.watched)
	if err != nil || !f.IsDir() {
		return w.watched, f, err
	}
	entries, err := os.ReadDir(w.watched)
	if err != nil {
		return w.watched, nil, err
	}
	f = nil
	for _, e := range entries {
		form := strings.ToLower(filepath.Ext(e.Name()))
		// Excel's own locks
		if form != ".csv" && form != ".xlsx" || strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "~$") {
			continue
		}
		if i, err := e.Info(); err == nil && i.Mode().IsRegular() && (f == nil || newer(i, f, now)) {
			path, f = filepath.Join(w.watched, e.Name()), i
		}
	}
	if f == nil {
		return w.watched, nil, os.ErrNotExist
	}
	return path, f, nil
}

// look returns the content of a file that is new and has been left alone for a while; else nil.
func (w *watcher) look(ctx context.Context, log *slog.Logger, now time.Time) []byte {
	path, f, err := w.newest(now)
	if err != nil || !f.Mode().IsRegular() {
		if !w.lost {
			log.WarnContext(ctx, "watched list not there", "file", w.watched, "err", err)
		}
		w.lost = true
		return nil
	}
	w.lost = false
	if path != w.path || f.Size() != w.size || !f.ModTime().Equal(w.time) {
		w.path, w.size, w.time, w.since = path, f.Size(), f.ModTime(), now
		return nil
	}
	if w.since.IsZero() || now.Sub(w.since) < calmFor {
		return nil
	}
	text, err := durable.Read(w.path, maxFile)
	if err != nil {
		log.WarnContext(ctx, "watched list not read", "file", w.path, "err", err)
		return nil
	}
	w.since = time.Time{}
	s := sum(text)
	switch {
	case s == w.done, w.time.Before(w.after):
	case w.goesBack(now):
		log.WarnContext(ctx, "watched list is older than the list that was taken", "file", w.path, "taken",
			w.last.Source)
	default:
		w.done = s
		return text
	}
	return nil
}

func sum(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:])
}

// tell writes down what became of the list: for the clerk beside the file, and in the log.
func (w *watcher) tell(ctx context.Context, log *slog.Logger, s Summary, err error) {
	if werr := writeReport(w.path, reportOf(w.lang, filepath.Base(w.path), time.Now(), s, err)); werr != nil {
		log.WarnContext(ctx, "report on the watched list not written", "file", ReportName(w.path), "err", werr)
	}
	if err != nil {
		log.ErrorContext(ctx, "watched list refused", "file", w.path, "err", err) // rows are named, never their values
		return
	}
	log.InfoContext(ctx, "watched list taken", "file", w.path, "added", s.Added, "changed", s.Changed, "missing",
		s.Missing, "unchanged", s.Unchanged, "ignored", s.Ignored)
}

// writeReport replaces the report whole.
func writeReport(path, text string) error {
	return durable.WriteFile(ReportName(path), []byte("\ufeff"+text), 0o644) // Notepad and Excel take it for UTF-8
}
