package config

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

// What is written is read as it was, purses of their own and all.
func TestWritten(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"key.pem", "pub.pem"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := Defaults()
	c.Environment = Test
	c.Court.Code, c.Court.Name, c.Kiosk.ID = "京0101", "北京市东城区人民法院", "D7"
	c.Kiosk.PayWithin = 3 * time.Minute
	c.Kiosk.Quiet = []string{}
	c.Hours.Monday = "9:00-12:00"
	c.WeChat = WeChat{MchID: "1900000001", AppID: "wx1234567890123456", PublicKeyID: "PUB_KEY_ID_1",
		MerchantSerial: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1", MerchantKey: filepath.Join(dir, "key.pem"),
		PublicKey: filepath.Join(dir, "pub.pem"), NotifyURL: "https://court.example/notify",
		Hosts: []string{"http://127.0.0.1:1"}, Proxy: "http://me@127.0.0.1:2",
		Fine: &WeChat{MchID: "1900000002"}}
	c.Ledger = Ledger{File: filepath.Join(dir, "state", "ledger.db"), Backups: filepath.Join(dir, "backups")}
	text, err := c.Written()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if !reflect.DeepEqual(got, c) || got.Hash() != c.Hash() {
		t.Errorf("got %+v\nwant %+v\nof\n%s", got, c, text)
	}
	if c.Kiosk.ID = "D8"; got.Hash() == c.Hash() {
		t.Error("another id has the same hash")
	}
}
