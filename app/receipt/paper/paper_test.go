package paper

import (
	"bytes"
	"errors"
	"flag"
	"image"
	"image/draw"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

var update = flag.Bool("update", false, "write the golden files; look at each before it is committed")

// code is the sample's, signed with a key of zeros.
const code = "CRT1.AEJZ4OKA42YL2EFDXSH5QBQ7566IQMRQGI3O7PEJ4S5KYMBRGAY6NMER4WEJ2MJSGM2DLZMPW4MFAWRNGAYTAMJNGAZS2MRWG" +
	"EYTEMZNGAYDAMBYG4ODIMRQGAYDAMRWGEYTEMBSGYYTCMRTGEZDGNBVGY3TQOJQLRWEQUKRQI6CITE5F3HYBTCD6IYCTIQEHA2DSO4QND74T2EB" +
	"G2TRPGR7QG5V5NP3UVQPZT7FNBJSX7646HXHQREGOP6MZJTXXSIH4CI"

func sample() receipt.Receipt {
	return receipt.Receipt{
		Number: "PZ-0101-03-261123-000087", Copy: 1, Court: "北京市东城区人民法院", Payee: "北京市东城区人民法院",
		Case: "（2026）京0101民初12345号", Item: "案件受理费", Purse: "诉讼费", Payer: "张*明", Amount: 270000,
		PaidAt: time.Date(2026, 11, 23, 14, 33, 7, 0, payment.China), TransactionID: "4200002611202611231234567890",
		OrderNo: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", Reference: "ZF-0101-03-261123-0087", Kiosk: "03", Window: "2号窗口",
		Fiscal: "财政票据请凭本凭证到窗口领取", Hotline: "12368", Code: code,
	}
}

func samples() map[string]receipt.Receipt {
	copied, demo, trial, long, million := sample(), sample(), sample(), sample(), sample()
	unsigned := sample()
	unsigned.Code = "" // the key was revoked
	copied.Copy = 2
	returned, part := copied, copied
	returned.Returned, returned.Back = payment.AllReturned, returned.Amount
	part.Returned, part.Back = payment.PartReturned, 10000
	some := copied
	some.Returned = payment.SomeReturned
	demo.Environment, trial.Environment = receipt.Demo, receipt.Test
	long.Court, long.Payee = "内蒙古自治区呼伦贝尔市莫力达瓦达斡尔族自治旗人民法院", "内蒙古自治区呼伦贝尔市莫力达瓦达斡尔族自治旗人民法院"
	long.Item, long.Purse, long.Amount = "设立海事赔偿责任限制基金申请费", "执行款", 9_999_999_999_99
	long.Payer = "北京****\U0002FFFF公司"
	million.Payer, million.Amount = "中国工商银行股份有限公司北京东城支行", 1_234_567_89
	return map[string]receipt.Receipt{
		"receipt": sample(), "copy": copied, "demo": demo, "test": trial, "long": long, "million": million,
		"returned": returned, "part-returned": part, "some-returned": some, "unsigned": unsigned,
	}
}

func TestPictures(t *testing.T) {
	for width, roll := range map[string]Roll{"": Roll80, "-58mm": Roll58} {
		for name, r := range samples() {
			t.Run(name+width, func(t *testing.T) {
				page, err := Layout(r, roll)
				if err != nil {
					t.Fatal(err)
				}
				compare(t, name+width, page.Image())
				if got, want := len(page.Missing), strings.Count(r.Payer, "\U0002FFFF"); got != want {
					t.Errorf("%d characters reported missing, want %d", got, want)
				}
			})
		}
		page, err := LayoutSlip(receipt.Verification{
			Court: "北京市东城区人民法院", Reference: "ZF-0101-03-261123-0087", OrderNo: sample().OrderNo, Amount: 270000,
			At: sample().PaidAt, Kiosk: "03", Window: "2号窗口", Hotline: "12368",
		}, roll)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "verification"+width, page.Image())
		page, err = LayoutSlip(receipt.Estimate{
			Court: "北京市东城区人民法院", Title: "财产案件", Law: "诉讼费用交纳办法（国务院令第481号）", Article: "第十三条第（一）项",
			Steps: []receipt.Step{{Label: "不超过¥10,000的部分", Sum: "¥50.00"},
				{Label: "超过¥10,000至¥100,000的部分：¥90,000 × 2.5%", Sum: "¥2,250.00"},
				{Label: "超过¥100,000至¥200,000的部分：¥20,000 × 2%", Sum: "¥400.00"}, {Label: "减半交纳", Sum: "¥1,350.00"}},
			Fee: "¥1,350.00", At: sample().PaidAt, Kiosk: "03", Window: "2号窗口", Hotline: "12368",
		}, roll)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "estimate"+width, page.Image())
		page, err = LayoutSlip(receipt.FeeTable{
			Court: "北京市东城区人民法院", Law: "诉讼费用交纳办法（国务院令第481号）", Kinds: []receipt.FeeKind{
				{Name: "财产案件受理费", Rates: []receipt.Step{{Label: "不超过1万元", Sum: "50元"},
					{Label: "超过1万元至10万元的部分", Sum: "2.5%"}, {Label: "超过1000万元至2000万元的部分", Sum: "0.6%"}}},
				{Name: "劳动争议案件受理费", Rates: []receipt.Step{{Sum: "每件10元"}}},
				{Name: "撤销仲裁裁决、认定仲裁协议效力申请费", Rates: []receipt.Step{{Sum: "每件400元"}}},
				{Name: "破产申请费", Rates: []receipt.Step{{Label: "标准", Sum: "按财产案件受理费的一半"}, {Label: "最多", Sum: "30万元"}}},
			},
			At: sample().PaidAt, Kiosk: "03", Window: "2号窗口", Hotline: "12368",
		}, roll)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "fee-table"+width, page.Image())
		for name, r := range referrals() {
			page, err := LayoutSlip(r, roll)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, name+width, page.Image())
		}
		for name, r := range refundRequests() {
			page, err := LayoutSlip(r, roll)
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Missing) > 0 {
				t.Errorf("the font lacks %q", page.Missing)
			}
			compare(t, name+width, page.Image())
		}
	}
}

