package prove

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres"
)

// ended is how a case of the contract has ended, as testing prints it.
var ended = regexp.MustCompile(`^\s*--- (PASS|FAIL|SKIP): contract/([^/\s]+) `)

// Contract runs the contract in a process of its own, that self and args start and that serves it with ServeContract.
func (p *Proof) Contract(ctx context.Context, self string, args ...string) (t Try) {
	t = Try{Name: "contract", Passed: true}
	child := exec.CommandContext(ctx, self, args...)
	child.Stdin = strings.NewReader(p.run + "\n" + p.DSN + "\n")
	out, err := child.StdoutPipe()
	if err != nil {
		t.fail("%v", err)
		return t
	}
	var words strings.Builder
	child.Stderr = &words
	if err := child.Start(); err != nil {
		t.fail("%v", err)
		return t
	}
	counts := make(map[string]int)
	var said []string // since the last case has ended: why it failed
	written := 0      // under how many codes it has
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, err := fmt.Sscanf(lines.Text(), "court %d", &written); err == nil {
			continue
		}
		m := ended.FindStringSubmatch(lines.Text())
		if m == nil {
			if said = append(said, strings.TrimSpace(lines.Text())); len(said) > 20 {
				said = said[1:]
			}
			continue
		}
		if counts[m[1]]++; m[1] == "FAIL" {
			t.fail("%s failed", strings.ReplaceAll(m[2], "_", " "))
		}
	}
	err = errors.Join(lines.Err(), child.Wait())
	for range written {
		p.court()
	}
	if err != nil || counts["PASS"] == 0 {
		t.fail("it did not end well: %v; %s", err, strings.Join(append(said, words.String()), "\n"))
	}
	t.say("%d cases passed, %d failed, %d need a line that is cut, or a copy, and were left out", counts["PASS"],
		counts["FAIL"], counts["SKIP"])
	return t
}

// ServeContract runs the contract on the database that is named on the input, prints what became of each case, and ends
// the process.
func ServeContract(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Scan()
	p := &Proof{run: lines.Text()}
	lines.Scan()
	if p.DSN = lines.Text(); p.DSN == "" || lines.Err() != nil {
		return errors.Join(errors.New("no database is named"), lines.Err())
	}
	ledgertest.Court = p.run
	testing.Init()
	if err := flag.Set("test.v", "true"); err != nil {
		return err
	}
	testing.Main(func(_, _ string) (bool, error) { return true, nil }, []testing.InternalTest{
		{Name: "contract", F: func(t *testing.T) { ledgertest.Run(t, p.store(out)) }},
	}, nil, nil)
	return nil // it has ended the process
}

// leftOut are the cases that need what only a test of this program has.
var leftOut = []string{"unsure create", "unsure create in a void", "unsure update", "unsure work", "unsure word",
	"unsure tries", "unsure refund", "unsure book", "unsure claims", "restored"}

// store opens ledgers for the contract, each under a code of its own, and tells of each: whoever kills this process
// removes what is open.
func (p *Proof) store(out io.Writer) ledgertest.Store {
	var of, last sync.Map // ledger -> its court, case -> its last court
	open := func(t *testing.T, court string) payment.Ledger {
		l, err := p.open(t.Context(), court, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		of.Store(payment.Ledger(l), court)
		return l
	}
	again := func(t *testing.T, l payment.Ledger) payment.Ledger {
		court, _ := of.Load(l)
		return open(t, court.(string))
	}
	lacks := make(map[string]string)
	for _, name := range leftOut {
		lacks[name] = "it needs a line that is cut, or a copy of the database"
	}
	return ledgertest.Store{
		Open: func(t *testing.T) payment.Ledger {
			court := p.court()
			fmt.Fprintln(out, "court", p.n.Load())
			clear := func(court string) { // what is open would block the same bill of the next one
				if _, err := postgres.Clear(context.WithoutCancel(t.Context()), p.DSN, court); err != nil {
					t.Error(err)
				}
			}
			if before, ok := last.Swap(t.Name(), court); ok { // a case works with one after the other
				clear(before.(string))
			}
			t.Cleanup(func() { clear(court) })
			return open(t, court)
		},
		Reopen: func(t *testing.T, l payment.Ledger) payment.Ledger {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return again(t, l)
		},
		Second: again,
		Lacks:  lacks,
	}
}
