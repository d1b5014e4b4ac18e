package wechat

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// An Account is a merchant with its keys. With a public key answers are verified by it (public key mode: every
// merchant since the end of 2024); without one by WeChat's platform certificates, which need the APIv3 key. With both
// either is believed: WeChat moves a merchant from its certificates to the public key over days, answer by answer.
type Account struct {
	payment.Merchant
	MerchantSerial string // of the merchant's API certificate, 40 hex digits
	PrivateKey     *rsa.PrivateKey
	PublicKeyID    string // PUB_KEY_ID_…
	PublicKey      *rsa.PublicKey
	APIv3Key       string // 32 characters; opens the list of certificates
	NotifyURL      string // https, public; WeChat demands one, a kiosk behind NAT never hears from it
	// when the merchant's API certificate ends, and with it WeChat's belief in our signatures; zero: not known
	Ends time.Time

	files Files // that Load has read; empty of keys that came from nowhere
}

// Files say where an account's keys lie.
type Files struct {
	PrivateKey string // apiclient_key.pem of the merchant platform
	PublicKey  string // pub_key.pem, empty in certificate mode
	APIv3Key   string // a file with the 32 characters, empty in public key mode
	// apiclient_cert.pem of the merchant platform, for its end only; empty: it is not known
	Certificate string
}

// Load reads the account's keys from files. The error names the file and what is wrong with it, never what is in it.
func (a Account) Load(f Files) (Account, error) {
	a.files = f
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
		text, err := durable.ReadFile(f.APIv3Key)
		if err != nil {
			return a, fmt.Errorf("APIv3 key: %w", err)
		}
		a.APIv3Key = strings.TrimSpace(string(text))
	}
	if f.Certificate != "" {
		if a.Ends, err = a.ends(f.Certificate); err != nil {
			return a, err
		}
	}
	return a, a.check()
}

// ends reads when the merchant's certificate ends. One of another serial or key says nothing about ours.
func (a Account) ends(file string) (time.Time, error) {
	read, err := readKey("merchant certificate", file, "CERTIFICATE", func(der []byte) (any, error) {
		return x509.ParseCertificate(der)
	})
	if err != nil {
		return time.Time{}, err
	}
	c := read.(*x509.Certificate)
	serial, ok := new(big.Int).SetString(upper(a.MerchantSerial), 16)
	if !ok || c.SerialNumber.Cmp(serial) != 0 {
		return time.Time{}, fmt.Errorf("merchant certificate %s: its serial is %040X, not merchant_serial", file,
			c.SerialNumber)
	}
	if !a.PrivateKey.PublicKey.Equal(c.PublicKey) {
		return time.Time{}, fmt.Errorf("merchant certificate %s: it is of another key than the merchant key", file)
	}
	return c.NotAfter, nil
}

// hints say what a PEM file is that was given in place of the right one.
var hints = map[string]string{
	"RSA PRIVATE KEY":       ": convert it with openssl pkcs8 -topk8 -nocrypt",
	"ENCRYPTED PRIVATE KEY": ": it has a password; WeChat's apiclient_key.pem has none",
	"CERTIFICATE":           ": that is a certificate; the keys are in apiclient_key.pem and pub_key.pem",
}

func readKey(what, file, want string, parse func([]byte) (any, error)) (any, error) {
	text, err := durable.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	block, _ := pem.Decode(bytes.TrimPrefix(text, []byte("\ufeff"))) // the mark of an editor that has opened it
	if block == nil {
		return nil, fmt.Errorf("%s %s: no PEM block, want BEGIN %s%s", what, file, want, notPEM(text))
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

// notPEM says what a file without a PEM block may be.
func notPEM(text []byte) string {
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return "; the file is empty"
	case bytes.Contains(text, []byte{0}):
		return "; it is UTF-16 or no text: copy the file anew, without opening it in an editor"
	case bytes.Contains(text, []byte("-----BEGIN")):
		return "; the block is damaged: copy the file anew"
	}
	return ""
}

// forms are what the values of an account look like; a blank that was copied with one is none of it.
var forms = map[string]struct {
	form *regexp.Regexp
	want string
}{
	"mchid": {regexp.MustCompile(`^[0-9]{1,32}$`), "must be digits only, without blanks"},
	"appid": {regexp.MustCompile(`^wx[0-9A-Za-z_-]{1,30}$`),
		"must be wx with letters and digits behind it, without blanks"},
	"merchant_serial": {regexp.MustCompile(`^\s*[0-9A-Fa-f]{40}\s*$`),
		"must be the 40 hex digits of the merchant API certificate"},
	"public_key_id": {regexp.MustCompile(`^PUB_KEY_ID_[0-9A-Za-z]+$`),
		"must begin with PUB_KEY_ID_, and have letters and digits only after that, without blanks"},
}

// wrong says what is wrong with a value of an account by its name in the configuration; empty when WeChat takes it.
func wrong(key, value string) string {
	f, known := forms[key]
	switch {
	case known && !f.form.MatchString(value):
		return f.want
	case key == "notify_url" && !notifyOK(value):
		return "must be https, of a public host, with a path behind the host, without a query and blanks, " +
			"255 bytes at most"
	}
	return ""
}

func (a Account) check() error {
	switch {
	case a.MchID == "" || a.AppID == "":
		return errors.New("wechat: mchid and appid are needed")
	case a.PrivateKey == nil:
		return fmt.Errorf("wechat: merchant %s has no private key", a.MchID)
	case a.PublicKey == nil && a.APIv3Key == "":
		return fmt.Errorf("wechat: merchant %s has neither a WeChat Pay public key nor an APIv3 key", a.MchID)
	case a.APIv3Key != "" && len(a.APIv3Key) != 32:
		return fmt.Errorf("wechat: the APIv3 key of %s must have 32 characters", a.MchID)
	}
	values := [][2]string{{"mchid", a.MchID}, {"appid", a.AppID}, {"merchant_serial", a.MerchantSerial},
		{"notify_url", a.NotifyURL}}
	if a.PublicKey != nil {
		values = append(values, [2]string{"public_key_id", a.PublicKeyID})
	}
	for _, v := range values {
		if wrong := wrong(v[0], v[1]); wrong != "" {
			return fmt.Errorf("wechat: %s of merchant %q %s", v[0], a.MchID, wrong)
		}
	}
	return nil
}

// notifyOK reports whether WeChat takes the address (apifox.com/apidoc/project-1172626/doc-1871919): found out here,
// not by the first visitor.
func notifyOK(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") == "" ||
		strings.ContainsAny(address, "?#") || strings.ContainsFunc(address, unfit) || len(address) > 255 {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() != "localhost" && (ip == nil || ip.IsGlobalUnicast() && !ip.IsPrivate())
}

// unfit reports whether a character has no place in an address.
func unfit(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r > unicode.MaxASCII }

// upper returns a serial as WeChat writes it.
func upper(serial string) string { return strings.ToUpper(strings.TrimSpace(serial)) }
