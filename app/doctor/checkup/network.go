package checkup

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	"courtkiosk/payment"
)

// weChatRoads are the ways to WeChat's hosts, as the gateway goes them.
func weChatRoads(c config.Config) (roads []Road) {
	hosts := c.WeChat.Hosts
	if len(hosts) == 0 {
		hosts = []string{"https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"}
	}
	for _, h := range hosts {
		roads = append(roads, Road{Host: h, Proxy: c.WeChat.Proxy, ProxyPassword: c.WeChat.ProxyPassword,
			CA: c.WeChat.CA})
	}
	return roads
}

// weChatReached: each of WeChat's hosts is found, connected to, believed, and answers.
func weChatReached(ctx context.Context, m *Machine, s *sight) error {
	if err := m.route(s); err != nil {
		s.doubt(err)
	}
	if m.Inside != nil {
		_ = m.told(s, doctor.Network, doctor.WeChatSilent)
	}
	for _, r := range weChatRoads(*m.Config) {
		got, of := m.reach(ctx, r), hostOf(r.Host)
		switch got.Failed {
		case "":
		case DNS:
			s.find(doctor.WeChatDNS, of, "said", got.Said)
		case Proxied:
			s.find(doctor.WeChatProxy, hostOf(r.Proxy), "said", got.Said)
		case TLS:
			s.find(doctor.WeChatTLS, of, "said", got.Said)
		default:
			s.find(doctor.WeChatConnect, of, "said", got.Said)
		}
	}
	return m.environment(ctx, s)
}

// proxied finds a proxy in the environment of a unit.
var proxied = regexp.MustCompile(`(?i)\b(https?|all)_proxy=`)

// hostOf is the host of an address, without the user of a proxy.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// route: there is a way out. A network cable that is pulled takes the default route with it, on most machines.
func (m *Machine) route(s *sight) error {
	four, err := m.read("/proc/net/route")
	if err != nil {
		return err
	}
	six, err := m.read("/proc/net/ipv6_route")
	if err != nil {
		return err
	}
	if four == "" {
		return errors.New("/proc/net/route is empty")
	}
	for line := range strings.Lines(four) {
		if words := strings.Fields(line); len(words) > 7 && words[1] == "00000000" && words[7] == "00000000" {
			return nil
		}
	}
	for line := range strings.Lines(six) {
		words := strings.Fields(line)
		if len(words) > 9 && words[0] == strings.Repeat("0", 32) && words[1] == "00" && words[9] != "lo" {
			return nil
		}
	}
	if slices.ContainsFunc(weChatRoads(*m.Config), func(r Road) bool { return !local(r) }) {
		s.find(doctor.NoRoute, "")
	}
	return nil
}

// local reports whether a road stays in this machine.
func local(r Road) bool {
	host, _, _ := strings.Cut(hostOf(r.Host), ":")
	return host == "localhost" || strings.HasPrefix(host, "127.")
}

// environment: nobody waits for a proxy to be used that the program does not read.
func (m *Machine) environment(ctx context.Context, s *sight) error {
	if m.Config.WeChat.Proxy != "" {
		return nil
	}
	text, err := m.read("/etc/environment")
	if err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		if proxied.MatchString(line) && !strings.HasPrefix(line, "#") {
			s.find(doctor.ProxyIgnored, "", "said", "/etc/environment")
			return nil
		}
	}
	unit, err := m.unit(ctx)
	if err == nil && proxied.MatchString(unit["Environment"]) {
		s.find(doctor.ProxyIgnored, "", "said", Unit)
	}
	return nil
}

// reach goes a road once in a look, whoever asks for it.
func (m *Machine) reach(ctx context.Context, r Road) Reached {
	m.gone.mu.Lock()
	one := m.gone.roads[r]
	if one == nil {
		if m.gone.roads == nil {
			m.gone.roads = make(map[Road]*walked)
		}
		one = new(walked)
		m.gone.roads[r] = one
	}
	m.gone.mu.Unlock()
	one.once.Do(func() { one.reached = m.Reach(ctx, r) })
	return one.reached
}

// courtRoad is the way to the court's system; ok is false where there is none.
func courtRoad(c config.Config) (r Road, ok bool) {
	b := c.Bills
	return Road{Host: b.URL, CA: b.CA, OnlyCA: true, Cert: b.Cert, Key: b.Key}, b.Source == config.FromCourtAPI
}

// courtReached: the court's system is found, connected to, believed, and answers; and we can say who we are.
func courtReached(ctx context.Context, m *Machine, s *sight) error {
	r, ok := courtRoad(*m.Config)
	if !ok {
		return errIdle
	}
	b := m.Config.Bills
	if b.Token != "" {
		switch text, err := m.read(b.Token); {
		case err != nil:
			s.doubt(err)
		case text == "":
			s.find(doctor.CourtToken, b.Token)
		}
	}
	if b.Cert != "" {
		switch ends, err := m.ends(b.Cert); {
		case errors.Is(err, fs.ErrNotExist): // the configuration misses it
		case err != nil:
			s.doubt(err)
		case m.Now().AddDate(0, 0, 30).After(ends):
			s.find(doctor.CourtCertificate, b.Cert, "at", ends.In(payment.China).Format(time.DateTime))
		}
	}
	if m.Inside != nil {
		_ = m.told(s, doctor.CourtSilent)
	}
	switch got := m.reach(ctx, r); got.Failed {
	case "":
	case DNS:
		s.find(doctor.CourtDNS, "", "said", got.Said)
	case TLS:
		s.find(doctor.CourtTLS, "", "said", got.Said)
	default:
		s.find(doctor.CourtConnect, "", "said", got.Said)
	}
	return nil
}
