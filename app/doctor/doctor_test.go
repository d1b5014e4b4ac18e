package doctor_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/app/doctor"
	"courtkiosk/app/message"
)

var (
	start = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	errIt = errors.New("seen")
)

// codes writes a report as one line: what it tells, the gravest first.
func codes(r doctor.Report) string {
	list := []string{}
	for _, f := range r {
		name := string(f.Code)
		if f.Of != "" {
			name += "/" + f.Of
		}
		list = append(list, name)
	}
	return fmt.Sprint(list)
}

func TestPatience(t *testing.T) {
	for code, patience := range map[doctor.Code]time.Duration{
		doctor.PaperOut: 0, doctor.Ledger: 0, doctor.Network: 5 * time.Second,
		doctor.WeChatSilent: 5 * time.Minute, doctor.Unsettled: time.Hour,
	} {
		var d doctor.Doctor
		d.Note(code, errIt, start)
		if got := d.Report(start.Add(patience - 1)); patience > 0 && len(got) != 0 {
			t.Errorf("%s is told before %v: %v", code, patience, got)
		}
		d.Note(code, errIt, start.Add(patience)) // seen again: it is as old as before
		if got := d.Report(start.Add(patience)); len(got) != 1 || !got[0].Since.Equal(start) {
			t.Errorf("%s is not told after %v, or as new: %v", code, patience, got)
		}
		d.Note(code, nil, start.Add(patience))
		d.Note(code, errIt, start.Add(patience))
		if got := d.Report(start.Add(2*patience - 1)); patience > 0 && len(got) != 0 {
			t.Errorf("%s came back and is as old as before: %v", code, got)
		}
	}
}

// A network that comes and goes is not told; one that stays away is, after five seconds, and no longer than it lasts.
// Paper is told as soon as it is seen.
func TestTroublesComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d doctor.Doctor
		away := func(c doctor.Code, is bool) {
			var err error
			if is {
				err = errIt
			}
			d.Note(c, err, time.Now())
		}
		told := func() string { return codes(d.Report(time.Now())) }
		for range 20 {
			away(doctor.Network, true)
			time.Sleep(4 * time.Second)
			if got := told(); got != "[]" {
				t.Fatalf("of a network that comes and goes: %s", got)
			}
			away(doctor.Network, false)
			time.Sleep(time.Second)
		}
		begun := time.Now()
		away(doctor.Network, true)
		for told() == "[]" && time.Since(begun) < time.Minute {
			time.Sleep(time.Second)
			away(doctor.Network, true)
		}
		if lasted := time.Since(begun); lasted != 5*time.Second || told() != "[network]" {
			t.Errorf("told %s after %v", told(), lasted)
		}
		away(doctor.Network, false)
		if got := told(); got != "[]" {
			t.Errorf("of a network that is back: %s", got)
		}
		away(doctor.PaperOut, true)
		if got := told(); got != "[printer-paper-out]" {
			t.Errorf("without paper: %s", got)
		}
		away(doctor.PaperOut, false)
		if got := told(); got != "[]" {
			t.Errorf("with paper: %s", got)
		}
	})
}

// found reads what codes writes; all of it is a day old.
func found(line string) (list []doctor.Finding) {
	for _, name := range strings.Fields(line) {
		code, of, _ := strings.Cut(name, "/")
		list = append(list, doctor.Finding{Code: doctor.Code(code), Of: of, Since: start.Add(-24 * time.Hour)})
	}
	return list
}

