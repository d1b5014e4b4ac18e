// Package config is the configuration: its keys, its defaults, and its complaints. It is one file, which a court may
// have in common for its machines, and the files of config.d beside it with what is one machine's own.
//
// An unknown key is an error that names the line. Every value has a default that is safe, or is required with a
// message that says where to find it. Secrets are files, never values; a path is relative to the configuration file.
package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/BurntSushi/toml"

	"courtkiosk/app/bill"
	"courtkiosk/app/holiday"
	"courtkiosk/app/offsite"
	"courtkiosk/app/receipt"
	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// Default is where the file lies when nobody says otherwise.
const Default = "/etc/courtkiosk/config.toml"

// The worlds that a machine can live in.
const (
	Production = "production"
	Test       = "test" // plain http to this machine is allowed
	Demo       = "demo" // everything is embedded, nothing is real
)

// A Config is the whole file.
type Config struct {
	Environment string
	Court       Court
	Kiosk       Kiosk
	Screen      Screen
	Ear         Ear
	Hours       Hours
	WeChat      WeChat `toml:"wechat"`
	Bills       Bills
	Scan        Scan
	Ledger      Ledger
	Offsite     Offsite
	Receipt     Receipt
	Clerk       Clerk
	Log         Log
}

// Court is whose kiosk it is.
type Court struct {
	Code    string // 京0101
	Name    string
	Payee   string // who the payer's phone names; Name when empty
	Hotline string
	Window  string // where people help: 2号窗口
	Cash    string // where cash is taken; Window when empty
	// The same in English, for the English pages; empty: those say it in Chinese.
	NameEN   string `toml:"name_en"`
	WindowEN string `toml:"window_en"`
	CashEN   string `toml:"cash_en"`
	Fiscal   string // where and when the fiscal receipt comes
	Serve    string `toml:"serves"` // whose cases: own, tribunals (own and those listed) or all
	// Codes of the tribunals and other courts whose cases are served with serves = "tribunals".
	Tribunals []string
}

// Serves reports whether this machine serves the cases of the court with a code.
func (c Court) Serves(code string) bool {
	return code == c.Code || c.Serve == ServeAll || c.Serve == ServeTribunals && slices.Contains(c.Tribunals, code)
}

// wants names what English pages have to say in Chinese.
func (c Court) wants() (list []Warning) {
	for _, w := range []struct{ key, said, english string }{
		{"court.name_en", c.Name, c.NameEN}, {"court.window_en", c.Window, c.WindowEN},
		{"court.cash_en", c.Cash, c.CashEN},
	} {
		if w.said != "" && w.english == "" {
			list = append(list, Warning{w.key, "English pages say it in Chinese: " + w.said})
		}
	}
	return list
}

// unprintable are the keys of texts that hold what no screen and no paper can show, or what turns other texts around.
func (c Court) unprintable() (keys []string) {
	for key, text := range map[string]string{"name": c.Name, "payee": c.Payee, "hotline": c.Hotline, "window": c.Window,
		"cash": c.Cash, "fiscal": c.Fiscal, "name_en": c.NameEN, "window_en": c.WindowEN, "cash_en": c.CashEN} {
		if !bill.Printable(text) {
			keys = append(keys, "court."+key)
		}
	}
	return keys
}

// Codes are the codes of the courts that are served by name, the own first.
func (c Court) Codes() []string {
	return append([]string{c.Code}, c.Tribunals...)
}

// Whose cases a machine serves.
const (
	ServeOwn       = "own"
	ServeTribunals = "tribunals"
	ServeAll       = "all"
)

// Kiosk is this machine.
type Kiosk struct {
	ID         string
	Language   string        // zh or en
	PayWithin  time.Duration `toml:"pay_within"`
	IdleAfter  time.Duration `toml:"idle_after"`
	Fullscreen bool
	Notices    string `toml:"notices_file"` // what the first screen says of today; see bulletin.Board
	// words of the causes of action that stand on no screen; without any every cause is shown
	Quiet []string `toml:"quiet_causes"`
	// a second touch of the same key within this time is the first one's echo
	TouchAgain time.Duration `toml:"touch_again"`
}

// Hours are when payments are begun, by weekday: "9:00-12:00, 13:30-17:00". A day without hours is closed; none at all
// is always open.
type Hours struct{ Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday string }

