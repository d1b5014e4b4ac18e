package assets

import (
	"bytes"
	_ "embed"
	"strconv"
)

// SampleBills is the demo's list of bills, as a clerk would export it: CSV in UTF-8 with Chinese headers. The people
// and companies in it are made up, and its cases are of 2026.
//
//go:embed samples/bills.csv
var SampleBills []byte

// SampleBillsOf returns the sample list with the same cases of another year as well, so that a demo does not age.
func SampleBillsOf(year int) []byte {
	list := bytes.Clone(SampleBills)
	if year == 2026 {
		return list
	}
	for line := range bytes.Lines(SampleBills) {
		if bytes.HasPrefix(line, []byte("（2026）")) {
			list = append(list, bytes.ReplaceAll(line, []byte("2026"), []byte(strconv.Itoa(year)))...)
		}
	}
	return list
}
