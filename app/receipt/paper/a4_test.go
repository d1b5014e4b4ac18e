package paper

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The voucher for window printers is one A4 page with everything on it.
func TestA4(t *testing.T) {
	need(t, "pdfinfo")
	need(t, "pdftotext")
	for name, r := range samples() {
		page, err := Layout(r, A4)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name+".pdf")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := page.PDF(f); err != nil {
			t.Fatal(err)
		}
		f.Close()
		info, err := exec.Command("pdfinfo", path).Output()
		one := strings.Contains(string(info), "(A4)") && strings.Contains(string(info), "Pages:           1")
		if err != nil || !one {
			t.Errorf("%s: %v\n%s", name, err, info)
		}
		text, err := exec.Command("pdftotext", "-raw", path, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{r.Number, r.Title(), squeeze(r.Court), "本凭条不作为财政票据", r.Case} {
			if !strings.Contains(squeeze(string(text)), squeeze(want)) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
		if page.height+2*a4Top > 297 {
			t.Errorf("%s is %v mm high", name, page.height)
		}
	}
}
