package offsite

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"filippo.io/age"

	"courtkiosk/payment/durable"
)

// What a key or a sealed copy is refused for.
var (
	// ErrSecretKey means: the secret half stands where the public one belongs. It must not lie on this machine.
	ErrSecretKey = errors.New("offsite: that is the secret key; it belongs into the safe, and the public one here")
	ErrNoKey     = errors.New("offsite: no public key of age, like age1…")
	// ErrNoIdentity means: what was given to open a copy is no secret key of age.
	ErrNoIdentity = errors.New("offsite: no secret key of age, like AGE-SECRET-KEY-1…")
	// ErrOtherKey means: the copy was sealed to another key.
	ErrOtherKey = errors.New("offsite: the copy was sealed to another key")
	// ErrTorn means: the copy is not whole, or is none.
	ErrTorn = errors.New("offsite: the copy is not whole, or is none")
)

// CheckRecipient says why nothing can be sealed to a key; nil when it can. It tells nothing of a secret one.
func CheckRecipient(key string) error {
	_, err := recipient(key)
	return err
}

func recipient(key string) (age.Recipient, error) {
	if strings.Contains(strings.ToUpper(key), "AGE-SECRET-KEY-") {
		return nil, ErrSecretKey
	}
	if strings.ContainsAny(key, "\r\n#") {
		return nil, fmt.Errorf("%w, in one line", ErrNoKey)
	}
	list, err := age.ParseRecipients(strings.NewReader(key))
	if err != nil || len(list) != 1 {
		return nil, ErrNoKey
	}
	return list[0], nil
}

// An About says what a copy is of.
type About struct {
	Format      int // 1
	Court       string
	Environment string
	Kiosk       string
	Instance    string    // of the ledger
	Made        time.Time // the copy
}

// A Copy is what is sealed.
type Copy struct {
	About  About
	Keys   []byte // the public keys that receipts are checked with
	Ledger string // path of its file
}

// The members of the archive, in this order.
const (
	memberAbout  = "about.json"
	memberKeys   = "receipt-keys.txt"
	memberLedger = "ledger.db"
)

const format = 1

// Seal writes a copy that only the secret half of a key opens.
func Seal(w io.Writer, key string, c Copy) error {
	to, err := recipient(key)
	if err != nil {
		return err
	}
	ledger, err := os.Open(c.Ledger)
	if err != nil {
		return err
	}
	defer ledger.Close()
	info, err := ledger.Stat()
	if err != nil {
		return err
	}
	c.About.Format = format
	about, err := json.MarshalIndent(c.About, "", "  ")
	if err != nil {
		return err
	}
	sealed, err := age.Encrypt(w, to)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(sealed)
	member := func(name string, size int64, from io.Reader) {
		if err == nil {
			err = archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: c.About.Made})
		}
		if err == nil {
			_, err = io.CopyN(archive, from, size)
		}
	}
	member(memberAbout, int64(len(about)), bytes.NewReader(about))
	member(memberKeys, int64(len(c.Keys)), bytes.NewReader(c.Keys))
	member(memberLedger, info.Size(), ledger)
	return errors.Join(err, archive.Close(), sealed.Close())
}

// How long the parts of a copy may be, and a file of secret keys.
const (
	longestText   = 1 << 20
	longestLedger = 4 << 30
)

// Identities reads the secret keys that a copy may be sealed to. They are kept in memory alone.
func Identities(r io.Reader) ([]age.Identity, error) {
	list, err := age.ParseIdentities(io.LimitReader(r, longestText))
	if err != nil || len(list) == 0 { // what age says of it may quote it
		return nil, ErrNoIdentity
	}
	return list, nil
}

// Open opens a copy, and puts its ledger on the disk at to, a temporary name. Only who has read all of it knows that it
// is whole; on an error nothing is left at to.
func Open(r io.Reader, keys []age.Identity, to string) (c Copy, err error) {
	plain, err := age.Decrypt(r, keys...)
	if _, other := errors.AsType[*age.NoIdentityMatchError](err); other {
		return c, ErrOtherKey
	}
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrTorn, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(to))
		}
	}()
	archive := tar.NewReader(plain)
	next := func(name string, most int64) error {
		h, err := archive.Next()
		if err == nil && (h.Name != name || h.Size < 0 || h.Size > most) {
			err = fmt.Errorf("member %q of %d bytes, want %s", h.Name, h.Size, name)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrTorn, err)
		}
		return nil
	}
	text := func(name string) (data []byte, err error) {
		if err = next(name, longestText); err == nil {
			data, err = io.ReadAll(archive)
		}
		return data, err
	}
	about, err := text(memberAbout)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(about, &c.About); err != nil || c.About.Format != format {
		return c, fmt.Errorf("%w: format %d, this version knows %d", ErrTorn, c.About.Format, format)
	}
	if c.Keys, err = text(memberKeys); err != nil {
		return c, err
	}
	if err := next(memberLedger, longestLedger); err != nil {
		return c, err
	}
	c.Ledger = to
	f, err := durable.Make(to, 0o600)
	if err != nil {
		return c, err
	}
	_, err = io.Copy(f, archive)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return c, err
	}
	if _, err := archive.Next(); err != io.EOF {
		return c, fmt.Errorf("%w: something follows the ledger (%w)", ErrTorn, err)
	}
	if _, err := io.Copy(io.Discard, plain); err != nil { // the last piece says that it is the last
		return c, fmt.Errorf("%w: %w", ErrTorn, err)
	}
	return c, nil
}
