package wechat

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"courtkiosk/payment"
)

// An Account is a merchant with its keys. With a public key answers are verified by it (public key mode: every merchant since
// the end of 2024); without one by WeChat's platform certificates, which need the APIv3 key.
type Account struct {
	payment.Merchant
	MerchantSerial string // of the merchant's API certificate, 40 hex digits
	PrivateKey     *rsa.PrivateKey
	PublicKeyID    string // PUB_KEY_ID_…
	PublicKey      *rsa.PublicKey
	APIv3Key       string // 32 characters, in certificate mode only
	NotifyURL      string // https, public; WeChat demands one, a kiosk behind NAT never hears from it
}

// Files say where an account's keys lie.
type Files struct {
	PrivateKey string // apiclient_key.pem of the merchant platform
	PublicKey  string // pub_key.pem, empty in certificate mode
	APIv3Key   string // a file with the 32 characters, empty in public key mode
}

var serialForm = regexp.MustCompile(`^[0-9A-F]{40}$`)

// Load reads the account's keys from files. The error names the file and what is wrong with it.
func (a Account) Load(f Files) (Account, error) {
	text, err := os.ReadFile(f.PrivateKey)
	if err != nil {
		return a, fmt.Errorf("merchant key of %s: %w", a.MchID, err)
	}
	if a.PrivateKey, err = utils.LoadPrivateKey(string(text)); err != nil {
		return a, fmt.Errorf("merchant key %s: not an RSA key in PKCS#8 (BEGIN PRIVATE KEY), as apiclient_key.pem is", f.PrivateKey)
	}
	if f.PublicKey != "" {
		if text, err = os.ReadFile(f.PublicKey); err != nil {
			return a, fmt.Errorf("WeChat Pay public key: %w", err)
		}
		if a.PublicKey, err = utils.LoadPublicKey(string(text)); err != nil {
			return a, fmt.Errorf("WeChat Pay public key %s: not an RSA public key (BEGIN PUBLIC KEY), as pub_key.pem is", f.PublicKey)
		}
	}
	if f.APIv3Key != "" {
		if text, err = os.ReadFile(f.APIv3Key); err != nil {
			return a, fmt.Errorf("APIv3 key: %w", err)
		}
		a.APIv3Key = strings.TrimSpace(string(text))
	}
	return a, a.check()
}

func (a Account) check() error {
	switch {
	case a.MchID == "" || a.AppID == "":
		return errors.New("wechat: mchid and appid are needed")
	case a.PrivateKey == nil:
		return fmt.Errorf("wechat: merchant %s has no private key", a.MchID)
	case !serialForm.MatchString(upper(a.MerchantSerial)):
		return fmt.Errorf("wechat: merchant_serial of %s must be the 40 hex digits of the merchant API certificate", a.MchID)
	case a.PublicKey == nil && a.APIv3Key == "":
		return fmt.Errorf("wechat: merchant %s has neither a WeChat Pay public key nor an APIv3 key", a.MchID)
	case a.PublicKey != nil && !strings.HasPrefix(a.PublicKeyID, "PUB_KEY_ID_"):
		return fmt.Errorf("wechat: public_key_id of %s must begin with PUB_KEY_ID_", a.MchID)
	case a.PublicKey == nil && len(a.APIv3Key) != 32:
		return fmt.Errorf("wechat: the APIv3 key of %s must have 32 characters", a.MchID)
	}
	return nil
}

// An account in use. In certificate mode its client is made at the first call, and again when answers are not believed: the
// SDK verifies its own refresh with the old certificates, so a kiosk that was offline while they changed
// would never recover.
type account struct {
	Account
	http *http.Client
	host string // that the SDK's downloader is led to

	mu      sync.Mutex
	client  *core.Client
	manager *downloader.CertificateDownloaderMgr
}

func newAccount(a Account, client *http.Client, host string) (*account, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	acc := &account{Account: a, http: client, host: host}
	if a.PublicKey == nil {
		return acc, nil
	}
	c, err := core.NewClient(context.Background(), option.WithHTTPClient(client),
		option.WithWechatPayPublicKeyAuthCipher(a.MchID, upper(a.MerchantSerial), a.PrivateKey, a.PublicKeyID, a.PublicKey))
	acc.client = c
	return acc, err
}

// get returns the account's client, fetching certificates first where it must.
func (a *account) get(ctx context.Context) (*core.Client, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.client != nil {
		return a.client, nil
	}
	led := &http.Client{Transport: &leader{next: a.http.Transport, host: a.host}}
	plain, err := core.NewClient(ctx, option.WithMerchantCredential(a.MchID, upper(a.MerchantSerial), a.PrivateKey),
		option.WithoutValidator(), option.WithHTTPClient(led))
	if err != nil {
		return nil, err
	}
	manager := downloader.NewCertificateDownloaderMgr(context.Background())
	if err := manager.RegisterDownloaderWithClient(ctx, plain, a.MchID, a.APIv3Key); err != nil {
		manager.Stop()
		return nil, fmt.Errorf("fetch certificates: %w", err)
	}
	client, err := core.NewClient(ctx, option.WithHTTPClient(a.http),
		option.WithWechatPayAutoAuthCipherUsingDownloaderMgr(a.MchID, upper(a.MerchantSerial), a.PrivateKey, manager))
	if err != nil {
		manager.Stop()
		return nil, err
	}
	a.client, a.manager = client, manager
	return client, nil
}

// doubt ends the refresh of certificates and makes the next call fetch them anew.
func (a *account) doubt() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.manager == nil {
		return
	}
	a.manager.Stop()
	a.client, a.manager = nil, nil
}

// leader leads the SDK's downloader, which knows WeChat's main host only, to ours.
type leader struct {
	next http.RoundTripper
	host string
}

func (l *leader) RoundTrip(r *http.Request) (*http.Response, error) {
	to, err := url.Parse(l.host)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = to.Scheme, to.Host, ""
	return l.next.RoundTrip(r)
}
