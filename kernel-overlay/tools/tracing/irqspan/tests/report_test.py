#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What 'irqspan report' makes of known records, and of files that are none. TAP.

Usage: report_test.py [--fuzz N] [--wrap COMMAND] IRQSPAN

--fuzz N: how many damaged files it is given. --wrap: run irqspan by this command, as
valgrind. Needs protoc, python3-jsonschema, trace-cmd and libkshark; what is not there is
skipped.
"""
import argparse
import collections
import ctypes.util
import fcntl
import json
import os
import random
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(HERE)
CATEGORY = {'local_span': 'irq_off', 'line_span': 'line_off', 'ipi_late': 'late',
            'timer_late': 'late', 'timer_migrate': 'timer', 'remote_wake': 'timer'}
F_SETPIPE_SZ = 1031         # from Python 3.10 on, fcntl has it

number = 0
failed = False


def check(name, problem):
    """A case: it passes if there is no problem."""
    global number, failed
    number += 1
    print(f'{"not ok" if problem else "ok"} {number} - {name}', flush=True)
    if problem:
        failed = True
        for line in str(problem).splitlines()[:20]:
            print(f'# {line}')


def skip(name, why):
    global number
    number += 1
    print(f'ok {number} - {name} # SKIP {why}')


def differ(got, wanted, what):
    return None if got == wanted else f'{what}: got {got!r}, wanted {wanted!r}'


class Tool:
    def __init__(self, path, wrap):
        self.command = shlex.split(wrap or '') + [path, 'report']

    def run(self, *args, leaks='1', stdout=subprocess.PIPE, before=None):
        # A sanitizer that finds something shall end it as a crash would.
        env = dict(os.environ, ASAN_OPTIONS=f'abort_on_error=1:detect_leaks={leaks}')
        return subprocess.run(self.command + list(args), stdout=stdout,
                              stderr=subprocess.PIPE, check=False, timeout=600, env=env,
                              preexec_fn=before)

    def run_and_signal(self, number, *args, before=None, ends=True):
        """Send a signal that ends it, or not, while the output is in a pipe that is full."""
        reading, writing = os.pipe()
        fcntl.fcntl(writing, F_SETPIPE_SZ, 4096)
        with subprocess.Popen(self.command + list(args), stdout=writing, preexec_fn=before,
                              stderr=subprocess.DEVNULL) as process, open(reading, 'rb') as pipe:
            os.close(writing)
            select.select([pipe], [], [], 60)
            process.send_signal(number)
            # The pipe stays full until it has taken the signal, however busy the host is.
            try:
                process.wait(timeout=60 if ends else 0.2)
            except subprocess.TimeoutExpired:
                pass
            out = pipe.read()
            return process.wait(timeout=600), out

    def good(self, *args):
        done = self.run(*args)
        if done.returncode or done.stderr:
            raise RuntimeError(f'{args}: exit {done.returncode}: {done.stderr.decode()}')
        return done.stdout.decode()


def function(place):
    return place and place.split('+')[0]


def by_time(truth):
    """The order of a report's records, and where each of the truth's went."""
    order = sorted(range(len(truth)), key=lambda i: (truth[i]['time'], truth[i]['cpu']))
    return order, {old: new for new, old in enumerate(order)}


# --- JSON ------------------------------------------------------------------------

def place_is(got, wanted):
    if not wanted:
        return got is None
    name, offset = wanted.split('+')
    return got is not None and got['function'] == name and got['offset'] == int(offset, 16) and \
        got.get('module') == ('bad_driver' if name.startswith('bad_') else None)


def compare_record(got, wanted, place):
    for ours, theirs in (('time', 'time_ns'), ('duration', 'duration_ns'), ('cpu', 'cpu'),
                         ('event', 'event'), ('comm', 'comm'), ('pid', 'pid'),
                         ('delay', 'late_ns'), ('late', 'late_ns'), ('context', 'context'),
                         ('kind', 'kind'), ('irq', 'irq'), ('name', 'name'),
                         ('from_cpu', 'from_cpu'), ('cpu_off', 'cpu_off'),
                         ('armed_cpu', 'armed_cpu'), ('to_cpu', 'to_cpu'),
                         ('expired_cpu', 'expired_cpu'), ('waited', 'waited_ns')):
        if ours in wanted and got.get(theirs) != wanted[ours]:
            return f'{theirs}: {got.get(theirs)!r}, not {wanted[ours]!r}'
    for field in ('caller', 'parent', 'end_caller', 'end_parent', 'handler', 'function',
                  'call_site'):
        if field in wanted and not place_is(got.get(field), wanted[field]):
            return f'{field}: {got.get(field)!r}, not {wanted[field]!r}'
    if 'stack' in wanted and got.get('stack') != [function(f) for f in wanted['stack']]:
        return f'stack: {got.get("stack")!r}'
    if 'stack' not in wanted and 'stack' in got:
        return 'a stack that it does not have'
    blamed = place[wanted['blamed']] if 'blamed' in wanted else None
    return differ(got.get('blamed_record'), blamed, 'blamed_record')


def culprit(span):
    """The code to blame, by the rule that the manual page gives."""
    handler = span['handler'] and 2 * span['handler_ns'] >= span['duration']
    did = 'ran' if handler else 'turned interrupts off'
    if span['waited'] and 2 * span['waited'] >= span['duration']:
        did = 'waited for a lock'
    return function(span['handler'] if handler else span['caller']), did


def test_json(tool, recording, truth):
    text = tool.good('--json', '-', recording)
    report = json.loads(text)
    order, place = by_time(truth)
    problem = differ(len(report['records']), len(truth), 'records')
    for new, old in enumerate(order):
        problem = problem or compare_record(report['records'][new], truth[old], place)
    check('JSON: each record is as it was written', problem)

    spans = [r for r in truth if r['event'] == 'local_span']
    total = collections.Counter()
    for span in spans:
        total[culprit(span)] += span['duration']
    got = {(c['place']['function'], c['did']): c['total_ns'] for c in report['culprits']}
    check('JSON: each culprit has its time', differ(got, dict(total), 'culprits'))
    check('JSON: the worst culprit is first', differ(
        [c['total_ns'] for c in report['culprits']], sorted(total.values(), reverse=True), 'order'))
    worst = max(spans, key=lambda span: span['duration'])
    check('JSON: the longest span is found', differ(
        max(c['longest_ns'] for c in report['culprits']), worst['duration'], 'longest'))

    # The tables: what was counted between begin and end.
    begin = truth[:int(.25 * len(truth))]
    for row in report['tables']['stats']:
        chosen = [sum(r['event'] == ('local_span' if row['type'] == 'cpu' else 'line_span') and
                      r['cpu' if row['type'] == 'cpu' else 'irq'] == row['id'] for r in rs)
                  for rs in (begin, truth)]
        problem = differ(row['spans'], chosen[1] - chosen[0], f"{row['type']} {row['id']}")
        if problem:
            break
    check('JSON: the tables have what was counted in between', problem)
    timers = report['tables']['timers']
    check('JSON: a name with a blank is whole, and one of digits stays a name', differ(
        [(t['comm'], t['wakes']) for t in timers], [('cyclic test', 15), ('007', 15)], 'timers'))

    try:
        import jsonschema
    except ImportError:
        skip('JSON: fits the schema', 'no python3-jsonschema')
        return
    with open(f'{SOURCE}/report.schema.json', encoding='utf-8') as file:
        validator = jsonschema.Draft7Validator(json.load(file))
    check('JSON: fits the schema',
          '\n'.join(f'{list(e.path)}: {e.message}' for e in validator.iter_errors(report)))
    del report['records'][0]['time_ns']
    report['records'][1]['colour'] = 'red'
    check('JSON: the schema would see a field that is missing, and one too many',
          differ(len(list(validator.iter_errors(report))), 2, 'errors'))


# --- Perfetto ----------------------------------------------------------------------

def decode_text(text):
    """protoc's text of messages as dictionaries of lists."""
    stack = [collections.defaultdict(list)]
    for line in text.splitlines():
        line = line.strip()
        if line.endswith('{'):
            inner = collections.defaultdict(list)
            stack[-1][line[:-1].strip()].append(inner)
            stack.append(inner)
        elif line == '}':
            stack.pop()
        else:
            key, value = line.split(': ', 1)
            if value.startswith('"'):
                value = value[1:-1].encode().decode('unicode_escape').encode('latin-1').decode()
            stack[-1][key].append(int(value) if re.fullmatch(r'-?\d+', value) else value)
    return stack[0]


