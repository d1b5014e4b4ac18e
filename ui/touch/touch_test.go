package touch

import (
	"strings"
	"testing"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"courtkiosk/ui/style"
)

func TestPieces(t *testing.T) {
	for text, want := range map[string]string{
		"款项不会丢失，也请":      "款|项|不|会|丢|失，|也|请",
		"go to window 2": "go |to |window |2",
		"到「2号窗口」办理":      "到|「2号|窗|口」|办|理",
		"":               "",
	} {
		if got := strings.Join(pieces(text), "|"); got != want {
			t.Errorf("pieces(%s) = %s, want %s", text, got, want)
		}
	}
}

// Whatever a text says and wherever it stands, it is inside its place or as small as it may be, and whole.
func TestTextFits(t *testing.T) {
	test.NewTempApp(t)
	style.SetScale(1)
	rapid.Check(t, func(r *rapid.T) {
		text := NewText(float32(rapid.IntRange(24, 104).Draw(r, "size")), style.Ink)
		text.value = rapid.StringOfN(rapid.SampledFrom([]rune("法院诉讼费，。「」abc 0123")), 1, 60, -1).Draw(r, "text")
		box := fyne.NewSize(float32(rapid.IntRange(40, 1000).Draw(r, "width")),
			float32(rapid.IntRange(30, 400).Draw(r, "height")))
		lines, size := text.fit(box)
		shown := utf8.RuneCountInString(strings.ReplaceAll(strings.Join(lines, ""), " ", ""))
		if want := utf8.RuneCountInString(strings.ReplaceAll(text.value, " ", "")); shown != want {
			r.Fatalf("%d of %d characters are shown: %q", shown, want, lines)
		}
		if size <= style.Smallest*0.8+0.01 {
			return
		}
		if height := size * lineHeight * float32(len(lines)); height > box.Height+1 {
			r.Fatalf("%d lines of %v are higher than %v", len(lines), size, box.Height)
		}
		for _, l := range lines {
			if w := fyne.MeasureText(l, size, fyne.TextStyle{}).Width; w > box.Width+1 {
				r.Fatalf("%q is %v wide, more than %v", l, w, box.Width)
			}
		}
	})
}

func TestButton(t *testing.T) {
	test.NewTempApp(t)
	taps := 0
	b := NewButton(Primary, func() { taps++ })
	b.Resize(fyne.NewSize(300, 130))
	r := test.TempWidgetRenderer(t, b).(*buttonRenderer)
	before := r.face.FillColor
	b.MouseDown(nil)
	if r.face.FillColor == before {
		t.Error("a touch does not show")
	}
	b.MouseUp(nil)
	if r.face.FillColor != before {
		t.Error("a touch stays")
	}
	b.MouseDown(nil)
	b.MouseOut()
	if r.face.FillColor != before {
		t.Error("a finger that slid off still presses")
	}
	test.Tap(b)
	if taps != 1 {
		t.Errorf("%d taps", taps)
	}
}

func TestQRIsMadeOfWholePixels(t *testing.T) {
	test.NewTempApp(t)
	q := NewQR()
	if err := q.Set("weixin://wxpay/bizpayurl?pr=S00000001z"); err != nil {
		t.Fatal(err)
	}
	r := test.TempWidgetRenderer(t, q)
	for _, side := range []float32{480, 490, 501, 620.5} {
		r.Layout(fyne.NewSize(side, side-3))
		each := q.image.Size().Width / float32(q.modules)
		if each != float32(int(each)) || each < 1 || q.image.Position().X != float32(int(q.image.Position().X)) {
			t.Errorf("at %v a module has %v pixels at %v", side, each, q.image.Position())
		}
	}
	if err := q.Set(strings.Repeat("x", 5000)); err == nil {
		t.Error("a text that no QR can hold was taken")
	}
	if err := q.Set(""); err != nil || q.image.Image != nil {
		t.Errorf("an empty panel shows %v, %v", q.image.Image, err)
	}
}

func TestRing(t *testing.T) {
	test.NewTempApp(t)
	r := NewRing()
	for left, want := range map[int]string{272: "4:32", 60: "1:00", 5: "0:05", -3: "0:00"} {
		r.Set(left, 300)
		if got := r.label.Value(); got != want {
			t.Errorf("%d seconds are shown as %s", left, got)
		}
	}
}

func TestBoardMovesAndHides(t *testing.T) {
	test.NewTempApp(t)
	b := NewBoard()
	x := NewText(30, style.Ink)
	b.Put(x, Place{100, 200, 300, 50}, Place{10, 20, 30, 40})
	for _, tt := range []struct {
		panel fyne.Size
		pos   fyne.Position
		size  fyne.Size
	}{
		{fyne.NewSize(1080, 1920), fyne.NewPos(100, 200), fyne.NewSize(300, 50)},
		{fyne.NewSize(540, 960), fyne.NewPos(50, 100), fyne.NewSize(150, 25)},
		{fyne.NewSize(1920, 1080), fyne.NewPos(10, 20), fyne.NewSize(30, 40)},
		{fyne.NewSize(1366, 768), fyne.NewPos(10*1366./1920, 20*1366./1920),
			fyne.NewSize(30*1366./1920, 40*1366./1920)},
	} {
		b.Container.Resize(tt.panel)
		if d := x.Position().Subtract(tt.pos); d.X > 1 || d.X < -1 || d.Y > 1 || d.Y < -1 ||
			x.BaseWidget.Size().Width-tt.size.Width > 1 {
			t.Errorf("on %v at %v of %v, want %v of %v", tt.panel, x.Position(), x.BaseWidget.Size(), tt.pos, tt.size)
		}
	}
	b.Show(x, false)
	if x.Visible() {
		t.Error("not hidden")
	}
	b.Show(x, true)
	b.Move(x, Place{}, Place{})
	if x.Visible() {
		t.Error("a thing that stands nowhere is seen")
	}
}
