package console

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

func (c *call) ordersCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "orders", Short: "what was asked of payers, and what became of it", RunE: missingCommand}
	cmd.AddCommand(c.ordersListCommand(), c.ordersShowCommand(), c.ordersAskCommand(), c.ordersAdoptCommand(),
		c.ordersApartCommand(), c.ordersReportCommand(), c.ordersAcceptCommand(), c.ordersDoneCommand(),
		c.ordersEndCommand(),
		c.ordersReturnedCommand())
	return cmd
}

// orderData is an order without what only machines need.
type orderData struct {
	No          string         `json:"order"`
	Reference   string         `json:"reference"`
	Title       string         `json:"title"`
	Labels      []string       `json:"labels"`
	Purse       string         `json:"purse"`
	Attempt     int            `json:"attempt"`
	Fen         payment.Fen    `json:"amount_fen"`
	State       payment.State  `json:"state"`
	Oddity      payment.Oddity `json:"oddity,omitempty"`
	MchID       string         `json:"mchid"`
	Created     *time.Time     `json:"created"`
	Expires     *time.Time     `json:"expires"`
	Paid        *time.Time     `json:"paid,omitempty"`
	PaidFen     payment.Fen    `json:"paid_fen,omitempty"`
	Transaction string         `json:"transaction_id,omitempty"`
	ByHand      bool           `json:"by_hand,omitempty"` // a clerk looks after it outside of this program
	Returned    *returnedData  `json:"returned,omitempty"`
}

func newOrderData(a *app.App, o payment.Order) orderData {
	return orderData{
		No: o.No, Reference: a.Counter().House.Reference(o), Title: o.Title, Labels: o.Labels, Purse: o.Key.Purse,
		Attempt: o.Attempt, Fen: o.Amount, State: o.State, Oddity: o.Oddity, MchID: o.Merchant.MchID,
		Created: moment(o.CreatedAt), Expires: moment(o.Expires),
		Paid: moment(o.PaidAt), PaidFen: o.PaidAmount, Transaction: o.TransactionID, ByHand: o.ByHand,
		Returned: newReturnedData(o.Returned),
	}
}

func (c *call) ordersListCommand() *cobra.Command {
	var count int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the newest orders, newest first",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if count < 1 {
				return &usageError{fmt.Errorf("-n %d: at least one order", count)}
			}
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				orders, err := newest(ctx, a.Ledger(), payment.Filter{}, count)
				if err != nil {
					return fmt.Errorf("read orders: %w", err)
				}
				return c.printOrders(a, orders)
			})
		},
	}
	cmd.Flags().IntVarP(&count, "number", "n", 20, "how many `ORDERS`")
	return cmd
}

func (c *call) printOrders(a *app.App, orders []payment.Order) error {
	if c.json {
		list := make([]orderData, len(orders))
		for i, o := range orders {
			list[i] = newOrderData(a, o)
		}
		return c.data(list)
	}
	return table(c.Stdout, func(row func(...any)) {
		for _, o := range orders {
			ref := a.Counter().House.Reference(o)
			row(view.Stamp(o.CreatedAt), o.No, ref, o.Amount, standing(o), strings.Join(o.Labels, " "))
		}
	})
}

// newest returns at most n of the orders that a filter describes, newest first.
func newest(ctx context.Context, l payment.Orders, f payment.Filter, n int) (orders []payment.Order, err error) {
	for {
		f.N = min(n-len(orders), payment.MaxPage)
		page, err := l.Find(ctx, f)
		if err != nil {
			return nil, err
		}
		orders, f.Before = append(orders, page.Orders...), page.Next
		if len(orders) >= n || page.Next == "" {
			return orders, nil
		}
	}
}

// mostOfADay is more machines than share a ledger: each has an order of one serial a day.
const mostOfADay = 10_000

// findOrder finds an order by its number, or by the reference on slips and screens.
func findOrder(ctx context.Context, a *app.App, text string) (payment.Order, error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	day, serial, ok := receipt.ParseReference(text)
	if !ok {
		o, err := a.Ledger().Order(ctx, text)
		if err != nil {
			return o, fmt.Errorf("order %s: %w", text, err)
		}
		return o, nil
	}
	orders, err := newest(ctx, a.Ledger(), payment.Filter{Serial: serial, Day: day}, mostOfADay)
	if err != nil {
		return payment.Order{}, fmt.Errorf("read orders: %w", err)
	}
	for _, o := range orders {
		if strings.EqualFold(a.Counter().House.Reference(o), text) {
			return o, nil
		}
	}
	return payment.Order{}, fmt.Errorf("%s: %w", text, payment.ErrNotFound)
}

