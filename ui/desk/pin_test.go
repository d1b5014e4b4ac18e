package desk_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtkiosk/app/clerk/clerktest"
	"courtkiosk/payment"
	"courtkiosk/ui/desk/desktest"
)

// Who knows the old PIN, and has the second factor where the role has one, changes the own; wrong ones count as tries
// to sign in do, and no PIN is left behind.
func TestOwnPIN(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 23, 8, 0, 0, 0, payment.China)))
		c := &browser{Court: desktest.Founded(t)}
		const fresh = "502917"
		change := func(who, old, code, to, again string) string {
			c.as(who)
			form := fields(page(c, "/pin"))
			for name, value := range map[string]string{"pin": old, "code": code, "new": to, "again": again} {
				form.Set(name, value)
			}
			return text(c, ask(c, http.MethodPost, "/pin", form))
		}
		signs := func(who, pin, code string) bool {
			form := url.Values{"once": {rand.Text()}, "who": {who}, "pin": {pin}, "code": {code}}
			return send(c, http.MethodPost, "/sign-in", form, "same-origin").Code == http.StatusSeeOther
		}
		old := clerktest.PIN(clerktest.Clerk)
		says(t, change(clerktest.Clerk, old, "", fresh, "502918"), "两次输入的 PIN 不一样", "PIN 没有更改")
		says(t, change(clerktest.Clerk, old, "", "123456", "123456"), "不能是同号、连号或工号")
		says(t, change(clerktest.Clerk, old, "", old, old), "与现在的一样")
		shown := change(clerktest.Clerk, "000111", "", fresh, fresh)
		says(t, shown, "操作没有执行")
		if strings.Contains(shown, fresh) || !signs(clerktest.Clerk, old, "") {
			t.Errorf("a wrong PIN changed it, or the new one is repeated")
		}
		says(t, change(clerktest.Clerk, old, "", fresh, fresh), "PIN 已更改")
		if signs(clerktest.Clerk, old, "") || !signs(clerktest.Clerk, fresh, "") {
			t.Error("the old PIN signs in, or the new one does not")
		}
		lead := clerktest.PIN(clerktest.Lead)
		says(t, change(clerktest.Lead, lead, "", fresh, fresh), "没有执行") // without the second factor
		says(t, change(clerktest.Lead, lead, c.People.Code(clerktest.Lead), fresh, fresh), "PIN 已更改")
		for range 5 {
			shown = change(clerktest.Clerk, "000111", "", "604713", "604713")
		}
		says(t, shown, "已连续输错 5 次")
		says(t, change(clerktest.Clerk, fresh, "", "604713", "604713"), "已连续输错 5 次")
		audit, err := c.Ledger.Since(c.Context(), 0, payment.MaxPage)
		if err != nil {
			t.Fatal(err)
		}
		changed := 0
		for _, e := range audit {
			if e.Event == "staff-pin" {
				changed++
			}
			if strings.Contains(e.Note, fresh) {
				t.Errorf("the audit holds a PIN: %+v", e)
			}
		}
		if changed != 2 {
			t.Errorf("the audit tells of %d changes", changed)
		}
	})
}
