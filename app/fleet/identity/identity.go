// Package identity is a small certificate authority: it names the machines of one court to each other. Today it makes
// the certificates of windows, which browsers show, and of the server that they reach.
//
// # Decisions
//
// 2026-11-28: a certificate of ours opens nothing by itself. Who checks one looks for its fingerprint among the rows of
// the ledger too, so that it is revoked by a row, in a second, and a stolen authority lets nobody in.
//
// 2026-11-28: so the authority's key is a file of its own beside the ledger, 0600, and in no backup of the ledger:
// those leave the machine. Who loses it gives each window a new certificate, which takes a minute for each.
//
// 2026-11-28: P-256 everywhere: browsers of old Windows and of UOS read nothing newer from a .p12, and a chip that will
// hold the keys of kiosks can do it.
package identity

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"courtkiosk/payment/durable"

	"software.sslmate.com/src/go-pkcs12"
)

// How long certificates last. Browsers take none of a server that lasts longer than 398 days from public authorities;
// of a private one any length, but a window's should be seen again by IT before it is forgotten.
const (
	lastsAuthority = 20 * 365 * 24 * time.Hour
	lastsServer    = 397 * 24 * time.Hour
	LastsWindow    = 2 * 365 * 24 * time.Hour
	// a clock that is a little behind ours must not refuse what was made just now
	slack = time.Hour
)

// An Authority makes certificates.
type Authority struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Open reads an authority from a file of its key and certificate, PEM. Where there is no file one is made for a court.
func Open(path, court string, now time.Time) (*Authority, error) {
	a, err := Read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return a, err
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	c := template(now, lastsAuthority)
	c.Subject = pkix.Name{CommonName: "courtkiosk " + court, Organization: []string{court}}
	c.IsCA, c.BasicConstraintsValid, c.MaxPathLenZero = true, true, true
	c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make an authority: %w", err)
	}
	if err := save(path, key, der); err != nil {
		return nil, err
	}
	return Read(path)
}

// Read reads an authority that is there; the error wraps fs.ErrNotExist where there is none.
func Read(path string) (*Authority, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("authority %s can be read by others; type: chmod 0600 %s", path, path)
	}
	pair, err := pair(path)
	if err != nil {
		return nil, fmt.Errorf("authority %s: %w", path, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !pair.Leaf.IsCA {
		return nil, fmt.Errorf("authority %s holds no authority of ours", path)
	}
	return &Authority{Certificate: pair.Leaf, key: key}, nil
}

// PEM is the authority's certificate, for whoever is to believe it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw})
}

// Server returns the certificate of a server under its names, host names or addresses; path is the file that keeps it.
// One that is kept is taken as long as it has these names, is the authority's, and lasts for a month.
func (a *Authority) Server(path string, names []string, now time.Time) (tls.Certificate, error) {
	if len(names) == 0 {
		return tls.Certificate{}, errors.New("a server's certificate needs a name")
	}
	if kept, err := pair(path); err == nil && a.serves(kept.Leaf, names, now) {
		return kept, nil
	}
	c := template(now, lastsServer)
	c.Subject = pkix.Name{CommonName: names[0]}
	c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, name)
		}
	}
	key, der, err := a.sign(c)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := save(path, key, der); err != nil {
		return tls.Certificate{}, err
	}
	return pair(path)
}

func (a *Authority) serves(c *x509.Certificate, names []string, now time.Time) bool {
	for _, name := range names {
		if c.VerifyHostname(name) != nil {
			return false
		}
	}
	return c.CheckSignatureFrom(a.Certificate) == nil && now.AddDate(0, 1, 0).Before(c.NotAfter) &&
		len(c.DNSNames)+len(c.IPAddresses) == len(names)
}

// A Client is a key and certificate that a browser shows.
type Client struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	authority   *x509.Certificate
}

// Window makes the identity of a window. Nothing of it is kept here.
func (a *Authority) Window(name string, now time.Time) (Client, error) {
	c := template(now, LastsWindow)
	c.Subject = pkix.Name{CommonName: name, Organization: a.Certificate.Subject.Organization,
		OrganizationalUnit: []string{"window"}}
	c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	key, der, err := a.sign(c)
	if err != nil {
		return Client{}, err
	}
	made, err := x509.ParseCertificate(der)
	return Client{made, key, a.Certificate}, err
}

// P12 is a client as a file that browsers take in, closed by a passphrase. The authority is in it, so that a browser
// may be told to believe the server too.
func (c Client) P12(passphrase string) ([]byte, error) {
	return pkcs12.Modern2023.Encode(c.key, c.Certificate, []*x509.Certificate{c.authority}, passphrase)
}

// Fingerprint is the SHA-256 of a certificate in hex: its name in the ledger.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// Passphrase returns a new one: 80 bits, in groups that are typed without mistake.
func Passphrase() string {
	text := strings.ToLower(rand.Text()[:16]) // letters and 2 to 7: none looks like another
	return strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-")
}

// Ends returns when the first of the certificates in a file of PEM ends. Where there is no file the error wraps
// fs.ErrNotExist.
func Ends(path string) (first time.Time, err error) {
	data, err := durable.ReadFile(path)
	if err != nil {
		return first, err
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return first, fmt.Errorf("%s: %w", path, err)
		}
		if first.IsZero() || c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	if first.IsZero() {
		err = fmt.Errorf("%s holds no certificate", path)
	}
	return first, err
}

// ReadCertificate reads one certificate from a file, PEM or DER: a court's own authority made it for a window.
func ReadCertificate(path string) (*x509.Certificate, error) {
	data, err := durable.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if block, rest := pem.Decode(data); block != nil {
		if block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
			return nil, fmt.Errorf("%s holds something else than one certificate", path)
		}
		data = block.Bytes
	}
	c, err := x509.ParseCertificate(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func template(now time.Time, lasts time.Duration) *x509.Certificate {
	return &x509.Certificate{NotBefore: now.Add(-slack), NotAfter: now.Add(lasts)} // the serial is made at random
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func (a *Authority) sign(c *x509.Certificate) (*ecdsa.PrivateKey, []byte, error) {
	key, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.Certificate, key.Public(), a.key)
	if err != nil {
		return nil, nil, fmt.Errorf("make a certificate: %w", err)
	}
	return key, der, nil
}

// save writes key and certificate into one file, for its owner only.
func save(path string, key *ecdsa.PrivateKey, der []byte) error {
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: plain}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	if err := durable.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("keep %s: %w", filepath.Base(path), err)
	}
	return nil
}

// pair reads what save has written.
func pair(path string) (tls.Certificate, error) {
	text, err := durable.ReadFile(path)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(text, text)
}
