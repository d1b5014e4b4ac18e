package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// badArrows are offences that the arrow rule must find.
var badArrows = [][2]string{
	{"payment/order.go", "courtkiosk/app"},
	{"payment/order.go", "courtkiosk/assets"},
	{"payment/order.go", "courtkiosk/payment/bolt"},
	{"payment/order_test.go", "courtkiosk/app"},
	{"payment/bolt/ledger.go", "courtkiosk/payment/wechat"},
	{"payment/bolt/ledger.go", "courtkiosk/payment/internal/rules"},
	{"payment/bolt/ledger.go", "courtkiosk/payment/postgres"},
	{"payment/postgres/ledger.go", "courtkiosk/payment/bolt"},
	{"payment/postgres/ledger.go", "courtkiosk/app/bill"},
	{"payment/reconcile/bill.go", "courtkiosk/payment/wechat"},
	{"payment/ledgertest/ledgertest.go", "courtkiosk/payment/bolt"},
	{"payment/session.go", "courtkiosk/payment/lives"},
	{"payment/session.go", "courtkiosk/payment/durable"},
	{"payment/wechat/gateway.go", "courtkiosk/payment/gatewaytest"},
	{"payment/lives/world.go", "courtkiosk/app"},
	{"payment/wechatsim/sim.go", "github.com/wechatpay-apiv3/wechatpay-go/core"},
	{"payment/wechatsim/sim.go", "net/http/httptest"},
	{"payment/bolt/orders.go", "github.com/jackc/pgx/v5"},
	{"payment/wechat/gateway.go", "github.com/pressly/goose/v3"},
	{"payment/order.go", "testing"},
	{"payment/order.go", "pgregory.net/rapid"},

	{"app/app.go", "courtkiosk/ui"},
	{"app/app.go", "fyne.io/fyne/v2"},
	{"app/app.go", "go.etcd.io/bbolt"},
	{"app/app.go", "courtkiosk/payment/bolt"},
	{"app/counter/counter.go", "courtkiosk/app/ledger"},
	{"app/app.go", "courtkiosk/payment/ledgertest"},
	{"app/app.go", "testing"},
	{"app/prove/contract.go", "courtkiosk/payment/lives"},
	{"app/app.go", "courtkiosk/payment/lives"},
	{"app/app.go", "github.com/pb33f/libopenapi"},
	{"app/bill/bill.go", "courtkiosk/app"},
	{"app/bill/bill.go", "courtkiosk/app/bill/register"},
	{"app/receipt/paper/paper.go", "courtkiosk/app/receipt/escpos"},
	{"app/message/message.go", "courtkiosk/app/config"},
	{"app/counter/counter.go", "courtkiosk/app"},
	{"app/counter/counter.go", "courtkiosk/payment/bolt"},
	{"app/counter/counter.go", "courtkiosk/app/counter/countertest"},
	{"app/receipt/keys.go", "go.etcd.io/bbolt"},
	{"app/counter/counter.go", "courtkiosk/ui/view"},
	{"app/doctor/doctor.go", "courtkiosk/app"},
	{"app/doctor/doctor.go", "courtkiosk/payment/wechat"},
	{"app/clerk/clerk.go", "html/template"},
	{"app/clerk/clerk.go", "courtkiosk/ui/desk"},
	{"app/fleet/fleet.go", "courtkiosk/app/fleet/server"},
	{"app/fleet/server/server.go", "courtkiosk/app/fleet/journal"},
	{"app/fleet/server/server.go", "courtkiosk/app"},
	{"app/fleet/client/client.go", "go.etcd.io/bbolt"},
	{"app/fleet/client/client.go", "github.com/prometheus/client_golang/prometheus"},
	{"app/fleet/server/server.go", "github.com/foxboron/go-tpm-keyfiles"},
	{"app/clerk/windows.go", "software.sslmate.com/src/go-pkcs12"},
	{"app/config/config.go", "filippo.io/age"},
	{"app/offsite/offsite.go", "courtkiosk/payment/bolt"},

	{"ui/kiosk/pay.go", "github.com/skip2/go-qrcode"},
	{"ui/kiosk/pay.go", "courtkiosk/ui"},
	{"ui/kiosk/pay.go", "courtkiosk/app"},
	{"ui/lobby/lobby.go", "courtkiosk/ui"},
	{"ui/lobby/lobby.go", "courtkiosk/app"},
	{"ui/lobby/lobby.go", "courtkiosk/payment/bolt"},
	{"ui/console/pay.go", "courtkiosk/payment/bolt"},
	{"ui/view/view.go", "courtkiosk/app"},
	{"ui/view/view.go", "courtkiosk/ui"},
	{"ui/view/view.go", "fyne.io/fyne/v2"},
	{"ui/desk/page.go", "fyne.io/fyne/v2"},
	{"ui/console/console.go", "fyne.io/fyne/v2/canvas"},
	{"ui/restart/restart.go", "fyne.io/fyne/v2"},
	{"ui/version/version.go", "fyne.io/fyne/v2"},
	{"ui/window.go", "fyne.io/fyne/v2/app"},
	{"ui/window.go", "fyne.io/fyne/v2/test"},
	{"ui/window.go", "courtkiosk/ui/endtoend"},
	{"ui/x_test.go", "fyne.io/fyne/v2/app"},
	{"ui/endtoend/panel_test.go", "fyne.io/fyne/v2/app"},
	{"ui/seam/seam.go", "fyne.io/fyne/v2/app"},

	{"assets/assets.go", "courtkiosk/payment"},
	{"main.go", "fyne.io/fyne/v2"},
	{"main.go", "fyne.io/fyne/v2/app"},
	{"main.go", "courtkiosk/payment/bolt"},
	{"util/x.go", "courtkiosk/app"},
}

