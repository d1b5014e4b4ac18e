package bill

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/app/caseno"
	"courtkiosk/payment"
)

func number(t *testing.T, text string) caseno.Number {
	t.Helper()
	n, err := caseno.Parse(text, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestIdentity(t *testing.T) {
	b := Bill{Case: number(t, "（2026）京0101民初12345号之一"), Item: "案件受理费", Purse: Litigation, Amount: 270000, Payer: "张晓明"}
	if got, want := b.ID(), "litigation （2026）京0101民初12345号 案件受理费"; got != want {
		t.Errorf("ID = %q, want %q", got, want)
	}
	changed := b
	changed.Amount, changed.Payer, changed.Deadline, changed.Remark = 1, "李四", time.Now(), "x"
	if changed.Key() != b.Key() {
		t.Error("amount, payer, date or remark changed the identity")
	}
	other := b
	other.Purse = Execution
	if other.Key() == b.Key() {
		t.Error("two purses share a key")
	}
	wide := b
	wide.Item = "案件 受理费"
	if wide.ID() != b.ID() {
		t.Errorf("a space makes %q of %q", wide.ID(), b.ID())
	}
	b.Notice, wide.Notice = "N-7", "Ｎ－７"
	if wide.ID() != b.ID() {
		t.Errorf("full width makes %q of %q", wide.ID(), b.ID())
	}
	if got, want := b.ID(), "litigation notice N-7"; got != want {
		t.Errorf("ID = %q, want %q", got, want)
	}
}

func TestPersonIsMasked(t *testing.T) {
	tests := map[string]string{
		"": "", "张": "*", "张三": "张*", "张晓明": "张*明", "欧阳小明": "欧**明", "买买提·吐尔逊江": "买***江",
		"北京晨曦商贸有限公司": "北京****公司", "东城区人民检察院": "东城****察院",
		"张三、李四、王小五": "张*、李*、王*五", "张三（代理人李四）": "张*", "上海和平投资中心（有限合伙）": "上海****伙）", "John Smith": "J***h",
		"张三（北京晨曦商贸有限公司职员）": "张*", "北京晨曦商贸有限公司（法定代表人张三）": "北京****公司", "张三系北京晨曦公司员工": "张***工",
	}
	for name, want := range tests {
		p := Person(name)
		for _, got := range []string{p.String(), fmt.Sprint(p), fmt.Sprintf("%v", p), fmt.Sprintf("%s", p),
			fmt.Sprintf("%+v", p), p.LogValue().String()} {
			if got != want {
				t.Errorf("%d runes: got %q, want %q", len([]rune(name)), got, want)
			}
		}
		if got := fmt.Sprintf("%#v", Bill{Payer: p}); len([]rune(name)) > 1 && strings.Contains(got, name) {
			t.Errorf("a printed bill shows the name: %s", got)
		}
	}
	if again := Person(Person("买买提·吐尔逊江").String()).String(); again != "买***江" {
		t.Errorf("masked twice: %s", again)
	}
}

func TestPersonIsMaskedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := Person(rapid.StringOf(rapid.RuneFrom([]rune("张三李四、，（）公司银行·* ab"))).Draw(t, "name")).String()
		if twice := Person(once).String(); twice != once {
			t.Fatalf("masked %q, then %q", once, twice)
		}
	})
}

