package ear_test

import (
	"fmt"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

func ExampleParts() {
	for _, p := range ear.Parts(message.Chinese, "应付 ¥2,700.00，民初，12号") {
		fmt.Println(p.Words)
		fmt.Println(p.Sound)
	}
	for _, p := range ear.Parts(message.English, "（2026）京0101民初12号: ¥2,700.50 by 30 Nov") {
		fmt.Println(p.Lang, p.Sound)
	}
	// Output:
	// 应付两千七百元整，民初，十二号
	// ying1 fu4 liang3 qian1 qi1 bai3 yuan2 zheng3, min2 chu1, shi2 er4 hao4
	// en two zero two six
	// zh jing1
	// en zero one zero one
	// zh min2 chu1
	// en one two
	// zh hao4
	// en two thousand seven hundred yuan and fifty fen by the thirtieth of November
}
