package wechat

import (
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"

	"courtkiosk/payment"
)

const (
	pathTradeBill = "/v3/bill/tradebill?bill_type=ALL&tar_type=GZIP&bill_date="
	pathFundBill  = "/v3/bill/fundflowbill?account_type=BASIC&tar_type=GZIP&bill_date="

	downloadWithin = 10 * time.Minute
	maxBill        = 1 << 30 // unpacked: three million rows
)

// Bill writes the bill of a merchant's day in China to w, and returns its SHA-1 as WeChat has signed it. The file comes
// without a signature, so what w was given counts only once its hash is the signed one, which is when the error is nil.
func (g *Gateway) Bill(
	ctx context.Context, m payment.Merchant, k payment.BillKind, day time.Time, w io.Writer,
) (hash string, err error) {
	path := pathTradeBill
	if k == payment.FundBill {
		path = pathFundBill
	}
	path += day.In(payment.China).Format(time.DateOnly)
	var answer struct {
		HashType    string `json:"hash_type"`
		HashValue   string `json:"hash_value"`
		DownloadURL string `json:"download_url"`
	}
	status, err := g.call(ctx, m, opBill, func(
		ctx context.Context, c *core.Client, host string,
	) (*core.APIResult, error) {
		return c.Get(ctx, host+path)
	}, func(r *http.Response) error { return core.UnMarshalResponse(r, &answer) })
	if err != nil {
		return "", err
	}
	switch {
	case !strings.EqualFold(answer.HashType, "SHA1") || len(answer.HashValue) != hex.EncodedLen(sha1.Size):
		return "", distrusted(status, "answer without a SHA1 of the file")
	case !g.servesFiles(answer.DownloadURL):
		return "", distrusted(status, "the file is at a host that is not in the configuration")
	}
	if err := payment.Further(ctx); err != nil {
		return "", unclear(opBill, status, "not downloaded: "+err.Error())
	}
	sum, err := g.download(ctx, m, answer.DownloadURL, w)
	if err != nil {
		return "", err
	}
	if !strings.EqualFold(sum, answer.HashValue) {
		return "", distrusted(0, "the file's SHA1 is "+sum+", signed is "+answer.HashValue)
	}
	return strings.ToLower(answer.HashValue), nil
}

func distrusted(status int, message string) *Error {
	return &Error{Op: opBill, Status: status, Err: payment.ErrBillDistrusted, Message: message, theirs: true}
}

// servesFiles reports whether a file may come from an address: from a host of WeChat's that is asked anyway.
func (g *Gateway) servesFiles(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.User == nil && slices.Contains(g.hosts.list, u.Scheme+"://"+u.Host)
}

// download writes the unpacked file of an address to w and returns the SHA-1 of what was written. An error of w is
// returned as it is.
func (g *Gateway) download(ctx context.Context, m payment.Merchant, address string, w io.Writer) (string, error) {
	acc := g.accounts[m]
	ctx, cancel := context.WithTimeout(ctx, downloadWithin)
	defer cancel()
	client, err := core.NewClient(ctx, option.WithHTTPClient(g.files), option.WithoutValidator(),
		option.WithMerchantCredential(m.MchID, upper(acc.MerchantSerial), acc.PrivateKey))
	if err != nil {
		return "", g.failure(opBill, nil, err)
	}
	result, err := client.Get(ctx, address)
	if result != nil && result.Response != nil {
		defer result.Response.Body.Close()
	}
	if err != nil {
		return "", g.failure(opBill, result, err)
	}
	packed, err := gzip.NewReader(result.Response.Body)
	if err != nil {
		return "", cutOff(ctx, err)
	}
	hash, to := sha1.New(), &noted{w: w}
	n, err := io.Copy(io.MultiWriter(hash, to), io.LimitReader(packed, maxBill+1))
	switch {
	case to.err != nil:
		return "", fmt.Errorf("wechat %s: write: %w", opBill, to.err)
	case err != nil:
		return "", cutOff(ctx, err)
	case n > maxBill:
		return "", distrusted(0, fmt.Sprintf("the file is larger than %d MiB", maxBill>>20))
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// cutOff is a file that did not come to its end, or is not packed as it was asked for.
func cutOff(ctx context.Context, err error) *Error {
	e := &Error{Op: opBill, Err: payment.ErrUnknown, Message: "the file: " + err.Error(), ended: ctx.Err()}
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		e.Err = payment.ErrBillDistrusted
	}
	return e
}

// noted remembers the error of a writer, to tell it from the reader's.
type noted struct {
	w   io.Writer
	err error
}

func (n *noted) Write(p []byte) (int, error) {
	k, err := n.w.Write(p)
	if err != nil {
		n.err = err
	}
	return k, err
}
