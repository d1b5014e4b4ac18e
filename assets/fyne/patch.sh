#!/bin/sh
# Writes Fyne with the patches of this folder, and a patched.mod that uses it, into a folder: sh assets/fyne/patch.sh bin
# Go refuses overlays of its module cache, hence the copy. FYNE names another folder with the stock module.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
go=${GO:-go}

cd "$root"
if [ -z "${FYNE:-}" ]; then
	"$go" mod download fyne.io/fyne/v2
	FYNE=$("$go" list -m -f '{{.Dir}}' fyne.io/fyne/v2)
fi
(cd "$FYNE" && sha256sum --quiet -c "$here/SUMS") || {
	echo "Fyne is not the one that was patched: carry the patches over, and write SUMS anew" >&2
	exit 1
}

# The dot keeps ./... and the house rules out.
rm -rf "$out/.fyne" "$out/patched.mod"
mkdir "$out/.fyne"
(cd "$FYNE" && tar cf - --exclude=testdata --exclude=./cmd --exclude='*_test.go' .) | (cd "$out/.fyne" && tar xf -)
chmod -R u+w "$out/.fyne"
cd "$out/.fyne"
for p in "$here"/*.patch; do
	GIT_CEILING_DIRECTORIES="$out" git apply "$p"
done
cp "$root/go.sum" "$out/patched.sum"
cp "$root/go.mod" "$out/new.mod"
# A path inside the clone is told from its root: it is written into the binary, which must not say whose clone it was.
case $out in
"$root"/*) at=.${out#"$root"}/.fyne ;;
*) at=$out/.fyne ;;
esac
"$go" mod edit -replace "fyne.io/fyne/v2=$at" "$out/new.mod"
mv "$out/new.mod" "$out/patched.mod"
