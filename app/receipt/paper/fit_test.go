package paper

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// A line is one line of text as it was laid out; box is where its ink is, mm.
type line struct {
	text                     string
	face                     face
	base                     float64
	left, top, right, bottom float64
}

// A reader is a pen that notes the lines.
type reader struct {
	fonts *[2]*font
	lines []line
}

func (*reader) fill(path)            {}
func (*reader) shade(path)           {}
func (*reader) stroke(path, float64) {}

func (r *reader) text(x, base float64, text string, f face, _ bool) {
	l := line{text, f, base, math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, s := range r.fonts[f.weight].outline(text, x, base, f.size()) {
		for _, at := range s.points() {
			l.left, l.right = min(l.left, at.x), max(l.right, at.x)
			l.top, l.bottom = min(l.top, at.y), max(l.bottom, at.y)
		}
	}
	r.lines = append(r.lines, l)
}

func linesOf(p *Page) []line {
	r := &reader{fonts: p.fonts}
	for _, draw := range p.draw {
		draw(r)
	}
	return r.lines
}

var rolls = map[string]Roll{"80 mm": Roll80, "58 mm": Roll58, "A4": A4}

// amounts are short and long ones, with and without jiao and fen.
func amounts() []payment.Fen {
	list := []payment.Fen{0, 1, 10, 270000, 1_234_567_89, 8_888_888_88, receipt.MaxAmount, receipt.MaxAmount - 9}
	for f := payment.Fen(7); f < receipt.MaxAmount; f = f*7 + 13 {
		list = append(list, f, f/100*100, f/10*10)
	}
	return list
}

// Whatever the amount and the payer, nothing is cut, no two texts touch, and no character stands alone at the end of a
// text.
func TestNothingCollides(t *testing.T) {
	for width, roll := range rolls {
		receipts := samples()
		for _, f := range amounts() {
			r := sample()
			r.Amount, r.Copy = f, 2
			receipts[f.String()] = r
		}
		company := []rune("呼伦贝尔市莫力达瓦达斡尔族自治旗晨曦ABC新能源（集团）开发股份有限公司第一分公司、张*明")
		for n := range company {
			r := sample()
			r.Payer = string(company[n:])
			receipts["payer "+r.Payer] = r
		}
		for name, r := range receipts {
			page, err := Layout(r, roll)
			if err != nil {
				t.Fatal(err)
			}
			checkLines(t, width+" "+name, page)
		}
	}
}

func checkLines(t *testing.T, name string, page *Page) {
	t.Helper()
	lines := linesOf(page)
	for i, a := range lines {
		if a.left < 0 || a.right > page.roll.width() || a.bottom > page.height {
			t.Errorf("%s: %q stands from %.1f to %.1f of %.1f mm", name, a.text, a.left, a.right, page.roll.width())
		}
		for _, b := range lines[i+1:] {
			if a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom {
				t.Errorf("%s: %q and %q touch", name, a.text, b.text)
			}
		}
		if i > 0 && lines[i-1].face == a.face && utf8.RuneCountInString(a.text) == 1 && a.base > lines[i-1].base {
			t.Errorf("%s: %q is alone behind %q", name, a.text, lines[i-1].text)
		}
		if strings.ContainsAny(a.text[:1], " ") || strings.HasSuffix(a.text, " ") {
			t.Errorf("%s: %q has a blank at its end", name, a.text)
		}
	}
}

// On 58 mm the amount has a line of its own, as large as on 80 mm where the paper is wide enough.
func TestAmountOfNarrowPaper(t *testing.T) {
	for _, f := range amounts() {
		r := sample()
		r.Amount = f
		page, err := Layout(r, Roll58)
		if err != nil {
			t.Fatal(err)
		}
		lines := linesOf(page)
		for i, l := range lines {
			if l.text != f.Yuan() {
				continue
			}
			if lines[i-1].text != "实收金额" || lines[i-1].bottom > l.top {
				t.Errorf("%s stands beside %q", l.text, lines[i-1].text)
			}
			if wide := page.fonts[heavy].width(l.text) * bold(25).size(); l.face.points < 25 && wide < Roll58.width() {
				t.Errorf("%s has %v points and %.1f mm", l.text, l.face.points, wide)
			}
		}
	}
}

// The last six digits of WeChat's number are what is asked for at the kiosk: they stand apart, bold and whole.
func TestLastSixDigitsStandOut(t *testing.T) {
	for width, roll := range rolls {
		for _, id := range []string{
			sample().TransactionID, "420000261120261123", strings.Repeat("12345678", 4), "1234567", "123456", "1",
		} {
			t.Run(fmt.Sprintf("%s of %d", width, len(id)), func(t *testing.T) {
				r := sample()
				r.TransactionID = id
				page, err := Layout(r, roll)
				if err != nil {
					t.Fatal(err)
				}
				checkLines(t, id, page)
				lines, last := linesOf(page), id[max(0, len(id)-6):]
				for i, l := range lines {
					if l.text != last || l.face.weight != heavy {
						continue
					}
					front := strings.TrimSuffix(id, last)
					if before := squeeze(lines[i-1].text); before != front && (front != "" || before != "微信支付单号") {
						t.Errorf("before %s stands %q", last, before)
					}
					return
				}
				t.Errorf("%s does not stand out", last)
			})
		}
	}
}

// A line ends where a reader expects it: not within a number, behind an opening bracket, before a mark or a unit.
func TestWhereLinesEnd(t *testing.T) {
	s, err := newSlip("", Roll58)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{
		"超过¥100,000至¥200,000的部分：¥20,000 × 2%", "诉讼费用交纳办法（国务院令第481号）", "如已在手机上付款，款项不会丢失。请凭本单到2号窗口核实。",
		"人民币 壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分", "KTV娱乐（北京）有限公司ABC分公司", "（2026）内0101民初12345号之一百二十三",
	}
	for _, text := range texts {
		for limit := 30.0; limit < 75; limit += 0.7 {
			lines := s.lines(text, regular(10), limit)
			if got := squeeze(strings.Join(lines, "")); got != squeeze(text) {
				t.Fatalf("%q became %q", text, lines)
			}
			for i, line := range lines {
				if s.width(line, regular(10)) > limit {
					t.Errorf("%q is wider than %.1f mm", line, limit)
				}
				if i == 0 {
					continue
				}
				before, _ := utf8.DecodeLastRuneInString(lines[i-1])
				first, _ := utf8.DecodeRuneInString(line)
				blank := strings.Contains(text, string(before)+" "+string(first))
				if !blank && !mayBreak(before, first) {
					t.Errorf("at %.1f mm %q goes on as %q", limit, lines[i-1], line)
				}
			}
		}
	}
}
