package console

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app/config"
	"courtkiosk/app/lockdown"
	"courtkiosk/app/setup"
	"courtkiosk/payment/durable"
)

// A locking is one switch of locks on its way.
type locking struct {
	*call
	machine       lockdown.Machine
	root          string
	ssh, scanners []string
	again, keep   bool
}

func (c *call) lockdownCommand() *cobra.Command {
	l := &locking{call: c}
	cmd := &cobra.Command{
		Use:   "lockdown",
		Short: "shut what a machine in a lobby has for people who are not its visitors",
		Args:  cobra.ArbitraryArgs,
		RunE:  missingCommand,
	}
	cmd.PersistentFlags().StringVar(&l.root, "root", "", "switch below this `DIR`, as an image has it; run no command")
	list := &cobra.Command{
		Use:   "list",
		Short: "how each lock stands, by what the system says; exit 1 when one that is on is not in effect",
		Args:  exactly(),
		RunE:  l.with(false, func(ctx context.Context, _ []string) error { return l.list(ctx, lockdown.Locks()) }),
	}
	on := &cobra.Command{
		Use:   "on [LOCK...]",
		Short: "turn locks on; without a name all but those that were turned off",
		Args:  cobra.ArbitraryArgs,
		RunE:  l.with(true, l.on),
	}
	on.Flags().StringArrayVar(&l.ssh, "ssh", nil, "the firewall lets this `ADDRESS` or network in by ssh; remembered")
	on.Flags().StringArrayVar(&l.scanners, "scanner", nil,
		"this `DEVICE` may type, as lsusb writes it, 05e0:1200; remembered")
	on.Flags().BoolVar(&l.again, "again", false, "lay anew what is on already; the package does so after an upgrade")
	off := &cobra.Command{
		Use:   "off [LOCK...]",
		Short: "turn locks off and leave the machine as it was before them; without a name all",
		Args:  cobra.ArbitraryArgs,
		RunE:  l.with(true, l.off),
	}
	off.Flags().BoolVar(&l.keep, "keep", false,
		"keep in mind what was on, for on --again; the package does so when it is removed")
	cmd.AddCommand(list, on, off)
	return cmd
}

// with prepares the machine for a command; one that writes is root's.
func (l *locking) with(writes bool, do func(context.Context, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if l.root == "" && writes && os.Geteuid() != 0 {
			return errors.New("it writes below /etc and has the system read it: run it as root, or with --root DIR")
		}
		l.machine = lockdown.Machine{
			View: lockdown.View{Files: os.DirFS(cmp.Or(l.root, "/"))}, Root: l.root, Image: l.root != "", Now: time.Now,
		}
		if l.root == "" {
			l.machine.Run = func(ctx context.Context, name string, args ...string) (string, error) {
				out, err := setup.Run(ctx, nil, name, args...)
				return string(out), err
			}
		}
		file := l.config
		if l.root != "" {
			file = filepath.Join(l.root, config.Default)
		}
		conf, known, err := config.Draft(file)
		if known {
			l.know(conf)
			l.machine.Config = &conf
		} else if !errors.Is(err, fs.ErrNotExist) && writes {
			l.say("the firewall goes by no configuration: %v", err)
		}
		return do(cmd.Context(), args)
	}
}

// named returns locks by their ids, each once.
func named(ids []string) (list []lockdown.Lock, err error) {
	for _, id := range ids {
		lock, err := lockdown.Of(id)
		if err != nil {
			return nil, &usageError{err}
		}
		if !slices.ContainsFunc(list, func(l lockdown.Lock) bool { return l.ID == id }) {
			list = append(list, lock)
		}
	}
	return list, nil
}

func (l *locking) on(ctx context.Context, ids []string) error {
	more, err := l.names()
	if err != nil {
		return &usageError{err}
	}
	s, err := l.machine.State()
	if err != nil {
		return err
	}
	list, err := named(ids)
	switch {
	case err != nil:
		return err
	case l.again && len(ids) > 0:
		return &usageError{errors.New("--again lays what is on already: name no lock")}
	case l.again:
		for _, one := range lockdown.Locks() {
			if _, on := s.On[one.ID]; on {
				list = append(list, one)
			}
		}
		return l.layEach(ctx, list)
	case len(ids) == 0 && l.Window == nil && l.root == "":
		return errors.New("this program has no window, and a server no lobby: name the locks that it shall have")
	case len(ids) == 0:
		list = l.fitting(s)
	}
	if err := l.stranded(list, append(s.SSH, more.SSH...)); err != nil {
		return err
	}
	change, err := l.machine.On(ctx, list, more)
	return l.end(ctx, list, change, err)
}

// layEach lays each lock by itself: an upgrade is not held up by one that somebody has altered.
func (l *locking) layEach(ctx context.Context, list []lockdown.Lock) error {
	var all lockdown.Change
	var failed error
	for _, one := range list {
		change, err := l.machine.On(ctx, []lockdown.Lock{one}, lockdown.Names{})
		all.Laid, all.Gone = append(all.Laid, change.Laid...), append(all.Gone, change.Gone...)
		all.Told, all.Owed = append(all.Told, change.Told...), append(all.Owed, change.Owed...)
		failed = errors.Join(failed, err)
	}
	return l.end(ctx, list, all, failed)
}

