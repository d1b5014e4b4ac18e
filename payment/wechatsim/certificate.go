package wechatsim

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"time"
)

// certificate is the platform's, for merchants in certificate mode.
type certificate struct {
	serial string
	pem    []byte
	from   time.Time
	until  time.Time
}

func newCertificate(key *rsa.PrivateKey) (*certificate, error) {
	now := time.Now()
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 159))
	if err != nil {
		return nil, err
	}
	c := &certificate{serial: fmt.Sprintf("%040X", number), from: now.Add(-24 * time.Hour), until: now.AddDate(5, 0, 0)}
	t := &x509.Certificate{SerialNumber: number, Subject: pkix.Name{CommonName: "Tenpay.com sign, simulated"},
		NotBefore: c.from, NotAfter: c.until}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	c.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return c, nil
}

// Rotate puts a new platform certificate in the place of the old one, as if the day on which both are listed had
// passed.
func (s *Sim) Rotate() error {
	c, err := newCertificate(s.opts.Key)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cert = c
	return nil
}

// list answers GET /v3/certificates; a merchant without an APIv3 key is one that has no platform certificate any more.
func (c *certificate) list(m Merchant) *answer {
	if m.APIv3Key == "" {
		return refuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥")
	}
	block, err := aes.NewCipher([]byte(m.APIv3Key))
	if err != nil {
		return refuse(http.StatusInternalServerError, "SYSTEM_ERROR", err.Error())
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return refuse(http.StatusInternalServerError, "SYSTEM_ERROR", err.Error())
	}
	nonce := rand.Text()[:gcm.NonceSize()]
	sealed := gcm.Seal(nil, []byte(nonce), c.pem, []byte("certificate"))
	return &answer{status: http.StatusOK, body: map[string]any{"data": []any{map[string]any{
		"serial_no": c.serial, "effective_time": c.from.Format(time.RFC3339),
		"expire_time": c.until.Format(time.RFC3339),
		"encrypt_certificate": map[string]any{
			"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": "certificate",
			"ciphertext": base64.StdEncoding.EncodeToString(sealed),
		},
	}}}}
}
