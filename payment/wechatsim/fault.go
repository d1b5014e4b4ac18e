package wechatsim

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// A Fault is what goes wrong with one request. The zero value is nothing.
type Fault struct {
	Delay        time.Duration // before anything happens
	Late         time.Duration // after it has happened, before the answer
	Before       bool          // the request has no effect; else it has, and only the answer suffers
	Lost         bool          // no answer: the connection breaks
	Status       int           // this status in place of the answer, with Code; 2xx keeps the answer's body
	Code         string
	Location     string // of a redirect
	HTML         bool   // a page of a proxy or portal, with Status or 200
	RetryAfter   string
	Garbage      bool // signed, and no JSON
	BadSignature bool
	SignTest     bool          // WeChat's probe: a signature that must not be believed
	Serial       string        // in place of the key that signed
	Certificate  bool          // signed by the certificate, as before a merchant's move to the public key
	Stale        time.Duration // added to the signature's timestamp
	Clock        time.Duration // added to every time the server tells: its clock against ours
	Distort      func(map[string]any)
	Cut          int // a file breaks off after so many bytes
}

// Inject gives the fault of every request that comes in from now on; nil heals.
func (s *Sim) Inject(fault func(Call) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = fault
}

// Calls returns the requests that came in, the last thousands of them.
func (s *Sim) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

func (f *Fault) date() string { return time.Now().Add(f.Clock).UTC().Format(http.TimeFormat) }

// answer sends a, or what the fault makes of it.
func (f *Fault) answer(s *Sim, w http.ResponseWriter, a *answer) error {
	if f.Lost {
		return errLost
	}
	if a == nil {
		a = refuse(http.StatusInternalServerError, "SYSTEM_ERROR", "simulated")
	}
	for key, value := range map[string]string{"Retry-After": f.RetryAfter, "Location": f.Location} {
		if value != "" {
			w.Header().Set(key, value)
		}
	}
	switch {
	case f.HTML:
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Date", f.date())
		w.WriteHeader(max(f.Status, http.StatusOK))
		_, _ = w.Write([]byte("<html><body>请登录网络</body></html>"))
		return nil
	case f.Status != 0 && f.Status < 300:
		a.status = f.Status
	case f.Status != 0:
		a = refuse(f.Status, f.Code, "simulated")
	}
	if a.body != nil && f.Distort != nil {
		f.Distort(a.body)
	}
	if f.Certificate && a.serial != "" {
		s.mu.Lock()
		a.serial = s.cert.serial
		s.mu.Unlock()
	}
	if a.raw != nil {
		return a.send(w, f)
	}
	s.write(w, a, f)
	return nil
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

// send sends a file that nobody signs, as far as it gets.
func (a *answer) send(w http.ResponseWriter, f *Fault) error {
	data := a.raw
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Header().Set("Date", f.date())
	if f.Cut > 0 && f.Cut < len(data) {
		data = data[:f.Cut]
	}
	w.WriteHeader(a.status)
	_, err := w.Write(data)
	return err
}
