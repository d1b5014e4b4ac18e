package view

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// everyHeard calls fn for every sample in both languages.
func everyHeard(t *testing.T, fn func(t *testing.T, s Sample)) {
	for _, lang := range []message.Lang{message.Chinese, message.English} {
		for _, s := range Samples(lang) {
			s.Frame.Slot = map[message.Lang]string{message.Chinese: "屏幕右下方", message.English: "below the screen"}[lang]
			s.Frame.Loud = true
			t.Run(string(lang)+"/"+s.Name, func(t *testing.T) { fn(t, s) })
		}
	}
}

// spoken is all that may be said of a screen: by the page, by each menu over it, by each key.
func spoken(s Sample) (list []ear.Phrase) {
	for _, menu := range []Menu{ThePage, TheParts, TheHelp, Practice} {
		for _, asked := range append(slices.Clone(Keys), "") {
			d := Dial{Menu: menu, asked: asked}
			_, said := d.Say(s.Frame, s.Screen)
			list = append(list, said...)
			for _, k := range Keys {
				_, _, said := d.Press(s.Frame, s.Screen, k, s.Frame.Now)
				list = append(list, said...)
			}
		}
	}
	seen := make(map[ear.Phrase]bool)
	return slices.DeleteFunc(list, func(p ear.Phrase) bool {
		before := seen[p]
		seen[p] = true
		return before
	})
}

// A digit that was offered goes on meaning the same when the receipt or a slip is out: numbers are not said again.
func TestOfferedNumbersStay(t *testing.T) {
	options := make(map[string][]Option)
	for _, s := range Samples(message.Chinese) {
		options[s.Name] = Hear(s.Frame, s.Screen).Options
	}
	before := options["done"]
	for _, name := range []string{"done-printed", "done-trouble", "done-doubt"} {
		after := options[name]
		if len(before) == 0 || len(after) < len(before) {
			t.Errorf("%s offers %d options, of %d", name, len(after), len(before))
			continue
		}
		for n, o := range before {
			if after[n].ID != o.ID {
				t.Errorf("%s: key %d was %s and is %s", name, n+1, o.ID, after[n].ID)
			}
		}
	}
	f := SampleFrame(message.Chinese)
	slip, none := Hear(f, Verify{Printable: true}).Options, Hear(f, Verify{}).Options
	if len(none) == 0 || len(slip) <= len(none) || slip[0].ID != none[0].ID {
		t.Errorf("with a slip %v is offered, without %v", slip, none)
	}
}

// What takes a while is answered when its key is pressed: the outcome of a payment is asked for.
func TestAskingIsAnswered(t *testing.T) {
	for _, s := range Samples(message.English) {
		switch s.Screen.(type) {
		case Pay, Verify:
			_, i, said := Dial{}.Press(s.Frame, s.Screen, KeyConfirm, s.Frame.Now)
			if s.Frame.IdleLeft == 0 && (len(said) == 0 || i.Kind != Touch && i.Kind != KeepWaiting) {
				t.Errorf("%s: Enter means %+v and says %v", s.Name, i, said)
			}
		}
	}
}

// Every screen says where one is before anything else, and how to go on: each option has words, each key does
// something or says that it does nothing.
func TestEveryScreenIsHeard(t *testing.T) {
	everyHeard(t, func(t *testing.T, s Sample) {
		h := Hear(s.Frame, s.Screen)
		said := h.Spoken(s.Frame)
		if len(said) == 0 || said[0].Class > ear.Urgent {
			t.Fatalf("begins with %+v", said)
		}
		_, rests := s.Screen.(Attract)
		if !rests && s.Frame.IdleLeft == 0 && !h.Waits && h.Back.IsZero() {
			t.Error("there is no way back")
		}
		for _, p := range spoken(s) {
			if p.ID == "" || p.Text == "" || p.Text == p.ID || strings.ContainsAny(p.Text+p.Open, "{}") {
				t.Errorf("%q says %q, openly %q", p.ID, p.Text, p.Open)
			}
		}
		for _, k := range Keys {
			if _, i, said := (Dial{}).Press(s.Frame, s.Screen, k, s.Frame.Now); i.Kind == "" && len(said) == 0 {
				t.Errorf("the key %s is not answered", k)
			}
		}
	})
}