// Service returns the hours on their calendar. Hours that are wrong are refused by Load.
func (c Config) Service() (holiday.Hours, error) {
	days, err := c.Calendar()
	h := holiday.Hours{Days: days}
	for _, d := range c.Hours.days() {
		spans, wrong := holiday.Spans(d.hours)
		err = cmp.Or(err, wrong)
		h.Week[d.day] = spans
	}
	return h, err
}

// A weekday is one of the keys of Hours.
type weekday struct {
	key   string
	day   time.Weekday
	hours string
}

func (h Hours) days() []weekday {
	return []weekday{{"monday", time.Monday, h.Monday}, {"tuesday", time.Tuesday, h.Tuesday},
		{"wednesday", time.Wednesday, h.Wednesday}, {"thursday", time.Thursday, h.Thursday},
		{"friday", time.Friday, h.Friday}, {"saturday", time.Saturday, h.Saturday}, {"sunday", time.Sunday, h.Sunday}}
}

// Bills says where the court's word comes from.
type Bills struct {
	Source string // register or courtapi
	// the court's export, or the folder of them, that is taken in whenever it is replaced; empty: imported by hand
	Watch string `toml:"register_file"`
	// columns of lists that are passed over on purpose, though they look as if they said that money has come
	Ignore []string `toml:"ignore_columns"`
	URL    string   `toml:"court_url"` // of the case system
	Token  string   `toml:"court_token_file"`
	CA     string   `toml:"ca_file"`
	Cert   string   `toml:"court_cert_file"`
	Key    string   `toml:"court_key_file"`
	// holidays that the State Council has announced since this version was built; see holiday.Read
	Holidays string `toml:"holidays_file"`
}

// Where bills come from.
const (
	FromRegister = "register"
	FromCourtAPI = "courtapi"
)

func (b Bills) check(environment string, say func(bool, string, string, ...any)) {
	api := b.Source == FromCourtAPI
	say(b.Watch == "" || !api, "bills.register_file", "goes with source = %q", FromRegister)
	say(len(b.Ignore) == 0 || !api, "bills.ignore_columns", "goes with source = %q", FromRegister)
	for _, name := range b.Ignore {
		say(strings.TrimSpace(name) != "", "bills.ignore_columns", "%q is no header of a column", name)
	}
	if !api {
		say(b.URL == "", "bills.court_url", "goes with source = %q", FromCourtAPI)
		return
	}
	u, err := url.Parse(b.URL)
	ok := err == nil && u.Host != ""
	say(ok, "bills.court_url",
		"the address of the case system's interface is needed, like https://case-system.court.example/kiosk/v1; the "+
			"court's IT has it")
	loopback := ok && net.ParseIP(u.Hostname()).IsLoopback() && environment != Production
	say(!ok || u.Scheme == "https" || u.Scheme == "http" && loopback, "bills.court_url",
		"%q must be https (plain http only to this machine, and not in production)", b.URL)
	say((b.Cert == "") == (b.Key == ""), "bills.court_cert_file", "court_cert_file and court_key_file go together")
	for key, path := range map[string]string{"court_token_file": b.Token, "ca_file": b.CA, "court_cert_file": b.Cert,
		"court_key_file": b.Key} {
		if path == "" {
			continue
		}
		_, err := durable.ReadFile(path)
		say(err == nil, "bills."+key, "%s cannot be read; put the file there, owned by the kiosk's user, mode 0600",
			path)
	}
}

// Calendar returns the days that are worked, the court's own file included.
func (c Config) Calendar() (holiday.Calendar, error) { return holiday.Open(c.Bills.Holidays) }

// Scan says what the barcodes of the court's notices mean.
type Scan struct {
	// Patterns are regular expressions with a group named case or code, tried in their order; bill.DefaultPatterns
	// when empty.
	Patterns []string
}

// Scanner returns the reader of barcodes. Patterns that are wrong are refused by Load.
func (c Config) Scanner() (bill.Scanner, error) {
	if len(c.Scan.Patterns) == 0 {
		return bill.NewScanner(bill.DefaultPatterns)
	}
	return bill.NewScanner(c.Scan.Patterns)
}

// Offsite is where copies of the ledger go that leave this machine; both empty: none does.
type Offsite struct {
	Recipient string // the court's public key, age1…
	Folder    string // a share that another machine keeps, where it is mounted
}

