package receipt

import (
	"fmt"
	"slices"
)

// speeds of serial lines that a printer can be set to and a receipt can be waited for on, in bits a second.
var speeds = []int{9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600}

// CheckBaud returns why a receipt cannot be printed over a serial line of a speed; nil when it can. A receipt of 80 mm
// has about 70,000 bytes, a long one 100,000, and a byte takes ten bits. At 9600 that is 75 to 110 seconds, which is
// slow; whoever can sets the printer to 115200.
func CheckBaud(baud int) error {
	const receiptBits = 10 * 70_000
	switch {
	case baud <= 0:
		return fmt.Errorf("%d baud is no speed", baud)
	case baud < speeds[0]:
		return fmt.Errorf("at %d baud a receipt takes %d minutes: set printer and baud to 115200, at least to %d",
			baud, (receiptBits/baud+59)/60, speeds[0])
	case !slices.Contains(speeds, baud):
		return fmt.Errorf("%d baud is no speed of serial lines, which are %v", baud, speeds)
	}
	return nil
}
