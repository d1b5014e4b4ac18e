package checkup

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io/fs"
	"slices"
	"time"

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