func (o Offsite) check(say func(bool, string, string, ...any)) {
	say((o.Recipient == "") == (o.Folder == ""), "offsite", "recipient and folder go together")
	if o.Recipient != "" {
		err := offsite.CheckRecipient(o.Recipient)
		say(!errors.Is(err, offsite.ErrSecretKey), "offsite.recipient",
			"that is the secret key; the public one, age1…, belongs here. It has lain on this machine: make another "+
				"pair, and keep the secret key in the safe")
		say(err == nil || errors.Is(err, offsite.ErrSecretKey), "offsite.recipient",
			"no public key of age in one line, like age1…; age-keygen prints it")
	}
}

// Receipt is the printer.
type Receipt struct {
	Printer string // escpos, ipp, pdf or none
	// tcp://host:port, usb:/dev/… or serial:/dev/… for escpos, ipp://host/printers/NAME for ipp, a folder for pdf
	Address string
	Paper   int // of escpos, in mm: 80 or 58
	// The key that signs receipts, made at the first start, and the list of public keys that this machine believes;
	// beside the ledger when empty.
	SigningKey string `toml:"signing_key_file"`
	Keys       string `toml:"keys_file"`
}

// The printers that a machine can have.
const (
	ESCPOS    = "escpos" // a thermal printer
	IPP       = "ipp"    // a queue, or a printer in the network
	PDF       = "pdf"    // a folder
	NoPrinter = "none"
)

// Log is what is written to standard error.
type Log struct {
	Level  string
	Format string // json or text
}

// Defaults returns a configuration with every safe default.
func Defaults() Config {
	return Config{
		Environment: Production,
		Court:       Court{Hotline: "12368", Window: "2号窗口", Fiscal: "财政票据请凭本凭证到窗口领取", Serve: ServeOwn},
		Kiosk: Kiosk{ID: "01", Language: "zh", PayWithin: 5 * time.Minute, IdleAfter: time.Minute,
			Fullscreen: true, Quiet: slices.Clone(bill.QuietCauses), TouchAgain: 200 * time.Millisecond},
		Bills:   Bills{Source: FromRegister},
		Ledger:  Ledger{File: "/var/lib/courtkiosk/ledger.db", Backups: "/var/lib/courtkiosk/backups"},
		Receipt: Receipt{Printer: NoPrinter, Paper: 80},
		Log:     Log{Level: "info", Format: "json"},
	}
}

// Complaints are everything that is wrong with a file, a line each.
type Complaints []string

func (c Complaints) Error() string { return "configuration:\n" + strings.Join(c, "\n") }

// Load reads the file at path, and those of the folder config.d beside it, *.toml by name: what a later one says
// counts, key by key. So a court has one file for all of its machines, and each machine a small one of its own. The
// error is Complaints when the files could be read.
func Load(path string) (Config, error) {
	parts, err := read(path)
	if err != nil {
		return Config{}, err
	}
	c, _, err := parse(filepath.Dir(path), parts...)
	if err != nil {
		return Config{}, err
	}
	return c, nil
}

// A part is one of the files of a configuration.
type part struct {
	path, text string
	tree       map[string]any // what it says, where that is known already
}

// read returns the file at path and those of config.d beside it.
func read(path string) ([]part, error) {
	more, err := filepath.Glob(filepath.Join(filepath.Dir(path), "config.d", "*.toml"))
	if err != nil {
		return nil, err
	}
	return readEach(append([]string{path}, more...))
}

func readEach(paths []string) (parts []part, err error) {
	for _, path := range paths {
		text, err := durable.ReadFile(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return nil, fmt.Errorf("configuration %s is not there; run courtkiosk setup: %w",
				path, err)
		case errors.Is(err, os.ErrPermission):
			return nil, fmt.Errorf("configuration %s may not be read by this user; run the command as the kiosk's "+
				"user, or give the file to it: %w", path, err)
		case err != nil:
			return nil, fmt.Errorf("configuration %s cannot be read: %w", path, err)
		}
		parts = append(parts, part{path: path, text: string(text)})
	}
	return parts, nil
}

