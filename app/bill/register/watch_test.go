package register

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// watched is a register with a watched file, in a bubble where time is the test's.
type watched struct {
	*Register
	t     *testing.T
	path  string
	said  bytes.Buffer
	taken atomic.Int32
}

func watch(t *testing.T, fn func(w *watched)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(now))
		r, err := Open(filepath.Join(t.TempDir(), "register.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Close() }()
		fn(&watched{Register: r, t: t, path: filepath.Join(t.TempDir(), "bills.csv")})
	})
}

// run watches for a while.
func (w *watched) run(d time.Duration, meanwhile func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan struct{})
	go func() {
		w.Watch(ctx, w.path, slog.New(slog.NewTextHandler(&w.said, nil)), func(context.Context) { w.taken.Add(1) })
		close(ended)
	}()
	if meanwhile != nil {
		meanwhile()
	}
	time.Sleep(d)
	cancel()
	<-ended
}

func (w *watched) write(rows string) {
	w.t.Helper()
	if err := os.WriteFile(w.path, []byte("案号,费用项目,金额,交费人,标的额,收费类别\n"+rows), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Chtimes(w.path, time.Now(), time.Now()); err != nil { // the bubble's time, not the machine's
		w.t.Fatal(err)
	}
}

func (w *watched) report() string {
	w.t.Helper()
	text, err := os.ReadFile(ReportName(w.path))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

func (w *watched) asked() int {
	w.t.Helper()
	bills, err := w.All(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, b := range bills {
		if b.Payable() {
			n++
		}
	}
	return n
}

const one = "（2026）京0101民初1号,案件受理费,2700,张晓明,120000,property\n"

func TestWatchTakesEachNewList(t *testing.T) {
	watch(t, func(w *watched) {
		w.run(10*time.Second, nil)
		if got := strings.Count(w.said.String(), "watched list not there"); got != 1 {
			t.Errorf("a missing file was told %d times", got)
		}
		w.run(5*time.Second, func() { w.write(one) })
		if w.taken.Load() != 1 || w.asked() != 1 || !strings.Contains(w.report(), "已导入\r\n新增1笔") {
			t.Errorf("taken %d, asked %d, report %s", w.taken.Load(), w.asked(), w.report())
		}
		w.run(time.Minute, func() { w.write(one) }) // the same content with another time
		if w.taken.Load() != 1 {
			t.Errorf("the same list was taken %d times", w.taken.Load())
		}
		w.run(time.Minute, nil) // and after a restart
		if w.taken.Load() != 1 {
			t.Errorf("the same list was taken %d times after a restart", w.taken.Load())
		}
		w.run(5*time.Second, func() { w.write(strings.Replace(one, "2700", "2800", 1)) })
		if w.taken.Load() != 2 || !strings.Contains(w.report(),
			"第2行：法院要求2800.00元，按收费标准为2700.00元") {
			t.Errorf("taken %d, report %s", w.taken.Load(), w.report())
		}
	})
}

// A list that is bad leaves the former one as it is, and says so once.
func TestWatchRefusesWhole(t *testing.T) {
	watch(t, func(w *watched) {
		w.write(one)
		w.run(5*time.Second, nil)
		w.write(one + "（2026）京0101民初2号,案件受理费,2700.123,李四秘密,,\n")
		w.run(time.Minute, nil)
		if w.taken.Load() != 1 || w.asked() != 1 {
			t.Errorf("taken %d, asked %d", w.taken.Load(), w.asked())
		}
		report := w.report()
		if !strings.Contains(report, "未导入，原来的清单继续有效") ||
			!strings.Contains(report, "第3行“金额”：不是金额") || !strings.Contains(report, "2700.123") {
			t.Errorf("report %s", report)
		}
		for _, secret := range []string{"李四", "张晓明"} {
			if strings.Contains(report+w.said.String(), secret) {
				t.Errorf("report or log tell %s", secret)
			}
		}
		if strings.Contains(w.said.String(), "2700.123") {
			t.Error("the log tells what a cell says")
		}
		if got := strings.Count(w.said.String(), "watched list refused"); got != 1 {
			t.Errorf("refused %d times", got)
		}
	})
}

// A file that is still being written is left alone.
func TestWatchWaitsForTheWriter(t *testing.T) {
	watch(t, func(w *watched) {
		rows := ""
		w.run(5*time.Second, func() {
			for i := range 10 {
				rows += fmt.Sprintf("（2026）京0101民初%d号,案件受理费,50,张晓明,,\n", i+1)
				w.write(rows)
				time.Sleep(1500 * time.Millisecond)
				if w.taken.Load() > 0 {
					t.Fatalf("taken after %d of 10 pieces", i+1)
				}
			}
		})
		if w.taken.Load() != 1 || w.asked() != 10 {
			t.Errorf("taken %d, asked %d", w.taken.Load(), w.asked())
		}
	})
}

// A list that was cut off would tell people that they owe nothing: it is a person's to decide.
func TestWatchRefusesWhatLooksCutOff(t *testing.T) {
	watch(t, func(w *watched) {
		rows := ""
		for i := range 100 {
			rows += fmt.Sprintf("（2026）京0101民初%d号,案件受理费,50,张晓明,,\n", i+1)
		}
		w.write(rows)
		w.run(5*time.Second, nil)
		lines := strings.SplitAfter(rows, "\n")
		w.write(strings.Join(lines[:75], ""))
		w.run(5*time.Second, nil)
		if w.taken.Load() != 1 || w.asked() != 100 || !strings.Contains(w.report(), "--missing 25") {
			t.Errorf("taken %d, asked %d, report %s", w.taken.Load(), w.asked(), w.report())
		}
		w.write(strings.Join(lines[:80], ""))
		w.run(5*time.Second, nil)
		if w.taken.Load() != 2 || w.asked() != 80 {
			t.Errorf("taken %d, asked %d", w.taken.Load(), w.asked())
		}
		w.write(strings.Join(lines[:79], "")) // one more is 21 of the hundred that it had these days
		w.run(5*time.Second, nil)
		if w.taken.Load() != 2 || w.asked() != 80 || !strings.Contains(w.report(), "--missing 21") {
			t.Errorf("taken %d, asked %d, report %s", w.taken.Load(), w.asked(), w.report())
		}
		time.Sleep(8 * 24 * time.Hour)
		w.write(strings.Join(lines[:70], ""))
		w.run(5*time.Second, nil)
		if w.taken.Load() != 3 || w.asked() != 70 {
			t.Errorf("after a week: taken %d, asked %d, report %s", w.taken.Load(), w.asked(), w.report())
		}
	})
}

// A folder that cannot be written keeps no report; the list is taken all the same.
func TestWatchWithoutAReport(t *testing.T) {
	watch(t, func(w *watched) {
		if err := os.Mkdir(ReportName(w.path), 0o700); err != nil {
			t.Fatal(err)
		}
		w.write(one)
		w.run(5*time.Second, nil)
		if w.taken.Load() != 1 || !strings.Contains(w.said.String(), "report on the watched list not written") {
			t.Errorf("taken %d, log %s", w.taken.Load(), w.said.String())
		}
	})
}

// Of a watched folder the newest export counts; what Excel and this program leave there does not.
func TestWatchAFolder(t *testing.T) {
	watch(t, func(w *watched) {
		folder := filepath.Dir(w.path)
		file := func(name string) { w.path = filepath.Join(folder, name) }
		file("bills-20261122.csv")
		w.write(one)
		file("~$bills-20261123.xlsx")
		w.write("")
		file("bills-20261122.csv")
		run := func() { path := w.path; w.path = folder; w.run(5*time.Second, nil); w.path = path }
		run()
		if w.taken.Load() != 1 || w.asked() != 1 || !strings.Contains(w.report(), "bills-20261122.csv") {
			t.Errorf("taken %d, asked %d, report %s", w.taken.Load(), w.asked(), w.report())
		}
		file("bills-20261123.CSV")
		w.write(one + "（2026）京0101民初2号,案件受理费,50,李四,,\n")
		run()
		if w.taken.Load() != 2 || w.asked() != 2 || !strings.Contains(w.report(), "bills-20261123.CSV") {
			t.Errorf("taken %d, asked %d, report %s", w.taken.Load(), w.asked(), w.report())
		}
	})
}

// What a person has imported since stays when the kiosk starts again; a newer export is taken.
func TestWatchYieldsToAPerson(t *testing.T) {
	watch(t, func(w *watched) {
		w.write(one)
		w.run(5*time.Second, nil)
		list := "案号,费用项目,金额\n（2026）京0101民初1号,案件受理费,2800\n"
		if _, err := w.Import(w.t.Context(), strings.NewReader(list), "by-hand.csv", time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		w.run(time.Minute, nil)
		if info, err := w.Info(); err != nil || info.Source != "by-hand.csv" || w.taken.Load() != 1 {
			t.Errorf("after a restart the list is %+v, %v, taken %d", info, err, w.taken.Load())
		}
		w.write(strings.Replace(one, "2700", "2900", 1))
		w.run(5*time.Second, nil)
		if info, err := w.Info(); err != nil || info.Source != "bills.csv" || w.taken.Load() != 2 {
			t.Errorf("after a new export the list is %+v, %v, taken %d", info, err, w.taken.Load())
		}
	})
}

// In a folder the list that was taken is not followed by an older one when it is taken away: who has paid since would
// be asked again. One that was written anew is taken.
func TestWatchAFolderGoesNotBack(t *testing.T) {
	watch(t, func(w *watched) {
		folder := filepath.Dir(w.path)
		run := func(want int32, why string) {
			t.Helper()
			path := w.path
			w.path = folder
			w.run(10*time.Second, nil)
			if w.path = path; w.taken.Load() != want {
				t.Errorf("%s: taken %d, want %d", why, w.taken.Load(), want)
			}
		}
		old, last := filepath.Join(folder, "bills-1.csv"), filepath.Join(folder, "bills-2.csv")
		w.path = old
		w.write(one)
		time.Sleep(time.Hour)
		w.path = last
		w.write(strings.Replace(one, "2700", "2800", 1))
		run(1, "the newest")
		if err := os.Remove(last); err != nil {
			t.Fatal(err)
		}
		run(1, "an older one alone")
		if !strings.Contains(w.said.String(), "older than the list that was taken") {
			t.Errorf("nothing is said: %s", &w.said)
		}
		w.path = old
		w.write(one)
		run(2, "written anew")
	})
}

// Clocks are wrong: a file of the future is no newer than those of today, and an import by a clock that was ahead keeps
// no list away.
func TestWatchWithWrongClocks(t *testing.T) {
	watch(t, func(w *watched) {
		folder := filepath.Dir(w.path)
		ahead := time.Now().AddDate(10, 0, 0)
		if _, err := w.Import(w.t.Context(), strings.NewReader("案号,费用项目,金额\n"+one[:strings.Index(one, ",张")]+"\n"),
			"by-hand.csv", ahead); err != nil {
			t.Fatal(err)
		}
		w.path = filepath.Join(folder, "bills-3.csv")
		w.write(one)
		if err := os.Chtimes(w.path, ahead, ahead); err != nil {
			t.Fatal(err)
		}
		w.path = folder
		w.run(10*time.Second, nil)
		if w.taken.Load() != 1 {
			t.Errorf("a file of the future alone: taken %d", w.taken.Load())
		}
		w.path = filepath.Join(folder, "bills-2.csv")
		w.write(strings.Replace(one, "2700", "2800", 1))
		w.path = folder
		w.run(10*time.Second, nil)
		if info, err := w.Info(); err != nil || info.Source != "bills-2.csv" || w.taken.Load() != 2 {
			t.Errorf("of today, beside one of the future: %+v, %v, taken %d", info, err, w.taken.Load())
		}
	})
}
