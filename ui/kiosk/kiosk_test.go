package kiosk

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"courtkiosk/app/message"
	"courtkiosk/ui/flow"
	"courtkiosk/ui/panel"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

var update = flag.Bool("update", false, "write the golden pictures; look at each before it is committed")

func theme(t testing.TB) *style.Theme {
	t.Helper()
	th, err := style.NewTheme()
	if err != nil {
		t.Fatal(err)
	}
	test.NewTempApp(t).Settings().SetTheme(th)
	return th
}

// panels are the sizes that the lobby runs on.
var panels = map[string]fyne.Size{"portrait": fyne.NewSize(1080, 1920), "landscape": fyne.NewSize(1920, 1080),
	"small": fyne.NewSize(1366, 768), "square": fyne.NewSize(1024, 768), "upright": fyne.NewSize(768, 1024)}

// uses are the ways in which a visitor may see a page.
func uses(of view.Frame) (list []view.Frame) {
	for i := range 8 {
		of.Large, of.Low, of.Contrast = i&1 != 0, i&2 != 0, i&4 != 0
		list = append(list, of)
	}
	return list
}

// everyScreen calls fn for each sample in each language, size, text size, layout and contrast.
func everyScreen(t *testing.T, fn func(t *testing.T, l *Pages, s view.Sample, panel fyne.Size,
	pressed *[]view.Intent)) {
	theme(t)
	var pressed []view.Intent
	l := New(panel.Manners{}, func(i view.Intent) { pressed = append(pressed, i) })
	for name, panel := range panels {
		l.Object().Resize(panel)
		for _, lang := range []message.Lang{message.Chinese, message.English} {
			for _, s := range view.Samples(lang) {
				for _, f := range uses(s.Frame) {
					s.Frame = f
					use := fmt.Sprintf("large=%t,low=%t,contrast=%t", f.Large, f.Low, f.Contrast)
					t.Run(fmt.Sprintf("%s/%s/%s/%s", name, lang, s.Name, use), func(t *testing.T) {
						l.Show(s.Frame, s.Screen)
						fn(t, l, s, panel, &pressed)
					})
				}
			}
		}
	}
}

// leastTarget is how high a control must be, in design units: 60 pixels at 1024 x 768.
const leastTarget = 84

// Every control lies on the panel, is big enough for a finger, touches no other, and says what it means; in the low
// layout it lies in the lower 60 % of a standing panel. A page that flows has room for all that it shows.
func TestControls(t *testing.T) {
	everyScreen(t, func(t *testing.T, l *Pages, s view.Sample, panel fyne.Size, pressed *[]view.Intent) {
		scale := min(panel.Width, panel.Height) / 1080
		targets := l.Targets()
		for name := range targets { // the rest lies under what takes every touch, or does the same
			if kind, all := strings.CutSuffix(name, ":"+anywhere); all {
				key, seen := targets[kind]
				if whole := targets[name]; seen {
					targets = map[string]fyne.CanvasObject{kind: key}
				} else { // nothing but that
					targets = map[string]fyne.CanvasObject{name: whole}
				}
			}
		}
		if len(targets) == 0 {
			t.Fatal("nothing can be touched")
		}
		if err := l.board.Err(); err != nil {
			t.Error(err)
		}
		type box struct{ x0, y0, x1, y1 float32 }
		boxes := make(map[string]box)
		for name, o := range targets {
			p, size := o.Position(), o.Size()
			b := box{p.X, p.Y, p.X + size.Width, p.Y + size.Height}
			if b.x0 < 0 || b.y0 < 0 || b.x1 > panel.Width || b.y1 > panel.Height {
				t.Errorf("%s leaves the panel: %+v", name, b)
			}
			if size.Height < leastTarget*scale-1 || size.Width < leastTarget*scale-1 {
				t.Errorf("%s is %v by %v", name, size.Width/scale, size.Height/scale)
			}
			whole := size.Height == panel.Height
			if !whole && s.Frame.Low && panel.Height > panel.Width && b.y0 < panel.Height*0.4-1 {
				t.Errorf("%s stands too high for somebody who sits: %v", name, b.y0)
			}
			for other, c := range boxes {
				if b.x0 < c.x1-1 && c.x0 < b.x1-1 && b.y0 < c.y1-1 && c.y0 < b.y1-1 {
					t.Errorf("%s and %s lie over each other", name, other)
				}
			}
			boxes[name] = b
			*pressed = nil
			test.Tap(o.(fyne.Tappable))
			kind, arg, _ := strings.Cut(name, ":")
			if kind == "questions" {
				kind = string(view.Questions)
			}
			if len(*pressed) != 1 || (*pressed)[0] != (view.Intent{Kind: view.Kind(kind), Arg: arg}) {
				t.Errorf("%s means %+v", name, *pressed)
			}
		}
	})
}

