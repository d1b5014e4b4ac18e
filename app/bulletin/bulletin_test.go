package bulletin

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

var monday = time.Date(2026, 11, 23, 10, 0, 0, 0, payment.China)

func TestParse(t *testing.T) {
	long := strings.Repeat("长", Longest)
	half := func(n int) string { return fmt.Sprintf("line %d has nothing on one side of its |", n) }
	tests := map[string]struct{ text, today, wrong string }{
		"nothing":              {"", "[]", "[]"},
		"remarks and blanks":   {"# 今天的通知\n\n   \n", "[]", "[]"},
		"two, as Windows ends": {"一\r\n二\r\n", "[一 二]", "[]"},
		"a wide blank":         {"　15:30后　现金请到3号窗口", "[15:30后 现金请到3号窗口]", "[]"},
		"today's":              {"2026-11-23 今天\n2026-11-24 明天\n总是", "[今天 总是]", "[]"},
		"a day alone":          {"2026-11-23", "[2026-11-23]", "[]"},
		"as long as may be":    {long, "[" + long + "]", "[]"},
		"too long":             {"一\n" + long + "长", "[一]", "[line 2 has more than 40 characters]"},
		"an escape":            {"\x1b[31m红\n二", "[二]", "[line 1 has characters that are not printed]"},
		"turned letters":       {"一\u202e二", "[]", "[line 1 has characters that are not printed]"},
		"a tab":                {"一\t二", "[]", "[line 1 has characters that are not printed]"},
		"in English too":       {"一 | one\n2026-11-23 二|two", "[一\none 二\ntwo]", "[]"},
		"half of a line":       {"一|\n|two", "[]", "[" + half(1) + " " + half(2) + "]"},
		"long English": {"一|" + strings.Repeat("e", 2*Longest) + "\n二|" + strings.Repeat("e", 2*Longest+1),
			"[一\n" + strings.Repeat("e", 2*Longest) + "]", "[line 2 has more than 80 characters of English]"},
		"too many": {"一\n二\n三\n四", "[一 二 三]", "[line 4 is one too many: 3 notices are shown]"},
	}
	for name, tt := range tests {
		lines, wrong := parse(tt.text)
		var today []string
		for _, l := range lines {
			if l.day == "" || l.day == "2026-11-23" {
				today = append(today, l.text)
			}
		}
		if fmt.Sprint(today) != tt.today || fmt.Sprint(wrong) != tt.wrong {
			t.Errorf("%s: got %v, %v, want %s, %s", name, today, wrong, tt.today, tt.wrong)
		}
	}
}

// A file is read again when it changes; one that is not there is said once, and no error.
func TestToday(t *testing.T) {
	var log bytes.Buffer
	path := filepath.Join(t.TempDir(), "notices.txt")
	b := Open(path, nil, slog.New(slog.NewTextHandler(&log, nil)))
	step := 0
	expect := func(what, want, logged string) {
		t.Helper()
		for range 3 { // what was said is said once
			if got := fmt.Sprint(b.Today(monday)); got != want {
				t.Errorf("%s: got %s, want %s", what, got, want)
			}
		}
		if n := strings.Count(log.String(), "\n"); n > 1 || !strings.Contains(log.String(), logged) || logged == "" &&
			n > 0 {
			t.Errorf("%s: logged %q, want %q once", what, log.String(), logged)
		}
		log.Reset()
	}
	write := func(text string) {
		t.Helper()
		step++
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, monday, monday.Add(time.Duration(step)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	expect("not there", "[]", "level=INFO msg=\"no notices")
	write("一\n二")
	expect("there", "[一 二]", "")
	write("一\x07\n三")
	expect("another, with a bell", "[三]", "line 1 has characters")
	write("\xc4\xfa\xba\xc3") // 您好 in GBK
	expect("of another encoding", "[]", "not UTF-8")
	write(strings.Repeat("#", maxFile+1))
	expect("too large", "[]", "larger than")
	write("四")
	expect("mended", "[四]", "")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	expect("gone again", "[]", "no notices")
	if got := Open("", nil, nil).Today(monday); got != nil {
		t.Errorf("no file says %q", got)
	}
}

// What was written at the window comes first, in its days, until it is taken down; what is over is not even read.
func TestWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notices.txt")
	if err := os.WriteFile(path, []byte("文件一\n文件二\n文件三"), 0o644); err != nil {
		t.Fatal(err)
	}
	l := ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test"})
	b := Open(path, l.Notices(), slog.New(slog.DiscardHandler))
	put := func(n payment.Notice) {
		t.Helper()
		if _, err := l.Notices().Update(t.Context(), n.Key(), func(
			payment.Notice, payment.Staff,
		) (payment.Notice, payment.Entry, error) {
			return n, payment.Entry{}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(now time.Time, want string) {
		t.Helper()
		if got := fmt.Sprintf("%q", b.Today(now)); got != want {
			t.Errorf("on %s: got %s, want %s", now.Format(time.DateOnly), got, want)
		}
	}
	expect(monday, `["文件一" "文件二" "文件三"]`)
	at := func(hour int) payment.Decision {
		return payment.Decision{At: monday.Add(time.Duration(hour) * time.Hour)}
	}
	put(payment.Notice{No: "a", Chinese: "后写", English: "later", From: "2026-11-23", Until: "2026-11-24",
		Written: at(2)})
	put(payment.Notice{No: "b", Chinese: "先写", From: "2026-11-23", Until: "2026-11-30", Written: at(1)})
	put(payment.Notice{No: "c", Chinese: "昨天", From: "2026-11-01", Until: "2026-11-22", Written: at(0)})
	put(payment.Notice{No: "d", Chinese: "明天", From: "2026-11-24", Until: "2026-11-24", Written: at(0)})
	expect(monday, `["先写" "后写\nlater" "文件一"]`)
	expect(monday.AddDate(0, 0, 1), `["明天" "先写" "后写\nlater"]`)
	expect(monday.AddDate(0, 0, 7), `["先写" "文件一" "文件二"]`)
	put(payment.Notice{No: "b", Chinese: "先写", From: "2026-11-23", Until: "2026-11-30", Written: at(1), Taken: at(3)})
	expect(monday, `["后写\nlater" "文件一" "文件二"]`)
}
