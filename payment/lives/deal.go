package lives

import "courtkiosk/payment"

// A deal is what is true of a trade at WeChat, whoever was told.
type deal struct {
	payment.Merchant
	No, Attach  string
	Paid        payment.Fen
	State       payment.TradeState
	Transaction string
	Body        string // of the create; empty where it is not known
	Right       bool   // what it says of appid and currency is what was asked for
}

// taken reports whether money was taken for it, given back or not.
func (d deal) taken() bool { return d.State == payment.TradeSuccess || d.State == payment.TradeRefund }
