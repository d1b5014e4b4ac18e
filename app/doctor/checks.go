package doctor

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"courtkiosk/app/message"
	"courtkiosk/assets"
)

// What a look at a machine finds, by courtkiosk doctor: no screen tells it. See app/doctor/checkup.
const (
	ConfigUnreadable   Code = "config-unreadable"    // the kiosk's user, or nobody, can read the configuration
	ConfigWrong        Code = "config-wrong"         // it has complaints
	KeyOpen            Code = "key-open"             // of a file: others can read a secret
	KeyOwner           Code = "key-owner"            // of a file: a secret belongs to somebody else
	TimeZone           Code = "time-zone"            // the machine's is not China's
	StateOwner         Code = "state-owner"          // what lies in the state folder belongs to somebody else
	StateOpen          Code = "state-open"           // of a folder: others can look into the program's state
	DiskReadOnly       Code = "disk-read-only"       // of a folder: its file system takes no writes
	DiskErrors         Code = "disk-errors"          // of a folder: its file system has counted errors
	DiskLow            Code = "disk-low"             // of a folder: less room than a week may need
	InodesLow          Code = "inodes-low"           // of a folder: hardly another file can be made
	BackupOld          Code = "backup-old"           // the newest copy of the ledger is older than a day
	BackupFuture       Code = "backup-future"        // a copy of the ledger is dated in the future
	BackupHere         Code = "backup-here"          // the copies lie on the ledger's own disk
	BackupUnwritable   Code = "backup-unwritable"    // the program's user cannot write copies
	BackupLink         Code = "backup-link"          // the folder of the copies is a link
	LedgerUnsound      Code = "ledger-unsound"       // the ledger's own check has found something
	LedgerRemote       Code = "ledger-remote"        // the ledger lies in the network
	LedgerFleeting     Code = "ledger-fleeting"      // the ledger is gone after a restart
	SecondCopy         Code = "second-copy"          // two copies of the program run
	KioskSilent        Code = "kiosk-silent"         // the running kiosk does not answer at its socket
	NotOpened          Code = "not-opened"           // the counter cannot be opened
	ReceiptKeyMissing  Code = "receipt-key-missing"  // there is a ledger, and no key that signs receipts
	ReceiptKeyUnlisted Code = "receipt-key-unlisted" // verifiers do not know the key that signs receipts
	ClockOff           Code = "clock-off"            // this clock and WeChat's are more than half a minute apart
	ClockFree          Code = "clock-free"           // no time server sets the clock
	CertificateEnded   Code = "certificate-ended"    // of a merchant number: its API certificate has ended
	KeyIDWrong         Code = "key-id-wrong"         // of a merchant number: WeChat may not know its public_key_id
	NoRoute            Code = "no-route"             // no network: there is no way out of this machine
	WeChatDNS          Code = "wechat-dns"           // of a host: its name is not found
	WeChatConnect      Code = "wechat-connect"       // of a host: no connection is made
	WeChatProxy        Code = "wechat-proxy"         // of a proxy: it does not let us through
	WeChatTLS          Code = "wechat-tls"           // of a host: its certificate is not believed
	ProxyIgnored       Code = "proxy-ignored"        // a proxy in the environment is not used
	CourtDNS           Code = "court-dns"            // the name of the court's system is not found
	CourtConnect       Code = "court-connect"        // no connection to the court's system is made
	CourtTLS           Code = "court-tls"            // the certificate of the court's system is not believed
	CourtToken         Code = "court-token"          // the token for the court's system is not there
	CourtCertificate   Code = "court-certificate"    // our certificate for the court's system ends soon
	BillsNone          Code = "bills-none"           // no list of bills was ever taken
	BillsOld           Code = "bills-old"            // the list of bills is old
	BillsRefused       Code = "bills-refused"        // the newest list was not taken
	PrinterAbsent      Code = "printer-absent"       // the printer's device is not there
	PrinterOwner       Code = "printer-owner"        // the program's user may not write to the printer's device
	PrinterClaimed     Code = "printer-claimed"      // CUPS has the printer too
	ScannerAbsent      Code = "scanner-absent"       // no scanner is plugged in
	USBKeyboard        Code = "usb-keyboard"         // a keyboard that nobody has agreed to is plugged in
	USBStorage         Code = "usb-storage"          // a stick or disk is plugged in
	ScreenAbsent       Code = "screen-absent"        // X has no screen
	ScreenSize         Code = "screen-size"          // the screen is too small, or not in its own size
	ScreenRotation     Code = "screen-rotation"      // the screen is not turned as X was told
	ScreenBlanks       Code = "screen-blanks"        // the screen goes dark by itself
	TouchAbsent        Code = "touch-absent"         // no touch panel is there
	TouchUnmapped      Code = "touch-unmapped"       // touches are not turned with the screen
	GlyphMissing       Code = "glyph-missing"        // the fonts lack a character of the court's texts
	UnitMissing        Code = "unit-missing"         // no service manager starts the program
	UnitDisabled       Code = "unit-disabled"        // the unit does not start with the machine
	UnitDown           Code = "unit-down"            // the unit does not run
	UnitWatchdog       Code = "unit-watchdog"        // nobody notices a program that hangs
	UnitRestarts       Code = "unit-restarts"        // the program was restarted many times
	UnitExposed        Code = "unit-exposed"         // the unit has more rights than it needs
	UpdatesFailed      Code = "updates-failed"       // the system's own updates fail
	RebootWanted       Code = "reboot-wanted"        // an update waits for a restart of the machine
	PackageOld         Code = "package-old"          // the repository has another version than is installed
	BinaryChanged      Code = "binary-changed"       // the program's file is not the package's
	OffsiteNone        Code = "offsite-none"         // no copy of the ledger leaves this machine, nor shall one
	OffsiteAway        Code = "offsite-away"         // what copies leave to is not there, or cannot be written
	OffsiteOld         Code = "offsite-old"          // the last copy that arrived there is older than a day
	UpdateWaits        Code = "update-waits"         // a newer version has found no chance for days
	LockNone           Code = "lock-none"            // a machine in a lobby has no lock on: see app/lockdown
	LockBroken         Code = "lock-broken"          // of a lock: it is on, and not in effect
	DatabaseHost       Code = "database-host"        // of a host of the ledger's database: it cannot be asked
	DatabaseNone       Code = "database-none"        // no host of the ledger's database takes writes
	DatabaseStale      Code = "database-stale"       // of a host: it takes writes, and another one has succeeded it
	DatabasePlain      Code = "database-plain"       // whoever answers for the ledger's database is believed
	DatabaseSchema     Code = "database-schema"      // the schema is not this program's
	DatabaseRights     Code = "database-rights"      // the program's role may do more than it needs
	DatabaseSilent     Code = "database-silent"      // a commit gets no answer
	DatabaseSlow       Code = "database-slow"        // a commit takes long
	DatabaseAlone      Code = "database-alone"       // no standby has to confirm what is stored
	DatabaseSingle     Code = "database-single"      // the DSN names one host
	DatabaseClock      Code = "database-clock"       // the database's clock and ours are apart
	LockIdle           Code = "lock-idle"            // of a lock: it is laid, and waits for a restart of the machine
	VoiceNone          Code = "voice-none"           // nothing can speak: espeak-ng, or its Mandarin, is missing
	PlayerNone         Code = "player-none"          // nothing can play: aplay is missing
	CardAbsent         Code = "card-absent"          // of a device of sound: its card is not there
	SpeechFails        Code = "speech-fails"         // the running kiosk wanted to speak, and could not
	RecordingsNone     Code = "recordings-none"      // the folder of the court's recordings cannot be read
	KeypadAbsent       Code = "keypad-absent"        // the keypad's device is not there
	KeypadShut         Code = "keypad-shut"          // it is there, and cannot be used
	KeypadLacks        Code = "keypad-lacks"         // it has no key for something that it can do without
	JackAbsent         Code = "jack-absent"          // the switch of the earphones' jack says nothing
	JackUnknown        Code = "jack-unknown"         // no switch says whether earphones are in
)

