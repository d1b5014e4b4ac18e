package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/config"
	"courtkiosk/app/drill"
	"courtkiosk/app/receipt/paper"
	"courtkiosk/app/setup"
	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

func (c *call) drillCommand() *cobra.Command {
	d := &drilling{call: c}
	cmd := &cobra.Command{
		Use: "drill",
		Short: "prove, before money is taken, that none is lost: three payments of 0.01 yuan while the network is " +
			"cut, the program is killed and the printer is pulled; where environment is test only",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.live != nil { // the machine's own copy says whether one may begin
				c.know(c.live.Config)
				return mayDrill(cmd.Context(), c.live)
			}
			// Whose line to this machine breaks has paid all the same: the drill ends as by Ctrl-C.
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP)
			defer stop()
			return d.run(ctx)
		},
	}
	cmd.Flags().BoolVar(&d.yes, "yes", false, "do not ask before it begins")
	return cmd
}

// errOpenOrders: somebody may be paying.
var errOpenOrders = errors.New("orders are open on this machine; a drill begins once orders list shows none that waits")

// mayDrill says why no drill may be made beside a counter.
func mayDrill(ctx context.Context, a *app.App) error {
	if a.Config.Environment != config.Test {
		return fmt.Errorf("%w: it is %q", drill.ErrNotTest, a.Config.Environment)
	}
	open, err := a.Ledger().Unsettled(ctx)
	if err == nil && len(open) > 0 {
		err = fmt.Errorf("%w (%d)", errOpenOrders, len(open))
	}
	return err
}

// A drilling is a drill on its way.
type drilling struct {
	*call
	yes    bool
	own    config.Config // the machine's
	conf   config.Config // the tried program's
	in     *bufio.Reader
	dir    string
	road   *drill.Road
	wechat setup.Asker // the drill's own, past the road
	tried  *tried
	report drill.Report
}

func (d *drilling) tell(id string, pairs ...string) {
	d.say("%s", drill.Words(d.language(), "do."+id, pairs...))
}

// run makes a drill, and writes down what it has come to, however it ends.
func (d *drilling) run(ctx context.Context) (err error) {
	if d.socket != "" {
		return &usageError{errors.New("a drill is of the machine that --config names; --socket has no part in it")}
	}
	if d.config, err = filepath.Abs(d.config); err != nil {
		return err
	}
	if d.own, err = config.Load(d.config); err != nil {
		return err
	}
	d.know(d.own)
	if d.own.Environment != config.Test {
		return fmt.Errorf("%w: it is %q", drill.ErrNotTest, d.own.Environment)
	}
	if err := d.become(d.own); err != nil {
		return err
	}
	if err := d.may(ctx); err != nil {
		return err
	}
	d.in = bufio.NewReader(d.Stdin)
	d.tell("begin")
	if !d.yes {
		answer, err := d.typed(ctx, "agree")
		if err != nil || !strings.HasPrefix(strings.ToLower(answer), "y") && answer != "是" {
			return errNotConfirmed
		}
	}
	if err := d.prepare(ctx); err != nil {
		return errors.Join(err, d.close())
	}
	for i, act := range drill.Acts {
		if err := d.act(ctx, i, act); err != nil {
			d.report.BrokenOff = err.Error()
			d.say("%v", err)
			break
		}
	}
	d.settle(ctx)
	d.report.Ended = time.Now()
	return errors.Join(d.close(), d.write(context.WithoutCancel(ctx)), d.outcome())
}

// outcome is what the whole has proven, as an exit code has it.
func (d *drilling) outcome() error {
	verdict := d.report.Verdict()
	words := drill.Words(d.language(), "verdict."+string(verdict))
	d.tell("verdict", "verdict", words)
	switch verdict {
	case drill.Failed:
		return errors.New("the drill has failed: take no money on this machine, and keep " + d.dir)
	case drill.NotKnown:
		return &unknownError{"the drill has not proven everything; what is missing stands in its protocol"}
	}
	return nil
}

// may asks the machine's own copy, or its ledger where none runs, whether a drill may be made now.
func (d *drilling) may(ctx context.Context) error {
	if d.own.WeChat.Sealed() {
		return errSealed
	}
	asking := *d.call
	asking.Args = []string{"drill"}
	err := asking.forward(ctx, d.own.SocketFile())
	if !errors.Is(err, errNobody) {
		return err
	}
	if _, err := os.Stat(d.own.Ledger.File); errors.Is(err, fs.ErrNotExist) && !d.own.Ledger.Shared() {
		return nil // a machine that was never started
	}
	a, err := app.Open(d.own, slog.New(slog.DiscardHandler), d.Options...)
	if err != nil {
		return notOpened(err, d.own)
	}
	return errors.Join(mayDrill(ctx, a), a.Close())
}

