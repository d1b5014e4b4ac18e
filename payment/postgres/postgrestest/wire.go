package postgrestest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// A message of PostgreSQL's is a letter, the length of the rest as four bytes that count themselves, and the body. The
// first one of a connection has no letter.

// longest is far more than a test sends in one message; a length beyond it is no message.
const longest = 64 << 20

// readMessage returns a message whole, the letter included.
func readMessage(r *bufio.Reader) ([]byte, error) {
	letter, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	rest, err := readUnnamed(r)
	return append([]byte{letter}, rest...), err
}

// readUnnamed returns a message without a letter.
func readUnnamed(r io.Reader) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head)
	if length < 4 || length > longest {
		return nil, fmt.Errorf("not PostgreSQL's: a message of %d bytes", length)
	}
	whole := append(head, make([]byte, length-4)...)
	_, err := io.ReadFull(r, whole[4:])
	return whole, err
}

// words returns the first n strings of a body, each of which ends at a zero byte.
func words(body []byte, n int) []string {
	found := make([]string, n)
	for i := range found {
		word, rest, _ := bytes.Cut(body, []byte{0})
		found[i], body = string(word), rest
	}
	return found
}

// message puts one together: the letter (none if 0), and the body in parts.
func message(letter byte, parts ...string) []byte {
	var body []byte
	for _, p := range parts {
		body = append(body, p...)
	}
	var whole []byte
	if letter != 0 {
		whole = append(whole, letter)
	}
	return append(binary.BigEndian.AppendUint32(whole, uint32(len(body)+4)), body...)
}

// A wire is a connection to a server that trusts whoever calls, and the least of a client: psql takes ten times as long
// to start as a database to be cloned.
type wire struct {
	net.Conn
	answers *bufio.Reader
}

func dial(address, user, database string) (*wire, error) {
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	w := &wire{Conn: conn, answers: bufio.NewReader(conn)}
	_, err = w.ask(message(0, "\x00\x03\x00\x00", "user\x00", user, "\x00database\x00", database, "\x00\x00"))
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return w, nil
}

// query runs SQL, and returns the tags of what was done.
func (w *wire) query(sql string) (tags []string, err error) { return w.ask(message('Q', sql, "\x00")) }

// ask sends what ends in a message that the server answers with its readiness, and waits for that.
func (w *wire) ask(asked []byte) (tags []string, err error) {
	if err := w.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	if _, err := w.Write(asked); err != nil {
		return nil, err
	}
	var refused error
	for {
		m, err := readMessage(w.answers)
		if err != nil {
			return tags, errors.Join(refused, err)
		}
		switch body := m[5:]; m[0] {
		case 'C':
			tags = append(tags, words(body, 1)[0])
		case 'E':
			refused = errors.New(said(body))
		case 'Z':
			return tags, refused
		}
	}
}

// said returns the words of an error: fields that each have a letter before them, M for the message.
func said(body []byte) string {
	for field := range bytes.SplitSeq(body, []byte{0}) {
		if text, ok := bytes.CutPrefix(field, []byte("M")); ok {
			return string(text)
		}
	}
	return fmt.Sprintf("%q", body)
}
