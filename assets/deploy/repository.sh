#!/bin/sh
# The court's own signed repository, a folder that any web server, or a stick, hands out as it lies:
#
#	sh assets/deploy/repository.sh add DIR KEY PACKAGE.deb…   takes packages in, and signs the suite test anew
#	sh assets/deploy/repository.sh promote DIR KEY [now]      test becomes stable, byte for byte, after three days there
#	sh assets/deploy/repository.sh refresh DIR KEY            signs what is there once more, before DAYS are over
#
# KEY is a fingerprint of gpg's; the key itself never lies in the folder. The pool keeps every version: machines go back
# to older ones. DAYS is how long a machine believes a signature (Valid-Until); older ones may be a replayed state.
set -eu
usage() { sed -n '4,6s/^#\t//p' "$0" >&2 && exit 2; }
[ $# -ge 3 ] || usage
verb=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
key=$3
shift 3
days=${DAYS:-90}
umask 022
export LC_ALL=C

fail() { echo "repository: $*" >&2 && exit 1; }

[ "$days" -gt 0 ] || fail "DAYS is $days: a signature that never ends lets an old state be replayed for ever"
home=$(cd "${GNUPGHOME:-$HOME/.gnupg}" 2>/dev/null && pwd) || fail "gpg has no keys for this user"
case "$home/" in "$dir"/*) fail "the folder of the signing key lies in $dir, which everybody reads" ;; esac
! grep -rlE 'BEGIN PGP PRIVATE KEY' "$dir" || fail "a signing key lies in $dir, which everybody reads"
gpg --batch --quiet --list-secret-keys "$key" >/dev/null 2>&1 || fail "gpg has no secret key $key"

take() { # packages into the pool; a version that is there never changes its bytes
	[ $# -gt 0 ] || usage
	mkdir -p "$dir/pool"
	for deb; do
		case $(dpkg-deb --field "$deb" Package) in courtkiosk | courtkiosk-core) ;; *) fail "$deb is not ours" ;; esac
		[ -n "$(dpkg-deb --field "$deb" Courtkiosk-Ledger)" ] || fail "$deb does not say which ledgers it reads"
		to=$dir/pool/$(basename "$deb")
		[ ! -e "$to" ] || cmp -s "$deb" "$to" || fail "$(basename "$deb") is there with other bytes: give it a version of its own"
	done
	for deb; do
		to=$dir/pool/$(basename "$deb")
		cp "$deb" "$to.new" && sync "$to.new" && mv "$to.new" "$to"
	done
}

index() { # the whole pool, every version of it, into a suite's folder
	cd "$dir"
	for arch in $(for deb in pool/*.deb; do dpkg-deb --field "$deb" Architecture; done | sort -u); do
		mkdir -p "$1/main/binary-$arch"
		apt-ftparchive --arch "$arch" packages pool >"$1/main/binary-$arch/Packages"
	done
}

# Others may write where a web server reads. Only what this user has signed before is signed again.
signed() { # suite, folder with a copy of its index: that it is that of the suite's signature
	rm -f "$temp/signed"
	own=$(gpg --batch --list-secret-keys --with-colons | sed -n 's/^fpr:*\([0-9A-F]*\):.*/\1/p')
	gpg --batch --quiet --export $own >"$temp/keys"
	gpgv --keyring "$temp/keys" --output "$temp/signed" "$dir/dists/$1/InRelease" 2>/dev/null ||
		fail "the suite $1 has no signature of this user's keys"
	awk '/^SHA256:/ { on = 1; next } /^[^ ]/ { on = 0 } on { print $1 "  " $3 }' "$temp/signed" |
		sort >"$temp/sums"
	(cd "$2" && find main -type f -exec sha256sum {} + | sort) | cmp -s - "$temp/sums" ||
		fail "the index of the suite $1 is not as it was signed: add its packages anew, to an empty folder"
}

