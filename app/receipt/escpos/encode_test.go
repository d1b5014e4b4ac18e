package escpos

import (
	"bytes"
	"fmt"
	"image"
	"slices"
	"testing"

	qrcode "github.com/skip2/go-qrcode"
	"pgregory.net/rapid"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
)

// commandIn finds a command that printers obey in the midst of data: DLE and one of EOT, ENQ, DC4.
func commandIn(data []byte) int {
	for i := 1; i < len(data); i++ {
		if data[i-1] == 0x10 && (data[i] == 0x04 || data[i] == 0x05 || data[i] == 0x14) {
			return i - 1
		}
	}
	return -1
}

// stream is all that is sent of a picture, in bands of so many rows, each with its questions behind it.
func stream(img *image.Gray, rows int) (data []byte) {
	for top := 0; top < img.Rect.Dy(); top += rows {
		data = append(data, raster(img, top, min(rows, img.Rect.Dy()-top))...)
		data = append(append(data, askStatus...), askID(newID())...)
	}
	return append(data, ending...)
}

func pictureOf(width int, dots []byte) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, width*8, len(dots)/width))
	for i := range img.Pix {
		if dots[i/8]&(0x80>>(i%8)) == 0 {
			img.Pix[i] = 255
		}
	}
	return img
}

func TestNoPictureHoldsACommand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.SampledFrom([]int{1, 2, 48, 72}).Draw(t, "bytes a row")
		high := rapid.IntRange(1, 40).Draw(t, "rows")
		dot := rapid.SampledFrom([]byte{0x10, 0x10, 0x10, 0x04, 0x05, 0x14, 0x01, 0x00, 0x08, 0xFF, 0x18, 0x94})
		img := pictureOf(width, rapid.SliceOfN(dot, width*high, width*high).Draw(t, "dots"))
		before := slices.Clone(img.Pix)
		harmless(img)
		if at := commandIn(stream(img, rapid.IntRange(1, high).Draw(t, "band"))); at >= 0 {
			t.Fatalf("a command stands at byte %d", at)
		}
		for i, p := range img.Pix {
			if p != before[i] && (p != 0 || i%8 != 4 || !single(before[i-4:i+4])) {
				t.Fatalf("dot %d became %d", i, p)
			}
		}
	})
}

// Real receipts hold commands before they are made harmless, and none after it.
func TestNoReceiptHoldsACommand(t *testing.T) {
	for _, roll := range []paper.Roll{paper.Roll80, paper.Roll58} {
		had, all, widest := 0, 0, 0
		for n := range 40 {
			r := sample()
			r.Number = fmt.Sprintf("PZ-0101-03-261123-%06d", n*7919)
			r.Case = fmt.Sprintf("（2026）京0101民初%d号", 100+n*331)
			r.Amount = payment.Fen(1 + n*n*n*1117)
			r.TransactionID = fmt.Sprintf("42000023452026112312%08d", n*8191)
			r.Code = fmt.Sprintf("CRT1.%050d", n*n*104729)
			page, err := paper.Layout(r, roll)
			if err != nil {
				t.Fatal(err)
			}
			img := page.Image()
			before := slices.Clone(img.Pix)
			all++
			if commandIn(stream(img, 24)) >= 0 {
				had++
			}
			harmless(img)
			if at := commandIn(stream(img, 24)); at >= 0 {
				t.Errorf("%s: a command stands at byte %d", r.Number, at)
			}
			wider := 0
			for i := range before {
				if before[i] != img.Pix[i] {
					wider++
				}
			}
			widest = max(widest, wider)
		}
		if had < all*9/10 {
			t.Errorf("only %d of %d receipts held a command: the test looks at the wrong thing", had, all)
		}
		if widest > 60 {
			t.Errorf("%d dots of one receipt became wider", widest)
		}
		t.Logf("%d dots wide: %d of %d held commands; at most %d dots became wider", roll, had, all, widest)
	}
}

// A QR code, wherever it stands and however coarse, keeps every dot.
func TestCodesAreLeftAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, err := qrcode.New(rapid.StringMatching(`CRT1\.[A-Z2-7]{10,80}`).Draw(t, "code"), qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		bits, module := q.Bitmap(), rapid.IntRange(2, 5).Draw(t, "dots a module")
		left := rapid.IntRange(0, 40).Draw(t, "left")
		img := image.NewGray(image.Rect(0, 0, 576, len(bits)*module))
		for y := range img.Rect.Dy() {
			for x := range 576 {
				img.Pix[y*img.Stride+x] = 255
				if at := (x - left) / module; x >= left && at < len(bits) && bits[y/module][at] {
					img.Pix[y*img.Stride+x] = 0
				}
			}
		}
		before := slices.Clone(img.Pix)
		harmless(img)
		if !bytes.Equal(before, img.Pix) {
			t.Fatal("the code was changed")
		}
	})
}

// The bytes of a number have the form of no other answer, and are printable, as GS ( H wants them.
func TestNumbersLookLikeNoAnswer(t *testing.T) {
	seen := make(map[[4]byte]bool)
	for range 10_000 {
		id := newID()
		for _, b := range id {
			if b < 0x20 || b > 0x7E || b&fixedBits == isRealTime || b&fixedBits == isAutomatic || b&0x90 == 0 ||
				b == beginsBlock {
				t.Fatalf("%X is in a number", b)
			}
		}
		seen[id] = true
	}
	if len(seen) < 9000 {
		t.Errorf("%d numbers of 10,000 are different", len(seen))
	}
}

var _ receipt.Printer = (*Printer)(nil)
