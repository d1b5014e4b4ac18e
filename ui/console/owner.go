package console

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"courtkiosk/app/config"
)

// become makes a command that root runs act as the owner of the state folder from here on, for good: what root would
// make there, the ledger or a key at the first start, the kiosk's user could not open. It must be called before
// anything is opened or made. The configuration, and files that an argument names, were read as root until then.
func (c *call) become(conf config.Config) error {
	dir := filepath.Dir(conf.Ledger.File)
	info, err := os.Stat(dir)
	if os.Geteuid() != 0 || err != nil {
		return nil // who opens the ledger says what is wrong with its folder
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid == 0 {
		return nil
	}
	uid, gid := int(owner.Uid), int(owner.Gid)
	name, groups := strconv.Itoa(uid), []int{gid}
	if u, err := user.LookupId(name); err == nil { // the groups of its printer, for example
		name = u.Username
		if n, err := strconv.Atoi(u.Gid); err == nil {
			gid = n
		}
		ids, _ := u.GroupIds()
		for _, id := range ids {
			if n, err := strconv.Atoi(id); err == nil {
				groups = append(groups, n)
			}
		}
	}
	if err := errors.Join(syscall.Setgroups(groups), syscall.Setgid(gid), syscall.Setuid(uid)); err != nil {
		return fmt.Errorf("root would leave files that %s, the owner of %s, cannot open; run the command as that "+
			"user: sudo -u %s courtkiosk …: %w", name, dir, name, err)
	}
	fmt.Fprintf(c.Stderr, "acting as %s, the owner of %s\n", name, dir)
	return nil
}