def read_slices(packets):
    """Tracks by uuid, and all slices as (track, begin, end, event), from begin and end."""
    tracks, slices, instants, problem = {}, [], [], None
    events = collections.defaultdict(list)
    for packet in packets:
        if 'track_descriptor' in packet:
            track = packet['track_descriptor'][0]
            tracks[track['uuid'][0]] = track
            continue
        event = packet['track_event'][0]
        if event['track_uuid'][0] not in tracks:
            problem = 'an event before its track'
        events[event['track_uuid'][0]].append((packet['timestamp'][0], event))
    for track, list_ in events.items():
        begun = None
        last = 0
        for time, event in list_:
            if time < last:
                problem = f'{tracks[track]["name"]}: time runs backwards'
            last = time
            kind = event['type'][0]
            if kind == 'TYPE_INSTANT':
                instants.append((track, time, event))
            elif kind == 'TYPE_SLICE_BEGIN':
                if begun:
                    problem = f'{tracks[track]["name"]}: slices overlap'
                begun = (time, event)
            else:
                if not begun:
                    problem = 'an end without a begin'
                    break
                slices.append((track, begun[0], time, begun[1]))
                begun = None
    return tracks, slices, instants, problem


def annotations(event):
    return {a['name'][0]: (a['uint_value'] or a['string_value'] or a['bool_value'])[0]
            for a in event['debug_annotations']}