// referrals are a case that was not found, and a payment that a clerk has to look at.
func referrals() map[string]receipt.Referral {
	found := receipt.Referral{
		Court: "北京市东城区人民法院", Code: "B-01", Title: "未查到该案号", Said: "本院缴费清单中没有该案号。",
		Read: []receipt.Fact{{Label: "案号", Value: "（2026）京0101民初…45号"}}, At: sample().PaidAt, Kiosk: "03",
		Window: "2号窗口", Hotline: "12368",
	}
	paid := found
	paid.Code, paid.Title, paid.Said = "B-06", "需要工作人员核对", "已收到一笔付款，但金额或账户与应交的不一致。"
	paid.Read = append(paid.Read[:1:1], receipt.Fact{Label: "费用项目", Value: "案件受理费"})
	paid.OrderNo, paid.Reference = sample().OrderNo, sample().Reference
	paid.Environment = receipt.Demo
	return map[string]receipt.Referral{"referral": found, "referral-paid": paid}
}

// refundRequests are a payment that its payer wants back, and one of which some came back, with no key to sign.
func refundRequests() map[string]receipt.RefundRequest {
	r := sample()
	whole := receipt.RefundRequest{
		Court: r.Court, Reference: r.Reference, Case: r.Case, Item: r.Item, Amount: r.Amount, PaidAt: r.PaidAt,
		TransactionID: r.TransactionID, OrderNo: r.OrderNo, Code: code, At: r.PaidAt.Add(time.Hour), Kiosk: "03",
		Window: "2号窗口", Hours: "周一至周五 9:00–12:00、13:30–17:00", Hotline: "12368",
	}
	some := whole
	some.Returned, some.Back, some.Code, some.Hours = payment.PartReturned, 10000, "", ""
	some.Environment = receipt.Demo
	return map[string]receipt.RefundRequest{"refund-request": whole, "refund-request-part": some}
}

func compare(t *testing.T, name string, got *image.Gray) {
	t.Helper()
	path := filepath.Join("testdata", name+".png")
	var b bytes.Buffer
	if err := png.Encode(&b, got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if g, ok := want.(*image.Gray); !ok || !bytes.Equal(g.Pix, got.Pix) {
		failed := filepath.Join(t.ArtifactDir(), name+".png")
		_ = os.WriteFile(failed, b.Bytes(), 0o644)
		t.Errorf("%s looks different; see %s, and run with -update once it is right", name, failed)
	}
}

func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("SKIPPED: %s is not installed; make deps installs it", program)
	}
}