// fitting are the locks that this machine can have and that nobody has turned off; the others are told.
func (l *locking) fitting(s lockdown.State) (list []lockdown.Lock) {
	for _, one := range lockdown.Locks() {
		err := l.machine.Fits(one)
		switch {
		case slices.Contains(s.Off, one.ID):
			l.say("%s stays off, as it was turned off; courtkiosk lockdown on %s turns it on", one.ID, one.ID)
		case err != nil:
			l.say("passed over: %v", err)
		default:
			list = append(list, one)
		}
	}
	return list
}

// names reads what was named on the command line.
func (l *locking) names() (more lockdown.Names, err error) {
	for _, text := range l.ssh {
		from, err := netip.ParsePrefix(text)
		if err != nil {
			at, bad := netip.ParseAddr(text)
			if bad != nil {
				return more, fmt.Errorf("--ssh %q is no address and no network, like 10.1.2.3 or 10.1.2.0/24", text)
			}
			from = netip.PrefixFrom(at, at.BitLen())
		}
		more.SSH = append(more.SSH, from.Masked())
	}
	for _, text := range l.scanners {
		one, err := lockdown.ParseScanner(text)
		if err != nil {
			return more, err
		}
		more.Scanners = append(more.Scanners, one)
	}
	return more, nil
}

// stranded refuses a firewall that would end the ssh connection that this command came by.
func (l *locking) stranded(list []lockdown.Lock, ssh []netip.Prefix) error {
	from, _, _ := strings.Cut(connection(), " ")
	at, err := netip.ParseAddr(from)
	shuts := slices.ContainsFunc(list, func(l lockdown.Lock) bool { return l.ID == "firewall" })
	if err != nil || l.root != "" || !shuts ||
		slices.ContainsFunc(ssh, func(p netip.Prefix) bool { return p.Contains(at.Unmap()) }) {
		return nil
	}
	return fmt.Errorf("you came by ssh from %s, and the firewall would shut you out: add --ssh %s", at, at)
}

// connection is the ssh connection that this command came by; sudo and su hide it from what they run.
func connection() string {
	const name = "SSH_CONNECTION"
	is := os.Getenv(name)
	for pid := os.Getppid(); is == "" && pid > 1; {
		dir := fmt.Sprintf("/proc/%d/", pid)
		about, _ := durable.ReadFile(dir + "environ")
		for one := range strings.SplitSeq(string(about), "\x00") {
			if key, value, _ := strings.Cut(one, "="); key == name {
				is = value
			}
		}
		stat, _ := durable.ReadFile(dir + "stat")
		f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(f) < 2 {
			break
		}
		pid, _ = strconv.Atoi(f[1])
	}
	return is
}

func (l *locking) off(ctx context.Context, ids []string) error {
	list, err := named(ids)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		list = lockdown.Locks()
	}
	change, err := l.machine.Off(ctx, list, l.keep)
	return l.end(ctx, list, change, err)
}

// end tells what a switch has come to, and how the locks stand now.
func (l *locking) end(ctx context.Context, list []lockdown.Lock, c lockdown.Change, err error) error {
	for _, told := range c.Told {
		l.say("%v", told)
	}
	for _, line := range c.Owed {
		l.say("still to be run in it before it starts: %s", line)
	}
	if err != nil {
		return err
	}
	if l.machine.Image || l.keep || l.again { // nobody reads the table, or nothing could be asked
		return l.printChange(c)
	}
	return l.list(ctx, list)
}

func (l *locking) printChange(c lockdown.Change) error {
	if l.json {
		return l.data(struct {
			Laid []string `json:"laid"`
			Gone []string `json:"gone"`
		}{append([]string{}, c.Laid...), append([]string{}, c.Gone...)})
	}
	return table(l.Stdout, func(row func(...any)) {
		for _, at := range c.Laid {
			row("laid", at)
		}
		for _, at := range c.Gone {
			row("gone", at)
		}
	})
}

// lockData is how one lock stands.
type lockData struct {
	Lock  string         `json:"lock"`
	Is    lockdown.Stand `json:"is"` // open (never on), off, on, restart (it is laid), broken, unknown
	Why   string         `json:"why,omitempty"`
	Title string         `json:"title"`
	Shuts string         `json:"shuts"`
}

// list prints how all locks stand; how some of them stand is the answer.
func (l *locking) list(ctx context.Context, some []lockdown.Lock) error {
	all, err := l.machine.Standings(ctx)
	if err != nil {
		return err
	}
	data, is := make([]lockData, len(all)), make(map[lockdown.Stand]bool)
	for i, s := range all {
		data[i] = lockData{Lock: s.Lock.ID, Is: s.Is}
		data[i].Title, data[i].Shuts = s.Lock.Words(l.language())
		if slices.ContainsFunc(some, func(l lockdown.Lock) bool { return l.ID == s.Lock.ID }) {
			is[s.Is] = true
		}
		if s.Why != nil {
			data[i].Why = strings.ReplaceAll(s.Why.Error(), "\n", "; ")
		}
	}
	if err := l.printLocks(data); err != nil {
		return err
	}
	switch {
	case is[lockdown.Broken]:
		return errors.New("a lock that is on is not in effect")
	case is[lockdown.Unknown]:
		return &unknownError{"not every lock could be looked at"}
	case is[lockdown.Idle] && l.root == "":
		l.say("restart the machine: what stands as restart is shut by that")
	}
	return nil
}

func (l *locking) printLocks(list []lockData) error {
	if l.json {
		return l.data(list)
	}
	return table(l.Stdout, func(row func(...any)) {
		for _, one := range list {
			row(one.Lock, one.Is, one.Title, one.Why)
		}
	})
}
