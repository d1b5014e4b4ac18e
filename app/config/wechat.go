package config

import (
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"courtkiosk/payment/durable"
)

// WeChat is the merchant account. Tables [wechat.execution] and [wechat.fine] give those purses another one.
type WeChat struct {
	MchID          string   `toml:"mchid"`
	AppID          string   `toml:"appid"`
	MerchantSerial string   `toml:"merchant_serial"`
	MerchantKey    string   `toml:"merchant_key_file"`
	MerchantCert   string   `toml:"merchant_certificate_file"` // for the day of its end only
	PublicKeyID    string   `toml:"public_key_id"`
	PublicKey      string   `toml:"public_key_file"`
	APIv3Key       string   `toml:"apiv3_key_file"`
	NotifyURL      string   `toml:"notify_url"`
	Hosts          []string `toml:"hosts"`
	Proxy          string   `toml:"proxy"` // http://user@proxy.court.example:3128
	ProxyPassword  string   `toml:"proxy_password_file"`
	CA             string   `toml:"ca_file"`
	Execution      *WeChat  `toml:"execution"`
	Fine           *WeChat  `toml:"fine"`
}

// A form is what a value looks like; payment/wechat refuses others too, but only once money is to be taken.
type form struct {
	fits func(string) bool
	want string
}

// forms are those of the values that are copied from the merchant platform, often with a blank. A test compares them
// with what payment/wechat takes.
var forms = map[string]form{
	"mchid": {regexp.MustCompile(`^[0-9]{1,32}$`).MatchString, "digits only, without blanks"},
	"appid": {regexp.MustCompile(`^wx[0-9A-Za-z_-]{1,30}$`).MatchString,
		"wx with letters and digits behind it, without blanks"},
	"merchant_serial": {regexp.MustCompile(`^\s*[0-9A-Fa-f]{40}\s*$`).MatchString,
		"the 40 hex digits of the merchant API certificate"},
	"public_key_id": {regexp.MustCompile(`^PUB_KEY_ID_[0-9A-Za-z]+$`).MatchString,
		"PUB_KEY_ID_ and letters and digits behind it, without blanks"},
	"notify_url": {notifyFits, "https, of a public host, with a path behind the host, without a query and blanks, " +
		"255 bytes at most"},
}

