// Package lockdown shuts what a machine in a lobby has for people who are not its visitors: terminals, keys, ports, the
// boot menu. Each lock is a few files that the system reads, and a fact by which it is seen to hold.
//
// # Decisions
//
// 2026-11-29: what is to be laid is written down before it is laid, with its sum, so that a switch that was cut off is
// finished by the next one, and nothing is ever written over or removed that this program has not laid itself.
//
// 2026-11-29: a lock holds when the system says so (logind, the kernel, nft), not when its file is there. What only a
// restart brings is idle until then, and broken after it.
//
// 2026-11-29: nobody is thrown out by a switch: a login that is open stays, a keyboard that is plugged in stays. The
// next start of the machine shuts them.
package lockdown

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/app/message"
	"courtkiosk/assets"
)

// A Lock is one thing that is shut.
type Lock struct {
	ID    string
	Here  bool   // it needs a look at the machine itself, so an image has none
	Needs string // a program of another package, without which there is nothing to lock
	Of    string // that package

	masks []string                          // units that nothing starts any more
	links map[string]string                 // other links, by path
	takes []command                         // what has the system read its files anew, now
	opens []command                         // what goes before its files go
	unfit func(v View) error                // why this machine would be broken by it; nil: it never would
	holds func(context.Context, View) error // whether it is in effect: see Unmet
}

// A command has the system read what has changed.
type command struct {
	line  string
	image bool // an image wants it too, before it is closed
	laid  bool // only once files are laid, not once they are gone
}

// What has systemd, udev and others read their files anew.
var (
	reload = command{line: "systemctl daemon-reload"}
	reexec = command{line: "systemctl daemon-reexec"} // system.conf is read by nothing less
	logind = command{line: "systemctl kill --kill-who=main --signal=HUP systemd-logind.service"}
	rules  = command{line: "udevadm control --reload"}
)

// locks are all of them, in the order in which they are laid.
var locks = []Lock{
	{ID: "terminals", masks: terminals, takes: []command{reload, logind}, holds: terminalsHold},
	{ID: "sysrq", takes: []command{{line: "systemctl restart systemd-sysctl.service"}}, holds: sysrqHolds},
	{ID: "reboot-keys", masks: []string{"ctrl-alt-del.target"}, takes: []command{reexec}, holds: rebootKeysHold},
	{ID: "power-keys", takes: []command{logind}, holds: powerKeysHold},
	{ID: "boot", Needs: "/usr/sbin/update-grub", Of: "grub2-common",
		takes: []command{{line: "update-grub", image: true}}, holds: bootHolds},
	{ID: "keyboards", Here: true, takes: []command{rules}, holds: keyboardsHold},
	{ID: "storage", masks: []string{"udisks2.service"}, unfit: diskAtUSB,
		takes: []command{reload, rules, {line: "update-initramfs -u", image: true}}, holds: storageHolds},
	{ID: "firewall", Needs: "/usr/sbin/nft", Of: "nftables",
		links: map[string]string{units + "/sysinit.target.wants/" + firewallUnit: units + "/" + firewallUnit},
		takes: []command{reload, {line: "systemctl restart " + firewallUnit, laid: true}},
		opens: []command{{line: "systemctl stop " + firewallUnit}}, holds: firewallHolds},
	{ID: "logs", takes: []command{{line: "systemctl restart systemd-journald.service"},
		{line: "journalctl --flush"}}, holds: logsHold},
	{ID: "updates", Needs: "/usr/bin/unattended-upgrade", Of: "unattended-upgrades", holds: updatesHold},
}

const (
	units        = "/etc/systemd/system"
	firewallUnit = "courtkiosk-firewall.service"
)

// terminals are the units that would let somebody in at a text terminal. The seventh is the kiosk's own.
var terminals = []string{"getty@tty1.service", "getty@tty2.service", "getty@tty3.service", "getty@tty4.service",
	"getty@tty5.service", "getty@tty6.service", "autovt@.service", "debug-shell.service"}

// Locks returns all locks.
func Locks() []Lock { return slices.Clone(locks) }

// Of returns a lock by its id.
func Of(id string) (Lock, error) {
	i := slices.IndexFunc(locks, func(l Lock) bool { return l.ID == id })
	if i < 0 {
		var ids []string
		for _, l := range locks {
			ids = append(ids, l.ID)
		}
		return Lock{}, fmt.Errorf("there is no lock %q; there are %s", id, strings.Join(ids, ", "))
	}
	return locks[i], nil
}

var allWords = sync.OnceValue(func() map[string]map[message.Lang][2]string {
	var words map[string]map[message.Lang][2]string
	if err := json.Unmarshal(assets.LockdownWords, &words); err != nil {
		panic(fmt.Sprintf("lockdown: the embedded words: %v", err)) // a test reads them
	}
	return words
})

// Words returns a lock's title, and what it shuts.
func (l Lock) Words(lang message.Lang) (title, shuts string) {
	w := allWords()[l.ID][lang]
	return w[0], w[1]
}