// goodArrows must pass.
var goodArrows = [][2]string{
	{"main.go", "courtkiosk/ui/console"},
	{"window.go", "fyne.io/fyne/v2/app"},
	{"app/app.go", "courtkiosk/app/ledger"},
	{"app/ledger/ledger.go", "courtkiosk/payment/bolt"},
	{"app/ledger/ledger.go", "courtkiosk/payment/postgres"},
	{"app/app.go", "courtkiosk/app/counter"},
	{"app/prove/contract.go", "courtkiosk/payment/ledgertest"},
	{"app/prove/contract.go", "testing"},
	{"app/app.go", "courtkiosk/app/doctor"},
	{"app/counter/counter.go", "courtkiosk/app/bill"},
	{"app/counter/counter.go", "courtkiosk/payment"},
	{"app/fleet/journal/journal.go", "go.etcd.io/bbolt"},
	{"app/fleet/server/server.go", "courtkiosk/app/fleet"},
	{"app/fleet/server/server.go", "courtkiosk/app/counter"},
	{"app/receipt/escpos/escpos.go", "courtkiosk/app/receipt/paper"},
	{"payment/session.go", "courtkiosk/payment/internal/rules"},
	{"payment/session_test.go", "courtkiosk/payment/bolt"},
	{"payment/ledgertest/ledgertest.go", "testing"},
	{"payment/bolt/ledger.go", "courtkiosk/payment/durable"},
	{"payment/durable/database.go", "go.etcd.io/bbolt"},
	{"payment/lives/world.go", "courtkiosk/payment/bolt"},
	{"payment/lives/world.go", "courtkiosk/payment/ledgertest"},
	{"app/receipt/keys.go", "courtkiosk/payment/durable"},
	{"app/offsite/seal.go", "filippo.io/age"},
	{"ui/lobby/lobby_test.go", "courtkiosk/app/counter/countertest"},
	{"payment/lives/world.go", "courtkiosk/payment/internal/rules"},
	{"payment/lives/world.go", "testing/synctest"},
	{"payment/postgres/ledger.go", "github.com/jackc/pgx/v5"},
	{"ui/console/console.go", "courtkiosk/app"},
	{"ui/desk/page.go", "html/template"},
	{"ui/desk/page.go", "courtkiosk/app/clerk"},
	{"ui/lobby/lobby.go", "courtkiosk/app/counter"},
	{"ui/lobby/lobby.go", "courtkiosk/ui/kiosk"},
	{"ui/seam/seam.go", "fyne.io/fyne/v2"},
	{"ui/view/view.go", "courtkiosk/app/counter"},
	{"ui/endtoend/site_test.go", "courtkiosk/payment/wechatsim"},
}

