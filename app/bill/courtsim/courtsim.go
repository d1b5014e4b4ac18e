// Package courtsim is a court's case system as an http.Handler: the other side of app/bill/courtapi, for tests and
// for those who write the real one. It keeps to courtapi's openapi.yaml and shares no code with the client, so that
// each is a check of the other. All it knows is in memory.
package courtsim

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"courtkiosk/app/bill"
)

// A Server is one case system.
type Server struct {
	token string
	mux   *http.ServeMux

	mu    sync.Mutex
	bills []*record // in the order they were given
	fault func(*http.Request) int
}

// A record is a bill and what became of it.
type record struct {
	bill.Bill
	id       string
	version  int
	payments map[string]Payment // by transaction id
}

// A Payment is what a kiosk has told.
type Payment struct {
	Fen     int64     `json:"amount_fen"`
	Purse   string    `json:"purse"`
	Version string    `json:"version"`
	PaidAt  time.Time `json:"paid_at"`
	OrderNo string    `json:"order_no"`
	MchID   string    `json:"mchid"`
	Kiosk   string    `json:"kiosk"`
	Receipt string    `json:"receipt"`

	Refunds map[string]Refund `json:"-"` // by number
	Told    int               `json:"-"` // how often
}

// A Refund is what a kiosk has told of money given back.
type Refund struct {
	Fen    int64     `json:"amount_fen"`
	At     time.Time `json:"refunded_at"`
	Reason string    `json:"reason"`
}

// New returns a server that asks for the given bills. With a token, requests without it are refused.
func New(bills []bill.Bill, token string) *Server {
	s := &Server{token: token, mux: http.NewServeMux()}
	for _, b := range bills {
		s.Add(b)
	}
	s.mux.HandleFunc("POST /bills/search", s.search)
	s.mux.HandleFunc("GET /bills/{id}", s.get)
	s.mux.HandleFunc("PUT /bills/{id}/payments/{transaction}", s.pay)
	s.mux.HandleFunc("PUT /bills/{id}/payments/{transaction}/refunds/{refund}", s.refund)
	s.mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]string{"status": "ok", "version": "court-sim"})
	})
	return s
}

// Add asks for one more bill and returns its id.
func (s *Server) Add(b bill.Bill) string {
	h := sha256.Sum256([]byte(b.ID()))
	r := &record{Bill: b, id: "B" + strings.ToUpper(hex.EncodeToString(h[:8])), version: 1,
		payments: make(map[string]Payment)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bills = append(s.bills, r)
	return r.id
}

// Change changes what is asked, as a clerk of the court does: another amount, settled at the window, withdrawn.
func (s *Server) Change(id string, change func(*bill.Bill)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.find(id); r != nil {
		change(&r.Bill)
		r.version++
	}
}

// Payments returns what was told of a bill, by transaction id.
func (s *Server) Payments(id string) map[string]Payment {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make(map[string]Payment)
	if r := s.find(id); r != nil {
		for no, p := range r.payments {
			list[no] = p
		}
	}
	return list
}

// Fail makes the server answer with the status that fault returns, 0 for the true answer. A negative one drops the
// connection: -1 before anything is done, -2 after it.
func (s *Server) Fail(fault func(*http.Request) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

func (s *Server) find(id string) *record {
	i := slices.IndexFunc(s.bills, func(r *record) bool { return r.id == id })
	if i < 0 {
		return nil
	}
	return s.bills[i]
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	fault := s.fault
	s.mu.Unlock()
	status := 0
	if fault != nil {
		status = fault(r)
	}
	given := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case status == -1:
		panic(http.ErrAbortHandler)
	case status == -2:
		s.mux.ServeHTTP(discard{http.Header{}}, r)
		panic(http.ErrAbortHandler)
	case status > 0:
		refuse(w, status, "internal", "as it was told to")
	case s.token != "" && subtle.ConstantTimeCompare([]byte(given), []byte(s.token)) != 1:
		refuse(w, http.StatusUnauthorized, "unauthorized", "the token is missing or wrong")
	default:
		s.mux.ServeHTTP(w, r)
	}
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}

func refuse(w http.ResponseWriter, status int, code, title string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code, "title": title}) // the client has gone
}

// read reads a body strictly.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(io.LimitReader(r.Body, 1<<16))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		refuse(w, http.StatusBadRequest, "bad-request", "the body does not keep to the agreement")
		return false
	}
	return true
}

