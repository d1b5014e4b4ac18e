package receipt

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/payment"
)

func signer(t testing.TB) (*SigningKey, Ring, string) {
	t.Helper()
	dir := t.TempDir()
	file, list := filepath.Join(dir, "receipt.key"), filepath.Join(dir, "keys.txt")
	k, err := OpenSigningKey(file, list, "kiosk 03")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := ReadRing(list)
	if err != nil {
		t.Fatal(err)
	}
	return k, ring, dir
}

func paid() Receipt {
	return Receipt{
		Number: "PZ-0101-03-261123-470087", Case: "（2026）京0101民初12345号", Amount: 270000,
		PaidAt: time.Date(2026, 11, 23, 14, 33, 7, 0, payment.China), TransactionID: "4200002611202611231234567890",
	}
}

func TestGenuine(t *testing.T) {
	k, ring, _ := signer(t)
	rapid.Check(t, func(t *rapid.T) {
		r := Receipt{
			Number: rapid.String().Draw(t, "number"), Case: rapid.StringN(0, 60, 120).Draw(t, "case"),
			Amount:        payment.Fen(rapid.Int64Range(0, 1e15).Draw(t, "fen")),
			PaidAt:        time.Unix(rapid.Int64Range(0, 1e10).Draw(t, "at"), 0),
			TransactionID: rapid.StringN(0, 32, 64).Draw(t, "transaction"),
		}
		if code := k.Sign(r).Code; len(code) <= longestCode {
			s, err := ring.Verify(" " + code + "\n")
			if err != nil || s.Number != r.Number || s.Case != r.Case || s.Amount != r.Amount ||
				!s.PaidAt.Equal(r.PaidAt) || s.TransactionID != r.TransactionID {
				t.Fatalf("%+v is read as %+v, %v", r, s, err)
			}
		}
	})
}

// A code with any character changed, left out, added or moved is refused, and so is one with any field of another
// receipt.
func TestAltered(t *testing.T) {
	k, ring, _ := signer(t)
	code := k.Sign(paid()).Code
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567.a0 \x00"
	for i := range code {
		for _, c := range alphabet {
			if changed := code[:i] + string(c) + code[i+1:]; normal(changed) != code {
				if s, err := ring.Verify(changed); err == nil {
					t.Fatalf("character %d as %q is believed: %+v", i, c, s)
				}
			}
		}
		if _, err := ring.Verify(code[:i] + code[i+1:]); err == nil {
			t.Fatalf("without character %d it is believed", i)
		}
	}
	for _, more := range []string{"A", "AAAAAAAA", code} {
		if _, err := ring.Verify(code + more); err == nil {
			t.Errorf("with %q behind it is believed", more)
		}
	}
	for name, change := range map[string]func(*Receipt){
		"amount": func(r *Receipt) { r.Amount++ }, "time": func(r *Receipt) { r.PaidAt = r.PaidAt.Add(time.Second) },
		"environment": func(r *Receipt) { r.Environment = Test }, "case": func(r *Receipt) { r.Case += " " },
		"number": func(r *Receipt) { r.Number = "" }, "transaction": func(r *Receipt) { r.TransactionID += "1" },
	} {
		other := paid()
		change(&other)
		a, _ := letters.DecodeString(strings.TrimPrefix(code, codePrefix))
		b, _ := letters.DecodeString(strings.TrimPrefix(k.Sign(other).Code, codePrefix))
		forged := codePrefix + letters.EncodeToString(append(b[:len(b)-64:len(b)-64], a[len(a)-64:]...))
		if _, err := ring.Verify(forged); !errors.Is(err, ErrAltered) {
			t.Errorf("another %s under the signature: %v", name, err)
		}
	}
}