// What names a case, a person or a sum is for earphones, whatever the screen; and nothing that is said openly in its
// place tells it.
func TestPrivateIsPrivate(t *testing.T) {
	telling := regexp.MustCompile(`¥|[0-9]元|12345|4410|京0101民|京0101执|张[*某明]|合同|Contract|Dongcheng|东城|` +
		`2700|7890|0087|ABCDEFGHIJ`)
	everyHeard(t, func(t *testing.T, s Sample) {
		if s.Name == "case-court" { // the courts that the machine serves, which its own page of courts offers to all
			return
		}
		for _, p := range spoken(s) {
			if p.Class <= ear.Urgent && telling.MatchString(p.Text) || telling.MatchString(p.Open) {
				t.Errorf("%s, of class %d, says %q, openly %q", p.ID, p.Class, p.Text, p.Open)
			}
		}
	})
}

// A key that ends a payment, leaves it or reads a case aloud asks once more; so does a case number that is sent.
func TestTwice(t *testing.T) {
	f := SampleFrame(message.Chinese)
	f.Loud = true
	entry := NewEntry([]string{"京0101"}, 2026)
	entry.Serial = "1234"
	for name, tt := range map[string]struct {
		screen Screen
		dial   Dial
		key    Key
		want   Kind
	}{
		"cancel a payment": {Pay{Calm: true, Left: 90}, Dial{}, KeyBack, Cancel},
		"leave an outcome": {Verify{}, Dial{}, KeyBack, Leave},
		"leave a wait":     {Working{Title: "…", Leave: true}, Dial{}, KeyBack, Leave},
		"send a number":    {Case{Entry: entry}, Dial{}, KeyConfirm, Confirm},
		"read aloud":       {Fee{}, Dial{Menu: TheHelp}, "2", ReadAloud},
	} {
		d, first, said := tt.dial.Press(f, tt.screen, tt.key, f.Now)
		if first.Kind == tt.want || len(said) == 0 {
			t.Errorf("%s: the first press means %+v and says %v", name, first, said)
		}
		if _, second, _ := d.Press(f, tt.screen, tt.key, f.Now.Add(time.Second)); second.Kind != tt.want {
			t.Errorf("%s: the second press means %+v", name, second)
		}
		other, _, _ := d.Press(f, tt.screen, KeyLouder, f.Now) // something else between the two
		if _, second, _ := other.Press(f, tt.screen, tt.key, f.Now); second.Kind == tt.want {
			t.Errorf("%s: two presses with another between them did it", name)
		}
	}
}

// A digit is echoed only if it was typed: the echo and the page say the same.
func TestEcho(t *testing.T) {
	f := SampleFrame(message.Chinese)
	e := NewEntry([]string{"京0101"}, 2026)
	var d Dial
	for _, k := range []Key{"0", "1", "0", "2", "3", "4", "5", "6", "7", "8", "9"} {
		before := e.Serial
		var i Intent
		var said []ear.Phrase
		d, i, said = d.Press(f, Case{Entry: e}, k, f.Now)
		e, _ = e.Apply(i)
		if typed := e.Serial != before; typed != (said[0].ID == "ear.typed") {
			t.Errorf("%s after %q: typed %t, said %q", k, before, typed, said[0].Text)
		}
	}
	if e.Serial != "10234567" {
		t.Errorf("typed %q", e.Serial)
	}
	for want := len(e.Serial) - 1; want >= 0; want-- {
		var i Intent
		var said []ear.Phrase
		d, i, said = d.Press(f, Case{Entry: e}, KeyBack, f.Now)
		if told := said[len(said)-1].ID == "ear.empty"; told != (want == 0) {
			t.Errorf("with %d digits left that none is left is said: %t", want, told)
		}
		if e, _ = e.Apply(i); len(e.Serial) != want {
			t.Errorf("deleted to %q", e.Serial)
		}
	}
	if _, i, _ := d.Press(f, Case{Entry: e}, KeyBack, f.Now); i.Kind != Back {
		t.Errorf("with nothing to delete it means %+v", i)
	}
}

