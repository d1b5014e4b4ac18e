package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// keyNames are the kernel's names of the keys 1 to 127, without KEY_ in front, in their order.
var keyNames = strings.Fields("" +
	"ESC 1 2 3 4 5 6 7 8 9 0 MINUS EQUAL BACKSPACE TAB Q W E R T Y U I O P LEFTBRACE RIGHTBRACE ENTER LEFTCTRL A " +
	"S D F G H J K L SEMICOLON APOSTROPHE GRAVE LEFTSHIFT BACKSLASH Z X C V B N M COMMA DOT SLASH RIGHTSHIFT " +
	"KPASTERISK LEFTALT SPACE CAPSLOCK F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NUMLOCK SCROLLLOCK KP7 KP8 KP9 KPMINUS KP4 " +
	"KP5 KP6 KPPLUS KP1 KP2 KP3 KP0 KPDOT - ZENKAKUHANKAKU 102ND F11 F12 RO KATAKANA HIRAGANA HENKAN " +
	"KATAKANAHIRAGANA MUHENKAN KPJPCOMMA KPENTER RIGHTCTRL KPSLASH SYSRQ RIGHTALT LINEFEED HOME UP PAGEUP LEFT " +
	"RIGHT END DOWN PAGEDOWN INSERT DELETE MACRO MUTE VOLUMEDOWN VOLUMEUP POWER KPEQUAL KPPLUSMINUS PAUSE SCALE " +
	"KPCOMMA HANGEUL HANJA YEN LEFTMETA RIGHTMETA COMPOSE")

// moreKeys are names of later ones that pads for blind people have. Any other key is named by its number.
var moreKeys = map[string]uint16{"HELP": 138, "BACK": 158, "F13": 183, "F14": 184, "F15": 185, "F16": 186, "F17": 187,
	"F18": 188, "F19": 189, "F20": 190, "F21": 191, "F22": 192, "F23": 193, "F24": 194}

// mostKey is the last code of a key that the kernel has.
const mostKey = 0x2ff

// keyCode is the code of a key by the kernel's name or number, as evtest prints them: KEY_KP5, or 76.
func keyCode(name string) (code uint16, known bool) {
	if n, err := strconv.ParseUint(name, 10, 16); err == nil {
		return uint16(n), n > 0 && n <= mostKey
	}
	short, is := strings.CutPrefix(name, "KEY_")
	if !is || short == "-" {
		return 0, false
	}
	if code, known = moreKeys[short]; known {
		return code, true
	}
	i := slices.Index(keyNames, short)
	return uint16(i + 1), i >= 0
}

var (
	// EarKeys are what keys of the keypad can mean.
	EarKeys = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "confirm", "back", "louder", "softer",
		"repeat", "help"}
	// NeededKeys are those of them without which it leads nowhere.
	NeededKeys = EarKeys[:12]
)

// usualKeys are what the keys of a number block mean, and those of a keyboard that say the same.
var usualKeys = map[string]string{
	"KEY_KPENTER": "confirm", "KEY_ENTER": "confirm",
	"KEY_KPDOT": "back", "KEY_BACKSPACE": "back", "KEY_DELETE": "back",
	"KEY_KPPLUS": "louder", "KEY_VOLUMEUP": "louder",
	"KEY_KPMINUS": "softer", "KEY_VOLUMEDOWN": "softer",
	"KEY_KPASTERISK": "repeat", "KEY_KPSLASH": "help",
}

// KeyTable is what the codes of the keypad mean: those of a number block, and Keys over them.
func (e Ear) KeyTable() map[uint16]string {
	table := make(map[uint16]string)
	lay := func(names map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(names)) {
			code, known := keyCode(name)
			switch meaning := names[name]; {
			case !known:
			case meaning == "":
				delete(table, code)
			default:
				table[code] = meaning
			}
		}
	}
	for _, digit := range EarKeys[:10] {
		lay(map[string]string{"KEY_" + digit: digit, "KEY_KP" + digit: digit})
	}
	lay(usualKeys)
	lay(e.Keys)
	return table
}
