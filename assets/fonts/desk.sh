#!/bin/sh
# Makes the two fonts of the clerk's pages from regular.ttf and bold.ttf: the program's own words, those of the pages,
# and the 3,755 characters of GB 2312's first plane, which nearly every name is written with. A browser fetches the
# whole fonts only for a character besides. Needs fontTools and brotli (Debian python3-fonttools, python3-brotli). Run
# it in this folder after words.sh, or when a test says that a character is missing.
set -e
/usr/bin/python3 - > desk.txt <<'PY'
import glob
from fontTools.ttLib import TTFont
text = '\u00a0\u2009' + open('words.txt', encoding='utf-8').read()
for name in glob.glob('../../ui/desk/page/*') + ['../messages/desk.json']:
    text += open(name, encoding='utf-8').read()
text += ''.join(bytes([high, low]).decode('gb2312', 'ignore') for high in range(0xb0, 0xd8) for low in range(0xa1, 0xff))
has = TTFont('regular.ttf').getBestCmap()
print(''.join(sorted(c for c in set(text) if c >= ' ' and ord(c) in has)), end='')
PY
for weight in regular bold; do
	/usr/bin/python3 -m fontTools.subset "$weight.ttf" --output-file="$weight-desk.woff2" --text-file=desk.txt \
		--flavor=woff2 --name-IDs=1,2,4,6 --notdef-outline
done
