package wechat_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
	"courtkiosk/payment/wechatsim"
)

// keyFiles are an account's keys as they lie on a machine.
type keyFiles struct {
	account wechat.Account
	private *rsa.PrivateKey
	public  *rsa.PublicKey // nil in certificate mode
	apiv3   string         // empty in public key mode
}

// load writes the files and reads them, as a kiosk does.
func (k keyFiles) load(t *testing.T) (wechat.Account, wechat.Files) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, name)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		t.Fatal(err)
	}
	f := wechat.Files{PrivateKey: write("apiclient_key.pem",
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))}
	if k.public != nil {
		public, err := x509.MarshalPKIXPublicKey(k.public)
		if err != nil {
			t.Fatal(err)
		}
		f.PublicKey = write("pub_key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	}
	if k.apiv3 != "" {
		f.APIv3Key = write("apiv3.key", []byte(k.apiv3))
	}
	a := k.account
	a.PrivateKey, a.PublicKey, a.APIv3Key = nil, nil, ""
	if a, err = a.Load(f); err != nil {
		t.Fatal(err)
	}
	return a, f
}

// Each key that is wrong is named by its file and its number, and with where to compare it; no error claims to know
// more than is known, and none holds a key. An order that WeChat may have made is unknown, never refused.
func TestWrongKeysAreNamed(t *testing.T) {
	serial, other := strings.Repeat("A", 40), strings.Repeat("B", 40)
	const site = "pay.weixin.qq.com"
	tests := map[string]struct {
		change  func(*keyFiles)
		modes   string // of verifying: public, certificate
		want    error
		created bool // WeChat has made the order all the same
		words   []string
	}{
		"private key of another": {func(k *keyFiles) { k.private = keys()[2] }, "public certificate",
			payment.ErrUnauthorized, false, []string{"SIGN_ERROR", "KEY", serial, "mchid 1900000001", site}},
		"wrong serial": {func(k *keyFiles) { k.account.MerchantSerial = other }, "public certificate",
			payment.ErrUnauthorized, false, []string{"SIGN_ERROR", "KEY", other, "mchid 1900000001", site}},
		"mistyped mchid": {func(k *keyFiles) { k.account.MchID = "1900000091" }, "public certificate",
			payment.ErrUnauthorized, false, []string{"SIGN_ERROR", "KEY", serial, "mchid 1900000091", site}},
		"wrong public key": {func(k *keyFiles) { k.public = &keys()[2].PublicKey }, "public",
			payment.ErrUnverified, true, []string{"PUBLIC", "PUB_KEY_ID_", "is not the key", site}},
		"wrong public key id": {func(k *keyFiles) { k.account.PublicKeyID = "PUB_KEY_ID_9" }, "public",
			payment.ErrUnknown, false, []string{"SYSTEM_ERROR", "public_key_id PUB_KEY_ID_9", site}},
		"wrong APIv3 key": {func(k *keyFiles) { k.apiv3 = strings.Repeat("z", 32) }, "certificate",
			payment.ErrUnverified, false, []string{"APIV3", "does not open", "mchid 1900000001", site}},
	}
	for name, tt := range tests {
		for mode := range strings.FieldsSeq(tt.modes) {
			t.Run(name+", "+mode, func(t *testing.T) {
				sim := newSim(t, wechatsim.Guesses{})
				k := keyFiles{account: account(sim), private: keys()[0], public: sim.PublicKey()}
				if mode == "certificate" {
					k.public, k.account.PublicKeyID, k.apiv3 = nil, "", apiv3
				}
				tt.change(&k)
				a, files := k.load(t)
				g := gateway(t, sim, func(b *wechat.Account) { *b = a })
				o := order(t, gateway(t, sim, nil))
				o.Merchant = a.Merchant
				_, err := g.Prepay(t.Context(), o)
				checkMeaning(t, "create", err, tt.want)
				says(t, err, files, tt.words)
				_, err = g.Query(t.Context(), o)
				if !tt.created && errors.Is(tt.want, payment.ErrUnauthorized) {
					checkMeaning(t, "query", err, tt.want)
				}
				right := gateway(t, sim, nil)
				o.Merchant = merchant
				r, err := right.Query(t.Context(), o)
				if created := err == nil && r.State == payment.TradeNotPaid; created != tt.created {
					t.Errorf("WeChat made the order: %t, %v", created, err)
				}
			})
		}
	}
}

// says fails unless an error says all words, with the files' names for KEY, PUBLIC and APIV3, and no key.
func says(t *testing.T, err error, f wechat.Files, words []string) {
	t.Helper()
	for _, w := range words {
		w = strings.NewReplacer("KEY_ID", "KEY_ID", "KEY", f.PrivateKey, "PUBLIC", f.PublicKey, "APIV3",
			f.APIv3Key).Replace(w)
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%v does not say %q", err, w)
		}
	}
	for _, secret := range []string{apiv3, strings.Repeat("z", 32), "BEGIN"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("a key is told: %v", err)
		}
	}
}

// checkMeaning fails unless err means want, and of what is less special only that it is unknown.
func checkMeaning(t *testing.T, op string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) || errors.Is(err, payment.ErrUnverified) != (want == payment.ErrUnverified) {
		t.Errorf("%s = %v, want %v", op, err, want)
	}
	for _, s := range sentinels {
		if errors.Is(err, s) && !errors.Is(want, s) {
			t.Errorf("%s = %v, means %v too", op, err, s)
		}
	}
}

// What WeChat falsifies on purpose, what nobody has signed and what came too late says nothing about our keys.
func TestWhatIsNoWrongKey(t *testing.T) {
	faults := map[string]wechatsim.Fault{
		"signature probe": {SignTest: true}, "a portal": {HTML: true}, "old": {Stale: -10 * 60e9}, "lost": {Lost: true},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			sim := newSim(t, wechatsim.Guesses{})
			g := gateway(t, sim, nil)
			sim.Inject(always(fault))
			_, err := g.Prepay(t.Context(), order(t, g))
			checkMeaning(t, "create", err, payment.ErrUnknown)
		})
	}
	if slices.Contains(sentinels, payment.ErrUnverified) {
		t.Error("it is a kind of unknown, not beside it")
	}
}
