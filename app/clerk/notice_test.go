package clerk_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/bulletin"
	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

// A lead writes a notice, the board has it at once, in its days; sent twice it stands once, and taken down it is gone.
func TestNotices(t *testing.T) {
	inCourt(t, func(c *court) {
		ctx := c.Context()
		c.founded()
		c.hire("0217", clerk.RoleClerk)
		c.Board = bulletin.Open("", c.ledger.Notices(), slog.New(slog.DiscardHandler))
		lead := c.at(lead1)
		n := clerk.NewNotice{No: "1", Chinese: " 15:30后现金请到3号窗口 ", English: "Cash at Window 3", From: "2026-11-28",
			Until: "2026-11-29"}
		for range 2 {
			if err := c.WriteNotice(ctx, lead, n); err != nil {
				t.Fatal(err)
			}
		}
		list, shown, err := c.Notices(ctx, lead)
		if want := "15:30后现金请到3号窗口\nCash at Window 3"; err != nil || len(list) != 1 || len(shown) != 1 ||
			shown[0] != want || list[0].Written.By.Person != lead1 {
			t.Fatalf("the board says %q, %+v, %v", shown, list, err)
		}
		if err := c.WriteNotice(ctx, c.at("0217"), n); !errors.Is(err, clerk.ErrNoRight) {
			t.Errorf("a clerk writes: %v", err)
		}
		if err := c.TakeDown(ctx, lead, list[0].Key(), " "); !errors.Is(err, clerk.ErrReason) {
			t.Errorf("taken down without a reason: %v", err)
		}
		if err := c.TakeDown(ctx, c.at(lead2), list[0].Key(), "活动取消"); err != nil {
			t.Fatal(err)
		}
		if err := c.TakeDown(ctx, lead, list[0].Key(), "再撤"); !errors.Is(err, payment.ErrConflict) {
			t.Errorf("taken down twice: %v", err)
		}
		if _, shown, err := c.Notices(ctx, lead); err != nil || len(shown) != 0 {
			t.Errorf("after it was taken down the board says %q, %v", shown, err)
		}
		audit := fmt.Sprint(c.entries(clerk.NoticeWritten), c.entries(clerk.NoticeTaken))
		if n := len(c.entries(clerk.NoticeWritten)); n != 1 || !strings.Contains(audit, "活动取消") ||
			!strings.Contains(audit, lead2) || !strings.Contains(audit, "Cash at Window 3") {
			t.Errorf("%d entries of writing: %s", n, audit)
		}
	})
}

// What names a case or a person, stands on no day, is longer than a screen has room, or is one too many is not written.
func TestNoticesRefused(t *testing.T) {
	inCourt(t, func(c *court) {
		c.founded()
		lead := c.at(lead1)
		days := func(from, until string) clerk.NewNotice {
			return clerk.NewNotice{Chinese: "今天", From: from, Until: until}
		}
		says := func(text string) clerk.NewNotice {
			return clerk.NewNotice{Chinese: text, From: "2026-11-28", Until: "2026-11-28"}
		}
		english := says("今天")
		english.English = "case （2026）京0101民初1号"
		for name, tt := range map[string]struct {
			n    clerk.NewNotice
			want error
		}{
			"plain":                {says("执行款请到12号窗口，刑庭305室今日开放"), nil},
			"a case":               {says("（2026）京0101民初12345号请到窗口"), clerk.ErrPersonal},
			"a case in brackets":   {says("(2026) 京0101 民初 12345 号"), clerk.ErrPersonal},
			"a part of one":        {says("请民初12345的当事人到窗口"), clerk.ErrPersonal},
			"a case in English":    {english, clerk.ErrPersonal},
			"an identity":          {says("11010519491231002X"), clerk.ErrPersonal},
			"nothing":              {says("  "), bulletin.ErrHalf},
			"too long":             {says(strings.Repeat("长", bulletin.Longest+1)), bulletin.ErrLong},
			"an escape":            {says("\x1b[31m红"), bulletin.ErrUnprinted},
			"no day":               {days("", "2026-11-28"), clerk.ErrNoticeDays},
			"from yesterday":       {days("2026-11-27", "2026-11-29"), clerk.ErrNoticeDays},
			"the last before":      {days("2026-11-29", "2026-11-28"), clerk.ErrNoticeDays},
			"two years":            {days("2026-11-28", "2028-11-28"), clerk.ErrNoticeDays},
			"not a day":            {days("2026-11-28", "2026-13-28"), clerk.ErrNoticeDays},
			"from the day after":   {days("2026-11-29", "2026-11-29"), nil},
			"a line of the file's": {says("一|two"), nil},
		} {
			tt.n.No = name
			if err := c.WriteNotice(c.Context(), lead, tt.n); !errors.Is(err, tt.want) {
				t.Errorf("%s: got %v, want %v", name, err, tt.want)
			}
		}
		third := says("三")
		for i, want := range []error{nil, clerk.ErrBoardFull} { // two stand today
			third.No = fmt.Sprint(i)
			if err := c.WriteNotice(c.Context(), lead, third); !errors.Is(err, want) {
				t.Errorf("of number %d: got %v, want %v", 3+i, err, want)
			}
		}
		time.Sleep(24 * time.Hour)
		third.No, third.From, third.Until = "tomorrow", "2026-11-29", "2026-11-29"
		if err := c.WriteNotice(c.Context(), lead, third); err != nil {
			t.Errorf("the day after: %v", err)
		}
	})
}
