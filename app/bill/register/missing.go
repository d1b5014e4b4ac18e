package register

import (
	"encoding/json"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
)

// A bill that a list leaves out is missing, which is no withdrawal: the export may have been cut off or filtered. It is
// withdrawn by a row that says 撤销 alone.
//
// A list that leaves out more than a tenth of the largest list of the last seven days, and more than a few bills, is
// taken only by somebody who names their very number. Those that lists of these days have left out one after another
// are counted together, since the last time that a person agreed: a file that loses a little each day loses as much.
const (
	fewBills = 20
	lookBack = 7 * 24 * time.Hour
)

// A Size is how many bills a list had.
type Size struct {
	At    time.Time
	Bills int
}

// Agreed is what a person says of a list that would be refused.
type Agreed struct {
	Missing int // how many bills it leaves out, as the refusal says; zero when nobody says so
}

// missing marks the bills that a list leaves out, and returns how many are missing now, and how many of them went since
// a moment. What is settled or withdrawn stays what it is.
func missing(bucket *bbolt.Bucket, seen map[string]bool, now, since time.Time) (newly, lately int, err error) {
	gone := make(map[string][]byte)
	err = bucket.ForEach(func(k, v []byte) error {
		if seen[string(k)] {
			return nil
		}
		s, err := decodeStored(v)
		switch {
		case err != nil:
			return err
		case s.Withdrawn || s.Settled:
			return nil
		case s.Missing:
			if between(since, s.Gone, now) {
				lately++
			}
			return nil
		}
		s.Missing, s.Gone = true, now
		text, err := json.Marshal(s.plain())
		gone[string(k)] = text
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	for k, text := range gone {
		if err := bucket.Put([]byte(k), text); err != nil {
			return 0, 0, err
		}
	}
	return len(gone), lately + len(gone), nil
}

// between reports whether something was after one moment and not after another. What a clock that was ahead has noted
// was at no moment that we know.
func between(since, at, now time.Time) bool { return at.After(since) && !at.After(now) }

// since is the moment after which lists are compared, and the largest list after it; the last list is always one.
func (i Info) since(now time.Time) (since time.Time, largest int) {
	since = now.Add(-lookBack)
	if between(since, i.Agreed, now) {
		since = i.Agreed
	}
	largest = i.Bills
	for _, s := range i.Sizes {
		if !s.At.Before(since) && !s.At.After(now) {
			largest = max(largest, s.Bills)
		}
	}
	return since, largest
}

// after returns the info of a list that follows those that last tells of.
func (i Info) after(last Info, agreed bool) Info {
	i.Agreed = last.Agreed
	if agreed {
		i.Agreed = i.Imported
	}
	since, _ := i.since(i.Imported)
	for _, s := range append(last.Sizes, Size{i.Imported, i.Bills}) {
		if !s.At.Before(since) {
			i.Sizes = append(i.Sizes, s)
		}
	}
	return i
}

// leavesOut refuses a list that leaves out too many, unless a person has named their number.
func leavesOut(newly, lately, largest int, agreed Agreed) error {
	tooMany := newly > 0 && lately > fewBills && lately*10 > largest
	switch {
	case agreed.Missing == lately && tooMany, agreed.Missing == 0 && !tooMany, agreed.Missing == newly && !tooMany:
		return nil
	case agreed.Missing != 0 && !tooMany:
		return refuse(0, "list.missing-not", "n", strconv.Itoa(newly), "said", strconv.Itoa(agreed.Missing))
	case agreed.Missing != 0:
		return refuse(0, "list.missing-week", "n", strconv.Itoa(lately), "said", strconv.Itoa(agreed.Missing))
	}
	bad := refuse(0, "list.missing-many", "n", strconv.Itoa(lately), "all", strconv.Itoa(largest))
	bad.Missing = lately
	return bad
}
