package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/assets"
	"courtkiosk/payment"
	"courtkiosk/payment/wechatsim"
)

// OpenDemo opens a kiosk that needs nothing: its court, bills, keys and WeChat Pay are made up. dir keeps its state.
// Each demo has a ledger of its own: what an earlier one was paid, this one's WeChat does not know.
func OpenDemo(dir string, change func(*config.Config), log *slog.Logger, options ...Option) (*App, error) {
	receipts := filepath.Join(dir, "receipts")
	if err := os.MkdirAll(receipts, 0o700); err != nil {
		return nil, fmt.Errorf("demo folder: %w", err)
	}
	c := config.Defaults()
	c.Environment = config.Demo
	c.Court.Code, c.Court.Name = "京0101", "北京市东城区人民法院"
	c.Court.NameEN, c.Court.WindowEN = "Beijing Dongcheng District People's Court", "Window 2"
	c.Kiosk.ID, c.Kiosk.Fullscreen = "03", false
	c.Ledger.File = filepath.Join(dir, time.Now().Format("ledger-20060102-150405.000.db"))
	c.Ledger.Backups = c.Ledger.File + ".backups" // each demo begins anew, whatever an earlier one kept
	c.Receipt = config.Receipt{Printer: config.PDF, Address: receipts}
	stand, err := wechatsim.NewStand(dir, c.Payee())
	if err != nil {
		return nil, err
	}
	c.WeChat = config.WeChat{
		MchID: stand.Merchant.MchID, AppID: stand.Merchant.AppID, MerchantSerial: stand.Merchant.Serial,
		MerchantKey: stand.KeyFile, PublicKeyID: stand.PublicKeyID(), PublicKey: stand.PublicKeyFile,
		NotifyURL: "https://demo.invalid/notify", Hosts: []string{stand.URL},
		// The purses are kept apart.
		Execution: &config.WeChat{MchID: stand.Second.MchID}, Fine: &config.WeChat{MchID: stand.Third.MchID},
	}
	if change != nil {
		change(&c)
	}
	a, err := Open(c, log, options...)
	if err != nil {
		return nil, errors.Join(err, stand.Close())
	}
	a.Demo = stand
	now := time.Now()
	list := assets.SampleBillsOf(now.In(payment.China).Year())
	court, ok := a.court.(*register.Register)
	if !ok { // the change asks a case system
		return a, nil
	}
	if _, err := court.Import(context.Background(), bytes.NewReader(list), "bills.csv", now); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}
