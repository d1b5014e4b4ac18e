// Package checkup looks at a machine: thirty-three checks of its files, clock, roads, devices, units and locks, each of
// which finds troubles of app/doctor's catalogue. It changes nothing and names nobody who pays.
//
// # Decisions
//
// 2026-11-29: a check that cannot look is unknown, and never fine: a tool that is not installed, a file that this user
// may not read. One whose object this machine does not have (a screen of a server) is idle.
//
// 2026-11-29: a machine is a tree of files and a few commands, so that a recorded one can be broken in a test. What the
// counter alone knows it says itself, in the running kiosk or in one opened for the look: see Inside.
package checkup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"courtkiosk/app/config"
	"courtkiosk/app/doctor"
	"courtkiosk/payment/postgres"
)

// A Machine is what is looked at.
type Machine struct {
	Files fs.FS // from / on; its links can be read, and its files tell their owners (syscall.Stat_t)
	// Run runs a command and returns what it prints. The error wraps exec.ErrNotFound where there is no such command.
	Run func(ctx context.Context, name string, args ...string) (string, error)
	Now func() time.Time
	// Reach goes a road out of the machine: Reach of this package.
	Reach func(ctx context.Context, r Road) Reached

	// Database asks the database of a ledger that machines share how it stands; nil where nobody can.
	Database func(ctx context.Context) postgres.State

	ConfigFile string
	Config     *config.Config // as far as it could be read; nil where nothing could
	Wrong      error          // what is wrong with it

	Root   bool    // root looks, who can become the program's user
	Inside *Inside // what the counter says; nil where nobody could be asked
	// Why not: ErrSilent, ErrNotMade, or why no counter could be opened; it names nobody who pays.
	Outside error
	// Ask fills in what stands above and below, after the checks that need none of it: who opens a counter becomes
	// another user by that, and reads less. nil: it is filled in.
	Ask   func(ctx context.Context, m *Machine)
	Asked []doctor.Finding // what WeChat said to a question of ours, of a machine whose counter cannot be asked

	gone struct { // roads of this look
		mu    sync.Mutex
		roads map[Road]*walked
	}
}

// A walked road is gone once in a look.
type walked struct {
	once    sync.Once
	reached Reached
}

// An Inside is what the counter itself says: that of the running kiosk, or one that was opened for the look.
type Inside struct {
	Running bool          `json:"running"` // it is the kiosk's
	Told    doctor.Report `json:"told"`    // what it tells of itself
	Ledger  []string      `json:"ledger"`  // what its ledger's own check has found
	Bills   *List         `json:"bills,omitempty"`
}

// A List is how the imported list of bills stands.
type List struct {
	Imported time.Time `json:"imported"` // zero: never
	Written  time.Time `json:"written"`  // when the file was that was taken last, of a watched one
}

// Why nobody could be asked.
var (
	ErrSilent  = errors.New("a kiosk holds the socket and does not answer")
	ErrNotMade = errors.New("there is no ledger yet: the first start makes it")
	ErrKeyless = errors.New("the key of receipts is missing, and to open the counter would make a new one")
	ErrForeign = errors.New("state and socket are another user's: run the command as root, or as the kiosk's user")
	ErrOlder   = errors.New("the running kiosk is of another version: restart it")
)

// A Check is one of the thirty-three.
type Check struct {
	Number int           // 1 to 33; it does not change
	Finds  []doctor.Code // what it can find
	look   func(ctx context.Context, m *Machine, s *sight) error
	// what explains that it cannot look, beside that the configuration cannot be read
	behind []doctor.Code
	always bool // it looks without a configuration too
	asks   bool // it needs the counter's word
}

// noCounter is what explains that the counter cannot be asked.
var noCounter = []doctor.Code{doctor.LedgerUnsound, doctor.SecondCopy, doctor.KioskSilent, doctor.NotOpened,
	doctor.DatabaseNone, doctor.DatabaseSchema, doctor.DatabaseSilent}

