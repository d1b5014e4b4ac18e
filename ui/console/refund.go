package console

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/clerk"
	"courtkiosk/payment"
	"courtkiosk/ui/view"
)

// refundCommand shows what is given back. No command moves a refund: that takes two persons who are signed in at the
// clerk's page.
func (c *call) refundCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "refund", Short: "what is given back, and how far it is; only the clerk's page moves it",
		RunE: missingCommand}
	cmd.AddCommand(c.refundListCommand(), c.refundShowCommand())
	return cmd
}

// refundData is a refund without what only machines need.
type refundData struct {
	No       string              `json:"refund"`
	Order    string              `json:"order"`
	Part     int                 `json:"part"`
	Fen      payment.Fen         `json:"amount_fen"`
	Paid     payment.Fen         `json:"paid_fen"`
	State    payment.RefundState `json:"state"`
	Reason   string              `json:"reason,omitempty"`
	Asked    *time.Time          `json:"asked"`
	AskedBy  string              `json:"asked_by"` // staff number
	Decided  *time.Time          `json:"decided,omitempty"`
	Decider  string              `json:"decided_by,omitempty"`
	Sent     *time.Time          `json:"sent,omitempty"`
	Heard    *time.Time          `json:"heard,omitempty"` // when WeChat was last asked about it
	Tries    int                 `json:"tries,omitempty"` // how often it was sent
	Trouble  string              `json:"trouble,omitempty"`
	RefundID string              `json:"refund_id,omitempty"` // WeChat's
	Arrived  *time.Time          `json:"arrived,omitempty"`
}

func newRefundData(r payment.Refund) refundData {
	return refundData{
		No: r.No, Order: r.Order, Part: r.Part, Fen: r.Sum, Paid: r.Total, State: r.State, Reason: r.Reason,
		Asked: moment(r.Asked.At), AskedBy: r.Asked.By.Person, Decided: moment(r.Decided.At),
		Decider: r.Decided.By.Person, Sent: moment(r.SentAt), Heard: moment(r.HeardAt), Tries: r.Tries,
		Trouble: r.Trouble, RefundID: r.ID, Arrived: moment(r.ArrivedAt),
	}
}

// refundWords says how far a refund is.
func refundWords(r payment.Refund) string {
	words := map[payment.RefundState]string{
		payment.RefundAsked:     "asked for, waits for a second person",
		payment.RefundApproved:  "approved, not sent yet",
		payment.RefundRefused:   "refused by the second person",
		payment.RefundWithdrawn: "withdrawn before it was sent",
		payment.RefundSent:      "sent, WeChat's word is not known",
		payment.RefundAccepted:  "accepted by WeChat, not arrived yet",
		payment.RefundDone:      "arrived",
		payment.RefundAbnormal:  "the payer's account takes it not: see the merchant platform",
		payment.RefundClosed:    "closed by WeChat, nothing was given back",
	}[r.State]
	if r.Trouble != "" {
		words += " (" + r.Trouble + ")"
	}
	return words
}

func (c *call) refundListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list [NO]",
		Short: "list the refunds that have not come to an end, oldest first; of order NO, every one",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return exactly("an order number")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				list, err := refundsOf(ctx, a, args)
				if err != nil {
					return err
				}
				if c.json {
					data := make([]refundData, len(list))
					for i, r := range list {
						data[i] = newRefundData(r)
					}
					return c.data(data)
				}
				return table(c.Stdout, func(row func(...any)) {
					for _, r := range list {
						row(view.Stamp(r.Asked.At), r.No, r.Order, r.Sum.Yuan(), refundWords(r))
					}
				})
			})
		},
	}
}

// refundsOf returns the refunds of an order that is named, or all that are open.
func refundsOf(ctx context.Context, a *app.App, args []string) ([]payment.Refund, error) {
	if len(args) == 0 {
		return a.Ledger().OpenRefunds(ctx)
	}
	o, err := findOrder(ctx, a, args[0])
	if err != nil {
		return nil, err
	}
	return a.Ledger().RefundsOf(ctx, o.No)
}

func (c *call) refundShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show NO",
		Short: "show one refund: sum, reason, persons, and what WeChat says; NO is the refund's number",
		Args:  exactly("a refund's number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.counter(cmd.Context(), false, func(ctx context.Context, a *app.App) error {
				r, err := a.Ledger().Refund(ctx, strings.ToUpper(strings.TrimSpace(args[0])))
				if err != nil {
					return fmt.Errorf("refund %s: %w", args[0], err)
				}
				if c.json {
					return c.data(newRefundData(r))
				}
				return c.printRefund(r)
			})
		},
	}
}

func (c *call) printRefund(r payment.Refund) error {
	return table(c.Stdout, func(row func(...any)) {
		step := func(name string, at time.Time, more ...string) {
			if !at.IsZero() {
				row(name, strings.TrimSpace(view.Stamp(at)+" "+strings.Join(more, " ")))
			}
		}
		row("refund", r.No)
		row("order", r.Order)
		row("part", r.Part)
		row("amount", r.Sum.Yuan()+" of "+r.Total.Yuan())
		row("state", refundWords(r))
		if r.Reason != "" {
			row("reason", clerk.Plain(r.Reason))
		}
		step("asked", r.Asked.At, "by", r.Asked.By.Person)
		step("decided", r.Decided.At, "by", r.Decided.By.Person)
		step("sent", r.SentAt, fmt.Sprintf("(%d times)", r.Tries))
		step("heard", r.HeardAt)
		step("arrived", r.ArrivedAt)
		if r.ID != "" {
			row("WeChat's id", r.ID)
		}
	})
}
