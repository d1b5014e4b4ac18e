package app

import (
	"errors"
	"fmt"
	"log/slog"

	"courtkiosk/app/bill"
	"courtkiosk/app/bill/courtapi"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/escpos"
	"courtkiosk/app/receipt/ipp"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
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