// checks are all of them, by number.
var checks = []Check{
	{Number: 1, Finds: []doctor.Code{doctor.ConfigUnreadable}, look: configReadable, always: true},
	{Number: 2, Finds: []doctor.Code{doctor.ConfigWrong}, look: configRight, always: true},
	{Number: 3, Finds: []doctor.Code{doctor.KeyOpen, doctor.KeyOwner}, look: keyFiles},
	{Number: 4, Finds: []doctor.Code{doctor.Unauthorized, doctor.NoKey}, look: keyRight, asks: true, behind: noWeChat},
	{Number: 5, Finds: []doctor.Code{doctor.Unverified, doctor.KeyIDWrong}, look: weChatKeyRight, asks: true,
		behind: noWeChat},
	{Number: 6, Finds: []doctor.Code{doctor.Certificate, doctor.CertificateEnded}, look: merchantCertificates},
	{Number: 7, Finds: []doctor.Code{doctor.Clock, doctor.ClockOff, doctor.ClockFree}, look: clock, asks: true,
		behind: noWeChat},
	{Number: 8, Finds: []doctor.Code{doctor.TimeZone}, look: timeZone, always: true},
	{Number: 9, Finds: []doctor.Code{doctor.Backup, doctor.BackupOld, doctor.BackupFuture, doctor.BackupHere,
		doctor.Offsite}, look: backups, asks: true},
	{Number: 10, Finds: []doctor.Code{doctor.BackupUnwritable, doctor.BackupLink, doctor.OffsiteNone,
		doctor.OffsiteAway, doctor.OffsiteOld}, look: backupFolder},
	{Number: 11, Finds: []doctor.Code{doctor.Disk, doctor.DiskLow, doctor.InodesLow}, look: room},
	{Number: 12, Finds: []doctor.Code{doctor.DiskReadOnly, doctor.DiskErrors}, look: disks},
	{Number: 13, Finds: []doctor.Code{doctor.StateOwner}, look: stateOwner},
	{Number: 14, Finds: []doctor.Code{doctor.StateOpen}, look: stateOpen},
	{Number: 15, Finds: []doctor.Code{doctor.Ledger, doctor.LedgerUnsound, doctor.Incomplete}, look: ledgerSound,
		asks: true, behind: noCounter},
	{Number: 16, Finds: []doctor.Code{doctor.LedgerRemote, doctor.LedgerFleeting, doctor.Away, doctor.DatabaseNone,
		doctor.DatabaseSchema, doctor.DatabaseSilent, doctor.DatabaseStale, doctor.DatabaseHost,
		doctor.DatabasePlain, doctor.DatabaseRights, doctor.DatabaseAlone, doctor.DatabaseSlow,
		doctor.DatabaseClock, doctor.DatabaseSingle}, look: ledgerPlace, asks: true},
	{Number: 17, Finds: []doctor.Code{doctor.SecondCopy, doctor.KioskSilent, doctor.NotOpened}, look: copies,
		asks: true},
	{Number: 18, Finds: []doctor.Code{doctor.Twice, doctor.Moved, doctor.Succeeded, doctor.OtherLedger}, look: named,
		asks: true, behind: noCounter},
	{Number: 19, Finds: []doctor.Code{doctor.ReceiptKeyMissing, doctor.ReceiptKeyUnlisted, doctor.SigningKey},
		look: receiptKey},
	{Number: 20, Finds: append([]doctor.Code{doctor.PrinterAbsent, doctor.PrinterOwner}, doctor.Printers...),
		look: printer, asks: true, behind: noCounter},
	{Number: 21, Finds: []doctor.Code{doctor.PrinterClaimed}, look: printerOurs},
	{Number: 22, Finds: []doctor.Code{doctor.ScannerAbsent}, look: scanner},
	{Number: 23, Finds: []doctor.Code{doctor.USBKeyboard, doctor.USBStorage}, look: plugged},
	{Number: 24, Finds: []doctor.Code{doctor.ScreenAbsent, doctor.ScreenSize, doctor.ScreenRotation,
		doctor.ScreenBlanks}, look: screenRight, behind: noScreen},
	{Number: 25, Finds: []doctor.Code{doctor.TouchAbsent, doctor.TouchUnmapped}, look: touch, behind: noScreen},
	{Number: 26, Finds: []doctor.Code{doctor.GlyphMissing}, look: glyphs},
	{Number: 27, Finds: []doctor.Code{doctor.NoRoute, doctor.Network, doctor.WeChatSilent, doctor.WeChatDNS,
		doctor.WeChatConnect, doctor.WeChatProxy, doctor.WeChatTLS, doctor.ProxyIgnored}, look: weChatReached,
		asks: true},
	{Number: 28, Finds: []doctor.Code{doctor.CourtSilent, doctor.CourtDNS, doctor.CourtConnect, doctor.CourtTLS,
		doctor.CourtToken, doctor.CourtCertificate}, look: courtReached, asks: true},
	{Number: 29, Finds: []doctor.Code{doctor.BillsNone, doctor.BillsOld, doctor.BillsRefused}, look: bills,
		asks: true, behind: noCounter},
	{Number: 30, Finds: []doctor.Code{doctor.UnitMissing, doctor.UnitDisabled, doctor.UnitDown, doctor.UnitWatchdog,
		doctor.UnitRestarts, doctor.UnitExposed, doctor.UpdatesFailed, doctor.RebootWanted, doctor.PackageOld,
		doctor.BinaryChanged, doctor.UpdateWaits}, look: served, always: true},
	{Number: 31, Finds: []doctor.Code{doctor.LockNone, doctor.LockBroken, doctor.LockIdle}, look: locked},
	{Number: 32, Finds: []doctor.Code{doctor.VoiceNone, doctor.PlayerNone, doctor.CardAbsent, doctor.SpeechFails,
		doctor.RecordingsNone}, look: speech, asks: true, behind: noCounter},
	{Number: 33, Finds: []doctor.Code{doctor.KeypadAbsent, doctor.KeypadShut, doctor.KeypadLacks, doctor.JackAbsent,
		doctor.JackUnknown}, look: keypad, asks: true, behind: noCounter},
}

