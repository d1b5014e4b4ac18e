#!/bin/sh
# Builds the packages of this commit into a folder: sh assets/deploy/packages.sh bin/packages [core] [window]
# GO, NFPM and VERSION may name others; LINK is what a test tells the linker; RUN runs a program of another GOARCH. The
# same commit makes the same bytes, wherever its clone lies: paths are trimmed, and every time is the commit's.
set -eu
out=$1
shift
faces=${*:-core window}
cd "$(dirname "$0")/../.."
root=$PWD
go=${GO:-go}
nfpm=${NFPM:-$root/bin/nfpm}
deploy=$root/assets/deploy
VERSION=${VERSION:-$(sed -n 's/.*Version = "\(.*\)"/\1/p' ui/version/version.go)}
ARCH=$("$go" env GOARCH)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
LEDGER=$(sed -n 's/^\treads  = \([0-9]*\) .*/\1/p' payment/bolt/ledger.go)
[ -n "$LEDGER" ] || { echo "payment/bolt does not say which ledgers it reads" >&2 && exit 1; }
export VERSION ARCH SOURCE_DATE_EPOCH LEDGER
umask 022

mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d "$out/.stage-XXXXXX")
trap 'rm -rf "$work"' EXIT

build() { # face, file
	case $1 in
	core) CGO_ENABLED=0 "$go" build -tags headless -trimpath -ldflags "-s -w ${LINK:-}" -o "$2" . ;;
	window) "$go" build -modfile bin/patched.mod -trimpath -ldflags "-s -w ${LINK:-}" -o "$2" . ;;
	esac
}

put() { # mode, file, place
	install -D -m "$1" "$2" "$STAGE$3"
}

stage() { # face, its program; into STAGE, as FORMAT wants it
	case $1 in core) name=courtkiosk-core ;; window) name=courtkiosk ;; esac
	case $FORMAT in deb) lib=/lib ;; rpm) lib=/usr/lib ;; esac
	put 755 "$2" /usr/bin/courtkiosk
	put 644 "$deploy/$1/courtkiosk.service" $lib/systemd/system/courtkiosk.service
	put 644 "$deploy/metrics.service" $lib/systemd/system/courtkiosk-metrics.service
	put 644 "$deploy/metrics.timer" $lib/systemd/system/courtkiosk-metrics.timer
	put 644 "$deploy/update/courtkiosk-restart.service" $lib/systemd/system/courtkiosk-restart.service
	if [ "$FORMAT" = deb ]; then
		put 644 "$deploy/update/courtkiosk-update.service" $lib/systemd/system/courtkiosk-update.service
		put 644 "$deploy/update/courtkiosk-update.timer" $lib/systemd/system/courtkiosk-update.timer
	fi
	put 644 "$deploy/udev.rules" $lib/udev/rules.d/70-courtkiosk.rules
	put 644 "$deploy/sysusers.conf" /usr/lib/sysusers.d/courtkiosk.conf
	put 644 "$deploy/tmpfiles.conf" /usr/lib/tmpfiles.d/courtkiosk.conf
	put 644 assets/linux/config.toml /usr/share/courtkiosk/config.toml
	for d in manual.md doctor.md proofs.md desk.zh.md lists.zh.md NOTICES.txt; do
		put 644 "assets/docs/$d" "/usr/share/doc/$name/$d"
	done
	put 644 "$deploy/copyright" "/usr/share/doc/$name/copyright"
	${RUN:-} "$2" version --sbom >"$work/sbom.json"
	put 644 "$work/sbom.json" "/usr/share/doc/$name/sbom.json"
	${RUN:-} "$2" man | gzip -n9 >"$work/man.gz"
	put 644 "$work/man.gz" /usr/share/man/man1/courtkiosk.1.gz
	if [ "$1" = window ]; then
		put 644 "$deploy/window/xorg.conf" /usr/share/X11/xorg.conf.d/90-courtkiosk.conf
	fi
	if [ "$FORMAT" = deb ]; then
		put 644 "$deploy/$1/lintian-overrides" "/usr/share/lintian/overrides/$name"
	fi
	find "$STAGE" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

for face in $faces; do
	build "$face" "$work/courtkiosk-$face"
	for FORMAT in deb rpm; do
		STAGE=$work/$face-$FORMAT
		mkdir "$STAGE"
		export STAGE
		stage "$face" "$work/courtkiosk-$face"
		(cd "$deploy" && "$nfpm" package -f "$face/nfpm.yaml" -p "$FORMAT" -t "$out/")
	done
done
