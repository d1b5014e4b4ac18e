package assets

import _ "embed"

// SampleBills is the demo's list of bills, as a clerk would export it: CSV in UTF-8 with Chinese headers. The people and
// companies in it are made up.
//
//go:embed samples/bills.csv
var SampleBills []byte
