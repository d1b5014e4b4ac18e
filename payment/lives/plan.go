package lives

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// A Plan is everything that a life is made of. The same plan is lived the same way again.
type Plan struct {
	Kiosks  int  `json:"kiosks"`
	Bills   int  `json:"bills"`
	Lazy    bool `json:"lazy,omitempty"`   // WeChat says NOTPAY of a closed order for a while
	Raises  bool `json:"raises,omitempty"` // WeChat raises a time_expire in the past
	Minutes int  `json:"minutes"`          // to pay
	Others  int  `json:"others,omitempty"` // minutes that every second kiosk gives, when they are others
	Shared  bool `json:"shared,omitempty"` // the kiosks are instances of a server, and share one ledger
	Twins   bool `json:"twins,omitempty"`  // the first two kiosks have one id
	Acts    []Act
}

// An Act is one thing that somebody does, or that goes wrong.
type Act struct {
	After time.Duration // since the act before
	Do    string
	Kiosk int
	Bill  int
	N     int // what the act makes of it
}

func (a Act) String() string {
	return fmt.Sprintf("+%v %s kiosk %d bill %d (%d)", a.After, a.Do, a.Kiosk, a.Bill, a.N)
}

// within is the time to pay that the nth kiosk gives.
func (p Plan) within(n int) time.Duration {
	if n%2 == 1 && p.Others > 0 {
		return time.Duration(p.Others) * time.Minute
	}
	return time.Duration(p.Minutes) * time.Minute
}

func (p Plan) String() string {
	text, _ := json.Marshal(p)
	return string(text)
}

// scenes are what tends to happen together; anything may come between its acts. do' is done at the next kiosk.
var scenes = []string{
	"come", "come pay", "come pay leave", "come pay reprint reprint", "come cancel", "come cancel pay",
	"come leave old", "come leave come pay", "come come pay",
	"come cancel come cancel come cancel come' pay'", "come' cancel' come cancel come' cancel' come pay",
	"come cancel come cancel come' leave' old", "come cancel come flaw' come' wait pay'", "come cancel come' pay come",
	"come cancel again pay", "come leave again", "dark come leave come light pay", "dark come cancel light come pay",
	"dark come stop come light pay", "dark come cancel stop come light", "come stop come pay", "come pay stop",
	"late come wait", "late come leave come pay",
	"come crash come pay", "come pay crash come", "at come pay come", "come at cancel come", "at come pay reprint",
	"come at pay start report", "crowd quiet wait", "crowd wait crash come quiet",
	"flaw come pay", "flaw flaw come pay", "come flaw pay", "come flaw cancel", "flaw come wait come",
	"come dark pay light", "dark come light pay", "come dark wait wait come",
	"paper come pay reprint", "paper come pay start reprint reprint", "come odd accept reprint", "come odd come",
	"come pay refund", "come refund pay", "come leave pay refund come", "come pay refund revisit",
	"come pay refund returned come pay", "come pay report refund returned report come pay report",
	"come pay refund ask come returned refund report returned come pay", "come leave pay refund returned reprint",
	"backup come pay restore reprint", "backup come restore come old", "come backup pay restore come reprint",
	"come disk come old", "come pay disk come reprint", "come disk recall pay come",
	"come leave disk wait come adopt", "clock come pay", "come clock pay", "clock crash come pay",
	"full come pay crash start", "come full pay start",
	"swap come pay", "come swap pay come", "come swap come old", "change come pay change come",
	"come change disk come old recall", "come cancel promise promise ask",
	"come cancel wait come pay promise ask", "court come pay report court report", "court", "wait", "ask", "accept",
	"adopt", "recall", "reprint", "start",
}

// Within a scene people are quick; between scenes anything may pass.
var (
	moments = []time.Duration{0, 100 * time.Millisecond, time.Second, 3 * time.Second, 3 * time.Second,
		10 * time.Second, 30 * time.Second, 119 * time.Second, 306 * time.Second}
	pauses = append(moments, time.Minute, 2*time.Minute, 4*time.Minute, 299*time.Second, 10*time.Minute,
		20*time.Minute, 5*time.Hour, 26*time.Hour)
)

// plans draws a life.
var plans = rapid.Custom(func(t *rapid.T) Plan {
	p := Plan{
		Kiosks: rapid.SampledFrom([]int{1, 2, 2, 3}).Draw(t, "kiosks"),
		Bills:  rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "bills"),
		Lazy:   rapid.Bool().Draw(t, "lazy"), Raises: rapid.IntRange(0, 9).Draw(t, "raises") == 9,
		Minutes: rapid.SampledFrom([]int{2, 5}).Draw(t, "minutes"),
		Others:  rapid.SampledFrom([]int{0, 0, 2, 30}).Draw(t, "others"),
	}
	p.Twins = p.Kiosks > 1 && rapid.IntRange(0, 2).Draw(t, "twins") == 2
	for range rapid.IntRange(1, 7).Draw(t, "scenes") {
		p.play(t, func() []string {
			if p.Twins && rapid.Bool().Draw(t, "of twins") {
				return twinScenes
			}
			return slices.Concat(scenes, twinScenes)
		})
	}
	// Last, so that these draws leave what was drawn before as it is.
	if rapid.IntRange(0, 3).Draw(t, "moves") == 3 {
		for range rapid.IntRange(1, 2).Draw(t, "moved scenes") {
			p.play(t, func() []string { return movedScenes })
		}
	}
	if rapid.IntRange(0, 5).Draw(t, "copies") == 5 {
		p.play(t, func() []string { return besideScenes })
	}
	if rapid.IntRange(0, 3).Draw(t, "gives") == 3 {
		for range rapid.IntRange(1, 3).Draw(t, "scenes of refunds") {
			p.play(t, func() []string { return refundScenes })
		}
	}
	return p
})

// play draws a scene of those that choose returns, and adds its acts.
func (p *Plan) play(t *rapid.T, choose func() []string) {
	here := Act{Kiosk: rapid.IntRange(0, p.Kiosks-1).Draw(t, "kiosk"),
		Bill: rapid.IntRange(0, p.Bills-1).Draw(t, "bill")}
	pace := pauses
	for _, do := range strings.Fields(rapid.SampledFrom(choose()).Draw(t, "scene")) {
		a := here
		if a.Do = strings.TrimSuffix(do, "'"); a.Do != do {
			a.Kiosk = (here.Kiosk + 1) % p.Kiosks
		}
		a.After, a.N = rapid.SampledFrom(pace).Draw(t, "after"), rapid.IntRange(0, 63).Draw(t, "n")
		if rapid.IntRange(0, 5).Draw(t, "aside") == 5 { // somebody else does it
			a.Kiosk = rapid.IntRange(0, p.Kiosks-1).Draw(t, "other")
		}
		p.Acts = append(p.Acts, a)
		pace = moments
	}
}

// Drawn returns the plan of a seed.
func Drawn(seed int) Plan { return plans.Example(seed) }
