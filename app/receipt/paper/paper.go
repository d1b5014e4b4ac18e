// Package paper lays a slip out once, 72 mm wide for 80 mm rolls, and gives it as a picture for thermal printers and
// screens and as a PDF. Both come from the same drawing, so that a reprint from either looks like the first one.
//
// The picture has 8 dots a millimetre (203 dpi), black and white, no dithering: a letter is an edge, not a shade. QR
// modules are whole dots. The PDF has the fonts embedded and its text can be taken out again, character for character.
//
// # Decisions
//
// 2026-11-28: the layout draws with golang.org/x/image and writes its PDF itself, in place of tdewolff/canvas. The
// program without a screen lost 131 packages of 22 modules (52 of fonts, a TeX engine) and 9 of 51 MB, this package 42
// of the 52 seconds of processor time that its dependencies took to build; a picture takes 20 ms in place of 190.
// canvas also printed the Latin and the Chinese part of a name over each other where it stood at the right.
//
// 2026-11-28: no PDF library in its stead. go-pdf/fpdf 0.12 panics on a name with U+2B7F9, signintech/gopdf 0.33 lets
// such names be extracted as others, and each reads both fonts anew for every file (85 and 64 ms; ours takes 30).
//
// 2026-11-28: files are made after PDF/A-2b and do not claim to be it: no validator of part 2 was at hand. PDFBox's, of
// PDF/A-1b, finds only what part 2 no longer asks (CIDSet, an appearance for the invisible signature).
//
// 2026-11-28: files have title, language and XMP, and no tags: a screen reader finds the text in its order and no label
// joined to its value, so PDF/A-2a and PDF/UA are out of reach too. The code that the QR shows stands in the XMP as
// dc:identifier, for who is sent a file has nothing to scan; a file that another program saved anew may lack it.
//
// 2026-11-28: a folder never writes over a file. A copy that is printed again gets a name of its own, and after a crash
// a whole file that this kiosk sealed proves its print; an empty one is a name that was taken and never used.
package paper

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"courtkiosk/app/receipt"
	"courtkiosk/assets"
	"courtkiosk/payment"
)

const (
	dots   = 8.0  // a millimetre
	margin = 4.0  // mm beside the printable part, in the PDF
	a4Top  = 20.0 // mm above the voucher on A4

	a4Width, a4Height = 210.0, 297.0 // mm
	module            = 4 / dots     // mm of a QR module: read even blurred and turned
)

// A Roll is the paper of a printer, by the dots that it prints across.
type Roll int

// The rolls.
const (
	Roll80 Roll = 576  // 80 mm wide
	Roll58 Roll = 384  // 58 mm wide
	A4     Roll = 960  // a column of 120 mm in the middle of an A4 sheet; for PDF
	folio  Roll = 1400 // an A4 sheet between its margins, 175 mm; for the PDF of a Sheet
)

func (r Roll) width() float64 { return float64(r) / dots } // mm

// A Page is one slip, laid out.
type Page struct {
	roll    Roll
	fonts   *[2]*font
	draw    []func(pen)
	height  float64 // mm
	title   string
	code    string // that the QR says; empty of a slip that is no receipt
	Missing []rune // characters that the fonts lack; they stand as 〓
}

// A pen draws what was laid out: as dots or into a PDF. Lengths are mm, from the slip's upper left corner.
type pen interface {
	fill(path)                                             // black
	shade(path)                                            // light grey, where there is any
	stroke(shape path, thick float64)                      // black
	text(x, base float64, line string, f face, white bool) // line begins at x; base is the y that letters stand on
}

