package message

import "strings"

// Sentence ends a label with a full stop where it stands among sentences.
func Sentence(lang Lang, label string) string {
	switch {
	case label == "" || strings.ContainsAny(label[len(label)-1:], ".!?") || strings.HasSuffix(label, "。") ||
		strings.HasSuffix(label, "？") || strings.HasSuffix(label, "！"):
		return label
	case lang == English:
		return label + "."
	}
	return label + "。"
}
