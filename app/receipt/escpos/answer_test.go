package escpos

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/escpos/printertest"
)

type faults = printertest.Faults

// everyBytes says something unasked at many places of a job.
func everyBytes(n int, says ...byte) map[int][]byte {
	m := make(map[int][]byte)
	for at := n; at < 90_000; at += n {
		m[at] = says
	}
	return m
}

// Bytes that nobody asked for neither shift the answers of a healthy printer nor prove anything.
func TestUnaskedBytes(t *testing.T) {
	ignorant := printertest.Spec{NoID: true, NoStatus: true}
	with := func(s printertest.Spec, change func(*printertest.Spec)) printertest.Spec {
		change(&s)
		return s
	}
	for name, tt := range map[string]struct {
		spec printertest.Spec
		want receipt.Outcome
	}{
		"16h, a healthy answer of a printer with a drawer": {
			printertest.Spec{Drawer: true, Unasked: everyBytes(9000, 0x16)}, receipt.PrintedProven,
		},
		"12h once": {printertest.Spec{Drawer: true, Unasked: map[int][]byte{20: {0x12}}}, receipt.PrintedProven},
		"12h, no proof": {
			with(ignorant, func(s *printertest.Spec) { s.Drawer, s.Unasked = true, everyBytes(9100, 0x12) }),
			receipt.Sent,
		},
		"automatic status, no GS r": {
			with(ignorant, func(s *printertest.Spec) { s.Unasked = everyBytes(5000, 0x10, 0, 0, 0) }), receipt.Sent,
		},
		"00, no GS r": {with(ignorant, func(s *printertest.Spec) { s.Unasked = everyBytes(7000, 0) }), receipt.Sent},
		"37 25 00, no GS r": {
			with(ignorant, func(s *printertest.Spec) { s.Unasked = everyBytes(7000, 0x37, 0x25, 0) }), receipt.Sent,
		},
		"00 beside GS r": {
			printertest.Spec{NoID: true, Unasked: map[int][]byte{60_000: {0}}}, receipt.Sent,
		},
		"automatic status beside GS r": {
			printertest.Spec{NoID: true, Unasked: map[int][]byte{60_000: {0x10, 0, 0, 0}}}, receipt.Sent,
		},
		"00 beside the number": {printertest.Spec{Unasked: everyBytes(6000, 0)}, receipt.PrintedProven},
		"a number of somebody else": {
			printertest.Spec{Unasked: everyBytes(6000, 0x37, 0x22, '1', '1', '1', '1', 0)}, receipt.PrintedProven,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, p := plug(t, tt.spec)
				if out, err := p.Print(t.Context(), sample()); err != nil || out != tt.want {
					t.Errorf("print = %q, %v, want %q", out, err, tt.want)
				}
				shows(t, m, receiptOf(t, sample(), p.roll))
			})
		})
	}
}

// The automatic status would speak when the roll comes to its end. Where it cannot be switched off, GS r counts no
// more.
func TestAutomaticStatus(t *testing.T) {
	stays := printertest.Spec{NoID: true, ASB: 0xFF, ASBStays: true, NearEnd: 1000, Pace: 100}
	ignorant, obeys := stays, stays
	ignorant.NoStatus, obeys.ASBStays = true, false
	for name, tt := range map[string]struct {
		spec printertest.Spec
		want receipt.Outcome
	}{
		"stays":               {stays, receipt.Sent},
		"stays, without GS r": {ignorant, receipt.Sent},
		"is switched off":     {obeys, receipt.PrintedInLine},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, p := plug(t, tt.spec)
				m.Set(func(f *faults) { f.Paper = 4000 })
				if _, err := p.Print(t.Context(), sample()); err != nil {
					t.Fatal(err)
				}
				m.Set(func(f *faults) { f.Paper = 1600 })
				if out, err := p.Print(t.Context(), sample()); err != nil || out != tt.want {
					t.Errorf("print = %q, %v, want %q", out, err, tt.want)
				}
				if got := p.Warning(); got != receipt.NearEnd {
					t.Errorf("warning = %q", got)
				}
			})
		})
	}
}

// Whatever a board loses or hides, "printed" is said only of paper. Each of these was told printed once.
func TestNothingIsClaimedThatIsNotOnPaper(t *testing.T) {
	for name, tt := range map[string]struct {
		spec  printertest.Spec
		setup func(*printertest.Printer)
		want  receipt.Outcome
		doubt bool
	}{
		"a full buffer loses most": {
			printertest.Spec{NoID: true, NoStatus: true, Pace: 20, Buffer: 2048, Overflow: true}, nil, receipt.Sent,
			false,
		},
		"a full buffer loses some, and the printer can prove": {
			printertest.Spec{Pace: 20, Buffer: 1500, Overflow: true, Baud: 0}, nil, "", true,
		},
		"20 mm a second and 64 KB": {
			printertest.Spec{NoID: true, NoStatus: true, Pace: 20}, nil, receipt.Sent, false,
		},
		"the paper ends after the status": {
			printertest.Spec{NoID: true, NoStatus: true, Pace: 20},
			func(m *printertest.Printer) { m.AtRow(900, func(f *faults) { f.Paper = 0 }) }, receipt.Sent, false,
		},
		"proven before the slip, silent behind it": {
			printertest.Spec{},
			func(m *printertest.Printer) { m.AtRow(900, func(f *faults) { f.NoProof = true }) }, "", true,
		},
		"proven in an earlier job, silent since": {
			printertest.Spec{},
			func(m *printertest.Printer) { m.AtRow(300, func(f *faults) { f.NoProof = true }) }, "", true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, p := plug(t, tt.spec)
				if tt.setup != nil {
					tt.setup(m)
				}
				out, err := p.Print(t.Context(), sample())
				if out != tt.want || errors.Is(err, receipt.ErrInterrupted) != tt.doubt {
					t.Errorf("print = %q, %v, want %q, doubt %t", out, err, tt.want, tt.doubt)
				}
				if out.Proven() && len(m.Slips()) != 1 {
					t.Error("proven without a slip")
				}
			})
		})
	}
}

