package wechat

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"courtkiosk/payment"
)

// errAPIv3Key means: WeChat's list of certificates does not open with the configured APIv3 key.
var errAPIv3Key = errors.New("the APIv3 key does not open it")

// signTest begins a signature that WeChat falsifies on purpose, to see whether anybody looks at it.
const signTest = "WECHATPAY/SIGNTEST/"

// explain says of an error that may be a wrong key's what the account signs or verifies with, and what to compare it
// with. answer is nil where there was none.
func (a *account) explain(e *Error, answer *http.Response) {
	switch {
	case errors.Is(e.Err, payment.ErrUnauthorized):
		e.add("signed with merchant_key_file " + file(a.files.PrivateKey) + " as merchant_serial " +
			upper(a.MerchantSerial) + " of mchid " + a.MchID + ": compare serial and number with the API certificate " +
			"on pay.weixin.qq.com (account centre, API security); the key is the apiclient_key.pem made with it")
	case e.Status == http.StatusInternalServerError && a.PublicKey != nil:
		e.add("if it never ends, check public_key_id " + a.PublicKeyID + ": WeChat answers a wrong one like this; " +
			"compare it on pay.weixin.qq.com (account centre, API security, WeChat Pay public key)")
	case e.doubtful && answer != nil && foreign(answer.Header):
		e.Err = payment.ErrUnverified
		e.add(a.believed(answer.Header.Get("Wechatpay-Serial")))
	}
}

// foreign reports whether an answer that was not believed is signed by a key that we do not have: it is no test of
// WeChat's, and no old answer.
func foreign(h http.Header) bool {
	signature := strings.TrimSpace(h.Get("Wechatpay-Signature"))
	unix, err := strconv.ParseInt(h.Get("Wechatpay-Timestamp"), 10, 64)
	if err != nil || time.Since(time.Unix(unix, 0)).Abs() >= clockTooFar {
		return false
	}
	return signature != "" && h.Get("Wechatpay-Serial") != "" && !strings.HasPrefix(signature, signTest)
}

// believed says by what an answer that serial signed was to be verified.
func (a *account) believed(serial string) string {
	const where = " on pay.weixin.qq.com (account centre, API security, WeChat Pay public key)"
	switch {
	case a.PublicKey != nil && serial == a.PublicKeyID:
		return "public_key_file " + file(a.files.PublicKey) + " is not the key of " + serial + ": download it again" +
			where
	case a.PublicKey != nil && strings.HasPrefix(serial, "PUB_KEY_ID_"):
		return "signed by " + serial + ", public_key_id is " + a.PublicKeyID + ": compare it and public_key_file " +
			file(a.files.PublicKey) + where
	case a.APIv3Key == "":
		return "signed by the platform certificate " + serial + ", and only public_key_id " + a.PublicKeyID +
			" is believed: finish the change to the public key" + where + ", or set apiv3_key_file until then"
	}
	return "signed by " + serial + ", which is none of the platform certificates that WeChat lists for mchid " + a.MchID
}

// sealed says of certificates that could not be opened which key did not open them.
func (a *account) sealed() string {
	return "apiv3_key_file " + file(a.files.APIv3Key) + " does not open WeChat's certificates: if it may not be the " +
		"key of mchid " + a.MchID + ", set a new one on pay.weixin.qq.com (account centre, API security, APIv3 key)"
}

// add puts what to look at behind WeChat's words, or the SDK's.
func (e *Error) add(hint string) {
	e.Message = strings.TrimPrefix(e.Message+" ("+hint+")", " ")
}

// file is where a key lies, for people.
func file(name string) string { return cmp.Or(name, "(none)") }
