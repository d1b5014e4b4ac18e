package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	"courtkiosk/app/doctor/checkup"
	"courtkiosk/app/ledger"
	"courtkiosk/app/message"
	"courtkiosk/app/receipt"
	"courtkiosk/app/setup"
)

func (c *call) setupCommand() *cobra.Command {
	s := &settingUp{call: c}
	var answers, root string
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "ask for what cannot be guessed, try it, write the configuration and start the kiosk",
		Long: "Asks for court, kiosk, merchant and printer, tries the merchant's key by a signed question to WeChat " +
			"and the printer by a page, writes " + config.Default + " and what is this machine's own beside it, " +
			"keeps the key as a credential of systemd where that works, and starts the unit. Run it again after " +
			"whatever has cut it off.",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.machine = setup.Machine{Root: root, Image: root != "", Run: setup.Run, Now: time.Now}
			if s.Machine != nil {
				s.machine = *s.Machine
			} else if root == "" && os.Geteuid() != 0 {
				return errors.New("it writes below /etc and starts the unit: run it as root, or with --root DIR")
			}
			s.lang = c.locale()
			if answers == "" {
				s.in = bufio.NewReader(c.Stdin)
				return s.atTerminal(cmd.Context())
			}
			var err error
			if s.answers, err = config.ReadAnswers(answers); err != nil {
				return err
			}
			return s.unattended(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&answers, "answers", "",
		"answers in a `FILE` like config.toml; its key files lie beside it. Nothing is asked")
	flags.BoolVar(&s.replace, "replace", false, "write anew what is there already, and keep the old files aside")
	flags.BoolVar(&s.untried, "untried", false, "ask WeChat nothing and print no page")
	flags.StringVar(&root, "root", "", "write below this `DIR`, as an image has it, and start nothing")
	return cmd
}

// locale is what a person at this terminal is asked in: C and what is not Chinese is English.
func (c *call) locale() message.Lang {
	if c.lang != "" {
		return message.Lang(c.lang)
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			if strings.HasPrefix(value, "zh") {
				return message.Chinese
			}
			break
		}
	}
	return message.English
}

// A settingUp is one set-up on its way.
type settingUp struct {
	*call
	machine          setup.Machine
	answers          config.Answers
	replace, untried bool
	lang             message.Lang
	in               *bufio.Reader // of the person at the terminal
}

// unattended takes the answers of a file, and writes nothing unless all of them are right.
func (s *settingUp) unattended(ctx context.Context) error {
	conf, bad, err := s.weigh()
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return complaintsOf(bad)
	}
	plan, err := s.machine.Plan(ctx, s.answers, s.replace)
	if err != nil {
		return err
	}
	if !s.untried && !s.courtAlone() {
		if err := s.askWeChat(ctx, conf); err != nil {
			return err
		}
		if err := s.askDatabase(ctx, conf); err != nil {
			return err
		}
		if err := s.page(ctx, conf); err != nil {
			return err
		}
	}
	return s.finishPlan(ctx, plan)
}

// courtAlone reports whether the answers are an image's, for every machine that is made of it: its own part is answered
// on each.
func (s *settingUp) courtAlone() bool { return s.machine.Image && len(s.answers.Values(true)) == 0 }

// weigh returns what the answers come to and all that is wrong with it.
func (s *settingUp) weigh() (config.Config, []config.Wrong, error) {
	conf, said, bad, err := s.answers.Over(s.machine.ConfigFile())
	if err != nil {
		return conf, nil, err
	}
	wrong := func(key, says string) { bad = append(bad, config.Wrong{Key: key, Says: says, Text: key + ": " + says}) }
	if !said["kiosk.id"] {
		wrong("kiosk.id", "1 to 8 letters or digits are needed, another one for each machine of the court")
	}
	if !said["receipt.printer"] {
		wrong("receipt.printer", "escpos, ipp, pdf or none is needed: what receipts are printed with")
	}
	if s.courtAlone() {
		bad = slices.DeleteFunc(bad, func(w config.Wrong) bool { return slices.Contains(config.MachineKeys, w.Key) })
	}
	const state = "/var/lib/courtkiosk/" // of the packages' units, see assets/deploy
	if conf.Receipt.Printer == config.PDF && strings.HasPrefix(conf.Ledger.File, state) &&
		!strings.HasPrefix(conf.Receipt.Address, state) {
		wrong("receipt.address", "the service may write below "+state+" alone: a folder there is needed")
	}
	if s.Window == nil && !s.machine.Image && conf.Clerk.Listen == "" {
		wrong("clerk.listen", "a machine without a window is a server, which needs the address of the clerk's page, "+
			"like 10.1.2.3:8443, or 127.0.0.1:8443 for this machine alone")
	}
	if _, err := os.Stat(setup.Given); conf.WeChat.MerchantKey == setup.Given && err != nil && s.machine.Sealed() {
		const key = "wechat.merchant_key_file"
		bad = slices.DeleteFunc(bad, func(w config.Wrong) bool { return w.Key == key })
		if !s.untried {
			wrong(key, "the key that is there is sealed, and can be tried only while the service runs: name its "+
				"file again")
		}
	}
	return conf, bad, nil
}