// parse reads the parts of a configuration. Everything that is wrong with them is said at once, as the files go. tree
// is what they say; nil where one of them says nothing that can be understood.
func parse(dir string, parts ...part) (c Config, tree map[string]any, err error) {
	c, tree, at, misshapen, err := lie(dir, parts)
	if err != nil {
		return Config{}, nil, err
	}
	if bad := inOrder(parts, misshapen, placed(c.check(), at)); len(bad) > 0 {
		return c, tree, bad
	}
	return c, tree, nil
}

// lie lays the parts of a configuration over each other. at is where each says what, misshapen what has not the form of
// its key.
func lie(dir string, parts []part) (c Config, tree map[string]any, at []lines, misshapen []complaint, err error) {
	tree = make(map[string]any)
	for i, p := range parts {
		text, unread := readable(p.text)
		if unread != nil {
			return Config{}, nil, nil, nil, Complaints{unread.in(p)}
		}
		said := p.tree
		if said == nil {
			if _, err := toml.Decode(text, &said); err != nil {
				return Config{}, nil, nil, nil, Complaints{syntax(text, err).in(p)}
			}
		}
		at = append(at, linesOf(text))
		for _, c := range shaped(said, reflect.TypeFor[Config](), "", at[i].of) {
			c.part = i
			misshapen = append(misshapen, c)
		}
		lay(tree, said)
	}
	c = Defaults()
	if err := c.take(tree); err != nil {
		return Config{}, nil, nil, nil, Complaints{err.Error()}
	}
	c.locate(dir)
	return c, tree, at, misshapen, nil
}

// placed says of complaints where they stand.
func placed(bad []complaint, at []lines) (facts []complaint) {
	for _, said := range bad {
		facts = append(facts, said.at(at))
	}
	return facts
}

// lay lays what a later part says over what the earlier ones do.
func lay(tree, over map[string]any) {
	for key, value := range over {
		below, had := tree[key].(map[string]any)
		above, has := value.(map[string]any)
		if had && has {
			lay(below, above)
			continue
		}
		tree[key] = value
	}
}

// take takes over what a tree says, whose form is right.
func (c *Config) take(tree map[string]any) error {
	var text bytes.Buffer
	if err := toml.NewEncoder(&text).Encode(tree); err != nil {
		return err
	}
	_, err := toml.Decode(text.String(), c)
	return err
}

