package lives

import (
	"testing"
	"time"
)

// A ledger is put back to before a visitor came and paid. It finds out by its mark, and the payment is found again;
// where nobody looks at the mark, it is not.
func TestPutBack(t *testing.T) {
	alone(t)
	p := Plan{Kiosks: 1, Bills: 1, Minutes: 5}
	for _, do := range []string{"start", "backup", "come", "pay", "wait", "restore", "wait"} {
		p.Acts = append(p.Acts, Act{After: 20 * time.Second, Do: do})
	}
	play := Really(inMemory(t))
	if l := Live(t, p, play, nil); len(l.broken) > 0 {
		t.Errorf("%s\n%s", l.broken[0], l.Story())
	}
	if l := Live(t, p, play, &Mistake{unread: true}); len(l.broken) == 0 {
		t.Errorf("nobody looked at the mark, and no promise was broken:\n%s", l.Story())
	}
}
