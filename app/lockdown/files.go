package lockdown

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"courtkiosk/app/config"
	"courtkiosk/assets"
)

// An item is what a lock lays under one path: a file, or a link where to says where it points.
type item struct {
	data []byte
	mode fs.FileMode
	to   string
}

// sum tells one item from another.
func (i item) sum() string {
	if i.to != "" {
		return "-> " + i.to
	}
	return fmt.Sprintf("%x", sha256.Sum256(i.data))
}

// sum is that of what lies under a path; empty where nothing does. What is neither file nor link has one that no item
// has.
func (v View) sum(name string) (string, error) {
	info, err := fs.Lstat(v.Files, inTree(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case info.Mode()&fs.ModeSymlink != 0:
		to, err := fs.ReadLink(v.Files, inTree(name))
		return item{to: to}.sum(), err
	case !info.Mode().IsRegular():
		return "neither file nor link", nil
	}
	data, err := fs.ReadFile(v.Files, inTree(name))
	return item{data: data}.sum(), err
}

// items are what a lock lays on this machine, by path.
func (v View) items(l Lock, s State) (map[string]item, error) {
	items := make(map[string]item)
	for _, unit := range l.masks {
		items[units+"/"+unit] = item{to: "/dev/null"}
	}
	for at, to := range l.links {
		items[at] = item{to: to}
	}
	root := "lockdown/" + l.ID
	err := fs.WalkDir(assets.Lockdown, root, func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == root { // a lock of masks alone
			return fs.SkipAll
		}
		if err != nil || e.IsDir() {
			return err
		}
		i := item{mode: 0o644}
		if i.data, err = assets.Lockdown.ReadFile(name); err != nil {
			return err
		}
		at, filled := strings.CutSuffix(strings.TrimPrefix(name, root), ".tmpl")
		if filled {
			if i.data, err = v.fill(s, at, i.data); err != nil {
				return err
			}
		}
		if path.Dir(at) == "/etc/grub.d" { // grub-mkconfig runs what is there
			i.mode = 0o755
		}
		items[at] = i
		return nil
	})
	return items, err
}

// fill makes a file of its template.
func (v View) fill(s State, name string, text []byte) ([]byte, error) {
	t, err := template.New(name).Parse(string(text))
	if err != nil {
		return nil, err
	}
	in, out := ports(v.Config)
	if out, err = v.shares(out); err != nil {
		return nil, err
	}
	data := struct {
		SSH4, SSH6 []netip.Prefix
		In         []int
		Out        []road
		APT        int // the user that fetches packages, for mirrors at port 80; 0 where there is none
		Scanners   []Scanner
	}{In: in, Out: out}
	for _, from := range s.SSH {
		if from.Addr().Is4In6() && from.Bits() >= 96 {
			from = netip.PrefixFrom(from.Addr().Unmap(), from.Bits()-96)
		}
		if from.Addr().Is4() {
			data.SSH4 = append(data.SSH4, from)
		} else {
			data.SSH6 = append(data.SSH6, from)
		}
	}
	if data.APT, err = v.uid("_apt"); err != nil {
		return nil, err
	}
	if data.Scanners, err = v.Scanners(); err != nil {
		return nil, err
	}
	for _, more := range s.Scanners { // that were named in this very switch
		if !slices.Contains(data.Scanners, more) {
			data.Scanners = append(data.Scanners, more)
		}
	}
	var b bytes.Buffer
	err = t.Execute(&b, data)
	return b.Bytes(), err
}

// uid is the number of a user of the machine; 0 where there is none of that name.
func (v View) uid(name string) (int, error) {
	text, err := v.read("/etc/passwd")
	for line := range strings.Lines(text) {
		if f := strings.Split(line, ":"); len(f) > 2 && f[0] == name {
			return strconv.Atoi(f[2])
		}
	}
	return 0, err
}

// A road is a way out of the machine beside those that every machine has: a port, of one address where it is known.
type road struct {
	To   string // in nft's words; empty: anywhere
	Port int
}

// ports are what a configuration lets in, and what it reaches beside what every machine does.
func ports(c *config.Config) (in []int, out []road) {
	if c == nil {
		return nil, nil
	}
	if at, err := netip.ParseAddrPort(c.Clerk.Listen); err == nil && !at.Addr().IsLoopback() && at.Port() != 0 {
		in = append(in, int(at.Port()))
	}
	hosts := []string{c.Bills.URL, c.Receipt.Address}
	for _, w := range c.Accounts() {
		hosts = append(append(hosts, w.Proxy), w.Hosts...)
	}
	usual := map[string]string{"https": "443", "http": "80", "ipp": "631", "ipps": "631", "tcp": "9100"}
	for _, host := range hosts {
		u, err := url.Parse(host)
		if err != nil || usual[u.Scheme] == "" {
			continue
		}
		n, err := strconv.Atoi(cmp.Or(u.Port(), usual[u.Scheme]))
		if err != nil || n == 443 || n < 1 || n > 65535 { // nft would take none of its rules
			continue
		}
		out = with(out, u.Hostname(), n)
	}
	return in, out
}

// with adds a road to a host, unless it is there.
func with(out []road, host string, port int) []road {
	r := road{Port: port}
	if to, err := netip.ParseAddr(host); err == nil {
		to = to.Unmap().WithZone("")
		r.To = map[bool]string{true: "ip daddr ", false: "ip6 daddr "}[to.Is4()] + to.String() + " "
	}
	if slices.Contains(out, r) {
		return out
	}
	return append(out, r)
}

// shares adds the roads to what /etc/fstab mounts from other machines: copies of the ledger leave to such a folder.
func (v View) shares(out []road) ([]road, error) {
	text, err := v.read("/etc/fstab")
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 3 || strings.HasPrefix(f[0], "#") {
			continue
		}
		switch f[2] {
		case "cifs", "smb3":
			host, _, _ := strings.Cut(strings.TrimPrefix(f[0], "//"), "/")
			out = with(out, host, 445)
		case "nfs", "nfs4", "fuse.sshfs":
			host, _, _ := strings.Cut(f[0], ":/")
			host = strings.Trim(host[strings.LastIndex(host, "@")+1:], "[]")
			out = with(out, host, map[bool]int{true: 22, false: 2049}[f[2] == "fuse.sshfs"])
		}
	}
	return out, err
}