// prepare makes the drill's folder and all that the tried program needs, and starts it.
func (d *drilling) prepare(ctx context.Context) (err error) {
	now := time.Now()
	name := drill.Name(now)
	d.dir = filepath.Join(filepath.Dir(d.own.Ledger.File), "drills", name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(d.dir), 0o700), os.Mkdir(d.dir, 0o700),
		os.Mkdir(filepath.Join(d.dir, "state"), 0o700)); err != nil {
		return err
	}
	if d.road, err = drill.OpenRoad(d.own); err != nil {
		return err
	}
	if d.conf, err = drill.Beside(d.own, d.dir, d.road.Door()); err != nil {
		return err
	}
	d.report = drill.Report{Name: name, Court: d.own.Court.Name, Kiosk: d.own.Kiosk.ID, Tried: d.conf.Kiosk.ID,
		Version: d.Version, Config: d.own.Hash(), Merchant: payment.Merchant{MchID: d.own.WeChat.MchID,
			AppID: d.own.WeChat.AppID}, Printer: d.own.Receipt.Printer + " " + d.own.Receipt.Address, Begun: now,
		Folder: d.dir}
	d.report.Host, _ = os.Hostname() // it is only named
	text, err := d.conf.Written()
	if err != nil {
		return err
	}
	list := filepath.Join(d.dir, "bills.csv")
	if err := errors.Join(durable.WriteFile(d.file(), []byte(text), 0o600),
		durable.WriteFile(list, []byte(drill.Bills(d.conf, name, now)), 0o600)); err != nil {
		return err
	}
	gateway, err := app.OpenGateway(d.own, nil)
	if err != nil {
		return err
	}
	d.wechat = gateway // never an interface around nothing
	d.tell("start", "folder", d.dir)
	if err := d.start(ctx); err != nil {
		return err
	}
	return d.asked(ctx, nil, "bills", "import", list)
}

// file is the tried program's configuration.
func (d *drilling) file() string { return filepath.Join(d.dir, "config.toml") }

// close ends the tried program and the road.
func (d *drilling) close() error {
	var err error
	if d.tried != nil {
		err = d.tried.end()
	}
	if d.wechat != nil {
		d.wechat.Stop()
	}
	if d.road != nil {
		err = errors.Join(err, d.road.Close())
	}
	return err
}

// write writes the protocol as text and as PDF, and prints it where there is a printer.
func (d *drilling) write(ctx context.Context) error {
	lang := d.language()
	base := filepath.Join(d.dir, "drill-"+d.report.Name)
	text, sheet := d.report.Text(lang), d.report.Sheet(lang)
	// The file first: what is to be given back stands in it, and a terminal may be gone.
	if err := errors.Join(durable.WriteFile(base+".txt", []byte(text), 0o600), d.printDrill(text)); err != nil {
		return err
	}
	d.tell("protocol", "file", base+".txt")
	doc, err := paper.OnA4(sheet)
	if err != nil {
		return err
	}
	var pdf strings.Builder
	if err := doc.PDF(&pdf); err != nil {
		return err
	}
	if err := durable.WriteFile(base+".pdf", []byte(pdf.String()), 0o600); err != nil {
		return err
	}
	if d.own.Receipt.Printer == config.NoPrinter {
		return nil
	}
	printer, err := app.OpenPrinter(d.own)
	if err == nil {
		_, err = printer.PrintSlip(ctx, sheet)
	}
	if err != nil {
		d.tell("unprinted", "err", err.Error())
		return nil // it lies in the file
	}
	d.tell("printed", "number", sheet.Number)
	return nil
}

// drillData is a drill's protocol.
type drillData struct {
	Name    string        `json:"drill"`
	Verdict drill.Verdict `json:"verdict"`
	Folder  string        `json:"folder"`
	Acts    []actData     `json:"acts"`
	Back    []backData    `json:"give_back"`
}

type actData struct {
	Act     drill.Act      `json:"act"`
	Verdict drill.Verdict  `json:"verdict"`
	Why     []drill.Reason `json:"why"`
	Order   string         `json:"order,omitempty"`
	Broken  string         `json:"broken_off,omitempty"`
}

type backData struct {
	Order       string `json:"order"`
	Transaction string `json:"transaction_id,omitempty"`
}

func (d *drilling) printDrill(text string) error {
	if !d.json {
		_, err := fmt.Fprint(d.Stdout, text)
		return err
	}
	data := drillData{Name: d.report.Name, Verdict: d.report.Verdict(), Folder: d.dir, Back: []backData{}}
	for _, j := range d.report.Judged() {
		data.Acts = append(data.Acts, actData{j.Act, j.Verdict, append([]drill.Reason{}, j.Why...), j.Order, j.Broken})
	}
	for _, s := range d.report.Refundable() {
		data.Back = append(data.Back, backData{s.Order, s.Transaction})
	}
	return d.data(data)
}

// typed is what the person at the terminal types after words are said.
func (d *drilling) typed(ctx context.Context, id string) (string, error) {
	fmt.Fprint(d.Stderr, drill.Words(d.language(), "do."+id))
	type line struct {
		text string
		err  error
	}
	lines := make(chan line, 1)
	go func() { // a read of a terminal cannot be interrupted; the process ends with it
		text, err := d.in.ReadString('\n')
		lines <- line{strings.TrimSpace(text), err}
	}()
	select {
	case l := <-lines:
		fmt.Fprintln(d.Stderr)
		if l.err != nil {
			return "", errors.New("nobody answers at this terminal")
		}
		return l.text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
