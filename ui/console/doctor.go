package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/bill/register"
	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	"courtkiosk/app/doctor/checkup"
	"courtkiosk/app/ledger"
	"courtkiosk/payment"
)

func (c *call) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor",
		Short: "look at this machine by thirty-three checks: what is wrong, and what to do; exit 1 when something " +
			"needs a person, 3 when a check could not look",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.live != nil { // the look is its client's, who may be root; this is what the counter knows
				in, err := wordOf(cmd.Context(), c.live, true)
				if err != nil {
					return err
				}
				return c.data(in)
			}
			return c.doctor(cmd.Context())
		},
	}
}

// doctor looks at this machine and prints what it has found.
func (c *call) doctor(ctx context.Context) error {
	file, err := filepath.Abs(c.config)
	if err != nil {
		return err
	}
	conf, known, wrong := config.Draft(file)
	m := &checkup.Machine{
		Files: os.DirFS("/"), Run: checkup.Command, Now: time.Now, Reach: checkup.Reach, ConfigFile: file,
		Wrong: wrong, Root: os.Geteuid() == 0, Ask: c.askCounter,
	}
	if known {
		c.know(conf)
		m.Config = &conf
		if conf.Ledger.Shared() {
			m.Database = ledger.Looking(conf)
		}
	}
	r := m.Look(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.printDoctor(r); err != nil {
		return err
	}
	switch {
	case r.Rings():
		return errNeedsAPerson
	case r.Unknown():
		return &unknownError{"not every check could look"}
	}
	return nil
}

// askCounter has the counter say what only it knows: the running kiosk's, or one that is opened for it.
func (c *call) askCounter(ctx context.Context, m *checkup.Machine) {
	m.Inside, m.Outside = c.askRunning(ctx, m.Config)
	if !errors.Is(m.Outside, errNobody) || m.Config == nil {
		return
	}
	if !m.Config.WeChat.Sealed() { // else only the running service can ask
		m.Asked = c.askWeChat(ctx, *m.Config)
	}
	m.Inside, m.Outside = c.askOpened(ctx, *m.Config, m.Wrong)
}

// askWeChat asks WeChat itself about every merchant number.
func (c *call) askWeChat(ctx context.Context, conf config.Config) (found []doctor.Finding) {
	g, err := app.OpenGateway(conf, slog.New(slog.DiscardHandler), c.Options...)
	if err != nil {
		for _, w := range conf.Accounts() {
			found = append(found, doctor.Finding{Code: doctor.NoKey, Of: w.MchID, Err: err})
		}
		return found
	}
	defer g.Stop()
	return checkup.AskWeChat(ctx, g, conf.Accounts())
}

// askRunning asks the running kiosk; the error wraps errNobody where there is none.
func (c *call) askRunning(ctx context.Context, conf *config.Config) (*checkup.Inside, error) {
	socket := c.socket
	if socket == "" && conf != nil {
		socket = conf.SocketFile()
	}
	if socket == "" {
		return nil, errNobody
	}
	var said, told bytes.Buffer
	inner := &call{Env: c.Env}
	inner.Args, inner.Stdout, inner.Stderr, inner.Stdin = []string{"doctor"}, &said, &told, strings.NewReader("")
	err := inner.forward(ctx, socket)
	if code, ended := errors.AsType[servedError](err); ended && int(code) == Usage {
		return nil, checkup.ErrOlder
	} else if ended {
		return nil, errors.New(strings.TrimSpace(told.String()))
	}
	if errors.Is(err, errForeign) {
		return nil, checkup.ErrForeign
	}
	if errors.Is(err, errNobody) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", checkup.ErrSilent, err)
	}
	in := new(checkup.Inside)
	return in, json.Unmarshal(said.Bytes(), in)
}

// askOpened opens the counter for one look. Nothing is made by that: where there is no ledger, or no key of receipts,
// it is not opened.
func (c *call) askOpened(ctx context.Context, conf config.Config, wrong error) (in *checkup.Inside, err error) {
	if wrong != nil {
		return nil, errors.New("the configuration is wrong")
	}
	switch made, err := ledger.Made(conf); {
	case errors.Is(err, fs.ErrPermission):
		return nil, checkup.ErrForeign
	case err == nil && !made:
		return nil, checkup.ErrNotMade
	}
	if _, err := os.Stat(conf.SigningKeyFile()); errors.Is(err, fs.ErrNotExist) {
		return nil, checkup.ErrKeyless
	}
	if err := c.become(conf); err != nil {
		return nil, err
	}
	a, err := app.Open(conf, slog.New(slog.DiscardHandler), c.Options...)
	if err != nil {
		return nil, notOpened(err, conf)
	}
	in, err = wordOf(ctx, a, false)
	if err == nil { // the service has the keys that are sealed to it, and no other
		in.Told = slices.DeleteFunc(in.Told, func(f doctor.Finding) bool {
			return f.Code == doctor.NoKey && slices.ContainsFunc(conf.Accounts(), func(w config.WeChat) bool {
				return w.MchID == f.Of && w.Sealed()
			})
		})
	}
	return in, errors.Join(err, a.Close())
}

