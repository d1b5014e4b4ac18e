// Package wechatsim is a WeChat Pay API v3 server (Native: create, query, close, certificates) as an http.Handler, for tests and for
// the demo. It verifies the signature of every request and signs every answer, so that the real client runs against
// it unchanged.
//
// It is strict: where the public pages leave WeChat's behaviour open it takes the way that is harder for the client,
// and each such guess is a switch in Guesses, so that tests can take the other way too.
//
// # Decisions
//
// 2026-11-23: one lock, no goroutines, time.Now: it works in a testing/synctest bubble through Transport, where a loopback
// listener would hang.
package wechatsim

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Merchant is one that the simulator knows.
type Merchant struct {
	MchID     string
	AppID     string
	Serial    string // of its API certificate
	PublicKey *rsa.PublicKey
	APIv3Key  string // for certificate mode
}

// Guesses are the ways in which WeChat may behave that its pages leave open; the zero value is the stricter way.
type Guesses struct {
	DuplicateIsUsed  bool // another request under a number: 403 OUT_TRADE_NO_USED, not 400 INVALID_REQUEST
	ClosedIsInvalid  bool // create of a closed number: 400 INVALID_REQUEST, not 400 ORDER_CLOSED
	CompareValues    bool // a create is the same when its values are, not its bytes
	ClosesAtExpiry   bool // an order is CLOSED right after time_expire, not NOTPAY until somebody closes it
	PastExpireRaised bool // a time_expire in the past is raised to one minute, not refused
}

// Options are what a simulator is made of.
type Options struct {
	Merchants   []Merchant
	PublicKeyID string          // PUB_KEY_ID_…, made when empty
	Key         *rsa.PrivateKey // the platform's, made when nil
	Guesses     Guesses
	CodeURL     func(no string) string // what the QR says; nil for WeChat's form
}

// State is the trade state of an order.
type State string

// The trade states.
const (
	NotPaid State = "NOTPAY"
	Success State = "SUCCESS"
	Refund  State = "REFUND"
	Closed  State = "CLOSED"
)

// An Order is what the simulator holds of one.
type Order struct {
	MchID, AppID, No, Description, Attach string
	Total                                 int64
	PaidTotal                             int64 // what it says was paid; Total unless a test says otherwise
	Currency                              string
	Expires                               time.Time
	CodeURL                               string
	CodeAt                                time.Time
	State                                 State
	TransactionID                         string
	PaidAt                                time.Time
	Creates                               int // how many creates were taken
	body                                  []byte
}

// A Sim is the server.
type Sim struct {
	opts Options
	cert *certificate

	mu      sync.Mutex
	orders  map[string]*Order // by number; numbers of several merchants do not meet in tests
	nonces  map[string]bool
	serial  int
	calls   []Call
	faults  func(Call) *Fault
	changed chan struct{} // closed and replaced when an order changes
}

// A Call is one request that came in.
type Call struct {
	Op   string // create, query, close or certificates
	No   string
	Host string
	At   time.Time
}

// New returns a simulator.
func New(o Options) (*Sim, error) {
	if o.Key == nil {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		o.Key = key
	}
	if o.PublicKeyID == "" {
		o.PublicKeyID = "PUB_KEY_ID_0116000000002026112300000000000001"
	}
	cert, err := newCertificate(o.Key)
	if err != nil {
		return nil, err
	}
	return &Sim{opts: o, cert: cert, orders: make(map[string]*Order), nonces: make(map[string]bool), changed: make(chan struct{})}, nil
}

// PublicKeyID and PublicKey are what a merchant downloads from the merchant platform.
func (s *Sim) PublicKeyID() string { return s.opts.PublicKeyID }

// PublicKey verifies the simulator's answers.
func (s *Sim) PublicKey() *rsa.PublicKey { return &s.opts.Key.PublicKey }

// Transport reaches the simulator without a socket.
func (s *Sim) Transport() http.RoundTripper { return transport{s} }

type transport struct{ sim *Sim }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var body io.Reader
	if r.Body != nil {
		defer r.Body.Close()
		body = r.Body
	}
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), body)
	in.Header = r.Header.Clone()
	in.Host = r.URL.Host
	w := httptest.NewRecorder()
	if err := t.sim.serve(w, in); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// ServeHTTP answers one request. A fault that loses the answer drops the connection.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.serve(w, r); err != nil {
		panic(http.ErrAbortHandler)
	}
}