// checks holds what a look finds, as the catalogue does; in a report it comes behind what screens tell.
var checks = []Trouble{
	{Code: ConfigUnreadable, Printed: "M-01", Severity: Stops},
	{Code: ConfigWrong, Printed: "M-02", Severity: Stops, HiddenBy: []Code{ConfigUnreadable}},
	{Code: KeyOpen, Printed: "M-03", Severity: Warns},
	{Code: KeyOwner, Printed: "M-04", Severity: Warns},
	{Code: TimeZone, Printed: "M-05", Severity: Warns},
	{Code: StateOwner, Printed: "M-06", Severity: Warns},
	{Code: StateOpen, Printed: "M-07", Severity: Warns},
	{Code: DiskReadOnly, Printed: "M-08", Severity: Stops},
	{Code: DiskErrors, Printed: "M-09", Severity: Warns},
	{Code: DiskLow, Printed: "M-10", Severity: Warns, HiddenBy: []Code{Disk}},
	{Code: InodesLow, Printed: "M-11", Severity: Warns},
	{Code: BackupOld, Printed: "M-12", Severity: Warns, HiddenBy: []Code{Backup, Disk}},
	{Code: BackupFuture, Printed: "M-13", Severity: Warns},
	{Code: BackupHere, Printed: "M-14", Severity: Tells, Rings: never},
	{Code: BackupUnwritable, Printed: "M-15", Severity: Warns, HiddenBy: []Code{DiskReadOnly}},
	{Code: BackupLink, Printed: "M-16", Severity: Warns},
	{Code: LedgerUnsound, Printed: "M-17", Severity: Stops, HiddenBy: []Code{Ledger}},
	{Code: LedgerRemote, Printed: "M-18", Severity: Stops},
	{Code: LedgerFleeting, Printed: "M-19", Severity: Stops},
	{Code: SecondCopy, Printed: "M-20", Severity: Warns},
	{Code: KioskSilent, Printed: "M-21", Severity: Stops},
	{Code: DatabaseNone, Printed: "M-73", Severity: Stops},
	{Code: DatabaseSchema, Printed: "M-74", Severity: Stops},
	{Code: DatabaseSilent, Printed: "M-75", Severity: Stops},
	{Code: NotOpened, Printed: "M-22", Severity: Stops,
		HiddenBy: []Code{ConfigUnreadable, ConfigWrong, LedgerUnsound, DatabaseNone, DatabaseSchema,
			DatabaseSilent}},
	{Code: ReceiptKeyMissing, Printed: "M-23", Severity: Warns},
	{Code: ReceiptKeyUnlisted, Printed: "M-24", Severity: Warns},
	{Code: ClockOff, Printed: "M-25", Severity: Warns, HiddenBy: []Code{Clock}},
	{Code: ClockFree, Printed: "M-26", Severity: Warns},
	{Code: CertificateEnded, Printed: "M-27", Severity: Stops},
	{Code: KeyIDWrong, Printed: "M-28", Severity: Warns},
	{Code: NoRoute, Printed: "M-29", Severity: Warns, Patience: blink},
	{Code: WeChatDNS, Printed: "M-30", Severity: Warns, Patience: blink, HiddenBy: []Code{NoRoute}},
	{Code: WeChatConnect, Printed: "M-31", Severity: Warns, Patience: blink, HiddenBy: []Code{NoRoute}},
	{Code: WeChatProxy, Printed: "M-32", Severity: Warns, Patience: blink, HiddenBy: []Code{NoRoute}},
	{Code: WeChatTLS, Printed: "M-33", Severity: Warns, Patience: blink, HiddenBy: []Code{Clock, NoRoute}},
	{Code: ProxyIgnored, Printed: "M-34", Severity: Tells, Rings: never},
	{Code: CourtDNS, Printed: "M-35", Severity: Warns, Patience: blink, HiddenBy: []Code{NoRoute}},
	{Code: CourtConnect, Printed: "M-36", Severity: Warns, Patience: blink, HiddenBy: []Code{NoRoute}},
	{Code: CourtTLS, Printed: "M-37", Severity: Warns, Patience: blink, HiddenBy: []Code{Clock, NoRoute}},
	{Code: CourtToken, Printed: "M-38", Severity: Warns},
	{Code: CourtCertificate, Printed: "M-39", Severity: Warns, Rings: never},
	{Code: BillsNone, Printed: "M-40", Severity: Warns},
	{Code: BillsOld, Printed: "M-41", Severity: Warns},
	{Code: BillsRefused, Printed: "M-42", Severity: Warns},
	{Code: PrinterAbsent, Printed: "M-43", Severity: Warns},
	{Code: PrinterOwner, Printed: "M-44", Severity: Warns, HiddenBy: []Code{PrinterAbsent}},
	{Code: PrinterClaimed, Printed: "M-45", Severity: Warns},
	{Code: ScannerAbsent, Printed: "M-46", Severity: Warns, Rings: never},
	{Code: USBKeyboard, Printed: "M-47", Severity: Warns},
	{Code: USBStorage, Printed: "M-48", Severity: Warns},
	{Code: ScreenAbsent, Printed: "M-49", Severity: Warns},
	{Code: ScreenSize, Printed: "M-50", Severity: Warns},
	{Code: ScreenRotation, Printed: "M-51", Severity: Warns},
	{Code: ScreenBlanks, Printed: "M-52", Severity: Warns},
	{Code: TouchAbsent, Printed: "M-53", Severity: Warns},
	{Code: TouchUnmapped, Printed: "M-54", Severity: Warns, HiddenBy: []Code{TouchAbsent}},
	{Code: GlyphMissing, Printed: "M-55", Severity: Warns},
	{Code: UnitMissing, Printed: "M-56", Severity: Tells, Rings: never},
	{Code: UnitDisabled, Printed: "M-57", Severity: Warns, HiddenBy: []Code{UnitMissing}},
	{Code: UnitDown, Printed: "M-58", Severity: Stops, HiddenBy: []Code{ConfigUnreadable, ConfigWrong}},
	{Code: UnitWatchdog, Printed: "M-59", Severity: Warns, HiddenBy: []Code{UnitMissing}},
	{Code: UnitRestarts, Printed: "M-60", Severity: Warns, HiddenBy: []Code{UnitMissing, UnitDown}},
	{Code: UnitExposed, Printed: "M-61", Severity: Warns, HiddenBy: []Code{UnitMissing}},
	{Code: UpdatesFailed, Printed: "M-62", Severity: Warns},
	{Code: RebootWanted, Printed: "M-63", Severity: Warns, Rings: never},
	{Code: UpdateWaits, Printed: "M-72", Severity: Warns},
	{Code: PackageOld, Printed: "M-64", Severity: Warns, Rings: never, HiddenBy: []Code{UpdateWaits}},
	{Code: BinaryChanged, Printed: "M-65", Severity: Warns},
	{Code: LockNone, Printed: "M-66", Severity: Warns},
	{Code: LockBroken, Printed: "M-67", Severity: Warns},
	{Code: LockIdle, Printed: "M-68", Severity: Warns, Rings: never},
	{Code: OffsiteNone, Printed: "M-69", Severity: Tells, Rings: never,
		HiddenBy: []Code{ConfigUnreadable, ConfigWrong}},
	{Code: OffsiteAway, Printed: "M-70", Severity: Warns},
	{Code: OffsiteOld, Printed: "M-71", Severity: Warns, HiddenBy: []Code{OffsiteAway}},
	{Code: DatabaseStale, Printed: "M-76", Severity: Warns},
	{Code: DatabaseHost, Printed: "M-77", Severity: Warns, HiddenBy: []Code{DatabaseNone}},
	{Code: DatabasePlain, Printed: "M-78", Severity: Warns},
	{Code: DatabaseRights, Printed: "M-79", Severity: Warns},
	{Code: DatabaseAlone, Printed: "M-80", Severity: Warns},
	{Code: DatabaseSlow, Printed: "M-81", Severity: Warns},
	{Code: DatabaseClock, Printed: "M-82", Severity: Warns},
	{Code: DatabaseSingle, Printed: "M-83", Severity: Tells, Rings: never},
	{Code: VoiceNone, Printed: "M-84", Severity: Warns},
	{Code: PlayerNone, Printed: "M-85", Severity: Warns},
	{Code: CardAbsent, Printed: "M-86", Severity: Warns},
	{Code: SpeechFails, Printed: "M-87", Severity: Warns, HiddenBy: []Code{VoiceNone, PlayerNone, CardAbsent}},
	{Code: RecordingsNone, Printed: "M-88", Severity: Warns, Rings: never},
	{Code: KeypadAbsent, Printed: "M-89", Severity: Warns},
	{Code: KeypadShut, Printed: "M-90", Severity: Warns, HiddenBy: []Code{KeypadAbsent}},
	{Code: KeypadLacks, Printed: "M-91", Severity: Tells, Rings: never, HiddenBy: []Code{KeypadAbsent, KeypadShut}},
	{Code: JackAbsent, Printed: "M-92", Severity: Warns},
	{Code: JackUnknown, Printed: "M-93", Severity: Tells, Rings: never},
}

