package escpos

import "image"

// What is sent beside pictures.
var (
	// clearBuffers clears the printer's buffers at once, wherever it stands in the data (DLE DC4 8); the answer is
	// 37 25 00.
	clearBuffers = []byte{0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8}

	// defaults sets the printer to its defaults (ESC @), which may include an automatic status, and switches that off
	// (GS a 0): its bytes look like answers.
	defaults = []byte{0x1B, '@', 0x1D, 'a', 0}

	// padding ends a command whose own bytes may have come half, before a question does: DLE, taken for the height of a
	// picture, would make it 4,096 rows high. Printers pass over NUL between commands.
	padding = make([]byte, 16)

	// askStatus asks for the paper's status in line with the data (GS r 1).
	askStatus = []byte{0x1D, 'r', 1}

	// ending feeds (ESC d), so that the eye has some white below, and cuts behind the knife's distance (GS V B).
	ending = []byte{0x1B, 'd', 2, 0x1D, 'V', 66, 0}
)

const rowsOfEnding = 200 // about, of feed

// askID asks the printer to repeat a number when all data before it is printed (GS ( H, function 48).
func askID(id [4]byte) []byte {
	return append([]byte{0x1D, '(', 'H', 6, 0, 0x30, 0x30}, id[:]...)
}

// raster returns the command that prints rows of a picture: GS v 0.
func raster(img *image.Gray, top, rows int) []byte {
	width := (img.Rect.Dx() + 7) / 8
	piece := []byte{0x1D, 'v', '0', 0, byte(width), byte(width >> 8), byte(rows), byte(rows >> 8)}
	for y := top; y < top+rows; y++ {
		for x := 0; x < img.Rect.Dx(); x += 8 {
			piece = append(piece, dots(img, x, y))
		}
	}
	return piece
}

// dots returns eight dots of a row as a byte; black is 1.
func dots(img *image.Gray, x, y int) (b byte) {
	for i := range min(8, img.Rect.Dx()-x) {
		if img.Pix[y*img.Stride+x+i] < 128 {
			b |= 0x80 >> i
		}
	}
	return b
}

// harmless changes a picture so that its data holds no command that printers obey in the midst of data: DLE EOT, DLE
// ENQ and DLE DC4. DLE, 10h, is a single black dot with white on both sides: it becomes two dots wide. The stroke of a
// letter grows by an eighth of a millimetre there; a code's modules, which are several dots wide, never look so.
func harmless(img *image.Gray) {
	var last struct {
		byte
		x, y int
	}
	for y := range img.Rect.Dy() {
		for x := 0; x < img.Rect.Dx(); x += 8 {
			b := dots(img, x, y)
			if last.byte == 0x10 && (b == 0x04 || b == 0x05 || b == 0x14) {
				img.Pix[last.y*img.Stride+last.x+4] = 0
			}
			last.byte, last.x, last.y = b, x, y
		}
	}
}