def track_of(record):
    if record['event'] == 'line_span':
        return f"irq {record['irq']} {record['name']}"
    if record['event'] == 'local_span':
        return f"CPU {record['cpu']}"
    return f"CPU {record['cpu']}: what came late"


def test_perfetto(tool, recording, truth, work):
    if not shutil.which('protoc'):
        skip('Perfetto: slices are the spans', 'no protoc')
        return
    path = f'{work}/trace.pftrace'
    tool.good('--perfetto', path, recording)
    with open(path, 'rb') as file:
        text = subprocess.run(['protoc', f'--proto_path={SOURCE}', '--decode=irqspan.Trace',
                               f'{SOURCE}/perfetto.proto'], stdin=file, stdout=subprocess.PIPE,
                              check=True).stdout.decode()
    # Unknown fields would be numbers.
    check('Perfetto: the subset knows every field', re.findall(r'^ *\d+[:{ ]', text, re.M)[:3])
    tracks, slices, instants, problem = read_slices(decode_text(text)['packet'])
    check('Perfetto: slices of a track follow each other', problem)

    got, wanted, flow_begin, flow_end = (collections.Counter() for _ in range(4))
    starts, ends = {}, {}
    for track, begin, end, event in slices:
        got[(tracks[track]['name'][0], begin, end, event['categories'][0])] += 1
        for flow in event['flow_ids']:
            flow_begin[flow] += 1
            starts[flow] = (track, begin, end)
        for flow in event['terminating_flow_ids']:
            flow_end[flow] += 1
            ends[flow] = (track, begin, end, annotations(event))
    for track, time, event in instants:
        got[(tracks[track]['name'][0], time, time, event['categories'][0])] += 1
    for record in truth:
        begin = record['time']
        if record['event'] in ('local_span', 'line_span'):
            begin -= record['duration']
        elif 'late' in record['event']:
            begin -= record.get('delay', record.get('late'))
            if 'blamed' in record:
                span = truth[record['blamed']]
                begin = max(begin, span['time'] - span['duration'])
        wanted[(track_of(record), begin, record['time'], CATEGORY[record['event']])] += 1
    check('Perfetto: each record has its slice, on its track, and no other is there',
          '\n'.join(f'{key}: {got[key]}, not {wanted[key]}' for key in got | wanted
                    if got[key] != wanted[key]))
    blamed = [r for r in truth if 'blamed' in r]
    problem = differ(len(starts), len(blamed), 'flows') or \
        differ(flow_begin, flow_end, 'ends of flows') or \
        (max(flow_begin.values()) > 1 and 'a flow that begins twice')
    lates = {(r['cpu'], r['time']): r for r in blamed}
    for flow, (track, begin, end) in starts.items():
        late_track, late_begin, late_end, _ = ends[flow]
        cpu = int(re.match(r'CPU (\d+)', tracks[late_track]['name'][0])[1])
        span = truth[lates[(cpu, late_end)]['blamed']]
        problem = problem or differ((tracks[track]['name'][0], begin, end),
                                    (f'CPU {cpu}', span['time'] - span['duration'], span['time']),
                                    'the span a flow comes from') or \
            (late_begin < begin and 'a flow back in time')
    check('Perfetto: a flow goes from each span to what it made late, and no other', problem)
    names = {annotations(event).get('comm') for _, _, _, event in slices}
    check('Perfetto: names that are no UTF-8 do not spoil it',
          None if any(name.startswith('bad?') for name in names) else names)
    groups = {t['name'][0]: u for u, t in tracks.items() if 'parent_uuid' not in t}
    parents = {t['name'][0]: t['parent_uuid'][0] for t in tracks.values() if 'parent_uuid' in t}
    check('Perfetto: CPUs and lines stand apart', differ(
        {name: parent for name, parent in parents.items()},
        {name: groups['Interrupt lines off' if name.startswith('irq') else 'Interrupts off']
         for name in parents}, 'parents'))


