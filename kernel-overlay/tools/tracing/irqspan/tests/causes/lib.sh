# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the cases of the other files here share: a program is measured while something goes on
# beside it, and the causes that irqspan why names are held against the list, causes.tsv.
# Sourced by causes.sh, after guest_lib.sh.

# The list, and the program that provokes: in the guest beside causes.sh, else where they are made
known=$here/causes.tsv
[ -e "$known" ] || known=$here/../causes.tsv
PROVOKE=$here/provoke
[ ! -d "$PROVOKE" ] || PROVOKE=$here/provoke/provoke
arch=$(uname -m)
# What that list says of each cause that has been provoked
rows=()
# Where all else runs
taskset -pc 0 $$ >/dev/null

# on ARCH: else the case is skipped
on() { [ "$arch" = "$1" ] || { echo "not on $arch"; return 4; }; }

# --- What irqspan why says ---------------------------------------------------------

# literal TEXT: as a regular expression; {FIELD} stands for anything
literal() { sed -E 's/[][\.*^$+?()|{}]/\\&/g; s/\\\{[a-z]*\\\}/.+/g' <<<"$1"; }
# named TITLE "KIND CONDITIONS" [LEAST]: causes with such a first line were there so often, and
# have with them what the list says in the row that has these conditions; further patterns
# behind a | may be left out
named()
{
	local kind=${2%% *} conditions=${2#* } least=${3:-1} what todo n
	IFS=$'\t' read -r what todo < <(KIND=$kind CONDITIONS=$conditions awk -F '\t' -v OFS='\t' \
		'$1 == ENVIRON["KIND"] && index($2 "|", ENVIRON["CONDITIONS"] "|") == 1 {
			if (!found || $2 == ENVIRON["CONDITIONS"]) found = $3 OFS $4
		}
		END { print found }' "$known")
	[ "$what" ] || { echo "no such row: $2"; return 1; }
	rows+=("$what")
	n=$(TITLE=$1 WHY="Why: $(literal "$what")" TODO="Do:  $(literal "$todo")" awk -v RS= '
		$1 ~ /^[0-9]+\.$/ && match($0, ENVIRON["WHY"]) && match($0, ENVIRON["TODO"]) {
			split($0, line, "\n")
			if (line[1] ~ ENVIRON["TITLE"] && match(line[2], /: [0-9]+ time/))
				n += substr(line[2], RSTART + 2)
		}
		END { print n + 0 }' "$TMP/out")
	[ "$n" -ge "$least" ] || { echo "$n times, not $least: $1, as '$2'"; return 1; }
}
# do_as_told PATTERN: do what is told of that cause, which is to write something to a file
do_as_told()
{
	local todo
	todo=$(block "$1" | sed -nE 's/^ *Do: *(echo [0-9,-]+ > [^ ,]*),.*/\1/p')
	echo "told to: $todo"
	[ "$todo" ] && eval "$todo"
}

# --- What goes on meanwhile --------------------------------------------------------

# beside OPTION... -- COMMAND...: measure $cpu while that runs, as it exits, 0 or 2
beside()
{
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	"$IRQSPAN" why -n 1000 -c $cpu "${options[@]}" -- \
		sh -c '"$@" >/dev/null 2>&1' sh "$@" >"$TMP/out" 2>"$TMP/err"
	case $? in 0 | 2) ;; *) echo "exit $?"; return 1 ;; esac
}
# provoke WHAT N [OPTION...]: the same while the program provoke does that to $cpu, from CPU 0
provoke() { beside "${@:3}" -- "$PROVOKE" "$1" $cpu 0 "$2"; }

# --- Settings --------------------------------------------------------------------

