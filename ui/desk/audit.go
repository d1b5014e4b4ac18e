package desk

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"courtkiosk/app/clerk"
	"courtkiosk/payment"
)

var auditRoutes = []Route{
	{Pattern: "GET /audit", Right: clerk.SeeAudit, Serve: auditPage},
	{Pattern: "POST /audit", Right: clerk.SeeAudit, Serve: askAudit, Harmless: true},
	{Pattern: "GET /audit/{id}", Menu: "/audit", Right: clerk.SeeAudit, Serve: auditPage},
}

const (
	auditPerPage   = 50
	verifiedAtOnce = 50_000 // up to so many entries the chain is verified by the page itself; longer ones when asked
)

// An auditAsk is what was asked, as it was typed.
type auditAsk struct {
	Kind           clerk.AuditKind
	Person, Object string
	From, To       string // 2006-01-02
}

// kindWords are what kinds of entries are called.
var kindWords = map[clerk.AuditKind]string{
	clerk.AuditAll: "全部记录", clerk.AuditPeople: "人员操作", clerk.AuditSignIns: "登录与退出",
	clerk.AuditAccounts: "账号变更", clerk.AuditRefunds: "退款",
}

// An auditRow is an entry, or the day above some.
type auditRow struct {
	payment.Entry
	Day    time.Time // of a group's head; zero of an entry
	Who    string
	Role   string
	What   string
	Object string
	Path   string // of the order
	Hash   string
}

// An auditView is the page.
type auditView struct {
	Ask   auditAsk
	Kinds []auditKind
	Staff []auditPerson
	Rows  []auditRow
	Found int
	Of    int
	Days  bool // the entries are of days, not of one order
	Next  string
	Wrong string
	Chain *clerk.Chain
	Hash  string
	Took  string
}

type auditKind struct {
	Kind clerk.AuditKind
	Word string
}

type auditPerson struct{ Number, Masked string }

// askAudit keeps what is asked for under a name, which is all that stands in the address; verify has the chain read
// again.
func askAudit(v *Visit) error {
	f := v.R.PostForm
	if f.Has("verify") {
		if _, err := v.verify(); err != nil {
			return err
		}
	}
	v.to = "/audit/" + v.audits.put(auditAsk{
		Kind: clerk.AuditKind(f.Get("kind")), Person: strings.TrimSpace(f.Get("person")),
		Object: strings.TrimSpace(f.Get("object")), From: f.Get("from"), To: f.Get("to"),
	}, now())
	return nil
}

// verify reads the audit whole, and keeps what that came to.
func (v *Visit) verify() (clerk.Chain, error) {
	c, err := v.Desk.VerifyAudit(v.Context(), v.Clerk)
	if err == nil {
		v.chain.set("", c, now())
	}
	return c, err
}

func auditPage(v *Visit) error {
	v.Back = "/audit"
	id := v.R.PathValue("id")
	a, ok := v.audits.get(id, now())
	if !ok {
		today := now()
		a = auditAsk{Kind: clerk.AuditPeople, From: today.AddDate(0, 0, -1).Format(time.DateOnly),
			To: today.Format(time.DateOnly)}
	}
	p := auditView{Ask: a}
	for _, k := range clerk.AuditKinds {
		p.Kinds = append(p.Kinds, auditKind{k, kindWords[k]})
	}
	staff, err := v.Desk.Colleagues(v.Context(), v.Clerk)
	if err != nil {
		return err
	}
	people := make(map[string]payment.Person)
	for _, one := range staff {
		people[one.Number] = one
		p.Staff = append(p.Staff, auditPerson{one.Number, clerk.Masked(one)})
	}
	if err := v.fillAudit(&p, a, people); err != nil {
		return err
	}
	if err := v.fillChain(&p); err != nil {
		return err
	}
	return v.Show("audit", "审计", p)
}

// fillAudit puts in the entries that are asked for.
func (v *Visit) fillAudit(p *auditView, a auditAsk, people map[string]payment.Person) error {
	ask := clerk.AuditAsk{Kind: a.Kind, Person: a.Person, N: auditPerPage}
	var errs [2]error
	ask.From, errs[0] = time.ParseInLocation(time.DateOnly, a.From, payment.China)
	ask.To, errs[1] = time.ParseInLocation(time.DateOnly, a.To, payment.China)
	if p.Days = a.Object == ""; p.Days && (errs[0] != nil || errs[1] != nil || ask.To.Before(ask.From)) {
		p.Wrong = "请按 2026-11-23 的样式填写起止日期，止不早于起。"
		return nil
	}
	if !p.Days {
		no, err := v.Desk.OrderOf(v.Context(), a.Object)
		if err != nil {
			p.Wrong = "台账里没有这个编号或单号。"
			return nil //nolint:nilerr // it is said on the page
		}
		ask.Order = no
	}
	if _, err := fmt.Sscan(v.R.URL.Query().Get("before"), &ask.Before); err != nil {
		ask.Before = 0
	}
	page, err := v.Desk.Audit(v.Context(), v.Clerk, ask)
	if err != nil {
		return err
	}
	p.Found, p.Of = page.Found, page.Of
	var orders []string
	for _, e := range page.Entries {
		orders = append(orders, e.Order)
	}
	names, day := v.Desk.Named(v.Context(), orders), ""
	for _, e := range page.Entries {
		if d := e.At.In(payment.China).Format(time.DateOnly); d != day {
			day = d
			p.Rows = append(p.Rows, auditRow{Day: e.At})
		}
		p.Rows = append(p.Rows, v.auditRow(e, people, names))
	}
	if n := len(page.Entries); page.More && n > 0 {
		p.Next = fmt.Sprintf("%s?before=%d", v.R.URL.Path, page.Entries[n-1].Seq)
		if v.R.PathValue("id") == "" {
			p.Next = fmt.Sprintf("/audit/%s?before=%d", v.audits.put(a, now()), page.Entries[n-1].Seq)
		}
	}
	return nil
}

