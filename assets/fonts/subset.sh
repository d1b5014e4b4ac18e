#!/bin/sh
# Makes the two fonts of the program from Noto Sans SC (npm @expo-google-fonts/noto-sans-sc 0.4.3) with fontTools
# (Debian python3-fonttools). Run it in an empty folder; it leaves regular.ttf and bold.ttf there.
#
# Kept: ASCII, Latin-1, the punctuation, arrows, shapes and circled numbers that the source has, every unified ideograph of the
# basic block (a superset of GB 2312 and GBK), the ideographs of extension A that the 2013 list (通用规范汉字表) has, and those of
# the later extensions that the source has, which are its rare name characters.
# Dropped: radicals U+2E80-2FDF and compatibility ideographs U+F900-FAFF share glyphs with ideographs, and text taken out of a PDF
# would come out as them. Hinting and layout features are not used by the program.
# Renamed: the Open Font License keeps the source's reserved names for the source.
set -e
npm install --silent @expo-google-fonts/noto-sans-sc@0.4.3
source=node_modules/@expo-google-fonts/noto-sans-sc
for weight in 400Regular:regular 700Bold:bold; do
	from=${weight%%:*} to=${weight##*:}
	/usr/bin/python3 -m fontTools.subset "$source/$from/NotoSansSC_$from.ttf" --output-file="$to.ttf" \
		--unicodes=20-7e,a0-ff,2010-2027,2030-203b,20ac,2103,2116,2190-2193,2200-22ff,2300-23ff,2460-2473,25a0-25ff,2600-2606,2713,2715,3000-303f,3447,344a,356e,360e,364d,3658,3666,36c3,36da,36f9,37c3,3807,3813,3918,3944,39d0,39d1,39df,3af0,3b0a,3b0e,3b1a,3b4e,3b55,3bbe,3c00,3cc7,3cd8,3cda,3d14,3d50,3db2,3e06,3e0c,3e84,3eec,3f4f,3fe0,4056,40ae,40c5,40ce,415f,4339,4383,4396,43dd,43e1,43f2,4403,44d6,44db,44e8,44eb,44ec,45d6,45db,45ea,45f4,4723,4759,48ba,48bc,48d8,497d,4983,4c9f,4ca0,4ca2,4d13,4d14,4d15,4d16,4d17,4d18,4d19,4dae,4e00-9fff,ff00-ffef,20000-3ffff \
		--no-hinting --layout-features= --drop-tables+=GSUB,GPOS,GDEF,BASE,vhea,vmtx,VORG,STAT --name-IDs=1,2,4,6 --notdef-outline
	/usr/bin/python3 - "$to" <<'PY'
import sys
from fontTools.ttLib import TTFont
style = sys.argv[1].capitalize()
f = TTFont(sys.argv[1] + '.ttf')
for n in f['name'].names:
    n.string = {1: 'Courtkiosk Sans', 2: style, 4: 'Courtkiosk Sans ' + style, 6: 'CourtkioskSans-' + style}[n.nameID]
f.save(sys.argv[1] + '.ttf')
PY
done
cp "$source/LICENSE_FONT" OFL.txt
