package receipt

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"courtkiosk/payment/durable"
)

// A SigningKey signs the receipts of one kiosk. Each has its own, so that one can be revoked.
type SigningKey struct {
	id      KeyID
	private ed25519.PrivateKey
	list    string // file of the public keys, which says when this one is believed no more
	revoked atomic.Bool
}

// Revoked reports whether the list says that the key is believed no more. The list is read each time: it is changed by
// hand, or replaced by the court's. Once revoked the key stays so until it is opened anew.
func (k *SigningKey) Revoked() bool {
	if !k.revoked.Load() {
		if known, err := ReadRing(k.list); err == nil && known[k.id].Revoked {
			k.revoked.Store(true)
		}
	}
	return k.revoked.Load()
}

// A PublicKey is the half that everybody may have.
type PublicKey struct {
	Public  ed25519.PublicKey
	Revoked bool
	Note    string // which kiosk, since when
}

// A Ring is the public keys that a machine believes, by id.
type Ring map[KeyID]PublicKey

// OpenSigningKey reads the key, or makes one, readable by its owner only, and puts its public half on the list in
// ring if it is not there. To change the key move the file away: the old public half stays on the list.
func OpenSigningKey(file, ring, note string) (*SigningKey, error) {
	text, err := durable.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		text, err = makeKey(file)
	}
	if err != nil {
		return nil, fmt.Errorf("receipt signing key: %w", err)
	}
	if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("receipt signing key %s can be read by others: chmod 600", file)
	}
	private, err := parseKey(file, text)
	if err != nil {
		return nil, err
	}
	public := private.Public().(ed25519.PublicKey)
	k := &SigningKey{id: keyID(public), private: private, list: ring}
	known, err := ReadRing(ring)
	if err != nil {
		return nil, err
	}
	if _, ok := known[k.id]; !ok {
		known[k.id] = PublicKey{Public: public, Note: note}
		err = known.write(ring)
	}
	return k, err
}

// parseKey reads the text of a key; the file's name is for the complaint.
func parseKey(file string, text []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(bytes.TrimPrefix(text, []byte("\ufeff")))
	if block == nil {
		return nil, fmt.Errorf("receipt signing key %s: no PEM block; move it away and a new one is made", file)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("receipt signing key %s: its %s cannot be read as a private key (PKCS #8): %w", file,
			block.Type, err)
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("receipt signing key %s: a key of another kind (%T), want Ed25519; move it away and a "+
			"new one is made", file, key)
	}
	return private, nil
}

// NameOf returns the id of a signing key by the text of its file, for whoever looks for it on a list.
func NameOf(file string, text []byte) (KeyID, error) {
	private, err := parseKey(file, text)
	if err != nil {
		return KeyID{}, err
	}
	return keyID(private.Public().(ed25519.PublicKey)), nil
}

func makeKey(file string) ([]byte, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return text, durable.WriteFile(file, text, 0o600)
}

// The words of a line of the list.
const (
	good = "good"
	bad  = "revoked"
)

// ReadRing reads a list of public keys: a line each with id, key in base64, good or revoked, and a note. No file is
// an empty list.
func ReadRing(file string) (Ring, error) {
	text, err := durable.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return make(Ring), nil
	}
	if err != nil {
		return nil, fmt.Errorf("receipt keys: %w", err)
	}
	return ParseRing(file, string(text))
}

// ParseRing reads the text of such a list; the file's name is for the complaint.
func ParseRing(file, text string) (Ring, error) {
	ring, n := make(Ring), 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, key, err := readLine(line)
		if err != nil {
			return nil, fmt.Errorf("receipt keys %s, line %d: %w", file, n, err)
		}
		ring[id] = key
	}
	return ring, nil
}

func readLine(line string) (KeyID, PublicKey, error) {
	words := strings.Fields(line)
	if len(words) < 3 {
		return KeyID{}, PublicKey{}, errors.New("want id, key, good or revoked, note")
	}
	public, err := base64.StdEncoding.DecodeString(words[1])
	if err != nil || len(public) != ed25519.PublicKeySize {
		return KeyID{}, PublicKey{}, fmt.Errorf("key of %s is not 32 bytes in base64", words[0])
	}
	id := keyID(public)
	switch {
	case id.String() != words[0]:
		return id, PublicKey{}, fmt.Errorf("the key is %s, not %s", id, words[0])
	case words[2] != good && words[2] != bad:
		return id, PublicKey{}, fmt.Errorf("%q is neither good nor revoked", words[2])
	}
	return id, PublicKey{Public: public, Revoked: words[2] == bad, Note: strings.Join(words[3:], " ")}, nil
}

// String is the list as a file has it.
func (r Ring) String() string {
	var b strings.Builder
	b.WriteString("# Public keys of receipts: id, key, good or revoked, note. Give it to everybody who verifies; it " +
		"holds no secret.\n")
	for _, id := range slices.SortedFunc(maps.Keys(r), func(a,
		b KeyID) int {
		return strings.Compare(a.String(), b.String())
	}) {
		word := good
		if r[id].Revoked {
			word = bad
		}
		fmt.Fprintf(&b, "%s %s %s %s\n", id, base64.StdEncoding.EncodeToString(r[id].Public), word, r[id].Note)
	}
	return b.String()
}

func (r Ring) write(file string) error {
	if err := durable.WriteFile(file, []byte(r.String()), 0o644); err != nil {
		return fmt.Errorf("receipt keys: %w", err)
	}
	return nil
}

// Believe adds to the list in file the keys of another: what is revoked on one of them stays so.
func Believe(file string, more Ring) error {
	known, err := ReadRing(file)
	if err != nil {
		return err
	}
	for id, key := range more {
		old, ok := known[id]
		if ok {
			old.Revoked = old.Revoked || key.Revoked
			key = old
		}
		known[id] = key
	}
	return known.write(file)
}

// Retire moves the key in file aside when a list has it: then it was another machine's, and the next start makes a new
// one. Nothing is done where there is none, or one that is not on the list.
func Retire(file string, list Ring, now time.Time) (aside string, err error) {
	text, err := durable.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	id, err := NameOf(file, text)
	if _, known := list[id]; err != nil || !known {
		return "", err
	}
	aside = file + ".retired-" + now.Format("20060102-150405")
	return aside, durable.Rename(file, aside)
}

// Revoke takes the belief from a key on the list in file.
func Revoke(file, id string) error {
	ring, err := ReadRing(file)
	if err != nil {
		return err
	}
	for known, key := range ring {
		if known.String() == id {
			key.Revoked = true
			ring[known] = key
			return ring.write(file)
		}
	}
	return fmt.Errorf("%w %s in %s", ErrUnknownKey, id, file)
}
