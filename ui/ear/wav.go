package ear

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// What is wrong with a WAV file.
var (
	errNoWAV  = errors.New("no WAV")
	errHalf   = errors.New("a part of a sound only")
	errFormat = errors.New("not mono with 16 bit")
)

// rates are what a recording may have, in samples a second.
var rates = []uint32{8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000}

// readWAV returns the sound of a WAV file. A stream is one whose header was written before its end was known: its data
// goes to the end, whatever the header says.
func readWAV(b []byte, stream bool) (PCM, error) {
	if len(b) < 12 || !bytes.Equal(b[:4], []byte("RIFF")) || !bytes.Equal(b[8:12], []byte("WAVE")) {
		return nil, errNoWAV
	}
	b = b[12:]
	rate := uint32(0)
	for len(b) >= 8 {
		name, size := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
		b = b[8:]
		whole := size <= int64(len(b))
		if name == "data" && stream {
			size, whole = int64(len(b)), true
		}
		if !whole {
			return nil, fmt.Errorf("%w: %s has %d bytes of %d", errHalf, name, len(b), size)
		}
		switch name {
		case "fmt ":
			var err error
			if rate, err = format(b[:size]); err != nil {
				return nil, err
			}
		case "data":
			if rate == 0 {
				return nil, fmt.Errorf("%w: it has no format", errNoWAV)
			}
			return decode(b[:size], rate)
		}
		b = b[min(int64(len(b)), size+size%2):]
	}
	return nil, fmt.Errorf("%w: it has no sound", errHalf)
}

// format returns the samples a second that a header tells of.
func format(b []byte) (rate uint32, err error) {
	const plain, extensible = 1, 0xfffe
	if len(b) < 16 {
		return 0, fmt.Errorf("%w: the format has %d bytes", errHalf, len(b))
	}
	tag, channels := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])
	rate, bits := binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint16(b[14:])
	if tag == extensible && len(b) >= 26 {
		tag = binary.LittleEndian.Uint16(b[24:])
	}
	if tag != plain || channels != 1 || bits != 16 || !slices.Contains(rates, rate) {
		return 0, fmt.Errorf("%w: format %d, %d channels, %d bit, %d samples a second, of which %v are known",
			errFormat, tag, channels, bits, rate, rates)
	}
	return rate, nil
}

func decode(b []byte, rate uint32) (PCM, error) {
	if len(b) == 0 || len(b)%2 != 0 {
		return nil, fmt.Errorf("%w: %d bytes", errHalf, len(b))
	}
	p := make(PCM, len(b)/2)
	for i := range p {
		p[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return resample(p, int(rate)), nil
}

// resample makes sound of another rate ours: each sample is the mean of what lies around its time, a straight line
// between its neighbours where those are farther apart than ours.
func resample(p PCM, rate int) PCM {
	if rate == Rate {
		return p
	}
	out := make(PCM, int64(len(p))*Rate/int64(rate))
	step := float64(rate) / Rate
	for i := range out {
		at := float64(i) * step
		if step <= 1 {
			left := int(at)
			right := min(left+1, len(p)-1)
			out[i] = int16(float64(p[left]) + (at-float64(left))*float64(int(p[right])-int(p[left])))
			continue
		}
		from, to := max(0, int(at-step/2+0.5)), min(len(p), int(at+step/2+0.5))
		sum := 0
		for _, v := range p[from:to] {
			sum += int(v)
		}
		if to > from {
			out[i] = int16(sum / (to - from))
		}
	}
	clear(p)
	return out
}
