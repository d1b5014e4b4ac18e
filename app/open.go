package app

import (
	"fmt"
	"log/slog"

	"courtkiosk/app/bill/courtapi"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/escpos"
	"courtkiosk/app/receipt/ipp"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
)

func openGateway(c config.Config, log *slog.Logger) (*wechat.Gateway, error) {
	var accounts []wechat.Account
	for _, w := range c.Accounts() {
		a, err := wechat.Account{
			Merchant: payment.Merchant{MchID: w.MchID, AppID: w.AppID}, MerchantSerial: w.MerchantSerial,
			PublicKeyID: w.PublicKeyID, NotifyURL: w.NotifyURL,
		}.Load(wechat.Files{PrivateKey: w.MerchantKey, PublicKey: w.PublicKey, APIv3Key: w.APIv3Key})
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, a)
	}
	g, err := wechat.New(wechat.Config{Accounts: accounts, Hosts: c.WeChat.Hosts, Log: log})
	if err != nil {
		return nil, fmt.Errorf("open gateway: %w", err)
	}
	return g, nil
}

func (a *App) openCourt() (err error) {
	if b := a.Config.Bills; b.Source == config.FromCourtAPI {
		a.court, err = courtapi.Open(courtapi.Options{URL: b.URL, TokenFile: b.Token, CAFile: b.CA, CertFile: b.Cert, KeyFile: b.Key})
		return err
	}
	path := a.Config.RegisterFile()
	if a.bills, err = register.Open(path); err != nil {
		return fmt.Errorf("open bills %s: %w", path, err)
	}
	a.court = a.bills
	return nil
}

func openPrinter(c config.Config) (receipt.Printer, error) {
	switch c.Receipt.Printer {
	case "escpos":
		return escpos.New(c.Receipt.Address, map[int]paper.Roll{58: paper.Roll58, 80: paper.Roll80}[c.Receipt.Paper])
	case "ipp":
		return ipp.New(c.Receipt.Address)
	case "pdf":
		seal, err := paper.OpenSeal(c.SealFile(), "courtkiosk "+c.Court.Code+" "+c.Kiosk.ID)
		if err != nil {
			return nil, err
		}
		return paper.NewFolder(c.Receipt.Address, seal)
	}
	return receipt.None{}, nil
}
