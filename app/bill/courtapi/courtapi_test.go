package courtapi_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"courtkiosk/app/bill"
	"courtkiosk/app/bill/courtapi"
	"courtkiosk/app/bill/courtsim"
	"courtkiosk/app/caseno"
	"courtkiosk/payment"
)

var number = caseno.Number{Year: 2026, Court: "京0101", Type: "民初", Serial: "12345"}

func due() bill.Bill {
	return bill.Bill{
		Case: number, Notice: "TZ-1", Code: "1100012026000123", Item: "案件受理费", Purse: bill.Litigation, Amount: 270000,
		Payer: "张晓明", Cause: "合同纠纷",
		Noticed:  time.Date(2026, 11, 23, 0, 0, 0, 0, payment.China),
		Deadline: time.Date(2026, 11, 30, 0, 0, 0, 0, payment.China),
		Grounds:  bill.Grounds{Kind: "property", Amount: 12_000_000},
	}
}

func paid(b bill.Bill) bill.Paid {
	return bill.Paid{Bill: b, Amount: b.Amount, TransactionID: "4200000002202611236911149320",
		OrderNo:  "GD2UXYQTUAQLYIDAPKARBFFUXKDKF7JH",
		Merchant: "1900000001", PaidAt: time.Now(), Receipt: "PZ-0101-03-261123-000001", Kiosk: "03"}
}

// agreement checks every request and every answer that passes against openapi.yaml, with a library that knows nothing
// of either side.
func agreement(t *testing.T) func(http.Handler) http.Handler {
	t.Helper()
	return agreementOf(t, t.Errorf)
}

func agreementOf(t *testing.T, complain func(string, ...any)) func(http.Handler) http.Handler {
	t.Helper()
	doc, err := libopenapi.NewDocument(courtapi.Document)
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, bad := v.ValidateDocument(); !ok {
		t.Fatalf("openapi.yaml is no OpenAPI 3.1: %+v", bad)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			asked := r.Clone(r.Context())
			asked.URL.Path = "/kiosk/v1" + asked.URL.Path
			asked.Body = io.NopCloser(bytes.NewReader(body))
			if ok, bad := v.ValidateHttpRequestSync(asked); !ok {
				for _, b := range bad {
					complain("the request %s %s breaks the agreement: %s %s %v", r.Method, r.URL.Path, b.Message,
						b.Reason, b.SchemaValidationErrors)
				}
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			answered := rec.Result()
			text := rec.Body.Bytes()
			answered.Body = io.NopCloser(bytes.NewReader(text))
			asked.Body = io.NopCloser(bytes.NewReader(body))
			if ok, bad := v.ValidateHttpResponse(asked, answered); !ok {
				for _, b := range bad {
					complain("the answer %d to %s %s breaks the agreement: %s %s %v\n%s", rec.Code, r.Method,
						r.URL.Path, b.Message, b.Reason, b.SchemaValidationErrors, text)
				}
			}
			for k, values := range rec.Header() {
				w.Header()[k] = values
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write(text)
		})
	}
}

// The library does look: what breaks the agreement is found on either side.
func TestTheAgreementHasTeeth(t *testing.T) {
	tests := map[string]struct{ method, path, body, answer string }{
		"an unknown member asked": {"POST", "/bills/search", `{"name":"张三"}`, `{"bills":[]}`},
		"both asked": {"POST", "/bills/search", `{"case":"（2026）京0101民初1号","payment_code":"12345678"}`,
			`{"bills":[]}`},
		"a payment without its order": {"PUT", "/bills/B1/payments/42", `{"amount_fen":1}`, `{"result":"known"}`},
		"bills is missing":            {"POST", "/bills/search", `{"payment_code":"12345678"}`, `{}`},
		"a bill without a version": {"POST", "/bills/search", `{"payment_code":"12345678"}`, `{"bills":[` +
			strings.Replace(good, `"version":"1",`, ``, 1) + `]}`},
		"a negative amount": {"GET", "/bills/B1", ``, strings.Replace(good, "270000", "-1", 1)},
		"an unknown result": {"GET", "/health", ``, `{"status":"fine"}`},
	}
	for name, tt := range tests {
		found := 0
		h := agreementOf(t, func(string, ...any) { found++ })(http.HandlerFunc(func(w http.ResponseWriter,
			_ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, tt.answer)
		}))
		r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer x")
		h.ServeHTTP(httptest.NewRecorder(), r)
		if found == 0 {
			t.Errorf("%s: nothing was found", name)
		}
	}
}

