package clerk_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

// matrix is the table once more, as a person reads it: clerk, lead, finance, auditor, IT; page, console, socket; what
// an unconfirmed account may (.) or not (!), and what is shown again.
const matrix = `
find          clfa- pcs . session
ask-wechat    clf-- pcs . session
reprint       clf-- pcs . session
full-name     clf-- p-- . session
note          cl--- p-- . session
explain       clf-- p-- . session
collect       cl--- pcs . session
see-work      clfa- pcs . session
do-work       clf-- pcs . session
settle-order  -l--- pcs ! PIN
see-refunds   clfa- pcs . session
ask-refund    cl--- p-- . session
take-back     cl--- p-- . session
decide-refund -l--- p-- ! second
trial         clfa- pcs . session
close         cl--- pcs . PIN
countersign   -l--- p-- ! PIN
see-bills     -lfa- pcs . session
reconcile     --f-- pcs . session
resolve       --f-- p-- ! PIN
see-month     -lfa- pcs . session
export        --f-- pcs ! PIN
see-audit     --fa- pcs . session
export-audit  ---a- pcs ! PIN
notices       -l--- p-- . session
see-staff     -lf-i pcs . session
keep-staff    ----i pcs ! PIN
confirm-staff -lf-- p-- . second
windows       ----i pcs ! PIN
health        -l--i pcs . session
own           clfai p-- . session
machine       ----- -cs . session
`

// member is a person of a role, confirmed or not.
func member(r clerk.Role, confirmed bool) payment.Person {
	p := payment.Person{Number: string(r), Role: string(r), Ready: noon}
	if confirmed {
		p.Confirmed.At = noon
	}
	return p
}

// Each right x role x door x confirmed, asked as a page asks and as a rule does, is as the matrix says.
func TestRights(t *testing.T) {
	var named []string
	for line := range strings.Lines(strings.TrimSpace(matrix)) {
		f := strings.Fields(line)
		right, letters, doors := clerk.Right(f[0]), f[1], f[2]
		named = append(named, f[0])
		row, ok := clerk.RowOf(right)
		if proof := map[clerk.Proof]string{clerk.ByPIN: "PIN", clerk.BySecond: "second",
			clerk.BySession: "session"}; !ok ||
			proof[row.Proof] != f[4] {
			t.Errorf("%s: %+v", right, row)
		}
		atPage := strings.Contains(doors, "p")
		for i, role := range clerk.Roles {
			for _, confirmed := range []bool{false, true} {
				p := member(role, confirmed)
				want := atPage && letters[i] != '-' && (confirmed || f[3] == ".")
				if got := clerk.AtPage(p).Has(right); got != want {
					t.Errorf("%s by %s, confirmed %t: %t", right, role, confirmed, got)
				}
				by := payment.By{Device: "w", Person: p.Number}
				if got := clerk.MayIn(payment.Staff{p}, by, right) == nil; got != (want || !atPage &&
					letters[i] != '-') {
					t.Errorf("%s by %s, confirmed %t, in a rule: %t", right, role, confirmed, got)
				}
				p.Ended.At = noon
				if clerk.AtPage(p).Has(right) || clerk.MayIn(payment.Staff{p}, by, right) == nil {
					t.Errorf("%s by %s, who has left", right, role)
				}
				p.Ended.At, p.Ready = time.Time{}, time.Time{}
				if clerk.AtPage(p).Has(right) || clerk.MayIn(payment.Staff{p}, by, right) == nil {
					t.Errorf("%s by %s, who never came", right, role)
				}
			}
		}
		for door, letter := range map[clerk.Door]string{clerk.Process: "c", clerk.UnixSocket: "s"} {
			want := strings.Contains(doors, letter)
			if err := clerk.Console("03", door).May(right); want != (err == nil) {
				t.Errorf("%s by %s: %v", right, door, err)
			}
		}
		device := payment.By{Device: "03"}
		if got := clerk.MayIn(nil, device, right) == nil; got != strings.Contains(doors, "s") {
			t.Errorf("%s by a device, in a rule: %t", right, got)
		}
		if (clerk.Clerk{}).Has(right) || clerk.Console("03", clerk.Page).Has(right) ||
			clerk.MayIn(nil, payment.By{}, right) == nil || clerk.MayIn(nil, payment.By{Person: "x"}, right) == nil {
			t.Errorf("%s by nobody", right)
		}
	}
	if all := constants(t); !slices.Equal(named, all) || len(clerk.Table) != len(all) {
		t.Errorf("rights %q, in the matrix %q, %d rows", all, named, len(clerk.Table))
	}
	if err := clerk.AtPage(member(clerk.RoleLead, true)).May("unheard"); !errors.Is(err, clerk.ErrNoRight) {
		t.Errorf("a right in no row: %v", err)
	}
}

// constants are the rights that the source declares, in its order.
func constants(t *testing.T) (values []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "rights.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
			kind, _ := v.Type.(*ast.Ident)
			if text, ok := v.Values[0].(*ast.BasicLit); ok && kind != nil && kind.Name == "Right" {
				value, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, value)
			}
		}
		return true
	})
	return values
}

// What two must do, no row gives to a console: it is nobody, so it cannot be another.
func TestTheConsoleIsNobody(t *testing.T) {
	for _, r := range []clerk.Right{
		clerk.AskRefund, clerk.DecideRefund, clerk.TakeBack, clerk.Countersign, clerk.Resolve, clerk.ConfirmStaff,
	} {
		for _, d := range []clerk.Door{clerk.Process, clerk.UnixSocket} {
			if err := clerk.Console("03", d).May(r); !errors.Is(err, clerk.ErrNoRight) {
				t.Errorf("%s by %s: %v", r, d, err)
			}
		}
	}
}
