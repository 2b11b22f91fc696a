# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What every script here shares: paths, messages, the table of kernels, the
# private apt state, the quilt queue.  Sourced, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${XDG_CACHE_HOME:-${HOME:-}/.cache}/irqspan
OUT=$ROOT/out
export IRQSPAN_START=${IRQSPAN_START:-$EPOCHSECONDS}
# For a guest's kernel command line: CPUs 1 to 3 are isolated, CPU 0 does their housekeeping.
# shellcheck disable=SC2034
ISOLATED='isolcpus=domain,managed_irq,1-3 nohz_full=1-3 rcu_nocbs=1-3'
# Keep the settings of our own make from the kernel's.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES

# say MESSAGE: print a line of progress, with the seconds since the command began.
say() { printf '[%4ds] %s\n' $((EPOCHSECONDS - IRQSPAN_START)) "$*"; }

# die MESSAGE: exit with a message that says what is wrong, and what to do about it.
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

{ [ "${XDG_CACHE_HOME:-}${HOME:-}" ] && mkdir -p "$CACHE" 2>/dev/null; } ||
	die "cannot make $CACHE, for sources and builds: set XDG_CACHE_HOME to a folder of yours"
mkdir -p "$OUT" 2>/dev/null || die "cannot make $OUT: run this in a clone that you can write to"

# logged LOG COMMAND...: run COMMAND with its output to LOG. If it fails, exit, and show the
# lines of LOG that look like the reason.
logged()
{
	local log=$1
	shift
	mkdir -p "${log%/*}"
	"$@" >"$log" 2>&1 || failed "$1" "$log"
}

# failed WHAT LOG: exit, and show the lines of LOG that look like the reason.
failed()
{
	grep -E -m 20 'error|warning|undefined|\*\*\* ' "$2" >&2 || tail -n 20 "$2" >&2
	die "'$1' failed; the whole log is $2"
}

# lock WHAT: wait until no other script on this machine has this lock ("build", "rootfs"
# or "tool").
lock()
{
	local what=$1
	case ${IRQSPAN_LOCKS:-} in *"$what "*) return ;; esac
	exec {LOCK_FD}>"$CACHE/lock-$what"
	flock -n "$LOCK_FD" || { say "waiting for another $what on this machine"; flock "$LOCK_FD"; }
	export IRQSPAN_LOCKS="${IRQSPAN_LOCKS:-}$what "
}

# unlock WHAT: release the lock, which has to be the last that was taken. Does nothing if a
# script that called this one has taken it.
unlock()
{
	[ "${LOCK_FD:-}" ] || return 0
	export IRQSPAN_LOCKS="${IRQSPAN_LOCKS/"$1 "/}"
	flock -u "$LOCK_FD"
	exec {LOCK_FD}>&-
	LOCK_FD=''
}

# hash_files FILE...: print one hash of the contents of all files.
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

# tree_version TREE: print the tree's version, such as "6.12", from its Makefile.
tree_version()
{
	[ -f "$1/Makefile" ] && [ -f "$1/Kbuild" ] && [ -d "$1/kernel/trace" ] ||
		die "$1 is not a Linux kernel source tree"
	awk -F' *= *' '$1 == "VERSION" { v = $2 }
		$1 == "PATCHLEVEL" && !n++ { print v "." $2 }' "$1/Makefile"
}

# queue_for VERSION: print the name of the kernel whose queue is for that version, or nothing.
queue_for()
{
	# Compared as strings: 6.1 is not 6.10.
	sed 's/#.*//' "$ROOT/configs/kernels" | awk -v v="$1" '$2 "" == v && !n++ { print $1 }'
}

# nearest VERSION: print the names of all kernels, those with the nearest versions first.
nearest()
{
	# Up to twenty versions have the same first number: 5.0 to 5.19.
	sed 's/#.*//' "$ROOT/configs/kernels" | awk -v v="$1" '
		function number(v) { split(v, part, "."); return part[1] * 20 + part[2] }
		NF { d = number($2) - number(v); print (d < 0 ? -d : d), $1 }' |
		sort -n | cut -d ' ' -f 2
}