// connect serves a handler and returns a client that speaks to it.
func connect(t *testing.T, h http.Handler) *courtapi.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := courtapi.Open(courtapi.Options{URL: s.URL, TokenFile: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestTheWholeAgreement(t *testing.T) {
	sim := courtsim.New([]bill.Bill{due()}, "secret")
	other := due()
	other.Notice, other.Item, other.Purse, other.Code = "TZ-2", "执行款", bill.Execution, ""
	other.Relief, other.Grounds = bill.Deferred, bill.Grounds{}
	other.Payer, other.Corporate = "前门村第三村民小组", true
	sim.Add(other)
	c := connect(t, agreement(t)(sim))
	ctx := t.Context()

	if err := c.Health(ctx); err != nil {
		t.Error(err)
	}
	bills, err := c.Find(ctx, bill.Query{Case: number})
	if err != nil || len(bills) != 2 {
		t.Fatalf("found %+v, %v", bills, err)
	}
	b := bills[0]
	want := due()
	want.Ref, want.Version, want.Payer = b.Ref, "1", "张*明"
	if b != want {
		t.Errorf("got %+v\nwant %+v", b, want)
	}
	if got := bills[1].PrintedPayer(); got != string(other.Payer) || !bills[1].Corporate {
		t.Errorf("an organisation is printed as %s", got)
	}
	if byCode, err := c.Find(ctx, bill.Query{Code: "1100012026000123"}); err != nil || len(byCode) != 1 ||
		byCode[0] != b {
		t.Errorf("by its code: %+v, %v", byCode, err)
	}
	for _, q := range []bill.Query{{Code: "99999999"}, {Case: caseno.Number{Year: 2026, Court: "京0101", Type: "民初",
		Serial: "1"}}} {
		if _, err := c.Find(ctx, q); !errors.Is(err, bill.ErrNotFound) {
			t.Errorf("an unknown one: %v", err)
		}
	}
	suffixed := number
	suffixed.Suffix = "之一"
	if bills, err := c.Find(ctx, bill.Query{Case: suffixed}); err != nil || len(bills) != 2 {
		t.Errorf("a ruling within the case: %+v, %v", bills, err)
	}

	// The quote has a version: whatever changes gives another.
	sim.Change(b.Ref, func(b *bill.Bill) { b.Remark = "补交" })
	again, err := c.Again(ctx, b)
	if err != nil || again.Version != "2" || again.Quote() == b.Quote() {
		t.Errorf("again: %+v, %v", again, err)
	}
	gone := b
	gone.Ref = "B0"
	if _, err := c.Again(ctx, gone); !errors.Is(err, bill.ErrNotFound) {
		t.Errorf("a bill that is gone: %v", err)
	}
	unnamed := b
	unnamed.Ref = "" // of an imported list, before the court's system was asked
	if found, err := c.Again(ctx, unnamed); err != nil || found.Ref != b.Ref {
		t.Errorf("by its identity: %+v, %v", found, err)
	}

	// A payment is booked once, however often it is told.
	for range 3 {
		if err := c.Tell(ctx, paid(again)); err != nil {
			t.Error(err)
		}
	}
	if got := sim.Payments(b.Ref)["4200000002202611236911149320"]; got.Told != 3 || got.Fen != 270000 ||
		got.Version != "2" || got.Kiosk != "03" {
		t.Errorf("the court knows %+v", got)
	}
	if settled, err := c.Again(ctx, b); err != nil || !settled.Settled {
		t.Errorf("paid: %+v, %v", settled, err)
	}
	// Its fiscal receipt comes when the court issues one, and is none of what a visitor confirms.
	fiscal := bill.Fiscal{Code: "11010126", Number: "0012345678", Check: "a1b2c3",
		Issued: time.Date(2026, 11, 24, 0, 0, 0, 0, payment.China)}
	sim.Change(b.Ref, func(b *bill.Bill) { b.Fiscal = fiscal })
	if issued, err := c.Again(ctx, b); err != nil || issued.Fiscal != fiscal || !issued.Settled {
		t.Errorf("issued: %+v, %v", issued, err)
	}
	second := paid(again)
	second.TransactionID = "4200000002202611236911149321"
	r := bill.Refund{No: "R1", Paid: paid(again), Amount: 270000, RefundedAt: time.Now(), Reason: "重复付款"}
	for range 2 {
		if err := c.TellRefund(ctx, r); err != nil {
			t.Error(err)
		}
	}
	r.No, r.Amount = "R2", 1
	for what, tt := range map[string]struct {
		err  error
		want bill.Reason
	}{
		"second payment":  {c.Tell(ctx, second), bill.WasSettled},
		"too much refund": {c.TellRefund(ctx, r), bill.AmountDiffers},
	} {
		if e, ok := errors.AsType[*bill.RefusedError](tt.err); !ok || e.Reason != tt.want {
			t.Errorf("%s: %v", what, tt.err)
		}
	}
}

func TestRefusedReports(t *testing.T) {
	tests := map[bill.Reason]struct {
		change func(*bill.Bill)
		paid   func(*bill.Paid)
	}{
		bill.AmountDiffers: {change: func(b *bill.Bill) { b.Amount++ }},
		bill.WasWithdrawn:  {change: func(b *bill.Bill) { b.Withdrawn = true }},
		bill.WasSettled:    {change: func(b *bill.Bill) { b.Settled = true }},
		bill.PurseDiffers:  {paid: func(p *bill.Paid) { p.Bill.Purse = bill.Fine }},
		bill.UnknownBill:   {paid: func(p *bill.Paid) { p.Bill.Ref = "B0" }},
	}
	check := agreement(t)
	for want, tt := range tests {
		sim := courtsim.New([]bill.Bill{due()}, "")
		c := connect(t, check(sim))
		bills, err := c.Find(t.Context(), bill.Query{Case: number})
		if err != nil {
			t.Fatal(err)
		}
		p := paid(bills[0])
		if tt.change != nil {
			sim.Change(p.Bill.Ref, tt.change)
		}
		if tt.paid != nil {
			tt.paid(&p)
		}
		err = c.Tell(t.Context(), p)
		if e, ok := errors.AsType[*bill.RefusedError](err); !ok || e.Reason != want {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// What is no last word is told again: nothing but a 409 with a code of the agreement, or a 404 that says which bill,
// ends the telling.
func TestNoLastWord(t *testing.T) {
	b := due()
	b.Ref = "B1"
	tests := map[string]struct {
		status int
		body   string
		road   bool // the whole road is in trouble, not this report alone
	}{
		"wrong address":       {404, `{"code":"not-found"}`, true},
		"a proxy's 404":       {404, `<html>`, true},
		"not allowed":         {401, `{"code":"unauthorized"}`, true},
		"forbidden":           {403, `{}`, true},
		"busy":                {429, `{"code":"busy"}`, true},
		"gateway":             {502, ``, true},
		"down":                {503, ``, true},
		"a redirect":          {307, ``, true},
		"created":             {201, `{"result":"recorded"}`, true},
		"its own bug":         {500, `{"code":"internal"}`, false},
		"bad request":         {400, `{"code":"bad-request"}`, false},
		"conflict of no kind": {409, `{"code":"because"}`, false},
		"conflict of nothing": {409, ``, false},
	}
	for name, tt := range tests {
		var hits atomic.Int32
		c := connect(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			hits.Add(1)
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, tt.body)
		}))
		err := c.Tell(t.Context(), paid(b))
		if _, refused := errors.AsType[*bill.RefusedError](err); err == nil || refused ||
			errors.Is(err, bill.ErrUnreachable) != tt.road || hits.Load() != 1 {
			t.Errorf("%s: %v after %d requests", name, err, hits.Load())
		}
	}
}

// A connection that breaks before an answer is tried once more, and the court books once.
func TestBrokenConnection(t *testing.T) {
	for _, how := range []int{-1, -2} {
		sim := courtsim.New([]bill.Bill{due()}, "")
		c := connect(t, sim)
		bills, err := c.Find(t.Context(), bill.Query{Case: number})
		if err != nil {
			t.Fatal(err)
		}
		broken := false
		sim.Fail(func(*http.Request) int {
			if broken {
				return 0
			}
			broken = true
			return how
		})
		if err := c.Tell(t.Context(), paid(bills[0])); err != nil {
			t.Errorf("broken with %d: %v", how, err)
		}
		if got := sim.Payments(bills[0].Ref); len(got) != 1 {
			t.Errorf("broken with %d: booked %+v", how, got)
		}
		sim.Fail(func(*http.Request) int { return -1 })
		if err := c.Tell(t.Context(), paid(bills[0])); !errors.Is(err, bill.ErrUnreachable) {
			t.Errorf("broken for good: %v", err)
		}
	}
}

const good = `{"id":"B1","version":"1","case":"（2026）京0101民初12345号","item":"案件受理费","purse":"litigation",` +
	`"amount_fen":270000,"status":"due"}`

// What the case system says wrongly, or means badly, is as good as no answer; never a bill.
func TestHostileAnswers(t *testing.T) {
	list := func(bills ...string) string { return `{"bills":[` + strings.Join(bills, ",") + `]}` }
	with := func(old, now string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in the good bill", old)
		}
		return list(strings.Replace(good, old, now, 1))
	}
	tests := map[string]string{
		"nothing":                                ``,
		"truncated":                              list(good)[:120],
		"no JSON":                                `<html>login</html>`,
		"null":                                   `null`,
		"no bills":                               `{}`,
		"bills is null":                          `{"bills":null}`,
		"bills is an object":                     `{"bills":{}}`,
		"something after it":                     list(good) + `{}`,
		"an unknown member":                      with(`"status"`, `"paid_by":"x","status"`),
		"a member twice":                         with(`"status"`, `"amount_fen":1,"status"`),
		"a member in capitals":                   with(`"status"`, `"AMOUNT_FEN":1,"status"`),
		"not UTF-8":                              with(`案件受理费`, "\xff\xfe"),
		"deeply nested":                          strings.Repeat(`[`, 100000),
		"a fiscal receipt of a bill that is due": with(`"status"`, `"fiscal":{"number":"0012345678"},"status"`),
		"a fiscal receipt without a number":      with(`"status"`, `"fiscal":{"code":"11010126"},"status"`),
		"a fiscal receipt of markup": with(`"status":"due"`,
			`"fiscal":{"number":"<b>0012345678</b>"},"status":"settled"`),
		"amount as text":           with(`270000`, `"270000"`),
		"amount with decimals":     with(`270000`, `2700.5`),
		"amount in exponents":      with(`270000`, `2.7e5`),
		"negative amount":          with(`270000`, `-1`),
		"amount of 10^15":          with(`270000`, `1000000000000000`),
		"amount beyond int64":      with(`270000`, `99999999999999999999`),
		"amount is null":           with(`270000`, `null`),
		"no amount":                with(`"amount_fen":270000,`, ``),
		"no version":               with(`"1"`, `""`),
		"no id":                    with(`"B1"`, `""`),
		"an id that is a path":     with(`"B1"`, `"../health"`),
		"an id of dots":            with(`"B1"`, `".."`),
		"a long id":                with(`"B1"`, `"`+strings.Repeat("B", 65)+`"`),
		"another case's bill":      with(`12345号`, `12346号`),
		"another court's bill":     with(`京0101`, `京0102`),
		"a case in other brackets": with(`（2026）`, `(2026)`),
		"no case number":           with(`（2026）京0101民初12345号`, `2026`),
		"an unknown purse":         with(`"litigation"`, `"gold"`),
		"the wrong purse":          with(`"litigation"`, `"execution"`),
		"a fine as litigation fee": with(`案件受理费`, `罚款`),
		"a cost that is not taken": with(`案件受理费`, `鉴定费`),
		"an unknown status":        with(`"due"`, `"maybe"`),
		"an unknown relief":        with(`"status"`, `"relief":"half","status"`),
		"an unknown type of payer": with(`"status"`, `"payer_type":"单位","status"`),
		"a day that is none":       with(`"status"`, `"deadline":"2026-02-30","status"`),
		"a deadline before notice": with(`"status"`, `"noticed":"2026-11-23","deadline":"2026-11-01","status"`),
		"an identity number":       with(`"status"`, `"payer":"张三 11010519491231002X","status"`),
		"control characters":       with(`"status"`, `"remark":"x\u001b[2J","status"`),
		"text that turns around":   with(`"status"`, `"remark":"\u202e0072","status"`),
		"a long remark":            with(`"status"`, `"remark":"`+strings.Repeat("长", 501)+`","status"`),
		"the same id twice":        list(good, strings.Replace(good, "案件受理费", "财产保全申请费", 1)),
		"one identity, two ids":    list(good, strings.Replace(good, "B1", "B2", 1)),
		"a good one and a bad one": list(good, strings.Replace(strings.Replace(good, "B1", "B2", 1), "270000", "-5",
			1)),
		"201 bills":                 list(strings.Split(strings.Repeat(good+"\n", 201)[:(len(good)+1)*201-1], "\n")...),
		"a payment code of no form": with(`"status"`, `"payment_code":"1","status"`),
	}
	for name, body := range tests {
		c := connect(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		}))
		bills, err := c.Find(t.Context(), bill.Query{Case: number})
		if !errors.Is(err, bill.ErrUnreachable) || bills != nil {
			t.Errorf("%s: %+v, %v", name, bills, err)
			continue
		}
		for _, secret := range []string{"12346", "张三", "1949"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error tells %q: %v", name, secret, err)
			}
		}
	}
	c := connect(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, list(good))
	}))
	if bills, err := c.Find(t.Context(), bill.Query{Case: number}); err != nil || len(bills) != 1 {
		t.Errorf("the good one: %+v, %v", bills, err)
	}
	if _, err := c.Find(t.Context(), bill.Query{Code: "1100012026000123"}); !errors.Is(err, bill.ErrUnreachable) {
		t.Errorf("a bill without the code that was asked for: %v", err)
	}
}