// locate makes paths relative to the file's folder whole.
func (c *Config) locate(dir string) {
	paths := []*string{&c.Ledger.File, &c.Ledger.Backups, &c.Ledger.Mark, &c.Ledger.DSN, &c.Offsite.Folder,
		&c.Receipt.SigningKey,
		&c.Receipt.Keys,
		&c.Bills.Watch, &c.Bills.Token, &c.Bills.CA, &c.Bills.Cert, &c.Bills.Key, &c.Bills.Holidays,
		&c.Kiosk.Notices, &c.Ear.Recordings, &c.Clerk.Certificate, &c.Clerk.Key, &c.Clerk.ClientCA}
	for _, w := range []*WeChat{&c.WeChat, c.WeChat.Execution, c.WeChat.Fine} {
		if w != nil {
			paths = append(paths, &w.MerchantKey, &w.MerchantCert, &w.PublicKey, &w.APIv3Key, &w.ProxyPassword, &w.CA)
		}
	}
	if c.Receipt.Printer == PDF {
		paths = append(paths, &c.Receipt.Address)
	}
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

var thermal = regexp.MustCompile(`^(tcp://[^/:]+:[0-9]+|usb:/[^?]+|serial:/[^?]+(\?baud=([0-9]+))?)$`)
var ippPrinter = regexp.MustCompile(`^ipps?://[^/]+/.+$`)
var courtCode = regexp.MustCompile(`^(最高法|\p{Han}([0-9]{2}|[0-9]{4})?)$`)
var kioskID = regexp.MustCompile(`^[0-9A-Za-z]{1,8}$`)

func (c Config) check() []complaint {
	bad := c.wrong()
	if c.Environment == Production {
		bad = append(bad, c.exposed()...)
	}
	return bad
}

// wrong is what is wrong with the values, whoever can read their files.
func (c Config) wrong() (bad []complaint) {
	say := func(ok bool, key, format string, args ...any) {
		if !ok {
			bad = append(bad, complaint{key: key, text: fmt.Sprintf(format, args...)})
		}
	}
	oneOf := func(key, value string, allowed ...string) {
		for _, a := range allowed {
			if value == a {
				return
			}
		}
		say(false, key, "%q is none of %s", value, strings.Join(allowed, ", "))
	}
	oneOf("environment", c.Environment, Production, Test, Demo)
	say(courtCode.MatchString(c.Court.Code), "court.code",
		"the court's code in its case numbers, like 京0101, is needed")
	say(c.Court.Name != "", "court.name", "the court's full name is needed: it stands on screens and receipts")
	for _, key := range c.Court.unprintable() {
		say(false, key, "it holds a line break or a character that cannot be seen; type it anew, in one line")
	}
	oneOf("court.serves", c.Court.Serve, ServeOwn, ServeTribunals, ServeAll)
	for _, code := range c.Court.Tribunals {
		say(courtCode.MatchString(code), "court.tribunals", "%q is no court's code, like 京0191", code)
	}
	say(len(c.Court.Tribunals) < 8, "court.tribunals", "seven at the most, for visitors to choose from")
	say((len(c.Court.Tribunals) > 0) == (c.Court.Serve == ServeTribunals), "court.tribunals",
		"goes with serves = %q: the codes of the courts that are served here too", ServeTribunals)
	for _, word := range c.Kiosk.Quiet {
		say(strings.TrimSpace(word) != "", "kiosk.quiet_causes", "%q is in every cause", word)
	}
	say(kioskID.MatchString(c.Kiosk.ID), "kiosk.id",
		"1 to 8 letters or digits, another one for each machine of the court")
	oneOf("kiosk.language", c.Kiosk.Language, "zh", "en")
	say(c.Kiosk.PayWithin >= 2*time.Minute && c.Kiosk.PayWithin <= payment.MaxPayWithin, "kiosk.pay_within",
		"%v is not between 2m and %.0fm", c.Kiosk.PayWithin, payment.MaxPayWithin.Minutes())
	say(c.Kiosk.IdleAfter >= 20*time.Second && c.Kiosk.IdleAfter <= 10*time.Minute, "kiosk.idle_after",
		"%v is not between 20s and 10m", c.Kiosk.IdleAfter)
	say(c.Kiosk.TouchAgain >= 0 && c.Kiosk.TouchAgain <= 2*time.Second, "kiosk.touch_again",
		"%v is not between 0s and 2s", c.Kiosk.TouchAgain)
	c.Screen.check(say)
	c.checkEar(say)
	_, err := c.Scanner()
	say(err == nil, "scan.patterns", "%v", err)
	_, err = c.Calendar()
	say(err == nil, "bills.holidays_file", "%v", err)
	for _, d := range c.Hours.days() {
		_, err := holiday.Spans(d.hours)
		say(err == nil, "hours."+d.key, "%v; write %s = \"9:00-12:00, 13:30-17:00\", or \"\" for a day without hours",
			err, d.key)
	}
	oneOf("bills.source", c.Bills.Source, FromRegister, FromCourtAPI)
	c.Bills.check(c.Environment, say)
	say(c.Ledger.File != "", "ledger.file", "a path is needed")
	say(c.Ledger.Backups != "" || c.Ledger.Shared(), "ledger.backups", "a folder is needed")
	say(c.Ledger.Mark == "" || filepath.Dir(c.Ledger.Mark) != filepath.Dir(c.Ledger.File), "ledger.mark_file",
		"it must lie outside of the ledger's folder, with which it would be put back")
	folder := func(key, path string) {
		err := makeable(path)
		say(path == "" || err == nil, key, "the folder %s cannot be made: %v", path, err)
	}
	folder("ledger.file", filepath.Dir(c.Ledger.File))
	if !c.Ledger.Shared() {
		folder("ledger.backups", c.Ledger.Backups)
	}
	c.checkShared(say)
	if c.Receipt.Printer == PDF {
		folder("receipt.address", c.Receipt.Address)
	}
	oneOf("receipt.printer", c.Receipt.Printer, ESCPOS, IPP, PDF, NoPrinter)
	if c.Receipt.Printer == ESCPOS {
		at := thermal.FindStringSubmatch(c.Receipt.Address)
		say(at != nil, "receipt.address", "want tcp://host:9100, usb:/dev/usb/lp0 or serial:/dev/ttyS0?baud=115200, "+
			"where the printer is")
		if at != nil && at[3] != "" {
			baud, err := strconv.Atoi(at[3])
			err = cmp.Or(err, receipt.CheckBaud(baud))
			say(err == nil, "receipt.address", "%v", err)
		}
	}
	if c.Receipt.Printer == IPP {
		say(ippPrinter.MatchString(c.Receipt.Address), "receipt.address",
			"want ipp://localhost:631/printers/NAME, the queue or printer")
	}
	say(c.Receipt.Paper == 80 || c.Receipt.Paper == 58, "receipt.paper", "want 80 or 58, the width of the roll in mm")
	if c.Receipt.Printer == PDF {
		say(c.Receipt.Address != "", "receipt.address", "the folder for the PDFs is needed")
	}
	c.Offsite.check(say)
	c.Clerk.check(say)
	oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	oneOf("log.format", c.Log.Format, "json", "text")
	c.WeChat.check("wechat", c.Environment, say)
	for name, w := range map[string]*WeChat{"wechat.execution": c.WeChat.Execution, "wechat.fine": c.WeChat.Fine} {
		if w != nil {
			w.under(c.WeChat).check(name, c.Environment, say)
			say(w.Hosts == nil && w.Execution == nil && w.Fine == nil && w.Proxy+w.ProxyPassword+w.CA == "", name,
				"hosts, proxy, ca_file and purses belong into [wechat]")
		}
	}
	return bad
}

// private says why a file or folder that others must keep away from does not: the command that mends it. others are the
// bits that nobody but its owner may have. What is not there is private.
func private(path string, others os.FileMode) string {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&others == 0 {
		return ""
	}
	return fmt.Sprintf("others may %s %s; type: chmod %04o %s",
		map[bool]string{true: "write into", false: "read"}[info.IsDir()], path, info.Mode().Perm()&^0o077, path)
}

// exposed are the secrets that others can read, and the state folder that they can write, by key.
func (c Config) exposed() (list []complaint) {
	look := func(key, path string, others os.FileMode) {
		if said := private(path, others); path != "" && said != "" {
			list = append(list, complaint{key: key, text: said})
		}
	}
	account := func(table string, w WeChat) {
		look(table+".merchant_key_file", w.MerchantKey, 0o077)
		look(table+".apiv3_key_file", w.APIv3Key, 0o077)
		look(table+".proxy_password_file", w.ProxyPassword, 0o077)
	}
	account("wechat", c.WeChat)
	for name, w := range map[string]*WeChat{"wechat.execution": c.WeChat.Execution, "wechat.fine": c.WeChat.Fine} {
		if w != nil {
			account(name, *w)
		}
	}
	look("clerk.key", c.Clerk.Key, 0o077)
	look("bills.court_token_file", c.Bills.Token, 0o077)
	look("bills.court_key_file", c.Bills.Key, 0o077)
	look("ledger.file", filepath.Dir(c.Ledger.File), 0o022)
	look("ledger.dsn_file", c.Ledger.DSN, 0o077)
	if !c.Ledger.Shared() {
		look("ledger.backups", c.Ledger.Backups, 0o022)
	}
	return list
}

// makeable says why a folder neither is there nor can be made: something else stands in its way.
func makeable(path string) error {
	for ; ; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		switch {
		case err == nil && info.IsDir():
			return nil
		case err == nil:
			return fmt.Errorf("%s is a file", path)
		case errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		default:
			return err
		}
		if path == filepath.Dir(path) {
			return err
		}
	}
}

