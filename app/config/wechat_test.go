package config

import (
	"crypto/rand"
	"crypto/rsa"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
)

// What the file's check takes, the gateway takes, and what one refuses the other refuses.
func TestTheGatewayAgreesOnForms(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]string{"mchid": "1900000001", "appid": "wx8888888888888888",
		"merchant_serial": strings.Repeat("0a", 20), "public_key_id": "PUB_KEY_ID_0116",
		"notify_url": "https://court.example/n"}
	spoilt := func(s string) []string {
		return []string{s, s + " ", " " + s, s + "\n", s + "\u00a0", "\u3000" + s, s + "\u200b", s[:len(s)-1], "-",
			s + "?", s + "?a=1", s + "#", s + "/", strings.Repeat(s, 12), strings.ToUpper(s), "https://court.example/",
			"https://court.example//", "http://court.example/n", "https://u@court.example/n", "https://10.0.0.1/n"}
	}
	for name := range good {
		for _, value := range spoilt(good[name]) {
			v := map[string]string{}
			for k := range good {
				v[k] = good[k]
			}
			v[name] = value
			_, err := wechat.New(wechat.Config{Accounts: []wechat.Account{{
				Merchant: payment.Merchant{MchID: v["mchid"], AppID: v["appid"]}, MerchantSerial: v["merchant_serial"],
				PrivateKey: key, PublicKeyID: v["public_key_id"], PublicKey: &key.PublicKey, NotifyURL: v["notify_url"],
			}}})
			if fits := forms[name].fits(value); fits != (err == nil) {
				t.Errorf("%s %q: fits here %t, at the gateway %v", name, value, fits, err)
			}
		}
	}
}

// A key that systemd unseals when the unit starts is not missed while it is down.
func TestSealedKey(t *testing.T) {
	defer func(c, s string) { credentials, sealings = c, s }(credentials, sealings)
	dir := t.TempDir()
	credentials, sealings = filepath.Join(dir, "run")+"/", filepath.Join(dir, "etc")
	key := filepath.Join(dir, "run/courtkiosk.service/merchant-key")
	missed := func(path string) bool {
		said := false
		WeChat{MerchantKey: path}.check("wechat", Test, func(fine bool, _, format string, _ ...any) {
			said = said || !fine && strings.Contains(format, "cannot be read")
		})
		return said
	}
	if !missed(key) {
		t.Error("a key that is nowhere is not missed")
	}
	err := os.Mkdir(sealings, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(sealings, "merchant-key"), []byte("sealed"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if missed(key) {
		t.Error("a sealed key is missed")
	}
	if !missed(filepath.Join(dir, "merchant-key")) {
		t.Error("a file that is no credential is not missed")
	}
}

// Who can read what on the way is said, and the proxy's user is nobody's business.
func TestNotesOfTheRoad(t *testing.T) {
	const proxy = "http://kiosk@proxy.court.example:3128"
	for name, tt := range map[string]struct {
		w    WeChat
		want []string
	}{
		"direct": {WeChat{}, nil},
		"proxy": {WeChat{Proxy: proxy}, []string{
			"proxy.court.example:3128 sees when WeChat is called, and cannot read title or attach"}},
		"authority": {WeChat{CA: "ca.pem"}, []string{"an authority in ca.pem can read title"}},
		"both": {WeChat{Proxy: proxy, CA: "ca.pem"}, []string{"an authority in ca.pem can read title",
			"cannot read title or attach unless it holds such a key"}},
	} {
		got := tt.w.Notes()
		if len(got) != len(tt.want) {
			t.Errorf("%s: %q", name, got)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], tt.want[i]) || strings.Contains(got[i], "kiosk@") {
				t.Errorf("%s: %q, want %q", name, got[i], tt.want[i])
			}
		}
	}
}

// Who has no key because systemd keeps it for the service is told apart from who has none.
func TestWeChatSealed(t *testing.T) {
	defer func(c, s string) { credentials, sealings = c, s }(credentials, sealings)
	dir := t.TempDir()
	credentials, sealings = filepath.Join(dir, "run")+"/", dir
	w := WeChat{MerchantKey: filepath.Join(dir, "run/unit/key")}
	if w.Sealed() {
		t.Error("a key that is nowhere is sealed")
	}
	if err := os.WriteFile(filepath.Join(dir, "key"), nil, 0o600); err != nil || !w.Sealed() {
		t.Errorf("a sealed key is not: %v", err)
	}
	err := os.MkdirAll(filepath.Join(dir, "run/unit"), 0o700)
	if err == nil {
		err = os.WriteFile(w.MerchantKey, []byte("key"), 0o600)
	}
	if err != nil || w.Sealed() {
		t.Errorf("one that is there is sealed: %v", err)
	}
}