// Every part of a case number can be had by keys alone, and so can every way on of every screen.
func TestEveryWayByKeys(t *testing.T) {
	f := SampleFrame(message.Chinese)
	e := NewEntry([]string{"京0101", "京0105"}, 2026)
	want := make(map[Intent]bool)
	for _, y := range e.Years[1:] {
		want[Intent{PickPart, strconv.Itoa(y)}] = true
	}
	for _, c := range slices.Concat(CommonTypes[1:], OtherTypes) {
		want[Intent{PickType, c}] = true
	}
	want[Intent{PickPart, "京0105"}] = true
	d, _, _ := Dial{}.Press(f, Case{Entry: e}, KeyConfirm, f.Now)
	for range 10 {
		for n := 1; n <= optionsAtOnce; n++ {
			_, i, _ := d.Press(f, Case{Entry: e}, Key(strconv.Itoa(n)), f.Now)
			delete(want, i)
		}
		d, _, _ = d.Press(f, Case{Entry: e}, Key(strconv.Itoa(optionsAtOnce+1)), f.Now)
	}
	if len(want) > 0 {
		t.Errorf("no key leads to %v", want)
	}
}

// The time that is left is said anew at each minute and at half a minute, and not between.
func TestTimeLeft(t *testing.T) {
	f := SampleFrame(message.Chinese)
	var said []string
	for left := 300; left >= 0; left-- {
		if p := timeLeft(f, left).Text; len(said) == 0 || p != said[len(said)-1] {
			said = append(said, p)
		}
	}
	if len(said) != 6 {
		t.Errorf("said %q", said)
	}
}

// Practice names each key, and only Help twice leaves it.
func TestPractice(t *testing.T) {
	f := SampleFrame(message.English)
	d, _, _ := Dial{}.Press(f, Home{}, KeyHelp, f.Now)
	d, _, _ = d.Press(f, Home{}, KeyHelp, f.Now)
	if d.Menu != Practice {
		t.Fatalf("%+v", d)
	}
	for _, k := range Keys {
		if k == KeyHelp || k == KeyLouder || k == KeySofter {
			continue
		}
		var i Intent
		var said []ear.Phrase
		d, i, said = d.Press(f, Home{}, k, f.Now)
		if i.Kind != "" || len(said) != 1 || said[0].ID != "ear.key."+string(k) {
			t.Errorf("%s means %+v and says %v", k, i, said)
		}
	}
	d, _, _ = d.Press(f, Home{}, KeyHelp, f.Now)
	if d.Menu != Practice {
		t.Error("once leaves it")
	}
	if d, _, _ = d.Press(f, Home{}, KeyHelp, f.Now.Add(time.Second)); d.Menu != ThePage {
		t.Error("twice does not leave it")
	}
}

// What reaches a voice is words alone: pinyin with tones, or English. No figure, no sign and no bracket is left of what
// screens write, and no character is one that the table does not know.
func TestHeardIsWords(t *testing.T) {
	pinyin := regexp.MustCompile(`^[a-zü]+[1-5]([,.]? [a-zü]+[1-5])*[,.]?$`)
	han := regexp.MustCompile(`^[\p{Han}，。]+$`)
	english := regexp.MustCompile(`^[A-Za-z][A-Za-z' ,.-]*$`)
	everyHeard(t, func(t *testing.T, s Sample) {
		for _, p := range spoken(s) {
			for _, text := range full(p.Text, p.Open) {
				parts := ear.Parts(s.Frame.Lang, text)
				if len(parts) == 0 {
					t.Errorf("%s: nothing is said of %q", p.ID, text)
				}
				for _, part := range parts {
					switch {
					case part.Lang == message.English && !english.MatchString(part.Sound),
						part.Lang == message.Chinese && !pinyin.MatchString(part.Sound),
						part.Lang == message.Chinese && !han.MatchString(part.Words):
						t.Errorf("%s: %q is said as %q, %q", p.ID, text, part.Words, part.Sound)
					}
				}
			}
		}
	})
}

