// Package wechatsim is a WeChat Pay API v3 server (Native: create, query, close, refund, certificates, bills) as an
// http.Handler, for tests and for the demo. It verifies the signature of every request and signs every answer, so that
// the real client runs against it unchanged.
//
// It is strict: where the public pages leave WeChat's behaviour open it takes the way that is harder for the client,
// and each such guess is a switch in Guesses, so that tests can take the other way too.
//
// # Decisions
//
// 2026-11-23: one lock, no goroutines, time.Now: it works in a testing/synctest bubble through Transport, where a
// loopback listener would hang.
//
// 2026-11-23: a demo may run for weeks, so what is remembered of calls and nonces is bounded. Orders are not.
package wechatsim

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
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
	AnyZone          bool // time_expire may name any zone, not +08:00 only
	RefundAtOnce     bool // a refund is SUCCESS when it is taken, not PROCESSING until Arrive
}

// Options are what a simulator is made of.
type Options struct {
	Merchants   []Merchant
	PublicKeyID string          // PUB_KEY_ID_…, made when empty
	Key         *rsa.PrivateKey // the platform's, made when nil
	Guesses     Guesses
	CodeURL     func(no string) string // what the QR says; nil for WeChat's form
	PerSecond   int                    // calls of a merchant before 429, 0 for any number
	FeeRate     int                    // what WeChat takes of a payment, in ten-thousandths
}

// A Sim is the server.
type Sim struct {
	opts Options

	mu      sync.Mutex
	cert    *certificate
	orders  map[name]*Order
	refunds map[name]*Back
	// refunds that the merchant platform made
	platform []Back
	files    map[string]file // bills, by the token of their addresses
	rewrite  func(trade bool, text string) string
	balance  map[string]*int64 // by merchant, what refunds are paid from; enough where there is none
	codes    map[string]code   // every code URL ever given
	nonces   map[string]time.Time
	seconds  map[string]*second // by merchant
	serial   int
	calls    []Call
	faults   func(Call) *Fault
	changed  chan struct{} // closed and replaced when an order changes
}

// name is what an order is known by: numbers are unique within a merchant.
type name struct{ mchID, no string }

// A Call is one request that came in.
type Call struct {
	Op   string // create, query, close, certificates, refund, query refund; trade bill, fund bill, download
	No   string
	Host string
	At   time.Time
}

const maxCalls = 10_000

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
	return &Sim{
		opts: o, cert: cert, orders: make(map[name]*Order), refunds: make(map[name]*Back),
		balance: make(map[string]*int64), codes: make(map[string]code),
		nonces:  make(map[string]time.Time),
		files:   make(map[string]file),
		seconds: make(map[string]*second), changed: make(chan struct{}),
	}, nil
}

// PublicKeyID and PublicKey are what a merchant downloads from the merchant platform.
func (s *Sim) PublicKeyID() string { return s.opts.PublicKeyID }

// PublicKey verifies the simulator's answers.
func (s *Sim) PublicKey() *rsa.PublicKey { return &s.opts.Key.PublicKey }

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
	fault := s.note(Call{Op: op, No: no, Host: r.Host, At: time.Now()})
	if err := sleep(r.Context(), fault.Delay); err != nil {
		return err
	}
	var a *answer
	if !fault.Before {
		a = s.handle(op, no, r)
	}
	if err := sleep(r.Context(), fault.Late); err != nil {
		return err
	}
	return fault.answer(s, w, a)
}

// note remembers a call and returns its fault.
func (s *Sim) note(c Call) *Fault {
	s.mu.Lock()
	if len(s.calls) >= maxCalls {
		s.calls = slices.Clone(s.calls[maxCalls/2:])
	}
	s.calls = append(s.calls, c)
	inject := s.faults
	s.mu.Unlock()
	if inject != nil { // without the lock: a fault may be that the payer pays right now
		if f := inject(c); f != nil {
			return f
		}
	}
	return &Fault{}
}

var (
	byNumber  = regexp.MustCompile(`^/v3/pay/transactions/out-trade-no/([^/]+)(/close)?$`)
	ofARefund = regexp.MustCompile(`^/v3/refund/domestic/refunds/([^/]+)$`)
)

func route(r *http.Request) (op, no string) {
	m, back := byNumber.FindStringSubmatch(r.URL.Path), ofARefund.FindStringSubmatch(r.URL.Path)
	switch {
	case r.URL.Path == "/v3/pay/transactions/native" && r.Method == http.MethodPost:
		return "create", ""
	case m != nil && m[2] == "" && r.Method == http.MethodGet:
		return "query", m[1]
	case m != nil && m[2] != "" && r.Method == http.MethodPost:
		return "close", m[1]
	case r.URL.Path == "/v3/refund/domestic/refunds" && r.Method == http.MethodPost:
		return "refund", ""
	case back != nil && r.Method == http.MethodGet:
		return "query refund", back[1]
	case r.URL.Path == "/v3/certificates" && r.Method == http.MethodGet:
		return "certificates", ""
	case r.URL.Path == "/v3/bill/tradebill" && r.Method == http.MethodGet:
		return tradeBill, ""
	case r.URL.Path == "/v3/bill/fundflowbill" && r.Method == http.MethodGet:
		return fundBill, ""
	case r.URL.Path == "/v3/billdownload/file" && r.Method == http.MethodGet:
		return download, ""
	}
	return "", ""
}

// An answer before it is signed.
type answer struct {
	status int
	body   map[string]any // nil for an empty body
	raw    []byte         // of a file that nobody signs, in place of body
	serial string         // of the key that signs; nothing is signed without one: a 401, or a wrong key id
}

func refuse(status int, code, message string) *answer {
	return &answer{status: status, body: map[string]any{"code": code, "message": message}}
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
		return refuse(http.StatusInternalServerError, "SYSTEM_ERROR", "系统繁忙，请稍后重试")
	case serial != s.opts.PublicKeyID:
		serial = s.cert.serial
	}
	switch {
	case s.tooMany(m):
		a = refuse(http.StatusTooManyRequests, "FREQUENCY_LIMITED", "频率超限")
	case r.Method == http.MethodPost && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		a = refuse(http.StatusBadRequest, "PARAM_ERROR", "Content-Type")
	case op == "create":
		a = s.create(m, body)
	case op == "query":
		a = s.query(m, no, r)
	case op == "close":
		a = s.close(m, no, body)
	case op == "certificates":
		a = s.cert.list(m)
	case op == "refund":
		a = s.refund(m, body)
	case op == "query refund":
		a = s.queryRefund(m, no)
	case op == tradeBill, op == fundBill:
		a = s.bill(m, op, r)
	case op == download:
		return s.download(m, r)
	default:
		a = refuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "无可用的接口")
	}
	a.serial = serial
	return a
}

// A second is how often a merchant called within one.
type second struct {
	unix  int64
	calls int
}

func (s *Sim) tooMany(m Merchant) bool {
	now := time.Now().Unix()
	if t := s.seconds[m.MchID]; t != nil && t.unix == now {
		t.calls++
		return s.opts.PerSecond > 0 && t.calls > s.opts.PerSecond
	}
	s.seconds[m.MchID] = &second{now, 1}
	return false
}
