// Package paper lays a slip out once, 72 mm wide for 80 mm rolls, and gives it as a picture for thermal printers and screens and
// as a PDF. Both come from the same drawing, so that a reprint from either looks like the first one.
//
// The picture has 8 dots a millimetre (203 dpi), black and white, no dithering: a letter is an edge, not a shade. QR modules are
// whole dots. The PDF has the fonts embedded and its text can be taken out again.
package paper

import (
	"fmt"
	"image"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/skip2/go-qrcode"
	"github.com/tdewolff/canvas"
	"github.com/tdewolff/canvas/renderers/pdf"
	"github.com/tdewolff/canvas/renderers/rasterizer"

	"courtkiosk/app/receipt"
	"courtkiosk/assets"
	"courtkiosk/payment"
)

const (
	dots   = 8.0      // a millimetre
	margin = 4.0      // mm beside the printable part, in the PDF
	a4Top  = 20.0     // mm above the voucher on A4
	module = 4 / dots // mm of a QR module: read even blurred and turned
)

// A Roll is the paper of a printer, by the dots that it prints across.
type Roll int

// The rolls.
const (
	Roll80 Roll = 576 // 80 mm wide
	Roll58 Roll = 384 // 58 mm wide
	A4     Roll = 960 // a column of 120 mm in the middle of an A4 sheet; for PDF
)

func (r Roll) width() float64 { return float64(r) / dots } // mm

// A Page is one slip, laid out.
type Page struct {
	roll    Roll
	canvas  *canvas.Canvas
	height  float64
	title   string
	Missing []rune // characters that the fonts lack; they stand as 〓
}

var family = sync.OnceValues(func() (*canvas.FontFamily, error) {
	f := canvas.NewFontFamily("courtkiosk")
	if err := f.LoadFont(assets.Regular, 0, canvas.FontRegular); err != nil {
		return nil, err
	}
	return f, f.LoadFont(assets.Bold, 0, canvas.FontBold)
})

