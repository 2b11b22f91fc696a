#!/usr/bin/env drgn
# SPDX-License-Identifier: GPL-2.0

desc = """
This is a drgn script to show what the irqspan tracer knew when a machine was
dumped, or what it knows now. For more info on drgn, visit
https://github.com/osandov/drgn.

  drgn -c vmcore -s vmlinux irqspan_dump.py stats open
  drgn irqspan_dump.py

Without an argument it shows all tables:

  stats     CPUs and interrupt lines: how many spans, how long, the worst one
  open      CPUs whose interrupts are off, and lines that are off
  ipis      who sent IPIs to whom, for which function, and what it took
  timers    timers that left the CPU that armed them
  blame     what interrupts being off made late, and by whom

They are those of /sys/kernel/tracing/irqspan/, with the same columns: see
Documentation/trace/irqspan.rst. These differ:

  duration  of what is open: up to the last time that the kernel updated its
            clock, which is some ms before the dump; "-" if that clock is
            none that the tracer uses

Names of functions come from the symbols of vmlinux, and for modules from the
table of symbols that each of them has in the kernel's memory; where a module
is gone, or was never there, the address is shown.
"""

import argparse
import functools
import struct
import sys

import drgn
from drgn import FindObjectFlags, Object
from drgn.helpers.linux.cpumask import for_each_possible_cpu
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.percpu import per_cpu

# Macros, of which debug information tells nothing
SUB_BITS        = 4             # IRQSPAN_SUB_BITS
LAST_PLACE_MARK = 2             # LINE_WANTED
TAG_HELD        = 1             # IRQSPAN_TAG_HELD
ANY_CPU         = 0xffffffff
U64_MAX         = (1 << 64) - 1
SOFTIRQ_OFFSET  = 0x00000100
PF_IDLE         = 0x00000002

# Clocksources that are the cycles which the tracer reads
CYCLE_CLOCKS    = ('tsc', 'tsc-early', 'arch_sys_counter')

DIR = 'kernel/trace/irqspan/'


def err(s):
    print(s, file=sys.stderr, flush=True)
    sys.exit(1)


def variable(name, filename):
    """A variable that others have the name of as well."""
    return prog.object(name, FindObjectFlags.VARIABLE, filename)


def text(chars):
    """A name as one column: blanks escaped, or nothing."""
    name = chars.string_().decode('ascii', 'backslashreplace')
    # As irqspan_print_word() has it
    for char in '\\ \t\n\v\f\r\x1b':
        name = name.replace(char, f'\\{ord(char):03o}')
    return name or '-'


#
# Symbols
#

def module_memory(mod):
    """Where the code and data of a module are."""
    try:
        return [(mem.base.value_(), mem.size.value_()) for mem in mod.mem]
    except AttributeError:
        return [(mod.core_layout.base.value_(), mod.core_layout.size.value_())]


@functools.lru_cache(maxsize=None)
def modules():
    found = []
    for mod in list_for_each_entry('struct module', prog['modules'].address_of_(), 'list'):
        if mod.state != prog['MODULE_STATE_UNFORMED']:
            found.append((mod, module_memory(mod)))
    return found


@functools.lru_cache(maxsize=None)
def module_symbols(address):
    """The symbols of the module at this address, as (value, where its name is), sorted."""
    mod = Object(prog, 'struct module', address=address)
    table = mod.kallsyms
    raw = prog.read(table.symtab.value_(), table.num_symtab.value_() * 24)
    names = table.strtab.value_()
    symbols = []
    # st_name, st_info, st_other, st_shndx, st_value, st_size
    for name, _, _, shndx, value, _ in struct.iter_unpack('=IBBHQQ', raw):
        if name and shndx and prog.read(names + name, 1) not in (b'', b'\0', b'$', b'.'):
            symbols.append((value, names + name))
    return sorted(symbols)


