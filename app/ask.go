package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	"courtkiosk/payment"
	"courtkiosk/payment/wechat"
)

// Ask asks WeChat, for each merchant number of a configuration, for an order that cannot exist, and returns what is
// wrong with keys, numbers and road; empty when each signature was taken. No ledger is opened and nothing is made, so
// it is for a machine that was never started.
func Ask(ctx context.Context, c config.Config, log *slog.Logger, options ...Option) []doctor.Finding {
	a := &App{Config: c, log: log}
	for _, o := range options {
		o(a)
	}
	found := []doctor.Finding{}
	gateway, err := openGateway(c, a.road, log)
	if gateway != nil {
		defer gateway.Stop()
	}
	for _, w := range c.Accounts() {
		m := payment.Merchant{MchID: w.MchID, AppID: w.AppID}
		if gateway == nil || !gateway.Serves(m) {
			found = append(found, doctor.Finding{Code: doctor.NoKey, Of: w.MchID, Err: err})
			continue
		}
		found = append(found, asked(ctx, gateway, m)...)
	}
	return found
}

// asked asks for one merchant number: twice where a key is refused or not believed, as payment.Cashier counts it.
func asked(ctx context.Context, g *wechat.Gateway, m payment.Merchant) []doctor.Finding {
	probe := payment.Order{No: payment.Key{Purse: "probe"}.Number(m, 0), Merchant: m}
	var err error
	for range 2 {
		_, err = g.Query(ctx, probe)
		if !errors.Is(err, payment.ErrUnauthorized) && !errors.Is(err, payment.ErrUnverified) {
			break
		}
	}
	f := doctor.Finding{Code: doctor.WeChatSilent, Of: m.MchID, Err: err}
	switch {
	case payment.Answered(err):
		return nil
	case errors.Is(err, payment.ErrClock):
		f.Code, f.Of = doctor.Clock, ""
	case errors.Is(err, payment.ErrUnauthorized):
		f.Code = doctor.Unauthorized
	case errors.Is(err, payment.ErrUnverified):
		f.Code = doctor.Unverified
	}
	return []doctor.Finding{Doubted(f)}
}

// Doubted says of a WeChat that is silent what it may be silent about: to an id of its public key that it does not know
// it answers with a system error.
func Doubted(f doctor.Finding) doctor.Finding {
	said, ok := errors.AsType[*wechat.Error](f.Err)
	if ok && f.Code == doctor.WeChatSilent && said.Status == http.StatusInternalServerError {
		f.Code = doctor.KeyIDWrong
	}
	return f
}
