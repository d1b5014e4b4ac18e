package console_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"courtkiosk/app"
	"courtkiosk/ui/console"
)

// patience is shorter than a person's: scripts wait for it.
const patience = 2 * time.Second

func TestMain(m *testing.M) {
	testscript.Main(onPostgreSQL{m}, map[string]func(){"courtkiosk": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := console.Main(ctx, console.Env{
			Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Version: "1.2.3",
			Patience: patience,
		})
		stop()
		os.Exit(code)
	}})
}

// commands are what scripts can say beside what every script can.
var commands = map[string]func(*testscript.TestScript, bool, []string){
	"wechat": cmdWeChat,
	"age":    cmdAge,
	"away":   cmdAway,
	"hang":   cmdHang,
	"status": cmdStatus,
	"start":  cmdStart,
	"refund": cmdRefund,
	"decide": cmdDecide,
	"await":  cmdAwait,
	"keep":   cmdKeep,
	"phone":  cmdPhone,
	"code":   cmdCode,
	"signal": cmdSignal,
	"ended":  cmdEnded,
	"busy":   cmdBusy,
	"mode":   cmdMode,
	"port":   cmdPort,

	"metrics": cmdMetrics,

	"browser": cmdBrowser,
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", Cmds: commands,
		Setup: setup(func() []app.Option { return nil }),
	})
}

// inProcess runs a command line with a window and a gallery of the test's own.
func inProcess(ctx context.Context, env console.Env) (exit int, stderr string) {
	var out, words bytes.Buffer
	env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), &out, &words
	exit = console.Main(ctx, env)
	return exit, words.String()
}

func TestWindow(t *testing.T) {
	broken := errors.New("no display")
	tests := map[string]struct {
		window error
		exit   int
	}{
		"closed by a person": {nil, console.Done},
		"not opened":         {broken, console.Failed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var served bool
			window := func(_ context.Context, a *app.App) error {
				_, err := os.Stat(a.Config.SocketFile())
				served = err == nil
				return tt.window
			}
			exit, words := inProcess(t.Context(), console.Env{Args: []string{"demo", "--dir", dir}, Window: window})
			if exit != tt.exit {
				t.Errorf("exit %d, want %d: %s", exit, tt.exit, words)
			}
			if tt.window != nil && !strings.Contains(words, tt.window.Error()) {
				t.Errorf("does not say why: %s", words)
			}
			if !served {
				t.Error("the socket was not there while the window was open")
			}
			if _, err := os.Stat(filepath.Join(dir, "courtkiosk.sock")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the socket is left: %v", err)
			}
		})
	}
}

// A demo serves the clerk's page where it is told to, of this machine alone: it has no file to make a window's
// certificate by.
func TestDemoDesk(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		desk string
		exit int
		says string
	}{
		"on this machine":  {free, console.Done, "clerk's page http://" + free + "/"},
		"on every address": {"0.0.0.0:8443", console.Usage, "no address of this machine alone"},
		"no address":       {"8443", console.Usage, "no address of this machine alone"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var page string
			window := func(ctx context.Context, a *app.App) error {
				for page == "" && ctx.Err() == nil { // it opens beside the window
					r, err := http.Get(a.Config.Clerk.URL())
					if err != nil {
						continue
					}
					text, err := io.ReadAll(r.Body)
					if err := errors.Join(err, r.Body.Close()); err != nil {
						return err
					}
					page = string(text)
				}
				return nil
			}
			args := []string{"demo", "--dir", t.TempDir(), "--desk", tt.desk}
			exit, words := inProcess(t.Context(), console.Env{Args: args, Window: window})
			if exit != tt.exit || !strings.Contains(words, tt.says) {
				t.Errorf("exit %d, want %d and %q: %s", exit, tt.exit, tt.says, words)
			}
			if tt.exit == console.Done && !strings.Contains(page, "一次性代码") {
				t.Errorf("the page is %s", page)
			}
		})
	}
}

func TestGallery(t *testing.T) {
	type drawn struct {
		dir, lang string
		console.Panel
	}
	tests := map[string]struct {
		args []string
		want drawn
		exit int
	}{
		"portrait in Chinese": {[]string{"gallery", "out"},
			drawn{"out", "zh", console.Panel{Width: 1080, Height: 1920}}, console.Done},
		"landscape in English": {[]string{"gallery", "out", "--lang", "en", "--size", "1920x1080", "--low", "--large",
			"--contrast"}, drawn{"out", "en", console.Panel{Width: 1920, Height: 1080, Large: true, Low: true,
			Contrast: true}}, console.Done},
		"one number":       {[]string{"gallery", "out", "--size", "1080"}, drawn{}, console.Usage},
		"more than a size": {[]string{"gallery", "out", "--size", "1080x1920x2"}, drawn{}, console.Usage},
		"nothing to see":   {[]string{"gallery", "out", "--size", "0x10"}, drawn{}, console.Usage},
		"a wall":           {[]string{"gallery", "out", "--size", "99999x10"}, drawn{}, console.Usage},
		"nowhere":          {[]string{"gallery"}, drawn{}, console.Usage},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got drawn
			gallery := func(dir, lang string, p console.Panel) error {
				got = drawn{dir, lang, p}
				return nil
			}
			exit, words := inProcess(t.Context(), console.Env{Args: tt.args, Gallery: gallery})
			if exit != tt.exit || got != tt.want {
				t.Errorf("exit %d, drew %+v; want %d, %+v: %s", exit, got, tt.exit, tt.want, words)
			}
		})
	}
}
