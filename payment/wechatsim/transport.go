package wechatsim

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// Transport reaches the simulator without a socket. A request whose context ends gets no answer.
func (s *Sim) Transport() http.RoundTripper { return transport{s} }

type transport struct{ sim *Sim }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	in.Host = r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody // a server's request always has one
	}
	defer in.Body.Close()
	w := &reply{header: make(http.Header), status: http.StatusOK}
	if err := t.sim.serve(w, in); err != nil {
		return nil, err
	}
	return w.response(r), nil
}

// A reply keeps what a handler answers. It is httptest's recorder without the package, which registers a flag and has
// no place in a program that is delivered.
type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *reply) Header() http.Header         { return w.header }
func (w *reply) WriteHeader(status int)      { w.status = status }
func (w *reply) Write(p []byte) (int, error) { return w.body.Write(p) }

// response returns the reply as the client of r reads it.
func (w *reply) response(r *http.Request) *http.Response {
	return &http.Response{
		Status:     fmt.Sprintf("%03d %s", w.status, http.StatusText(w.status)),
		StatusCode: w.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}
}