func notifyFits(address string) bool {
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

// under fills what a purse's account does not say from the main one.
func (w WeChat) under(main WeChat) WeChat {
	if w.MerchantKey == "" && w.MerchantSerial == "" && w.MerchantCert == "" { // it is the key's
		w.MerchantCert = main.MerchantCert
	}
	for _, f := range []struct{ own, main *string }{
		{&w.MchID, &main.MchID}, {&w.AppID, &main.AppID}, {&w.MerchantSerial, &main.MerchantSerial},
		{&w.MerchantKey, &main.MerchantKey},
		{&w.PublicKeyID, &main.PublicKeyID}, {&w.PublicKey, &main.PublicKey}, {&w.APIv3Key, &main.APIv3Key},
		{&w.NotifyURL, &main.NotifyURL},
	} {
		if *f.own == "" {
			*f.own = *f.main
		}
	}
	return w
}

func (w WeChat) check(table, environment string, say func(bool, string, string, ...any)) {
	need := func(value, key, where string) { say(value != "", table+"."+key, "%s", where) }
	need(w.MchID, "mchid", "the merchant number; merchant platform, account centre")
	need(w.AppID, "appid", "the appid bound to the merchant number; merchant platform, product centre, AppID accounts")
	need(w.MerchantSerial, "merchant_serial",
		"the serial of the merchant API certificate, 40 hex digits; merchant platform, API security")
	need(w.MerchantKey, "merchant_key_file", "the path of apiclient_key.pem, which the certificate tool made")
	need(w.NotifyURL, "notify_url",
		"an https address of the court's; WeChat demands one though this machine never hears from it")
	for key, path := range map[string]string{"merchant_key_file": w.MerchantKey, "public_key_file": w.PublicKey,
		"merchant_certificate_file": w.MerchantCert,
		"apiv3_key_file":            w.APIv3Key, "proxy_password_file": w.ProxyPassword, "ca_file": w.CA} {
		if path == "" {
			continue
		}
		_, err := durable.ReadFile(path)
		say(err == nil || sealed(path), table+"."+key,
			"%s cannot be read; put the file there, owned by the kiosk's user, mode 0600", path)
	}
	for key, value := range map[string]string{"mchid": w.MchID, "appid": w.AppID, "merchant_serial": w.MerchantSerial,
		"public_key_id": w.PublicKeyID, "notify_url": w.NotifyURL} {
		f := forms[key]
		say(value == "" || f.fits(value), table+"."+key, "%q must be %s", value, f.want)
	}
	say((w.PublicKey == "") == (w.PublicKeyID == ""), table+".public_key_id",
		"public_key_id and public_key_file go together; merchant platform, API security, WeChat Pay public key")
	say(w.PublicKey != "" || w.APIv3Key != "", table+".public_key_file",
		"the path of pub_key.pem (or, for a merchant that still has platform certificates, apiv3_key_file)")
	w.checkRoad(table, say)
	for _, h := range w.Hosts {
		u, err := url.Parse(h)
		ok := err == nil && u.Host != "" && u.User == nil && strings.Trim(u.Path, "/") == "" && !u.ForceQuery &&
			u.RawQuery == "" && u.Fragment == ""
		loopback := ok && net.ParseIP(u.Hostname()).IsLoopback()
		say(ok && (u.Scheme == "https" || loopback && u.Scheme == "http"), table+".hosts",
			"%q must be https, a host with nothing behind it (plain http only to this machine)", h)
		say(!loopback || environment != Production, table+".hosts", "%q is this machine, which production refuses", h)
	}
}

// credentials is where systemd hands a unit its secrets while it runs, below the unit's name, and sealings where it has
// them from: systemd.exec(5), LoadCredentialEncrypted.
var credentials, sealings = "/run/credentials/", "/etc/credstore.encrypted/"

// Sealed reports whether the merchant's key is one that systemd unseals for its unit alone, and this process is not of
// it: it has no key, and nothing is wrong with the configuration.
func (w WeChat) Sealed() bool {
	_, err := durable.ReadFile(w.MerchantKey)
	return err != nil && sealed(w.MerchantKey)
}

// sealed reports whether a file that is not there is one that systemd unseals when its unit starts. Who is not root
// cannot look, and does not say that it is missing.
func sealed(path string) bool {
	in, name := filepath.Split(path)
	if !strings.HasPrefix(in, credentials) {
		return false
	}
	_, err := os.Lstat(filepath.Join(sealings, name))
	return !errors.Is(err, os.ErrNotExist)
}

// checkRoad says what is wrong with proxy and authority. A password is a file and never stands in the address.
func (w WeChat) checkRoad(table string, say func(bool, string, string, ...any)) {
	user := false
	if w.Proxy != "" {
		u, err := url.Parse(w.Proxy)
		ok := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Port() != "" &&
			strings.Trim(u.Path, "/") == "" && !strings.ContainsAny(w.Proxy, "?#") &&
			!strings.ContainsFunc(w.Proxy, unfit)
		say(ok, table+".proxy", "want http://proxy.court.example:3128, or with http://user@ in front")
		if ok && u.User != nil {
			_, password := u.User.Password()
			say(!password, table+".proxy", "the password belongs into a file: proxy_password_file")
			user = u.User.Username() != ""
		}
	}
	if text, err := durable.ReadFile(w.CA); err == nil {
		say(x509.NewCertPool().AppendCertsFromPEM(text), table+".ca_file", "%s holds no certificate in PEM", w.CA)
	}
	say(w.ProxyPassword == "" || user, table+".proxy_password_file", "goes with a user in proxy: http://user@host:port")
}

// Notes say what is allowed and ought to be known: outside of production secrets that others can read, and who can read
// what on the way to WeChat.
func (c Config) Notes() (notes []string) {
	if c.Environment != Production {
		for _, said := range c.exposed() {
			notes = append(notes, said.String()+" (production refuses this)")
		}
	}
	return append(notes, c.WeChat.Notes()...)
}

// Notes say who can read what on the way to WeChat.
func (w WeChat) Notes() (notes []string) {
	if w.CA != "" {
		notes = append(notes, "wechat.ca_file: who holds a key of an authority in "+w.CA+
			" can read title (court, item, case number) and attach of every payment on its way to WeChat, and "+
			"WeChat's answers; to change them takes the merchant's key, or WeChat's")
	}
	if w.Proxy != "" {
		u, err := url.Parse(w.Proxy)
		if err != nil {
			return notes
		}
		notes = append(notes, "wechat.proxy: "+u.Host+" sees when WeChat is called, and cannot read title or attach"+
			map[bool]string{true: " unless it holds such a key", false: ""}[w.CA != ""])
	}
	return notes
}
