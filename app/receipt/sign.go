package receipt

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"courtkiosk/payment"
)

// A Statement is what a receipt's QR says, signed by the kiosk that printed it. The signature proves that this kiosk
// issued it, not that the paper is no photocopy: the number must be looked up in the ledger, which knows how many
// copies exist.
type Statement struct {
	Key           KeyID
	Amount        payment.Fen
	PaidAt        time.Time // to the second
	Case          string
	Number        string      // of the receipt; a copy has the same statement
	TransactionID string      // WeChat's
	Environment   Environment // empty of a code from before codes said it: nobody knows
}

// A KeyID names a signing key: the first bytes of the SHA-256 of its public half.
type KeyID [5]byte

func (id KeyID) String() string { return letters.EncodeToString(id[:]) }

func keyID(public ed25519.PublicKey) (id KeyID) {
	sum := sha256.Sum256(public)
	copy(id[:], sum[:])
	return id
}

// A code is the prefix, which names form and version, and the base32 of body and signature: capitals and digits only,
// which a QR packs tightly and no scanner takes for another charset.
const (
	codePrefix  = "CRT1."
	longestCode = 600 // of a scanner that has gone mad

	bodyVersion = 2
	bodyWithout = 1 // the version that did not have the environment
)

var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

// What Verify says of a code that it does not believe.
var (
	// ErrNoCode means: not the code of a receipt.
	ErrNoCode = errors.New("receipt: not a receipt's code")
	// ErrAltered means: a receipt's code with at least one character changed, or a forged one.
	ErrAltered = errors.New("receipt: the code was altered")
	// ErrUnknownKey means: signed with a key that is not on the list.
	ErrUnknownKey = errors.New("receipt: signed with an unknown key")
	// ErrRevoked means: signed with a key that the court has revoked.
	ErrRevoked = errors.New("receipt: signed with a revoked key")
)

// body returns the canonical bytes: there is exactly one way to write a statement, and what is signed is what is in
// the QR.
func (s Statement) body() []byte {
	b := append([]byte{bodyVersion}, s.Key[:]...)
	if s.Environment == "" {
		b[0] = bodyWithout
	} else {
		b = append(b, s.Environment.number())
	}
	b = binary.AppendUvarint(b, uint64(s.Amount))
	b = binary.AppendUvarint(b, uint64(s.PaidAt.Unix()))
	for _, text := range []string{s.Case, s.Number, s.TransactionID} {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	return b
}

// readBody reads a body, and refuses one that could have been written another way.
func readBody(b []byte) (s Statement, err error) {
	r := bytes.NewReader(b)
	version, err := r.ReadByte()
	if err != nil || version != bodyVersion && version != bodyWithout {
		return s, fmt.Errorf("%w: version %d", ErrNoCode, version)
	}
	if n, _ := r.Read(s.Key[:]); n != len(s.Key) {
		return s, ErrNoCode
	}
	if version == bodyVersion {
		number, err := r.ReadByte()
		if err != nil {
			return s, ErrNoCode
		}
		if s.Environment, err = environmentOf(number); err != nil {
			return s, err
		}
	}
	fen, err1 := binary.ReadUvarint(r)
	unix, err2 := binary.ReadUvarint(r)
	if err1 != nil || err2 != nil {
		return s, ErrNoCode
	}
	s.Amount, s.PaidAt = payment.Fen(fen), time.Unix(int64(unix), 0).In(payment.China)
	for _, text := range []*string{&s.Case, &s.Number, &s.TransactionID} {
		n, err := binary.ReadUvarint(r)
		if err != nil || n > uint64(r.Len()) {
			return s, ErrNoCode
		}
		data := make([]byte, n)
		if _, err := r.Read(data); n > 0 && err != nil {
			return s, ErrNoCode
		}
		*text = string(data)
	}
	if r.Len() > 0 || !bytes.Equal(s.body(), b) {
		return s, fmt.Errorf("%w: not the one way to write it", ErrAltered)
	}
	return s, nil
}

// Sign returns a receipt with its code, or without one once the key is revoked: a code that nobody believes would make
// a genuine receipt look forged.
func (k *SigningKey) Sign(r Receipt) Receipt {
	if k.Revoked() {
		r.Code = ""
		return r
	}
	s := Statement{
		Key: k.id, Amount: r.Amount, PaidAt: r.PaidAt, Case: r.Case, Number: r.Number, TransactionID: r.TransactionID,
		Environment: environments[r.Environment.number()],
	}
	body := s.body()
	r.Code = codePrefix + letters.EncodeToString(append(body, ed25519.Sign(k.private, body)...))
	return r
}

// normal is a code as it was written: people type it in small letters, and programs break it and put blanks into it,
// some of which have no width.
func normal(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u200b', r == '\ufeff':
			return -1
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, code)
}

// Verify returns what a code says when it is genuine. Small letters, blanks and line breaks in it do not count. With
// ErrRevoked and ErrUnknownKey it returns what the code claims; nothing is known of that.
func (r Ring) Verify(code string) (Statement, error) {
	if len(code) > 4*longestCode {
		return Statement{}, ErrNoCode
	}
	code = normal(code)
	text, ok := strings.CutPrefix(code, codePrefix)
	if !ok || len(code) > longestCode {
		return Statement{}, ErrNoCode
	}
	data, err := letters.DecodeString(text)
	if err != nil || len(data) <= ed25519.SignatureSize || letters.EncodeToString(data) != text {
		return Statement{}, fmt.Errorf("%w: not base32 as it is written", ErrAltered)
	}
	body, signature := data[:len(data)-ed25519.SignatureSize], data[len(data)-ed25519.SignatureSize:]
	s, err := readBody(body)
	if err != nil {
		return Statement{}, err
	}
	known, ok := r[s.Key]
	switch {
	case !ok:
		return s, fmt.Errorf("%w %s", ErrUnknownKey, s.Key)
	case !ed25519.Verify(known.Public, body, signature):
		return Statement{}, ErrAltered
	case known.Revoked:
		return s, fmt.Errorf("%w %s", ErrRevoked, s.Key)
	}
	return s, nil
}
