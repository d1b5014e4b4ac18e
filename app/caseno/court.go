package caseno

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
	"sync"
	"time"
)

// A Level is the rank of a court.
type Level string

// The levels.
const (
	Supreme      Level = "supreme"
	High         Level = "high"
	Intermediate Level = "intermediate"
	Special      Level = "special" // maritime, railway, intellectual property, financial, internet courts
	Basic        Level = "basic"
)

// A Court is one court by its code in case numbers.
type Court struct {
	Code  string
	Name  string
	Level Level
	// code and name were seen together in a public text; else derived from division codes (rule art. 5(1))
	Confirmed bool
}

// courtTable is testdata/court_codes.csv in short: code, name, first letter of the level, + when confirmed. A test
// makes it, and compares.
//
//go:embed courts.gz
var courtTable []byte

var courts = sync.OnceValue(func() map[string]Court {
	z, err := gzip.NewReader(bytes.NewReader(courtTable))
	if err != nil {
		panic("caseno: the embedded courts: " + err.Error()) // a test reads them
	}
	text, err := io.ReadAll(z)
	if err != nil {
		panic("caseno: the embedded courts: " + err.Error())
	}
	levels := make(map[string]Level)
	for _, l := range []Level{Supreme, High, Intermediate, Special, Basic} {
		levels[letter(l)] = l
	}
	list := make(map[string]Court)
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		list[f[0]] = Court{Code: f[0], Name: f[1], Level: levels[f[2][:1]], Confirmed: strings.HasSuffix(f[2], "+")}
	}
	return list
})

// letter stands for a level in the table: its first, but p for special.
func letter(l Level) string {
	if l == Special {
		return "p"
	}
	return string(l[:1])
}

// CourtOf returns the court of a code. The official table was found nowhere; this one is at best 95 % complete, so a
// code that it lacks is no proof that there is no such court.
func CourtOf(code string) (Court, bool) {
	c, ok := courts()[code]
	return c, ok
}

// A Warning is something odd about a number that is no reason to refuse it.
type Warning string

// The warnings.
const (
	UnknownCourt   Warning = "unknown-court"    // well formed, but not in the table of courts
	UnknownType    Warning = "unknown-type"     // made of the characters of types, but not in the table of types
	OtherCourt     Warning = "other-court"      // not this machine's court
	AppealAtBasic  Warning = "appeal-at-basic"  // second instance (终) at a court of four digits
	FirstAtSupreme Warning = "first-at-supreme" // first instance (初) at the Supreme People's Court
	OldYear        Warning = "old-year"         // neither this year nor the last
	LargeSerial    Warning = "large-serial"     // above 200,000 in one year
)

// Warnings says what is odd about a number. own is this machine's court code; empty when it has none.
func (n Number) Warnings(own string, now time.Time) []Warning {
	var list []Warning
	warn := func(odd bool, w Warning) {
		if odd {
			list = append(list, w)
		}
	}
	_, known := CourtOf(n.Court)
	warn(!known, UnknownCourt)
	_, known = Meaning(n.Type)
	warn(!known, UnknownType)
	warn(own != "" && n.Court != own, OtherCourt)
	// one Han character and four digits
	warn(strings.HasSuffix(n.Type, "终") && strings.Count(n.Court, "")-1 == 5, AppealAtBasic)
	warn(strings.HasSuffix(n.Type, "初") && n.Court == "最高法", FirstAtSupreme)
	warn(n.Year < now.In(time.FixedZone("", 8*60*60)).Year()-1, OldYear)
	// serials of 刑核 are random
	warn(n.Type != "刑核" && len(n.Serial) >= 6 && (len(n.Serial) > 6 || n.Serial > "200000"), LargeSerial)
	return list
}
