#!/bin/sh
# Builds the image of a kiosk, as root: sh assets/image/build.sh bin/image/courtkiosk.img bin/packages/courtkiosk_*.deb
#
#   partition 1  EFI system, FAT   boot loader, kernel, initramfs, and an answer file until it is taken
#   partition 2  root, squashfs    read only, the same on each machine
#   partition 3  state, ext4       what is one machine's own; grown over the disk at the first start
#
# MIRROR, SECURITY and SUITE name Debian; MORE are packages beside the program's, like firmware, and COMPONENTS where
# they lie ("main non-free-firmware"); CMDLINE is told to the kernel. WORK has room for 3 GiB; memory is the fastest. Nothing secret is in an image: it would be the
# same on each machine. What is found of that kind ends the build.
set -eu
img=$1
deb=$2
here=$(cd "$(dirname "$0")" && pwd)
MIRROR=${MIRROR:-http://deb.debian.org/debian}
SECURITY=${SECURITY:-http://deb.debian.org/debian-security}
SUITE=${SUITE:-bookworm}
COMPONENTS=${COMPONENTS:-main}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
umask 022
# Sizes in MiB: of what is laid down whole by a new image, and of the state as it is before it grows.
esp=256 rootfs=1536 state=512

mkdir -p "$(dirname "$img")"
img=$(cd "$(dirname "$img")" && pwd)/$(basename "$img")
work=$(mktemp -d "${WORK:-/dev/shm}/courtkiosk-image-XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root

# Owners on the state partition are numbers: the same ones in each image that will ever be.
users='groupadd -R "$1" -r -g 970 courtkiosk && groupadd -R "$1" -r -g 971 _chrony &&
	useradd -R "$1" -r -u 970 -g 970 -d /var/lib/courtkiosk -s /usr/sbin/nologin courtkiosk &&
	useradd -R "$1" -r -u 971 -g 971 -d /var/lib/chrony -s /usr/sbin/nologin _chrony'
# What the package needs comes with the rest: the root has a resolver of its own, which does not run here.
needs=$(dpkg-deb -f "$deb" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/[[:space:]]//g')
# The initramfs is made once, when all that it is made of is there.
INITRD=No mmdebstrap --quiet --mode=root --variant=minbase --dpkgopt=force-unsafe-io \
	--aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' \
	--include=linux-image-amd64,initramfs-tools,zstd,busybox,systemd,systemd-sysv,systemd-resolved,libpam-systemd \
	--include=udev,dbus,kmod,e2fsprogs,fdisk,ca-certificates,chrony,nftables,x11-xserver-utils,xinput,espeak-ng,alsa-utils,less,$needs${MORE:+,$MORE} \
	--essential-hook="$users" \
	--customize-hook="upload '$deb' /tmp/courtkiosk.deb" \
	--customize-hook='chroot "$1" dpkg -i /tmp/courtkiosk.deb && rm "$1/tmp/courtkiosk.deb"' \
	--customize-hook="cp -R --preserve=mode '$here/root/.' \"\$1\"" \
	--customize-hook='chroot "$1" systemctl enable -q courtkiosk-grow courtkiosk-enrol courtkiosk-enrol-screen \
		courtkiosk-locks systemd-networkd systemd-resolved' \
	--customize-hook='chroot "$1" update-initramfs -c -k all' \
	"$SUITE" "$root" "deb $MIRROR $SUITE $COMPONENTS" "deb $SECURITY $SUITE-security $COMPONENTS" >"$work/log" 2>&1 ||
	{ tail -n 40 "$work/log"; exit 1; }

mkdir "$root/state" "$root/efi"
cat >"$root/etc/fstab" <<END
PARTLABEL=courtkiosk-esp /efi vfat noauto,nofail,umask=077 0 0
END
echo courtkiosk >"$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 courtkiosk\n::1 localhost\n' >"$root/etc/hosts"
ln -sf ../usr/share/zoneinfo/Asia/Shanghai "$root/etc/localtime"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
chroot "$root" systemctl mask -q systemd-machine-id-commit.service apt-daily.timer apt-daily-upgrade.timer
chroot "$root" passwd -q -l root

# What a machine makes for itself is not in an image.
: >"$root/etc/machine-id"
rm -rf "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed" "$root/var/lib/systemd/credential.secret" \
	"$root/var/cache/apt"/*.bin "$root/var/cache/apt/archives"/*.deb "$root/var/lib/apt/lists"/* "$root/var/log"/*.log \
	"$root/var/log/apt"/* "$root/boot"/*.old "$root"/*.old
sh "$here/secrets.sh" "$root"

# The loader, the kernel and its initramfs.
mkdir -p "$work/esp/EFI/BOOT" "$work/esp/loader/entries"
cp /usr/lib/systemd/boot/efi/systemd-bootx64.efi "$work/esp/EFI/BOOT/BOOTX64.EFI"
cp "$root"/boot/vmlinuz-* "$work/esp/vmlinuz"
cp "$root"/boot/initrd.img-* "$work/esp/initrd.img"
rm "$root"/boot/initrd.img-* "$root"/boot/vmlinuz-*
printf 'timeout 0\neditor no\nconsole-mode keep\n' >"$work/esp/loader/loader.conf"
cat >"$work/esp/loader/entries/courtkiosk.conf" <<END
title courtkiosk
linux /vmlinuz
initrd /initrd.img
options root=PARTLABEL=courtkiosk-root rootfstype=squashfs ro panic=30 quiet ${CMDLINE:-}
END
find "$work/esp" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

mksquashfs "$root" "$work/root.squashfs" -comp zstd -Xcompression-level 6 -noappend -quiet -no-progress
truncate -s ${esp}M "$work/esp.fat"
mkfs.vfat -F 32 -n COURTKIOSK -i 636b3031 --invariant "$work/esp.fat" >/dev/null
(cd "$work/esp" && mcopy -s -m -i "$work/esp.fat" ./* ::)
truncate -s ${state}M "$work/state.ext4"
mkfs.ext4 -q -e remount-ro -m 0 -L courtkiosk-state -U 636f7572-7400-4000-8000-6b696f736b03 \
	-E hash_seed=636f7572-7400-4000-8000-6b696f736b03,lazy_itable_init=0 "$work/state.ext4"

size=$(stat -c %s "$work/root.squashfs")
if [ "$size" -gt $((rootfs << 20)) ]; then
	echo "the root has $size bytes, and its partition ${rootfs} MiB" >&2
	exit 1
fi
rm -f "$img"
truncate -s $((1 + esp + rootfs + state + 1))M "$img"
sgdisk -a 2048 -U 636f7572-7400-4000-8000-6b696f736b00 \
	-n 1:1M:+${esp}M -t 1:ef00 -c 1:courtkiosk-esp -u 1:636f7572-7400-4000-8000-6b696f736b01 \
	-n 2:0:+${rootfs}M -t 2:8304 -c 2:courtkiosk-root -u 2:636f7572-7400-4000-8000-6b696f736b02 \
	-n 3:0:0 -t 3:8300 -c 3:courtkiosk-state -u 3:636f7572-7400-4000-8000-6b696f736b04 "$img" >/dev/null
lay() { dd if="$1" of="$img" bs=1M seek="$2" conv=notrunc,sparse status=none; }
lay "$work/esp.fat" 1
lay "$work/root.squashfs" $((1 + esp))
lay "$work/state.ext4" $((1 + esp + rootfs))
echo "$img: root of $((size >> 20)) MiB"
