package console

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"courtkiosk/app/config"
	"courtkiosk/payment/durable"
)

// screenConf is read by X of any user; doctor compares the screen with it. IT's own files have lower numbers and count.
const screenConf = "etc/X11/xorg.conf.d/95-courtkiosk-screen.conf"

// written stands above what X is told.
const written = "# Written by courtkiosk at each start of its service, from [screen] and [ear] of its configuration.\n"

// screenCommand is the step of the lobby's unit that runs as root: X takes its settings from files that root alone
// writes.
func (c *call) screenCommand() *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use: "screen", Short: "tell the X server how the screen hangs, and to leave the keypad alone", Hidden: true,
		Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			conf, known, err := config.Draft(c.config)
			if !known {
				return err
			}
			path := filepath.Join(root, screenConf)
			text := xorg(conf.Screen) + hidden(root, conf.Ear.Keypad)
			if text == "" {
				if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				return nil
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			return durable.WriteFile(path, []byte(written+text), 0o644)
		},
	}
	cmd.Flags().StringVar(&root, "root", "/", "`DIR` below which it is written")
	return cmd
}

// outputs are what the X servers of Debian call the sockets that a screen can hang on. A setting of X's belongs to an
// output by its name, and nobody knows before the start which one has the screen.
var outputs = []string{"HDMI-%d", "HDMI-A-%d", "DP-%d", "DisplayPort-%d", "eDP-%d", "DVI-D-%d", "DVI-I-%d", "VGA-%d",
	"LVDS-%d", "DSI-%d", "Virtual-%d"}

// xorg is what X is told of a screen; empty when nothing is said of it, or something that is wrong.
func xorg(s config.Screen) string {
	if !s.Right() || s.Matrix() == "" {
		return ""
	}
	var b strings.Builder
	for _, format := range outputs {
		for n := 0; n <= 4 && s.Rotate != ""; n++ {
			fmt.Fprintf(&b, "Section \"Monitor\"\n\tIdentifier %q\n\tOption \"Rotate\" %q\nEndSection\n",
				fmt.Sprintf(format, n), s.Rotate)
		}
	}
	fmt.Fprintf(&b, "Section \"InputClass\"\n\tIdentifier \"courtkiosk touch\"\n\tMatchIsTouchscreen \"on\"\n"+
		"\tOption \"TransformationMatrix\" %q\nEndSection\n", s.Matrix())
	return b.String()
}

// hidden tells X to leave the keypad alone, by what it is at USB, so that a cable that is plugged anew changes nothing.
// The program holds it for itself, but only once it runs: what X hears of it types like a scanner. Empty where it is
// not plugged in.
func hidden(root, keypad string) string {
	if keypad == "" {
		return ""
	}
	node, err := filepath.EvalSymlinks(filepath.Join(root, keypad))
	if err != nil {
		return ""
	}
	var id [2]string
	for i, name := range []string{"vendor", "product"} {
		text, err := durable.ReadFile(filepath.Join(root, "sys/class/input", filepath.Base(node), "device/id", name))
		if id[i] = strings.TrimSpace(string(text)); err != nil || !hex4.MatchString(id[i]) {
			return ""
		}
	}
	return fmt.Sprintf("Section \"InputClass\"\n\tIdentifier \"courtkiosk keypad\"\n\tMatchIsKeyboard \"on\"\n"+
		"\tMatchUSBID \"%s:%s\"\n\tOption \"Ignore\" \"on\"\nEndSection\n", id[0], id[1])
}

var hex4 = regexp.MustCompile(`^[0-9a-f]{4}$`)