func (v *Visit) auditRow(e payment.Entry, people map[string]payment.Person, names map[string]string) auditRow {
	r := auditRow{Entry: e, Who: "系统", Role: "—", What: eventWords(e.Event), Object: names[e.Order],
		Hash: hex.EncodeToString(e.Hash[:min(4, len(e.Hash))])}
	if one, ok := people[e.By.Person]; ok {
		r.Who, r.Role = one.Number+" "+clerk.Masked(one), roleTitle(clerk.Role(one.Role))
	} else if e.By.Person != "" {
		r.Who = e.By.Person
	} else if e.By.Device != "" && strings.HasPrefix(e.Event, "staff-") {
		r.Who = "本机命令"
	}
	if r.Object != "" {
		r.Path = v.Path("/order", e.Order)
	} else if number, rest, ok := strings.Cut(e.Note, ", "); ok && people[number].Number != "" {
		role, why, _ := strings.Cut(rest, ": ")
		r.Object, r.Note = number, strings.TrimSuffix(roleTitle(clerk.Role(role))+"："+why, "：")
		if n, tried := strings.CutPrefix(rest, "try "); tried {
			r.Note = "第 " + n + " 次"
		}
	}
	return r
}

// fillChain says how the chain was found when it was verified last; a short one is verified now.
func (v *Visit) fillChain(p *auditView) error {
	c, ok := v.chain.get("", now())
	if !ok {
		long, err := v.Desk.LongerAudit(v.Context(), verifiedAtOnce)
		if err != nil {
			return err
		}
		if long {
			return nil
		}
		if c, err = v.verify(); err != nil {
			return err
		}
	}
	p.Chain, p.Hash = &c, hex.EncodeToString(c.Hash[:min(8, len(c.Hash))])
	p.Took = fmt.Sprintf("%.1f", c.Took.Seconds())
	return nil
}

// events are what the audit's events are called; one without a name here is shown as it stands.
var events = map[string]string{
	string(payment.Opened): "建立订单", string(payment.Coded): "取得付款码", string(payment.CloseAsked): "请求关闭",
	string(payment.SaidPaid): "微信确认付款", string(payment.SaidRefunded): "微信确认有退款",
	string(payment.SaidDifferent): "付款不符", string(payment.SaidClosed): "微信确认关闭",
	string(payment.SaidAbsent): "订单作废", string(payment.GivenUp): "人工作废", string(payment.Refused): "号码被占用",
	string(payment.PaidByOther): "其他终端已付", string(payment.Adopted): "补记付款", string(payment.Accepted): "认定有效",
	string(payment.EndedByHand): "转人工",
	string(payment.AsksRefund):  "申请退款", string(payment.ApprovesRefund): "同意退款",
	string(payment.RefusesRefund): "退回退款申请", string(payment.WithdrawsRefund): "撤回退款",
	string(payment.SendsRefund): "退款提交微信", string(payment.SaidProcessing): "微信受理退款",
	string(payment.SaidSuccess): "退款到账", string(payment.SaidAbnormal): "退款异常",
	string(payment.SaidEnded): "退款关闭", string(payment.RestoresRefund): "退款待再复核", "refund-noted": "退款记录",
	clerk.EventSignedIn: "登录", clerk.EventSignedOut: "退出", clerk.EventSignInRefused: "登录未通过",
	clerk.StaffMade: "设立账号", clerk.StaffReset: "重设账号", clerk.StaffReady: "本人设置 PIN",
	clerk.StaffConfirmed: "确认账号", clerk.StaffEnded: "停用账号", clerk.StaffPIN: "更改 PIN",
	"closing-closed": "日结经办签字", "closing-countersigned": "日结复核签字", "difference-taken": "认领差异",
	"difference-resolved": "了结差异", "full-name-shown": "查看全名", "noted": "备注",
	clerk.OrderExplained: "出具情况说明", clerk.NoticeWritten: "发布公告", clerk.NoticeTaken: "撤下公告", "proof-tried": "查询核验",
	"proof-given": "查询通过", "receipt done": "凭证已打印", "receipt handed": "凭证打印", "receipt doubtful": "凭证存疑",
	"refund-slip-handed": "退款申请单交打印", "receipt-presented": "出示凭证",
	"report done": "已上报法院", "expunged": "清除个人信息", "restored": "台账恢复", "complete": "恢复补齐",
	payment.CallMade: "终端呼叫窗口", payment.CallAnswered: "应答终端呼叫",
	"rebound": "台账改绑", "succeeded": "由异地备份恢复", "succeeded-by": "已被接替", "migrated": "台账升级",
}

func eventWords(event string) string {
	if word, ok := events[event]; ok {
		return word
	}
	if rest, ok := strings.CutPrefix(event, "attention"); ok && strings.HasSuffix(rest, " done") {
		return "了结工作"
	}
	return event
}