// Layout lays out the receipt of a payment.
func Layout(r receipt.Receipt, roll Roll) (*Page, error) {
	s, err := newSlip(r.Title()+" "+copyName(r.Number, r.Copy), roll)
	if err != nil {
		return nil, err
	}
	s.code = r.Code
	capitals, err := receipt.Capitals(r.Amount)
	if err != nil {
		return nil, err
	}
	unreal := unrealReceipt[r.Environment.Mark()]
	s.banner(unreal)
	s.space(2)
	s.centre(r.Court, bold(13))
	s.space(1)
	s.centre(r.Title(), bold(20))
	if r.Copy > 1 {
		s.space(1.5)
		s.boxed(copyMark(r.Copy))
	}
	if mark := returnedMark(r); mark != "" {
		s.space(1.5)
		s.boxed(mark)
	}
	s.space(2)
	s.rule(0.5)
	s.row("凭证号", r.Number)
	s.row("案号", r.Case)
	s.row("费用项目", r.Item)
	s.row("交费人", r.Payer)
	s.row("收款单位", r.Payee)
	s.space(1.5)
	s.rule(0.25)
	s.space(1)
	s.pair("实收金额", regular(10), r.Amount.Yuan(), bold(25))
	s.space(0.5)
	s.right(capitals, bold(10.5))
	s.space(1.5)
	s.rule(0.25)
	s.row("支付方式", "微信支付")
	s.row("支付时间", r.PaidAt.In(payment.China).Format("2006-01-02 15:04:05"))
	s.transaction("微信支付单号", r.TransactionID)
	s.row("商户单号", grouped(r.OrderNo))
	s.row("本机编号", r.Reference)
	s.row("终端", r.Kiosk)
	s.space(2)
	if err := s.proof(r); err != nil {
		return nil, err
	}
	s.space(2)
	s.rule(0.5)
	s.space(1)
	s.centre("本凭条不作为财政票据", bold(12))
	s.space(0.5)
	if r.FiscalNumber != "" {
		s.centre("法院已开具财政票据", regular(9))
		s.row("票据代码", r.FiscalCode)
		s.row("票据号码", r.FiscalNumber)
		s.row("校验码", r.FiscalCheck)
		if !r.FiscalIssued.IsZero() {
			s.row("开票日期", r.FiscalIssued.In(payment.China).Format(time.DateOnly))
		}
		s.space(0.5)
	} else {
		s.centre(r.Fiscal, regular(9))
	}
	s.centre("咨询 "+r.Window+" · 热线 "+r.Hotline, regular(9))
	if unreal != "" {
		s.space(2)
	}
	s.banner(unreal)
	return s.page(r.Environment), nil
}

// proof draws what the receipt is checked with: its signed code, or the window, where the payment is looked up.
func (s *slip) proof(r receipt.Receipt) error {
	if r.Code == "" {
		s.centre("本凭条无核验码", bold(10))
		s.centre("真伪请到"+r.Window+"核实", regular(9))
		return nil
	}
	if err := s.qr(r.Code); err != nil {
		return err
	}
	s.space(1)
	s.centre("核验码 · 法院窗口扫码可辨真伪", regular(8.5))
	return nil
}

// unrealReceipt is what a receipt of no real money says, by its mark. A court that tries its kiosk out may do so with a
// payment that is real.
var unrealReceipt = map[string]string{"演示": "演示凭证 · 非真实付款", "测试": "测试凭证 · 不作交费证明"}

// returnedMark says on a receipt that its money came back, as far as it is known.
func returnedMark(r receipt.Receipt) string {
	switch r.Returned {
	case payment.NothingReturned:
		return ""
	case payment.AllReturned:
		return "本笔已退款"
	case payment.PartReturned:
		return "本笔已退款 " + r.Back.Yuan() + "（部分）"
	}
	return "本笔已退款（全部或部分）"
}

func copyMark(nth int) string { return fmt.Sprintf("补打 · 第%d次打印", nth) }

// copyName tells a copy of a receipt from the others: the end of its title.
func copyName(number string, nth int) string {
	if nth > 1 {
		return number + " " + copyMark(nth)
	}
	return number
}