offers() { # index: each package's file and sum
	cat "$1"/main/binary-*/Packages 2>/dev/null | awk '/^Filename:/ { f = $2 } /^SHA256:/ { print f, $2 }' | sort -u
}

ours() { # index, packages that are given: that it offers nothing but those, and what was signed before
	index=$1
	shift
	{
		for deb; do echo "pool/$(basename "$deb") $(sha256sum <"$deb" | cut -d ' ' -f 1)"; done
		if [ -d "$dir/dists/test" ]; then
			mkdir "$temp/was"
			cp -a "$dir/dists/test/main" "$temp/was/"
			signed test "$temp/was"
			offers "$temp/was"
		fi
	} | sort -u >"$temp/known"
	offers "$index" | comm -23 - "$temp/known" >"$temp/more"
	[ ! -s "$temp/more" ] || fail "nobody has added this to the pool: $(cut -d ' ' -f 1 "$temp/more")"
}

sign() { # folder, suite: Release and its signatures, in both forms that apt knows
	cd "$1"
	rm -f Release Release.gpg InRelease
	archs=$(cd main && for d in binary-*; do printf '%s ' "${d#binary-}"; done)
	o=APT::FTPArchive::Release
	apt-ftparchive -o $o::Origin=courtkiosk -o $o::Label=courtkiosk -o "$o::Suite=$2" -o "$o::Codename=$2" \
		-o "$o::Architectures=${archs% }" -o $o::Components=main \
		-o $o::ValidTime=$((days * 86400)) \
		-o APT::FTPArchive::MD5=no -o APT::FTPArchive::SHA1=no release . >"$1.release"
	mv "$1.release" Release
	gpg --batch --quiet --local-user "$key" --digest-algo SHA512 --clearsign --output InRelease Release
	gpg --batch --quiet --local-user "$key" --digest-algo SHA512 --armor --detach-sign --output Release.gpg Release
}

put() { # a finished suite in the place of the one before
	mkdir -p "$dir/dists"
	rm -rf "$dir/dists/.$2.old"
	[ ! -d "$dir/dists/$2" ] || mv "$dir/dists/$2" "$dir/dists/.$2.old"
	mv "$1" "$dir/dists/$2"
	rm -rf "$dir/dists/.$2.old"
	gpg --batch --quiet --export "$key" >"$dir/courtkiosk.gpg.new" && mv "$dir/courtkiosk.gpg.new" "$dir/courtkiosk.gpg"
}

rested() { # three days in the ring of the test machines
	since=$(date -d "$(sed -n 's/^Date: //p' "$dir/dists/test/Release")" +%s)
	[ $(($(date +%s) - since)) -ge $((3 * 86400)) ] || [ "${1:-}" = now ] ||
		fail "test was signed $((($(date +%s) - since) / 3600)) hours ago, and stable waits three days; \"now\" does not wait"
}

work=$dir/dists/.new
rm -rf "$work"
mkdir -p "$work"
temp=$(mktemp -d)
trap 'rm -rf "$work" "$work.release" "$temp"' EXIT
for suite in test stable; do # a power cut between two names
	[ -d "$dir/dists/$suite" ] || [ ! -d "$dir/dists/.$suite.old" ] || mv "$dir/dists/.$suite.old" "$dir/dists/$suite"
done
case $verb in
add)
	take "$@"
	(index "$work")
	ours "$work" "$@"
	(sign "$work" test)
	put "$work" test
	;;
promote)
	[ -d "$dir/dists/test" ] || fail "there is no suite test"
	rested "$@"
	cp -a "$dir/dists/test/main" "$work/"
	signed test "$work"
	(sign "$work" stable)
	put "$work" stable
	;;
refresh)
	for suite in test stable; do
		[ -d "$dir/dists/$suite" ] || continue
		rm -rf "$work"
		mkdir "$work"
		cp -a "$dir/dists/$suite/main" "$work/"
		signed "$suite" "$work"
		(sign "$work" "$suite")
		put "$work" "$suite"
	done
	;;
*) usage ;;
esac
