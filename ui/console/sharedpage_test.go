package console

import (
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courtkiosk/app/caseno"
	"courtkiosk/app/clerk"
	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/app/config"
	"courtkiosk/app/ledger"
	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres/postgrestest"
)

// openShared opens two machines of a court, 03 and 04, whose ledger is in one database.
func openShared(t *testing.T) (a, b *courthouse) {
	t.Helper()
	dsn := postgrestest.New(t)
	if _, _, err := ledger.Migrate(t.Context(), postgrestest.Owner(t, dsn), "courtkiosk"); err != nil {
		t.Fatal(err)
	}
	bank := openBank(t)
	sim, first, second := bank.open(t), t.TempDir(), t.TempDir()
	secret := filepath.Join(first, "dsn")
	if err := os.WriteFile(secret, []byte(dsn), 0o600); err != nil {
		t.Fatal(err)
	}
	on := func(id string) func(*config.Config) {
		return func(c *config.Config) {
			c.Kiosk.ID, c.Ledger.DSN, c.Ledger.Backups = id, secret, ""
		}
	}
	people := hired(t, filepath.Join(first, "clerk.key"))
	a = bank.openCourthouse(t, sim, first, on("03"))
	people(a)
	for _, same := range []string{"clerk.key", "desk-ca.pem"} { // as the manual says
		text, err := os.ReadFile(filepath.Join(first, same))
		if err == nil {
			err = os.WriteFile(filepath.Join(second, same), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b = bank.openCourthouse(t, sim, second, on("04"))
	b.people = a.people // with the codes that they have used
	for _, h := range []*courthouse{a, b} {
		h.number = caseno.Number{
			Year: time.Now().In(payment.China).Year(), Court: "京0101", Type: "民初", Serial: "7703",
		}
		h.list("2700", "")
	}
	return a, b
}

// hired has people hired, whose PINs a key keeps, in a bubble where no database can be reached. What is returned takes
// them over to a courthouse that has the key.
func hired(t *testing.T, key string) (takeOver func(*courthouse)) {
	t.Helper()
	l := ledgertest.NewMemory(payment.Identity{Court: "京0101", Environment: "test"})
	people := clerktest.Found(t, clerk.New(clerk.Options{
		Ledger: l, Device: "03", Issuer: "法院", Key: key, Log: slog.New(slog.DiscardHandler)}))
	list, err := l.People().List(t.Context(), payment.Range{N: 100})
	if err != nil || len(list) != len(clerktest.Members) {
		t.Fatalf("hired %d, %v", len(list), err)
	}
	return func(h *courthouse) {
		for _, p := range list {
			_, err := h.Ledger().People().Update(t.Context(), p.Key(),
				func(payment.Person, payment.Staff) (payment.Person, payment.Entry, error) {
					return p, payment.Entry{Event: "hired"}, nil
				})
			if err != nil {
				t.Fatal(err)
			}
		}
		h.people = people.Copied(h.Desk())
	}
}

// sees waits until a page has some words, and returns how long that took.
func (s *seat) sees(path, words string) time.Duration {
	s.h.t.Helper()
	began := time.Now()
	until := time.Now().Add(20 * time.Second)
	for text := s.page(path); !strings.Contains(text, words); text = s.page(path) {
		if time.Now().After(until) {
			s.h.t.Fatalf("%s never says %s:\n%s", path, words, text)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(began)
}

// What one machine takes, the clerks at both see and act on: reprinted by both at once it is printed twice, and once
// without the mark of a copy; a refund is asked for at one and approved at both at once, and sent once; a day that is
// closed at one is not closed again at the other.
func TestTwoPagesOfOneLedger(t *testing.T) {
	a, b := openShared(t)
	if payment.HolderOf(a.Ledger()) == payment.HolderOf(b.Ledger()) {
		t.Fatal("they have one name")
	}
	asker, lead, second := a.window("W03"), a.window("W01"), b.window("W02")
	asker.signIn(clerktest.Clerk)
	no := b.opensBill("first")
	at := asker.order(no)
	asker.page(at)
	if err := a.sim.Pay(no); err != nil {
		t.Fatal(err)
	}
	seen := asker.sees(at, "凭证还没有打印")
	t.Logf("paid at 04, and seen on the page of 03 after %v", seen.Round(time.Millisecond))
	if o := a.becomes(no, payment.Paid); o.Device != "04" || o.Lease.Holder != payment.HolderOf(b.Ledger()) {
		t.Errorf("it was taken at %q, and followed by %q", o.Device, o.Lease.Holder)
	}

	var both sync.WaitGroup
	var mu sync.Mutex
	var copies []int
	for _, h := range []*courthouse{a, b, a, b} {
		both.Go(func() {
			handed, _, err := h.Desk().Reprint(t.Context(), clerk.Console("03", clerk.Process), no)
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				copies = append(copies, handed.Receipt.Copy)
			}
		})
	}
	both.Wait()
	slices.Sort(copies)
	if len(copies) == 0 || copies[0] != 1 || len(slices.Compact(slices.Clone(copies))) != len(copies) {
		t.Errorf("four who print at once were given copies %d", copies)
	}
	if n := a.counted(no, "receipt handed"); n != len(copies) {
		t.Errorf("the audit tells %d times of %d papers", n, len(copies))
	}

	path := asker.wants(no)
	lead.signIn(clerktest.Lead)
	second.signIn(clerktest.Second)
	forms := map[*seat]url.Values{
		lead:   lead.signs(path, clerktest.Lead, a.people.Code(clerktest.Lead)),
		second: second.signs(second.refund(), clerktest.Second, a.people.Code(clerktest.Second)),
	}
	paths := map[*seat]string{lead: path, second: second.refund()} // each page has addresses of its own
	for s, form := range forms {
		for range 2 {
			both.Go(func() { s.ask(http.MethodPost, paths[s]+"/approve", form) })
		}
	}
	both.Wait()
	a.sentOnce(no, 270000)

	closer := b.window("W04")
	closer.signIn(clerktest.Clerk) // who leaves the first window by that
	here, there := closer.closing("04"), lead.closing("04")
	here.form.Set("pin", clerktest.PIN(clerktest.Clerk))
	there.form.Set("pin", clerktest.PIN(clerktest.Lead))
	if a := closer.ask(http.MethodPost, here.path, here.form); a.status != http.StatusSeeOther {
		t.Fatalf("the day is closed: %d\n%s", a.status, a.text)
	}
	if a := lead.ask(http.MethodPost, there.path, there.form); a.status != http.StatusConflict {
		t.Errorf("the day is closed once more: %d %s", a.status, a.to)
	}
	for _, h := range []*courthouse{a, b} {
		all, err := h.Ledger().Closings().List(t.Context(), payment.Range{N: 10})
		if err != nil || len(all) != 1 || all[0].Closed.By.Person != clerktest.Clerk {
			t.Errorf("the closings are %+v, %v", all, err)
		}
	}
}

// refund is the address of the one open refund.
func (s *seat) refund() string {
	s.h.t.Helper()
	at := regexp.MustCompile(`/refunds/[-_0-9A-Za-z]+`).FindString(s.page("/refunds"))
	if at == "" {
		s.h.t.Fatal("no refund is open")
	}
	return at
}

// A trial is a form that closes a day.
type trial struct {
	path string
	form url.Values
}

// closing is the trial of a device, at whichever machine that is.
func (s *seat) closing(device string) trial {
	s.h.t.Helper()
	page := s.page("/closing")
	if link := regexp.MustCompile(`<a href="([^"]*)">终端` + device).FindStringSubmatch(page); link != nil {
		page = s.page(html.UnescapeString(link[1]))
	}
	if !strings.Contains(page, "<b>终端"+device) {
		s.h.t.Fatalf("no trial of %s\n%s", device, page)
	}
	m := regexp.MustCompile(`(?s)id="act" method="post" action="([^"]*)">(.*?)</form>`).FindStringSubmatch(page)
	if m == nil {
		s.h.t.Fatalf("nothing is signed on\n%s", page)
	}
	form := make(url.Values)
	for _, h := range deskField.FindAllStringSubmatch(m[2], -1) {
		form.Set(h[1], html.UnescapeString(h[2]))
	}
	return trial{html.UnescapeString(m[1]), form}
}
