package wechat

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

const (
	pathCertificates = "/v3/certificates"
	refreshEvery     = 12 * time.Hour  // WeChat asks for less than that, and lists a new one a day before it uses it
	refreshAgain     = 5 * time.Minute // after a refresh that failed
	fetchTimeout     = callTimeout / 2 // a refresh leaves time for the call that it delays
)

// noCertificates is WeChat's code for a merchant that never had one, or has them no more.
const noCertificates = "RESOURCE_NOT_EXISTS"

// An account in use. In public key mode its client is made once; with certificates at the first call, and again when
// they are old or an answer was not believed. Where there is a public key too, nothing waits for certificates that
// cannot be had: after the move to the key there are none.
type account struct {
	Account
	http *http.Client

	keyed *core.Client // believes the public key only; nil without one

	held   chan struct{} // holds one while somebody reads or writes what follows; a fetch takes long
	client *core.Client  // of the last list of certificates
	due    time.Time     // when certificates are to be fetched; zero is at once
}

func newAccount(a Account, client *http.Client) (*account, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	acc := &account{Account: a, http: client, held: make(chan struct{}, 1)}
	if a.PublicKey == nil {
		return acc, nil
	}
	var err error
	acc.keyed, err = core.NewClient(context.Background(), option.WithHTTPClient(client),
		option.WithWechatPayPublicKeyAuthCipher(a.MchID, upper(a.MerchantSerial), a.PrivateKey, a.PublicKeyID,
			a.PublicKey))
	return acc, err
}

// get returns the account's client, fetching certificates from host first where it must. Old certificates are
// better than none. late says that the turn which the call had is over: its request was spent on new ones, or it has
// waited while another call's was, and with it every call whose turn came meanwhile.
func (a *account) get(ctx context.Context, host string) (client *core.Client, late bool, err error) {
	if a.APIv3Key == "" {
		return a.keyed, false, nil
	}
	select {
	case a.held <- struct{}{}:
	default:
		late = true
		select {
		case a.held <- struct{}{}:
		case <-ctx.Done():
			return nil, true, ctx.Err()
		}
	}
	defer func() { <-a.held }()
	if a.client != nil && time.Now().Before(a.due) {
		return a.client, late, nil
	}
	fresh, err := a.fetch(ctx, host)
	if err == nil {
		a.client, a.due = fresh, time.Now().Add(refreshEvery)
		return fresh, true, nil
	}
	if a.client == nil {
		a.client = a.keyed
	}
	if a.client == nil {
		return nil, true, err
	}
	a.due = time.Now().Add(refreshAgain)
	if api, ok := errors.AsType[*core.APIError](err); ok && api.Code == noCertificates {
		a.due = time.Now().Add(refreshEvery)
	}
	return a.client, true, nil
}

// doubt makes the next call fetch certificates anew: an answer of this client was not believed.
func (a *account) doubt(client *core.Client) {
	a.held <- struct{}{}
	defer func() { <-a.held }()
	if a.client == client { // else somebody was quicker
		a.due = time.Time{}
	}
}

// fetch makes a client that believes the certificates which host lists now. The list is not checked against the
// certificates we have, which may all have been changed while this machine was off the net: what is in it opens with
// the APIv3 key only.
func (a *account) fetch(ctx context.Context, host string) (*core.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	credential := option.WithMerchantCredential(a.MchID, upper(a.MerchantSerial), a.PrivateKey)
	plain, err := core.NewClient(ctx, credential, option.WithoutValidator(), option.WithHTTPClient(a.http))
	if err != nil {
		return nil, err
	}
	result, err := plain.Get(ctx, host+pathCertificates)
	if err != nil {
		return nil, err
	}
	list, err := a.open(result.Response)
	if err != nil {
		return nil, err
	}
	certificates := core.NewCertificateMap(list)
	var verifier auth.Verifier = verifiers.NewSHA256WithRSAVerifier(certificates)
	if a.PublicKey != nil {
		verifier = verifiers.NewSHA256WithRSACombinedVerifier(certificates, a.PublicKeyID, *a.PublicKey)
	}
	return core.NewClient(ctx, credential, option.WithHTTPClient(a.http), option.WithVerifier(verifier))
}

// open reads a list of certificates, pay.weixin.qq.com/docs/merchant/products/platform-certificate/apilist.html.
func (a *account) open(answer *http.Response) (map[string]*x509.Certificate, error) {
	var body struct {
		Data []struct {
			Serial    string `json:"serial_no"`
			Encrypted struct {
				Nonce          string `json:"nonce"`
				AssociatedData string `json:"associated_data"`
				Ciphertext     string `json:"ciphertext"`
			} `json:"encrypt_certificate"`
		} `json:"data"`
	}
	if err := core.UnMarshalResponse(answer, &body); err != nil {
		return nil, err
	}
	list := make(map[string]*x509.Certificate)
	for _, d := range body.Data {
		if len(d.Encrypted.Nonce) != 12 { // others make the cipher panic
			return nil, fmt.Errorf("certificate %s: nonce of %d bytes", d.Serial, len(d.Encrypted.Nonce))
		}
		text, err := utils.DecryptAES256GCM(a.APIv3Key, d.Encrypted.AssociatedData, d.Encrypted.Nonce,
			d.Encrypted.Ciphertext)
		if err != nil {
			return nil, fmt.Errorf("certificate %s: %w: %w", d.Serial, errAPIv3Key, err)
		}
		c, err := utils.LoadCertificate(text)
		if err != nil {
			return nil, fmt.Errorf("certificate %s: %w", d.Serial, err)
		}
		if _, ok := c.PublicKey.(*rsa.PublicKey); !ok {
			return nil, fmt.Errorf("certificate %s holds a %T", d.Serial, c.PublicKey)
		}
		list[d.Serial] = c
	}
	if len(list) == 0 {
		return nil, errors.New("an empty list of certificates")
	}
	return list, nil
}
