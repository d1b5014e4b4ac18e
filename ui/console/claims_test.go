package console

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/counter"
	"courtkiosk/app/message"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// A claim is something that sentences say of an outcome, in both languages, and when it is known.
type claim struct {
	says  *regexp.Regexp
	known func(counter.Progress) bool
}

var claims = map[string]claim{
	"WeChat has closed it": {regexp.MustCompile(`(?i)WeChat has confirmed|微信已确认`),
		func(p counter.Progress) bool { return p.State == payment.Closed }},
	"it was closed": {regexp.MustCompile(`(?i)^(closed|cancelled)|was closed|已关闭|已取消|已停用`),
		func(p counter.Progress) bool { return p.State == payment.Closed }},
	"nobody has paid it": {
		regexp.MustCompile(`(?i)not paid|nobody has paid|(nothing|no money) was taken|没有付款|没有扣款|没有被扣款`),
		func(p counter.Progress) bool { return p.State == payment.Closed || p.State == payment.Void }},
	"it was paid here": {regexp.MustCompile(`^(paid|已付款)|交费成功`),
		func(p counter.Progress) bool { return p.State == payment.Paid }},
	"it was paid elsewhere": {regexp.MustCompile(`(?i)paid (there|at another)|已在另一台终端(缴费|交费|交清)|在那里已付款`),
		func(p counter.Progress) bool { return p.State == payment.Foreign && p.Elsewhere }},
	"its time is over": {regexp.MustCompile(`(?i)in time$|expired|已过期|规定时间内`),
		func(p counter.Progress) bool { return p.State == payment.Closed && !p.Now.Before(p.Expires) }},
	"money came back": {regexp.MustCompile(`(?i)came back|refunded|退回|退款`),
		func(p counter.Progress) bool { return p.Returned != payment.NothingReturned }},
	"all of it came back": {regexp.MustCompile(`(?i)(^|, )all of the payment|, and the money came back|全部退回|已全部`),
		func(p counter.Progress) bool { return p.Returned == payment.AllReturned }},
	"no code came": {regexp.MustCompile(`(?i)never had a code|no payment code|没有取得付款码|without a code`),
		func(p counter.Progress) bool { return p.State == payment.Void }},
}

// Every sentence about an outcome, of the console and of the lobby, in both languages, for every end that an order can
// have: none claims what is not known, and each end has words.
func TestNoSentenceClaimsWhatIsNotKnown(t *testing.T) {
	now := time.Date(2026, 11, 28, 9, 0, 0, 0, payment.China)
	said := make(map[string]bool)
	look := func(p counter.Progress, where, sentence string) {
		for name, c := range claims {
			if !c.says.MatchString(sentence) {
				continue
			}
			said[name] = true
			if !c.known(p) {
				t.Errorf("%s, wished by %q, code %q: %s claims that %s: %q", p.State, p.Wished, p.Code, where, name,
					sentence)
			}
		}
	}
	for _, p := range everyEnd(now) {
		for _, cancelled := range []bool{false, true} {
			why := view.OfEnd(p, cancelled && p.State != payment.Paid)
			if (why == "") != (p.State == payment.Paid && p.Returned == payment.NothingReturned) {
				t.Errorf("%s ends as %q", p.State, why)
			}
			if why != "" && p.Over() {
				if ends[why] == "" {
					t.Errorf("the console has no words for %s", why)
				}
				look(p, "pay", fmt.Sprintf(ends[why], "ORDER"))
			}
			for _, lang := range []message.Lang{message.Chinese, message.English} {
				back := payment.Returned{State: p.Returned}
				look(p, "orders list", view.StateWords(lang, p.State, p.Elsewhere, p.Oddity, back))
				if why != "" && p.Over() {
					w := why.Words(lang, "window", "2号窗口")
					look(p, "the screen", w.Title)
					look(p, "the screen", w.Sentence)
				}
			}
		}
	}
	for name := range claims {
		if !said[name] {
			t.Errorf("no sentence claims that %s: the walk does not see it", name)
		}
	}
}

// everyEnd returns an order's progress in each state, with all that tells one end from another.
func everyEnd(now time.Time) (all []counter.Progress) {
	for _, s := range []payment.State{payment.Created, payment.Waiting, payment.Closing, payment.Paid, payment.Closed,
		payment.Void, payment.Foreign, payment.Disputed} {
		for _, wished := range []payment.Source{"", payment.ByVisit, payment.ByClock, payment.ByCourt} {
			for _, code := range []string{"", "weixin://"} {
				for _, left := range []time.Duration{-time.Minute, time.Minute} {
					p := counter.Progress{Order: "ORDER", State: s, Wished: wished, Code: code, Now: now,
						Expires: now.Add(left)}
					all = append(all, p)
					switch s {
					case payment.Foreign:
						p.Elsewhere = true
						all = append(all, p)
					case payment.Paid:
						for _, p.Returned = range []payment.ReturnedState{payment.SomeReturned, payment.PartReturned,
							payment.AllReturned} {
							all = append(all, p)
						}
					}
				}
			}
		}
	}
	return all
}

// A receipt is called printed only where a printer has said so.
func TestNoReceiptIsCalledPrinted(t *testing.T) {
	for _, s := range []payment.EffectState{
		payment.Owed, payment.Held, payment.Handed, payment.Doubtful, payment.Done,
	} {
		for _, proof := range []string{"printed", "sent"} {
			words := receiptWords(payment.Effect{Kind: "receipt", State: s, Note: proof})
			claims := strings.Contains(words, "printed") && !strings.Contains(words, "perhaps") &&
				!strings.Contains(words, "not printed")
			if want := s == payment.Done && proof == "printed"; claims != want {
				t.Errorf("%s, %s: %q", s, proof, words)
			}
		}
	}
	for _, lang := range []message.Lang{message.Chinese, message.English} {
		w := view.PrintedBefore.Words(lang) // also of one that is in hand, or doubtful
		if text := w.Title + w.Sentence; !strings.Contains(text, "可能") && !strings.Contains(text, "may have") {
			t.Errorf("the screen: %q", text)
		}
	}
}
