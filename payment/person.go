package payment

import (
	"context"
	"time"
)

// A Person has an account at the window. What a role may do is the counter's to say; payment knows only who is who.
type Person struct {
	Number string // staff number: what audit, sheets and decisions name
	Name   string // personal data: on pages masked, never in the audit
	Role   string // opaque
	Card   string `json:",omitzero"` // what the card's reader types, hashed; a number and no secret

	Code   string    `json:",omitzero"` // hash of the one-time code that was handed out; empty once used
	Until  time.Time `json:",omitzero"` // the code's end
	PIN    string    `json:",omitzero"` // argon2id in PHC form; empty until the person has set it
	Second string    `json:",omitzero"` // the TOTP secret, sealed; empty of who has none
	Step   int64     `json:",omitzero"` // the last TOTP step that was used: no code counts twice

	Made      Decision  // by whom; a device alone is the console
	Ready     time.Time `json:",omitzero"` // when the person has set PIN and second factor
	Confirmed Decision  `json:",omitzero"` // by another, since what was changed last
	Changed   Decision  `json:",omitzero"` // the account was new, reset, or was given other rights
	Ended     Decision  `json:",omitzero"` // it signs in no more

	Founder      bool   `json:",omitzero"` // one of the first two leads, unless it was reset since
	Change       uint64 `json:",omitzero"` // the place of Changed among all changes and confirmations of all accounts
	Confirmation uint64 `json:",omitzero"` // likewise of Confirmed: no clock says which was first

	Tries  int       `json:",omitzero"` // wrong ones since the last right one
	Closed time.Time `json:",omitzero"` // no try counts before
}

// Key is the staff number.
func (p Person) Key() string { return p.Number }

// A SignIn is where one person is signed in; a person has one at a time.
type SignIn struct {
	Person string
	Token  []byte // SHA-256 of the secret that the browser has
	Window string // the name of the window whose certificate it is bound to; empty on loopback
	Change uint64 // Person.Change when it began: it ends with the account's next change
	Begun  time.Time
	Seen   time.Time // the last act, noted at most once a minute
	Locked time.Time `json:",omitzero"` // since when a PIN is wanted
	Ended  time.Time `json:",omitzero"`
	// the session that this one ended: what was typed in it still waits for this person, and nobody else
	FormerToken  []byte `json:",omitzero"`
	FormerWindow string `json:",omitzero"`
}

// Key is the staff number of who is signed in.
func (s SignIn) Key() string { return s.Person }

// endSignIns ends every session: in a ledger that came from a backup, one that has ended since would stand again.
func endSignIns(ctx context.Context, l Ledger) error {
	for found, err := range Each(ctx, l.SignIns(), Range{}) {
		if err != nil {
			return err
		}
		if _, err := l.SignIns().Update(ctx, found.Person, func(s SignIn, _ Staff) (SignIn, Entry, error) {
			if s.Ended.IsZero() {
				s.Ended = s.Seen
			}
			return s, Entry{}, nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// A Window is a browser that may open the clerk's page, known by its client certificate.
type Window struct {
	Name        string
	Fingerprint string // SHA-256 of the certificate's DER, hex
	Issued      Decision
	Until       time.Time // of the certificate
	Revoked     Decision  `json:",omitzero"`
}

// Key is the window's name.
func (w Window) Key() string { return w.Name }
