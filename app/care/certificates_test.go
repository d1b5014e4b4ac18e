package care

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"courtkiosk/app/doctor"
	"courtkiosk/payment"
	"courtkiosk/payment/gatewaytest"
	"courtkiosk/payment/ledgertest"
)

// certificateFile writes certificates that end after so many days, and returns the file.
func certificateFile(t *testing.T, days ...int) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var text []byte
	for _, n := range days {
		c := &x509.Certificate{SerialNumber: big.NewInt(int64(n) + 1000), NotAfter: time.Now().AddDate(0, 0, n)}
		der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	path := filepath.Join(t.TempDir(), "certificates.pem")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A month before a window, the server or the authority would be refused it is told; so is what cannot be read, and
// nothing of a window that is revoked, of an authority that was not made, or where there is no page.
func TestPageCertificates(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"no page":          {nil, nil},
		"no authority yet": {map[string]string{"authority": "/nowhere/ca.pem"}, []string{"window W02"}},
		"all far":          {map[string]string{"authority": certificateFile(t, 400)}, []string{"window W02"}},
		"the authority of two ends": {map[string]string{"authority": certificateFile(t, 400, 29)},
			[]string{"authority", "window W02"}},
		"the server ends": {map[string]string{"authority": certificateFile(t, 400), "server": certificateFile(t, 5)},
			[]string{"server", "window W02"}},
		"the server is gone":    {map[string]string{"server": "/nowhere/server.pem"}, []string{"server", "window W02"}},
		"the server is nothing": {map[string]string{"server": certificateFile(t)}, []string{"server", "window W02"}},
	} {
		l := ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test"})
		for window, days := range map[string]int{"W01": 400, "W02": 20, "W03": 20} {
			_, err := l.Windows().Update(t.Context(), window, func(payment.Window, payment.Staff) (payment.Window,
				payment.Entry, error) {
				w := payment.Window{Name: window, Until: time.Now().AddDate(0, 0, days)}
				if window == "W03" {
					w.Revoked.At = time.Now()
				}
				return w, payment.Entry{}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		c := New(Parts{Ledger: l, PageCertificates: tt.files, Cashier: payment.NewCashier(payment.Desk{Ledger: l,
			Gateway: &gatewaytest.Gate{Office: gatewaytest.New()}})})
		ends, found, err := c.pageCertificates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range doctor.Tell(found, time.Now()) {
			if got = append(got, f.Of); f.Code != doctor.PageCertificate {
				t.Errorf("%s: %+v", name, f)
			}
			if _, ok := ends[f.Of]; !ok {
				t.Errorf("%s: nothing says when %s ends", name, f.Of)
			}
		}
		if slices.Sort(got); !slices.Equal(got, tt.want) {
			t.Errorf("%s: told of %q, want %q", name, got, tt.want)
		}
		if _, of := ends["window W03"]; of {
			t.Errorf("%s: a revoked window has an end", name)
		}
	}
}
