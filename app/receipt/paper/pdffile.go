package paper

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// A pdfFile is a PDF being written: numbered objects one after the other, then where each begins.
type pdfFile struct {
	bytes.Buffer
	begins []int
}

func newPDF() *pdfFile {
	f := &pdfFile{}
	f.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n") // four bytes that say: not a text file
	return f
}

// next is the number that the next object will have.
func (f *pdfFile) next() int { return len(f.begins) + 1 }

func (f *pdfFile) object(body string) {
	number := f.next()
	f.begins = append(f.begins, f.Len())
	fmt.Fprintf(f, "%d 0 obj\n%s\nendobj\n", number, body)
}

// stream is an object of compressed data; entries are what its dictionary says beside that.
func (f *pdfFile) stream(entries string, data []byte) {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	f.object(fmt.Sprintf("<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream",
		entries, packed.Len(), packed.Bytes()))
}

// end writes the table of objects, and returns the file. Object 1 is the catalog.
func (f *pdfFile) end(info int) []byte {
	id := sha256.Sum256(f.Bytes())
	table := f.Len()
	fmt.Fprintf(f, "xref\n0 %d\n0000000000 65535 f \n", f.next())
	for _, at := range f.begins {
		fmt.Fprintf(f, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(f, "trailer\n<</Size %d/Root 1 0 R/Info %d 0 R/ID[<%x><%x>]>>\n", f.next(), info, id[:16], id[:16])
	fmt.Fprintf(f, "startxref\n%d\n%%%%EOF\n", table)
	return f.Bytes()
}

// greyProfile is an ICC profile of version 2 (ICC.1:2001-04): one channel of grey with gamma 2.2, the white of D50.
func greyProfile() []byte {
	text := func(kind, s string) []byte { return append([]byte(kind+"\x00\x00\x00\x00"), s...) }
	const name = "Grey, gamma 2.2\x00"
	const white = "\x00\x00\xF6\xD6\x00\x01\x00\x00\x00\x00\xD3\x2D" // D50, in 65536ths
	otherScripts := make([]byte, 4+4+2+1+67)                         // no name in them
	description := append(text("desc", "\x00\x00\x00\x10"+name), otherScripts...)
	tags := []table{
		{"desc", description}, {"cprt", text("text", "No rights reserved.\x00")}, {"wtpt", text("XYZ ", white)},
		{"kTRC", text("curv", "\x00\x00\x00\x01\x02\x33")}, // one entry: an exponent of 2.2, in 256ths
	}
	at := 128 + 4 + 12*len(tags)
	index, body := binary.BigEndian.AppendUint32(nil, uint32(len(tags))), []byte(nil)
	for _, t := range tags {
		index = append(index, t.tag...)
		index = binary.BigEndian.AppendUint32(index, uint32(at+len(body)))
		index = binary.BigEndian.AppendUint32(index, uint32(len(t.data)))
		body = padded(append(body, t.data...))
	}
	header := make([]byte, 128)
	binary.BigEndian.PutUint32(header, uint32(at+len(body)))
	copy(header[8:], "\x02\x10\x00\x00mntrGRAYXYZ \x07\xEA\x00\x0B\x00\x1C") // version 2.1, a monitor, 2026-11-28
	copy(header[36:], "acsp")
	copy(header[68:], white)
	return append(append(header, index...), body...)
}