func complaintsOf(bad []config.Wrong) (list config.Complaints) {
	for _, w := range bad {
		list = append(list, w.Text)
	}
	return list
}

// askWeChat tries the merchant's key. An error that is not known to be the key's own is an unknownError.
func (s *settingUp) askWeChat(ctx context.Context, conf config.Config) error {
	s.tell(words{"正在用微信支付核对商户号和密钥……", "asking WeChat whether it takes merchant number and key ..."})
	err := setup.AskWeChat(ctx, conf, func(c config.Config) (setup.Asker, error) {
		return app.OpenGateway(c, slog.New(slog.DiscardHandler))
	})
	if key, ok := errors.AsType[*setup.KeyError](err); ok && !key.Refused {
		return &unknownError{s.keyWords(key) + s.of(words{"；未写入任何内容，请重试（或加 --untried）",
			"; nothing was written, run it again (or with --untried)"})}
	} else if ok {
		return errors.New(s.keyWords(key))
	}
	if err != nil {
		return errors.New(err.Error()) // for IT: what visitors are told of it says less
	}
	s.tell(words{"微信支付认可该商户号和密钥。", "WeChat takes merchant number and key."})
	return nil
}

// askDatabase looks at the database of a ledger that machines share, and says what is wrong with it. Only what keeps
// the program from running is an error.
func (s *settingUp) askDatabase(ctx context.Context, conf config.Config) error {
	if !conf.Ledger.Shared() || s.machine.Image {
		return nil
	}
	s.tell(words{"正在核对账本数据库……", "asking the ledger's database ..."})
	d := ledger.Look(ctx, conf)
	if d.Wrong != "" {
		return fmt.Errorf("ledger.dsn_file: %s", d.Wrong)
	}
	for _, f := range checkup.OfDatabase(d) {
		w := f.Words(s.lang)
		said := strings.Join([]string{f.Trouble().Printed, w.Title + ":", w.Seen, w.IT}, " ")
		if f.Trouble().Severity == doctor.Stops {
			return errors.New(said)
		}
		s.say("%s", said)
	}
	if d.Environment != "" && d.Environment != conf.Environment {
		return fmt.Errorf(s.of(words{"数据库里本法院的账本属于环境 %s，这里配置的是 %s",
			"the court's ledger in the database is of environment %s, and this machine is configured for %s"}),
			d.Environment, conf.Environment)
	}
	s.tell(words{"账本数据库可用。", "the ledger's database can be used."})
	return nil
}

// keyWords say why a merchant's key is not known to be right.
func (s *settingUp) keyWords(e *setup.KeyError) string {
	zh := "无法连接微信支付，商户 %s 的密钥是否正确尚不可知：%v"
	switch {
	case e.Refused && !e.Answered:
		zh = "商户 %s 的密钥文件不可用：%v"
	case e.Refused:
		zh = "微信支付不认可商户 %s 的密钥：%v"
	case e.Answered:
		zh = "微信支付的答复未能说明商户 %s 的密钥是否正确：%v"
	}
	return s.of(words{fmt.Sprintf(zh, e.Merchant, e.Err), e.Error()})
}

