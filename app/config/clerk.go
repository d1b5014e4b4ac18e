package config

import (
	"cmp"
	"crypto/tls"
	"net"
	"regexp"
	"strconv"
	"strings"

	"courtkiosk/payment/durable"
)

// Clerk is the page for the people at the windows.
type Clerk struct {
	Listen string // address:port; empty: there is no page
	Name   string // the host name or address that browsers use; that of Listen when empty
	// the server's certificate and key, PEM, of the court's own authority; made by this machine's own when empty
	Certificate string
	Key         string
	ClientCA    string `toml:"client_ca"` // whose certificates windows show, PEM; this machine's own when empty
	Refunds     bool
}

// Loopback reports whether the page is for this machine alone: then it is plain HTTP, and no certificate is shown.
func (c Clerk) Loopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// Host is the name that browsers use for the page, without a port.
func (c Clerk) Host() string {
	host, _, _ := net.SplitHostPort(c.Listen)
	return cmp.Or(c.Name, host)
}

// URL is what a browser opens; empty where there is no page.
func (c Clerk) URL() string {
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return ""
	}
	if c.Loopback() {
		return "http://" + net.JoinHostPort(c.Host(), port) + "/"
	}
	if port == "443" {
		return "https://" + strings.TrimSuffix(net.JoinHostPort(c.Host(), "0"), ":0") + "/"
	}
	return "https://" + net.JoinHostPort(c.Host(), port) + "/"
}

var hostName = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?$`)

func (c Clerk) check(say func(bool, string, string, ...any)) {
	if c.Listen == "" {
		say(c.Name+c.Certificate+c.Key+c.ClientCA == "", "clerk.listen",
			"name, certificate, key and client_ca go with an address: listen = \"10.1.2.3:8443\"")
		say(!c.Refunds, "clerk.refunds", "money goes back through the clerk's page alone: set listen too")
		return
	}
	host, port, err := net.SplitHostPort(c.Listen)
	n, wrong := strconv.Atoi(port)
	say(err == nil && wrong == nil && n > 0 && n < 1<<16, "clerk.listen",
		"%q is no address with a port, like 10.1.2.3:8443", c.Listen)
	if err != nil {
		return
	}
	ip := net.ParseIP(host)
	say(ip != nil || host == "localhost", "clerk.listen",
		"%q names no address of this machine: write the address in digits, and the host name as name", c.Listen)
	say(c.Name == "" || net.ParseIP(c.Name) != nil || hostName.MatchString(c.Name), "clerk.name",
		"%q is no host name; write desk.court.example, without https:// and without a port", c.Name)
	if c.Loopback() {
		say(c.Certificate+c.Key+c.ClientCA == "", "clerk.certificate",
			"%s is this machine alone, where no certificate is shown; name an address of the court's network", c.Listen)
		say(c.Name == "" || c.Name == "localhost" || net.ParseIP(c.Name).IsLoopback(), "clerk.name",
			"%q is not this machine alone, as listen is", c.Name)
		return
	}
	say(ip == nil || !ip.IsUnspecified() || c.Name != "", "clerk.name",
		"listen names every address; write the host name that the browsers use, like desk.court.example")
	say((c.Certificate == "") == (c.Key == ""), "clerk.certificate", "certificate and key go together")
	for key, path := range map[string]string{"certificate": c.Certificate, "key": c.Key, "client_ca": c.ClientCA} {
		if path != "" {
			_, err := durable.ReadFile(path)
			say(err == nil, "clerk."+key, "%s cannot be read; put the file there, owned by the kiosk's user", path)
		}
	}
	if c.Certificate != "" && c.Key != "" {
		pair, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
		say(err == nil, "clerk.certificate", "certificate and key do not fit: %v", err)
		say(err != nil || pair.Leaf.VerifyHostname(c.Host()) == nil, "clerk.certificate",
			"it is not for %s, which browsers use", c.Host())
	}
}
