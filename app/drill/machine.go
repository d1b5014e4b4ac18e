package drill

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/payment"
)

// ErrNotTest means: the machine is none that a drill is made on.
var ErrNotTest = errors.New("drill: only where environment is \"test\"")

// payWithin is how long each order can be paid: people walk to the machine and back.
const payWithin = 5 * time.Minute

// Beside is the configuration of the tried program: the machine's own, with a ledger, bills and keys in dir. Its kiosk
// id is another one, which no machine has had: else the merchant's bills would say that somebody else takes payments
// under this machine's id, and close it. Purses with accounts of their own are not tried. door is the address of the
// drill's road to WeChat.
func Beside(c config.Config, dir, door string) (config.Config, error) {
	if c.Environment != config.Test {
		return c, ErrNotTest
	}
	c.Kiosk.ID = "D" + rand.Text()[:7]
	c.Kiosk.PayWithin, c.Kiosk.Notices = payWithin, ""
	c.Ledger = config.Ledger{File: filepath.Join(dir, "state", "ledger.db"), Backups: filepath.Join(dir, "backups")}
	c.Bills = config.Bills{Source: config.FromRegister, Holidays: c.Bills.Holidays}
	c.Receipt.SigningKey, c.Receipt.Keys = "", ""
	c.Clerk = config.Clerk{}
	c.WeChat.Execution, c.WeChat.Fine = nil, nil
	if c.WeChat.Proxy == "" {
		c.WeChat.Proxy = "http://" + door
		return c, nil
	}
	u, err := url.Parse(c.WeChat.Proxy)
	if err != nil {
		return c, fmt.Errorf("wechat.proxy: %w", err)
	}
	u.Host = door
	c.WeChat.Proxy = u.String()
	return c, nil
}

// Case is the number that the drill's bills go by, of the machine's court and the drill's year: none that a court
// would give.
func Case(c config.Config, at time.Time) string {
	return fmt.Sprintf("（%d）%s民初9999999号", at.In(payment.China).Year(), c.Court.Code)
}

// Notice is the number of an act's notice. It is in no other drill of the court, and by it the order's number at WeChat
// is none that was used.
func Notice(name string, c config.Config, a Act) string {
	return "DRILL-" + name + "-" + c.Kiosk.ID + "-" + string(a)
}

// Bills is the list of bills of a drill, for the configuration of the tried program.
func Bills(c config.Config, name string, at time.Time) string {
	text := "案号,费用项目,金额,通知书编号,资金类别\n"
	for _, a := range Acts {
		text += fmt.Sprintf("%s,验收演练,%s,%s,诉讼费\n", Case(c, at), Amount, Notice(name, c, a))
	}
	return text
}