def find_in_module(address):
    for mod, memory in modules():
        for base, size in memory:
            if not base <= address < base + size:
                continue
            best, end = None, base + size
            for value, name in module_symbols(mod.value_()):
                if base <= value <= address:
                    best = value, name
                elif address < value < end:
                    end = value
            if best:
                name = Object(prog, 'char *', value=best[1]).string_().decode()
                return name, best[0], end - best[0], mod.name.string_().decode()
    return None


@functools.lru_cache(maxsize=None)
def find_symbol(address):
    """Name, begin, size and module of the function that an address is in, or None."""
    try:
        symbol = prog.symbol(address)
        return symbol.name, symbol.address, symbol.size, ''
    except LookupError:
        pass
    try:
        return find_in_module(address)
    except (drgn.FaultError, AttributeError):
        return None


def code(address):
    """function+offset/size"""
    address = int(address)
    if not address:
        return '-'
    found = find_symbol(address)
    if not found:
        return f'{address:#x}'
    name, begin, size, mod = found
    return f'{name}+{address - begin:#x}/{size:#x}' + (f'[{mod}]' if mod else '')


def function(address):
    address = int(address)
    if not address:
        return '-'
    found = find_symbol(address)
    if not found:
        return f'{address:#x}'
    return found[0] + (f'[{found[3]}]' if found[3] else '')


#
# The clock
#

def last_update():
    """When the kernel last updated its clock: monotonic ns, cycles or None."""
    try:
        core = prog['tk_core']
    except LookupError:
        # Later kernels have several, of which it is one.
        core = prog['timekeeper_data'][prog['TIMEKEEPER_CORE'].value_()]
    clock = core.timekeeper.tkr_mono
    now = clock.base.value_() + (clock.xtime_nsec.value_() >> clock.shift.value_())
    cycles = clock.cycle_last.value_()
    if clock.clock.name.string_().decode() not in CYCLE_CLOCKS:
        cycles = None
    return now, cycles


#
# stats and open
#

def bucket_high(bucket, nr):
    """The longest duration that a bucket of the histogram holds."""
    if bucket == nr - 1:
        return U64_MAX
    bucket += 1
    shift = max((bucket >> SUB_BITS) - 1, 0)
    return ((bucket - (shift << SUB_BITS)) << shift) - 1


