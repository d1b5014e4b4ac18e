package console_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"software.sslmate.com/src/go-pkcs12"
)

// browser NAME [-p12 FILE PASSPHRASE] [-site SITE] [-steal NAME] METHOD URL [FIELD=VALUE]...: asks for a page of
// desk.court.example, which is this machine, as the browser of that name, which keeps its cookies and its connection.
// -p12 imports a certificate; -site says where the form comes from; -steal sends another browser's cookies. What is
// printed is the status, where it leads, and the page; without an answer "none" and why.
func cmdBrowser(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	name, args := args[0], args[1:]
	b := w.browsers[name]
	if b == nil {
		b = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		b.Jar, _ = cookiejar.New(nil) // never fails
		b.Transport = roadTo(ts)
		w.browsers[name] = b
		ts.Defer(b.CloseIdleConnections)
	}
	site, from := "same-origin", b
	for strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-p12":
			importP12(ts, b, args[1], args[2])
			args = args[1:]
		case "-site":
			site = args[1]
		case "-steal":
			from = w.browsers[args[1]]
		}
		args = args[2:]
	}
	form := url.Values{}
	for _, field := range args[2:] {
		key, value, _ := strings.Cut(field, "=")
		form.Set(key, value)
	}
	r, err := http.NewRequestWithContext(context.Background(), args[0], args[1], strings.NewReader(form.Encode()))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", site)
	if from != b {
		for _, c := range from.Jar.Cookies(r.URL) {
			r.AddCookie(c)
		}
	}
	answer, err := b.Do(r)
	if err != nil {
		_, err = fmt.Fprintln(ts.Stdout(), "none", err)
		ts.Check(err)
		return
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	ts.Check(err)
	_, err = fmt.Fprintf(ts.Stdout(), "%d %s\n%s\n", answer.StatusCode, answer.Header.Get("Location"), page)
	ts.Check(err)
}

// roadTo leads to this machine, whatever the name is, and believes the authority in ca.pem.
func roadTo(ts *testscript.TestScript) *http.Transport {
	text, err := os.ReadFile(ts.MkAbs("ca.pem"))
	ts.Check(err)
	believed := x509.NewCertPool()
	if !believed.AppendCertsFromPEM(text) {
		ts.Fatalf("ca.pem holds no certificate")
	}
	return &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: believed, ServerName: "desk.court.example"},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
		},
	}
}

func importP12(ts *testscript.TestScript, b *http.Client, file, passphrase string) {
	data, err := os.ReadFile(ts.MkAbs(file))
	ts.Check(err)
	key, leaf, _, err := pkcs12.DecodeChain(data, passphrase)
	ts.Check(err)
	b.Transport.(*http.Transport).TLSClientConfig.Certificates = []tls.Certificate{
		{Certificate: [][]byte{leaf.Raw}, PrivateKey: key},
	}
}