# arch_setup ARCH: set Debian's and the kernel's name of the architecture, the compiler prefix
# and the image.
# shellcheck disable=SC2034
arch_setup()
{
	KARCH=$1
	case $1 in
	x86_64) DEB_ARCH=amd64 GNU=x86_64-linux-gnu IMAGE=arch/x86/boot/bzImage ;;
	arm64)  DEB_ARCH=arm64 GNU=aarch64-linux-gnu IMAGE=arch/arm64/boot/Image ;;
	arm)    DEB_ARCH=armhf GNU=arm-linux-gnueabihf IMAGE=arch/arm/boot/zImage ;;
	riscv64) DEB_ARCH=riscv64 KARCH=riscv GNU=riscv64-linux-gnu IMAGE=arch/riscv/boot/Image ;;
	*) die "no architecture '$1'; known: x86_64 arm64 arm riscv64" ;;
	esac
	CROSS=$GNU-
	[ "$(dpkg --print-architecture)" != "$DEB_ARCH" ] || CROSS=
}

# kvm_usable ARCH: can guests of that architecture run under KVM here?  The device alone does
# not tell: without vmx or svm a guest may hang.
kvm_usable()
{
	[ "$(uname -m)" = "${1/arm64/aarch64}" ] && [ -r /dev/kvm ] && [ -w /dev/kvm ] || return
	[ "$1" != x86_64 ] || grep -qwE 'vmx|svm' /proc/cpuinfo || return
	# KVM_CREATE_VM
	python3 -c 'import fcntl; fcntl.ioctl(open("/dev/kvm", "rb+", buffering=0), 0xae01, 0)' 2>/dev/null
}

# fragments KERNEL ARCH FLAVOUR: set FRAGMENTS to the configuration files to merge. A flavour
# that ends in "-clang", for the compiler, has the same files as without that.
fragments()
{
	local names=(guest "$1" "arch/$2" "arch/$2-$1") name
	set -- "$1" "$2" "${3%-clang}"
	case $3 in
	stock) ;;
	irqsoff | irqspan) names+=("$3") ;;
	upstream-stock) names+=(upstream) ;;
	upstream) names+=(irqspan upstream) ;;
	test)  names+=(irqspan test "test-$1") ;;
	debug) names+=(irqspan test "test-$1" debug) ;;
	kasan) names+=(irqspan test "test-$1" debug kasan) ;;
	crash) names+=(irqspan test "test-$1" crash "crash-$1") ;;
	rt)    names+=(irqspan test "test-$1" rt) ;;
	suspend) names+=(irqspan test "test-$1" suspend) ;;
	guess | fp | ibt | pnmi | 64k | hardened | up | lto) names+=(irqspan test "test-$1" "$3") ;;
	kcfi)  names+=(irqspan test "test-$1" "kcfi-$1") ;;
	trouble) names+=(irqspan test "test-$1" crash "crash-$1" suspend kvm "kvm-$2" trouble "sched-debug-$1") ;;
	faults) names+=(irqspan test "test-$1" faults) ;;
	field) names+=(irqspan test "test-$1" field "sched-debug-$1") ;;
	dump) names+=(irqspan test "test-$1" dump) ;;
	kvm)   names+=(irqspan test "test-$1" kvm "kvm-$2") ;;
	kcsan) names+=(irqspan test "test-$1" kcsan) ;;
	rt-debug) names+=(irqspan test "test-$1" debug rt) ;;
	debian) names=(debian irqspan debian-test) ;;
	debian-stock) names=(debian) ;;
	objtool-*) names=(objtool "$1" irqspan "$3")
		[ -f "$ROOT/configs/$3.config" ] || die "no flavour '$3': see scripts/objtool" ;;
	*) die "no flavour '$3'; known: test debug kasan kcsan crash suspend faults field dump kvm trouble guess fp rt rt-debug ibt pnmi 64k hardened up lto kcfi debian debian-stock upstream upstream-stock stock irqspan irqsoff" ;;
	esac
	FRAGMENTS=()
	for name in "${names[@]}"; do
		[ ! -f "$ROOT/configs/$name.config" ] || FRAGMENTS+=("$ROOT/configs/$name.config")
	done
}