// A board that has proven what it printed and proves nothing any more prints for nobody: what hangs in it might come
// out with the next slip.
func TestAProverMustProveBeforeTheNextVisitor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := plug(t, printertest.Spec{NoClear: true})
		if _, err := p.Print(t.Context(), sample()); err != nil {
			t.Fatal(err)
		}
		m.Set(func(f *faults) { f.NoProof = true })
		_, err := p.Print(t.Context(), next())
		if trouble, ok := errors.AsType[*receipt.TroubleError](err); !ok || trouble.Began ||
			trouble.Condition != receipt.Silent {
			t.Errorf("print = %v", err)
		}
		m.Set(func(f *faults) { f.NoProof = false })
		if out, err := p.Print(t.Context(), next()); err != nil || out != receipt.PrintedProven {
			t.Errorf("print = %q, %v", out, err)
		}
		for i, slip := range m.Slips()[1 : len(m.Slips())-1] {
			if why := differs(slip, void(t, p.roll).img); why != "" {
				t.Errorf("slip %d is not the void mark: %s", i+2, why)
			}
		}
		last := m.Slips()[len(m.Slips())-1]
		if why := differs(last, receiptOf(t, next(), p.roll).img); why != "" {
			t.Error(why)
		}
	})
}

// The last thing before a slip is that the printer still reads commands: falling silent behind the void mark counts.
func TestTidyEndsWithAProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := plug(t, printertest.Spec{})
		if err := p.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		const question = 22 // bytes of defaults, GS r twice, GS ( H
		silent, p := plug(t, printertest.Spec{})
		silent.AtByte(m.Received()-question, func(f *faults) { f.NoProof = true })
		if err := p.Tidy(t.Context()); !errors.Is(err, receipt.ErrNothingSent) {
			t.Errorf("tidy = %v", err)
		}
	})
}

// A receipt that was sent to a slow board may still be printing when the next visitor's is: both come out whole.
func TestTheNextSlipLeavesTheLastOneAlone(t *testing.T) {
	for name, spec := range map[string]printertest.Spec{
		"proves nothing": {NoID: true, NoStatus: true, Pace: 20},
		"deaf":           {NoID: true, NoStatus: true, NoClear: true, Pace: 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, p := plug(t, spec)
				if err := p.Tidy(t.Context()); err != nil {
					t.Fatal(err)
				}
				for _, r := range []receipt.Receipt{sample(), next()} {
					if out, err := p.Print(t.Context(), r); err != nil || out != receipt.Sent {
						t.Fatalf("print = %q, %v", out, err)
					}
				}
				time.Sleep(time.Minute)
				shows(t, m, void(t, p.roll), receiptOf(t, sample(), p.roll), receiptOf(t, next(), p.roll))
			})
		})
	}
}

// How long a receipt takes, from touch to proof.
func TestSlowPrintersAndLines(t *testing.T) {
	for name, tt := range map[string]struct {
		spec printertest.Spec
		want receipt.Outcome
		most time.Duration
	}{
		"answers in 0.8 s": {printertest.Spec{Delay: 800 * time.Millisecond, Pace: 100}, receipt.PrintedProven,
			10 * time.Second},
		"answers in 0.8 s, in line": {
			printertest.Spec{Delay: 800 * time.Millisecond, Pace: 100, NoID: true}, receipt.PrintedInLine,
			12 * time.Second,
		},
		"answers in 0.8 s, no proof": {
			printertest.Spec{Delay: 800 * time.Millisecond, Pace: 100, NoID: true, NoStatus: true}, receipt.Sent,
			22 * time.Second,
		},
		"200 mm a second": {printertest.Spec{Pace: 200}, receipt.PrintedProven, 1500 * time.Millisecond},
		"9600 baud": {printertest.Spec{Baud: 9600, Pace: 100, Window: 4096}, receipt.PrintedProven,
			110 * time.Second},
		"19200 baud": {printertest.Spec{Baud: 19200, Pace: 100, Window: 4096}, receipt.PrintedProven,
			50 * time.Second},
		"38400 baud, in line": {
			printertest.Spec{Baud: 38400, Pace: 100, Window: 4096, NoID: true}, receipt.PrintedInLine, 26 * time.Second,
		},
		"9600 baud, no proof": {
			printertest.Spec{Baud: 9600, Pace: 100, Window: 4096, NoID: true, NoStatus: true}, receipt.Sent,
			115 * time.Second,
		},
		"115200 baud": {printertest.Spec{Baud: 115200, Pace: 100, Window: 4096}, receipt.PrintedProven,
			10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, p := plug(t, tt.spec)
				start := time.Now()
				out, err := p.Print(t.Context(), sample())
				took := time.Since(start)
				if err != nil || out != tt.want || took > tt.most {
					t.Errorf("print = %q, %v after %v, want %q within %v", out, err, took, tt.want, tt.most)
				}
				time.Sleep(time.Minute) // Sent is said before all is printed
				shows(t, m, receiptOf(t, sample(), p.roll))
				t.Logf("%v", took)
			})
		})
	}
}
