package ear

import (
	"encoding/binary"
	"math"
	"time"
)

// PCM is sound as it is played: mono, 16 bit, Rate samples a second.
type PCM []int16

// Rate is how many samples a second have.
const Rate = 22050

// Length is how long it takes to play.
func (p PCM) Length() time.Duration { return time.Duration(len(p)) * time.Second / Rate }

// peak returns the largest sample, of 1.
func (p PCM) peak() float64 {
	most := 0
	for _, v := range p {
		most = max(most, int(v), -int(v))
	}
	return float64(most) / math.MaxInt16
}

// scale changes the volume in place; what would be too loud stays at the loudest that there is.
func (p PCM) scale(decibel float64) {
	by := math.Pow(10, decibel/20)
	for i, v := range p {
		p[i] = int16(max(math.MinInt16, min(math.MaxInt16, math.Round(float64(v)*by))))
	}
}

// bytes returns the samples as a player wants them.
func (p PCM) bytes() []byte {
	b := make([]byte, 2*len(p))
	for i, v := range p {
		binary.LittleEndian.PutUint16(b[2*i:], uint16(v))
	}
	return b
}

// silence returns a pause.
func silence(d time.Duration) PCM { return make(PCM, samples(d)) }

func samples(d time.Duration) int { return int(d * Rate / time.Second) }

// tock returns the soft tick that says that a code is still shown: it swells and fades, so that nobody starts.
func tock() PCM {
	const hertz, loud = 660, 0.1
	p := silence(60 * time.Millisecond)
	for i := range p {
		at := float64(i) / float64(len(p))
		swell := math.Sin(math.Pi * at)
		p[i] = int16(loud * math.MaxInt16 * swell * swell * math.Sin(2*math.Pi*hertz*float64(i)/Rate))
	}
	return p
}
