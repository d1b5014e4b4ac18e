package checkup

import (
	"context"
	"strings"
)

// Unit is what the service manager knows the program by; both packages call it so.
const Unit = "courtkiosk.service"

// unit returns what the service manager says of the program's unit, by property.
func (m *Machine) unit(ctx context.Context) (map[string]string, error) {
	out, err := m.Run(ctx, "systemctl", "show", Unit)
	said := make(map[string]string)
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		said[name] = value
	}
	return said, err
}
