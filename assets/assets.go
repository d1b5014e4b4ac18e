// Package assets holds what is embedded in the program: fonts, the words for people, samples, the icon. It imports
// nothing of the program.
package assets
