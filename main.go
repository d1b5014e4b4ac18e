// Courtkiosk is the payment kiosk for the lobbies of Chinese courts: a case number becomes a fee, the fee a WeChat Pay
// QR, the payment a receipt.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/ui/console"
	"courtkiosk/ui/version"
)

// The faces that need Fyne; nil in a binary that was built without it (-tags headless).
var (
	window  console.Window
	gallery func(dir, lang string, p console.Panel) error
	thread  func(ctx context.Context) error
)

// endWithin is how long the program may take to end once it is told to. What still runs then is left where it stands:
// the ledger is made for a pulled plug, and a service manager would send SIGKILL a moment later.
const endWithin = 9 * time.Second

func giveUp() {
	fmt.Fprintf(os.Stderr, "courtkiosk: not all has ended %v after the signal; what is open is taken up at the next "+
		"start\n", endWithin)
	os.Exit(console.Unknown)
}

// self is this very program, also after a package has replaced its file (proc(5)).
const self = "/proc/self/exe"

func main() {
	if len(os.Args) == 2 && os.Args[1] == clerk.HashWord {
		os.Exit(clerk.HashChild(os.Stdin, os.Stdout))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() { time.AfterFunc(endWithin, giveUp) })
	code := console.Main(ctx, console.Env{
		Args:    os.Args[1:],
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Window:  window,
		Gallery: gallery,
		Thread:  thread,
		Version: version.Version,
		Self:    self,
	})
	stop()
	os.Exit(code)
}
