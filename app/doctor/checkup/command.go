package checkup

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"
)

// commandWithin is how long a command may take: lpstat waits for a CUPS that hangs.
const commandWithin = 15 * time.Second

// Command runs a command of this machine, in English, and returns what it prints. One that does not succeed is an
// *Exit.
func Command(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.WaitDelay = time.Second
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok && ended.ExitCode() >= 0 {
		return string(out), &Exit{Command: name, Code: ended.ExitCode(), Said: strings.TrimSpace(said.String())}
	}
	return string(out), err
}
