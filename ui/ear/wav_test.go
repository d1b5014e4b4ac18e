package ear

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"
	"time"
)

// wav writes a sound as a file, whose format is as told.
func wav(rate uint32, channels, bits uint16, p PCM) []byte {
	var b bytes.Buffer
	put := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // into memory
	put([]byte("RIFF"))
	put(uint32(36 + 2*len(p)))
	put([]byte("WAVEfmt "))
	put(uint32(16))
	put(uint16(1))
	put(channels)
	put(rate)
	put(rate * uint32(channels) * uint32(bits) / 8)
	put(channels * bits / 8)
	put(bits)
	put([]byte("data"))
	put(uint32(2 * len(p)))
	put([]int16(p))
	return b.Bytes()
}

// sine is a tone of 440 Hz.
func sine(rate int, d time.Duration) PCM {
	p := make(PCM, int(d*time.Duration(rate)/time.Second))
	for i := range p {
		p[i] = int16(10000 * math.Sin(2*math.Pi*440*float64(i)/float64(rate)))
	}
	return p
}

// A recording of any usual rate is the same tone, as long and as loud.
func TestRates(t *testing.T) {
	for _, rate := range rates {
		p, err := readWAV(wav(rate, 1, 16, sine(int(rate), time.Second)), false)
		must(t, err)
		crossings := 0
		for i := 1; i < len(p); i++ {
			if p[i-1] < 0 && p[i] >= 0 {
				crossings++
			}
		}
		if crossings < 438 || crossings > 441 || (p.Length()-time.Second).Abs() > time.Millisecond {
			t.Errorf("%d: %v with %d waves", rate, p.Length(), crossings)
		}
		if peak := p.peak(); peak < 0.28 || peak > 0.31 {
			t.Errorf("%d: the peak is %.2f, want 0.31", rate, peak)
		}
	}
}

func TestReadWAV(t *testing.T) {
	good := wav(Rate, 1, 16, PCM{1, -2, 3})
	extra := slices.Concat(good[:36], []byte("LIST\x03\x00\x00\x00abc\x00"), good[36:], []byte("junk"))
	nonsense := slices.Clone(good)
	binary.LittleEndian.PutUint32(nonsense[40:], 0x7ffff000)
	for name, test := range map[string]struct {
		b      []byte
		stream bool
		want   PCM
		err    error
	}{
		"a file":                   {good, false, PCM{1, -2, 3}, nil},
		"with other pieces":        {extra, false, PCM{1, -2, 3}, nil},
		"a stream":                 {nonsense, true, PCM{1, -2, 3}, nil},
		"a length that is a lie":   {nonsense, false, nil, errHalf},
		"half a file":              {good[:len(good)-2], false, nil, errHalf},
		"half a format":            {good[:30], false, nil, errHalf},
		"no data":                  {good[:36], false, nil, errHalf},
		"empty":                    {nil, false, nil, errNoWAV},
		"text":                     {[]byte("this is no sound at all"), false, nil, errNoWAV},
		"data before its format":   {slices.Concat(good[:12], good[36:]), false, nil, errNoWAV},
		"stereo":                   {wav(Rate, 2, 16, PCM{1, 1}), false, nil, errFormat},
		"8 bit":                    {wav(Rate, 1, 8, PCM{1}), false, nil, errFormat},
		"a rate of nobody":         {wav(12345, 1, 16, PCM{1}), false, nil, errFormat},
		"a rate of zero":           {wav(0, 1, 16, PCM{1}), false, nil, errFormat},
		"a stream without samples": {nonsense[:44], true, nil, errHalf},
	} {
		got, err := readWAV(test.b, test.stream)
		if !errors.Is(err, test.err) || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, err, test.want, test.err)
		}
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add(wav(Rate, 1, 16, PCM{1, 2}), true)
	f.Add(wav(44100, 1, 16, PCM{1, 2, 3}), false)
	f.Add(wav(8000, 1, 16, PCM{1}), false)
	f.Fuzz(func(t *testing.T, b []byte, stream bool) {
		p, err := readWAV(b, stream)
		if (err == nil) == (len(p) == 0) && len(b) > 50 {
			t.Errorf("%d samples, %v", len(p), err)
		}
	})
}

func TestScale(t *testing.T) {
	p := PCM{0, 1000, -1000, 20000, -20000}
	p.scale(6)
	if !slices.Equal(p, PCM{0, 1995, -1995, math.MaxInt16, math.MinInt16}) {
		t.Errorf("6 dB louder: %v", p)
	}
}

// The tick is soft, short, and begins and ends with nothing.
func TestTock(t *testing.T) {
	p := tock()
	if p.peak() > 0.11 || p.peak() < 0.05 || p.Length() > 100*time.Millisecond {
		t.Errorf("%v with a peak of %.2f", p.Length(), p.peak())
	}
	for i := 1; i < len(p); i++ {
		if step := int(p[i]) - int(p[i-1]); step > 700 || step < -700 {
			t.Errorf("sample %d leaps by %d", i, step)
		}
	}
	if p[0] != 0 || p[len(p)-1] > 30 {
		t.Errorf("it begins with %d and ends with %d", p[0], p[len(p)-1])
	}
}
