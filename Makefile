# courtkiosk. Two targets do everything on a fresh Debian 12 with Go, git, gcc and make: demo and test.
# No build flags or tags here: each set of them compiles Fyne's C part anew, for three minutes. -modfile is none.

GO ?= go
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

BUILD_PACKAGES := pkg-config libgl1-mesa-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev
# Debian starts a server of its own with postgresql, on port 5432: the tests start theirs and leave that alone.
TEST_PACKAGES := xvfb xdotool zbar-tools poppler-utils libgl1-mesa-dri e2fsprogs mount \
	cups cups-client cups-filters ghostscript printer-driver-cups-pdf cups-ipp-utils dbus avahi-daemon chromium libnss3-tools systemd \
	apt-utils gnupg nftables udev umockdev postgresql espeak-ng alsa-utils
PROOF_PACKAGES := ibus ibus-gtk3 ibus-libpinyin \
	systemd-container udev xinit xserver-xorg-core xserver-xorg-input-libinput rpm qemu-user-static \
	xserver-xorg-video-dummy x11-xkb-utils grub-common grub-pc-bin qemu-system-x86 \
	pipewire wireplumber pipewire-pulse pulseaudio-utils libasound2-plugins dbus-daemon

IMAGE_PACKAGES := mmdebstrap squashfs-tools mtools dosfstools gdisk systemd-boot-efi systemd-container udev
QEMU_PACKAGES := qemu-system-x86 ovmf

OUT ?= bin/courtkiosk
IMAGE ?= bin/image/courtkiosk.img
SOAK ?= 10m
SEED ?= $$(date +%s)

.PHONY: demo run test race lint proof soak bench compare fuzz golden gallery notices packages repository test-packages \
	image test-image test-image-qemu deps build clean

# The kiosk with a simulated WeChat Pay, and the clerk's page. Without a display the same path is walked on an X server of its own.
demo: deps build
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		bin/courtkiosk demo --desk 127.0.0.1:8443; \
	else \
		echo "No display here: walking the demo on an X server of its own (Xvfb)."; \
		$(GO) test -count=1 -run TestDemo ./ui/endtoend -args -out "$(CURDIR)/demo-out" && \
		echo "Screenshots and the receipt are in $(CURDIR)/demo-out"; \
	fi

run: demo

# The program of the demo, the packages and every test of the whole: with Fyne as assets/fyne patches it. A plain go
# build takes the stock module and makes the same kiosk, which looks sixty times a second whether anything happened.
build: bin/patched.mod
	$(GO) build -modfile bin/patched.mod -o $(OUT) .

