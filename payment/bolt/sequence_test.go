package bolt

import (
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"
)

func TestSequenceAfter(t *testing.T) {
	last := time.Date(2028, 11, 28, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		given uint64
		now   time.Time
		want  uint64
	}{
		"a right clock":               {7, last.Add(time.Hour), minutes(last) + 60},
		"numbers ahead of the clock":  {9e8, last.Add(time.Hour), 9e8},
		"a clock two years behind":    {7, last.AddDate(-2, 0, 0), minutes(last) + leaped},
		"the same, numbers are ahead": {9e8, last.AddDate(-2, 0, 0), 9e8 + leaped},
		"a clock of before 2026":      {7, time.Unix(0, 0), minutes(last) + leaped},
	} {
		if got := sequenceAfter(tt.given, last, tt.now); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

// A ledger that is restored while the clock is years behind gives no number that the lost one may have given.
func TestRestoreWithAClockBehind(t *testing.T) {
	p := settled(t)
	ruin(t, p.path)
	lost := minutes(time.Now().AddDate(1, 0, 0)) // a year of receipts, one a minute
	synctest.Test(t, func(t *testing.T) {        // its clock begins with the year 2000
		if _, err := Restore(t.Context(), p.path, identity, Options{Backups: p.backups}); err != nil {
			t.Fatal(err)
		}
		l := open(t, p.path)
		must(t, l.view(func(tx *bbolt.Tx) error {
			if got := tx.Bucket(bucketMeta).Sequence(); got <= lost {
				t.Errorf("receipt numbers go on at %d, want more than %d", got, lost)
			}
			return nil
		}))
	})
}
