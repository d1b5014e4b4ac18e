package desk

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"sync"
	"time"
)

// keepFor is how long something that was typed, or said, is kept here.
const keepFor = 30 * time.Minute

// keepMost is how many things of one kind are kept; the oldest goes.
const keepMost = 2000

// A shelf keeps values for a while under random names. Its zero value is empty.
type shelf[T any] struct {
	mu    sync.Mutex
	items map[string]kept[T]
}

type kept[T any] struct {
	value T
	at    time.Time
}

// put keeps a value and returns its name.
func (s *shelf[T]) put(value T, at time.Time) string {
	name := rand.Text()
	s.set(name, value, at)
	return name
}

func (s *shelf[T]) set(name string, value T, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.items == nil {
		s.items = make(map[string]kept[T])
	}
	if len(s.items) >= keepMost {
		s.tidy(at)
	}
	s.items[name] = kept[T]{value, at}
}

// tidy forgets what is too old, and the oldest where that is not enough; s.mu is held.
func (s *shelf[T]) tidy(at time.Time) {
	oldest := ""
	for name, k := range s.items {
		if at.Sub(k.at) > keepFor {
			delete(s.items, name)
		} else if oldest == "" || k.at.Before(s.items[oldest].at) {
			oldest = name
		}
	}
	if len(s.items) >= keepMost {
		delete(s.items, oldest)
	}
}

// get returns what is kept under a name.
func (s *shelf[T]) get(name string, at time.Time) (value T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.items[name]
	if !ok || at.Sub(k.at) > keepFor {
		return value, false
	}
	return k.value, true
}

// drop forgets what is kept under a name.
func (s *shelf[T]) drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, name)
}

// forms remembers what forms came to, and what pages shall say next.
type forms struct {
	mu    sync.Mutex
	sent  shelf[*sending]
	notes shelf[Note]
}

// A sending is one form on its way, or at its end.
type sending struct {
	over chan struct{}
	to   string
	err  error
}

// name names the forms of a page.
func (*forms) name() string { return rand.Text() }

// once does what a form asks for the first time that it comes. When it comes again it waits for the first and returns
// what that came to.
func (f *forms) once(ctx context.Context, id string, do func() (string, error)) (to string, again bool, err error) {
	f.mu.Lock()
	s, again := f.sent.get(id, now())
	if !again {
		s = &sending{over: make(chan struct{})}
		f.sent.set(id, s, now())
	}
	f.mu.Unlock()
	if !again {
		defer close(s.over)
		s.err = errInterrupted // should do not return
		s.to, s.err = do()
		return s.to, false, s.err
	}
	select {
	case <-s.over:
		return s.to, true, s.err
	case <-ctx.Done():
		return "", true, ctx.Err()
	}
}

func (f *forms) say(n Note) string { return f.notes.put(n, now()) }

// said returns what a page shall say. A note that is shown once is forgotten by that.
func (f *forms) said(name string) (Note, bool) {
	n, ok := f.notes.get(name, now())
	if n.Gone {
		f.notes.drop(name)
	}
	return n, ok
}

// Version is what a form carries of the record that it was made from: a short hash.
func Version(record any) string {
	text, err := json.Marshal(record)
	if err != nil {
		panic(err) // records are plain values
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// A sealer makes opaque names of what must not stand in an address. The same thing has the same name until the program
// ends; nobody makes a name but it.
type sealer struct {
	block cipher.Block
	key   []byte
}

func newSealer() *sealer {
	keys := make([]byte, 64)
	_, _ = rand.Read(keys) // never fails
	block, err := aes.NewCipher(keys[:32])
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	return &sealer{block, keys[32:]}
}

// name returns the opaque name of a text: its MAC, which is the counter's start too, and the text under that stream.
func (s *sealer) name(text string) string {
	mac := s.mac(text)
	return base64.RawURLEncoding.EncodeToString(append(mac, s.stream(mac, []byte(text))...))
}

// open returns the text of an opaque name.
func (s *sealer) open(name string) (text string, ok bool) {
	data, err := base64.RawURLEncoding.DecodeString(name)
	if err != nil || len(data) < aes.BlockSize {
		return "", false
	}
	text = string(s.stream(data[:aes.BlockSize], data[aes.BlockSize:]))
	return text, hmac.Equal(s.mac(text), data[:aes.BlockSize])
}

func (s *sealer) mac(text string) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(text))
	return h.Sum(nil)[:aes.BlockSize]
}

func (s *sealer) stream(iv, text []byte) []byte {
	out := make([]byte, len(text))
	cipher.NewCTR(s.block, iv).XORKeyStream(out, text)
	return out
}

// Path is the address of a record below a page, by its opaque name.
func (h *Handler) Path(page, record string) string {
	return page + "/" + h.seal.name(page+"\x00"+record)
}

// Record returns what a visit's address names, by the wildcard {id} of its route; page is the one that Path was given.
func (v *Visit) Record(page string) (string, error) {
	text, ok := v.seal.open(v.R.PathValue("id"))
	if prefix := page + "\x00"; ok && len(text) > len(prefix) && text[:len(prefix)] == prefix {
		return text[len(prefix):], nil
	}
	return "", errOldAddress
}