# unpatched FLAVOUR: is it built from the source without our patches?
unpatched() { case $1 in stock | irqsoff | debian-stock | upstream-stock) ;; *) false ;; esac; }

# The clang that flavours ending in "-clang" are built with
CLANG=19

# compiler FLAVOUR: print the command that compiles C; call arch_setup first.
compiler() { case $1 in *-clang) echo "clang-$CLANG" ;; *) echo "${CROSS}gcc" ;; esac; }

# make_setup TREE BUILD ARCH: set KMAKE to the make command for an out-of-tree build whose
# objects ccache can find again. The name of BUILD, a flavour at its end, tells the compiler.
make_setup()
{
	arch_setup "$3"
	export CCACHE_DIR=$CACHE/ccache CCACHE_MAXSIZE=5G CCACHE_SLOPPINESS=time_macros
	# Let ccache find objects of a build in another cache folder, too.
	export CCACHE_BASEDIR=$CACHE
	export KBUILD_BUILD_TIMESTAMP=@0 KBUILD_BUILD_VERSION=1
	export KBUILD_BUILD_USER=irqspan KBUILD_BUILD_HOST=irqspan
	# shellcheck disable=SC2034
	KMAKE=(make -C "$1" "O=$2" "ARCH=$KARCH" "CROSS_COMPILE=$CROSS"
	       "CC=ccache $(compiler "$2")" "HOSTCC=ccache gcc" -j"$(nproc)")
	case $2 in *-clang) KMAKE+=("LLVM=-$CLANG") ;; esac
}

