#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What needs no kernel with the tracer: options, files that are read, metrics.
here=$(dirname "$0")
# shellcheck source=tap.sh
. "$here/tap.sh"
cd "$here" || exit

# tables DIR CPUS: as the tracer of a machine with so many CPUs would show
tables()
{
	mkdir -p "$1"
	awk -v cpus="$2" -v dir="$1" 'BEGIN {
		print "# type id name low high count" >(dir "/hist")
		print "# type id name spans total min p50 p90 p99 p99.9 max", \
			"caller handler handler_ns waited comm" >(dir "/stats")
		print "# to_cpu from_cpu kind name function call_site path comm count no_ipi", \
			"run_total run_max delay_total delay_max late", \
			"duration caller handler span_comm" >(dir "/ipis")
		for (c = 0; c < cpus; c++) {
			spans = 0
			# 150 buckets, of which 16 are of a power of two
			for (b = 32; b < 182; b++) {
				w = 2 ^ (int(b / 16) - 1)
				low = (16 + b % 16) * w
				n = (b * 7919 + c * 104729) % 99991 + 1
				spans += n
				print "cpu", c, "-", low, low + w - 1, n >(dir "/hist")
			}
			print "cpu", c, "-", spans, spans * 300, 32, 63, 200, 1000, 4000, 45055, \
				"__schedule+0x63/0x630", "-", 0, 0, "kworker/1:1" >(dir "/stats")
			for (k = 0; k < 12; k++)
				print c, (c + k + 1) % cpus, "call-function - fn" k, "site" k \
					"+0x1/0x2", \
					"a<b<c<d", "task", 383, 35, 6516794, 120691, 24617593, \
						1522644, 2, 62743, \
					"irqentry_enter+0x5e/0x70 - -" >(dir "/ipis")
		}
		print "irq 20 tty\\040S4 18874368 19922943 2" >(dir "/hist")
		print "irq 20 tty\\040S4 2 38402076 18874400 19922943 19922943 19922943", \
			"19922943 19922943 f+0x1/0x2 - 0 0 a" >(dir "/stats")
		print "# generation 0" >(dir "/hist")
		print "# recursion 0\n# lost_lines 0\n# generation 0" >(dir "/stats")
		print "# folded 0\n# lost_delays 0\n# generation 0" >(dir "/ipis")
	}'
	printf '%s\n' \
		'# armed_cpu queued_cpu kind function work comm migrations expiries wakes hotplug' \
		'1 0 hrtimer hrtimer_wakeup - cyclictest 383 383 348 0' '# lost_origins 0' \
			'# generation 0' >"$1/timers"
	printf '%s\n' '# cpu victim function caller handler comm count late_total late_max' \
		'1 hrtimer f c+0x1/0x2 - t 3 1000000 500000' '# generation 0' >"$1/blame"
	printf '%s\n' \
		'# type id name kind depth since duration pid caller comm depth_max last_caller' \
		'irq 42 a"b\134c disable 1 27437864339 75795990 948 f+0x5/0x10[m] t 1 -' \
		>"$1/open"
}
tables "$TMP/t" 64

# --- options -----------------------------------------------------------------

options()
{
	run 0 --help && says '^Usage: irqspan COMMAND' && says 'irqspan --version tells' &&
		run 0 --version && says '^irqspan ' &&
		complains "there is no command 'nothing'" nothing
}
each_command()
{
	local command
	for command in $("$IRQSPAN" --help | sed -nE 's/^  ([a-z]+) .*/\1/p'); do
		run 0 "$command" --help && says "^Usage: irqspan $command" || return
		complains "option '--nonsense' is .*: irqspan $command --help" \
			"$command" --nonsense || return
	done
}
ok "options: help, version, and a command that does not exist" options
ok "options: each command has help, and knows what is none" each_command
# What asks for help may write it to a file.
help_is_lost()
{
	local command
	for command in '' $("$IRQSPAN" --help | sed -nE 's/^  ([a-z]+) .*/\1/p'); do
		# shellcheck disable=SC2086
		"$IRQSPAN" $command --help >/dev/full 2>"$TMP/err"
		[ $? = 1 ] && grep -q 'No space left' "$TMP/err" || return
	done
}
ok "options: help, for which there is no space" help_is_lost
ok "options: a letter that is none" complains "option '-Z' is not known" why -qZ
ok "options: a value that is missing" complains "option '--limit' is .* not complete" why --limit
ok "options: CPUs that are none" complains "'1,a' is no list of CPUs: write it as 0-3,8" why -c 1,a
ok "options: isolated CPUs that are none" complains "--isolated '3-' is no list" why --isolated 3-
ok "options: a time without a unit that is known" complains 'has an unknown unit' why --limit \
	5furlongs