// One bill that is asked for again must be the same one.
func TestAnotherBillAgain(t *testing.T) {
	for name, body := range map[string]string{
		"another id":     strings.Replace(good, "B1", "B2", 1),
		"another case":   strings.Replace(good, "12345", "12346", 1),
		"another item":   strings.Replace(good, "案件受理费", "财产保全申请费", 1),
		"another purse":  strings.Replace(strings.Replace(good, "案件受理费", "罚款", 1), "litigation", "fine", 1),
		"another notice": strings.Replace(good, `"status"`, `"notice":"N9","status"`, 1),
	} {
		c := connect(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		}))
		old := bill.Bill{Ref: "B1", Case: number, Item: "案件受理费", Purse: bill.Litigation}
		if b, err := c.Again(t.Context(), old); !errors.Is(err, bill.ErrUnreachable) {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
}

// 100 MB are not read, and one byte a second is not waited for longer than a visitor would.
func TestHugeAndSlowAnswers(t *testing.T) {
	var sent atomic.Int64
	c := connect(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		block := bytes.Repeat([]byte(" "), 1<<16)
		for range 100 << 20 >> 16 {
			n, err := w.Write(block)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}))
	if _, err := c.Find(t.Context(), bill.Query{Case: number}); !errors.Is(err, bill.ErrUnreachable) ||
		sent.Load() > 32<<20 {
		t.Errorf("100 MB: %v after %d MiB", err, sent.Load()>>20)
	}

	ended := make(chan struct{})
	c = connect(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for _, b := range []byte(`{"bills":[` + good + `]}`) {
			if _, err := w.Write([]byte{b}); err != nil {
				break
			}
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(time.Second):
			case <-r.Context().Done():
				close(ended)
				return
			}
		}
	}))
	// the visitor leaves earlier than the client gives up
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	if _, err := c.Find(ctx, bill.Query{Case: number}); !errors.Is(err, bill.ErrUnreachable) ||
		!errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one byte a second: %v", err)
	}
	<-ended
}

