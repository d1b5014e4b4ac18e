package offsite

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"

	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// successorFile is where a ledger that came from a copy says so to the one that the copy is of, should that one come
// back: 03-K3J4ABCDEF.successor. It is found without reading the folder.
func (p *Place) successorFile(was string) string {
	return filepath.Join(p.Folder, p.Kiosk+"-"+was+".successor")
}

// Tell lays down in the folder that a ledger has taken the place of another, unless somebody's word of that lies there
// already.
func (p *Place) Tell(ctx context.Context, s payment.Succession) error {
	if !named(s.Was) {
		return errors.New("offsite: a ledger without a name")
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = beyond(ctx, p, func() (none struct{}, err error) {
		if err := p.there(); err != nil {
			return none, err
		}
		path := p.successorFile(s.Was)
		var said payment.Succession // what is not whole says nothing: whoever keeps the folder lost its power
		if lies, err := durable.ReadFile(path); err == nil && json.Unmarshal(lies, &said) == nil && said.Was == s.Was {
			return none, nil
		}
		return none, durable.WriteFile(path, append(text, '\n'), 0o644)
	})
	return err
}

// Told returns what lies there about a ledger; false when nothing does. Whether it is true the ledger alone can tell.
func (p *Place) Told(ctx context.Context, was string) (s payment.Succession, told bool, err error) {
	if !named(was) {
		return s, false, nil
	}
	text, err := beyond(ctx, p, func() ([]byte, error) {
		if err := p.there(); err != nil {
			return nil, err
		}
		text, err := durable.ReadFile(p.successorFile(was))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return text, err
	})
	if err != nil || text == nil {
		return s, false, err
	}
	err = json.Unmarshal(text, &s)
	return s, err == nil, err
}