// noScreen is what explains that X says nothing: it runs as long as the program does.
var noScreen = []doctor.Code{doctor.UnitDown}

// noWeChat is what explains that WeChat says nothing.
var noWeChat = append([]doctor.Code{doctor.NoRoute, doctor.Network, doctor.WeChatSilent, doctor.WeChatDNS,
	doctor.WeChatConnect, doctor.WeChatProxy, doctor.WeChatTLS}, noCounter...)

// specific are troubles that say more of the same than what the counter tells of itself.
var specific = map[doctor.Code][]doctor.Code{
	doctor.Network: {doctor.NoRoute},
	doctor.Away:    {doctor.DatabaseNone, doctor.DatabaseSilent},
	doctor.WeChatSilent: {doctor.NoRoute, doctor.WeChatDNS, doctor.WeChatConnect, doctor.WeChatProxy, doctor.WeChatTLS,
		doctor.KeyIDWrong},
	doctor.Offsite:            {doctor.OffsiteAway},
	doctor.PrinterUnreachable: {doctor.PrinterAbsent, doctor.PrinterOwner},
	doctor.CourtSilent: {doctor.NoRoute, doctor.CourtDNS, doctor.CourtConnect, doctor.CourtTLS,
		doctor.CourtToken},
}

// Checks returns the checks, by number.
func Checks() []Check { return slices.Clone(checks) }

// errIdle: there is nothing here that the check is about.
var errIdle = errors.New("nothing here that it is about")

// errNoConfig: a check needs what a configuration says.
var errNoConfig = errors.New("the configuration is not known")

// A sight collects what one check sees.
type sight struct {
	found  []doctor.Finding
	unsure []error
}

// find notes a trouble; pairs fill its words.
func (s *sight) find(code doctor.Code, of string, pairs ...string) {
	s.found = append(s.found, doctor.Finding{Code: code, Of: of, Args: pairs})
}

// told finds what the counter tells of itself, of some codes.
func (m *Machine) told(s *sight, codes ...doctor.Code) error {
	if m.Inside == nil {
		return m.outside()
	}
	for _, f := range m.Inside.Told {
		if slices.Contains(codes, f.Code) {
			s.found = append(s.found, f)
		}
	}
	return nil
}

// outside is why the counter could not be asked; before the first start there is none, and nothing to ask it.
func (m *Machine) outside() error {
	if errors.Is(m.Outside, ErrNotMade) {
		return errIdle
	}
	return cmp.Or(m.Outside, errors.New("nobody has asked"))
}

// doubt notes that something could not be looked at.
func (s *sight) doubt(err error) { s.unsure = append(s.unsure, err) }

