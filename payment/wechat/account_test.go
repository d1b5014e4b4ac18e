package wechat_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

func block(t *testing.T, kind string, marshal func(any) ([]byte, error), key any) string {
	t.Helper()
	der, err := marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestLoad(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private := block(t, "PRIVATE KEY", x509.MarshalPKCS8PrivateKey, keys()[0])
	public := block(t, "PUBLIC KEY", x509.MarshalPKIXPublicKey, &keys()[1].PublicKey)
	old := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY",
		Bytes: x509.MarshalPKCS1PrivateKey(keys()[0])}))
	named := func(a wechat.Account) wechat.Account { return a }
	tests := map[string]struct {
		private, public, apiv3 string // what the files hold; empty: not named; -: named and not there
		change                 func(wechat.Account) wechat.Account
		want                   string // empty: taken
	}{
		"public key mode":  {private, public, "", named, ""},
		"certificate mode": {private, "", apiv3 + "\n", named, ""},
		"both":             {private, public, apiv3, named, ""},
		"no merchant key":  {"-", public, "", named, "private.pem: no such file"},
		"no public key":    {private, "-", "", named, "public.pem: no such file"},
		"no apiv3 key":     {private, "", "-", named, "apiv3: no such file"},
		"no PEM":           {"hello", public, "", named, "private.pem: no PEM block, want BEGIN PRIVATE KEY"},
		"empty":            {" ", public, "", named, "no PEM block"},
		"PKCS#1": {old, public, "", named,
			"BEGIN RSA PRIVATE KEY, want BEGIN PRIVATE KEY: convert it with openssl pkcs8"},
		"keys swapped":       {public, private, "", named, "BEGIN PUBLIC KEY, want BEGIN PRIVATE KEY"},
		"private for public": {private, private, "", named, "public.pem: BEGIN PRIVATE KEY, want BEGIN PUBLIC KEY"},
		"a certificate": {private, strings.ReplaceAll(public, "PUBLIC KEY", "CERTIFICATE"), "", named,
			"that is a certificate"},
		"a password": {strings.ReplaceAll(private, "PRIVATE", "ENCRYPTED PRIVATE"), public, "", named,
			"it has a password"},
		"torn":        {strings.Replace(private, "MII", "AAA", 1), public, "", named, "private.pem: "},
		"torn public": {private, strings.Replace(public, "MII", "AAA", 1), "", named, "public.pem: "},
		"not RSA": {block(t, "PRIVATE KEY", x509.MarshalPKCS8PrivateKey, curve), public, "", named,
			"*ecdsa.PrivateKey, want an RSA key"},
		"public not RSA": {private, block(t, "PUBLIC KEY", x509.MarshalPKIXPublicKey, &curve.PublicKey), "", named,
			"*ecdsa.PublicKey, want an RSA key"},
		"neither":             {private, "", "", named, "neither a WeChat Pay public key nor an APIv3 key"},
		"apiv3 key too short": {private, "", apiv3[1:], named, "must have 32 characters"},
		"serial too short": {private, public, "",
			func(a wechat.Account) wechat.Account { a.MerchantSerial = "1234"; return a }, "40 hex digits"},
		"serial not hex": {private, public, "",
			func(a wechat.Account) wechat.Account { a.MerchantSerial = strings.Repeat("g", 40); return a },
			"40 hex digits"},
		"public key id": {private, public, "",
			func(a wechat.Account) wechat.Account { a.PublicKeyID = "0116"; return a }, "must begin with PUB_KEY_ID_"},
		"blank behind mchid": {private, public, "",
			func(a wechat.Account) wechat.Account { a.MchID += " "; return a }, `mchid of merchant "1900000001 " must`},
		"wide blank before mchid": {private, public, "",
			func(a wechat.Account) wechat.Account { a.MchID = "\u3000" + a.MchID; return a }, "without blanks"},
		"line behind appid": {private, public, "",
			func(a wechat.Account) wechat.Account { a.AppID += "\n"; return a }, "without blanks"},
		"blank in public key id": {private, public, "",
			func(a wechat.Account) wechat.Account { a.PublicKeyID += "\u00a0"; return a }, "without blanks"},
		"apiv3 key too long beside a public key": {private, public, apiv3 + "x", named, "must have 32 characters"},
		"no mchid": {private, public, "", func(a wechat.Account) wechat.Account { a.MchID = ""; return a },
			"mchid and appid"},
		"no appid": {private, public, "", func(a wechat.Account) wechat.Account { a.AppID = ""; return a },
			"mchid and appid"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := func(name, text string) string {
				switch text {
				case "":
					return ""
				case "-":
				default:
					if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				return filepath.Join(dir, name)
			}
			a := tt.change(wechat.Account{Merchant: merchant, MerchantSerial: strings.Repeat("0a", 20),
				PublicKeyID: "PUB_KEY_ID_1", NotifyURL: "https://court.example/n"})
			a, err := a.Load(wechat.Files{PrivateKey: file("private.pem", tt.private),
				PublicKey: file("public.pem", tt.public), APIv3Key: file("apiv3", tt.apiv3)})
			if tt.want == "" {
				if err != nil || !a.PrivateKey.Equal(keys()[0]) ||
					(tt.public != "" && !a.PublicKey.Equal(&keys()[1].PublicKey)) ||
					(tt.apiv3 != "" && a.APIv3Key != apiv3) {
					t.Errorf("loaded %+v, %v", a.Merchant, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			for _, line := range strings.Fields(tt.private + " " + tt.public) {
				if len(line) > 40 && strings.Contains(err.Error(), line) {
					t.Errorf("the error holds a key: %v", err)
				}
			}
		})
	}
}

func TestNotifyURL(t *testing.T) {
	sim := newSim(t, wechatsim.Guesses{})
	for address, ok := range map[string]bool{
		"https://court.example/n": true, "https://court.example:8443/wechat/notify": true, "https://8.8.8.8/n": true,
		"": false, "http://court.example/n": false, "https://court.example": false,
		"https://court.example/": false, "https://court.example//": false, "https://court.example/n?": false,
		"https://court.example/n ": false, "https://court.example/n\u00a0": false, " https://court.example/n": false,
		"https://court.example/a b": false, "https://a@court.example/n": false, "https://court.example/n#": false,
		"https://court.example/n?a=1": false, "https://court.example/n#a": false,
		"https://localhost/n": false, "https://127.0.0.1/n": false, "https://192.168.1.1/n": false,
		"https://10.1.1.1/n": false, "https://[::1]/n": false,
		"https:///n": false, "https://court.example/" + strings.Repeat("n", 240): false, "%": false,
	} {
		a := account(sim)
		a.NotifyURL = address
		g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{a}, Transport: sim.Transport()})
		if (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil {
			continue
		}
		o := order(t, g)
		o.No = payment.Key{Bill: address}.Number(merchant, 1)
		if o.Body, err = g.Compose(o); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Prepay(t.Context(), o); err != nil {
			t.Errorf("%q: WeChat says %v", address, err)
		}
	}
}

func TestNewRefusesAccounts(t *testing.T) {
	a := account(newSim(t, wechatsim.Guesses{}))
	for name, accounts := range map[string][]wechat.Account{
		"without keys": {{Merchant: merchant}},
		"twice":        {a, a},
	} {
		if _, err := wechat.New(wechat.Config{Accounts: accounts}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	b := a
	b.AppID = "wx2"
	if g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{a, b}}); err != nil || !g.Serves(a.Merchant) ||
		!g.Serves(b.Merchant) {
		t.Errorf("two appids of one merchant: %v", err)
	}
}

// The merchant's certificate says when it ends, as long as it is ours.
func TestCertificateEnds(t *testing.T) {
	ends := time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)
	made := func(serial string, key *rsa.PrivateKey) string {
		n, _ := new(big.Int).SetString(serial, 16)
		c := &x509.Certificate{SerialNumber: n, NotBefore: ends.AddDate(-5, 0, 0), NotAfter: ends}
		der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	serial := strings.Repeat("0a", 20)
	private := block(t, "PRIVATE KEY", x509.MarshalPKCS8PrivateKey, keys()[0])
	for name, tt := range map[string]struct{ text, want string }{
		"ours":             {made(serial, keys()[0]), ""},
		"an earlier one":   {made(strings.Repeat("0b", 20), keys()[0]), "its serial is " + strings.Repeat("0B", 20)},
		"of another key":   {made(serial, keys()[1]), "another key than the merchant key"},
		"a key":            {private, "BEGIN PRIVATE KEY, want BEGIN CERTIFICATE"},
		"no PEM":           {"x", "no PEM block"},
		"torn certificate": {strings.Replace(made(serial, keys()[0]), "MII", "AAA", 1), "merchant certificate "},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
			if err := errors.Join(os.WriteFile(cert, []byte(tt.text), 0o600),
				os.WriteFile(key, []byte(private), 0o600)); err != nil {
				t.Fatal(err)
			}
			a, err := wechat.Account{Merchant: merchant, MerchantSerial: serial, PublicKeyID: "PUB_KEY_ID_1",
				PublicKey: &keys()[1].PublicKey, NotifyURL: "https://court.example/n",
			}.Load(wechat.Files{PrivateKey: key, Certificate: cert})
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil || !a.Ends.Equal(ends) {
				t.Fatalf("ends %v, %v", a.Ends, err)
			}
			g, err := wechat.New(wechat.Config{Accounts: []wechat.Account{a}})
			if err != nil || !g.CertificateEnds(merchant).Equal(ends) ||
				!g.CertificateEnds(payment.Merchant{MchID: "1"}).IsZero() {
				t.Errorf("the gateway says %v, %v", g.CertificateEnds(merchant), err)
			}
		})
	}
}