var errLost = errors.New("wechatsim: connection reset by peer")

// serve answers a request with the fault that the test has for it. An error means that no answer gets through.
func (s *Sim) serve(w http.ResponseWriter, r *http.Request) error {
	op, no := route(r)
	call := Call{Op: op, No: no, Host: r.Host, At: time.Now()}
	s.mu.Lock()
	s.calls = append(s.calls, call)
	inject := s.faults
	s.mu.Unlock()
	fault := &Fault{}
	if inject != nil { // without the lock: a fault may be that the payer pays right now
		if f := inject(call); f != nil {
			fault = f
		}
	}
	if err := fault.wait(r.Context()); err != nil {
		return err
	}
	if fault.Before {
		return fault.answer(s, w, nil)
	}
	a := s.handle(op, no, r)
	return fault.answer(s, w, a)
}

var byNumber = regexp.MustCompile(`^/v3/pay/transactions/out-trade-no/([^/]+)(/close)?$`)

func route(r *http.Request) (op, no string) {
	switch m := byNumber.FindStringSubmatch(r.URL.Path); {
	case r.URL.Path == "/v3/pay/transactions/native" && r.Method == http.MethodPost:
		return "create", ""
	case m != nil && m[2] == "" && r.Method == http.MethodGet:
		return "query", m[1]
	case m != nil && m[2] != "" && r.Method == http.MethodPost:
		return "close", m[1]
	case r.URL.Path == "/v3/certificates" && r.Method == http.MethodGet:
		return "certificates", ""
	}
	return "", ""
}

// An answer before it is signed.
type answer struct {
	status int
	body   any // nil for an empty body
	serial string
	bare   bool // WeChat signs nothing here: a 401, or a wrong key id
}

func refuse(status int, code, message string) *answer {
	return &answer{status: status, body: map[string]string{"code": code, "message": message}}
}

func (s *Sim) handle(op, no string, r *http.Request) *answer {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "body")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, a := s.authorize(r, body)
	if a != nil {
		return a
	}
	serial := r.Header.Get("Wechatpay-Serial")
	switch {
	case strings.HasPrefix(serial, "PUB_KEY_ID_") && serial != s.opts.PublicKeyID:
		a := refuse(http.StatusInternalServerError, "SYSTEM_ERROR", "系统繁忙，请稍后重试")
		a.bare = true
		return a
	case serial != s.opts.PublicKeyID:
		serial = s.cert.serial
	}
	switch op {
	case "create":
		a = s.create(m, body)
	case "query":
		a = s.query(m, no, r)
	case "close":
		a = s.close(m, no, body)
	case "certificates":
		a = s.cert.list(m)
	default:
		a = refuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "无可用的接口")
	}
	a.serial = serial
	return a
}

var authorization = regexp.MustCompile(`^WECHATPAY2-SHA256-RSA2048 mchid="([^"]*)",nonce_str="([^"]*)",timestamp="(\d+)",serial_no="([^"]*)",signature="([^"]*)"$`)

const signatureLife = 5 * time.Minute

// authorize verifies the request's signature; its 401 answers carry no Wechatpay headers.
func (s *Sim) authorize(r *http.Request, body []byte) (Merchant, *answer) {
	deny := func(message string) (Merchant, *answer) {
		a := refuse(http.StatusUnauthorized, "SIGN_ERROR", message)
		a.bare = true
		return Merchant{}, a
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
		if s.nonces[nonce] {
			return deny("nonce_str重复")
		}
		s.nonces[nonce] = true
		return m, nil
	}
	return deny("商户证书序列号有误")
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
	if h.Get("Date") == "" {
		h.Set("Date", time.Now().Add(f.Clock).UTC().Format(http.TimeFormat))
	}
	if !a.bare && a.status < 300 {
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
	signature := base64.StdEncoding.EncodeToString(sig)
	switch {
	case f.BadSignature:
		sig[0] ^= 1
		signature = base64.StdEncoding.EncodeToString(sig)
	case f.SignTest:
		signature = "WECHATPAY/SIGNTEST/" + signature
	}
	h.Set("Wechatpay-Timestamp", stamp)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Serial", serial)
	h.Set("Wechatpay-Signature", signature)
	h.Set("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")
}

// sleep waits in real or virtual time.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