// The arrow rule has teeth: each planted arrow is found, each good one passes.
func TestArrowsHaveTeeth(t *testing.T) {
	for _, arrow := range badArrows {
		if wrong(named(arrow[0]), arrow[1]) == "" {
			t.Errorf("%s may import %s", arrow[0], arrow[1])
		}
	}
	for _, arrow := range goodArrows {
		if w := wrong(named(arrow[0]), arrow[1]); w != "" {
			t.Errorf("%s may not import %s: %s", arrow[0], arrow[1], w)
		}
	}
}

// The program that is delivered reaches no room that is for tests, and nothing that we use in tests only.
func TestProgramHoldsNothingForTests(t *testing.T) {
	sources(t) // opened here, so that go test's cache knows what the answer depends on
	for name, tags := range map[string]string{"with a window": "", "headless": "headless"} {
		t.Run(name, func(t *testing.T) {
			const form = `{{.ImportPath}} {{join .Imports " "}}`
			list := exec.Command("go", "list", "-deps", "-tags", tags, "-f", form, ".")
			list.Stderr = os.Stderr
			out, err := list.Output()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(out), "\n"+module+"/payment ") {
				t.Fatal("the program has no payment: the test looks at the wrong place")
			}
			for line := range strings.Lines(string(out)) {
				packages := strings.Fields(line)
				for _, imported := range packages[1:] {
					if unfit(packages[0], imported) {
						t.Errorf("%s imports %s", packages[0], imported)
					}
				}
			}
		})
	}
}

// unfit reports whether a package of the built program may not import another. What our own files import of foreign
// packages is the arrow rule's.
func unfit(from, imported string) bool {
	if in, ours := strings.CutPrefix(imported, module+"/"); ours {
		return forTests(in) && module+"/"+provers[in] != from
	}
	if imported == "net/http/httptest" {
		// Fyne's software driver, which draws the gallery, is built on Fyne's own test package, and that on testify.
		return from != "github.com/stretchr/testify/assert" && !under(from, module)
	}
	foreign := []string{
		"pgregory.net/rapid", "github.com/rogpeppe/go-internal", "github.com/chromedp", "github.com/pb33f",
	}
	return slices.ContainsFunc(foreign, func(leaf string) bool { return under(imported, leaf) })
}

func TestUnfitHasTeeth(t *testing.T) {
	for _, bad := range [][2]string{
		{"courtkiosk/app", "courtkiosk/payment/lives"}, {"courtkiosk/app", "courtkiosk/payment/ledgertest"},
		{"courtkiosk", "courtkiosk/ui/endtoend"}, {"example.org/x", "net/http/httptest"},
		{"courtkiosk/app", "pgregory.net/rapid"}, {"example.org/x", "github.com/rogpeppe/go-internal/testscript"},
	} {
		if !unfit(bad[0], bad[1]) {
			t.Errorf("%s may import %s", bad[0], bad[1])
		}
	}
	for _, good := range [][2]string{{"courtkiosk/app", "courtkiosk/payment/wechatsim"}, {"net/http", "io"},
		{"courtkiosk/app/prove", "courtkiosk/payment/ledgertest"}} {
		if unfit(good[0], good[1]) {
			t.Errorf("%s may not import %s", good[0], good[1])
		}
	}
}
