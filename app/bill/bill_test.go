package bill

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"courtkiosk/app/caseno"
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
	for cause, want := range map[string]bool{"离婚纠纷": true, "申请人身安全保护令": true, "买卖合同纠纷": false, "": false} {
		if got := Sensitive(cause); got != want {
			t.Errorf("Sensitive(%q) = %t", cause, got)
		}
	}
}