// While a receipt is printed and after, a digit does the same on the last page: what was told of it before holds.
func TestDigitsKeepTheirMeaning(t *testing.T) {
	f := SampleFrame(message.Chinese)
	rows := []Row{{message.Text(f.Lang, "done.wechat"), "4200 0026 1120"}}
	before := Hear(f, Done{Rows: rows}).Options
	for name, after := range map[string]Done{
		"printed":            {Rows: rows, Again: true, Printed: true},
		"printed, with more": {Rows: rows, Again: true, Printed: true, Next: "受理费　¥10.00"},
	} {
		for i, o := range Hear(f, after).Options[:len(before)] {
			onward := o.Intent.Kind == NextBill && before[i].Intent.Kind == NextCase // both go on
			if o.ID != before[i].ID && !onward {
				t.Errorf("%s: digit %d does %s, and did %s", name, i+1, o.ID, before[i].ID)
			}
		}
	}
}

// What can be done on a page that waits, and could not when it came, is said when it can be.
func TestLateKeysAreTold(t *testing.T) {
	f := SampleFrame(message.English)
	for name, s := range map[string]Screen{
		"working": Working{Title: "Waiting", Leave: true}, "done": Done{Again: true},
	} {
		_, list := Dial{}.Say(f, s)
		if !slices.ContainsFunc(list, func(p ear.Phrase) bool {
			return !p.Still && (p.ID == "ear.back.leave" || strings.HasPrefix(p.ID, "done.again"))
		}) {
			t.Errorf("%s: nothing tells of the new key", name)
		}
	}
}

// What was read of a notice, and what somebody has a fee computed for, is for earphones.
func TestQuotesArePrivate(t *testing.T) {
	f := SampleFrame(message.Chinese)
	n := NewNotice(f, NotFound)
	n.Words.Sentence, n.Quotes = "读到的是“京0105民初”", true
	for _, s := range []Screen{n, Calculator{Kind: "divorce", Yuan: "5"}.Screen(f.Lang),
		Calculator{Kind: "divorce"}.Steps(f.Lang)} {
		for _, p := range Hear(f, s).Say {
			if p.Class < ear.Private && (strings.Contains(p.Text, "0105") || strings.Contains(p.Text, "离婚")) {
				t.Errorf("%s: everybody hears %q", s.Name(), p.Text)
			}
		}
	}
}

// A key that was asked about long ago is asked about again.
func TestQuestionsGrowOld(t *testing.T) {
	f := SampleFrame(message.Chinese)
	for wait, want := range map[time.Duration]Kind{20 * time.Second: Cancel, 2 * time.Minute: Touch} {
		d, _, _ := Dial{}.Press(f, Pay{}, KeyBack, f.Now)
		if !d.Asks() {
			t.Fatal("it cancels at once")
		}
		if _, i, _ := d.Press(f, Pay{}, KeyBack, f.Now.Add(wait)); i.Kind != want {
			t.Errorf("after %v it means %s", wait, i.Kind)
		}
	}
}

// While the help of the keys lies over a code, the time that is left is said all the same, and no title twice.
func TestTimeLeftOverHelp(t *testing.T) {
	f := SampleFrame(message.Chinese)
	_, before := Dial{Menu: TheHelp}.Say(f, Pay{Calm: true, Left: 100})
	_, after := Dial{Menu: TheHelp}.Say(f, Pay{Calm: true, Left: 20})
	news := slices.DeleteFunc(after, func(p ear.Phrase) bool { return p.Still || slices.Contains(before, p) })
	if len(news) != 1 || news[0].ID != "ear.left.half" {
		t.Errorf("news over help: %v", news)
	}
	said := make(map[string]bool)
	_, list := Dial{Menu: TheHelp}.Say(f, NewNotice(f, Disputed))
	for _, p := range list {
		if said[p.Text] {
			t.Errorf("%q is said twice", p.Text)
		}
		said[p.Text] = true
	}
}

// A loudspeaker is offered where there is one: what is private was never heard by who chose one that is not there.
func TestLoudspeakerIsOffered(t *testing.T) {
	for _, loud := range []bool{false, true} {
		f := Frame{Lang: message.Chinese, Loud: loud}
		offered := slices.ContainsFunc(helps(f), func(o Option) bool { return o.Intent.Kind == ReadAloud })
		if offered != loud {
			t.Errorf("with a loudspeaker %t it is offered: %t", loud, offered)
		}
	}
}
