package paper

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func sealed(t testing.TB) (*Seal, []byte) {
	t.Helper()
	s, err := OpenSeal(filepath.Join(t.TempDir(), "seal.pem"), "courtkiosk 03")
	if err != nil {
		t.Fatal(err)
	}
	page, err := Layout(sample(), Roll80)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := page.PDF(&b); err != nil {
		t.Fatal(err)
	}
	file, err := s.Sign(b.Bytes(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s, file
}

func TestSeal(t *testing.T) {
	s, file := sealed(t)
	c, err := CheckSeal(file)
	if err != nil || !c.Equal(s.certificate) {
		t.Fatalf("%v, %v", c, err)
	}
	need(t, "pdfsig")
	need(t, "pdftotext")
	path := filepath.Join(t.TempDir(), "receipt.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command("pdfsig", "-nocert", path).CombinedOutput()
	if err != nil || !strings.Contains(string(said), "Signature is Valid") ||
		!strings.Contains(string(said), "Total document signed") {
		t.Errorf("pdfsig: %v\n%s", err, said)
	}
	text, err := exec.Command("pdftotext", "-raw", path, "-").Output()
	if err != nil || !strings.Contains(squeeze(string(text)), "人民币贰仟柒佰元整") {
		t.Errorf("the signed file says %q, %v", text, err)
	}
}

// A byte changed anywhere, and anything appended, breaks the seal. Only within the signature's own container some bytes
// say nothing: its padding, and tags that every reader skips. What is signed is the same then.
func TestBrokenSeal(t *testing.T) {
	_, file := sealed(t)
	from := bytes.Index(file, []byte("/Contents<"))
	to := from + bytes.IndexByte(file[from:], '>')
	if from < 0 {
		t.Fatal("no signature in the file")
	}
	for i := 0; i < len(file); i += 7 {
		if from < i && i < to {
			continue
		}
		changed := append([]byte(nil), file...)
		changed[i] ^= 1
		if _, err := CheckSeal(changed); err == nil {
			t.Fatalf("byte %d (%q) changed, and the seal holds", i, file[max(0, i-10):i+10])
		}
	}
	for name, changed := range map[string][]byte{
		"appended": append(append([]byte(nil), file...), '\n'), "cut": file[:len(file)-1], "empty": nil,
		"not signed": []byte("%PDF-1.7\n"), "twice": append(append([]byte(nil), file...), file...),
	} {
		if _, err := CheckSeal(changed); !errors.Is(err, ErrSeal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenSeal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seal.pem")
	a, err := OpenSeal(file, "courtkiosk 03")
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenSeal(file, "another name")
	if err != nil || !a.certificate.Equal(b.certificate) {
		t.Errorf("opened again: %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(file, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSeal(file, ""); err == nil || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("rubbish: %v", err)
	}
}

func BenchmarkSeal(b *testing.B) {
	s, _ := sealed(b)
	page, err := Layout(sample(), Roll80)
	if err != nil {
		b.Fatal(err)
	}
	var file bytes.Buffer
	if err := page.PDF(&file); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Sign(file.Bytes(), time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
