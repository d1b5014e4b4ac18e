package clerk

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"courtkiosk/app/bulletin"
	"courtkiosk/app/caseno"
	"courtkiosk/payment"
)

// What the audit calls a notice that was written, and one that was taken down.
const (
	NoticeWritten = "notice-written"
	NoticeTaken   = "notice-taken-down"
)

// What a notice is refused for, beside what bulletin.Check says.
var (
	// ErrPersonal means: a lobby reads it, and it holds the number of a case or of a person.
	ErrPersonal = errors.New("clerk: a notice names no case and no person")
	// ErrNoticeDays means: no days, the first behind the last, the last over, or further than a year from now.
	ErrNoticeDays = errors.New("clerk: a notice stands on days from today on, for a year at most")
	// ErrBoardFull means: on one of its days as many stand as a screen shows.
	ErrBoardFull = errors.New("clerk: as many notices stand as a screen shows")
)

// noticeAhead is how far off the last day of a notice may be.
const noticeAhead = 366 * 24 * time.Hour

// A NewNotice is what somebody writes for the lobby.
type NewNotice struct {
	No               string // of the form: sent twice it is written once
	Chinese, English string
	From, Until      string // days in China, 2006-01-02
}

// Notices are what is not over yet, written first to last, and what stands on the board now, the file's notices among
// it.
func (d *Desk) Notices(ctx context.Context, c Clerk) (list []payment.Notice, shown []string, err error) {
	if err := c.May(Notices); err != nil {
		return nil, nil, err
	}
	list, err = bulletin.Standing(ctx, d.Ledger.Notices(), chinaDay(now()))
	if err == nil && d.Board != nil {
		shown = d.Board.Today(now())
	}
	return list, shown, err
}

// WriteNotice puts a notice on the board. The error is ErrPersonal, ErrNoticeDays, ErrBoardFull, one of
// bulletin.Check's, or the ledger's.
func (d *Desk) WriteNotice(ctx context.Context, c Clerk, n NewNotice) error {
	ctx, err := c.acts(ctx, Notices)
	if err != nil {
		return err
	}
	plain := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, "|", " ")), " ") }
	made := payment.Notice{No: n.No, Chinese: plain(n.Chinese), English: plain(n.English), From: n.From, Until: n.Until,
		Written: payment.Decision{By: c.By, At: now()}}
	d.board.Lock() // a rule sees one notice: how many stand is counted and stored with no other between
	defer d.board.Unlock()
	list, err := bulletin.Standing(ctx, d.Ledger.Notices(), chinaDay(made.Written.At))
	if err != nil {
		return err
	}
	if err := allowed(made, list); err != nil {
		return err
	}
	_, err = d.Ledger.Notices().Update(ctx, made.Key(), func(
		before payment.Notice, _ payment.Staff,
	) (payment.Notice, payment.Entry, error) {
		if before.No != "" { // the form came twice
			return before, payment.Entry{}, nil
		}
		return made, payment.Entry{Event: NoticeWritten, Note: said(made), By: c.By}, nil
	})
	return err
}

// allowed says why a notice cannot be written beside those that are not over.
func allowed(n payment.Notice, others []payment.Notice) error {
	if err := bulletin.Check(n.Chinese, n.English); err != nil {
		return err
	}
	if namesSomebody(n.Chinese) || namesSomebody(n.English) {
		return ErrPersonal
	}
	from, err := time.ParseInLocation(time.DateOnly, n.From, payment.China)
	until, failed := time.ParseInLocation(time.DateOnly, n.Until, payment.China)
	if err != nil || failed != nil || until.Before(from) || n.From < chinaDay(n.Written.At) ||
		until.Sub(n.Written.At) > noticeAhead {
		return ErrNoticeDays
	}
	for day := from; !day.After(until); day = day.AddDate(0, 0, 1) {
		on := 0
		for _, o := range others {
			if o.No != n.No && o.On(chinaDay(day)) {
				on++
			}
		}
		if on >= bulletin.Most {
			return ErrBoardFull
		}
	}
	return nil
}

// caseIn finds the number of a case within a text: year, court and 号, or a common type and its serial.
var caseIn = regexp.MustCompile(`[(\[〔【]\d{4}[)\]〕】].*\d+号|[民刑行执赔][初终申再监抗辖恢保异复]\d+|执\d{3,}号`)

// namesSomebody reports whether a text holds the number of a case or of a person. A name it cannot tell from other
// words.
func namesSomebody(text string) bool {
	text = strings.Join(strings.Fields(norm.NFKC.String(text)), "")
	if caseno.HoldsIdentity(text) {
		return true
	}
	return caseIn.MatchString(text)
}

// TakeDown takes a notice off the board, for a reason.
func (d *Desk) TakeDown(ctx context.Context, c Clerk, key, reason string) error {
	ctx, err := c.acts(ctx, Notices)
	if err != nil {
		return err
	}
	if reason = Plain(reason); reason == "" {
		return ErrReason
	}
	at := now()
	_, err = d.Ledger.Notices().Update(ctx, key, func(
		n payment.Notice, _ payment.Staff,
	) (payment.Notice, payment.Entry, error) {
		switch {
		case n.No == "":
			return n, payment.Entry{}, payment.ErrNotFound
		case !n.Taken.At.IsZero():
			return n, payment.Entry{}, payment.ErrConflict
		}
		n.Taken = payment.Decision{By: c.By, At: at}
		return n, payment.Entry{Event: NoticeTaken, Note: said(n) + ": " + reason, By: c.By}, nil
	})
	return err
}

// said is a notice as the audit has it: everybody in the lobby reads it.
func said(n payment.Notice) string {
	text := n.From + " to " + n.Until + ": " + n.Chinese
	if n.English != "" {
		text += " | " + n.English
	}
	return text
}

func chinaDay(t time.Time) string { return t.In(payment.China).Format(time.DateOnly) }
