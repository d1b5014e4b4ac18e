#!/bin/sh
# Looks through the root of an image for what must not be the same on two machines, or known to whoever has the image:
# sh secrets.sh ROOT. It ends with 1, and says what it has found.
set -u
root=$1
found=$(
	cd "$root" && [ -s etc/shadow ] || echo "$root: is no root of an image"
	cd "$root" || exit
	[ ! -s etc/machine-id ] || echo "etc/machine-id: a machine's own name"
	find . -xdev \( -name 'ssh_host_*' -o -name credential.secret -o -name random-seed -o -name 'receipt*.key' \
		-o -name '*.db' -path '*courtkiosk*' -o -name 'ledger*' -path '*/var/*' -o -name '.netrc' \
		-o -name auth.conf -path '*/apt/*' -o -name authorized_keys -o -name '*_history' \
		-o -name '*.p12' -o -name '*.pfx' \) -print
	find etc/courtkiosk etc/credstore etc/credstore.encrypted var/lib/courtkiosk var/lib/courtkiosk-mark state efi root/.ssh \
		! -type d -print 2>/dev/null
	awk -F: '$2 !~ /^[!*]/ { print "etc/shadow: " $1 " has a password, or needs none" }' etc/shadow
	grep -rIlE --exclude-dir=proc --exclude-dir=sys --exclude-dir=doc \
		-e '-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----' -e 'AGE-SECRET-KEY-1' .
	grep -rIlE -e '://[^/@[:space:]]+:[^/@[:space:]]+@' etc/apt 2>/dev/null
)
if [ -n "$found" ]; then
	printf 'not for an image:\n%s\n' "$found" >&2
	exit 1
fi
