package register

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// rows are n bills of a list.
func rows(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "（2026）京0101民初%d号,案件受理费,50,张晓明,\n", i+1)
	}
	return b.String()
}

// A list by hand that leaves out 45 of 49 is taken by their very number alone; then they are missing, not withdrawn.
func TestMissingByItsVeryNumber(t *testing.T) {
	r := open(t)
	give := func(n int, at time.Time, missing int) (Summary, error) {
		return r.ImportAgreed(t.Context(), strings.NewReader(header+rows(n)), "list.csv", at, Agreed{Missing: missing})
	}
	if _, err := give(49, now, 0); err != nil {
		t.Fatal(err)
	}
	for _, said := range []int{0, 1, 44, 46, 49} {
		_, err := give(4, now, said)
		if _, ok := errors.AsType[*Refused](err); !ok {
			t.Errorf("--missing %d: %v", said, err)
		}
	}
	if b := find(t, r, "（2026）京0101民初49号")[0]; b.Missing {
		t.Error("a refused list changed a bill")
	}
	s, err := give(4, now, 45)
	if err != nil || s.Missing != 45 {
		t.Fatalf("%+v, %v", s, err)
	}
	if b := find(t, r, "（2026）京0101民初49号")[0]; !b.Missing || b.Withdrawn || b.Payable() {
		t.Errorf("missing %t, withdrawn %t, payable %t", b.Missing, b.Withdrawn, b.Payable())
	}
	if s, err := give(4, now.Add(time.Hour), 0); err != nil || s.Missing != 0 { // the same list needs no word
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := give(49, now.Add(2*time.Hour), 0); err != nil || s.Changed != 45 {
		t.Errorf("%+v, %v", s, err)
	}
	if b := find(t, r, "（2026）京0101民初49号")[0]; !b.Payable() {
		t.Error("a bill that came back is not paid")
	}
}

// A number that does not fit is refused of a list that leaves out few, too.
func TestMissingWithAnotherNumber(t *testing.T) {
	r := open(t)
	for i, step := range []struct {
		bills, said int
		ok          bool
	}{{10, 0, true}, {8, 3, false}, {8, 2, true}, {8, 2, false}} {
		_, err := r.ImportAgreed(t.Context(), strings.NewReader(header+rows(step.bills)), "list.csv", now,
			Agreed{Missing: step.said})
		if (err == nil) != step.ok {
			t.Errorf("step %d: %v", i, err)
		}
	}
}

// A row that says 撤销 withdraws; so does no list that leaves it out, and what it says of a paid bill stays.
func TestOnlyARowWithdraws(t *testing.T) {
	r := open(t)
	for _, list := range []string{
		"案号,费用项目,金额,状态\n（2026）京0101民初1号,案件受理费,50,\n（2026）京0101民初2号,案件受理费,50,已缴\n" +
			"（2026）京0101民初3号,案件受理费,50,\n",
		"案号,费用项目,金额,状态\n（2026）京0101民初1号,案件受理费,50,撤销\n",
		"案号,费用项目,金额,状态\n（2026）京0101民初4号,案件受理费,50,\n",
	} {
		if _, err := r.Import(t.Context(), strings.NewReader(list), "list.csv", now); err != nil {
			t.Fatal(err)
		}
	}
	if b := find(t, r, "（2026）京0101民初1号")[0]; !b.Withdrawn || b.Missing {
		t.Errorf("a withdrawn bill: %+v", b)
	}
	if b := find(t, r, "（2026）京0101民初2号")[0]; !b.Settled || b.Missing {
		t.Errorf("a paid bill: %+v", b)
	}
	if b := find(t, r, "（2026）京0101民初3号")[0]; b.Withdrawn || !b.Missing {
		t.Errorf("a bill left out: %+v", b)
	}
}

// Files of before called withdrawn what a list had left out: nobody can tell it from what a row has withdrawn.
func TestWithdrawnInAnOldFile(t *testing.T) {
	r := open(t)
	if _, err := r.Import(t.Context(), strings.NewReader(header+rows(1)), "list.csv", now); err != nil {
		t.Fatal(err)
	}
	err := r.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketBills)
		k, v := bucket.Cursor().First()
		var old map[string]any
		if err := json.Unmarshal(v, &old); err != nil {
			return err
		}
		old["Withdrawn"] = true
		text, err := json.Marshal(old)
		return errors.Join(err, bucket.Put(k, text))
	})
	if err != nil {
		t.Fatal(err)
	}
	if b := find(t, r, "（2026）京0101民初1号")[0]; b.Withdrawn || !b.Missing {
		t.Errorf("withdrawn %t, missing %t", b.Withdrawn, b.Missing)
	}
}

// A clock that was ahead once, when a person agreed to what a list leaves out, does not keep the lists of the right
// time from being counted together, nor makes the largest of them larger.
func TestAClockThatWasAheadEndsNoGuard(t *testing.T) {
	r := open(t)
	give := func(n int, at time.Time, missing int) error {
		_, err := r.ImportAgreed(t.Context(), strings.NewReader(header+rows(n)), "list.csv", at,
			Agreed{Missing: missing})
		return err
	}
	ahead := now.AddDate(10, 0, 0)
	for i, step := range []struct {
		bills, missing int
		at             time.Time
		ok             bool
	}{
		{1000, 0, ahead, true}, {100, 900, ahead, true}, // agreed to
		{100, 0, now, true}, {90, 0, now.Add(1 * time.Hour), true}, {80, 0, now.Add(2 * time.Hour), true},
		{70, 0, now.Add(3 * time.Hour), false}, {70, 30, now.Add(3 * time.Hour), true},
		{60, 0, now.Add(4 * time.Hour), true},
	} {
		if err := give(step.bills, step.at, step.missing); (err == nil) != step.ok {
			t.Errorf("step %d: %v", i, err)
		}
	}
}