// A Result is what one check has come to. It is fine when the rest is empty.
type Result struct {
	Check   Check
	Found   []doctor.Finding
	Unknown error // why not all could be looked at
	Idle    bool  // there is nothing here that it is about
	Behind  bool  // what is told explains why it could not look
}

// Fine reports whether a check has looked at everything and found nothing.
func (r Result) Fine() bool { return len(r.Found) == 0 && r.Unknown == nil && !r.Idle }

// A Report is what all checks have come to.
type Report struct {
	Results []Result
	Told    doctor.Report // what is told of all that was found, the gravest first
	At      time.Time
}

// Rings reports whether somebody must look at the machine.
func (r Report) Rings() bool { return r.Told.Rings(r.At) }

// Unknown reports whether a check could not look, and nothing that is told explains why.
func (r Report) Unknown() bool {
	return slices.ContainsFunc(r.Results, func(r Result) bool { return r.Unknown != nil && !r.Behind })
}

// Look makes every check.
func (m *Machine) Look(ctx context.Context) Report {
	r := Report{Results: make([]Result, len(checks)), At: m.Now()}
	m.each(ctx, &r, func(i int) bool { return !checks[i].asks })
	if m.Ask != nil {
		m.Ask(ctx, m)
	}
	m.each(ctx, &r, func(i int) bool { return checks[i].asks })
	m.again(ctx, &r)
	var found []doctor.Finding
	if m.Inside != nil {
		found = slices.Clone(m.Inside.Told) // what no check is about is told all the same
	}
	for _, one := range r.Results {
		found = append(found, one.Found...)
	}
	general := func(f doctor.Finding) bool {
		return slices.ContainsFunc(found, func(g doctor.Finding) bool {
			return slices.Contains(specific[f.Code],
				g.Code)
		})
	}
	r.Told = doctor.Tell(slices.DeleteFunc(slices.Clone(found), general), r.At)
	for i := range r.Results {
		r.Results[i].Behind = r.explained(r.Results[i])
	}
	return r
}

// each makes some checks, side by side.
func (m *Machine) each(ctx context.Context, r *Report, some func(i int) bool) {
	var looks sync.WaitGroup
	for i, c := range checks {
		if some(i) {
			looks.Go(func() { r.Results[i] = m.make(ctx, c) })
		}
	}
	looks.Wait()
}

// again looks a second time at what may be over soon, as long after as it may last before it is told. What the counter
// tells of itself has lasted.
func (m *Machine) again(ctx context.Context, r *Report) {
	var patience time.Duration
	passing := make(map[int]bool)
	for i, one := range r.Results {
		for _, f := range one.Found {
			if t := f.Trouble(); t.Looked && t.Patience > 0 {
				patience, passing[i] = max(patience, t.Patience), true
			}
		}
	}
	if len(passing) == 0 {
		return
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
		return
	}
	m.gone.mu.Lock()
	m.gone.roads = nil
	m.gone.mu.Unlock()
	m.each(ctx, r, func(i int) bool { return passing[i] })
}

// explained reports whether what is told says why a check could not look.
func (r Report) explained(one Result) bool {
	return one.Unknown != nil && slices.ContainsFunc(r.Told, func(f doctor.Finding) bool {
		return slices.Contains(one.Check.behind, f.Code) || errors.Is(one.Unknown, errNoConfig) &&
			(f.Code == doctor.ConfigUnreadable || f.Code == doctor.ConfigWrong) ||
			errors.Is(one.Unknown, ErrKeyless) && f.Code == doctor.ReceiptKeyMissing
	})
}

// make makes one check. A fault in it is its own: it is unknown, and the others go on.
func (m *Machine) make(ctx context.Context, c Check) (r Result) {
	r.Check = c
	defer func() {
		if p := recover(); p != nil {
			r.Unknown = fmt.Errorf("the check failed: %v", p)
		}
	}()
	if m.Config == nil && !c.always {
		r.Unknown = errNoConfig
		return r
	}
	var s sight
	err := c.look(ctx, m, &s)
	r.Found = s.found
	if r.Idle = errors.Is(err, errIdle); !r.Idle {
		r.Unknown = errors.Join(append(s.unsure, err)...)
	}
	return r
}