func TestWhatHides(t *testing.T) {
	tests := map[string]struct{ found, want string }{
		"nothing":                     {"", "[]"},
		"the gravest first":           {"reports-waiting printer-jammed disk", "[disk printer-jammed reports-waiting]"},
		"the network, of the court":   {"court-silent network", "[network]"},
		"the ledger, of everything":   {"disk no-key/1 ledger printer-paper-out", "[ledger]"},
		"one that is hidden hides":    {"reports-waiting court-silent network", "[network]"},
		"a key, of its merchant":      {"wechat-silent/1 wechat-silent/2 no-key/1", "[no-key/1 wechat-silent/2]"},
		"the clock, of each merchant": {"unauthorized/1 wechat-silent/2 clock", "[clock]"},
		"a merchant, of no other":     {"wechat-silent no-key/1", "[no-key/1 wechat-silent]"},
		"found twice":                 {"no-key/1 disk no-key/1", "[disk no-key/1]"},
		"from a newer machine":        {"flood reports-waiting", "[flood reports-waiting]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var d doctor.Doctor
			d.Look(nil, found(tt.found), start)
			if got := codes(d.Report(start)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// A network that comes and goes within its patience is not told, and hides nothing.
func TestWhatIsNotToldHidesNothing(t *testing.T) {
	var d doctor.Doctor
	d.Note(doctor.CourtSilent, errIt, start.Add(-time.Minute))
	d.Note(doctor.Network, errIt, start)
	for at, want := range map[time.Duration]string{4 * time.Second: "[court-silent]", 5 * time.Second: "[network]"} {
		if got := codes(d.Report(start.Add(at))); got != want {
			t.Errorf("after %v: got %s, want %s", at, got, want)
		}
	}
}

// A printer is in one condition at most, and a merchant whose key is back is well: a look ends what it does not find.
func TestALookEndsWhatItDoesNotFind(t *testing.T) {
	var d doctor.Doctor
	d.Look(doctor.Printers, []doctor.Finding{{Code: doctor.CoverOpen}}, start)
	d.Look(nil, []doctor.Finding{{Code: doctor.NoKey, Of: "1"}, {Code: doctor.NoKey, Of: "2"}}, start)
	d.Look(doctor.Printers, []doctor.Finding{{Code: doctor.PaperOut}}, start.Add(time.Minute))
	d.Look([]doctor.Code{doctor.NoKey}, []doctor.Finding{{Code: doctor.NoKey, Of: "2"}}, start.Add(time.Minute))
	got := d.Report(start.Add(time.Minute))
	if want := "[no-key/2 printer-paper-out]"; codes(got) != want {
		t.Fatalf("got %s, want %s", codes(got), want)
	}
	if !got[0].Since.Equal(start) || !got[1].Since.Equal(start.Add(time.Minute)) {
		t.Errorf("since %v and %v", got[0].Since, got[1].Since)
	}
}

// What is found beside the codes that were looked at is no second finding of the same.
func TestFoundAgain(t *testing.T) {
	var d doctor.Doctor
	for range 2 {
		d.Look(nil, []doctor.Finding{{Code: doctor.NoKey, Of: "1"}}, start)
	}
	if got := codes(d.Report(start)); got != "[no-key/1]" {
		t.Errorf("found twice: %s", got)
	}
}

// A clock that is set back neither hides what stops payments nor makes anything old.
func TestTheClockIsSetBack(t *testing.T) {
	var d doctor.Doctor
	d.Note(doctor.Disk, errIt, start)
	d.Note(doctor.Network, errIt, start)
	before := start.Add(-time.Hour)
	if got := codes(d.Report(before)); got != "[disk]" {
		t.Errorf("before the next look: %s", got)
	}
	d.Note(doctor.Network, errIt, before)
	if got := codes(d.Report(before.Add(5 * time.Second))); got != "[disk network]" {
		t.Errorf("after it: %s", got)
	}
}

// Whatever else is wrong, a report closes a merchant just when something that stops payments was found, of the merchant
// or of the machine; and in what order it was found is all the same.
func TestAReportAloneCloses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var found []doctor.Finding
		closed := map[string]bool{"": false, "1": false, "2": false}
		for _, c := range doctor.Catalogue() {
			of := rapid.SampledFrom([]string{"none", "", "1", "2"}).Draw(t, string(c.Code))
			if of == "none" {
				continue
			}
			age := rapid.Int64Range(-10, int64(2*time.Hour/time.Second)).Draw(t, "age")
			found = append(found, doctor.Finding{Code: c.Code, Of: of,
				Since: start.Add(-time.Duration(age) * time.Second)})
			for m := range closed {
				closed[m] = closed[m] || c.Severity == doctor.Stops && (of == "" || of == m)
			}
		}
		var d, backwards doctor.Doctor
		d.Look(nil, found, start)
		slices.Reverse(found)
		for i := range found {
			backwards.Look(nil, found[i:i+1], start)
		}
		r := d.Report(start)
		if got, want := codes(backwards.Report(start)), codes(r); got != want {
			t.Fatalf("found in another order it tells %s, not %s", got, want)
		}
		for m, want := range closed {
			if _, got := r.Closed(m); got != want {
				t.Fatalf("merchant %q closed: got %v, want %v, by %s", m, got, want, codes(r))
			}
		}
	})
}

func ExampleDoctor() {
	var d doctor.Doctor
	nine := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	d.Note(doctor.CourtSilent, errors.New("connection refused"), nine)
	d.Look(doctor.Printers, []doctor.Finding{{Code: doctor.Printer("paper-out")}}, nine)

	for _, at := range []time.Time{nine, nine.Add(5 * time.Second)} {
		fmt.Println(at.Format(time.TimeOnly))
		for _, f := range d.Report(at) {
			fmt.Println(" ", f.Trouble().Printed, f.Words(message.English, "window", "window 2").Visitor)
		}
	}
	// Output:
	// 09:00:00
	//   D-11 The printer is out of paper. Receipts are at window 2.
	// 09:00:05
	//   N-03 Fees cannot be looked up now.
	//   D-11 The printer is out of paper. Receipts are at window 2.
}
