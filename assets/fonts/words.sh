#!/bin/sh
# Makes the two fonts of the screen from regular.ttf and bold.ttf: only the characters of the program's own words, of
# the courts' names and codes, and of the lists of items and causes. They are parsed before the first frame, and are a
# fourteenth as large. Needs fontTools (Debian python3-fonttools). Run it in this folder when a test says that a
# character is missing.
set -e
/usr/bin/python3 - > words.txt <<'PY'
import glob, gzip
text = ''.join(map(chr, range(0x20, 0x7f))) + '·—–…“”‘’→←●○✓×¥°±％、。，；：！？（）「」『』《》〈〉【】　～／'
for name in glob.glob('../messages/*.json') + glob.glob('../samples/*') + glob.glob('../terms/*') + \
        glob.glob('../../**/*.go', recursive=True) + glob.glob('../../app/**/*.csv', recursive=True):
    if '/testdata/' in name or name.endswith('_test.go'):
        continue
    text += open(name, encoding='utf-8').read()
text += gzip.open('../../app/caseno/courts.gz').read().decode('utf-8')
print(''.join(sorted(c for c in set(text) if c.isprintable())))
PY
for weight in regular bold; do
	/usr/bin/python3 -m fontTools.subset "$weight.ttf" --output-file="$weight-words.ttf" --text-file=words.txt \
		--layout-features= --name-IDs=1,2,4,6 --notdef-outline
done
