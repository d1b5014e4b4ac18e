package doctor

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"courtkiosk/app/message"
	"courtkiosk/assets"
)

// What a look at a machine finds, by courtkiosk doctor: no screen tells it. See app/doctor/checkup.
const (
	ConfigUnreadable Code = "config-unreadable" // the kiosk's user, or nobody, can read the configuration
	ConfigWrong      Code = "config-wrong"      // it has complaints
	KeyOpen          Code = "key-open"          // of a file: others can read a secret
	KeyOwner         Code = "key-owner"         // of a file: a secret belongs to somebody else
	TimeZone         Code = "time-zone"         // the machine's is not China's
	StateOwner       Code = "state-owner"       // what lies in the state folder belongs to somebody else
	StateOpen        Code = "state-open"        // of a folder: others can look into the program's state
)

// checks holds what a look finds, as the catalogue does; in a report it comes behind what screens tell.
var checks = []Trouble{
	{Code: ConfigUnreadable, Printed: "M-01", Severity: Stops},
	{Code: ConfigWrong, Printed: "M-02", Severity: Stops, HiddenBy: []Code{ConfigUnreadable}},
	{Code: KeyOpen, Printed: "M-03", Severity: Warns},
	{Code: KeyOwner, Printed: "M-04", Severity: Warns},
	{Code: TimeZone, Printed: "M-05", Severity: Warns},
	{Code: StateOwner, Printed: "M-06", Severity: Warns},
	{Code: StateOpen, Printed: "M-07", Severity: Warns},
}

// Checks returns what only a look at a machine finds. Visitors and clerks read nothing of it.
func Checks() []Trouble {
	list := slices.Clone(checks)
	for i := range list {
		list[i] = list[i].looked()
	}
	return list
}

// looked is a trouble as a look has it: nobody but IT reads of it.
func (t Trouble) looked() Trouble {
	t.Quiet, t.Looked = true, true
	return t
}

// lookWords are the words of checks, by code and language: title, what is so, what to do.
var lookWords = sync.OnceValue(func() map[Code]map[message.Lang][3]string {
	var words map[Code]map[message.Lang][3]string
	if err := json.Unmarshal(assets.DoctorWords, &words); err != nil {
		panic(fmt.Sprintf("doctor: the embedded words: %v", err)) // a test reads them
	}
	return words
})

// lookedWords puts what a look has found into words.
func (t Trouble) lookedWords(lang message.Lang, pairs []string) Words {
	said := lookWords()[t.Code][lang]
	fill := make([]string, 0, len(pairs))
	for i, p := range pairs {
		if i%2 == 0 {
			p = "{" + p + "}"
		}
		fill = append(fill, p)
	}
	r := strings.NewReplacer(fill...)
	return Words{Title: r.Replace(said[0]), Seen: r.Replace(said[1]), IT: r.Replace(said[2])}
}