type effectData struct {
	Kind  string              `json:"kind"`
	State payment.EffectState `json:"state"`
	Since *time.Time          `json:"since"`
	Tries int                 `json:"tries"`
	Note  string              `json:"note,omitempty"`
}

type entryData struct {
	Seq   uint64        `json:"seq"`
	At    *time.Time    `json:"at"`
	From  payment.State `json:"from"`
	Event string        `json:"event"`
	To    payment.State `json:"to"`
	Note  string        `json:"note,omitempty"`
	// who did it; nothing where it was the program itself
	Device string `json:"by_device,omitempty"`
	Person string `json:"by_person,omitempty"`
}

// history is everything that is known of one order.
type history struct {
	orderData
	Payer   string       `json:"payer,omitempty"` // masked
	Effects []effectData `json:"effects"`
	Audit   []entryData  `json:"audit"`
}

func newHistory(ctx context.Context, a *app.App, o payment.Order) (history, error) {
	h := history{orderData: newOrderData(a, o), Effects: []effectData{}, Audit: []entryData{}}
	payer, err := a.Ledger().Personal(ctx, o.No)
	if err != nil {
		return h, err
	}
	h.Payer = string(payer)
	effects, err := a.Ledger().Effects(ctx, o.No)
	if err != nil {
		return h, err
	}
	for _, e := range effects {
		h.Effects = append(h.Effects, effectData{e.Kind, e.State, moment(e.Since), e.Tries, e.Note})
	}
	audit, err := a.Ledger().Audit(ctx, o.No)
	if err != nil {
		return h, err
	}
	for _, e := range audit {
		h.Audit = append(h.Audit, entryData{e.Seq, moment(e.At), e.From, e.Event, e.To, e.Note,
			e.By.Device, e.By.Person})
	}
	return h, nil
}

func (c *call) ordersShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show NO",
		Short: "show one order: facts, owed work, audit; NO is the order number or the ZF-… reference",
		Args:  exactly("an order number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				o, err := findOrder(ctx, a, args[0])
				if err != nil {
					return err
				}
				o = c.lookAgain(ctx, a, o)
				h, err := newHistory(ctx, a, o)
				if err != nil {
					return fmt.Errorf("read order %s: %w", o.No, err)
				}
				if c.json {
					return c.data(h)
				}
				return c.printHistory(o, h)
			})
		},
	}
}

func (c *call) ordersReportCommand() *cobra.Command {
	return c.orderCommand("report NO",
		"tell the court once more of a payment that it has refused, after it was put right there", false,
		func(ctx context.Context, a *app.App, no string) (payment.Order, error) {
			if err := a.Reports().Again(ctx, no, "by command", payment.By{Device: a.Config.Kiosk.ID}); err != nil {
				return payment.Order{No: no}, err
			}
			return a.Ledger().Order(ctx, no)
		})
}

// orderCommand does something with one order and says how it stands then.
func (c *call) orderCommand(use, short string, started bool,
	do func(context.Context, *app.App, string) (payment.Order, error)) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		Args:  exactly("an order number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.counter(cmd.Context(), started, func(ctx context.Context, a *app.App) error {
				o, err := findOrder(ctx, a, args[0])
				if err != nil {
					return err
				}
				after, err := do(ctx, a, o.No)
				if err != nil {
					return fmt.Errorf("order %s: %w", o.No, err)
				}
				return c.printOrders(a, []payment.Order{after})
			})
		},
	}
}

func (c *call) printHistory(o payment.Order, h history) error {
	return table(c.Stdout, func(row func(...any)) {
		row("order", h.No)
		row("reference", h.Reference)
		row("title", h.Title)
		if h.Payer != "" {
			row("payer", h.Payer)
		}
		row("amount", o.Amount.Yuan())
		row("state", standing(o))
		row("attempt", h.Attempt)
		row("merchant", h.MchID)
		row("created", view.Stamp(o.CreatedAt))
		row("expires", view.Stamp(o.Expires))
		if o.TransactionID != "" {
			row("paid", view.Stamp(o.PaidAt)+" "+o.PaidAmount.Yuan())
			row("transaction", o.TransactionID)
		}
		if o.Returned.Some() {
			row("returned", returnedWords(o.Returned))
		}
		if h.ByHand {
			row("by hand", "a clerk looks after it outside of this program")
		}
		for _, e := range h.Effects {
			work := fmt.Sprintf("%s %s since %s, handed %d times", e.Kind, e.State, view.Stamp(*e.Since), e.Tries)
			if e.Note != "" {
				work += ": " + e.Note
			}
			row("work", work)
		}
		for _, e := range h.Audit {
			row("audit "+fmt.Sprint(e.Seq), strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s %s",
				view.Stamp(*e.At), e.Event, e.To, e.Note, e.by())), " "))
		}
	})
}
