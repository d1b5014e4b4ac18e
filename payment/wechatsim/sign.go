package wechatsim

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

var authorization = regexp.MustCompile(`^WECHATPAY2-SHA256-RSA2048 mchid="([^"]*)",nonce_str="([^"]*)",` +
	`timestamp="(\d+)",serial_no="([^"]*)",signature="([^"]*)"$`)

const signatureLife = 5 * time.Minute

// authorize verifies the request's signature; its 401 answers carry no Wechatpay headers.
func (s *Sim) authorize(r *http.Request, body []byte) (Merchant, *answer) {
	deny := func(message string) (Merchant, *answer) {
		return Merchant{}, refuse(http.StatusUnauthorized, "SIGN_ERROR", message)
	}
	f := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if f == nil {
		return deny("Authorization不合法")
	}
	mchid, nonce, stamp, serial := f[1], f[2], f[3], f[4]
	unix, _ := strconv.ParseInt(stamp, 10, 64)
	if time.Since(time.Unix(unix, 0)).Abs() > signatureLife {
		return deny("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
	}
	for _, m := range s.opts.Merchants {
		if m.MchID != mchid || m.Serial != serial {
			continue
		}
		message := r.Method + "\n" + r.URL.RequestURI() + "\n" + stamp + "\n" + nonce + "\n" + string(body) + "\n"
		sig, err := base64.StdEncoding.DecodeString(f[5])
		sum := sha256.Sum256([]byte(message))
		if err != nil || rsa.VerifyPKCS1v15(m.PublicKey, crypto.SHA256, sum[:], sig) != nil {
			return deny("错误的签名，验签失败")
		}
		if !s.once(nonce) {
			return deny("nonce_str重复")
		}
		return m, nil
	}
	return deny("商户证书序列号有误")
}

// once reports whether a nonce is new, and forgets those whose timestamp would be refused by now.
func (s *Sim) once(nonce string) bool {
	if _, used := s.nonces[nonce]; used {
		return false
	}
	if len(s.nonces) >= maxCalls {
		for n, at := range s.nonces {
			if time.Since(at) > 2*signatureLife {
				delete(s.nonces, n)
			}
		}
	}
	s.nonces[nonce] = time.Now()
	return true
}

// write signs the answer and sends it.
func (s *Sim) write(w http.ResponseWriter, a *answer, f *Fault) {
	var text []byte
	if a.body != nil {
		text, _ = json.Marshal(a.body)
	}
	if f.Garbage {
		text = []byte(`{"code_url":`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Request-ID", fmt.Sprintf("SIM%d", time.Now().UnixNano()))
	h.Set("Date", f.date())
	if a.serial != "" && a.status < 300 {
		s.sign(h, a.serial, text, f)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(text)
}

func (s *Sim) sign(h http.Header, serial string, text []byte, f *Fault) {
	stamp := strconv.FormatInt(time.Now().Add(f.Clock+f.Stale).Unix(), 10)
	nonce := rand.Text()
	if f.Serial != "" {
		serial = f.Serial
	}
	sum := sha256.Sum256([]byte(stamp + "\n" + nonce + "\n" + string(text) + "\n"))
	sig, err := rsa.SignPKCS1v15(nil, s.opts.Key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // a key that cannot sign is the test's mistake
	}
	if f.BadSignature {
		sig[0] ^= 1
	}
	signature := base64.StdEncoding.EncodeToString(sig)
	if f.SignTest {
		signature = "WECHATPAY/SIGNTEST/" + signature
	}
	h.Set("Wechatpay-Timestamp", stamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Serial", serial)
	h.Set("Wechatpay-Signature", signature)
	h.Set("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")
}