# --- other forms ---------------------------------------------------------------------

def frame(text):
    return text.replace(';', '_').replace('\ufffd', '?')


def test_folded(tool, recording, truth):
    got = collections.Counter()
    for line in tool.good('--folded', '-', recording).splitlines():
        frames, weight = line.rsplit(' ', 1)
        if frames in got:
            check('folded stacks: each way once', frames)
        got[frames] = int(weight)
    wanted = collections.Counter()
    for record in truth:
        if record['event'] not in ('local_span', 'line_span'):
            continue
        root = 'interrupts off' if record['event'] == 'local_span' else \
            f"irq {record['irq']} {record['name']} off"
        if 'stack' in record:
            # Without the tracer's own function
            way = [function(f) for f in reversed(record['stack'][1:])]
        else:
            way = [function(record.get('parent')), function(record['caller'])]
            if not way[0] or way[0] == way[1]:
                way = way[1:]
        wanted[';'.join([root, frame(record['comm'])] + way)] += record['duration']
    check('folded stacks: each way has its time', '\n'.join(
        f'{key}: {got[key]}, not {wanted[key]}' for key in got | wanted
        if got[key] != wanted[key]))


def test_text(tool, recording, truth):
    text = tool.good('--all', recording)
    spans = [r for r in truth if r['event'] == 'local_span']
    worst = max(spans, key=lambda span: span['duration'])
    first = text.splitlines()[0]
    check('text: the first line has the longest span and its CPU', differ(
        first, f"Interrupts were off for up to {worst['duration'] / 1e6:.2f} ms on CPU "
        f"{worst['cpu']}.", 'first line'))
    told = {'task': f"That was in task {worst['comm']}: ", 'idle': 'while the CPU was idle: ',
            'hardirq': f"while {worst['comm']} ran"}.get(worst['context'], worst['context'])
    check('text: and in which context', None if told in text.splitlines()[1] else text[:400])
    count = sum(r['event'] == 'ipi_late' for r in truth)
    check('text: it tells how many calls came late',
          None if f'{count} calls and' in text else text[:400])
    check('text: the module is named', None if 'bad_irq_off [bad_driver]' in text else 'it is not')
    # Of 15 calls, 11 came while an interrupt was on its way already.
    told = re.findall(r'^ +1 +0 +call-function +flush_tlb_func .* app +(\d+) ', text, re.M)
    check('text: calls for which no CPU was interrupted are no interrupts',
          differ(told, ['4'], 'times'))
    short = tool.good(recording)
    check('text: rows that are left out are counted', differ(
        'which --all shows' in text, False, 'with --all') or
        differ(len(short) <= len(text), True, 'shorter'))


