package console

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manCommand prints what --help says of every command as one page for man(1), for the packages. It bears no day, so
// that the same program makes the same page.
func (c *call) manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "print the manual page", Hidden: true, Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(c.Stdout, manPage(cmd.Root(), c.Version))
			return err
		},
	}
}

func manPage(root *cobra.Command, version string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`.TH COURTKIOSK 1 "" "courtkiosk %s" ""`, roff(version))
	line(".SH NAME\ncourtkiosk \\- %s", roff(root.Short))
	line(".SH SYNOPSIS\n.B courtkiosk\n[\\fIcommand\\fR] [\\fIflags\\fR]")
	line(".SH DESCRIPTION\n%s", roff(root.Long))
	line(".SH FLAGS OF EVERY COMMAND")
	manFlags(line, root.PersistentFlags())
	line(".SH COMMANDS")
	manCommands(line, root)
	line(".SH EXIT STATUS")
	for i, says := range []string{"done", "refused, or failed with a reason", "wrong usage",
		"the outcome is not known"} {
		line(".TP\n%d\n%s", i, says)
	}
	line(".SH FILES")
	for _, f := range [][2]string{
		{"/etc/courtkiosk/config.toml", "the configuration: with it a machine is set up, and its unit starts"},
		{"/usr/share/courtkiosk/config.toml", "an example with every key"},
		{"/var/lib/courtkiosk", "ledger, bills, copies, the key that signs receipts: no package removes them"},
	} {
		line(".TP\n.I %s\n%s", f[0], f[1])
	}
	line(".SH SEE ALSO\n/usr/share/doc/courtkiosk*/manual.md")
	return b.String()
}

func manCommands(line func(string, ...any), of *cobra.Command) {
	for _, cmd := range of.Commands() {
		if cmd.Hidden || cmd.Name() == "help" {
			continue
		}
		if cmd.HasSubCommands() {
			manCommands(line, cmd)
			continue
		}
		line(".SS %s", roff(strings.TrimSuffix(cmd.UseLine(), " [flags]")))
		text := cmd.Long
		if text == "" {
			text = cmd.Short
		}
		line("%s", roff(text))
		manFlags(line, cmd.LocalNonPersistentFlags())
	}
}

func manFlags(line func(string, ...any), flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		line(".TP\n\\fB\\-\\-%s\\fR %s\n%s", roff(f.Name), strings.TrimSpace("\\fI"+roff(value)+"\\fR"), roff(usage))
	})
}

// roff escapes text: what groff(7) would take for a request, and hyphens that people copy.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
