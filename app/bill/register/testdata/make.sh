#!/bin/sh
# make.sh makes the lists in office/ anew: LibreOffice (7.4 made those that are committed) writes source.csv as its users
# save it. Run it in this folder; the tests read the files and need no office program.
set -eu
utf8='CSV:44,34,76,1,2/2/4/1/5/2/6/1'
office() { soffice --headless --infilter="$utf8" --convert-to "$1" --outdir office/"$2" source.csv; }
office xlsx . && mv office/source.xlsx office/libreoffice.xlsx
office ods . && mv office/source.ods office/libreoffice.ods
office 'csv:Text - txt - csv (StarCalc):44,34,85,1' . && mv office/source.csv office/gbk.csv
office 'csv:Text - txt - csv (StarCalc):9,34,65535,1' . && mv office/source.csv office/utf16-tab.csv
office 'csv:Text - txt - csv (StarCalc):59,34,76,1' . && mv office/source.csv office/semicolon.csv