ok "options: a time that is no whole number" complains 'is no whole number: take a smaller unit' \
	why --limit 0.5us
ok "options: a duration that is no whole number" complains 'is no whole number' why -d 1.5
ok "options: no time at all" complains 'has to be longer than nothing' why --limit 0
ok "options: too long" complains 'is too long' why -d 99999999999999d
ok "options: a sort key" complains '-s x is no key' top -s x
ok "options: an action" complains '--on-threshold explode: write trace' why --on-threshold explode
ok "options: a port" complains 'is no number up to 65535' export --listen :70000
ok "options: an address" complains 'is no address' export --listen example:9100
ok "options: two files, no more" complains '--diff takes two files' hist --diff a b c

# Man pages have the options that a command has, and no others.
each_option()
{
	local docs=../../../../Documentation/tools/irqspan command page
	[ -d $docs ] || { echo "no sources of the man pages"; return 4; }
	for command in $("$IRQSPAN" --help | sed -nE 's/^  ([a-z]+) .*/\1/p'); do
		page=$docs/irqspan-$command.rst
		run 0 "$command" --help || return
		sed -nE 's/^ *(-[a-zA-Z], )?(--[a-z-]+).*/\2/p' "$TMP/out" | sort -u >"$TMP/has"
		{
			cat "$page"
			sed -n 's/^\.\. include:: //p' "$page" | while read -r part; do
				cat "$docs/$part"
			done
		} | grep '^\*\*-' | grep -oE -- '--[a-z-]+' | sort -u >"$TMP/documented"
		if [ ! -s "$TMP/has" ] || ! diff "$TMP/has" "$TMP/documented"; then
			echo "$command"
			return 1
		fi
	done
}
ok "options: those of --help are those of the man pages" each_option

# --- build -------------------------------------------------------------------

# Man pages take no libraries, and like the program none of the sources' folders.
doc_elsewhere()
{
	local docs=../../../../Documentation/tools/irqspan
	[ -d $docs ] || { echo "no sources of the man pages"; return 4; }
	command -v rst2man >/dev/null || { echo "no rst2man"; return 4; }
	: >"$TMP/before_build"
	env -u MAKEFLAGS make -s -C .. O="$TMP/build" PKG_CONFIG=false doc &&
		grep -q 'TH.*IRQSPAN-WHY' "$TMP/build/irqspan-why.1" &&
		[ -z "$(find $docs .. -newer "$TMP/before_build" -name '*.1')" ] &&
		env -u MAKEFLAGS make -s -C .. O="$TMP/build" clean &&
		[ -z "$(ls "$TMP/build")" ]
}
# For another architecture, its own pkg-config is asked, if there is one.
other_libraries()
{
	mkdir -p "$TMP/bin"
	printf '#!/bin/sh\nexit 1\n' >"$TMP/bin/other-pkg-config"
	chmod +x "$TMP/bin/other-pkg-config"
	PATH=$TMP/bin:$PATH env -u MAKEFLAGS make -n -C .. O="$TMP/other" \
		CROSS_COMPILE=other- >"$TMP/out" 2>&1
	says 'which .*/other-pkg-config does not find' || return
	rm "$TMP/bin/other-pkg-config"
	PATH=$TMP/bin:$PATH env -u MAKEFLAGS make -n -C .. O="$TMP/other" \
		CROSS_COMPILE=other- >"$TMP/out" 2>&1
	says '^other-gcc .* irqspan.c'
}
ok "build: libraries of another architecture" other_libraries
ok "build: man pages, elsewhere, without libraries" doc_elsewhere

# --- advice ------------------------------------------------------------------

advice() { printf '%b' "$2" >"$TMP/advice"; complains "$1" why -c 0 --advice "$TMP/advice"; }
# The row that a case means by its kind and first conditions, as in named() there
meant()
{
	MEANT=$1 awk '$0 == ENVIRON["MEANT"] { exact = $0 }
		!first && index($0 "|", ENVIRON["MEANT"] "|") == 1 { first = $0 }
		END { print exact ? exact : first }' "$TMP/rows"
}
advice_tested()
{
	local untested
	grep -v '^#' "$here/../causes.tsv" | cut -f1,2 | tr '\t' ' ' >"$TMP/rows"
	untested=$(while IFS= read -r row; do
		known=$row
		# Further patterns behind a | may be left out.
		until { grep -rqF --include='*.sh' "'$known'" "$here/causes" ||
			grep -qxF "$known" "$here/causes/not_provoked"; } &&
			[ "$(meant "$known")" = "$row" ]; do
			[ "$known" != "${known%|*}" ] || { echo "$row"; break; }
			known=${known%|*}
		done
	done <"$TMP/rows")
	[ -z "$untested" ] || { echo "$untested"; return 1; }
}
ok "advice: each cause is provoked by causes.sh, or is said not to be" advice_tested
ok "advice: too few columns" advice 'line 2 has not all of its five columns' \
	'# x\nspan\tfunction=a\tb\tc\n'
