package checkup

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	"courtkiosk/payment"
)

// answered finds what WeChat said to signed questions, of some codes: the counter's, or one of this look alone.
func (m *Machine) answered(s *sight, codes ...doctor.Code) error {
	if m.Inside != nil {
		return m.told(s, codes...)
	}
	if m.Asked == nil {
		return m.outside()
	}
	for _, f := range m.Asked {
		if slices.Contains(codes, f.Code) {
			s.found = append(s.found, f)
		}
		if f.Code == doctor.WeChatSilent {
			s.doubt(fmt.Errorf("WeChat gave no answer for %s: %w", f.Of, f.Err))
		}
	}
	return nil
}

// A Gateway is asked about an order that cannot exist; see payment.Cashier.Probe.
type Gateway interface {
	Serves(m payment.Merchant) bool
	Query(ctx context.Context, o payment.Order) (payment.Reported, error)
}

// AskWeChat asks for an order that cannot exist, for each merchant number, and returns what is wrong with its key or
// the road; empty when each signature was taken.
func AskWeChat(ctx context.Context, g Gateway, accounts []config.WeChat) []doctor.Finding {
	found := []doctor.Finding{}
	for _, w := range accounts {
		m := payment.Merchant{MchID: w.MchID, AppID: w.AppID}
		if !g.Serves(m) {
			found = append(found, doctor.Finding{Code: doctor.NoKey, Of: m.MchID, Err: payment.ErrNotServed})
			continue
		}
		found = append(found, ask(ctx, g, m)...)
	}
	return found
}

// ask asks for one merchant number. Any answer of WeChat's says that the signature was taken.
func ask(ctx context.Context, g Gateway, m payment.Merchant) []doctor.Finding {
	err := payment.TryKey(ctx, g, m)
	f := doctor.Finding{Code: doctor.WeChatSilent, Of: m.MchID, Err: err}
	switch {
	case payment.Answered(err):
		return nil
	case errors.Is(err, payment.ErrClock):
		f.Code, f.Of = doctor.Clock, ""
	case errors.Is(err, payment.ErrUnauthorized):
		f.Code = doctor.Unauthorized
	case errors.Is(err, payment.ErrUnverified):
		f.Code = doctor.Unverified
	}
	return []doctor.Finding{Doubted(f)}
}

// Doubted says of a WeChat that is silent what it may be silent about: where it does not know the id of its public key
// it answers with a system error.
func Doubted(f doctor.Finding) doctor.Finding {
	said, ok := errors.AsType[interface {
		error
		Short() string
	}](f.Err)
	if ok && f.Code == doctor.WeChatSilent && said.Short() == "SYSTEM_ERROR" {
		f.Code = doctor.KeyIDWrong
	}
	return f
}

// keyRight: WeChat takes the signature of each merchant number. The question is of an order that cannot exist.
func keyRight(_ context.Context, m *Machine, s *sight) error {
	return m.answered(s, doctor.Unauthorized, doctor.NoKey)
}

// weChatKeyRight: we believe WeChat's answers, and it knows the key that we verify them by. A file with another key
// under the right name is seen at the first answer that is signed, which "no such order" is not.
func weChatKeyRight(_ context.Context, m *Machine, s *sight) error {
	return m.answered(s, doctor.Unverified, doctor.KeyIDWrong)
}

// merchantCertificates: WeChat believes our signatures for some time yet. Without a certificate file nobody knows.
func merchantCertificates(_ context.Context, m *Machine, s *sight) error {
	named := false
	for _, w := range m.Config.Accounts() {
		if w.MerchantCert == "" {
			continue
		}
		named = true
		ends, err := m.ends(w.MerchantCert)
		if err != nil {
			s.doubt(err)
			continue
		}
		if !m.Now().Before(ends) {
			s.find(doctor.CertificateEnded, w.MchID, "at", ends.In(payment.China).Format(time.DateTime))
			continue
		}
		s.found = append(s.found, doctor.CertificateEnds(w.MchID, ends, m.Now())...)
	}
	if !named {
		return errIdle
	}
	return nil
}

// ends is when the certificate in a PEM file ends.
func (m *Machine) ends(name string) (time.Time, error) {
	text, err := fs.ReadFile(m.Files, inTree(name))
	if err != nil {
		return time.Time{}, err
	}
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return time.Time{}, fmt.Errorf("%s holds no certificate", name)
		}
		if text = rest; block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return time.Time{}, fmt.Errorf("%s: %w", name, err)
		}
		return c.NotAfter, nil
	}
}