# What KernelShark has of a file: how many entries its library loads
KSHARK = '''
import ctypes, sys
lib = ctypes.CDLL(sys.argv[1])
lib.kshark_instance.restype = ctypes.c_bool
lib.kshark_open.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
lib.kshark_load_entries.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
lib.kshark_load_entries.restype = ctypes.c_ssize_t
context, rows = ctypes.c_void_p(None), ctypes.c_void_p()
assert lib.kshark_instance(ctypes.byref(context))
stream = lib.kshark_open(context, sys.argv[2].encode())
print(lib.kshark_load_entries(context, stream, ctypes.byref(rows)))
'''


def test_lost(tool, recording, truth):
    """The longest spans have no record, and the tables' longest one was before."""
    text = tool.good('--all', recording)
    check('the text: says that records were lost', None if 'records were lost' in text else text)
    problem = None
    for cpu in range(4):
        spans = [r['duration'] for r in truth[len(truth) // 4:]
                 if r['event'] == 'local_span' and r['cpu'] == cpu]
        line = re.search(rf'^  CPU {cpu} .*', text, re.M)[0]
        cells = re.findall(r'([\d.]+) (ns|us|ms|s)\b', line)
        unit = {'ns': 1, 'us': 1e3, 'ms': 1e6, 's': 1e9}
        *_, p999, longest = [float(n) * unit[u] for n, u in cells]
        if not max(spans) * .99 <= longest < 2.1 * max(spans) or p999 < max(spans) / 2.1:
            problem = f'{line}: {max(spans)} ns'
    check('the text: percentiles are of all spans, also if records were lost', problem)


def test_others(recording, truth):
    """That others who read such files have as many records; a stack is one of its own."""
    wanted = len(truth) + sum(bool(record.get('stack')) for record in truth)
    if shutil.which('trace-cmd'):
        done = subprocess.run(['trace-cmd', 'report', recording], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False)
        count = len(re.findall(rb' \[\d+\] .*\d: +\w+: ', done.stdout))
        check('trace-cmd has all records', differ(count, wanted, 'records'))
    else:
        skip('trace-cmd has all records', 'no trace-cmd')
    name = ctypes.util.find_library('kshark')
    if name:
        done = subprocess.run([sys.executable, '-c', KSHARK, name, recording],
                              stdout=subprocess.PIPE, text=True, check=False)
        check('KernelShark has all records',
              differ(done.stdout.strip(), str(wanted), 'entries'))
    else:
        skip('KernelShark has all records', 'no libkshark')


def test_html(tool, recording, truth):
    page = tool.good('--html', '-', recording)
    data = json.loads(re.search(r'<script type="application/json" id="data">\n(.*?)</script>', page,
                                re.S)[1])
    order, _ = by_time(truth)
    spans = [truth[i] for i in order if truth[i]['event'] in ('local_span', 'line_span')]
    late = [truth[i] for i in order if truth[i]['event'] in ('ipi_late', 'timer_late')]
    check('HTML: it has all spans, and what they made late', differ(
        data['length'], [s['duration'] for s in spans], 'lengths') or differ(
        data['late']['by'], [r.get('delay', r.get('late')) for r in late], 'late') or differ(
        sum(data['time']), spans[-1]['time'] - min(
            r['time'] - (r['duration'] if r in spans else 0) for r in truth), 'times'))
    lanes = [data['lanes'][lane][0] for lane in data['lane']]
    check('HTML: each span is in its row', differ(lanes, [track_of(s) for s in spans], 'rows'))
    outside = re.findall(r'(?:src|href|action)\s*=\s*["\']?(?!data:)[^"\'>\s]+|url\([^)]*\)|@import'
                         r'|https?://\S+', page)
    check('HTML: it asks for nothing from outside', '\n'.join(outside))
    check('HTML: a name of a task cannot become code', differ(
        [page.count('</script>'), '<b>"&' in page], [2, False], 'ends of scripts, names'))


# --- what the tool says ------------------------------------------------------------------

# The code that is ours, in what a sanitizer or valgrind says of where it was.
OURS = re.compile(r'(recording|trace_dat|groups|views|report\w*|json|output|table|utils|units)\.c:')


def without_checkers(words):
    """What irqspan itself said, and what valgrind or a sanitizer found in our code.

    The libraries do fall over damaged files, which is why a process of its own reads them.
    """
    said = [line for line in words.splitlines() if line.startswith('irqspan: ')]
    rest = [line for line in words.splitlines() if not line.startswith('irqspan: ')]
    checker = [line for line in rest if re.search(r'Sanitizer|^ *#\d+ |^==\d+==', line)]
    top = [line for line in rest if re.search(r'^ *#0 |^==\d+==    at ', line)]
    if 'runtime error' in words or any(OURS.search(line) for line in top):
        return said, words
    return (said, None) if checker else (said + [line for line in rest if line], None)


# --- files that are none --------------------------------------------------------------

def test_bad_files(tool, recording, bare, work):
    with open(recording, 'rb') as file:
        whole = file.read()
    folder = f'{work}/bad'
    os.mkdir(folder)
    bad = f'{work}/bad.dat'
    out = f'{folder}/out'

    def refuse(what, path, *args):
        done = tool.run(*args, path)
        lines, crash = without_checkers(done.stderr.decode('utf-8', 'replace'))
        problem = crash or differ(done.returncode, 1, 'exit') or differ(len(lines), 1, 'lines') or \
            (not lines[0].startswith('irqspan: ') and lines[0]) or \
            differ(done.stdout, b'', 'stdout') or differ(os.listdir(folder), [], 'left behind')
        check(f'{what}: one line, exit 1, nothing left behind', problem and
              f'{problem}\n{done.stderr.decode("utf-8", "replace")}')

    def write(data):
        with open(bad, 'wb') as file:
            file.write(data)
        return bad

    refuse('no such file', f'{work}/missing', '--html', out)
    refuse('a folder', work, '--html', out)
    refuse('an empty file', write(b''), '--html', out)
    refuse('a foreign file', __file__, '--html', out)
    refuse('a device', '/dev/zero', '--html', out)
    for part in .02, .3, .7, .97:
        refuse(f'cut to {part:.0%}', write(whole[:int(part * len(whole))]), '--html', out)
    refuse('without its last byte', write(whole[:-1]), '--json', out)
    middle = len(whole) // 2
    refuse('one bit that is wrong', write(
        whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:]), '--perfetto', out)
    with open(bare, 'rb') as file:
        refuse('a cut file of trace-cmd', write(file.read()[:-5000]), '--html', out)
    if os.path.exists('/dev/full'):
        for form in 'html', 'perfetto', 'folded', 'json':
            refuse(f'--{form} to a full disk', recording, '--html', out, f'--{form}', '/dev/full')
    refuse('a folder to write to', recording, '--html', out, '--json', work)
    refuse('a folder that is not there', recording, '--html', out, '--json', f'{work}/no/where')
    refuse('two files', recording, '--html', out, recording)

    # Who starts it may ignore that children end.
    done = tool.run('--json', '-', recording,
                    before=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    check('SIGCHLD is ignored: it reads all the same', differ(
        (done.returncode, done.stderr), (0, b''), 'exit and stderr'))

    # It is ended by SIGHUP, but not after nohup, which may have started this test.
    whole_json = tool.good('--json', '-', recording).encode()
    code, out_so_far = tool.run_and_signal(
        signal.SIGHUP, '--json', '-', recording,
        before=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
    check('SIGHUP: exit 1, in the middle', differ(
        (code, len(out_so_far) < len(whole_json)), (1, True), 'exit and output'))
    code, out_so_far = tool.run_and_signal(
        signal.SIGHUP, '--json', '-', recording,
        before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN), ends=False)
    check('SIGHUP is ignored: it goes on', differ(
        (code, out_so_far == whole_json), (0, True), 'exit and output'))

    # Each of these would leave one that is empty, or half.
    for what, *forms in (('one form twice', '--html', out, '--html', f'{out}2'),
                         ('two forms to one file', '--html', out, '--json', out),
                         ('two forms to one file by two names', '--html', out,
                          '--json', f'{folder}/./{os.path.basename(out)}'),
                         ('two forms to stdout', '--html', '-', '--json', '-')):
        done = tool.run(*forms, recording)
        check(f'{what}: refused, nothing is written', differ(
            (done.returncode, done.stdout, done.stderr.count(b'twice'), os.listdir(folder)),
            (1, b'', 1, []), 'report'))

    # A link to a file, as /dev/stdout may be, is not replaced; nor is what is no file.
    target, link = f'{folder}/target', f'{folder}/link'
    with open(target, 'w', encoding='utf-8') as file:
        file.write('x')
    os.symlink('target', link)
    tool.good('--json', link, recording)
    tool.good('--json', '/dev/null', '--html', '/dev/null', recording)
    check('a link stays one', differ(
        (os.path.islink(link), os.path.getsize(target) > 1000, sorted(os.listdir(folder))),
        (True, True, ['link', 'target']), 'link'))
    os.unlink(link)
    os.unlink(target)

    # A pipe of which nothing is read, which is no fault of the file
    for form in [], ['--html', '-'], ['--json', '-']:
        reading, writing = os.pipe()
        os.close(reading)
        done = tool.run(*form, recording, stdout=writing)
        os.close(writing)
        words = without_checkers(done.stderr.decode('utf-8', 'replace'))
        check(f"{' '.join(form) or 'the text'} to a pipe that nobody reads: exit 1, no words",
              differ((done.returncode, words), (1, ([], None)), 'exit and stderr'))

    with open(out, 'w', encoding='utf-8') as file:
        file.write('precious')
    done = tool.run('--html', out, write(whole[:middle]))
    with open(out, encoding='utf-8') as file:
        check('a file that was there before stays as it was', differ(
            (done.returncode, file.read(), os.listdir(folder)), (1, 'precious', ['out']), 'file'))
    os.unlink(out)


def damage(chance, data):
    """Somewhere, in one of several ways."""
    data = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        # The head, which is parsed, more often than the records.
        at = chance.randrange(min(len(data), chance.choice((200, 14000, len(data)))))
        way = chance.randrange(5)
        if way == 0:
            data[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            data[at:at + 4] = chance.randbytes(4)
        elif way == 2:
            data[at:at + 8] = b'\xff' * chance.choice((1, 2, 4, 8))
        elif way == 3:
            del data[at:at + chance.randrange(1, 200)]
        else:
            data[at:at] = chance.randbytes(chance.randrange(1, 40))
        if not data:
            data = bytearray(b'\0')
    return bytes(data)


def test_fuzz(tool, recording, bare, work, rounds):
    chance = random.Random(7)
    folder = f'{work}/fuzz'
    os.mkdir(folder)
    problem = None
    seen = collections.Counter()
    originals = []
    for path in recording, bare:
        with open(path, 'rb') as file:
            originals.append(file.read())
    for turn in range(rounds):
        # A recording is known by its sum to be damaged; one of trace-cmd has none.
        path = f'{folder}/damaged.dat'
        with open(path, 'wb') as file:
            file.write(damage(chance, originals[turn % 8 == 0 and 0 or 1]))
        form = chance.choice(('--html', '--perfetto', '--folded', '--json'))
        try:
            # The libraries leak what they do not understand.
            done = tool.run(form, f'{folder}/out', path, leaks='0')
        except subprocess.TimeoutExpired:
            problem = 'it does not end'
            break
        words = done.stderr.decode('utf-8', 'replace')
        seen[done.returncode] += 1
        if done.returncode not in (0, 1):
            problem = f'exit {done.returncode}: {words}'
        problem = problem or without_checkers(words)[1]
        if done.returncode == 0 and os.path.exists(f'{folder}/out'):
            os.unlink(f'{folder}/out')
        problem = problem or differ(os.listdir(folder), ['damaged.dat'], 'left behind')
        if problem:
            shutil.copy(path, '/tmp/irqspan-fuzz.dat')
            problem = f'round {turn} ({form}), kept as /tmp/irqspan-fuzz.dat: {problem}'
            break
    check(f'{rounds} damaged files: read or refused, never a crash', problem)
    print(f'# exits: {dict(seen)}')


def test_without_stderr(tool, nothing, work):
    done = tool.run('--json', f'{work}/closed.json', nothing, before=lambda: os.close(2))
    begins = ''
    if os.path.exists(f'{work}/closed.json'):
        with open(f'{work}/closed.json', encoding='utf-8') as file:
            begins = file.read(1)
    check('without stderr, messages go nowhere', differ(
        (done.returncode, begins), (0, '{'), 'report'))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--fuzz', type=int, default=200)
    parser.add_argument('--wrap')
    parser.add_argument('irqspan')
    args = parser.parse_args()
    tool = Tool(args.irqspan, args.wrap)
    with tempfile.TemporaryDirectory() as work:
        def make(name, *options):
            path = f'{work}/{name}'
            subprocess.run([sys.executable, f'{HERE}/make_recording.py', *options, path],
                           check=True)
            with open(f'{path}.truth', encoding='utf-8') as file:
                return path, json.load(file)
        print('TAP version 13')
        recording, truth = make('known.dat', '--stacks')
        bare, bare_truth = make('bare.dat', '--bare', '--records', '300')
        nothing, _ = make('nothing.dat', '--records', '0')
        test_json(tool, recording, truth)
        test_perfetto(tool, recording, truth, work)
        test_folded(tool, recording, truth)
        test_text(tool, recording, truth)
        test_html(tool, recording, truth)
        test_lost(tool, *make('lost.dat', '--lost', '100000'))
        test_others(recording, truth)
        report = json.loads(tool.good('--json', '-', bare))
        check('a file of trace-cmd is read, without tables', differ(
            (len(report['records']), report['tables'], report['settings']),
            (len(bare_truth), {}, {}), 'report'))
        done = tool.run('--html', f'{work}/nothing.html', nothing)
        check('a recording without records is told', differ(
            (done.returncode, b'has no records' in done.stderr,
             os.path.exists(f'{work}/nothing.html')), (0, True, True), 'report'))
        # Valgrind itself does not begin without stderr.
        if not args.wrap:
            test_without_stderr(tool, nothing, work)
        test_bad_files(tool, recording, bare, work)
        if args.fuzz:
            test_fuzz(tool, recording, bare, work, args.fuzz)
    print(f'1..{number}')
    return failed


if __name__ == '__main__':
    sys.exit(main())
