package bolt

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
)

const smallDisk = 8 << 20 // ext4 needs as much for itself and a journal

// smallVolumes are file systems that are soon full. Those that cannot be had here skip the test and say why.
var smallVolumes = map[string]func(t *testing.T) string{
	"ext4": func(t *testing.T) string { return newVolume(t, smallDisk).dir },
	"tmpfs": func(t *testing.T) string {
		if os.Geteuid() != 0 {
			t.Skip("SKIPPED, not root and so not allowed to mount a tmpfs")
		}
		dir := t.TempDir()
		if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs",
			dir).CombinedOutput(); err != nil {
			t.Skipf("SKIPPED, mount -t tmpfs: %v: %s: needs root with CAP_SYS_ADMIN and the Debian package mount", err,
				out)
		}
		t.Cleanup(func() { unmount(t, dir) })
		return dir
	},
}

// Another program eats the disk while orders are open. What was acknowledged stays, the first write that fails
// is the last, and once there is room again every open order comes to its end.
func TestFullDisk(t *testing.T) {
	for fs, volume := range smallVolumes {
		for name, write := range map[string]func(*onFullDisk) error{
			"orders":   (*onFullDisk).create,
			"payments": (*onFullDisk).settle,
		} {
			t.Run(fs+"/"+name, func(t *testing.T) {
				d := &onFullDisk{T: t, dir: volume(t), said: make(map[string]payment.State)}
				d.open()
				defer func() { d.l.Close() }()
				for range 200 {
					if err := d.create(); err != nil {
						t.Fatal(err)
					}
				}
				food := d.eat()
				d.fails(write)
				d.stopped()
				d.holds()
				d.open() // by systemd, on a disk that is still full
				d.holds()
				if err := os.Remove(food); err != nil {
					t.Fatal(err)
				}
				d.open()
				d.holds()
				d.settlesAll()
			})
		}
	}
}

// onFullDisk is a ledger on a file system that fills up, and what the ledger has said.
type onFullDisk struct {
	*testing.T
	dir     string
	l       *Ledger
	said    map[string]payment.State
	waiting []payment.Order // not settled, oldest first
	born    int
}

// open opens the ledger, as the next start of the program would.
func (d *onFullDisk) open() {
	d.Helper()
	if d.l != nil {
		if err := d.l.Close(); err != nil {
			d.Errorf("close: %v", err)
		}
	}
	l, err := Open(filepath.Join(d.dir, "ledger.db"), identity, Options{})
	if err != nil {
		d.Fatal(err)
	}
	if l.Failed() != nil {
		d.Errorf("opened anew it has failed: %v", l.Failed())
	}
	d.l = l
}

func (d *onFullDisk) create() error {
	o, err := ledgertest.Next(d.l, ledgertest.Request(d.born), ledgertest.Born)
	if err != nil {
		return err
	}
	d.born++
	d.said[o.No] = o.State
	d.waiting = append(d.waiting, o)
	return nil
}

// settle books a payment of the order that has waited longest.
func (d *onFullDisk) settle() error {
	o := d.waiting[0]
	r := payment.Reported{No: o.No, MchID: o.Merchant.MchID, AppID: o.Merchant.AppID, State: payment.TradeSuccess,
		Attach: o.Attach, Amount: o.Amount, Currency: "CNY", TransactionID: "4200" + o.No, PaidAt: ledgertest.Born}
	o, err := d.l.Update(d.Context(), o.No, func(o payment.Order, others []payment.Order) (payment.Change, error) {
		return o.Apply(r, others, ledgertest.Born)
	})
	if err != nil {
		return err
	}
	d.said[o.No] = o.State
	d.waiting = d.waiting[1:]
	return nil
}

// eat fills the disk to its last block with a file of another program and returns its name.
func (d *onFullDisk) eat() string {
	d.Helper()
	f, err := os.Create(filepath.Join(d.dir, "other.log"))
	if err != nil {
		d.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 1024))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.Fatalf("the disk fills up to %v", err)
	}
	if err := f.Sync(); err != nil {
		d.Fatal(err)
	}
	return f.Name()
}

// fails writes until the disk is full: the ledger had said that room is low, names the cause and remembers it.
func (d *onFullDisk) fails(write func(*onFullDisk) error) {
	d.Helper()
	var err error
	n := 0
	for ; err == nil; n++ {
		if room, err := d.l.Room(); err != nil || !room.Low() || room.Free > 1<<20 {
			d.Fatalf("room is %+v, %v: the next write may fail", room, err)
		}
		if n == 150 {
			d.Fatalf("%d writes on a full disk", n)
		}
		err = write(d)
	}
	d.Logf("%d writes before, %d on the full disk, then: %v", len(d.said), n-1, err)
	if !errors.Is(err, payment.ErrNotWritable) || !errors.Is(err, syscall.ENOSPC) {
		d.Errorf("the full disk is %v", err)
	}
	if !errors.Is(d.l.Failed(), payment.ErrNotWritable) {
		d.Errorf("it has failed: %v", d.l.Failed())
	}
}

// stopped makes sure that nothing is written after the failure, not even when there is room again.
func (d *onFullDisk) stopped() {
	d.Helper()
	before := d.file()
	if err := os.Truncate(filepath.Join(d.dir, "other.log"), 0); err != nil {
		d.Fatal(err)
	}
	for name, write := range map[string]func() error{"order": d.create, "payment": d.settle} {
		if err := write(); !errors.Is(err, payment.ErrNotWritable) {
			d.Errorf("%s after the failure: %v", name, err)
		}
	}
	if !bytes.Equal(d.file(), before) {
		d.Error("the file was written after the failure")
	}
	d.eat()
}

func (d *onFullDisk) file() []byte {
	d.Helper()
	data, err := os.ReadFile(d.l.path)
	if err != nil {
		d.Fatal(err)
	}
	return data
}

// holds compares the ledger with all that it has said: no less, and nothing besides.
func (d *onFullDisk) holds() {
	d.Helper()
	if findings, err := d.l.Verify(d.Context()); err != nil || len(findings) > 0 {
		d.Fatalf("%q, %v", findings, err)
	}
	all, err := recent(d.l, 2*d.born)
	if err != nil || len(all) != len(d.said) {
		d.Errorf("%d orders, %v, want %d", len(all), err, len(d.said))
	}
	for _, o := range all {
		if o.State != d.said[o.No] {
			d.Errorf("order %s is %s, want %s", o.No, o.State, d.said[o.No])
		}
	}
	open, err := d.l.Unsettled(d.Context())
	if err != nil || len(open) != len(d.waiting) {
		d.Errorf("%d orders are open, %v, want %d", len(open), err, len(d.waiting))
	}
}

func (d *onFullDisk) settlesAll() {
	d.Helper()
	for len(d.waiting) > 0 {
		if err := d.settle(); err != nil {
			d.Fatal(err)
		}
	}
	if err := d.create(); err != nil {
		d.Errorf("a new order: %v", err)
	}
	d.holds()
}