// Layout lays out the receipt of a payment.
func Layout(r receipt.Receipt, roll Roll) (*Page, error) {
	s, err := newSlip(r.Title()+" "+r.Number, roll)
	if err != nil {
		return nil, err
	}
	capitals, err := receipt.Capitals(r.Amount)
	if err != nil {
		return nil, err
	}
	if r.Demo {
		s.banner("演示凭证 · 非真实付款")
	}
	s.space(2)
	s.centre(r.Court, bold(13))
	s.space(1)
	s.centre(r.Title(), bold(20))
	if r.Copy > 1 {
		s.space(1.5)
		s.boxed(fmt.Sprintf("补打 · 第%d次打印", r.Copy))
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
	s.row("微信支付单号", grouped(r.TransactionID))
	s.row("商户单号", grouped(r.OrderNo))
	s.row("本机编号", r.Reference)
	s.row("终端", r.Kiosk)
	s.space(2)
	if err := s.qr(r.Code); err != nil {
		return nil, err
	}
	s.space(1)
	s.centre("核验码 · 法院窗口扫码可辨真伪", regular(8.5))
	s.space(2)
	s.rule(0.5)
	s.space(1)
	s.centre("本凭条不作为财政票据", bold(12))
	s.space(0.5)
	s.centre(r.Fiscal, regular(9))
	s.centre("咨询 "+r.Window+" · 热线 "+r.Hotline, regular(9))
	if r.Demo {
		s.space(2)
		s.banner("演示凭证 · 非真实付款")
	}
	return s.page(r.Demo), nil
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

// threshold is above the middle: thermal paper bleeds less than a thin stroke loses.
const threshold = 170

// Image returns the slip as black and white dots, as wide as its roll.
func (p *Page) Image() *image.Gray {
	drawn := rasterizer.Draw(p.canvas, canvas.DPMM(dots), canvas.SRGBColorSpace{})
	out := image.NewGray(image.Rect(0, 0, int(p.roll), drawn.Bounds().Dy()))
	for y := range out.Rect.Dy() {
		for x := range int(p.roll) {
			i := drawn.PixOffset(x, y)
			// weights of ITU-R BT.601; black and white is all that comes in
			light := (299*int(drawn.Pix[i]) + 587*int(drawn.Pix[i+1]) + 114*int(drawn.Pix[i+2])) / 1000
			if light >= threshold {
				out.Pix[out.PixOffset(x, y)] = 255
			}
		}
	}
	return out
}

// PDF writes the slip as one page, as wide as its roll.
func (p *Page) PDF(w io.Writer) error {
	wide, high, left, below := p.roll.width()+2*margin, p.height, margin, 0.0
	if p.roll == A4 {
		wide, high = 210, 297
		left, below = (wide-p.roll.width())/2, high-a4Top-p.height
	}
	out := pdf.New(w, wide, high, &pdf.Options{Compress: true, SubsetFonts: true})
	out.SetInfo(p.title, "", "", "", "courtkiosk")
	out.SetLang("zh-CN")
	p.canvas.RenderViewTo(out, canvas.Identity.Translate(left, below))
	return out.Close()
}

func regular(points float64) face { return face{points, canvas.FontRegular} }
func bold(points float64) face    { return face{points, canvas.FontBold} }

type face struct {
	points float64
	style  canvas.FontStyle
}

// A slip is being laid out from the top down; y is mm from the top.
type slip struct {
	roll    Roll
	fonts   *canvas.FontFamily
	y       float64
	draw    []func(c *canvas.Context, height float64)
	title   string
	missing []rune
}

func newSlip(title string, roll Roll) (*slip, error) {
	f, err := family()
	if err != nil {
		return nil, fmt.Errorf("load fonts: %w", err)
	}
	return &slip{roll: roll, fonts: f, title: title}, nil
}

func (s *slip) space(mm float64) { s.y += mm }

func (s *slip) face(f face) *canvas.FontFace { return s.fonts.Face(f.points, canvas.Black, f.style) }

// known replaces what the fonts lack, visibly.
func (s *slip) known(text string) string {
	for _, r := range assets.Missing(text) {
		s.missing = append(s.missing, r)
		text = strings.ReplaceAll(text, string(r), "〓")
	}
	return text
}

// lines breaks text where it is too wide: at a blank in the second half of the line, as between groups of digits, else between any
// two characters, as Chinese may.
func (s *slip) lines(text string, f face, limit float64) []string {
	ff := s.face(f)
	var lines []string
	line := ""
	for _, r := range text {
		if line != "" && ff.TextWidth(line+string(r)) > limit {
			rest := ""
			if blank := strings.LastIndexByte(line, ' '); blank > len(line)/2 {
				line, rest = line[:blank], line[blank+1:]
			}
			lines = append(lines, strings.TrimSpace(line))
			line = rest
		}
		line += string(r)
	}
	return append(lines, line)
}

const stretch = 1.28 // line height of the font's size

func (f face) height() float64 { return f.points * 25.4 / 72 * stretch }

// text puts one line whose box begins at the top y.
func (s *slip) text(x, y float64, line string, f face, align canvas.TextAlign) {
	ff := s.face(f)
	base := y + f.height()*0.78
	s.draw = append(s.draw, func(c *canvas.Context, height float64) {
		c.DrawText(x, height-base, canvas.NewTextLine(ff, line, align))
	})
}

// A title shrinks so far to stay on one line before it is broken; what stands in a frame cannot be broken.
const (
	smallestTitle  = 11
	smallestFramed = 8
)

// fitted returns a face as small as it must be for text to stay on one line with so many millimetres beside it.
func (s *slip) fitted(text string, f face, smallest, beside float64) face {
	for f.points > smallest && s.face(f).TextWidth(text) > s.roll.width()-beside {
		f.points -= 0.5
	}
	return f
}

func (s *slip) block(text string, f face, x float64, align canvas.TextAlign) {
	f = s.fitted(text, f, smallestTitle, 0)
	for _, line := range s.lines(s.known(text), f, s.roll.width()) {
		s.text(x, s.y, line, f, align)
		s.y += f.height()
	}
}

func (s *slip) centre(text string, f face) {
	if text != "" {
		s.block(text, f, s.roll.width()/2, canvas.Center)
	}
}

func (s *slip) right(text string, f face) { s.block(text, f, s.roll.width(), canvas.Right) }

// row puts a label and its value on one line, or the value below where it does not fit.
func (s *slip) row(label, value string) {
	if value == "" {
		return
	}
	l, v := regular(9.5), regular(10.5)
	value = s.known(value)
	s.y += 0.8
	used := s.face(l).TextWidth(label) + 3
	if s.face(v).TextWidth(value) <= s.roll.width()-used {
		s.text(0, s.y+(v.height()-l.height())/2, label, l, canvas.Left)
		s.text(s.roll.width(), s.y, value, v, canvas.Right)
		s.y += v.height()
		return
	}
	s.text(0, s.y, label, l, canvas.Left)
	s.y += l.height()
	for v.points > 8.5 && s.face(v).TextWidth(value) > s.roll.width() {
		v.points -= 0.5
	}
	for _, line := range s.lines(value, v, s.roll.width()) {
		s.text(s.roll.width(), s.y, line, v, canvas.Right)
		s.y += v.height()
	}
}

// pair puts a small label and a large value on one base line.
func (s *slip) pair(label string, l face, value string, v face) {
	for s.face(v).TextWidth(value) > s.roll.width()-s.face(l).TextWidth(label)-3 {
		v.points--
	}
	s.text(0, s.y+(v.height()-l.height())*0.78, label, l, canvas.Left)
	s.text(s.roll.width(), s.y, value, v, canvas.Right)
	s.y += v.height()
}

func (s *slip) rule(thick float64) {
	y := s.y
	s.draw = append(s.draw, func(c *canvas.Context, height float64) {
		c.SetFillColor(canvas.Black)
		c.DrawPath(0, height-y-thick, canvas.Rectangle(s.roll.width(), thick))
	})
	s.y += thick
}

// banner is white text on a black bar.
func (s *slip) banner(text string) {
	f := s.fitted(text, bold(12), smallestFramed, 2)
	y, h := s.y, f.height()+2
	ff := s.fonts.Face(f.points, canvas.White, f.style)
	s.draw = append(s.draw, func(c *canvas.Context, height float64) {
		c.SetFillColor(canvas.Black)
		c.DrawPath(0, height-y-h, canvas.Rectangle(s.roll.width(), h))
		c.DrawText(s.roll.width()/2, height-y-1-f.height()*0.78, canvas.NewTextLine(ff, text, canvas.Center))
	})
	s.y += h
}

// boxed is a line of text in a frame.
func (s *slip) boxed(text string) {
	f := s.fitted(text, bold(12), smallestFramed, 9)
	y, h, w := s.y, f.height()+2, s.face(f).TextWidth(text)+8
	s.draw = append(s.draw, func(c *canvas.Context, height float64) {
		c.SetFillColor(canvas.Transparent)
		c.SetStrokeColor(canvas.Black)
		c.SetStrokeWidth(0.4)
		c.DrawPath((s.roll.width()-w)/2, height-y-h, canvas.RoundedRectangle(w, h, 1))
		c.SetStrokeColor(canvas.Transparent)
	})
	s.text(s.roll.width()/2, s.y+1, text, f, canvas.Center)
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
	s.draw = append(s.draw, func(c *canvas.Context, height float64) {
		c.SetFillColor(canvas.Black)
		for y, row := range bits {
			for x := 0; x < len(row); x++ {
				run := x
				for run < len(row) && row[run] {
					run++
				}
				if run > x {
					c.DrawPath(left+float64(x)*module, height-top-float64(y+1)*module, canvas.Rectangle(float64(run-x)*module, module))
					x = run
				}
			}
		}
	})
	s.y += size
	return nil
}

// page draws what was laid out.
func (s *slip) page(demo bool) *Page {
	height := math.Ceil((s.y+3)*dots) / dots
	c := canvas.New(s.roll.width(), height)
	ctx := canvas.NewContext(c)
	ctx.SetFillColor(canvas.White)
	ctx.DrawPath(0, 0, canvas.Rectangle(s.roll.width(), height))
	for _, draw := range s.draw {
		draw(ctx, height)
	}
	if demo {
		s.watermark(ctx, height)
	}
	return &Page{roll: s.roll, canvas: c, height: height, title: s.title, Missing: s.missing}
}

// watermark writes 演示 across the upper half in outline, so that a demo slip cannot be taken for a real one even when its edges
// are cut off. The lower half holds the QR.
func (s *slip) watermark(c *canvas.Context, height float64) {
	path, w := s.face(bold(90 * s.roll.width() / Roll80.width())).ToPath("演示")
	turned := path.Translate(-w/2, -10).Transform(canvas.Identity.Rotate(30))
	c.SetFillColor(canvas.Transparent)
	c.SetStrokeColor(canvas.Black)
	c.SetStrokeWidth(0.15)
	c.DrawPath(s.roll.width()/2, height-58, turned)
	c.SetStrokeColor(canvas.Transparent)
}