def percentiles(buckets, longest):
    spans = sum(buckets)
    answers, i, seen = [], 0, 0
    for permille in 500, 900, 990, 999:
        rank = -(-spans * permille // 1000)
        while i < len(buckets) and seen + buckets[i] < rank:
            seen += buckets[i]
            i += 1
        answers.append(min(bucket_high(i, len(buckets)), longest) if i < len(buckets) else longest)
    return answers


def print_stats(kind, number, name, stats):
    if stats is not None:
        buckets = [n.value_() for n in stats.bucket]
        worst = stats.worst
        longest = worst.duration.value_()
        print(kind, number, name, sum(buckets), stats.total.value_(),
              stats.min.value_() if sum(buckets) else 0, *percentiles(buckets, longest), longest,
              code(worst.caller), function(worst.handler), worst.handler_ns.value_(),
              worst.waited.value_(), text(worst.comm))
    else:
        print(kind, number, name, *[0] * 8, '- - 0 0 -')


def cpus():
    """The CPUs that are measured and have been there since."""
    unmeasured = prog['unmeasured_cpus']
    for cpu in for_each_possible_cpu(prog):
        word = unmeasured.bits[cpu // 64].value_()
        state = per_cpu(prog['irqspan_cpus'], cpu)
        if state.stats and not word >> cpu % 64 & 1:
            yield cpu, state


def lines():
    """The lines that were seen off."""
    places = None
    for number, chunk in enumerate(prog['irqspan_line_chunks']):
        if not chunk:
            continue
        places = len(chunk.place)
        for i, line in enumerate(chunk.place):
            if line.value_() > LAST_PLACE_MARK:
                yield number * places + i, line


def has_lines():
    try:
        prog['irqspan_line_chunks']
        return True
    except LookupError:
        return False


def show_stats():
    print('# type id name spans total min p50 p90 p99 p99.9 max caller handler handler_ns '
          'waited comm')
    for cpu, state in cpus():
        print_stats('cpu', cpu, '-', None if state.clear else state.stats[0])
    if not has_lines():
        return
    for irq, line in lines():
        if not line.clear and line.stats.min.value_() != U64_MAX:
            print_stats('irq', irq, text(line.open.span.name), line.stats)


def in_lock_functions(address):
    try:
        return (prog.symbol('__lock_text_start').address <= address <
                prog.symbol('__lock_text_end').address)
    except LookupError:
        return False


def frame_parent(address, frame):
    """As irqflags_frame_parent() of the architecture"""
    members = [member.name for member in frame.type_.members]
    if 'parent' in members:
        return frame.parent.value_()
    if 'word' in members:
        answers = variable('answers', 'irqflags_frame.c')
        hint = (answers[address % len(answers)].value_() ^ address << 8) & U64_MAX
        return frame.word.value_() if 0 < hint < 255 and hint == frame.hint.value_() else 0
    return 0


@functools.lru_cache(maxsize=None)
def preempt_masks():
    """NMI_MASK and HARDIRQ_MASK"""
    try:
        prog['local_interrupt_disable_state']
    except LookupError:
        return 0x00f00000, 0x000f0000
    # This kernel counts local_interrupt_disable() in bits 16 to 23.
    return 0xf0000000, 0x0f000000


def context_of(state):
    count, task = state.preempt_count.value_(), state.task
    nmi_mask, hardirq_mask = preempt_masks()
    if count & nmi_mask:
        return prog['IRQSPAN_CTX_NMI']
    if count & hardirq_mask:
        return prog['IRQSPAN_CTX_HARDIRQ']
    if count & SOFTIRQ_OFFSET:
        return prog['IRQSPAN_CTX_SOFTIRQ']
    if task.flags & PF_IDLE:
        return prog['IRQSPAN_CTX_IDLE']
    return prog['IRQSPAN_CTX_TASK']


def show_open_cpu(cpu, state):
    start = state.start.value_()
    if start <= prog['IRQSPAN_LAST_MARK'].value_():
        return
    now, cycles = last_update()
    since = duration = '-'
    if prog['irqspan_clock_is_cycles'] and cycles is not None:
        diff = max(cycles - start, 0)
        duration = diff * state.scale.mult.value_() >> state.scale.shift.value_()
        since = now - duration
    caller = state.caller.value_()
    if in_lock_functions(caller):
        caller = frame_parent(caller, state.frame) or caller
    names = variable('context_names', DIR + 'local.c')
    print('cpu', cpu, '-', names[context_of(state)].string_().decode(), '-', since, duration,
          state.task.pid.value_(), code(caller), text(state.task.comm), '- -')


def last_caller(span):
    """As find_last_caller() of line.c"""
    sites = [(site.address.value_(), site.balance.value_())
             for site in list(span.site)[:span.nr_sites.value_()]]
    if len(sites) > 1 and not span.sites_lost:
        def begin(address):
            found = find_symbol(address)
            return found[1] if found else address
        for address, balance in reversed(sites):
            if balance > 0 and sum(other for at, other in sites
                                   if begin(at) == begin(address)) > 0:
                return address
    return span.span.last_caller.value_()


def line_measured(irq):
    chosen = variable('filter', DIR + 'line.c')
    if not chosen:
        return True
    return irq < chosen.bits.value_() and chosen.mask[irq // 64].value_() >> irq % 64 & 1


def show_open():
    print('# type id name kind depth since duration pid caller comm depth_max last_caller')
    for cpu, state in cpus():
        show_open_cpu(cpu, state)
    if not has_lines():
        return
    names = variable('kind_names', DIR + 'line.c')
    now, _ = last_update()
    for irq, line in lines():
        span = line.open
        if not span.off or not line_measured(irq):
            continue
        culprit = span.span.culprit
        who = (['0', '(already-off)', '-'] if span.start_unknown else
               [culprit.pid.value_(), code(culprit.caller), text(culprit.comm)])
        print('irq', irq, text(span.span.name), names[span.span.kind].string_().decode(),
              span.depth.value_(), span.start.value_(), max(now - span.start.value_(), 0), *who,
              span.span.depth.value_(), code(last_caller(span)))


#
# Tables
#

def table_rows(table, row_type):
    """The rows of a table that can be found."""
    if not table:
        return
    per_bucket = len(table.bucket[0].tag) if table.bits.value_() >= 0 else 0
    buckets = 1 << table.bits.value_()
    size = table.bucket[0].type_.size
    raw = prog.read(table.bucket.address_, buckets * size)
    first, row_size = table.rows.value_(), table.row_size.value_()
    for bucket in range(buckets):
        tags = struct.unpack_from(f'={per_bucket}I', raw, bucket * size)
        for i, tag in enumerate(tags):
            if tag and not tag & TAG_HELD:
                at = first + (bucket * per_bucket + i) * row_size
                yield Object(prog, row_type, address=at).read_()


def merged(rows, key_of, merge):
    """The rows in the order of their keys; those that have one key are one."""
    by_key = {}
    for key, row in rows:
        if key in by_key:
            merge(by_key[key], row)
        else:
            by_key[key] = row
    return [by_key[key] for key in sorted(by_key, key=key_of)]


def same(key):
    return key


def string(chars):
    return chars.string_()


IPI_SUMS = 'requests', 'sent', 'run_total', 'delay_total', 'late'
IPI_MAXIMA = 'run_max', 'delay_max'


def read_ipi(row):
    key = row.key
    path = []
    if key.path:
        for address in key.path.address:
            if not address:
                break
            path.append(address.value_())
    values = {name: row.member_(name).value_() for name in ('run_total', 'run_max', 'delay_total',
                                                          'delay_max', 'late', 'late_max')}
    values['requests'] = row.requests.counter.value_()
    values['sent'] = row.sent.counter.value_()
    values['row'] = row
    values['path'] = path
    who = (key.to.value_(), key.member_('from').value_(), key.kind.value_(),
           key.function.value_(), key.call_site.value_(), tuple(path), key.name.value_(),
           key.folded.value_())
    return who, values


def merge_ipis(to, other):
    for name in IPI_SUMS:
        to[name] += other[name]
    for name in IPI_MAXIMA:
        to[name] = max(to[name], other[name])
    if other['late_max'] > to['late_max']:
        to['late_max'] = other['late_max']
        to['row'] = other['row']


def ipi_name(key):
    if key.name:
        return text(key.name)
    kind, sender = key.kind.value_(), key.member_('from').value_()
    if (kind == prog['KIND_IRQ_WORK'].value_() and key.to.value_() != sender and
            sender != ANY_CPU):
        kind = prog['KIND_CALL'].value_()
    name = prog['irqspan_ipi_arch_names'][kind]
    return text(name) if name else '-'


def show_ipis():
    print('# to_cpu from_cpu kind name function call_site path comm count no_ipi run_total run_max '
          'delay_total delay_max late duration caller handler span_comm')
    counters = prog['irqspan_ipi_counters']
    if not counters:
        return
    row_type = prog.type('struct ipi_row', DIR + 'ipi.h')
    rows = []
    for table in counters.rows, counters.any_rows:
        rows += [read_ipi(row) for row in table_rows(table, row_type)]
    kinds = variable('kind_names', DIR + 'ipi_table.c')
    nr_cpus = max(for_each_possible_cpu(prog)) + 1
    for i in range(nr_cpus * prog['NR_KINDS'].value_()):
        row = counters.overflow_rows[i]
        if row.requests.counter:
            rows.append(read_ipi(row))
    for values in merged(rows, same, merge_ipis):
        row, key = values['row'], values['row'].key
        sender = key.member_('from').value_()
        kind = kinds[key.kind].string_().decode() if kinds[key.kind] else '-'
        columns = [key.to.value_(), '*' if sender == ANY_CPU else sender, kind, ipi_name(key),
                   function(key.function), code(key.call_site),
                   '<'.join(function(address) for address in values['path']) or '-',
                   text(row.comm), values['requests'],
                   max(values['requests'] - values['sent'], 0)]
        if key.kind.value_() != prog['KIND_CALL'].value_():
            print(*columns, *'-' * 9)
            continue
        culprit = row.culprit
        print(*columns, values['run_total'], values['run_max'], values['delay_total'],
              values['delay_max'], values['late'],
              culprit.duration.value_() if values['late'] else '-', code(culprit.caller),
              function(culprit.handler), text(culprit.comm))


TIMER_COUNTS = 'migrations', 'expiries', 'wakes', 'hotplug'


def read_timer(row):
    key = row.key
    values = {name: row.counts.member_(name).counter.value_() for name in TIMER_COUNTS}
    values['key'] = key
    who = (key.armed_cpu.value_(), key.queued_cpu.value_(), key.kind.value_(),
           key.function.value_(), key.work.value_(), string(key.comm))
    return who, values


def merge_timers(to, other):
    for name in TIMER_COUNTS:
        to[name] += other[name]


def show_timers():
    print('# armed_cpu queued_cpu kind function work comm migrations expiries wakes hotplug')
    row_type = prog.type('struct timer_row', DIR + 'timer.c')
    table = variable('rows', DIR + 'timer.c')
    kinds = variable('kind_names', DIR + 'timer.c')
    rows = [read_timer(row) for row in table_rows(table, row_type)]
    for values in merged(rows, same, merge_timers):
        key = values['key']
        queued = key.queued_cpu.value_()
        print(key.armed_cpu.value_(), '-' if queued == ANY_CPU else queued,
              kinds[key.kind].string_().decode(), function(key.function), function(key.work),
              text(key.comm), *[values[name] for name in TIMER_COUNTS])


def read_blame(row):
    key = row.key
    values = {name: row.member_(name).value_() for name in ('count', 'late_total', 'late_max',
                                                          'caller')}
    values['key'] = key
    who = (key.cpu.value_(), key.victim.value_(), key.function.value_(), key.caller.value_(),
           key.handler.value_(), string(key.comm))
    return who, values


def merge_blame(to, other):
    to['count'] += other['count']
    to['late_total'] += other['late_total']
    if to['late_max'] < other['late_max']:
        to['late_max'] = other['late_max']
        to['caller'] = other['caller']


def show_blame():
    print('# cpu victim function caller handler comm count late_total late_max')
    row_type = prog.type('struct blame_row', DIR + 'blame.c')
    victims = variable('victim_names', DIR + 'blame.c')
    rows = [read_blame(row) for row in table_rows(variable('rows', DIR + 'blame.c'), row_type)]
    for values in merged(rows, same, merge_blame):
        key = values['key']
        print(key.cpu.value_(), victims[key.victim].string_().decode(), function(key.function),
              code(values['caller']), function(key.handler), text(key.comm), values['count'],
              values['late_total'], values['late_max'])


TABLES = {'stats': show_stats, 'open': show_open, 'ipis': show_ipis, 'timers': show_timers,
          'blame': show_blame}

parser = argparse.ArgumentParser(description=desc, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument('table', nargs='*', help=' '.join(TABLES))
args = parser.parse_args()
for table_name in args.table:
    if table_name not in TABLES:
        err(f"no table '{table_name}'; known: {' '.join(TABLES)}")
try:
    prog['irqspan_parts']
except LookupError:
    err('this kernel has no irqspan, or no debug information was found for it')

for number, table_name in enumerate(args.table or TABLES):
    if len(args.table) != 1:
        print(('\n' if number else '') + table_name)
    try:
        TABLES[table_name]()
    except LookupError as missing:
        # A part of the tracer that was taken out
        print(f'# not in this kernel: {missing}')
