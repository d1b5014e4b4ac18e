package wechatsim

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"courtkiosk/payment/durable"
)

// A Stand is a simulator behind a listener on this machine, with one merchant whose keys lie in files, as a merchant
// platform would leave them.
type Stand struct {
	*Sim
	Merchant      Merchant
	Second, Third Merchant // further accounts of the same holder, with its keys
	URL           string   // scheme and host
	KeyFile       string   // the merchant's private key, PKCS#8
	PublicKeyFile string   // WeChat's

	server *http.Server
}

// NewStand starts a stand with its key files in dir. Its codes are addresses of the phone page, /phone/ORDER, which
// names payee.
func NewStand(dir, payee string) (*Stand, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s := &Stand{URL: "http://" + l.Addr().String(), KeyFile: filepath.Join(dir, "apiclient_key.pem"),
		PublicKeyFile: filepath.Join(dir, "pub_key.pem")}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("/phone/", s.Phone(payee))
	mux.Handle("/v3/", s.Sim)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = s.server.Serve(l) }() // ends with Close
	return s, nil
}

// prepare makes the keys and the simulator that knows them.
func (s *Stand) prepare() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	s.Merchant = Merchant{MchID: "1900000001", AppID: "wxdemo0000000001",
		Serial: "DE30000000000000000000000000000000000001", PublicKey: &key.PublicKey}
	s.Second, s.Third = s.Merchant, s.Merchant
	s.Second.MchID, s.Third.MchID = "1900000002", "1900000003"
	s.Sim, err = New(Options{Merchants: []Merchant{s.Merchant, s.Second, s.Third}, CodeURL: s.PhonePage})
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(s.Sim.PublicKey())
	if err != nil {
		return err
	}
	return s.keep(private, public)
}

// keep writes the keys where a configuration looks for them.
func (s *Stand) keep(private, public []byte) error {
	return errors.Join(
		durable.WriteFile(s.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600),
		durable.WriteFile(s.PublicKeyFile, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o600),
	)
}

// PhonePage returns the address that plays the phone of an order's payer.
func (s *Stand) PhonePage(no string) string { return s.URL + "/phone/" + no }

// Close ends the listener.
func (s *Stand) Close() error { return s.server.Close() }
