# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the cases in the other files here share. A case runs irqspan why while something disturbs
# a CPU, and checks that it names the cause as the list causes.tsv says.
# Sourced by causes.sh, after guest_lib.sh.

# The list, and the program that disturbs CPUs: in a guest they are beside causes.sh, in the
# source tree elsewhere.
known=$here/causes.tsv
[ -e "$known" ] || known=$here/../causes.tsv
PROVOKE=$here/provoke
[ ! -d "$PROVOKE" ] || PROVOKE=$here/provoke/provoke
arch=$(uname -m)
# What the list says of each cause that a case has provoked: the function nothing() looks for
# these texts where nothing is done.
rows=()
# Everything else runs on CPU 0.
taskset -pc 0 $$ >/dev/null

# on ARCH: skip the case if this machine has another architecture
on() { [ "$arch" = "$1" ] || { echo "not on $arch"; return 4; }; }

# --- What irqspan why says ---------------------------------------------------------

# literal TEXT: a regular expression for this text, in which {FIELD} stands for anything
literal() { sed -E 's/[][\.*^$+?()|{}]/\\&/g; s/\\\{[a-z]*\\\}/.+/g' <<<"$1"; }
# named TITLE "KIND CONDITIONS" [LEAST]: irqspan why has named causes whose first line matches
# TITLE, at least LEAST times in all, with the text of the list's row that has these conditions.
# CONDITIONS may end before any | of a row's: the row that has just these conditions is taken,
# else the first one that begins with them.
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
# do_as_told PATTERN: do what irqspan why advises for the cause whose first line has PATTERN. It
# has to be a command that writes CPUs to a file: echo CPUS > FILE
do_as_told()
{
	local todo
	todo=$(block "$1" | sed -nE 's/^ *Do: *(echo [0-9,-]+ > [^ ,]*),.*/\1/p')
	echo "told to: $todo"
	[ "$todo" ] && eval "$todo"
}

# --- What goes on meanwhile --------------------------------------------------------

# beside OPTION... -- COMMAND...: measure $cpu while COMMAND runs. irqspan why may exit with 0
# or 2.
beside()
{
	local options=()
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	"$IRQSPAN" why -n 1000 -c $cpu "${options[@]}" -- \
		sh -c '"$@" >/dev/null 2>&1' sh "$@" >"$TMP/out" 2>"$TMP/err"
	case $? in 0 | 2) ;; *) echo "exit $?"; return 1 ;; esac
}
# unloaded SPANS: measure $cpu while the module is loaded, makes these spans and is unloaded again,
# so that what it did has no name any more
unloaded()
{
	local result=0
	modprobe -r irqspan_spans || { echo "irqspan_spans is no module"; return 4; }
	echo "modprobe irqspan_spans && echo '$1' >$spans/run && modprobe -r irqspan_spans" \
		>"$TMP/unloaded"
	beside --limit 5ms -- sh "$TMP/unloaded" || result=$?
	modprobe irqspan_spans && return $result
}
# provoke WHAT N [OPTION...]: measure $cpu while the program provoke disturbs it from CPU 0
provoke() { beside "${@:3}" -- "$PROVOKE" "$1" $cpu 0 "$2"; }

# --- Settings --------------------------------------------------------------------

# with_setting FILE VALUE COMMAND...: run COMMAND while the file has that value, then restore the
# file, even if COMMAND fails. Returns the status of COMMAND; 4, which skips the case, if the file
# does not take the value.
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
# setting FILE VALUE: print what restores the file after VALUE was written to it. For a file of
# switches (in capitals, NO_ for off) that is the present state of the switch that VALUE sets;
# for a choice, the one of its words that is in brackets; else what the file says.
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
# stay COMMAND...: run it while hrtimers stay on the CPU that starts them
stay() { with_setting /proc/sys/kernel/timer_migration 0 "$@"; }
# rcu_here COMMAND...: run it while the thread of RCU's grace periods is bound to $cpu
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
# once_over PID COMMAND...: end that child of this shell, then run COMMAND
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

# --- Acts that several files of cases use ----------------------------------------------

# since VERSION: is the kernel of that version or a later one?
since() { [ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]; }
# mounts N: print a script that mounts something N times, and waits for RCU each time
mounts()
{
	mkdir -p "$TMP/mnt"
	echo "for i in \$(seq $1); do mount -t tmpfs none '$TMP/mnt'; umount '$TMP/mnt'; done"
}
# toggles: print a script that enables and disables an event, as a tracer does
toggles()
{
	echo 'for i in 1 2 3 4 5 6; do for n in 1 0; do'
	echo "echo \$n >$tracing/events/task/task_rename/enable"
	echo 'done; done'
}
# perf_runs OPTION...: skip the case if perf record does not work here with these options
perf_runs()
{
	perf record -q -o "$TMP/perf.data" "$@" -e cpu-clock -C 0 true >"$TMP/perf.said" 2>&1 ||
		{ echo "perf does not run: $(tail -n 1 "$TMP/perf.said")"; return 4; }
}
# backtrace: have the kernel print what each CPU does, by sysrq. It interrupts $cpu, which is
# busy, by an NMI for that.
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
# card: set up two network cards, the first to send to the second; interrupts go to CPU 0.
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
# pings [OPTION...]: measure $cpu while packets are sent
# shellcheck disable=SC2120
pings() { beside "$@" -- ping -q -6 -f -w 2 -s 1000 fe80::2%eth0; }

# --- Where nothing is done ---------------------------------------------------------

# nothing LIMIT: an idle CPU is not disturbed, and irqspan why names no cause that has been
# provoked before, but for some that occur on their own: what idle CPUs do, and wake-ups.
nothing()
{
	local what pid
	# The threads of RCU do wake up now and then: keep them elsewhere, as irqspan why advises.
	for pid in $(pgrep '^rcu'); do taskset -pc 0 "$pid" >/dev/null 2>&1; done
	beside --limit "$1" -- sleep 2 && says "^CPU $cpu was not disturbed" || return
	for what in "${rows[@]}"; do
		case $what in
		*idle* | *'tick of the CPU'* | *'Code of the kernel itself'* | \
			'An interrupt took'* | 'Most of that time'* | 'A handler took long'* | \
			'Another CPU had '* | 'Timers expired, '* | 'The scheduler'* | \
			'Interrupts were off because '*) ;;
		*) ! grep -F -- "Why: $what" "$TMP/out" || return ;;
		esac
	done
	hides 'clocksource|CLOCK_UNSTABLE' || return
	[ ${#rows[@]} -ge 10 ]
}