// Payee is who the money goes to.
func (c Config) Payee() string {
	if c.Court.Payee != "" {
		return c.Court.Payee
	}
	return c.Court.Name
}

// Account returns the merchant account of a purse.
func (c Config) Account(p bill.Purse) WeChat {
	switch {
	case p == bill.Execution && c.WeChat.Execution != nil:
		return c.WeChat.Execution.under(c.WeChat)
	case p == bill.Fine && c.WeChat.Fine != nil:
		return c.WeChat.Fine.under(c.WeChat)
	}
	return c.WeChat
}

// Merchant returns the merchant of a purse.
func (c Config) Merchant(p bill.Purse) payment.Merchant {
	a := c.Account(p)
	return payment.Merchant{MchID: a.MchID, AppID: a.AppID}
}

// Accounts returns every merchant account once.
func (c Config) Accounts() []WeChat {
	var list []WeChat
	seen := make(map[payment.Merchant]bool)
	for _, p := range bill.Purses {
		if m := c.Merchant(p); !seen[m] {
			seen[m] = true
			list = append(list, c.Account(p))
		}
	}
	return list
}

// RegisterFile is where imported bills live, beside the ledger.
func (c Config) RegisterFile() string {
	return filepath.Join(filepath.Dir(c.Ledger.File), "register.db")
}

