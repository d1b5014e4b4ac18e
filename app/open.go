package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"courtkiosk/app/bill"
	"courtkiosk/app/bill/courtapi"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/app/message"
	"courtkiosk/app/offsite"
	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/escpos"
	"courtkiosk/app/receipt/ipp"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
	"courtkiosk/payment/bolt"
	"courtkiosk/payment/wechat"
)

// OpenGateway opens the road to WeChat alone: no ledger, and nothing is made. It is for a machine that was never
// started. The caller stops it.
func OpenGateway(c config.Config, log *slog.Logger, options ...Option) (*wechat.Gateway, error) {
	return with(c, log, options).openGateway()
}

// openGateway opens the road to WeChat with the keys of each merchant account.
func (a *App) openGateway() (*wechat.Gateway, error) {
	var accounts []wechat.Account
	var missing error
	for _, w := range a.Config.Accounts() {
		account, err := wechat.Account{Merchant: payment.Merchant{MchID: w.MchID, AppID: w.AppID},
			MerchantSerial: w.MerchantSerial, PublicKeyID: w.PublicKeyID, NotifyURL: w.NotifyURL}.Load(wechat.Files{
			PrivateKey: w.MerchantKey, PublicKey: w.PublicKey, APIv3Key: w.APIv3Key, Certificate: w.MerchantCert})
		if err != nil { // it closes the purses of this merchant, and no other
			a.log.Error("merchant without a key", "merchant", w.MchID, "err", err)
			missing = errors.Join(missing, err)
			continue
		}
		accounts = append(accounts, account)
	}
	if len(accounts) == 0 && !a.Config.WeChat.Sealed() { // the books can be read without a key
		return nil, missing
	}
	w := a.Config.WeChat
	return wechat.New(wechat.Config{Accounts: accounts, Hosts: w.Hosts, Log: a.log, Transport: a.road,
		Road: wechat.Road{Proxy: w.Proxy, ProxyPassword: w.ProxyPassword, CA: w.CA}})
}

// machineRoot is where this machine's names are read. Only the linker can set another one (-X), for a test that needs a
// second machine; no program that is installed has any.
var machineRoot = "/"

// HandOver is a step of root's before the service, which may not read a board's serial; see bolt.Handed.
func HandOver(root string) error { return bolt.HandOver(os.DirFS(root), machineRoot) }

// openLedger opens the file that the configuration names.
func openLedger(c config.Config) (payment.Ledger, payment.Keeper, error) {
	l, err := bolt.Open(c.Ledger.File, identity(c), boltOptions(c))
	if err != nil {
		return nil, nil, fmt.Errorf("open ledger %s: %w", c.Ledger.File, err)
	}
	return l, l, nil
}

func boltOptions(c config.Config) bolt.Options {
	return bolt.Options{Backups: c.Ledger.Backups, Mark: c.MarkFile(), Machine: bolt.MachineOf(os.DirFS(machineRoot))}
}

func identity(c config.Config) payment.Identity {
	return payment.Identity{Court: c.Court.Code, Environment: c.Environment}
}

func openCourt(c config.Config) (bill.Court, error) {
	if b := c.Bills; b.Source == config.FromCourtAPI {
		api, err := courtapi.Open(courtapi.Options{
			URL: b.URL, TokenFile: b.Token, CAFile: b.CA, CertFile: b.Cert, KeyFile: b.Key,
		})
		if err != nil {
			return nil, err
		}
		return api, nil
	}
	r, err := register.Open(c.RegisterFile())
	if err != nil {
		return nil, fmt.Errorf("open bills %s: %w", c.RegisterFile(), err)
	}
	r.Ignore(c.Bills.Ignore)
	r.Speak(message.Lang(c.Kiosk.Language))
	return r, nil
}

func openPrinter(c config.Config) (receipt.Printer, error) {
	if c.Receipt.Printer == config.PDF {
		seal, err := paper.OpenSeal(c.SealFile(), "courtkiosk "+c.Court.Code+" "+c.Kiosk.ID)
		if err != nil {
			return nil, err
		}
		return paper.NewFolder(c.Receipt.Address, seal)
	}
	return OpenPrinter(c)
}

// OpenPrinter opens the printer, and a folder of PDFs without a seal: that is the program's user's to make.
func OpenPrinter(c config.Config) (receipt.Printer, error) {
	switch c.Receipt.Printer {
	case config.ESCPOS:
		return escpos.New(c.Receipt.Address, map[int]paper.Roll{58: paper.Roll58, 80: paper.Roll80}[c.Receipt.Paper])
	case config.IPP:
		return ipp.New(c.Receipt.Address)
	case config.PDF:
		return paper.NewFolder(c.Receipt.Address, nil)
	}
	return receipt.None{}, nil
}

// Succeed makes the ledger that the configuration names, of a copy that has left another machine and the secret key
// that it was sealed to. It never takes the place of a ledger that has had an order.
func Succeed(ctx context.Context, c config.Config, sealed, key io.Reader, by payment.By) (offsite.Taken, error) {
	return c.Cradle().Take(ctx, sealed, key, func(file string) (payment.Heir, error) {
		return bolt.Succeed(ctx, c.Ledger.File, file, identity(c), boltOptions(c), by)
	})
}

// Restore puts a sound ledger in the place of the configured one, which is damaged or missing. Until WeChat was asked
// for what is lost, which Start begins, the ledger says that it is incomplete.
func Restore(ctx context.Context, c config.Config) (bolt.Restored, error) {
	return bolt.Restore(ctx, c.Ledger.File, identity(c), boltOptions(c))
}