# with_setting FILE VALUE COMMAND...: the command runs while the file has that value, and then,
# also if it fails, the former one is put back. Exits as the command does; or with 4, by which
# the case is skipped, where the file cannot be written.
with_setting()
{
	local former status=0
	if ! former=$(setting "$1" "$2") || ! echo "$2" >"$1"; then
		echo "$1 does not take $2"
		return 4
	fi
	"${@:3}" || status=$?
	echo "$former" >"$1" || { echo "$1 does not take $former back"; return 1; }
	return $status
}
# setting FILE VALUE: what has to be written to the file to have what it says now, after VALUE.
# Of switches, which are named in capitals and off with NO_, it says all; of a choice, all that
# there is, with the one that counts in brackets.
setting()
{
	local now
	case $2 in
	[[:upper:]]*) grep -oE "\<(NO_)?${2#NO_}\>" "$1" ;;
	*)	now=$(cat "$1") || return
		[[ $now != *\[*\]* ]] || { now=${now#*\[}; now=${now%%\]*}; }
		echo "$now" ;;
	esac
}
# stay COMMAND...: while hrtimers stay on the CPU that starts them
stay() { with_setting /proc/sys/kernel/timer_migration 0 "$@"; }
# rcu_here COMMAND...: while the thread that looks after grace periods is bound to $cpu
rcu_here()
{
	local thread former status=0
	thread=$(pgrep -x 'rcu_(preempt|sched)') && former=$(taskset -pc "$thread") &&
		taskset -pc $cpu "$thread" >/dev/null || return
	"$@" || status=$?
	taskset -pc "${former##*: }" "$thread" >/dev/null
	return $status
}
# without_fair_server COMMAND...: while the scheduler's fair server of $cpu is off. The file for
# that is there with CONFIG_SCHED_DEBUG. A task has to be busy there when it is written: Linux
# 6.12 stops the server by that even if it does nothing, which upsets its accounts, and warns.
server_runtime=/sys/kernel/debug/sched/fair_server/cpu$cpu/runtime
without_fair_server()
{
	local busy status=0
	"$PROVOKE" spin $cpu 0 60000 &
	busy=$!
	sleep 1
	with_setting "$server_runtime" 0 once_over $busy "$@" || status=$?
	kill $busy 2>/dev/null
	return $status
}
once_over() { kill "$1"; wait "$1"; "${@:2}"; }
# calm COMMAND...: when the fair server leaves $cpu alone. Since Linux 6.12 it starts a timer,
# dl_task_timer, when an ordinary task runs there, which expires up to 1 s later, even if the CPU
# sleeps again. That disturbs it really, though nobody does anything any more. So this waits until
# the timer of the last task is over; and where it can be, the server is off, so that no thread of
# the kernel starts it meanwhile.
calm()
{
	if [ -e $server_runtime ]; then
		without_fair_server after_a_while "$@"
	else
		after_a_while "$@"
	fi
}
after_a_while() { sleep 2; "$@"; }

# --- What several files of cases take ------------------------------------------------

# since VERSION: whether the kernel is of that version or a later one
since() { [ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]; }
# mounts N: what a script has to do that mounts something so often, and waits for RCU each time
mounts()
{
	mkdir -p "$TMP/mnt"
	echo "for i in \$(seq $1); do mount -t tmpfs none '$TMP/mnt'; umount '$TMP/mnt'; done"
}
# As a tracer does, with an event that nobody else has on
toggles()
{
	echo 'for i in 1 2 3 4 5 6; do for n in 1 0; do'
	echo "echo \$n >$tracing/events/task/task_rename/enable"
	echo 'done; done'
}
perf_runs()
{
	perf record -q -o "$TMP/perf.data" "$@" -e cpu-clock -C 0 true >"$TMP/perf.said" 2>&1 ||
		{ echo "perf does not run: $(tail -n 1 "$TMP/perf.said")"; return 4; }
}
# The kernel tells what a CPU does that is busy, for which it interrupts it by NMI.
backtrace()
{
	on x86_64 || return
	[ -w /proc/sysrq-trigger ] || { echo "no sysrq"; return 4; }
	cat >"$TMP/backtrace" <<-END
	"$PROVOKE" spin $cpu 0 60000 &
	for i in 1 2 3 4 5; do sleep 0.3; echo l >/proc/sysrq-trigger; done
	kill \$!
	END
	with_setting /proc/sys/kernel/sysrq 1 backtraces
}
backtraces()
{
	for _ in 1 2 3; do
		beside -- sh "$TMP/backtrace" &&
			named 'a non-maskable interrupt \(NMI\) took long' 'span context=nmi' &&
			return
	done
	return 1
}
# The first network card, which sends to the second one; its interrupts are where all else runs.
card()
{
	ip netns add far 2>/dev/null || return 0
	ip link set eth1 netns far
	ip link set eth0 up
	ip -n far link set eth1 up
	ip addr add fe80::1/64 dev eth0 nodad
	ip -n far addr add fe80::2/64 dev eth1 nodad
	echo 0 >"$(card_affinity)"
	sleep 1
}
card_irq() { sed -nE 's/^ *([0-9]+):.* eth0(,.*)?$/\1/p' /proc/interrupts; }
card_affinity() { echo "/proc/irq/$(card_irq)/smp_affinity_list"; }
# pings [OPTION...]
# shellcheck disable=SC2120
pings() { beside "$@" -- ping -q -6 -f -w 2 -s 1000 fe80::2%eth0; }

# --- Where nothing is done ---------------------------------------------------------

# nothing LIMIT: a CPU that sleeps is not disturbed, and nothing of what has been provoked
# is found. Some of it goes on by itself: what idle CPUs do, and what wakes up.
nothing()
{
	local what pid
	# What wakes up the threads of RCU is never nothing: with the remedy they are elsewhere.
	for pid in $(pgrep '^rcu'); do taskset -pc 0 "$pid" >/dev/null 2>&1; done
	beside --limit "$1" -- sleep 2 && says "^CPU $cpu was not disturbed" || return
	for what in "${rows[@]}"; do
		case $what in
		*idle* | *'tick of the CPU'* | *'Code of the kernel itself'* | \
			'An interrupt took'* | 'Most of that time'* | 'A handler took long'* | \
			'Another CPU had '* | 'Timers expired, '* | 'The scheduler'* | \
			'Interrupts were off since '*) ;;
		*) ! grep -F -- "Why: $what" "$TMP/out" || return ;;
		esac
	done
	hides 'clocksource|CLOCK_UNSTABLE' || return
	[ ${#rows[@]} -ge 10 ]
}