// While a code can be scanned, who gets how much is there to be compared with the phone, whatever else has no room.
func TestPaySaysWhoAndHowMuch(t *testing.T) {
	theme(t)
	for name, size := range panels {
		for _, lang := range []message.Lang{message.Chinese, message.English} {
			for _, s := range view.Samples(lang) {
				v, pays := s.Screen.(view.Pay)
				if !pays || s.Frame.Alone { // there it is heard: see view.Pay
					continue
				}
				payee, chinese, _ := strings.Cut(v.Payee, "\n")
				for _, f := range uses(s.Frame) {
					placed, err := framed(f, v, described(f, v)).Place(flow.Panel{W: size.Width, H: size.Height,
						Large: f.Large, Low: f.Low, Width: panel.Measure})
					if err != nil {
						t.Errorf("%s/%s/%s: %v", name, lang, s.Name, err)
					}
					want := map[string]bool{payee: true, chinese: chinese != "", v.Amount: true,
						say(f, "pay.scan"): true}
					for _, p := range placed {
						switch i := p.Item.(type) {
						case panel.Text:
							delete(want, i.Value)
						case panel.Amount:
							delete(want, i.Value)
						}
					}
					for words, must := range want {
						if must {
							t.Errorf("%s/%s/%s, large %t, low %t: does not say %q", name, lang, s.Name, f.Large, f.Low,
								words)
						}
					}
				}
			}
		}
	}
}

// What is remembered of items changes no page, even if it is of other pages, panels and uses.
func TestPlacedFromMemory(t *testing.T) {
	theme(t)
	memo := new(flow.Memo)
	for n, s := range view.Samples(message.English) {
		for i, f := range uses(s.Frame)[:4] { // contrast changes no place
			size := []fyne.Size{panels["portrait"], panels["square"]}[(n+i)%2]
			p := framed(f, s.Screen, described(f, s.Screen))
			on := flow.Panel{W: size.Width, H: size.Height, Large: f.Large, Low: f.Low, Width: panel.Measure}
			want, _ := p.Place(on)
			on.Memo = memo
			got, _ := p.Place(on)
			if !slices.EqualFunc(got, want, func(a, b flow.Placed) bool {
				return a.Box == b.Box && a.Name == b.Name && a.Key == b.Key && a.Item == b.Item &&
					a.M.Text == b.M.Text && a.M.Tight == b.M.Tight
			}) {
				t.Errorf("%v/%s, large %t, low %t is placed otherwise", size, s.Name, f.Large, f.Low)
			}
		}
	}
}

// golden are the screens of which pictures are kept, in both languages; look at each before it is committed.
var golden = []string{"attract", "home", "home-rests", "case", "bills", "fee", "pay", "pay-help", "pay-alone",
	"done-printed", "done-trouble", "verify", "notice-paid", "proof", "help"}

func TestPictures(t *testing.T) {
	th := theme(t)
	l := New(panel.Manners{}, func(view.Intent) {})
	for _, lang := range []message.Lang{message.Chinese, message.English} {
		for _, s := range view.Samples(lang) {
			if !slices.Contains(golden, s.Name) {
				continue
			}
			name := s.Name + "-" + string(lang)
			t.Run(name, func(t *testing.T) {
				size := panels["portrait"]
				img := Render(th, l, s, int(size.Width), int(size.Height))
				compare(t, name, img)
				if v, ok := s.Screen.(view.Pay); ok {
					read(t, img, v.QR)
				}
			})
		}
	}
}

func compare(t *testing.T, name string, img image.Image) {
	t.Helper()
	path := filepath.Join("testdata", name+".png")
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got.Bounds()) != fmt.Sprint(want.Bounds()) || !bytes.Equal(pixels(got), pixels(want)) {
		failed := filepath.Join(t.ArtifactDir(), name+".png")
		_ = os.WriteFile(failed, b.Bytes(), 0o644)
		t.Errorf("%s looks different; see %s, and run with -update once it is right", name, failed)
	}
}

func pixels(img image.Image) []byte {
	switch v := img.(type) {
	case *image.RGBA:
		return v.Pix
	case *image.NRGBA:
		return v.Pix
	}
	return nil
}

// read scans the QR of a picture as a phone would.
func read(t *testing.T, img image.Image, want string) {
	t.Helper()
	if _, err := exec.LookPath("zbarimg"); err != nil {
		t.Skip("SKIPPED: zbarimg is not installed; make deps installs it")
	}
	path := filepath.Join(t.TempDir(), "pay.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	f.Close()
	out, err := exec.Command("zbarimg", "-q", "--raw", path).Output()
	if err != nil || strings.TrimSpace(string(out)) != want {
		t.Errorf("a phone reads %q, %v, want %q", out, err, want)
	}
}
