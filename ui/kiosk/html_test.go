package kiosk

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"courtkiosk/app/message"
	"courtkiosk/assets"
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

var htmlDir = flag.String("html", "", "write the pages of a payment as one page for a browser into this folder")

// steps are the pages of a payment, and which key leads to which.
var steps = []struct{ name, key, next string }{{"home", "pay", "case"}, {"case", "confirm", "fee"},
	{"fee", "confirm", "pay"}, {"pay", "cancel", "home"}}

// TestHTML writes the pages of a payment as a browser would show them, for make compare: the same boxes, words, fonts,
// shadows and codes, one page in sight, a countdown. What is drawn with a few strokes is a picture.
func TestHTML(t *testing.T) {
	dir := *htmlDir
	if dir == "" {
		dir = t.TempDir()
	}
	th := theme(t)
	samples := make(map[string]view.Sample)
	for _, s := range view.Samples(message.Chinese) {
		samples[s.Name] = s
	}
	var out strings.Builder
	out.WriteString(htmlHead)
	targets := make(map[string]map[string][2]int)
	for _, step := range steps {
		s, ok := samples[step.name]
		if !ok {
			t.Fatalf("no sample %q", step.name)
		}
		whole := Render(th, New(panel.Manners{}, func(view.Intent) {}), s, 1080, 1920)
		placed, err := framed(s.Frame, s.Screen, described(s.Frame, s.Screen)).
			Place(flow.Panel{W: 1080, H: 1920, Width: panel.Measure})
		if err != nil {
			t.Fatal(err)
		}
		targets[step.name] = make(map[string][2]int)
		fmt.Fprintf(&out, "<section id=%q>\n", step.name)
		for _, p := range placed {
			if p.Key != "" {
				targets[step.name][p.Key] = [2]int{int(p.X + p.W/2), int(p.Y + p.H/2)}
			}
			next := map[string]string{step.key: step.next, "back": "home"}[p.Key]
			out.WriteString(element(p, next, whole))
		}
		out.WriteString("</section>\n")
		if _, ok := targets[step.name][step.key]; !ok {
			t.Errorf("%s has no %q, only %v", step.name, step.key, targets[step.name])
		}
	}
	if !regexp.MustCompile(`>\d:\d\d</div>`).MatchString(out.String()) {
		t.Error("nothing counts down: the browser would be measured at rest")
	}
	out.WriteString(htmlTail)
	list, err := json.Marshal(targets)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"index.html": []byte(out.String()), "targets.json": list,
		"regular.ttf": assets.RegularWords, "bold.ttf": assets.BoldWords} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const htmlHead = `<!doctype html><html lang="zh"><meta charset="utf-8"><title>kiosk</title><style>
@font-face{font-family:k;src:url(regular.ttf)}@font-face{font-family:k;font-weight:bold;src:url(bold.ttf)}
body{margin:0;background:#F6F4EF;font-family:k;overflow:hidden;user-select:none}
section{display:none;position:absolute;inset:0}section.now{display:block}
section>*{position:absolute;box-sizing:border-box;pointer-events:none;white-space:pre-line}
section>.key{pointer-events:auto}.key:active{filter:brightness(.86)}
</style>
`

const htmlTail = `<script>
const go=id=>{for(const s of document.querySelectorAll('section'))s.className=s.id==id?'now':''}
document.addEventListener('click',e=>{const n=e.target.dataset.next;if(n)go(n)})
const clock=[...document.querySelectorAll('#pay div')].find(d=>/^\d:\d\d$/.test(d.textContent))
const gauge=document.querySelector('#pay .gauge')
let left=272
setInterval(()=>{left=left>1?left-1:300
clock.textContent=Math.floor(left/60)+':'+String(left%60).padStart(2,'0')
if(gauge)gauge.style.transform='scaleX('+left/300+')'},1000)
go('home')
</script>
`

// element is one thing on a page.
func element(p flow.Placed, next string, whole image.Image) string {
	at := fmt.Sprintf("left:%.1fpx;top:%.1fpx;width:%.1fpx;height:%.1fpx", p.X, p.Y, p.W, p.H)
	item := p.Item
	if c, ok := item.(panel.Countdown); ok {
		item = panel.Words(c.Role, c.String()).In(c.Color).Trailing()
	}
	switch v := item.(type) {
	case panel.Face:
		class := ""
		if p.Key != "" {
			class = "key"
		}
		s := fmt.Sprintf("%s;background:%s;border-radius:%.0fpx", at, css(v.Fill), v.Radius)
		if v.Stroke > 0 {
			s += fmt.Sprintf(";border:%.0fpx solid %s", v.Stroke, css(v.Edge))
		}
		switch v.Depth {
		case panel.CardDepth:
			s += ";box-shadow:0 14px 32px rgba(20,40,75,.055)"
		case panel.NavyDepth:
			s += ";box-shadow:0 14px 28px rgba(20,40,75,.2)"
		case panel.SealDepth:
			s += ";box-shadow:0 14px 28px rgba(163,32,42,.2)"
		}
		return fmt.Sprintf("<div class=%q data-next=%q style=%q></div>\n", class, next, s)
	case panel.Text:
		weight, align := "normal", "left"
		if v.Role.Bold {
			weight = "bold"
		}
		switch v.Align {
		case fyne.TextAlignCenter:
			align = "center"
		case fyne.TextAlignTrailing:
			align = "right"
		}
		ink := v.Color
		if ink == (color.NRGBA{}) {
			ink = style.Ink
		}
		size := p.M.Size(v.Role.Size)
		words := html.EscapeString(v.Value)
		for i := 0; strings.Contains(words, "**"); i++ {
			words = strings.Replace(words, "**", []string{"<b>", "</b>"}[i%2], 1)
		}
		return fmt.Sprintf("<div style=\"%s;font:%s %.1fpx/1.35 k;color:%s;text-align:%s\">%s</div>\n", at, weight,
			size, css(ink), align, words)
	case panel.Rule:
		return fmt.Sprintf("<div style=\"%s;background:#E4E0D6\"></div>\n", at)
	case panel.Gauge:
		return fmt.Sprintf("<div class=\"gauge\" style=\"%s;background:#14284B;transform-origin:left\"></div>\n", at)
	}
	box := image.Rect(int(p.X), int(p.Y), int(p.X+p.W), int(p.Y+p.H)).Intersect(whole.Bounds())
	part := image.NewRGBA(image.Rectangle{Max: box.Size()})
	draw.Draw(part, part.Rect, whole, box.Min, draw.Src)
	var data bytes.Buffer
	if err := png.Encode(&data, part); err != nil {
		panic(err) // into memory
	}
	return fmt.Sprintf("<img style=%q src=\"data:image/png;base64,%s\">\n", at,
		base64.StdEncoding.EncodeToString(data.Bytes()))
}

func css(c color.NRGBA) string {
	return fmt.Sprintf("rgba(%d,%d,%d,%.2f)", c.R, c.G, c.B, float64(c.A)/255)
}