bin/patched.mod: go.mod go.sum $(wildcard assets/fyne/*)
	@GO=$(GO) sh assets/fyne/patch.sh bin

# .deb and .rpm of courtkiosk and of courtkiosk-core, in bin/packages. The same commit makes the same bytes.
packages: deps bin/patched.mod bin/nfpm
	GO=$(GO) sh assets/deploy/packages.sh bin/packages

# On a real systemd, in a container of this machine's own root, which needs root. The next version is one whose ledger
# can be hung.
test-packages: packages
	GO=$(GO) VERSION=0.1.1 LINK="-X courtkiosk/payment/bolt.stalled=/run/courtkiosk-stalled" \
		sh assets/deploy/packages.sh bin/packages/next core
	$(GO) test ./ui/endtoend -count=1 -timeout 0 -v -run 'Package$$' \
		-args -packages "$(CURDIR)/bin/packages"

# Takes this commit's packages into a court's signed repository: make repository REPOSITORY=DIR KEY=FINGERPRINT. The
# script itself needs nothing of this clone, and does the rest: see the manual, Updates.
repository: packages
	@test -n "$(REPOSITORY)" -a -n "$(KEY)" || { echo "make repository REPOSITORY=DIR KEY=FINGERPRINT"; exit 2; }
	sh assets/deploy/repository.sh add "$(REPOSITORY)" "$(KEY)" bin/packages/*.deb

# A disk of a kiosk, which sets itself up by an answer file: see the manual. It needs root, and Debian's packages.
image: packages
	$(MAKE) --no-print-directory deps MORE_PACKAGES="$(IMAGE_PACKAGES)"
	$(SUDO) sh assets/image/build.sh $(IMAGE) bin/packages/courtkiosk_*.deb

# Its root in a container, from the first start to the fourth; without the network there is none to start.
test-image:
	@mkdir -p bin; timeout 60 /usr/lib/apt/apt-helper download-file \
		$(or $(MIRROR),http://deb.debian.org/debian)/dists/bookworm/Release bin/mirror >/dev/null 2>&1 || \
		{ echo "SKIPPED: an image of a kiosk: Debian's packages cannot be had from here"; exit 0; }; \
	$(MAKE) --no-print-directory image && \
	$(GO) test ./ui/endtoend -count=1 -timeout 0 -v -run 'TestImage$$' -args -image "$(CURDIR)/$(IMAGE)"

# The whole disk in QEMU, without any help of the processor's: boot loader, initramfs, partitions that grow. Minutes.
test-image-qemu: image
	$(MAKE) --no-print-directory deps MORE_PACKAGES="$(QEMU_PACKAGES)"
	$(GO) test ./ui/endtoend -count=1 -timeout 0 -v -run 'TestImageStarts$$' -args -image "$(CURDIR)/$(IMAGE)" -qemu

# A module of its own, so that what only packs is none of the program's.
bin/nfpm: assets/deploy/tools/go.mod
	cd assets/deploy/tools && $(GO) build -trimpath -o $(CURDIR)/bin/nfpm github.com/goreleaser/nfpm/v2/cmd/nfpm

test: deps
	$(GO) vet ./...
	$(GO) test ./...
	@$(GO) test -v -run 'TestPowerCut$$|TestFullDisk|TestRealCups|TestReferencePrinter|TestUnitsAreShut|TestRepository|TestClones$$|TestUdevNamesTheJack|TestKernelNumbers|TestKeyNames' ./payment/bolt ./payment/postgres/postgrestest ./app/receipt/ipp ./assets/deploy ./ui/keypad ./app/config | grep SKIPPED || true # go test keeps quiet about these

race: deps
	$(GO) test -race -short ./payment/... ./app/...

lint: deps
	@test -z "$$(gofmt -l .)" || { echo "gofmt:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@out=$$($(GO) tool govulncheck ./... 2>&1) && echo "govulncheck: nothing found" || { \
		if echo "$$out" | grep -q "fetching vulnerabilities"; then \
			echo "SKIPPED: govulncheck: the vulnerability database cannot be reached from here"; \
		else echo "$$out"; exit 1; fi; }

# What takes more than a minute: the lives that proofs.md counts, of one seed, so that they say something of a change and
# not of a day (new ones are soak's to find); a primary killed beside its standby; power cuts and kills for 90 s each; a
# real input method beside a scanner, and an evening at the window in a real browser; the packages under a systemd of
# their own, built twice; a kiosk's image; the ledger to the last release and back, or a loud word that there is none;
# every court by the voice of the system, and how soon a real player is silent.
LIVES := $(GO) test ./payment/lives -count=1 -timeout 0 -v
proof:
	$(MAKE) --no-print-directory deps MORE_PACKAGES="$(PROOF_PACKAGES)"
	$(GO) test ./ui/endtoend -count=1 -v -run 'TestInputMethod|TestEvening|TestXorgIsNotEnded|TestGRUBIsShut' -args -evening
	$(MAKE) --no-print-directory test-packages
	$(GO) test ./ui/endtoend -count=1 -v -run 'TestArm64' -args -arm64
	$(MAKE) --no-print-directory test-image
	$(GO) test ./ui/endtoend -count=1 -timeout 0 -v -run 'TestLastRelease'
	$(GO) test ./app/ledger -count=1 -timeout 0 -v -run 'TestMove' -args -every
	$(GO) test ./app/prove -count=1 -timeout 0 -v -args -whole
	$(GO) test ./app/ear -count=1 -timeout 0 -v -run 'TestVoiceSays|Understood' -args -all-courts -sums 1000000
	$(GO) test ./ui/ear -count=1 -timeout 0 -v -run 'TestSink' -args -sink
	$(LIVES) -run 'TestModelLives' -args -model 10000 -seed 20261128
	$(LIVES) -run 'TestRealLives' -args -real 500 -seed 20261128
	$(LIVES) -run 'TestSharedLives' -args -seed 20261128
	$(GO) test ./payment/postgres -count=1 -timeout 0 -v -run 'TestFailover' -args -failover
	COURTKIOSK_SOAK=90s $(GO) test ./payment/bolt -count=1 -timeout 0 -v -run 'TestPowerCut'
	COURTKIOSK_SOAK=90s $(GO) test ./ui/endtoend -count=1 -timeout 0 -v -run 'TestKilled'

# New lives, power cuts and kills for as long as it is told, each: make soak SOAK=1h. The contrast of every page in both
# languages on every panel; what is painted in parts against the whole, and 10,000 pages.
soak: deps
	COURTKIOSK_SOAK=$(SOAK) $(GO) test ./ui/kiosk -count=1 -timeout 0 -run 'TestContrast'
	COURTKIOSK_SOAK=$(SOAK) $(LIVES) -run 'TestModelLives' -args -model 10000 -seed $(SEED)
	COURTKIOSK_SOAK=$(SOAK) $(LIVES) -run 'TestRealLives' -args -real 500 -seed $(SEED)
	COURTKIOSK_SOAK=$(SOAK) $(LIVES) -run 'TestSharedLives' -args -seed $(SEED)
	COURTKIOSK_SOAK=$(SOAK) $(GO) test ./payment/bolt -count=1 -timeout 0 -v -run 'TestPowerCut'
	COURTKIOSK_SOAK=$(SOAK) $(GO) test ./ui/endtoend -count=1 -timeout 0 -v -run 'TestKilled|InParts|ManyPages'

bench: deps
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 30m ./ui/endtoend | grep -v '^{'
	$(GO) test -run '^$$' -bench . -timeout 30m $$($(GO) list ./payment/... ./app/... ./ui/... | grep -v /endtoend)
	$(GO) test -count=1 -v -run 'TestModelLives|TestRealLives' ./payment/lives | grep 'a second'

# The kiosk beside a Chromium in kiosk mode that shows the same pages, in turns, without a GPU. Half an hour.
compare: deps
	$(GO) test -count=1 -v -timeout 0 -run 'TestCompare$$' ./ui/endtoend -args -compare kiosk,chromium

# To make an input smaller that only reaches new lines may take all of the time.
FUZZ := $(GO) test -run '^$$' -fuzztime 30s -fuzzminimizetime 100x -fuzz
fuzz:
	$(FUZZ) FuzzParse ./app/caseno
	$(FUZZ) 'FuzzRead$$' ./app/bill/register
	$(FUZZ) FuzzReadXLSX ./app/bill/register
	$(FUZZ) FuzzAnswer ./app/bill/courtapi
	$(FUZZ) FuzzScan ./app/bill
	$(FUZZ) FuzzParse ./app/config
	$(FUZZ) FuzzVerify ./app/receipt
	$(FUZZ) FuzzCompose ./payment/wechat

# Golden pictures are made anew and must be looked at before they are committed.
golden:
	$(GO) test ./app/receipt/paper ./ui/kiosk ./app/ear -update
	$(GO) test ./ui/view -run TestWalkByEar -update

# The licences of everything in the program: after a change of modules or fonts.
notices:
	$(GO) test -run 'TestNotices$$' . -notices

# The README's pictures, and every screen in both languages and both ways a panel can stand.
gallery: build
	bin/courtkiosk gallery gallery-out/zh-portrait --lang zh --size 1080x1920
	bin/courtkiosk gallery gallery-out/zh-landscape --lang zh --size 1920x1080
	bin/courtkiosk gallery gallery-out/en-portrait --lang en --size 1080x1920
	bin/courtkiosk gallery gallery-out/readme --lang zh --size 540x960
	mkdir -p assets/docs
	cd gallery-out/readme && cp home.png case.png fee.png pay.png done-printed.png calc.png ../../assets/docs/

# Installs by name what is missing, and nothing else.
deps:
	@missing=""; for p in $(BUILD_PACKAGES) $(TEST_PACKAGES) $(MORE_PACKAGES); do \
		dpkg -s $$p 2>/dev/null | grep -q '^Status: install ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
		echo "Installing:$$missing"; \
		if ! command -v apt-get >/dev/null; then echo "No apt-get here. Install these by hand:$$missing"; exit 1; fi; \
		$(SUDO) apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

clean:
	rm -rf bin demo-out gallery-out