# kernel_make LOG TARGET...: make those targets by KMAKE. Every 20 s print how many objects are
# compiled, of how many that a dry run has listed.
kernel_make()
{
	local log=$1 object='^  (CC|AS) +(\[M\] +)?[^ ]*\.o' name=${1##*/} expected reporter status=0
	shift
	mkdir -p "${log%/*}"
	"${KMAKE[@]}" prepare >"$log" 2>&1 || return
	expected=$("${KMAKE[@]}" -n -k "$@" 2>/dev/null |
		sed -n "s/^.*echo '\(  [^']*\)'.*/\1/p" | grep -cE "$object" || true)
	while sleep 20 >/dev/null 2>&1; do
		say "  $name: $(grep -cE "$object" "$log") of about $expected objects"
	done &
	reporter=$!
	"${KMAKE[@]}" "$@" >>"$log" 2>&1 || status=$?
	kill "$reporter" 2>/dev/null || true
	wait "$reporter" 2>/dev/null || true
	return $status
}

# --- Debian packages, without touching the system's apt ----------------------

# archive LABEL: print the URI of the archive with that label, from this machine's own apt
# configuration.
archive()
{
	# shellcheck disable=SC2016	# apt's own variables
	apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' -v l="$1" '$1 == l && !n++ { print $2 }'
}

# apt_private DEB_ARCH SUITE...: set up a private apt for these suites.  Sets APT, the options
# that every apt command then needs, and APT_DEBS, the folder that it downloads to.
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
	# Replace the list at once: another command may be reading it.
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

# apt_update WHEN: refresh the private lists "now", or at most "daily".  If that fails, the
# lists that were fetched before stay in use; "daily" tries again after an hour.
apt_update()
{
	local suites=${APT_STAMP%/*}
	suites=${suites##*/}
	suites=${suites#*-}
	if [ "$1" = daily ]; then
		[ -z "$(find "$APT_STAMP" -mtime -1 2>/dev/null)" ] || return 0
		[ -z "$(find "$APT_STAMP.failed" -mmin -60 2>/dev/null)" ] || { [ -e "$APT_STAMP" ]; return; }
	fi
	if apt-get "${APT[@]}" update >"$APT_STAMP.log" 2>&1 &&
	   ! grep -qE '^[WE]: (Failed to fetch|Release file for)' "$APT_STAMP.log"; then
		touch "$APT_STAMP"
		rm -f "$APT_STAMP.failed"
		return
	fi
	touch "$APT_STAMP.failed"
	say "the package lists of $suites cannot be had: $(
		sed -nE 's/^[WE]: (Failed to fetch [^ ]* *)?//p' "$APT_STAMP.log" | tail -n 1 |
		sed -E 's,[a-z]+://[^ ]*,(address),g' | cut -c1-120)"
	[ -e "$APT_STAMP" ]
}

# fetch_package TO DEB_ARCH PACKAGE[=VERSION] SUITE...: download that Debian package to the folder
# TO, from the first of the suites that has it, and set FETCHED_FROM to that suite. Each suite has
# a private apt of its own: one that cannot be read takes nothing from the others. If no suite has
# the package, return 1, and set NOT_FETCHED to a sentence that says why of each suite.
fetch_package()
{
	local to=$1 arch=$2 package=$3 suite when why
	shift 3
	NOT_FETCHED="$package is not to be had from any suite:"
	for suite; do
		apt_private "$arch" "$suite"
		for when in daily now; do
			apt_update "$when" || { why='its package lists cannot be had'; break; }
			(cd "$to" && apt-get "${APT[@]}" download "$package") >"$to/.fetch" 2>&1 && {
				rm -f "$to/.fetch"
				# shellcheck disable=SC2034
				FETCHED_FROM=$suite
				return
			}
			why=$({ grep -m 1 '^E: ' "$to/.fetch" || tail -n 1 "$to/.fetch"; } |
				sed -E 's/^E: //; s,[a-z]+://[^ ]*,(address),g' | cut -c1-120)
			# If it is in the lists and yet not there, the archive may have moved on.
			grep -q '^E: Failed to fetch' "$to/.fetch" || break
		done
		NOT_FETCHED+=" $suite ($why)"
	done
	rm -f "$to/.fetch"
	return 1
}

# --- the quilt queue ---------------------------------------------------------

# queue_files QUEUE: print every file that the queue touches.
queue_files()
{
	cat "$1"/*.patch | sed -nE 's,^(---|\+\+\+) [ab]/([^	]*).*,\2,p' | sort -u
}

# push TREE: apply all patches of TREE's quilt queue, without fuzz.
push() { (cd "$1" && quilt --quiltrc=- push -a --fuzz=0); }

# copy_touched QUEUE TREE TO: copy those files of TREE that the queue touches to the folder TO.
copy_touched()
{
	mkdir -p "$3"
	queue_files "$1" | (cd "$2" && xargs -rd '\n' ls -d 2>/dev/null || true) |
		(cd "$2" && xargs -rd '\n' cp -p --parents -t "$3")
}

# trial QUEUE TREE SCRATCH: apply the queue in SCRATCH, to copies of those files of TREE that
# it touches.  The messages are left in SCRATCH/.log.
trial()
{
	copy_touched "$1" "$2" "$3"
	cp -r "$1" "$3/patches"
	push "$3" >"$3/.log" 2>&1
}

# each_patch QUEUE TREE SCRATCH: try each patch of the queue, even if one before it failed.
# Prints "yes PATCH", or "no PATCH" and then "   FILE: WHY" for each file that does not fit.
each_patch()
{
	local patch
	copy_touched "$1" "$2" "$3"
	while read -r patch; do
		patch -d "$3" -p1 --fuzz=0 --batch --forward --no-backup-if-mismatch --reject-file=- \
			<"$1/$patch" 2>&1 | awk -v patch="$patch" '
			function why(file, text) { if (!(file in seen)) list[++n] = file; seen[file] = text }
			/^patching file/ { file = $3; gsub(/\047/, "", file) }
			/^The next patch (would|,)/ { why($0, "") }
			/^[0-9]+ out of [0-9]+ hunks? (FAILED|ignored)/ { why(file, $1 " of " $4 " hunks do not fit") }
			/^can.t find file/ { lost = 1 }
			lost && /^\|\+\+\+ / { file = $2; sub(/^b\//, "", file); lost = 0 }
			/^Skipping patch|^[0-9]+ out of [0-9]+ hunks? ignored/ { why(file, "is not there, or has it already") }
			END {
				print (n ? "no " : "yes ") patch
				for (i = 1; i <= n; i++)
					print "   " list[i] (seen[list[i]] ? ": " seen[list[i]] : "")
			}'
	done <"$1/series"
}