// Receipts print an organisation's name whole and every other masked, whatever the court forgot to say.
func TestPrintedPayer(t *testing.T) {
	tests := map[string]struct {
		corporate bool // the court says so
		want      string
	}{
		"北京晨曦商贸有限公司": {false, "北京晨曦商贸有限公司"}, "华润置地（北京）有限公司": {false, "华润置地（北京）有限公司"},
		"中国工商银行股份有限公司北京东城支行": {false, "中国工商银行股份有限公司北京东城支行"}, "北京市公安局东城分局": {false, "北京市公安局东城分局"},
		"北京市东城区人民检察院": {false, "北京市东城区人民检察院"}, "东城区住房和城乡建设委员会": {false, "东城区住房和城乡建设委员会"},
		"北京大学": {false, "北京大学"}, "北京协和医院": {false, "北京协和医院"}, "河北省财政厅": {false, "河北省财政厅"},
		"KTV娱乐（北京）有限公司": {false, "KTV娱乐（北京）有限公司"}, "北京****公司": {false, "北京****公司"},
		// What stands behind the name in brackets is a person, or an old name.
		"北京晨曦商贸有限公司（法定代表人张三）": {false, "北京晨曦商贸有限公司"}, "北京晨曦商贸有限公司(张三)": {true, "北京晨曦商贸有限公司"},
		"张三（北京晨曦商贸有限公司）": {false, "张*"}, "张三（北京晨曦商贸有限公司职员）": {false, "张*"},
		// People, and those who trade under their own names.
		"": {false, ""}, "李四": {false, "李*"}, "欧阳小明": {false, "欧**明"}, "买买提·吐尔逊江": {false, "买***江"},
		"李学院":  {false, "李*院"},
		"张三饭店": {false, "张**店"}, "东城区张三餐饮店": {false, "东城****饮店"}, "北京李四建材经营部": {false, "北京****营部"},
		"王五摄影工作室": {false, "王***室"}, "东城区张三汽车服务中心": {false, "东城****中心"}, "北京张三商行": {false, "北***行"},
		"东城区张三宠物医院": {false, "东城****医院"}, "张三饭局": {false, "张**局"}, "张三餐厅": {false, "张**厅"},
		"北京张三公司（个体工商户）": {false, "北京****公司"}, "北京晨曦律师事务所": {false, "北京****务所"},
		// Who stands beside an organisation is a person.
		"张三、北京晨曦商贸有限公司": {false, "张*、北京晨曦商贸有限公司"}, "北京晨曦商贸有限公司，李四": {true, "北京晨曦商贸有限公司、李*"},
		"张三 北京晨曦商贸有限公司": {false, "张***司"}, "张三与北京晨曦商贸有限公司": {false, "张***司"}, "张三": {true, "张*"},
		// What the court says of a name that says nothing.
		"北京晨曦律师事务所 ": {true, "北京晨曦律师事务所"}, "上海和平投资中心（有限合伙）": {true, "上海和平投资中心（有限合伙）"},
		"前门村第三村民小组": {true, "前门村第三村民小组"}, "东城区张三餐饮店（经营者张三）": {true, "东城****饮店"},
		"东城区张三餐饮店（个体工商户）": {true, "东城****饮店"}, "东城区餐饮店经营者张三": {true, "东***三"},
		"张三110101199003074477合作社": {true, "张三****作社"},
	}
	for name, tt := range tests {
		b := Bill{Payer: Person(name), Corporate: tt.corporate}
		got := b.PrintedPayer()
		if got != tt.want {
			t.Errorf("%s (%t): got %s, want %s", name, tt.corporate, got, tt.want)
		}
		b.Payer = Person(got)
		if again := b.PrintedPayer(); again != got {
			t.Errorf("%s is printed from %s", again, got)
		}
		if screen := Person(got).String(); screen != Person(name).String() {
			t.Errorf("%s: the screen shows %s of what is printed, %s of the name", name, screen, Person(name))
		}
	}
}

// The ledger keeps of a payer what the receipt prints.
func TestLedgerKeepsThePrintedPayer(t *testing.T) {
	for name, want := range map[Person]string{"张晓明": "张*明", "北京晨曦商贸有限公司": "北京晨曦商贸有限公司"} {
		b := Bill{Case: number(t, "（2026）京0101民初1号"), Item: "案件受理费", Purse: Litigation, Amount: 1, Payer: name}
		r, err := b.Request(payment.Merchant{}, "北京市东城区人民法院", nil, nil)
		if err != nil || string(r.Personal) != want {
			t.Errorf("kept %s, %v, want %s", r.Personal, err, want)
		}
		if name.String() != want && strings.Contains(r.Title+string(r.Details), want) {
			t.Errorf("%s stands outside of the personal data", want)
		}
	}
}

// What was printed is printed again as it was, and shows no more of a person than a screen does.
func TestPersonIsPrintedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := Person(rapid.StringOf(rapid.RuneFrom([]rune("张三李四、，（）公司银行个体·* ab"))).Draw(t, "name"))
		corporate := rapid.Bool().Draw(t, "corporate")
		once := name.Printed(corporate)
		if twice := Person(once).Printed(corporate); twice != once {
			t.Fatalf("%q is printed as %q, then as %q", string(name), once, twice)
		}
	})
}

func TestPurses(t *testing.T) {
	for item, want := range map[string]Purse{"案件受理费": Litigation, "执行款": Execution, "司法罚款": Fine} {
		if got, err := PurseOf(item); err != nil || got != want {
			t.Errorf("PurseOf(%s) = %s, %v, want %s", item, got, err, want)
		}
	}
	if _, err := PurseOf("停车费"); !errors.Is(err, ErrUnknownItem) {
		t.Errorf("PurseOf(停车费) = %v", err)
	}
	if err := Collectable("鉴定费"); !errors.Is(err, ErrNotCollected) {
		t.Errorf("Collectable(鉴定费) = %v", err)
	}
	for item, want := range map[string]bool{"司法鉴定费": false, "房屋评估费用": false, "鉴定人出庭费": true, "拍卖成交款": true} {
		if got := Collectable(item) == nil; got != want {
			t.Errorf("Collectable(%s) = %t", item, got)
		}
	}
	for item := range items {
		if err := Collectable(item); err != nil {
			t.Errorf("Collectable(%s) = %v", item, err)
		}
	}
	if _, err := ParsePurse("别的"); err == nil {
		t.Error("ParsePurse took anything")
	}
}

func TestSensitive(t *testing.T) {
	for cause, want := range map[string]bool{"离婚纠纷": true, "申请人身安全保护令": true, "变更抚养关系纠纷": true, "分家析产纠纷": true,
		"隐私权、个人信息保护纠纷": true, "侵害未成年人权益纠纷": true, "买卖合同纠纷": false, "机动车交通事故责任纠纷": false, "": false} {
		if got := Sensitive(cause, QuietCauses); got != want {
			t.Errorf("Sensitive(%q) = %t", cause, got)
		}
	}
	if Sensitive("离婚纠纷", nil) || !Sensitive("买卖合同纠纷", []string{"合同"}) {
		t.Error("the court's own words do not count")
	}
}
