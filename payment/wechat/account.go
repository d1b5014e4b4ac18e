package wechat

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"

	"courtkiosk/payment"
)

// An Account is a merchant with its keys. With a public key answers are verified by it (public key mode: every
// merchant since the end of 2024); without one by WeChat's platform certificates, which need the APIv3 key.
type Account struct {
	payment.Merchant
	MerchantSerial string // of the merchant's API certificate, 40 hex digits
	PrivateKey     *rsa.PrivateKey
	PublicKeyID    string // PUB_KEY_ID_…
	PublicKey      *rsa.PublicKey
	APIv3Key       string // 32 characters, in certificate mode only
	NotifyURL      string // https, public; WeChat demands one, a kiosk behind NAT never hears from it
}

// Files say where an account's keys lie.
type Files struct {
	PrivateKey string // apiclient_key.pem of the merchant platform
	PublicKey  string // pub_key.pem, empty in certificate mode
	APIv3Key   string // a file with the 32 characters, empty in public key mode
}

// Load reads the account's keys from files. The error names the file and what is wrong with it, never what is in it.
func (a Account) Load(f Files) (Account, error) {
	private, err := readKey("merchant key", f.PrivateKey, "PRIVATE KEY", x509.ParsePKCS8PrivateKey)
	if err != nil {
		return a, err
	}
	var ok bool
	if a.PrivateKey, ok = private.(*rsa.PrivateKey); !ok {
		return a, fmt.Errorf("merchant key %s: a %T, want an RSA key", f.PrivateKey, private)
	}
	if f.PublicKey != "" {
		public, err := readKey("WeChat Pay public key", f.PublicKey, "PUBLIC KEY", x509.ParsePKIXPublicKey)
		if err != nil {
			return a, err
		}
		if a.PublicKey, ok = public.(*rsa.PublicKey); !ok {
			return a, fmt.Errorf("WeChat Pay public key %s: a %T, want an RSA key", f.PublicKey, public)
		}
	}
	if f.APIv3Key != "" {
		text, err := os.ReadFile(f.APIv3Key)
		if err != nil {
			return a, fmt.Errorf("APIv3 key: %w", err)
		}
		a.APIv3Key = strings.TrimSpace(string(text))
	}
	return a, a.check()
}

// hints say what a PEM file is that was given in place of the right one.
var hints = map[string]string{
	"RSA PRIVATE KEY":       ": convert it with openssl pkcs8 -topk8 -nocrypt",
	"ENCRYPTED PRIVATE KEY": ": it has a password; WeChat's apiclient_key.pem has none",
	"CERTIFICATE":           ": that is a certificate; the keys are in apiclient_key.pem and pub_key.pem",
}

func readKey(what, file, want string, parse func([]byte) (any, error)) (any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s %s: no PEM block, want BEGIN %s", what, file, want)
	}
	if block.Type != want {
		return nil, fmt.Errorf("%s %s: BEGIN %s, want BEGIN %s%s", what, file, block.Type, want, hints[block.Type])
	}
	key, err := parse(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", what, file, err)
	}
	return key, nil
}

var serialForm = regexp.MustCompile(`^[0-9A-F]{40}$`)

func (a Account) check() error {
	switch {
	case a.MchID == "" || a.AppID == "":
		return errors.New("wechat: mchid and appid are needed")
	case a.PrivateKey == nil:
		return fmt.Errorf("wechat: merchant %s has no private key", a.MchID)
	case !serialForm.MatchString(upper(a.MerchantSerial)):
		return fmt.Errorf("wechat: merchant_serial of %s must be the 40 hex digits of the merchant API certificate",
			a.MchID)
	case a.PublicKey == nil && a.APIv3Key == "":
		return fmt.Errorf("wechat: merchant %s has neither a WeChat Pay public key nor an APIv3 key", a.MchID)
	case a.PublicKey != nil && !strings.HasPrefix(a.PublicKeyID, "PUB_KEY_ID_"):
		return fmt.Errorf("wechat: public_key_id of %s must begin with PUB_KEY_ID_", a.MchID)
	case a.PublicKey == nil && len(a.APIv3Key) != 32:
		return fmt.Errorf("wechat: the APIv3 key of %s must have 32 characters", a.MchID)
	case !notifyOK(a.NotifyURL):
		return fmt.Errorf("wechat: notify_url of %s must be https, of a public host, with a path, without a query, "+
			"255 bytes at most", a.MchID)
	}
	return nil
}

// notifyOK reports whether WeChat takes the address (apifox.com/apidoc/project-1172626/doc-1871919): found out here,
// not by the first visitor.
func notifyOK(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path == "" || u.RawQuery != "" || u.Fragment != "" ||
		len(address) > 255 {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() != "localhost" && (ip == nil || ip.IsGlobalUnicast() && !ip.IsPrivate())
}

// upper returns a serial as WeChat writes it.
func upper(serial string) string { return strings.ToUpper(strings.TrimSpace(serial)) }