// MarkFile says how far the ledger was. Where nothing else is configured it lies in a folder beside the ledger's own,
// whose name ends in -mark: who puts a state folder back does not put it back too. A demo's ledger is new each time and
// has none; of one in a database other machines know how far it was.
func (c Config) MarkFile() string {
	if c.Environment == Demo || c.Ledger.Shared() {
		return ""
	}
	dir, name := filepath.Split(c.Ledger.File)
	name = strings.TrimSuffix(name, filepath.Ext(name)) + ".mark"
	return cmp.Or(c.Ledger.Mark, filepath.Join(filepath.Clean(dir)+"-mark", name))
}

// SigningKeyFile is the key that signs receipts.
func (c Config) SigningKeyFile() string {
	return cmp.Or(c.Receipt.SigningKey, filepath.Join(filepath.Dir(c.Ledger.File), "receipt.key"))
}

// SealFile is the key and certificate that PDF receipts are signed with.
func (c Config) SealFile() string {
	return filepath.Join(filepath.Dir(c.SigningKeyFile()), "receipt-pdf.pem")
}

// ClerkKeyFile is the key of this machine that PINs, cards and second factors of its people are kept with.
func (c Config) ClerkKeyFile() string { return filepath.Join(filepath.Dir(c.Ledger.File), "clerk.key") }

// KeysFile is the list of public keys that receipts are checked with.
func (c Config) KeysFile() string {
	return cmp.Or(c.Receipt.Keys, filepath.Join(filepath.Dir(c.Ledger.File), "receipt-keys.txt"))
}

// AuthorityFile is the key and certificate by which this machine names its windows. It is in no backup of the ledger.
func (c Config) AuthorityFile() string {
	return filepath.Join(filepath.Dir(c.Ledger.File), "desk-ca.pem")
}

// DeskFile is the key and certificate of the clerk's page where the court's own authority gives none.
func (c Config) DeskFile() string {
	return filepath.Join(filepath.Dir(c.Ledger.File), "desk-server.pem")
}

// PageCertificates are the files whose certificates the clerk's page needs, by what they are of; none where there is no
// page, or where it is this machine's alone. The server's own, of this machine's authority, is made anew by itself.
func (c Config) PageCertificates() map[string]string {
	if c.Clerk.Listen == "" || c.Clerk.Loopback() {
		return nil
	}
	files := map[string]string{"authority": cmp.Or(c.Clerk.ClientCA, c.AuthorityFile())}
	if c.Clerk.Certificate != "" {
		files["server"] = c.Clerk.Certificate
	}
	return files
}

// Place is where copies of the ledger go that leave this machine; nil where none does.
func (c Config) Place() *offsite.Place {
	if c.Offsite.Folder == "" {
		return nil
	}
	return offsite.NewPlace(offsite.Place{Recipient: c.Offsite.Recipient, Folder: c.Offsite.Folder, Kiosk: c.Kiosk.ID,
		Home: filepath.Dir(c.Ledger.File), Keys: c.KeysFile(), Record: c.ArrivalFile()})
}

// Cradle is what a copy that has left another machine becomes this one's ledger in.
func (c Config) Cradle() offsite.Cradle {
	return offsite.Cradle{Court: c.Court.Code, Environment: c.Environment, Kiosk: c.Kiosk.ID, Ledger: c.Ledger.File,
		Keys: c.KeysFile(), SigningKey: c.SigningKeyFile(), Place: c.Place()}
}

// ArrivalFile says which copy has left this machine last, and arrived.
func (c Config) ArrivalFile() string {
	return filepath.Join(filepath.Dir(c.Ledger.File), "offsite.json")
}

// PlaceFile holds this machine's name among those that share a ledger in a database.
func (c Config) PlaceFile() string {
	return filepath.Join(filepath.Dir(c.Ledger.File), "place.json")
}

// SocketFile is where a running kiosk serves the command line.
func (c Config) SocketFile() string {
	return filepath.Join(filepath.Dir(c.Ledger.File), "courtkiosk.sock")
}