// Checks returns what only a look at a machine finds. Visitors and clerks read nothing of it.
func Checks() []Trouble {
	list := slices.Clone(checks)
	for i := range list {
		list[i] = list[i].looked()
	}
	return list
}

// looked is a trouble as a look has it: nobody but IT reads of it.
func (t Trouble) looked() Trouble {
	t.Quiet, t.Looked = true, true
	return t
}

// lookWords are the words of checks, by code and language: title, what is so, what to do.
var lookWords = sync.OnceValue(func() map[Code]map[message.Lang][3]string {
	var words map[Code]map[message.Lang][3]string
	if err := json.Unmarshal(assets.DoctorWords, &words); err != nil {
		panic(fmt.Sprintf("doctor: the embedded words: %v", err)) // a test reads them
	}
	return words
})

// lookedWords puts what a look has found into words.
func (t Trouble) lookedWords(lang message.Lang, pairs []string) Words {
	said := lookWords()[t.Code][lang]
	fill := make([]string, 0, len(pairs))
	for i, p := range pairs {
		if i%2 == 0 {
			p = "{" + p + "}"
		}
		fill = append(fill, p)
	}
	r := strings.NewReplacer(fill...)
	return Words{Title: r.Replace(said[0]), Seen: r.Replace(said[1]), IT: r.Replace(said[2])}
}
