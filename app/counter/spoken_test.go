package counter

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"courtkiosk/app/bill"
	"courtkiosk/app/caseno"
	"courtkiosk/payment"
)

// spoken is every value that crosses the counter.
var spoken = []any{
	Due{}, Ask{}, Progress{}, Wish{}, Proof{}, Print{}, Handed{}, PrintEnd{}, Standing{}, Refusal{}, bill.Query{},
}

// Every value goes through JSON and back, each of its fields set to something that is not zero.
func TestEveryValueCrosses(t *testing.T) {
	for _, v := range spoken {
		full := reflect.New(reflect.TypeOf(v)).Elem()
		n := 0
		fill(t, full, &n, full.Type().String())
		again := through(t, full.Interface())
		if !reflect.DeepEqual(again, full.Interface()) {
			t.Errorf("%+v\nbecame %+v", full, again)
		}
	}
}

// through sends a value through JSON.
func through(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	again := reflect.New(reflect.TypeOf(v))
	if err := json.Unmarshal(text, again.Interface()); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return again.Elem().Interface()
}

// fill sets every field to another value, and complains of what cannot cross.
func fill(t *testing.T, v reflect.Value, n *int, path string) {
	t.Helper()
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2026, 11, 28, 9, 0, *n, 1000**n, time.UTC)))
		return
	}
	if v.Type() == reflect.TypeFor[caseno.Number]() { // it crosses as its text
		v.Set(reflect.ValueOf(number))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		if v.Type() == reflect.TypeFor[*Due]() || v.Type() == reflect.TypeFor[*Refusal]() && *n < 100 {
			v.Set(reflect.New(v.Type().Elem()))
			*n += 100
			fill(t, v.Elem(), n, path)
		}
	case reflect.Map:
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, k, n, path)
		fill(t, e, n, path)
		if e.Kind() != reflect.Pointer || !e.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(k, e)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Tag.Get("json") == "-" {
				continue
			}
			if !f.IsExported() {
				t.Errorf("%s.%s does not cross", path, f.Name)
				continue
			}
			fill(t, v.Field(i), n, path+"."+f.Name)
		}
	default:
		t.Errorf("%s is a %s: what would it be on the other side?", path, v.Type())
	}
}

// What a counter says crosses as it is, and holds no name that is not masked and no cause that is sensitive.
func TestWhatIsSaidCrosses(t *testing.T) {
	inWorld(t, func(w *world) {
		d := w.only()
		if d.Payer != "张*明" || d.Cause != "" || d.State != bill.DueOwed || d.Amount != 270000 || d.Payee == "" {
			t.Errorf("a due says %+v", d)
		}
		p := w.paidBy("a")
		paid := w.only()
		h, err := w.Receipt(w.t.Context(), Print{Order: p.Order, Visit: "a"})
		if err != nil {
			t.Fatal(err)
		}
		_, changed := w.Pay(w.t.Context(), Ask{Bill: paid.Bill, Quote: "another"})
		no := refused(w.t, "another quote", changed, Changed)
		no.Err = nil // does not cross
		for _, v := range []any{d, paid, p, h, w.Standing(w.t.Context()), *no} {
			again := through(t, v)
			if was, is := plain(t, v), plain(t, again); was != is {
				t.Errorf("%s\nbecame %s", was, is)
			}
		}
	})
}

// plain is a value as JSON has it.
func plain(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestOver(t *testing.T) {
	over := []payment.State{payment.Paid, payment.Closed, payment.Void, payment.Disputed, payment.Foreign}
	for _, s := range []payment.State{
		payment.Created, payment.Waiting, payment.Closing, payment.Paid, payment.Closed, payment.Void, payment.Foreign,
		payment.Disputed,
	} {
		if got := (Progress{State: s}).Over(); got != slices.Contains(over, s) {
			t.Errorf("%s is over: %t", s, got)
		}
	}
}

// A remark that tells a quiet cause is as quiet: the lobby reads it on the same screen.
func TestARemarkTellsNoQuietCause(t *testing.T) {
	for remark, want := range map[string]string{"普通程序": "普通程序", "离婚案件 · 减半": ""} {
		inWorld(t, func(w *world) {
			w.court.bills[0].Remark = remark
			dues, err := w.Find(w.t.Context(), bill.Query{Case: number})
			if err != nil || len(dues) != 1 || dues[0].Remark != want {
				t.Errorf("%s: got %+v, %v; want the remark %q", remark, dues, err, want)
			}
		})
	}
}