ok "advice: too many" advice 'has more than five' 'span\tfunction=a\tb\tc\thttps://x\ty\n'
ok "advice: a kind that is none" advice "there is no kind of cause 'spam'" \
	'spam\tfunction=a\tb\tc\thttps://x\n'
# A message is one line, whatever it names.
advice_obeyed()
{
	advice "no kind of cause 'sp\?\[2Jam'" 'sp\033[2Jam\tfunction=a\tb\tc\thttps://x\n' &&
		complains 'cannot read /none\?x' why -c 0 --advice "$(printf '/none\nx')"
}
ok "advice: words that a terminal obeys" advice_obeyed
ok "advice: a condition that is none" advice 'write conditions as FIELD=PATTERN' \
	'span\tfuncton=a\tb\tc\thttps://x\n'
ok "advice: a field that is none" advice 'a field in \{\}' \
	'span\tfunction=a\tb\tdo {that}\thttps://x\n'
ok "advice: no source" advice 'the source has to be an address' 'span\tfunction=a\tb\tc\tme\n'
ok "advice: no file" complains 'cannot read /nonexistent: No such file' why -c 0 --advice \
	/nonexistent

# --- hist --------------------------------------------------------------------

hist_diff()
{
	mkdir -p "$TMP/before"
	# Two of three spans of each bucket were there before.
	awk '$1 == "#" { print; next } { $6 = int($6 * 2 / 3); print }' "$TMP/t/hist" \
		>"$TMP/before/hist"
	run 0 hist -c 5 -i none -q --diff "$TMP/before" "$TMP/t/hist" || return
	# By other means: how many, and the bucket of the middle one
	awk 'NR == FNR { if ($1 == "cpu" && $2 == 5) was[$4] = $6; next }
		$1 == "cpu" && $2 == 5 { n[$5] = $6 - was[$4]; high[++k] = $5; all += n[$5] }
		END { for (i = 1; i <= k; i++) { sum += n[high[i]]; if (sum >= all / 2) { print \
			all, high[i]; exit } } }' \
		"$TMP/before/hist" "$TMP/t/hist" >"$TMP/expected"
	read -r all middle <"$TMP/expected"
	says "^cpu 5 +$all +32 ns +$middle ns" && hides '^cpu 6'
}
columns_moved()
{
	run 0 hist -i all -q --diff "$TMP/before" "$TMP/t" && cp "$TMP/out" "$TMP/usual" || return
	mkdir -p "$TMP/moved"
	awk '$1 == "#" && NF > 3 { print "# new", $7, $2, $3, $4, $5, $6; next }
		$1 == "#" { print; next }
		{ print "x", $6, $1, $2, $3, $4, $5 }' "$TMP/t/hist" >"$TMP/moved/hist"
	run 0 hist -i all -q --diff "$TMP/before" "$TMP/moved" && cmp "$TMP/out" "$TMP/usual"
}
cut_off() { head -c 5000 "$TMP/t/hist" >"$TMP/cut"; complains 'cut off' hist --diff "$TMP/cut" \
	"$TMP/t"; }
wrong_order()
{
	complains 'name the earlier one first' hist --diff "$TMP/t" "$TMP/before" || return
	# Of a CPU that has spans of other lengths now, as after a boot
	mkdir -p "$TMP/booted"
	grep -v '^cpu 3 - 32 ' "$TMP/t/hist" >"$TMP/booted/hist"
	complains 'if the machine was booted' hist --diff "$TMP/before" "$TMP/booted" || return
	sed 's/generation 0/generation 1/' "$TMP/before/hist" >"$TMP/booted/hist"
	complains 'name the earlier one first' hist --diff "$TMP/booted" "$TMP/t" &&
		run 0 hist -q --diff "$TMP/t" "$TMP/booted" && grep -q 'were cleared' "$TMP/err"
}
# What somebody else has saved may have words that a terminal obeys.
hist_obeyed()
{
	mkdir -p "$TMP/obeyed"
	sed 's/^irq /\x1b]0;irq\x07 /' "$TMP/t/hist" >"$TMP/obeyed/hist"
	run 0 hist --diff "$TMP/before" "$TMP/obeyed" && says ']0;irq\? 20 tty S4' &&
		hides "$(printf '\033')"
}
ok "hist: between two copies" hist_diff
ok "hist: words that a terminal obeys" hist_obeyed
ok "hist: two copies in the wrong order" wrong_order
ok "hist: columns that stand elsewhere, and new ones" columns_moved
ok "hist: a file that is cut off" cut_off
ok "hist: a file that is another one" complains "has no column 'low'" hist --diff "$TMP/t/stats" \
	"$TMP/t/hist"
