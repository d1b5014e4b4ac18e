package console

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// errNoGallery: the binary cannot draw.
var errNoGallery = errors.New("this build has no window, so it has no screens to draw")

func (c *call) galleryCommand() *cobra.Command {
	var size string
	var p Panel
	cmd := &cobra.Command{
		Use:   "gallery DIR",
		Short: "write a picture of every screen, with made-up data",
		Args:  exactly("a folder"),
		RunE: func(_ *cobra.Command, args []string) error {
			var err error
			if p.Width, p.Height, err = parseSize(size); err != nil {
				return &usageError{err}
			}
			if c.Gallery == nil {
				return errNoGallery
			}
			if err := c.Gallery(args[0], string(c.language()), p); err != nil {
				return fmt.Errorf("gallery in %s: %w", args[0], err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&size, "size", "1080x1920", "`WIDTHxHEIGHT` in pixels")
	cmd.Flags().BoolVar(&p.Large, "large", false, "large text")
	cmd.Flags().BoolVar(&p.Low, "low", false, "every control in the lower part")
	cmd.Flags().BoolVar(&p.Contrast, "contrast", false, "high contrast")
	return cmd
}

// A Panel is a screen that is drawn, and how a visitor has set it.
type Panel struct {
	Width, Height        int // pixels
	Large, Low, Contrast bool
}

// maxSide is more than any panel has.
const maxSide = 8192

func parseSize(text string) (width, height int, err error) {
	var rest string
	n, _ := fmt.Sscanf(text+" ", "%dx%d%s", &width, &height, &rest)
	if n != 2 || width < 1 || height < 1 || width > maxSide || height > maxSide {
		return 0, 0, fmt.Errorf("--size %q: want a size like 1080x1920, at most %d pixels a side", text, maxSide)
	}
	return width, height, nil
}