// authority makes a certificate authority and one leaf for a server or a client.
func authority(t *testing.T, dir, name string) (caFile string, leaf tls.Certificate, certFile, keyFile string) {
	t.Helper()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name + " CA"},
		NotBefore: time.Now().Add(-time.Hour),
		NotAfter:  time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth,
			x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, cert, ca, &key.PublicKey, caKey)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*pem.Block{name + "-ca.pem": {Type: "CERTIFICATE", Bytes: caDER}, name +
		".pem": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: "PRIVATE KEY", Bytes: keyDER}}
	for file, block := range files {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	leaf, err = tls.LoadX509KeyPair(filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key"))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name+"-ca.pem"), leaf, filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
}

// The case system has a certificate of the court's own authority and wants one of the kiosk; who lacks either learns
// nothing.
func TestBothSidesProveWhoTheyAre(t *testing.T) {
	dir := t.TempDir()
	serverCA, leaf, _, _ := authority(t, dir, "court")
	kioskCA, _, cert, key := authority(t, dir, "kiosk")
	pool := x509.NewCertPool()
	text, err := os.ReadFile(kioskCA)
	if err != nil {
		t.Fatal(err)
	}
	pool.AppendCertsFromPEM(text)
	s := httptest.NewUnstartedServer(courtsim.New([]bill.Bill{due()}, ""))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{leaf}, ClientAuth: tls.RequireAndVerifyClientCert,
		ClientCAs: pool}
	s.Config.ErrorLog = nil
	s.StartTLS()
	defer s.Close()

	tests := map[string]struct {
		o    courtapi.Options
		want bool
	}{
		"both":               {courtapi.Options{URL: s.URL, CAFile: serverCA, CertFile: cert, KeyFile: key}, true},
		"no client":          {courtapi.Options{URL: s.URL, CAFile: serverCA}, false},
		"another authority":  {courtapi.Options{URL: s.URL, CAFile: kioskCA, CertFile: cert, KeyFile: key}, false},
		"the system's roots": {courtapi.Options{URL: s.URL, CertFile: cert, KeyFile: key}, false},
	}
	for name, tt := range tests {
		c, err := courtapi.Open(tt.o)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Health(t.Context())
		if tt.want != (err == nil) || !tt.want && !errors.Is(err, bill.ErrUnreachable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, o := range map[string]courtapi.Options{
		"no address":    {URL: "court"},
		"a user in it":  {URL: "https://a:b@court.example"},
		"no authority":  {URL: s.URL, CAFile: filepath.Join(dir, "none.pem")},
		"a key as one":  {URL: s.URL, CAFile: key},
		"half a client": {URL: s.URL, CertFile: cert},
		"no token":      {URL: s.URL, TokenFile: filepath.Join(dir, "none")},
	} {
		if _, err := courtapi.Open(o); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
}

// A token may be changed while the kiosk runs; a wrong one is trouble on the road.
func TestToken(t *testing.T) {
	sim := courtsim.New([]bill.Bill{due()}, "new")
	s := httptest.NewServer(agreement(t)(sim))
	defer s.Close()
	file := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("old")
	c, err := courtapi.Open(courtapi.Options{URL: s.URL, TokenFile: file})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Health(t.Context()); !errors.Is(err, bill.ErrUnreachable) || strings.Contains(err.Error(), "old") {
		t.Errorf("with the old token: %v", err)
	}
	write("new\n")
	if err := c.Health(t.Context()); err != nil {
		t.Errorf("with the new token: %v", err)
	}
	write("two\nlines")
	if err := c.Health(t.Context()); err == nil {
		t.Error("a token of two lines was sent")
	}
}

// Whatever the case system says, no bill comes of it that no court may ask for, and no two that are one.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"bills":[` + good + `]}`))
	f.Add([]byte(`{"bills":[` + good + `,` + strings.Replace(good, "B1", "B2", 1) + `]}`))
	f.Add([]byte(`{"bills":[{"id":"B1","grounds":{"kind":"property"},"deadline":"2026-11-30"}]}`))
	var answer atomic.Pointer[[]byte]
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(*answer.Load())
	}))
	defer s.Close()
	c, err := courtapi.Open(courtapi.Options{URL: s.URL})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		answer.Store(&text)
		bills, err := c.Find(t.Context(), bill.Query{Case: number})
		if (err == nil) != (len(bills) > 0) {
			t.Fatalf("%v, %v", bills, err)
		}
		keys := make(map[payment.Key]bool)
		for _, b := range bills {
			if b.Check() != nil || b.Case.Base() != number || b.Ref == "" || b.Version == "" || keys[b.Key()] {
				t.Fatalf("%+v: %v", b, b.Check())
			}
			keys[b.Key()] = true
		}
	})
}