// grouped puts a space after every fourth character, so that people can read a long number aloud.
func grouped(number string) string {
	var b strings.Builder
	for i, r := range number {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func regular(points float64) face { return face{points, plain} }
func bold(points float64) face    { return face{points, heavy} }

type face struct {
	points float64
	weight weight
}

func (f face) size() float64 { return f.points * 25.4 / 72 } // mm

// A slip is being laid out from the top down; y is mm from the top.
type slip struct {
	Page
	y float64
}

func newSlip(title string, roll Roll) (*slip, error) {
	f, err := fonts()
	if err != nil {
		return nil, fmt.Errorf("load fonts: %w", err)
	}
	return &slip{Page: Page{roll: roll, fonts: f, title: title}}, nil
}

func (s *slip) space(mm float64) { s.y += mm }

func (s *slip) width(text string, f face) float64 { return s.fonts[f.weight].width(text) * f.size() } // mm

// known replaces what the fonts lack, visibly.
func (s *slip) known(text string) string {
	for _, r := range assets.Missing(text) {
		s.Missing = append(s.Missing, r)
		text = strings.ReplaceAll(text, string(r), "〓")
	}
	return text
}

const stretch = 1.28 // line height of the font's size

func (f face) height() float64 { return f.size() * stretch }

// base is how far below the top of its box a line stands, mm.
func (f face) base() float64 { return f.height() * 0.78 }

// An align says which point of a line its x is.
type align float64

const (
	left   align = 0
	centre align = 0.5
	right  align = 1
)

// text puts one line whose box begins at the top y.
func (s *slip) text(x, y float64, line string, f face, a align) { s.write(x, y, line, f, a, false) }

func (s *slip) write(x, y float64, line string, f face, a align, white bool) {
	if line == "" {
		return
	}
	x -= float64(a) * s.width(line, f)
	s.draw = append(s.draw, func(p pen) { p.text(x, y+f.base(), line, f, white) })
}

func (s *slip) fill(shape path) { s.draw = append(s.draw, func(p pen) { p.fill(shape) }) }

// A title shrinks so far to stay on one line before it is broken; what stands in a frame cannot be broken.
const (
	smallestTitle  = 11
	smallestFramed = 8
)

// fitted returns a face as small as it must be for text to stay on one line with so many millimetres beside it.
func (s *slip) fitted(text string, f face, smallest, beside float64) face {
	for f.points > smallest && s.width(text, f) > s.roll.width()-beside {
		f.points -= 0.5
	}
	return f
}

func (s *slip) block(text string, f face, x float64, a align) {
	f = s.fitted(text, f, smallestTitle, 0)
	for _, line := range s.lines(s.known(text), f, s.roll.width()) {
		s.text(x, s.y, line, f, a)
		s.y += f.height()
	}
}

func (s *slip) centre(text string, f face) {
	if text != "" {
		s.block(text, f, s.roll.width()/2, centre)
	}
}

func (s *slip) right(text string, f face) { s.block(text, f, s.roll.width(), right) }

// row puts a label and its value on one line, or the value below where it does not fit.
func (s *slip) row(label, value string) {
	if value == "" {
		return
	}
	l, v := regular(9.5), regular(10.5)
	value = s.known(value)
	s.y += 0.8
	used := s.width(label, l) + 3
	if s.width(value, v) <= s.roll.width()-used {
		s.text(0, s.y+(v.height()-l.height())/2, label, l, left)
		s.text(s.roll.width(), s.y, value, v, right)
		s.y += v.height()
		return
	}
	s.text(0, s.y, label, l, left)
	s.y += l.height()
	for v.points > 8.5 && s.width(value, v) > s.roll.width() {
		v.points -= 0.5
	}
	for _, line := range s.lines(value, v, s.roll.width()) {
		s.text(s.roll.width(), s.y, line, v, right)
		s.y += v.height()
	}
}

// pair puts a small label and a large value on one base line. Where that is too narrow, and on narrow paper always, the
// value has a line of its own; it is smaller only where that is too narrow too.
func (s *slip) pair(label string, l face, value string, v face) {
	if s.roll <= Roll58 || s.width(value, v) > s.roll.width()-s.width(label, l)-3 {
		s.text(0, s.y, label, l, left)
		s.y += l.height()
		for s.width(value, v) > s.roll.width() {
			v.points -= 0.5
		}
	} else {
		s.text(0, s.y+v.base()-l.base(), label, l, left)
	}
	s.text(s.roll.width(), s.y, value, v, right)
	s.y += v.height()
}

// askedFor is how many digits of WeChat's number a visitor types to get a copy.
const askedFor = 6

// transaction puts WeChat's number on the slip so that its last digits stand out.
func (s *slip) transaction(label, id string) {
	cut := max(0, len(id)-askedFor)
	front, last := grouped(id[:cut]), id[cut:]
	l, v, b := regular(9.5), regular(10.5), bold(12)
	const gap = 2.0
	behind := gap + s.width(last, b)
	full := s.width(front, v) + behind
	s.y += 0.8
	if full <= s.roll.width()-s.width(label, l)-3 {
		s.text(0, s.y+b.base()-l.base(), label, l, left)
	} else {
		s.text(0, s.y, label, l, left)
		s.y += l.height()
	}
	if full <= s.roll.width() {
		s.text(s.roll.width()-behind, s.y+b.base()-v.base(), front, v, right)
	} else {
		for s.width(front, v) > s.roll.width() {
			v.points -= 0.5
		}
		s.text(s.roll.width(), s.y, front, v, right)
		s.y += v.height()
	}
	s.text(s.roll.width(), s.y, last, b, right)
	s.y += b.height()
}

// rule is a line across the slip, of whole dots, so that two of the same thickness look the same.
func (s *slip) rule(thick float64) {
	s.fill(rectangle(0, math.Round(s.y*dots)/dots, s.roll.width(), thick))
	s.y += thick
}

// banner is white text on a black bar; no text is no bar.
func (s *slip) banner(text string) {
	if text == "" {
		return
	}
	f := s.fitted(text, bold(12), smallestFramed, 2)
	h := f.height() + 2
	s.fill(rectangle(0, s.y, s.roll.width(), h))
	s.write(s.roll.width()/2, s.y+1, text, f, centre, true)
	s.y += h
}

// boxed is a line of text in a frame.
func (s *slip) boxed(text string) {
	const thick = 0.4
	f := s.fitted(text, bold(12), smallestFramed, 9)
	h, w := f.height()+2, s.width(text, f)+8
	s.fill(frame((s.roll.width()-w)/2, s.y, w, h, 1, thick))
	s.text(s.roll.width()/2, s.y+1, text, f, centre)
	s.y += h
}

// qr draws a QR code of whole dots, with its quiet zone, in the middle.
func (s *slip) qr(text string) error {
	q, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return fmt.Errorf("qr: %w", err)
	}
	bits := q.Bitmap() // with four modules of quiet zone
	s.y = math.Ceil(s.y*dots) / dots
	top, size := s.y, float64(len(bits))*module
	left := math.Floor((s.roll.width()-size)/2*dots) / dots
	var modules path
	for y, row := range bits {
		for x := 0; x < len(row); x++ {
			run := x
			for run < len(row) && row[run] {
				run++
			}
			if run > x {
				from := point{left + float64(x)*module, top + float64(y)*module}
				modules = append(modules, rectangle(from.x, from.y, float64(run-x)*module, module)...)
				x = run
			}
		}
	}
	s.fill(modules)
	s.y += size
	return nil
}

// page ends the slip.
func (s *slip) page(e receipt.Environment) *Page {
	s.height = math.Ceil((s.y+3)*dots) / dots
	if word := e.Mark(); word != "" {
		s.watermark(word, 90*s.roll.width()/Roll80.width(), 58)
	}
	return &s.Page
}

// watermark writes a word across the upper half in outline, so that a slip of no real money cannot be taken for
// another even when its edges are cut off. The lower half holds the QR.
func (s *slip) watermark(word string, points, y float64) {
	f := bold(points)
	sin, cos := math.Sincos(-30 * math.Pi / 180)
	const below, thick = 10, 0.17
	shape := s.fonts[f.weight].outline(word, -s.width(word, f)/2, below, f.size()).each(func(at point) point {
		return point{s.roll.width()/2 + at.x*cos - at.y*sin, y + at.x*sin + at.y*cos}
	})
	s.draw = append(s.draw, func(p pen) { p.stroke(shape, thick) })
}
