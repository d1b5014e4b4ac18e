package console_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"courtkiosk/app"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/ui/console"
)

// Another store than a file serves the command line. The same scripts as of the program, and what only such a store
// says; a Memory lives as long as its script, so every command line of it runs in this process.
func TestScriptsOverMemory(t *testing.T) {
	memory := func() []app.Option {
		l := ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test", Instance: "X"})
		return []app.Option{app.OnLedger(l, l)}
	}
	for dir, files := range map[string][]string{
		"testdata/script/": {"pay.txtar", "receipt.txtar", "interrupt.txtar", "health.txtar"},
		"testdata/memory/": {"restart.txtar"},
	} {
		for i, name := range files {
			files[i] = dir + name
		}
		testscript.Run(t, testscript.Params{Files: files, Cmds: commands, Setup: setup(memory)})
	}
}

// errKilled: a test cannot be killed for a script.
var errKilled = errors.New("a command line in the test's own process can only be interrupted")

func (p *process) startInside(ts *testscript.TestScript, typed io.Reader, args []string) {
	ctx, interrupt := context.WithCancel(context.Background())
	p.signal = func(s os.Signal) error {
		if s == os.Kill {
			return errKilled
		}
		interrupt()
		return nil
	}
	if typed == nil {
		typed = strings.NewReader("")
	}
	env := worldOf(ts).env(ts, args)
	env.Stdin, env.Stdout, env.Stderr = typed, pipe{p, &p.out}, pipe{p, &p.stderr}
	go func() {
		p.exit = console.Main(ctx, env)
		close(p.ended)
	}()
	ts.Defer(func() { interrupt(); <-p.ended })
}

// runInside runs a command line to its end and returns its exit code.
func (w *world) runInside(ts *testscript.TestScript, args []string) int {
	var out, words bytes.Buffer
	env := w.env(ts, args)
	env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), &out, &words
	exit := console.Main(context.Background(), env)
	_, err := out.WriteTo(ts.Stdout())
	ts.Check(err)
	_, err = words.WriteTo(ts.Stderr())
	ts.Check(err)
	return exit
}

// env is what a command line of a script is given. It works in another folder than the script, so that the script's
// files are named whole.
func (w *world) env(ts *testscript.TestScript, args []string) console.Env {
	args = slices.Clone(args)
	for i, arg := range args {
		if info, err := os.Stat(ts.MkAbs(arg)); err == nil && info.Mode().IsRegular() {
			args[i] = ts.MkAbs(arg)
		}
	}
	return console.Env{Args: args, Version: "1.2.3", Patience: patience, Options: w.inside}
}