func TestTextComesOutOfThePDF(t *testing.T) {
	need(t, "pdftotext")
	for name, r := range samples() {
		page, err := Layout(r, Roll80)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name+".pdf")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := page.PDF(f); err != nil {
			t.Fatal(err)
		}
		f.Close()
		out, err := exec.Command("pdftotext", "-raw", path, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		capitals, _ := receipt.Capitals(r.Amount)
		text := squeeze(string(out))
		for _, want := range []string{r.Number, r.Court, r.Case, r.Item, r.TransactionID, r.OrderNo, r.Reference,
			r.Amount.Yuan(), capitals, r.Title(), "本凭条不作为财政票据", "2026-11-2314:33:07"} {
			if !strings.Contains(text, squeeze(want)) {
				t.Errorf("%s: the text lacks %q:\n%s", name, want, out)
			}
		}
		demo, trial := r.Environment == receipt.Demo, r.Environment == receipt.Test
		if strings.Contains(text, "补打") != (r.Copy > 1) || strings.Contains(text, "演示") != demo ||
			strings.Contains(text, "测试") != trial ||
			strings.Contains(text, "本笔已退款") != (r.Returned != payment.NothingReturned) {
			t.Errorf("%s: marks are wrong:\n%s", name, out)
		}
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func TestScannersReadTheQR(t *testing.T) {
	need(t, "zbarimg")
	for name, r := range samples() {
		page, err := Layout(r, Roll80)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name+".png")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, page.Image()); err != nil {
			t.Fatal(err)
		}
		f.Close()
		out, err := exec.Command("zbarimg", "-q", "--raw", path).Output()
		if (err == nil) != (r.Code != "") || strings.TrimSpace(string(out)) != r.Code { // nothing read is an error, too
			t.Errorf("%s: read %q, %v, want %q", name, out, err, r.Code)
		}
	}
}

// A receipt that was folded, photographed askew from a little too far, and is read all the same.
func TestScannersReadATiredQR(t *testing.T) {
	need(t, "zbarimg")
	page, err := Layout(sample(), Roll80)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ turn, scale, blur float64 }{
		"turned":          {3, 1, 0},
		"upside down":     {180, 1, 0},
		"scaled":          {0, 0.7, 0},
		"blurred":         {0, 1, 1},
		"all three":       {3, 0.85, 0.7},
		"a little larger": {-7, 1.3, 0.7},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tired.png")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(png.Encode(f, tired(page.Image(), tt.turn, tt.scale, tt.blur)),
				f.Close()); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("zbarimg", "-q", "--raw", path).Output()
			if err != nil || strings.TrimSpace(string(out)) != code {
				t.Errorf("read %q, %v", out, err)
			}
		})
	}
}

// tired turns a picture by degrees, scales it and blurs it over so many dots.
func tired(img *image.Gray, degrees, scale, blur float64) *image.Gray {
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	side := int(1.2 * scale * math.Hypot(w, h))
	out := image.NewGray(image.Rect(0, 0, side, side))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	sin, cos = sin*scale, cos*scale
	middle := float64(side) / 2
	xdraw.BiLinear.Transform(out, f64.Aff3{cos, -sin, middle - cos*w/2 + sin*h/2, sin, cos, middle - sin*w/2 - cos*h/2},
		img, img.Rect, xdraw.Over, nil)
	if blur == 0 {
		return out
	}
	soft := image.NewGray(out.Rect)
	for y := range side {
		for x := range side {
			var sum, weight float64
			for dy := -2; dy <= 2; dy++ {
				for dx := -2; dx <= 2; dx++ {
					g := math.Exp(-float64(dx*dx+dy*dy) / (2 * blur * blur))
					sum, weight = sum+g*float64(out.GrayAt(min(max(x+dx, 0), side-1), min(max(y+dy, 0), side-1)).Y),
						weight+g
				}
			}
			soft.Pix[y*soft.Stride+x] = uint8(sum / weight)
		}
	}
	return soft
}

func BenchmarkLayoutAndImage(b *testing.B) {
	for b.Loop() {
		page, err := Layout(sample(), Roll80)
		if err != nil {
			b.Fatal(err)
		}
		page.Image()
	}
}

func BenchmarkLayoutAndPDF(b *testing.B) {
	for b.Loop() {
		page, err := Layout(sample(), Roll80)
		if err != nil {
			b.Fatal(err)
		}
		var w bytes.Buffer
		if err := page.PDF(&w); err != nil {
			b.Fatal(err)
		}
	}
}
