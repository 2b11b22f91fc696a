# SPDX-License-Identifier: GPL-2.0
#
# The commands of irqspan's repository; each is a script under scripts/.

KERNEL     ?= 6.12
ARCH       ?= x86_64
FLAVOUR    ?= test
KERNEL_SRC ?=
NEAREST    ?=
SET        ?=
MINUTES    ?=
export KERNEL_SRC NEAREST MINUTES

# What check-all has beyond check, each kernel and architecture first.
REST = mainline arm64-6.12 tool trouble faults 6.1 steps-6.12 upstream arm64-mainline rt arm64-6.1 \
	steps-mainline kasan stress objtool unwinders parts up riscv64-6.12 arm-6.12 riscv64-mainline

.DEFAULT_GOAL := help

help:		## Show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | \
		awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'
	@echo
	@echo '  KERNEL=$(KERNEL)        which kernel: see configs/kernels'
	@echo '  ARCH=$(ARCH)        x86_64, arm64, arm (v7) or riscv64'
	@echo '  FLAVOUR=$(FLAVOUR)       test, debug (lockdep and more), kasan (debug and KASAN),'
	@echo '                     kcsan (test with what finds data races),'
	@echo '                     crash, suspend, faults, dump, kvm, trouble (test with what these take),'
	@echo '                     stock (without irqspan), irqspan or irqsoff (nothing but that tracer),'
	@echo '                     rt, rt-debug (test and debug with PREEMPT_RT),'
	@echo '                     guess, fp (test without unwind tables),'
	@echo '                     ibt, field, up (x86_64), pnmi, 64k, hardened (arm64), lto, kcfi (CC=clang),'
	@echo "                     debian (Debian's own, without its modules), upstream, upstream-stock"
	@echo '  CC=clang           check-cell: another compiler than gcc'
	@echo '  KERNEL_SRC=        your own kernel tree: "apply" and "unapply" change it, the others'
	@echo '                     copy it'
	@echo '  NEAREST=1          apply: the queue of another version, if all of it applies'
	@echo '  SET=               series, mbox: a set of patches/series'
	@echo '  TWICE=1            bench: all of it again, and how far apart the two are'
	@echo '  SINGLE=1           stress: the CPUs of the guest take turns in one thread'
	@echo '  KVM=1              run guests under KVM rather than TCG'
	@echo
	@echo '  Sources, builds and logs are cached in $${XDG_CACHE_HOME:-~/.cache}/irqspan.'

demo:		## Build a kernel, boot it, and show where its interrupts were off, and why
	@scripts/demo $(KERNEL) $(ARCH)

check:		## All static checks and tests on 6.12, x86_64, also with lockdep
	@scripts/test base debug

check-all:	## The same on every kernel and architecture, and upstream's own tests
	@scripts/test base debug $(REST)

check-rest:	## What check-all does beyond check; with MINUTES= what can begin by then
	@scripts/test $(if $(MINUTES),--rotate) $(REST)

check-cell:	## The tests on just KERNEL for ARCH in FLAVOUR, built with CC
	@scripts/test cell $(KERNEL) $(ARCH) $(FLAVOUR)$(if $(filter clang%,$(notdir $(CC))),-clang)

stress: build	## Do everything at once to KERNEL in FLAVOUR, for MINUTES= (10) or somewhat longer
	@scripts/stress $(if $(SINGLE),--single) $(KERNEL) $(ARCH) $(FLAVOUR) $(MINUTES)

fuzz:		## Read and write the files of KERNEL with KASAN: OPERATIONS= STARTS= SEED=
	@scripts/build $(KERNEL) x86_64 kasan
	@scripts/fuzz $(KERNEL) $(or $(OPERATIONS),10000) $(or $(STARTS),100) $(SEED)

faults:		## Let each allocation fail in turn; who is kept out; what a dump tells
	@scripts/test faults

steps:		## Build each step of the queue for KERNEL, boot and test after each set
	@scripts/steps $(KERNEL)

static:		## The checks that need no guest, for KERNEL
	@scripts/static $(KERNEL)

series:		## Compose the patch queue for KERNEL in out/series-KERNEL, or one SET of it
	@scripts/setup series
	@scripts/compose $(KERNEL) $(if $(SET),out/series-$(KERNEL)-$(SET) $(SET))

mbox:		## Write the mails of SET (or all sets) for KERNEL to out/mbox-KERNEL; none is sent
	@scripts/mbox $(KERNEL) $(SET)

apply:		## Apply the queue that fits KERNEL_SRC to it, with quilt
	@scripts/apply "$(KERNEL_SRC)"

unapply:	## Take it out of KERNEL_SRC again
	@scripts/unapply "$(KERNEL_SRC)"

build:		## Build KERNEL for ARCH in FLAVOUR
	@scripts/build $(KERNEL) $(ARCH) $(FLAVOUR)

bench:		## Count what irqspan costs, beside its peers, on KERNEL for ARCH
	@scripts/bench $(if $(TWICE),--twice) $(KERNEL) $(ARCH)

codegen:	## Count the instructions of each function of KERNEL for ARCH, with and without
	@scripts/codegen $(KERNEL) $(ARCH)

distribution:	## Build Debian's own kernel with irqspan, and measure it; takes long
	@scripts/distribution $(KERNEL) $(ARCH)

shell: build	## Boot it and give a shell in the guest, with irqspan(1)
	@scripts/tool $(KERNEL) $(ARCH) build
	@scripts/boot --add "$${XDG_CACHE_HOME:-$$HOME/.cache}/irqspan/tool/$(ARCH)/irqspan" \
		$(KERNEL) $(ARCH) $(FLAVOUR) shell

setup:		## Install the Debian packages that all this needs, but clang
	@scripts/setup series build boot arm64 arm riscv64 check tool pages dump
	@rmdir out 2>/dev/null || true	# if it was made now, root owns it

clean:		## Remove what the commands left in out/
	rm -rf out

distclean: clean ## Remove the cache too: sources, builds, packages
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/irqspan"

.PHONY: help demo check check-all check-rest check-cell stress fuzz faults steps static series mbox apply unapply build codegen \
	bench distribution shell setup clean distclean