func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Case string `json:"case"`
		Code string `json:"payment_code"`
	}
	if !read(w, r, &q) {
		return
	}
	if (q.Case == "") == (q.Code == "") {
		refuse(w, http.StatusBadRequest, "bad-request", "case or payment_code, one of them")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, b := range s.bills {
		if q.Code != "" && b.Code == q.Code || q.Case != "" && b.Case.BaseString() == q.Case {
			list = append(list, b.wire())
		}
	}
	answer(w, map[string]any{"bills": list})
}

func (s *Server) get(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.find(r.PathValue("id"))
	if b == nil {
		refuse(w, http.StatusNotFound, "unknown-bill", "there is no such bill")
		return
	}
	answer(w, b.wire())
}

// wire is the bill as the agreement has it: members that say nothing are left out.
func (b *record) wire() map[string]any {
	status := "due"
	switch {
	case b.Withdrawn:
		status = "withdrawn"
	case b.Settled || len(b.payments) > 0:
		status = "settled"
	}
	m := map[string]any{"id": b.id, "version": fmt.Sprint(b.version), "case": b.Case.String(), "item": b.Item,
		"purse":      string(b.Purse),
		"amount_fen": int64(b.Amount), "status": status}
	for name, text := range map[string]string{"notice": b.Notice, "payment_code": b.Code, "payer": string(b.Payer),
		"cause":  b.Cause,
		"remark": b.Remark, "relief": string(b.Relief)} {
		if text != "" {
			m[name] = text
		}
	}
	if b.Corporate {
		m["payer_type"] = "organisation"
	}
	for name, day := range map[string]time.Time{"noticed": b.Noticed, "deadline": b.Deadline} {
		if !day.IsZero() {
			m[name] = day.Format(time.DateOnly)
		}
	}
	if f := b.Fiscal; f.Known() && status == "settled" {
		says := map[string]any{"number": f.Number}
		for name, text := range map[string]string{"code": f.Code, "check_code": f.Check} {
			if text != "" {
				says[name] = text
			}
		}
		if !f.Issued.IsZero() {
			says["issued"] = f.Issued.Format(time.DateOnly)
		}
		m["fiscal"] = says
	}
	if b.Grounds != (bill.Grounds{}) {
		m["grounds"] = map[string]any{"kind": string(b.Grounds.Kind), "claim_fen": int64(b.Grounds.Amount),
			"halved": b.Grounds.Half}
	}
	return m
}

func (s *Server) pay(w http.ResponseWriter, r *http.Request) {
	var p Payment
	if !read(w, r, &p) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, no := s.find(r.PathValue("id")), r.PathValue("transaction")
	if b == nil {
		refuse(w, http.StatusNotFound, "unknown-bill", "there is no such bill")
		return
	}
	if old, known := b.payments[no]; known {
		old.Told++
		b.payments[no] = old
		if old.Fen != p.Fen || old.OrderNo != p.OrderNo {
			refuse(w, http.StatusConflict, "refused", "the transaction was told before with other facts")
			return
		}
		answer(w, map[string]string{"result": "known"})
		return
	}
	switch {
	case p.Purse != string(b.Purse):
		refuse(w, http.StatusConflict, "purse-differs", "the money belongs to another account")
	case b.Withdrawn:
		refuse(w, http.StatusConflict, "withdrawn", "the bill was withdrawn")
	case b.Settled || len(b.payments) > 0:
		refuse(w, http.StatusConflict, "settled", "the bill was paid before")
	case p.Fen != int64(b.Amount):
		refuse(w, http.StatusConflict, "amount-differs", "another amount was asked")
	default:
		p.Told, p.Refunds = 1, make(map[string]Refund)
		b.payments[no] = p
		b.version++
		answer(w, map[string]string{"result": "recorded"})
	}
}

func (s *Server) refund(w http.ResponseWriter, r *http.Request) {
	var f Refund
	if !read(w, r, &f) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, no := s.find(r.PathValue("id")), r.PathValue("refund")
	if b == nil {
		refuse(w, http.StatusNotFound, "unknown-bill", "there is no such bill")
		return
	}
	p, paid := b.payments[r.PathValue("transaction")]
	if !paid {
		refuse(w, http.StatusConflict, "refused", "the payment was never told")
		return
	}
	old, known := p.Refunds[no]
	sum := f.Fen
	for other, o := range p.Refunds {
		if other != no {
			sum += o.Fen
		}
	}
	switch {
	case known && old.Fen == f.Fen:
		answer(w, map[string]string{"result": "known"})
	case known, sum > p.Fen:
		refuse(w, http.StatusConflict, "amount-differs", "more than was paid, or another sum than before")
	default:
		p.Refunds[no] = f
		b.version++
		answer(w, map[string]string{"result": "recorded"})
	}
}
