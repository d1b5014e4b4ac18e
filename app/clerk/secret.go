package clerk

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"golang.org/x/crypto/argon2"

	"courtkiosk/payment/durable"
)

// A key is the machine's own. It lies beside the ledger, not in it, so that a copy of the ledger opens no account.
type key struct {
	id    string // names the key, and tells nothing of it
	seal  cipher.AEAD
	names []byte // hashes what is short
	codes []byte // makes second factors of what was handed out
	hash  Hasher
}

// What is wrong with a key or with what it has sealed.
var (
	ErrKey    = errors.New("clerk: the machine's key is damaged, or can be read by others")
	ErrSealed = errors.New("clerk: it was sealed with another key than this machine's")
)

const keyBytes = 32

// openKey reads the key, or makes one, readable by its owner only.
func openKey(file string, hash Hasher) (*key, error) {
	text, err := durable.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		secret := make([]byte, keyBytes)
		_, _ = rand.Read(secret) // it never fails
		text = []byte(hex.EncodeToString(secret) + "\n")
		err = durable.WriteFile(file, text, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("key of the machine: %w", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%w: %s: chmod 600", ErrKey, file)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(secret) != keyBytes {
		return nil, fmt.Errorf("%w: %s", ErrKey, file)
	}
	part := func(of string) []byte {
		sub, err := hkdf.Expand(sha256.New, secret, "courtkiosk "+of, keyBytes)
		if err != nil {
			panic(err) // of lengths alone, which are constants
		}
		return sub
	}
	block, err := aes.NewCipher(part("seal"))
	if err != nil {
		return nil, err
	}
	k := &key{names: part("names"), codes: part("codes"), hash: hash}
	k.id = base64.RawStdEncoding.EncodeToString(part("id")[:6])
	k.seal, err = cipher.NewGCM(block)
	return k, err
}

// sealed returns a secret as it may be stored for a person.
func (k *key) sealed(number string, secret []byte) string {
	nonce := make([]byte, k.seal.NonceSize())
	_, _ = rand.Read(nonce) // it never fails
	return base64.RawStdEncoding.EncodeToString(k.seal.Seal(nonce, nonce, secret, []byte(number)))
}

// opened returns what was sealed for the person.
func (k *key) opened(number, text string) ([]byte, error) {
	box, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(box) < k.seal.NonceSize() {
		return nil, ErrSealed
	}
	n := k.seal.NonceSize()
	secret, err := k.seal.Open(nil, box[:n], box[n:], []byte(number))
	if err != nil {
		return nil, ErrSealed
	}
	return secret, nil
}

func keyed(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return h.Sum(nil)
}

// card returns how the number on a card is stored; empty of none. It is no secret, but short, so it is hashed with the
// machine's key.
func (d *Desk) card(typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", nil
	}
	k, err := d.key()
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(keyed(k.names, "card", typed)), nil
}

// peppered is what of a PIN is hashed: nobody tries all PINs on a stolen ledger without the machine's key.
func (k *key) peppered(number, pin string) []byte { return keyed(k.names, "pin", number, pin) }

// phc is how a stored hash begins: it names the key, too.
func (k *key) phc() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d,keyid=%s$", argon2.Version, argonMemory, argonTime, argonLanes,
		k.id)
}

// hashed returns how a person's PIN is stored, in PHC form.
func (k *key) hashed(ctx context.Context, number, pin string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // it never fails
	sum, err := k.hash(ctx, cost(), k.peppered(number, pin), salt)
	return k.phc() + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(sum), err
}

// matches reports whether a PIN is the person's whose hash is stored. Where none is it takes as long, and none is.
func (k *key) matches(ctx context.Context, stored, number, pin string) (bool, error) {
	salt, want := make([]byte, saltBytes), []byte(nil)
	if stored != "" {
		rest, ok := strings.CutPrefix(stored, k.phc())
		text, sum, _ := strings.Cut(rest, "$")
		var errs [2]error
		salt, errs[0] = base64.RawStdEncoding.DecodeString(text)
		want, errs[1] = base64.RawStdEncoding.DecodeString(sum)
		if !ok || errors.Join(errs[:]...) != nil || len(want) != hashBytes {
			return false, ErrSealed
		}
	}
	got, err := k.hash(ctx, cost(), k.peppered(number, pin), salt)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// ErrWeakPIN means: not 6 to 12 digits, or some that anybody would try first.
var ErrWeakPIN = errors.New("clerk: a PIN has 6 to 12 digits, not all alike, in a row, or the staff number's")

var digits = regexp.MustCompile(`^[0-9]{6,12}$`)

// strong says why nobody may have a PIN.
func strong(number, pin string) error {
	step := func(by int) bool {
		for i := 1; i < len(pin); i++ {
			if int(pin[i])-int(pin[i-1]) != by {
				return false
			}
		}
		return true
	}
	if !digits.MatchString(pin) || step(0) || step(1) || step(-1) ||
		strings.Trim(pin, "0") == strings.Trim(number, "0") {
		return ErrWeakPIN
	}
	return nil
}

// A code of the second factor (RFC 6238): six digits of SHA-1, a new one every half minute, as every authenticator app
// makes them. One step of the clock early or late counts, too.
const (
	stepSeconds = 30
	stepsApart  = 1
)

var codeOptions = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// step returns the step that a code belongs to, if it is a code of the secret at a time and later than the last step
// that was used.
func step(secret []byte, code string, at time.Time, last int64) (int64, bool) {
	text := base32.StdEncoding.EncodeToString(secret)
	now := at.Unix() / stepSeconds
	for n := now - stepsApart; n <= now+stepsApart; n++ {
		want, err := hotp.GenerateCodeCustom(text, uint64(n), codeOptions)
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && n > last {
			return n, true
		}
	}
	return 0, false
}

// second is the secret of the second factor that a person sets with a handed out code: the same for the same seed, so
// that nothing need be stored before the person has shown to have it. The seed is one page's: who has handed the code
// out, and has asked with it before, was shown another secret.
func (k *key) second(number, code, seed string) []byte {
	return keyed(k.codes, "totp", number, plainCode(code), seed)[:20]
}

// link is what an authenticator app reads from a QR code, and the secret in it to be typed.
func link(issuer, number string, secret []byte) (uri, text string) {
	text = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	q := url.Values{"secret": {text}, "issuer": {issuer}}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + number,
		RawQuery: strings.ReplaceAll(q.Encode(), "+", "%20")}
	return u.String(), text
}