// A View is what is seen of a machine.
type View struct {
	Files fs.FS // from / on; its links can be read
	// Run runs a command and returns what it prints. The error wraps exec.ErrNotFound where there is no such command.
	// nil of an image, which runs nothing.
	Run    func(ctx context.Context, name string, args ...string) (string, error)
	Config *config.Config // what the firewall lets through; nil: only what every machine needs
}

// inTree is a path as fs.FS wants it: without the slash in front.
func inTree(name string) string { return cmp.Or(strings.TrimPrefix(path.Clean("/"+name), "/"), ".") }

// read returns a file's text without blanks around it; empty when it is not there.
func (v View) read(name string) (string, error) {
	text, err := fs.ReadFile(v.Files, inTree(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// exists reports whether there is a file of a name.
func (v View) exists(name string) (bool, error) {
	_, err := fs.Lstat(v.Files, inTree(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// StateFile remembers what is on, what a person has turned off, and what was laid for it.
const StateFile = "/etc/courtkiosk/lockdown"

// A State is what StateFile says.
type State struct {
	On       map[string]time.Time           `json:"on"`  // by lock, and when it was laid as it is
	Off      []string                       `json:"off"` // a person has turned them off
	SSH      []netip.Prefix                 `json:"ssh,omitempty"`
	Scanners []Scanner                      `json:"scanners,omitempty"`
	Laid     map[string]map[string][]string `json:"laid"`    // by lock and path, the sums that it may have; see sum
	Folders  []string                       `json:"folders"` // that were made for it
}

// State reads what was switched; nothing where nothing ever was.
func (v View) State() (State, error) {
	s := State{On: make(map[string]time.Time), Laid: make(map[string]map[string][]string)}
	text, err := fs.ReadFile(v.Files, inTree(StateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return s, fmt.Errorf("what was switched is not known: %s: %w", StateFile, err)
	}
	return s, nil
}

// A Scanner is what may type here: all of a maker's devices, or one kind.
type Scanner struct{ Maker, Product string }

var scannerID = regexp.MustCompile(`^([0-9a-f]{4})(?::([0-9a-f]{4}))?$`)

// ParseScanner reads a scanner as lsusb writes it, 05e0:1200; without the second part it is all of a maker's.
func ParseScanner(text string) (Scanner, error) {
	m := scannerID.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return Scanner{}, fmt.Errorf("%q is no device: it is written as lsusb does, like 05e0:1200", text)
	}
	return Scanner{m[1], m[2]}, nil
}

func (s Scanner) String() string { return strings.TrimSuffix(s.Maker+":"+s.Product, ":") }

// MarshalText writes it as ParseScanner reads it.
func (s Scanner) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads it.
func (s *Scanner) UnmarshalText(text []byte) (err error) {
	*s, err = ParseScanner(string(text))
	return err
}

var (
	scannerRule = regexp.MustCompile(`(?mi)^[^#\n]*ATTRS\{idVendor\}=="([0-9a-f|]+)".*courtkiosk/scanner`)
	guardRule   = regexp.MustCompile(`(?m)^\s*allow id ([0-9a-f]{4}):([0-9a-f]{4}|\*)`)
)

// Scanners are what may type at this machine: the makers that the rules of udev call scanners, what usbguard's list
// allows, and what a person has named to the lock.
func (v View) Scanners() (list []Scanner, err error) {
	for _, dir := range []string{"/lib/udev/rules.d", "/usr/lib/udev/rules.d", "/etc/udev/rules.d"} {
		for _, name := range []string{"70-courtkiosk.rules", "71-courtkiosk.rules"} {
			text, err := v.read(dir + "/" + name)
			if err != nil {
				return nil, err
			}
			for _, r := range scannerRule.FindAllStringSubmatch(text, -1) {
				for maker := range strings.SplitSeq(strings.ToLower(r[1]), "|") {
					list = append(list, Scanner{Maker: maker})
				}
			}
		}
	}
	text, err := v.read("/etc/usbguard/rules.conf")
	if err != nil {
		return nil, err
	}
	for _, r := range guardRule.FindAllStringSubmatch(strings.ToLower(text), -1) {
		list = append(list, Scanner{r[1], strings.TrimPrefix(r[2], "*")})
	}
	s, err := v.State()
	list = append(list, s.Scanners...)
	slices.SortFunc(list, func(a, b Scanner) int {
		return cmp.Or(strings.Compare(a.Maker, b.Maker), strings.Compare(a.Product, b.Product))
	})
	return slices.Compact(list), err
}

// Agreed returns what reports whether a device, like 05e0:1200, may type at this machine.
func (v View) Agreed() (func(id string) bool, error) {
	list, err := v.Scanners()
	return func(id string) bool {
		maker, product, _ := strings.Cut(strings.ToLower(id), ":")
		return slices.ContainsFunc(list, func(s Scanner) bool {
			return s.Maker == maker && (s.Product == "" || s.Product == product)
		})
	}, err
}

// paths returns the paths of what is to be laid, in their order.
func paths[T any](items map[string]T) []string { return slices.Sorted(maps.Keys(items)) }

// folders returns the folders above a path, from the highest.
func folders(name string) (list []string) {
	for dir := filepath.Dir(name); dir != "/"; dir = filepath.Dir(dir) {
		list = append([]string{dir}, list...)
	}
	return list
}