// wordOf is what a counter says of itself.
func wordOf(ctx context.Context, a *app.App, running bool) (*checkup.Inside, error) {
	h, err := a.Care().Health(ctx)
	if err != nil {
		return nil, err
	}
	in := &checkup.Inside{Running: running, Told: doctor.Report{}, Ledger: []string{}}
	for _, f := range h.Report {
		in.Told = append(in.Told, checkup.Doubted(f))
	}
	if l, ok := a.Ledger().(soundLedger); ok && h.Away == nil {
		findings, err := l.Verify(ctx)
		if err != nil && !errors.Is(err, payment.ErrAway) {
			return nil, fmt.Errorf("check ledger: %w", err)
		}
		in.Ledger = append(in.Ledger, findings...)
	}
	if list, ok := a.Court().(interface{ Info() (register.Info, error) }); ok {
		info, err := list.Info()
		if err != nil {
			return nil, fmt.Errorf("list of bills: %w", err)
		}
		in.Bills = &checkup.List{Imported: info.Imported, Written: info.Written}
	}
	return in, nil
}

// lookData is what a look has come to.
type lookData struct {
	At     time.Time   `json:"at"`
	Told   []toldData  `json:"told"` // what is wrong, the gravest first
	Checks []checkData `json:"checks"`
}

// toldData is one trouble in words.
type toldData struct {
	troubleData
	Seen string `json:"seen,omitempty"` // what is so; of what a screen tells too the title says it
}

// checkData is what one check has come to.
type checkData struct {
	Check int           `json:"check"`
	State string        `json:"state"` // fine, found, unknown, idle: nothing here that it is about
	Found []doctor.Code `json:"found,omitempty"`
	Why   string        `json:"why,omitempty"` // it is unknown
}

func stateOf(r checkup.Result) string {
	switch {
	case len(r.Found) > 0:
		return "found"
	case r.Unknown != nil:
		return "unknown"
	case r.Idle:
		return "idle"
	}
	return "fine"
}

func (c *call) newLookData(r checkup.Report) lookData {
	d := lookData{At: r.At, Told: []toldData{}}
	for _, f := range r.Told {
		words := f.Words(c.language(), "window", c.help())
		d.Told = append(d.Told, toldData{newTroubleData(f, words), words.Seen})
	}
	for _, one := range r.Results {
		data := checkData{Check: one.Check.Number, State: stateOf(one)}
		for _, f := range one.Found {
			data.Found = append(data.Found, f.Code)
		}
		if one.Unknown != nil {
			data.Why = one.Unknown.Error()
		}
		d.Checks = append(d.Checks, data)
	}
	return d
}

// severities are said as the rest of the report is; data has one word for each.
var severities = map[string]words{"stops": {"停用", "stops"}, "warns": {"警告", "warns"}, "tells": {"提示", "tells"}}

func (c *call) printDoctor(r checkup.Report) error {
	d := c.newLookData(r)
	if c.json {
		return c.data(d)
	}
	say := func(w words) string { return w.in(c.language()) }
	for _, t := range d.Told {
		title := t.Title
		if t.Since != nil {
			title += say(words{"，自 ", ", since "}) + t.Since.Format(time.DateTime)
		}
		fmt.Fprintf(c.Stdout, "%s %s\t%s\n", t.Printed, say(severities[t.Severity]), title)
		for _, line := range []string{t.Seen, t.Do} {
			if line != "" {
				fmt.Fprintf(c.Stdout, "\t%s\n", line)
			}
		}
	}
	states, unknown, reasons := make(map[string]int), make(map[string][]string), []string{}
	for i, one := range d.Checks {
		states[one.State]++
		if one.State == "unknown" && !r.Results[i].Behind {
			if unknown[one.Why] == nil {
				reasons = append(reasons, one.Why)
			}
			unknown[one.Why] = append(unknown[one.Why], strconv.Itoa(one.Check))
		}
	}
	for _, why := range reasons {
		fmt.Fprintf(c.Stdout, say(words{"不明\t第 %s 项检查：%s\n", "unknown\tcheck %s: %s\n"}),
			strings.Join(unknown[why], ", "), strings.ReplaceAll(why, "\n", "; "))
	}
	_, err := fmt.Fprintf(c.Stdout, say(words{"共 %d 项检查：%d 项正常，%d 项有问题，%d 项不明，%d 项不适用\n",
		"%d checks: %d fine, %d found something, %d unknown, %d of what is not here\n"}),
		len(d.Checks), states["fine"], states["found"], states["unknown"], states["idle"])
	return err
}
