package paper

import (
	"bytes"
	"errors"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"courtkiosk/app/receipt"
)

func pdfOf(t *testing.T, p *Page) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.PDF(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A reader's picture of the PDF is the picture that a thermal printer gets, but for the edges of letters.
func TestPictureAndPDFLookAlike(t *testing.T) {
	need(t, "pdftoppm")
	all := samples()
	rare := sample()
	rare.Payer = "张𫟹é壿墫"
	all["rare"] = rare
	for name, r := range all {
		page, err := Layout(r, Roll80)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path+".pdf", pdfOf(t, page), 0o600); err != nil {
			t.Fatal(err)
		}
		// 25.4 * dots is the resolution at which a dot of the reader's picture is one of ours.
		c := exec.Command("pdftoppm", "-r", "203.2", "-gray", "-png", "-singlefile", path+".pdf", path)
		out, err := c.CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Fatalf("%s: pdftoppm: %v\n%s", name, err, out)
		}
		f, err := os.Open(path + ".png")
		if err != nil {
			t.Fatal(err)
		}
		read, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		// A black dot with no black within one dot of it in the other picture is a stroke that the other lacks.
		mine, theirs := page.Image(), image.NewGray(read.Bounds())
		draw.Draw(theirs, theirs.Rect, read, image.Point{}, draw.Src)
		lost := lonely(mine, theirs, -margin*dots) + lonely(theirs, mine, margin*dots)
		if lost > 20 {
			t.Errorf("%s: %d dots of one picture are not in the other", name, lost)
		}
	}
}

// lonely counts the black dots of a that have no dark one near them in b, where b's x is a's and shift less.
func lonely(a, b *image.Gray, shift int) int {
	n := 0
	for y := range a.Rect.Dy() {
	next:
		for x := range a.Rect.Dx() {
			if a.GrayAt(x, y).Y > 85 {
				continue
			}
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					at := image.Pt(x-shift+dx, y+dy)
					if at.In(b.Rect) && b.GrayAt(at.X, at.Y).Y < 170 {
						continue next
					}
				}
			}
			n++
		}
	}
	return n
}

// What PDF/A-2b asks of such a file, as far as poppler and a look can tell.
func TestPDFIsForArchives(t *testing.T) {
	need(t, "pdffonts")
	for name, r := range samples() {
		page, err := Layout(r, A4)
		if err != nil {
			t.Fatal(err)
		}
		file := pdfOf(t, page)
		for _, want := range []string{
			"/OutputIntent/S/GTS_PDFA1", "/ID[<", "/Lang(zh-CN)",
			`<rdf:li xml:lang="x-default">` + r.Title(),
		} {
			if !bytes.Contains(file, []byte(want)) {
				t.Errorf("%s lacks %s", name, want)
			}
		}
		if bytes.Contains(file, []byte("pdfaid")) {
			t.Errorf("%s claims to be PDF/A, which no validator has said", name)
		}
		if !bytes.Equal(file, pdfOf(t, page)) {
			t.Errorf("%s: the same page is another file the second time", name)
		}
		path := filepath.Join(t.TempDir(), name+".pdf")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("pdffonts", path).CombinedOutput()
		// Each of two fonts is embedded, a subset, and has names for its characters.
		if err != nil || strings.Count(string(out), "yes yes yes") != 2 {
			t.Errorf("%s: pdffonts: %v\n%s", name, err, out)
		}
	}
}

// textOf is what a reader takes out of a page's PDF, without blanks.
func textOf(t *testing.T, p *Page) string {
	t.Helper()
	need(t, "pdftotext")
	path := filepath.Join(t.TempDir(), "page.pdf")
	if err := os.WriteFile(path, pdfOf(t, p), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-raw", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return squeeze(string(out))
}

// Every slip of an environment whose money is not real says so, and one of the real one does not.
func TestUnrealSlipsSaySo(t *testing.T) {
	for environment, want := range map[receipt.Environment]string{
		"": "", receipt.Production: "", receipt.Demo: "演示", receipt.Test: "测试", "staging": "测试",
	} {
		r := sample()
		r.Environment = environment
		real, err := Layout(r, Roll80)
		if err != nil {
			t.Fatal(err)
		}
		pages := map[string]*Page{"receipt": real}
		for name, s := range map[string]receipt.Slip{
			"verification": receipt.Verification{OrderNo: r.OrderNo, Environment: environment},
			"estimate":     receipt.Estimate{Environment: environment},
			"referral":     receipt.Referral{Environment: environment},
		} {
			if pages[name], err = LayoutSlip(s, Roll58); err != nil {
				t.Fatal(err)
			}
		}
		for name, page := range pages {
			text := textOf(t, page)
			for _, mark := range []string{"演示", "测试"} {
				if strings.Contains(text, mark) != (mark == want) {
					t.Errorf("%s in %q: %s is there: %t", name, environment, mark, mark != want)
				}
			}
		}
	}
}

func page1(t *testing.T) *Page {
	t.Helper()
	page, err := Layout(sample(), Roll80)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// A receipt's PDF carries its code, sealed or not, and another file carries none.
func TestCodeInThePDF(t *testing.T) {
	_, file := sealed(t)
	estimate, err := LayoutSlip(receipt.Estimate{}, Roll80)
	if err != nil {
		t.Fatal(err)
	}
	plain := pdfOf(t, page1(t))
	for name, f := range map[string][]byte{"sealed": file, "plain": plain} {
		if got, err := Code(f); err != nil || got != code {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, f := range map[string][]byte{
		"nothing": nil, "no receipt": pdfOf(t, estimate), "two": append(bytes.Clone(plain), plain...),
	} {
		if got, err := Code(f); !errors.Is(err, ErrNoCode) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
