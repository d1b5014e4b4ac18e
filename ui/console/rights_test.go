package console

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"courtkiosk/app"
	"courtkiosk/app/clerk"
)

// commandsOf returns the whole names of all commands that do something.
func commandsOf(cmd *cobra.Command) (names []string) {
	for _, sub := range cmd.Commands() {
		names = append(names, commandsOf(sub)...)
	}
	if !cmd.HasSubCommands() && cmd.Name() != "help" {
		names = append(names, strings.TrimPrefix(cmd.CommandPath(), "courtkiosk "))
	}
	return names
}

// Every command has a right, every right of a command is in the table, and none is one that a person must have.
func TestCommandsHaveRights(t *testing.T) {
	names := commandsOf((&call{Env: Env{}}).root())
	for name, right := range rights {
		if !slices.Contains(names, name) {
			t.Errorf("there is no command %q", name)
		}
		for _, door := range []clerk.Door{clerk.Process, clerk.UnixSocket} {
			if err := clerk.Console("03", door).May(right); err != nil {
				t.Errorf("%q by %s: %v", name, door, err)
			}
		}
	}
	for _, name := range names {
		if rights[name] == "" {
			t.Errorf("%q stands in no row", name)
		}
	}
}

// A command that stands in no row, and one whose right needs a person, runs by no door.
func TestCommandsWithoutARight(t *testing.T) {
	rights["planted person"] = clerk.DecideRefund
	defer delete(rights, "planted person")
	for _, name := range []string{"planted", "person"} {
		for door, live := range map[clerk.Door]*app.App{clerk.Process: nil, clerk.UnixSocket: {}} {
			var said bytes.Buffer
			c := &call{Env: Env{Args: []string{"planted", name}, Stdout: &said, Stderr: &said}, live: live}
			root, ran := c.root(), false
			group := &cobra.Command{Use: "planted", RunE: missingCommand}
			group.AddCommand(&cobra.Command{Use: name, RunE: func(*cobra.Command, []string) error {
				ran = true
				return nil
			}})
			root.AddCommand(group)
			root.SetArgs(c.Args)
			if exit := c.finish(root.ExecuteContext(t.Context())); exit != Failed || ran {
				t.Errorf("%s by %s: exit %d, ran %t: %s", name, door, exit, ran, &said)
			}
		}
	}
}
