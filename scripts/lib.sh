# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What every script here shares: paths, messages, the table of kernels, the
# private apt state, the quilt queue.  Sourced, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/irqspan
OUT=$ROOT/out
export IRQSPAN_START=${IRQSPAN_START:-$EPOCHSECONDS}
mkdir -p "$CACHE" "$OUT"
# On a guest's command line: CPU 0 does the housekeeping for the others.
# shellcheck disable=SC2034
ISOLATED='isolcpus=domain,managed_irq,1-3 nohz_full=1-3 rcu_nocbs=1-3'
# The variables of our own make are not the kernel's.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES

# say MESSAGE: one line of progress, with the seconds since the command began.
say() { printf '[%4ds] %s\n' $((EPOCHSECONDS - IRQSPAN_START)) "$*"; }

# die MESSAGE: what is wrong, and what to do about it.
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# logged LOG COMMAND...: the command's output goes to LOG; when it fails, what
# looks like the reason is shown.
logged()
{
	local log=$1
	shift
	mkdir -p "${log%/*}"
	if ! "$@" >"$log" 2>&1; then
		grep -E -m 20 'error|warning|undefined|\*\*\* ' "$log" >&2 || tail -n 20 "$log" >&2
		die "'$1' failed; the whole log is $log"
	fi
}

# lock WHAT: one WHAT ("build" or "rootfs") at a time on this machine.
lock()
{
	local what=$1 fd
	case ${IRQSPAN_LOCKS:-} in *"$what "*) return ;; esac
	exec {fd}>"$CACHE/lock-$what"
	flock -n "$fd" || { say "waiting for another $what on this machine"; flock "$fd"; }
	export IRQSPAN_LOCKS="${IRQSPAN_LOCKS:-}$what "
}

# hash_files FILE...: one hash over the files' contents.
hash_files() { cat -- "$@" | sha256sum | cut -c1-16; }

# --- kernels and architectures -----------------------------------------------

kernels() { sed 's/#.*//' "$ROOT/configs/kernels" | awk 'NF { print $1 }'; }

# kernel_row NAME: sets K_VERSION, K_PACKAGE and K_SUITES from configs/kernels.
kernel_row()
{
	local row
	row=$(sed 's/#.*//' "$ROOT/configs/kernels" | awk -v k="$1" '$1 "" == k')
	[ "$row" ] || die "no kernel '$1'; known: $(kernels | xargs)"
	# shellcheck disable=SC2034
	read -r _ K_VERSION K_PACKAGE K_SUITES <<<"$row"
}

# tree_version TREE: "6.12" from the tree's Makefile.
tree_version()
{
	[ -f "$1/Makefile" ] && [ -f "$1/Kbuild" ] && [ -d "$1/kernel/trace" ] ||
		die "$1 is not a Linux kernel source tree"
	awk -F' *= *' '$1 == "VERSION" { v = $2 }
		$1 == "PATCHLEVEL" && !n++ { print v "." $2 }' "$1/Makefile"
}

# queue_for VERSION: the name of the kernel whose queue fits that version.
queue_for()
{
	local name
	# Compared as strings: 6.1 is not 6.10.
	name=$(sed 's/#.*//' "$ROOT/configs/kernels" | awk -v v="$1" '$2 "" == v { print $1 }')
	[ "$name" ] || die "no queue for Linux $1; there is one for: $(
		sed 's/#.*//' "$ROOT/configs/kernels" | awk 'NF { print $2 }' | xargs)"
	echo "$name"
}

# arch_setup ARCH: Debian's name of it, the compiler prefix, the kernel image.
# shellcheck disable=SC2034
arch_setup()
{
	case $1 in
	x86_64) DEB_ARCH=amd64 GNU=x86_64-linux-gnu IMAGE=arch/x86/boot/bzImage ;;
	arm64)  DEB_ARCH=arm64 GNU=aarch64-linux-gnu IMAGE=arch/arm64/boot/Image ;;
	*) die "no architecture '$1'; known: x86_64 arm64" ;;
	esac
	CROSS=$GNU-
	[ "$(dpkg --print-architecture)" != "$DEB_ARCH" ] || CROSS=
}

# fragments KERNEL ARCH FLAVOUR: FRAGMENTS, the configuration files to merge.
fragments()
{
	local names=(guest "$1" "arch/$2") name
	case $3 in
	stock) ;;
	irqsoff | irqspan) names+=("$3") ;;
	test)  names+=(irqspan test "test-$1") ;;
	debug) names+=(irqspan test "test-$1" debug) ;;
	kasan) names+=(irqspan test "test-$1" debug kasan) ;;
	rt)    names+=(irqspan test "test-$1" rt) ;;
	rt-debug) names+=(irqspan test "test-$1" debug rt) ;;
	objtool-*) names+=(irqspan test "test-$1" "$3")
		[ -f "$ROOT/configs/$3.config" ] || die "no flavour '$3': see scripts/objtool" ;;
	*) die "no flavour '$3'; known: test debug kasan rt rt-debug stock irqspan irqsoff" ;;
	esac
	FRAGMENTS=()
	for name in "${names[@]}"; do
		[ ! -f "$ROOT/configs/$name.config" ] || FRAGMENTS+=("$ROOT/configs/$name.config")
	done
}