// A code is believed as people type it and as programs wrap it.
func TestCodeAsPeopleTypeIt(t *testing.T) {
	k, ring, _ := signer(t)
	code := k.Sign(paid()).Code
	var wrapped strings.Builder
	for i, c := range code {
		if i%40 == 0 {
			wrapped.WriteString("\r\n\t ")
		}
		wrapped.WriteRune(c)
	}
	for name, text := range map[string]string{
		"small": strings.ToLower(code), "mixed": strings.ToLower(code[:99]) + code[99:], "around": "\n " + code +
			"\u3000",
		"small prefix": "crt1." + code[5:], "wrapped": wrapped.String(),
		"blanks":   strings.Join(strings.Split(code, ""), " "),
		"no width": code[:7] + "\u200b" + code[7:], "a mark of bytes": "\ufeff" + code,
	} {
		if s, err := ring.Verify(text); err != nil || s.Number != paid().Number {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// A code says of which environment it is, and one from before they did still holds.
func TestCodeSaysTheEnvironment(t *testing.T) {
	k, ring, _ := signer(t)
	for printed, want := range map[Environment]Environment{
		"": Production, Production: Production, Test: Test, Demo: Demo, "staging": Test,
	} {
		r := paid()
		r.Environment = printed
		if s, err := ring.Verify(k.Sign(r).Code); err != nil || s.Environment != want {
			t.Errorf("printed in %q, verified as %q, %v", printed, s.Environment, err)
		}
	}
	resign := func(body []byte) string {
		return codePrefix + letters.EncodeToString(append(body, ed25519.Sign(k.private, body)...))
	}
	old := Statement{Key: k.id, Amount: 270000, PaidAt: paid().PaidAt, Case: paid().Case, Number: paid().Number}
	if s, err := ring.Verify(resign(old.body())); err != nil || s.Environment != "" || s.Number != old.Number {
		t.Errorf("a code of version 1: %+v, %v", s, err)
	}
	old.Environment = Demo
	future := old.body()
	future[1+len(k.id)] = byte(len(environments))
	if _, err := ring.Verify(resign(future)); !errors.Is(err, ErrNoCode) {
		t.Errorf("an environment without a name: %v", err)
	}
}

func TestVerdicts(t *testing.T) {
	k, ring, dir := signer(t)
	stranger, _, _ := signer(t)
	code := k.Sign(paid()).Code
	if s, err := ring.Verify(stranger.Sign(paid()).Code); !errors.Is(err, ErrUnknownKey) || s.Number == "" {
		t.Errorf("a stranger's: %+v, %v", s, err)
	}
	for _, text := range []string{"", "CRT0.X", "weixin://wxpay/bizpayurl?pr=x", "CRT2." + code[5:], "CRT1.",
		strings.Repeat("CRT1.A", 1000), "\x00\x01", "（2026）京0101民初1号"} {
		if _, err := ring.Verify(text); err == nil || errors.Is(err, ErrUnknownKey) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	list := filepath.Join(dir, "keys.txt")
	if err := Revoke(list, k.id.String()); err != nil {
		t.Fatal(err)
	}
	ring, err := ReadRing(list)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Verify(code); !errors.Is(err, ErrRevoked) {
		t.Errorf("a revoked key: %v", err)
	}
	if err := Revoke(list, "NOBODYXX"); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("revoking nobody's: %v", err)
	}
}

// A new key takes over; what the old one signed stays genuine.
func TestRotation(t *testing.T) {
	old, _, dir := signer(t)
	code := old.Sign(paid()).Code
	file, list := filepath.Join(dir, "receipt.key"), filepath.Join(dir, "keys.txt")
	if again, err := OpenSigningKey(file, list, "kiosk 03"); err != nil || again.id != old.id {
		t.Fatalf("opened again: %v", err)
	}
	if err := os.Rename(file, file+".old"); err != nil {
		t.Fatal(err)
	}
	next, err := OpenSigningKey(file, list, "kiosk 03")
	if err != nil || next.id == old.id {
		t.Fatalf("a new key: %v", err)
	}
	ring, err := ReadRing(list)
	if err != nil || len(ring) != 2 {
		t.Fatal(ring, err)
	}
	for _, c := range []string{code, next.Sign(paid()).Code} {
		if _, err := ring.Verify(c); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info.Mode(), err)
	}
}

// A key that was revoked signs no more, whether it was revoked while it was open or before, and a list that is lost or
// unreadable afterwards gives it nothing back. A new key signs again.
func TestRevokedKeySignsNoMore(t *testing.T) {
	old, _, dir := signer(t)
	file, list := filepath.Join(dir, "receipt.key"), filepath.Join(dir, "keys.txt")
	if old.Revoked() || old.Sign(paid()).Code == "" {
		t.Fatal("a good key does not sign")
	}
	if err := Revoke(list, old.id.String()); err != nil {
		t.Fatal(err)
	}
	again, err := OpenSigningKey(file, list, "kiosk 03")
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]*SigningKey{"while open": old, "before": again} {
		if r := k.Sign(paid()); r.Code != "" || !k.Revoked() {
			t.Errorf("revoked %s it signs: %q", name, r.Code)
		}
	}
	if err := os.WriteFile(list, []byte("rubbish\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !old.Revoked() {
		t.Error("with the list unreadable it signs again")
	}
	if err := errors.Join(os.Remove(list), os.Rename(file, file+".old")); err != nil {
		t.Fatal(err)
	}
	if next, err := OpenSigningKey(file, list, "kiosk 03"); err != nil || next.Sign(paid()).Code == "" {
		t.Errorf("a new key does not sign: %v", err)
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	_, ring, dir := signer(t)
	list := filepath.Join(dir, "list.txt")
	for name, text := range map[string]string{
		"a word too few": "AAAAAAAA\n", "no key": "AAAAAAAA zzzz good\n", "short": "AAAAAAAA AAAA good x\n",
		"another id": "AAAAAAAA " + strings.Fields(strings.Split(ring.String(), "\n")[1])[1] + " good\n",
		"no word":    strings.Replace(strings.Split(ring.String(), "\n")[1], " good ", " fine ", 1),
	} {
		if err := os.WriteFile(list, []byte("# list\n\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadRing(list); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	file := filepath.Join(dir, "receipt.key")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSigningKey(file, list, ""); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that all can read: %v", err)
	}
	for _, text := range []string{"rubbish", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		os.Chmod(file, 0o600)
		if _, err := OpenSigningKey(file, list, ""); err == nil {
			t.Errorf("a key like %q was taken", text)
		}
	}
}

func FuzzVerify(f *testing.F) {
	k, ring, _ := signer(f)
	f.Add(k.Sign(paid()).Code)
	f.Add("CRT1.AEAAAAAAAA")
	f.Fuzz(func(t *testing.T, code string) {
		s, err := ring.Verify(code)
		if err != nil {
			return
		}
		r := Receipt{
			Number: s.Number, Case: s.Case, Amount: s.Amount, PaidAt: s.PaidAt, TransactionID: s.TransactionID,
			Environment: s.Environment,
		}
		if again := k.Sign(r).Code; again != normal(code) {
			t.Errorf("believed is %s, signed is %s", code, again)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	k, _, _ := signer(b)
	for b.Loop() {
		k.Sign(paid())
	}
}

func BenchmarkVerify(b *testing.B) {
	k, ring, _ := signer(b)
	code := k.Sign(paid()).Code
	for b.Loop() {
		if _, err := ring.Verify(code); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(code)), "chars")
}
