package config

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clerkTable is a configuration text with another [clerk] table.
func clerkTable(t *testing.T, table string) (text, dir string) {
	t.Helper()
	text, dir = good(t)
	before, rest, ok := strings.Cut(text, "[clerk]")
	_, after, further := strings.Cut(rest, "[log]")
	if !ok || !further {
		t.Fatal("the example has no [clerk] before [log]")
	}
	return before + "[clerk]\n" + table + "\n[log]" + after, dir
}

func TestClerkTable(t *testing.T) {
	tests := map[string]struct{ table, want string }{
		"off":                 {``, ""},
		"own authority":       {`listen = "10.1.2.3:8443"`, ""},
		"every address":       {"listen = \"0.0.0.0:8443\"\nname = \"desk.court.example\"", ""},
		"IPv6":                {`listen = "[fd00::1]:8443"`, ""},
		"this machine":        {"listen = \"127.0.0.1:8443\"\nrefunds = true", ""},
		"this machine's name": {"listen = \"localhost:8443\"\nname = \"localhost\"", ""},
		"refunds nowhere":     {`refunds = true`, "clerk.refunds: money goes back through the clerk's page"},
		"a key and no page":   {`key = "keys/pub_key.pem"`, "clerk.listen: name, certificate, key"},
		"no port":             {`listen = "10.1.2.3"`, "clerk.listen: \"10.1.2.3\" is no address with a port"},
		"port 0":              {`listen = "10.1.2.3:0"`, "clerk.listen: "},
		"a name to listen on": {`listen = "desk.court.example:8443"`, "write the address in digits"},
		"every address and no name": {`listen = ":8443"`,
			"clerk.listen: \":8443\" names no address of this machine"},
		"every address, unnamed": {`listen = "0.0.0.0:8443"`, "clerk.name: listen names every address"},
		"a URL for a name":       {"listen = \"10.1.2.3:8443\"\nname = \"https://desk\"", "clerk.name: \"https://desk\" is no"},
		"plain with a certificate": {"listen = \"127.0.0.1:8443\"\nclient_ca = \"keys/pub_key.pem\"",
			"clerk.certificate: 127.0.0.1:8443 is this machine alone"},
		"this machine under another name": {"listen = \"127.0.0.1:8443\"\nname = \"desk.court.example\"",
			"clerk.name: \"desk.court.example\" is not this machine alone"},
		"certificate without a key": {"listen = \"10.1.2.3:8443\"\ncertificate = \"keys/pub_key.pem\"",
			"certificate and key go together"},
		"files that are not there": {"listen = \"10.1.2.3:8443\"\nclient_ca = \"none.pem\"",
			"none.pem cannot be read; put the file there"},
		"no certificate": {"listen = \"10.1.2.3:8443\"\ncertificate = \"keys/pub_key.pem\"\nkey = \"keys/pub_key.pem\"",
			"certificate and key do not fit"},
		"of the court": {"listen = \"10.1.2.3:8443\"\nname = \"desk.court.example\"\n" +
			"certificate = \"desk.pem\"\nkey = \"desk.pem\"", ""},
		"of another host": {"listen = \"10.1.2.3:8443\"\ncertificate = \"desk.pem\"\nkey = \"desk.pem\"",
			"clerk.certificate: it is not for 10.1.2.3"},
		"a key for everybody": {"listen = \"10.1.2.3:8443\"\nname = \"desk.court.example\"\n" +
			"certificate = \"desk.pem\"\nkey = \"open.pem\"", "clerk.key: others may read"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text, dir := clerkTable(t, tt.table)
			certificateFor(t, "desk.court.example", filepath.Join(dir, "desk.pem"), filepath.Join(dir, "open.pem"))
			c, _, err := parse(dir, part{text: text})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err == nil && c.Clerk.Listen != "" && c.Clerk.URL() == "" {
				t.Error("no URL")
			}
		})
	}
}

// certificateFor writes a key and certificate of a host, and again where others can read it.
func certificateFor(t *testing.T, host, path, open string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})...)
	for file, mode := range map[string]os.FileMode{path: 0o600, open: 0o604} {
		if err := os.WriteFile(file, text, mode); err != nil {
			t.Fatal(err)
		}
	}
}

func TestClerkURL(t *testing.T) {
	for want, c := range map[string]Clerk{
		"":                                 {},
		"http://127.0.0.1:8443/":           {Listen: "127.0.0.1:8443"},
		"http://localhost:80/":             {Listen: "127.0.0.1:80", Name: "localhost"},
		"https://10.1.2.3:8443/":           {Listen: "10.1.2.3:8443"},
		"https://desk.court.example/":      {Listen: "10.1.2.3:443", Name: "desk.court.example"},
		"https://desk.court.example:8443/": {Listen: "0.0.0.0:8443", Name: "desk.court.example"},
		"https://[fd00::1]:8443/":          {Listen: "[fd00::1]:8443"},
		"https://[fd00::1]/":               {Listen: "[fd00::1]:443"},
	} {
		if got := c.URL(); got != want {
			t.Errorf("%+v: %s, want %s", c, got, want)
		}
	}
}
