package console

import (
	"context"
	"errors"
	"os"
	"slices"

	"courtkiosk/app/config"
)

// A question asks for one key of the configuration.
type question struct {
	key string
	words
	must string // in Chinese, what an answer must be; in English the configuration's own complaint says it
}

// What a set-up asks for, in the order of asking: what cannot be guessed, and what a court most likely says otherwise.
var (
	aboutCourt = []question{
		{"court.code", words{"案号中的法院代码，如 京0101", "the court's code in its case numbers, like 京0101"},
			"须为法院代码：省份简称加数字，如 京0101"},
		{"court.name", words{"法院全称", "the court's full name, in Chinese"}, "须填写法院全称"},
		{"court.hotline", words{"服务热线", "the hotline"}, "须为电话号码"},
		{"court.window", words{"人工窗口", "the window where people help"}, "须填写窗口名称"},
	}
	aboutKiosk = []question{
		{"kiosk.id", words{"本机编号（本院各机不同）", "this machine's id, another one for each of the court"},
			"须为 1 至 8 个字母或数字，本院各机不同"},
	}
	// of a machine without a window
	aboutServer = []question{
		{"clerk.listen", words{"窗口人员网页的地址，如 10.1.2.3:8443", "the address of the clerk's page, like 10.1.2.3:8443"},
			"须为 地址:端口，如 10.1.2.3:8443；仅本机使用则为 127.0.0.1:8443"},
	}
	aboutMerchant = []question{
		{"wechat.mchid", words{"微信支付商户号", "the merchant number"}, "须为数字的商户号，见商户平台“账户中心”"},
		{"wechat.appid", words{"与商户号绑定的 AppID", "the appid bound to it"}, "须为与商户号绑定的 AppID（wx 开头），见商户平台“产品中心”"},
		{"wechat.merchant_serial", words{"商户API证书序列号（40位）",
			"the serial of the merchant API certificate, 40 hex digits"}, "须为 40 位十六进制序列号，见商户平台“API安全”"},
		{"wechat.merchant_key_file", words{"商户私钥文件 apiclient_key.pem 的路径", "the path of apiclient_key.pem"},
			"须为本机可读的私钥文件；已封存的私钥须重新指明文件"},
		{"wechat.public_key_file", words{"微信支付公钥文件 pub_key.pem 的路径",
			"the path of pub_key.pem, WeChat Pay's public key"}, "须为本机可读的公钥文件，见商户平台“API安全”"},
		{"wechat.public_key_id", words{"微信支付公钥ID（PUB_KEY_ID_…）", "the id of that public key, PUB_KEY_ID_…"},
			"须为 PUB_KEY_ID_ 开头的公钥ID，与公钥文件一并填写"},
		{"wechat.notify_url", words{"通知地址：本院的 https 地址", "an https address of the court's, for notices"},
			"须为 https 开头的地址，不带参数"},
	}
	aboutPrinter = []question{
		{"receipt.printer", words{"打印机：escpos、ipp、pdf 或 none", "the printer: escpos, ipp, pdf or none"},
			"须为 escpos、ipp、pdf 或 none"},
		{"receipt.address", words{"打印机地址，如 usb:/dev/courtkiosk/printer、tcp://主机:9100",
			"where it is, like usb:/dev/courtkiosk/printer or tcp://host:9100; of pdf a folder"},
			"须与打印机种类相符：usb:/dev/courtkiosk/printer、tcp://主机:9100、ipp://…，pdf 为 /var/lib/courtkiosk 下的文件夹"},
		{"receipt.paper", words{"纸宽（毫米）：80 或 58", "the width of its paper in mm: 80 or 58"}, "须为 80 或 58"},
	}
)

// atTerminal asks a person, key by key. Where the court's file is there only what is the machine's own is asked for,
// and what is wrong.
func (s *settingUp) atTerminal(ctx context.Context) error {
	s.tell(words{"回车保留方括号中的值。", "Enter keeps what stands in brackets."})
	first := slices.Concat(aboutCourt, aboutKiosk)
	if s.Window == nil && !s.machine.Image {
		first = append(first, aboutServer...)
	}
	if err := s.askAll(ctx, first, false); err != nil {
		return err
	}
	if err := s.askMerchant(ctx); err != nil {
		return err
	}
	if err := s.askPrinter(ctx); err != nil {
		return err
	}
	conf, bad, err := s.weigh()
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return complaintsOf(bad)
	}
	if !s.untried {
		if err := s.askDatabase(ctx, conf); err != nil {
			return err
		}
	}
	plan, err := s.machine.Plan(ctx, s.answers, s.replace)
	if err != nil {
		return err
	}
	return s.finishPlan(ctx, plan)
}

