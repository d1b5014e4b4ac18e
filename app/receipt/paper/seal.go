package paper

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/sign"
	"github.com/digitorus/pkcs7"

	"courtkiosk/payment/durable"
)

// A Seal signs PDF files for one kiosk, so that any reader of PDF shows that nothing in them was changed. Who the kiosk
// is, its self-signed certificate says; the receipt's QR is what a court's own list of keys vouches for.
type Seal struct {
	key         *ecdsa.PrivateKey // P-256: what pdfsig and readers can check
	certificate *x509.Certificate
}

const sealYears = 10

// OpenSeal reads key and certificate from a PEM file, or makes them for name, readable by their owner only.
func OpenSeal(file, name string) (*Seal, error) {
	text, err := durable.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		text, err = makeSeal(file, name)
	}
	if err != nil {
		return nil, fmt.Errorf("PDF seal: %w", err)
	}
	s := &Seal{}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("PDF seal %s: %w", file, err)
			}
			s.key, _ = key.(*ecdsa.PrivateKey)
		case "CERTIFICATE":
			if s.certificate, err = x509.ParseCertificate(block.Bytes); err != nil {
				return nil, fmt.Errorf("PDF seal %s: %w", file, err)
			}
		}
	}
	if s.key == nil || s.certificate == nil || !s.key.PublicKey.Equal(s.certificate.PublicKey) {
		return nil, fmt.Errorf("PDF seal %s: want an ECDSA key and its certificate; "+
			"move it away and new ones are made", file)
	}
	return s, nil
}

func makeSeal(file, name string) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	c := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(sealYears, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	return text, durable.WriteFile(file, text, 0o600)
}

// Sign returns the file with a signature over all of it, and refuses its own work where CheckSeal would.
func (s *Seal) Sign(file []byte, at time.Time) ([]byte, error) {
	reader, err := pdf.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, fmt.Errorf("PDF seal: %w", err)
	}
	var out bytes.Buffer
	err = sign.Sign(bytes.NewReader(file), &out, reader, int64(len(file)), sign.SignData{
		Signature: sign.SignDataSignature{
			Info:       sign.SignDataSignatureInfo{Name: s.certificate.Subject.CommonName, Date: at},
			CertType:   sign.CertificationSignature,
			DocMDPPerm: sign.DoNotAllowAnyChangesPerms,
		},
		Signer: s.key, DigestAlgorithm: crypto.SHA256, Certificate: s.certificate,
	})
	if err != nil {
		return nil, fmt.Errorf("PDF seal: %w", err)
	}
	if _, err := CheckSeal(out.Bytes()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// ErrSeal means: a file that is not signed, not by the key it names, or not all of it.
var ErrSeal = errors.New("paper: the seal does not hold")

var byteRange = regexp.MustCompile(`/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]`)

// CheckSeal returns the certificate that a file was signed with. The signature must cover every byte but itself:
// pdfsign's own check believes a file with something appended.
func CheckSeal(file []byte) (*x509.Certificate, error) {
	found := byteRange.FindAllSubmatch(file, -1)
	if len(found) != 1 {
		return nil, fmt.Errorf("%w: %d signatures", ErrSeal, len(found))
	}
	var at [4]int
	for i := range at {
		n, err := strconv.Atoi(string(found[0][i+1]))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSeal, err)
		}
		at[i] = n
	}
	end := at[0] + at[1]
	if at[0] != 0 || end > at[2] || at[2]+at[3] != len(file) {
		return nil, fmt.Errorf("%w: it covers %v of %d bytes", ErrSeal, at, len(file))
	}
	gap := file[end:at[2]]
	if len(gap) < 2 || gap[0] != '<' || gap[len(gap)-1] != '>' {
		return nil, fmt.Errorf("%w: something else than the signature is left out", ErrSeal)
	}
	der, err := hex.DecodeString(string(gap[1 : len(gap)-1]))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	return verifySeal(der, append(append([]byte(nil), file[:end]...), file[at[2]:]...))
}

func verifySeal(der, content []byte) (*x509.Certificate, error) {
	p7, err := pkcs7.Parse(bytes.TrimRight(der, "\x00"))
	if err != nil { // a length that ends in a zero byte
		p7, err = pkcs7.Parse(der)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	p7.Content = content
	signer := p7.GetOnlySigner()
	if signer == nil {
		return nil, fmt.Errorf("%w: no one signer", ErrSeal)
	}
	if err := p7.Verify(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	return signer, nil
}