# unpatched FLAVOUR: whether it is built from the source as it came.
unpatched() { case $1 in stock | irqsoff) ;; *) false ;; esac; }

# make_setup TREE BUILD ARCH: KMAKE, the make command for an out-of-tree build
# whose objects ccache finds again.
make_setup()
{
	arch_setup "$3"
	export CCACHE_DIR=$CACHE/ccache CCACHE_MAXSIZE=5G CCACHE_SLOPPINESS=time_macros
	# A build of the same files in another cache is the same.
	export CCACHE_BASEDIR=$CACHE
	export KBUILD_BUILD_TIMESTAMP=@0 KBUILD_BUILD_VERSION=1
	export KBUILD_BUILD_USER=irqspan KBUILD_BUILD_HOST=irqspan
	# shellcheck disable=SC2034
	KMAKE=(make -C "$1" "O=$2" "ARCH=$3" "CROSS_COMPILE=$CROSS"
	       "CC=ccache ${CROSS}gcc" "HOSTCC=ccache gcc" -j"$(nproc)")
}

# --- Debian packages, without touching the system's apt ----------------------

# archive LABEL: URI of the archive with that label, as this machine's own apt
# has it.
archive()
{
	# shellcheck disable=SC2016	# apt's own variables
	apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' -v l="$1" '$1 == l && !n++ { print $2 }'
}

# apt_private DEB_ARCH SUITE...: a private apt for these suites.  Sets APT, the
# options that every apt command then needs, and APT_DEBS, where it downloads to.
apt_private()
{
	local arch=$1 state suite uri
	shift
	state=$CACHE/apt/$arch-$(echo "$*" | tr ' ' +)
	APT=(-o "Dir::State=$state" -o "Dir::State::Lists=$state/lists"
	     -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache"
	     -o "Dir::Etc::SourceList=$state/sources.list"
	     -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
	     -o "APT::Architecture=$arch" -o "APT::Architectures=$arch"
	     -o APT::Sandbox::User=root -o APT::Install-Recommends=false
	     -o Acquire::Languages=none -o Acquire::Retries=3)
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	# Another command may be using what is there: it gets the old or the new.
	[ -e "$state/status" ] || : >"$state/status"
	for suite; do
		case $suite in
		*-security) uri=$(archive Debian-Security) ;;
		*)          uri=$(archive Debian) ;;
		esac
		[ "$uri" ] || continue
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main"
	done >"$state/sources.list.$BASHPID"
	mv "$state/sources.list.$BASHPID" "$state/sources.list"
	# shellcheck disable=SC2034
	APT_STAMP=$state/updated APT_DEBS=$state/cache/archives
}

# apt_update WHEN: refresh the private lists: "now", or "daily".
apt_update()
{
	[ "$1" = daily ] && [ "$(find "$APT_STAMP" -mtime -1 2>/dev/null)" ] && return
	if apt-get "${APT[@]}" update >"$APT_STAMP.log" 2>&1 &&
	   ! grep -q '^[WE]: Failed to fetch' "$APT_STAMP.log"; then
		touch "$APT_STAMP"
	else
		grep '^E:' "$APT_STAMP.log" >&2 || true
		[ -e "$APT_STAMP" ] || return 1
		say "no package archive within reach: going on with what is here"
	fi
}

# --- the quilt queue ---------------------------------------------------------

# queue_files QUEUE: every file that the queue touches.
queue_files()
{
	cat "$1"/*.patch | sed -nE 's,^(---|\+\+\+) [ab]/([^	]*).*,\2,p' | sort -u
}

# push TREE: all patches of TREE's quilt queue, without fuzz.
push() { (cd "$1" && quilt --quiltrc=- push -a --fuzz=0); }

# trial QUEUE TREE SCRATCH: apply the queue in SCRATCH, to copies of just those
# files of TREE that it touches.  What went wrong is left in SCRATCH/.log.
trial()
{
	local queue=$1 tree=$2 scratch=$3
	mkdir -p "$scratch"
	cp -r "$queue" "$scratch/patches"
	queue_files "$queue" | (cd "$tree" && xargs -rd '\n' ls -d 2>/dev/null || true) |
		(cd "$tree" && xargs -rd '\n' cp -p --parents -t "$scratch")
	push "$scratch" >"$scratch/.log" 2>&1
}
