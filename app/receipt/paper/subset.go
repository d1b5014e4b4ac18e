package paper

import (
	"bytes"
	"encoding/binary"
)

// subset returns a TrueType file whose glyph n draws the nth of chars, counted from 1. Characters that share a drawing
// get one each, so that a PDF can tell them apart. It has the tables that a PDF asks for (ISO 32000-1, 9.9), and no
// names. Glyphs made of others would need those too; the program's fonts have none.
func (f *font) subset(chars []rune) []byte {
	glyphs := []uint16{0}
	for _, r := range chars {
		glyphs = append(glyphs, f.glyph(r))
	}
	var glyf, loca, hmtx []byte
	for _, g := range glyphs {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		hmtx = append(hmtx, f.metrics(g)...)
		glyf = padded(append(glyf, f.drawing(g)...))
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := bytes.Clone(f.tables["head"]), bytes.Clone(f.tables["hhea"]), bytes.Clone(f.tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0) // the checksum of the file, until it is known
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(glyphs)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(glyphs)))
	file, headAt := assemble([]table{
		{"glyf", glyf}, {"head", head}, {"hhea", hhea}, {"hmtx", hmtx}, {"loca", loca}, {"maxp", maxp},
	})
	binary.BigEndian.PutUint32(file[headAt+8:], 0xB1B0AFBA-checksum(file))
	return file
}

// drawing is what the table glyf has for a glyph; empty for a blank.
func (f *font) drawing(glyph uint16) []byte {
	at := f.tables["loca"][4*int(glyph):]
	return f.tables["glyf"][u32(at, 0):u32(at, 4)]
}

func padded(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

type table struct {
	tag  string
	data []byte
}

// assemble writes a font file of tables in the order of their tags, and says where head begins.
func assemble(tables []table) (file []byte, head int) {
	n := uint16(len(tables))
	file = append(file, 0, 1, 0, 0)
	for _, v := range []uint16{n, 64, 2, 16*n - 64} { // for binary search among four to seven tables
		file = binary.BigEndian.AppendUint16(file, v)
	}
	at := len(file) + 16*len(tables)
	var body []byte
	for _, t := range tables {
		if t.tag == "head" {
			head = at + len(body)
		}
		file = append(file, t.tag...)
		for _, v := range []uint32{checksum(t.data), uint32(at + len(body)), uint32(len(t.data))} {
			file = binary.BigEndian.AppendUint32(file, v)
		}
		body = padded(append(body, t.data...))
	}
	return append(file, body...), head
}

func checksum(b []byte) uint32 {
	var sum uint32
	for ; len(b) >= 4; b = b[4:] {
		sum += u32(b, 0)
	}
	var last [4]byte
	copy(last[:], b)
	return sum + u32(last[:], 0)
}