ok "hist: a file that is none" complains "none of irqspan's tables" hist --diff "$IRQSPAN" \
	"$TMP/t/hist"
ok "hist: an empty file" complains 'it is empty' hist --diff /dev/null "$TMP/t/hist"
ok "hist: a file that is not there" complains 'No such file' hist --diff "$TMP/none" "$TMP/t/hist"

# --- export ------------------------------------------------------------------

export_spans()
{
	run 0 export --tables "$TMP/t" && tail -n 1 "$TMP/out" | grep -qx '# EOF' || return
	# Each histogram rises to its count, and that is as many as there are spans.
	awk 'NR == FNR { if ($1 == "cpu" && $4 ~ /^[0-9]+$/) spans[$2] = $4; next }
		/^irqspan_span_seconds_bucket\{cpu/ { split($0, q, "\""); cpu = q[2]
			if ($2 < last[cpu]) bad = 1
			last[cpu] = $2 }
		/^irqspan_span_seconds_count\{cpu/ { split($0, q, "\""); if ($2 != last[q[2]] ||
			$2 != spans[q[2]]) bad = 1; n++ }
		END { exit bad || n != 64 }' "$TMP/t/stats" "$TMP/out" &&
		says '^irqspan_span_seconds_count\{irq="20",name="tty S4"\} 2$' &&
		says '^irqspan_ipis_total\{cpu="7",kind="call-function"\} 4176$' &&
		says '^irqspan_open_seconds\{irq="42",name="a\\"b\\\\c",kind="disable"\} 0.0757959'
}
# Words of tables that somebody else has saved end no label, and begin no line.
export_labels()
{
	local file
	mkdir -p "$TMP/words"
	cp "$TMP/t"/* "$TMP/words"
	for file in ipis timers blame open; do
		sed -i -e '/^#/b' -e 's/call-function\|hrtimer\|disable/a"} 1\\012\x1b[2J&/' \
			-e 's/} 1/}\\0401/' "$TMP/words/$file"
	done
	run 0 export --tables "$TMP/words" || return
	for file in ipis timers_left late; do
		says "^irqspan_${file}_total\{cpu=\"1\",kind=\"a.\"\} 1\?\?\[2J" || return
	done
	says '^irqspan_open_seconds\{irq="42",name="a.*",kind="a.\"\} 1\?\?\[2Jdisable"\} ' &&
		hides "$(printf '\033')"
}
export_promtool() { run 0 export --tables "$TMP/t" --format prometheus &&
	promtool check metrics <"$TMP/out"; }
# As the server itself reads them; for that they need times. And it refuses what is no
# OpenMetrics: without its end.
export_openmetrics()
{
	run 0 export --tables "$TMP/t" || return
	awk '/^#/ { print; next } { print $0, 1700000000 }' "$TMP/out" >"$TMP/timed"
	promtool tsdb create-blocks-from openmetrics "$TMP/timed" "$TMP/blocks" &&
		grep -v '^# EOF' "$TMP/timed" >"$TMP/endless" &&
		! promtool tsdb create-blocks-from openmetrics "$TMP/endless" "$TMP/blocks"
}
export_instructions()
{
	local n
	n=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$IRQSPAN" export --tables \
		"$TMP/t" \
		-o "$TMP/metrics" 2>&1 | sed -n 's/.*Collected : //p')
	echo "$n instructions"
	[ "$n" -gt 1000000 ] && [ "$n" -le 30000000 ]
}
clean_memory()
{
	valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 \
		"$IRQSPAN" export --tables "$TMP/t" >/dev/null &&
		valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 \
			"$IRQSPAN" hist --diff "$TMP/before" "$TMP/t" >/dev/null
}
some_tables() { mkdir -p "$TMP/some" && cp "$TMP/t/hist" "$TMP/some" && complains \
	'lacks stats' export --tables "$TMP/some"; }
ok "export: not all tables" some_tables
full() { "$IRQSPAN" export --tables "$TMP/t" >/dev/full 2>"$TMP/err"; [ $? = 1 ] &&
	grep -q 'No space left' "$TMP/err"; }
no_folder() { complains "cannot write /nonexistent/x" export --tables "$TMP/t" -o /nonexistent/x; }
# A link to a file, and what is no file, stay what they are.
to_link()
{
	: >"$TMP/target"
	ln -sf target "$TMP/link"
	run 0 export --tables "$TMP/t" -o "$TMP/link" && [ -L "$TMP/link" ] &&
		grep -qx '# EOF' "$TMP/target" && [ -z "$(find "$TMP" -name 'link.*')" ]
}
to_pipe()
{
	mkfifo "$TMP/pipe"
	cat "$TMP/pipe" >"$TMP/came" &
	run 0 export --tables "$TMP/t" -o "$TMP/pipe"
	local status=$?
	[ -p "$TMP/pipe" ] || { rm "$TMP/pipe"; kill $!; return 1; }
	wait
	[ $status = 0 ] && grep -qx '# EOF' "$TMP/came"
}
to_stdout() { run 0 export --tables "$TMP/t" -o - && says '^# EOF' && [ ! -e ./- ]; }
# What is in it already, and what comes behind, stays.
to_named_stdout()
{
	{
		echo first
		"$IRQSPAN" export --tables "$TMP/t" -o /dev/stdout
		echo last
	} >"$TMP/log" 2>"$TMP/err" || return
	diff <(sed -n -e 1p -e '$p' "$TMP/log") <(printf '%s\n' first last) &&
		grep -qx '# EOF' "$TMP/log"
}
for_all()
{
	(umask 077; run 0 export --tables "$TMP/t" -o "$TMP/all") &&
		[ "$(stat -c %a "$TMP/all")" = 644 ]
}
ok "export: to a link" to_link
ok "export: to a pipe" to_pipe
ok "export: to stdout" to_stdout
ok "export: to stdout, by another name" to_named_stdout
ok "export: a file that all may read" for_all
ok "export: histograms and counters" export_spans
ok "export: labels of any words" export_labels
if command -v promtool >/dev/null; then
	ok "export: promtool finds nothing wrong" export_promtool
	ok "export: Prometheus takes it as OpenMetrics" export_openmetrics
else
	skip "export: promtool finds nothing wrong" "no promtool"
	skip "export: Prometheus takes it as OpenMetrics" "no promtool"
fi
ok "export: no more than 30 million instructions for 64 CPUs" export_instructions
# What irqspan why found out of the tables in the documentation, by the program's own code
json_fits()
{
	python3 -c 'import jsonschema' || { echo "no python3-jsonschema"; return 4; }
	"${UNIT:?the unit tests}" --json >"$TMP/why" && python3 - "$TMP/why" <<'END'
import json, sys
from jsonschema import Draft7Validator
with open('../why.schema.json', encoding='utf-8') as file:
    schema = json.load(file)
Draft7Validator.check_schema(schema)
validator = Draft7Validator(schema)
with open(sys.argv[1], encoding='utf-8') as file:
    why = json.load(file)
problems = [error.message for error in validator.iter_errors(why)]
kinds = [cause['kind'] for cause in why['causes']]
if kinds[0] != 'timer' or set(kinds) != {'timer', 'ipi', 'late'}:
    problems.append(f'causes: {kinds}')
first = why['causes'][0]
if (first['count'], first['ipis_back'], first['known']['task']) != (383, 348, 'cyclictest'):
    problems.append(f'the first cause: {first}')
if 'kernel.timer_migration=0' not in first['advice'][0]['do']:
    problems.append(f'advice: {first["advice"]}')
late = [cause for cause in why['causes'] if cause['kind'] == 'late'][0]['late']
if late != [{'function': 'irqspan_spans_called [irqspan_spans]', 'kind': 'call-function',
             'count': 5, 'longest_ns': 3951984}]:
    problems.append(f'late: {late}')
# The schema is one that sees what is missing, and what is too much.
for change in (lambda: first.pop('harm_ns'), lambda: why.update(more=1)):
    change()
    if validator.is_valid(why):
        problems.append('the schema fits anything')
sys.exit('\n'.join(problems) or 0)
END
}
ok "why: JSON fits its schema" json_fits
ok "export: a disk that is full" full
ok "export: a folder that is not there" no_folder
ok "export: no tables" complains "none of irqspan's tables" export --tables /
ok "memory: valgrind finds nothing" clean_memory
plan
