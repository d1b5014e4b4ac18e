// Courtkiosk is the payment kiosk for the lobbies of Chinese courts: a case number becomes a fee, the fee a WeChat Pay
// QR, the payment a receipt.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"courtkiosk/ui/console"
	"courtkiosk/ui/version"
)

// The faces that need Fyne; nil in a binary that was built without it (-tags headless).
var (
	window  console.Window
	gallery func(dir, lang string, p console.Panel) error
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := console.Main(ctx, console.Env{
		Args:    os.Args[1:],
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Window:  window,
		Gallery: gallery,
		Version: version.Version,
	})
	stop()
	os.Exit(code)
}
