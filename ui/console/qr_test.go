package console

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A camera sees the terminal: light blocks on dark.
func TestQRTextCanBeScanned(t *testing.T) {
	if _, err := exec.LookPath("zbarimg"); err != nil {
		t.Skip("SKIPPED: zbarimg is not installed; make deps installs it")
	}
	for _, content := range []string{"weixin://wxpay/bizpayurl?pr=a1B2c3D",
		"http://127.0.0.1:43210/phone/ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"} {
		text, err := qrText(content)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "qr.png")
		photograph(t, text, path)
		out, err := exec.Command("zbarimg", "--quiet", "--raw", path).Output()
		if err != nil {
			t.Fatalf("%s: %v", content, err)
		}
		if got := strings.TrimSpace(string(out)); got != content {
			t.Errorf("scanned %q, want %q", got, content)
		}
	}
}

// photograph draws text as a dark terminal does, each half block as a square.
func photograph(t *testing.T, text, path string) {
	t.Helper()
	const side = 6
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	width := len([]rune(lines[0]))
	img := image.NewGray(image.Rect(0, 0, width*side, len(lines)*2*side))
	for y, line := range lines {
		for x, r := range []rune(line) {
			upper, lower := strings.ContainsRune("█▀", r), strings.ContainsRune("█▄", r)
			for i := range side * side {
				if upper {
					img.SetGray(x*side+i%side, 2*y*side+i/side, color.Gray{255})
				}
				if lower {
					img.SetGray(x*side+i%side, (2*y+1)*side+i/side, color.Gray{255})
				}
			}
		}
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}