// askMerchant asks until WeChat takes the key, or it is not known whether and the person goes on.
func (s *settingUp) askMerchant(ctx context.Context) error {
	for again := false; ; again = true {
		if err := s.askAll(ctx, aboutMerchant, again); err != nil || s.untried {
			return err
		}
		conf, bad, err := s.weigh()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(bad, func(w config.Wrong) bool { return !printers(w.Key) }) {
			return complaintsOf(bad) // of a file that is there, and no answer mends it
		}
		err = s.askWeChat(ctx, conf)
		if err == nil || ctx.Err() != nil {
			return err
		}
		unknown, ok := errors.AsType[*unknownError](err)
		if !ok {
			s.complain(err)
			continue
		}
		s.say("%s", unknown)
		goOn, err := s.agrees(ctx, words{"不经核对继续？", "Go on without knowing?"})
		if err != nil {
			return err
		}
		if !goOn {
			return unknown
		}
		return nil
	}
}

// printers reports whether a key is asked for after the merchant's.
func printers(key string) bool {
	return slices.ContainsFunc(aboutPrinter, func(q question) bool { return q.key == key })
}

// askPrinter asks until a page has come out, or the person goes on without.
func (s *settingUp) askPrinter(ctx context.Context) error {
	for again := false; ; again = true {
		if err := s.askAll(ctx, aboutPrinter, again); err != nil || s.untried {
			return err
		}
		conf, _, err := s.weigh()
		if err != nil {
			return err
		}
		err = s.page(ctx, conf)
		if err == nil || ctx.Err() != nil {
			return err
		}
		s.complain(err)
		goOn, err := s.agrees(ctx, words{"不经测试继续？", "Go on without a page?"})
		if err != nil || goOn {
			return err
		}
	}
}

// askAll asks questions, each until its answer is right; again those that were answered too.
func (s *settingUp) askAll(ctx context.Context, list []question, again bool) error {
	for _, q := range list {
		if err := s.askOne(ctx, q, again); err != nil {
			return err
		}
	}
	return nil
}

func (s *settingUp) askOne(ctx context.Context, q question, again bool) error {
	path := s.machine.ConfigFile()
	first := true
	for {
		_, said, _, err := s.answers.Over(path)
		if err != nil {
			return err
		}
		conf, bad, err := s.weigh()
		if err != nil {
			return err
		}
		wrong := slices.IndexFunc(bad, func(w config.Wrong) bool { return w.Key == q.key })
		switch {
		case q.key == "receipt.address" && conf.Receipt.Printer == config.NoPrinter,
			q.key == "receipt.paper" && conf.Receipt.Printer != config.ESCPOS:
			return nil
		case first && !again && wrong < 0 && s.settled(path, q.key):
			return nil
		case !first && wrong < 0:
			return nil
		case !first:
			s.refuse(q, bad[wrong].Says)
		}
		offered := conf.Text(q.key)
		prompt := s.of(q.words)
		if offered != "" {
			prompt += " [" + offered + "]"
		}
		text, err := s.line(ctx, prompt+": ")
		if err != nil {
			return err
		}
		switch {
		case text == "" && said[q.key]:
		case text == "":
			err = s.answers.Answer(q.key, offered)
		default:
			err = s.answers.Answer(q.key, text)
		}
		if err != nil {
			s.refuse(q, err.Error())
			continue
		}
		first = false
	}
}

// refuse says why an answer is none.
func (s *settingUp) refuse(q question, says string) {
	s.tell(words{"不可用：%s", "not usable: %s"}, s.of(words{q.must, says}))
}

// settled reports whether nobody is asked for a key whose value is right: the court's file is there and has it.
func (s *settingUp) settled(path, key string) bool {
	_, err := os.Lstat(path)
	return err == nil && !s.replace && !slices.Contains(config.MachineKeys, key)
}
