package console

import (
	"fmt"

	"github.com/skip2/go-qrcode"
)

// qrText draws content as a QR of half blocks, two rows of modules a line. Light modules are drawn, since most
// terminals are dark.
func qrText(content string) (string, error) {
	code, err := qrcode.New(content, qrcode.Medium)
	if err != nil {
		return "", fmt.Errorf("draw code: %w", err)
	}
	return code.ToSmallString(false), nil
}