// page prints a page where there is a printer at hand.
func (s *settingUp) page(ctx context.Context, conf config.Config) error {
	if s.machine.Image || conf.Receipt.Printer == config.NoPrinter {
		return nil
	}
	_, missing := os.Stat(conf.Receipt.Address)
	printer, err := app.OpenPrinter(conf)
	if err != nil {
		return err
	}
	number, out, err := setup.TestPage(ctx, printer, conf, s.machine.Now())
	if err != nil {
		return fmt.Errorf(s.of(words{"测试页未打印：%v", "the page was not printed: %v"}), err)
	}
	if conf.Receipt.Printer == config.PDF {
		made := []string{filepath.Join(conf.Receipt.Address, number+".pdf")}
		if missing != nil {
			made = append(made, conf.Receipt.Address)
		}
		if err := s.machine.Give(made...); err != nil {
			return err
		}
	}
	if out == receipt.Sent {
		s.tell(words{"测试页 %s 已发送，是否打出无法得知。", "page %s was sent; whether it came out is not known."}, number)
		return nil
	}
	s.tell(words{"测试页 %s 已打印（%s）。", "page %s: %s."}, number, out)
	return nil
}

// setupData is what a set-up has come to.
type setupData struct {
	Written []string `json:"written"`
	Kept    []string `json:"kept"` // older files
	Key     string   `json:"key"`  // credential, file, or empty where none was given
	Running bool     `json:"running"`
}

// finishPlan writes and starts.
func (s *settingUp) finishPlan(ctx context.Context, plan *setup.Plan) error {
	written, kept, err := plan.Write()
	data := setupData{Written: append([]string{}, written...), Kept: append([]string{}, kept...)}
	switch {
	case plan.Sealed:
		data.Key = "credential"
		s.tell(words{"商户私钥已封存为凭据 %s；原文件不再需要，请勿留在本机。",
			"the merchant's key is sealed as the credential %s; its file is not needed and should not stay here."},
			setup.Credential)
	case plan.Plain != nil:
		data.Key = "file"
		s.tell(words{"商户私钥以明文文件保存（0600，仅程序用户可读），因为：%v",
			"the merchant's key lies there as a file in the clear (0600, of the program's user), for: %v"}, plan.Plain)
	}
	if err == nil {
		err = s.start(ctx, &data)
	}
	return errors.Join(s.printSetup(data), err)
}

func (s *settingUp) start(ctx context.Context, data *setupData) error {
	if !s.machine.Image {
		s.tell(words{"正在启动 %s……", "starting %s ..."}, setup.Unit)
	}
	err := s.machine.Start(ctx)
	switch {
	case errors.Is(err, setup.ErrNotBooted):
		s.tell(words{"这里没有运行 systemd，未启动任何服务。", "systemd does not run here: nothing was started."})
		return nil
	case err != nil:
		return err
	}
	data.Running = true
	s.tell(words{"%s 已运行，并随机器启动。", "%s runs, and starts with the machine."}, setup.Unit)
	return nil
}

func (s *settingUp) printSetup(data setupData) error {
	if s.json {
		return s.data(data)
	}
	return table(s.Stdout, func(row func(...any)) {
		for _, path := range data.Written {
			row("written", path)
		}
		for _, path := range data.Kept {
			row("kept", path)
		}
	})
}

// words are said in one of two languages.
type words struct{ zh, en string }

func (w words) in(lang message.Lang) string {
	if lang == message.Chinese {
		return w.zh
	}
	return w.en
}

func (s *settingUp) of(w words) string { return w.in(s.lang) }

func (s *settingUp) tell(w words, args ...any) { s.say(s.of(w), args...) }

// line is what the person at the terminal types.
func (s *settingUp) line(ctx context.Context, prompt string) (string, error) {
	fmt.Fprint(s.Stderr, prompt)
	type typed struct {
		text string
		err  error
	}
	answers := make(chan typed, 1)
	go func() { // a read of a terminal cannot be interrupted; the process ends with it
		text, err := s.in.ReadString('\n')
		if text != "" && errors.Is(err, io.EOF) {
			err = nil
		}
		answers <- typed{strings.TrimSpace(text), err}
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			return "", errors.New(s.of(words{"无人应答，未写入任何内容；无人值守请用 --answers FILE",
				"nobody answers; nothing was written. --answers FILE needs nobody"}))
		}
		return a.text, nil
	case <-ctx.Done():
		return "", fmt.Errorf("nothing was written: %w", ctx.Err())
	}
}

// agrees asks a question with yes or no.
func (s *settingUp) agrees(ctx context.Context, w words) (bool, error) {
	for {
		text, err := s.line(ctx, s.of(w)+s.of(words{"（是/否）", " (yes/no) "}))
		if err != nil {
			return false, err
		}
		switch strings.ToLower(text) {
		case "y", "yes", "是", "好":
			return true, nil
		case "n", "no", "否", "不":
			return false, nil
		}
	}
}
