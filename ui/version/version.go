// Package version is what the program calls itself. It imports nothing, so that a build without a window does not
// link Fyne for a number.
package version

// What FyneApp.toml says too; a test compares them.
const (
	AppID   = "cn.courtkiosk.kiosk"
	AppName = "courtkiosk"
	Version = "0.1.0"
)
