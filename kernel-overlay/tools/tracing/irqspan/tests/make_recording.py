#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Make a recording of known records, without anything of irqspan(1) or of libtracecmd.

Usage: make_recording.py [--records N] [--bare] [--stacks] [--lost NS] FILE

Writes FILE as 'irqspan record' would (--bare: without tables, as trace-cmd would; --lost:
without the records of spans that took as long, though the tables count them), and
what is in it to FILE.truth, as JSON. The same options give the same file.
"""
import argparse
import json
import random
import struct

PAGE = 4096

# Functions: their names, addresses, sizes, modules.
KERNEL = 0xffffffff81000000
MODULE = 0xffffffffc0100000
FUNCTIONS = {}
for number, name in enumerate((
        'irqentry_enter', 'irqentry_exit', 'sysvec_apic_timer_interrupt', '__schedule', 'schedule',
        'finish_task_switch', 'kmem_cache_alloc', 'do_something', 'tick_nohz_handler',
        'hrtimer_wakeup', 'flush_tlb_func', 'native_flush_tlb_multi', 'process_timeout',
        'ksys_write', 'do_syscall_64', 'end_span')):
    FUNCTIONS[name] = (KERNEL + 0x1000 * number, '')
for number, name in enumerate(('bad_irq_off', 'bad_handler', 'bad_xmit', 'bad_open')):
    FUNCTIONS[name] = (MODULE + 0x100 * number, 'bad_driver')

CONTEXTS = ('task', 'softirq', 'hardirq', 'nmi', 'idle')
KINDS = ('disable', 'hardirq', 'oneshot', 'spurious', 'suspend', 'shutdown')
TIMERS = ('hrtimer', 'wheel')

# Fields: the event's own, behind the common ones, as the kernel lays them out.
EVENTS = {
    'local_span': (1001, (('u64', 'duration'), ('addr', 'caller'), ('addr', 'parent'),
                          ('addr', 'end_caller'), ('addr', 'end_parent'), ('text16', 'comm'),
                          ('s32', 'pid'), ('u32', 'context'), ('addr', 'handler'),
                          ('u64', 'handler_ns'), ('u64', 'waited'))),
    'line_span': (1002, (('u32', 'irq'), ('text32', 'name'), ('u64', 'duration'),
                         ('addr', 'caller'), ('addr', 'end_caller'), ('text16', 'comm'),
                         ('s32', 'pid'), ('u32', 'cpu_off'), ('u32', 'depth'), ('u32', 'kind'),
                         ('bool', 'pending'), ('addr', 'last_caller'))),
    'ipi_late': (1003, (('u32', 'from_cpu'), ('addr', 'function'), ('addr', 'call_site'),
                        ('u64', 'delay'), ('u64', 'duration'), ('addr', 'caller'),
                        ('addr', 'handler'), ('u64', 'waited'), ('text16', 'comm'),
                        ('s32', 'pid'))),
    'timer_late': (1004, (('u32', 'kind'), ('addr', 'function'), ('u64', 'late'),
                          ('u64', 'duration'), ('addr', 'caller'), ('addr', 'handler'),
                          ('u64', 'waited'), ('text16', 'comm'), ('s32', 'pid'))),
    'timer_migrate': (1005, (('addr', 'timer'), ('addr', 'function'), ('u32', 'kind'),
                             ('u32', 'from_cpu'), ('u32', 'to_cpu'), ('text16', 'comm'),
                             ('s32', 'pid'))),
    'remote_wake': (1006, (('addr', 'function'), ('u32', 'armed_cpu'), ('u32', 'expired_cpu'),
                           ('text16', 'comm'), ('s32', 'pid'))),
}
TYPES = {
    'u64': ('u64', 8, '<Q', 0), 'addr': ('unsigned long', 8, '<Q', 0),
    'u32': ('unsigned int', 4, '<I', 0), 's32': ('pid_t', 4, '<i', 1),
    'bool': ('bool', 1, '<B', 0), 'text16': ('char', 16, '16s', 0),
    'text32': ('char', 32, '32s', 0),
}
STACK_ID = 4
COMMON = ('\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n'
          '\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n'
          '\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n'
          '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n')
HEADER_PAGE = ('\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n'
               '\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n'
               '\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n'
               '\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n')
HEADER_EVENT = ('# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n'
                '\tarray       :   32 bits\n\n\tpadding     : type == 29\n'
                '\ttime_extend : type == 30\n\ttime_stamp : type == 31\n'
                '\tdata max type_len  == 28\n')


def layout(fields):
    """Where each field begins, behind 8 bytes of common ones."""
    at = 8
    for kind, name in fields:
        size = TYPES[kind][1]
        align = 1 if kind.startswith('text') else size
        at = (at + align - 1) // align * align
        yield kind, name, at, size
        at += size


def event_format(name):
    number, fields = EVENTS[name]
    text = f'name: {name}\nID: {number}\nformat:\n{COMMON}'
    shown = []
    for kind, field, at, size in layout(fields):
        array = f'[{size}]' if kind.startswith('text') else ''
        text += (f'\tfield:{TYPES[kind][0]} {field}{array};\toffset:{at};\tsize:{size};'
                 f'\tsigned:{TYPES[kind][3]};\n')
        shown.append(field)
    symbols = {'context': CONTEXTS, 'kind': TIMERS if 'timer' in name else KINDS}
    what, values = [], []
    for kind, field, _, _ in layout(fields):
        if field in symbols:
            pairs = ', '.join(f'{{ {i}, "{s}" }}' for i, s in enumerate(symbols[field]))
            what.append(f'{field}=%s')
            values.append(f'__print_symbolic(REC->{field}, {pairs})')
        elif kind.startswith('text'):
            what.append(f'{field}=%s')
            values.append(f'REC->{field}')
        else:
            what.append(f'{field}=%pS' if kind == 'addr' else f'{field}=%llu')
            values.append(f'(void *)REC->{field}' if kind == 'addr' else f'REC->{field}')
    return text + '\nprint fmt: "' + ' '.join(what) + '", ' + ', '.join(values) + '\n'


STACK_FORMAT = (f'name: kernel_stack\nID: {STACK_ID}\nformat:\n{COMMON}'
                '\tfield:int size;\toffset:8;\tsize:4;\tsigned:1;\n'
                '\tfield:unsigned long caller[8];\toffset:16;\tsize:64;\tsigned:0;\n\n'
                'print fmt: "\\t=> %ps", (void *)REC->caller[0]\n')


def address(place):
    """Of "function+0x10", 0 of None."""
    if not place:
        return 0
    name, offset = place.split('+')
    return FUNCTIONS[name][0] + int(offset, 16)


def pack(record):
    number, fields = EVENTS[record['event']]
    data = bytearray(struct.pack('<HBBi', number, 0, 0, record['end_pid']))
    for kind, name, at, size in layout(fields):
        data += bytes(at - len(data))
        value = record.get(name, 0)
        if kind == 'addr':
            value = address(value)
        elif kind.startswith('text'):
            value = value.encode('utf-8', 'surrogateescape')
        elif name == 'context':
            value = CONTEXTS.index(value)
        elif name == 'kind':
            value = (TIMERS if 'timer' in record['event'] else KINDS).index(value)
        data += struct.pack(TYPES[kind][2], value)
    return bytes(data)


def pack_stack(record):
    frames = [address(frame) for frame in record['stack']]
    return struct.pack('<HBBii', STACK_ID, 0, 0, record['end_pid'], len(frames)) + bytes(4) + \
        b''.join(struct.pack('<Q', frame) for frame in frames)


class Buffer:
    """Pages of a CPU's ring buffer."""

    def __init__(self):
        self.pages, self.data, self.begin, self.last = [], b'', 0, 0

    def close(self):
        if self.data:
            self.pages.append(struct.pack('<QQ', self.begin, len(self.data)) +
                              self.data.ljust(PAGE - 16, b'\0'))
        self.data = b''

    def add(self, time, data):
        data += bytes(-len(data) % 4)
        if len(self.data) + len(data) + 20 > PAGE - 16:
            self.close()
        if not self.data:
            self.begin = self.last = time
        delta = time - self.last
        if delta >= 1 << 27:
            self.data += struct.pack('<II', 30 | (delta & 0x7ffffff) << 5, delta >> 27)
            delta = 0
        if len(data) > 112:
            self.data += struct.pack('<II', delta << 5, len(data) + 4) + data
        else:
            self.data += struct.pack('<I', len(data) // 4 | delta << 5) + data
        self.last = time


# Names of tasks that a page must not take for its own code, and one that is no UTF-8.
TASKS = ['hackbench', 'cyclictest', 'swapper/0', '</script>', '<b>"&\'`;x', 'a b\\c', 'caf\u00e9',
         'bad\udcff\udc80']


def make_records(count, stacks):
    """Known ones; a span's duration, begin and end are exact."""
    chance = random.Random(20260101)
    now = [10 ** 9 + 1000 * cpu for cpu in range(4)]
    records, lines = [], {22: ('eth0', 0), 5: ('bad dev', 0)}
    while len(records) < count:
        cpu = chance.randrange(4)
        task = chance.choice(TASKS)
        pid = 100 + TASKS.index(task)
        duration = int(10 ** chance.uniform(4, 7))
        begin = now[cpu] + chance.randrange(1000, 200000)
        end = begin + duration
        way = chance.randrange(6)
        span = dict(event='local_span', cpu=cpu, time=end, duration=duration, comm=task, pid=pid,
                    end_pid=pid, context='task', handler=None, handler_ns=0, waited=0,
                    caller='do_something+0x10', parent='ksys_write+0x20',
                    end_caller='do_something+0x80', end_parent='ksys_write+0x20')
        if way == 0:
            span.update(context='hardirq', caller='irqentry_enter+0x1e',
                        parent='sysvec_apic_timer_interrupt+0xa', end_caller='irqentry_exit+0x49',
                        handler='tick_nohz_handler+0x0', handler_ns=duration * 3 // 4)
        elif way == 1:
            span.update(context='hardirq', caller='irqentry_enter+0x1e', parent=None,
                        handler='bad_handler+0x0', handler_ns=duration - 1)
        elif way == 2:
            span.update(caller='kmem_cache_alloc+0x44', parent='kmem_cache_alloc+0x44',
                        waited=duration * 4 // 5)
        elif way == 3:
            span.update(caller='bad_irq_off+0x8', parent='bad_open+0x30')
        elif way == 4:
            span.update(caller='__schedule+0x63', parent='schedule+0x23', end_pid=pid + 1,
                        end_caller='finish_task_switch+0x86', end_parent=None)
        if stacks and way in (3, 5):
            span['stack'] = ['end_span+0x10', span['end_caller'], 'ksys_write+0x20', 'do_syscall_64+0x5']
        records.append(span)
        now[cpu] = end
        number = len(records) - 1
        if chance.random() < 0.3:
            # It hit while the span lasted, and runs right behind it.
            behind = chance.randrange(100, 900)
            late = behind + chance.randrange(1, duration)
            now[cpu] = end + behind
            common = dict(cpu=cpu, time=now[cpu], duration=duration, caller=span['caller'],
                          handler=span['handler'], waited=span['waited'], comm=task, pid=pid,
                          end_pid=pid, blamed=number)
            if chance.random() < 0.5:
                records.append(dict(common, event='ipi_late', from_cpu=(cpu + 1) % 4, delay=late,
                                    function='flush_tlb_func+0x0',
                                    call_site='native_flush_tlb_multi+0x50'))
            else:
                records.append(dict(common, event='timer_late', kind='hrtimer', late=late,
                                    function='hrtimer_wakeup+0x0'))
        if way == 0 and chance.random() < 0.2:
            # A timer that is late because of the span that still lasts.
            at = begin + duration // 2
            records.insert(number, dict(
                event='timer_late', cpu=cpu, time=at, kind='hrtimer', late=duration // 4,
                function='hrtimer_wakeup+0x0', duration=at - begin, caller=span['caller'],
                handler='tick_nohz_handler+0x0', waited=0, comm=task, pid=pid, end_pid=pid,
                blamed=number + 1))
            for record in records[number + 1:]:
                if record is not span and 'blamed' in record:
                    record['blamed'] += 1
        if chance.random() < 0.02:
            # Late, but the span to blame has no record.
            now[cpu] += 5000
            records.append(dict(event='timer_late', cpu=cpu, time=now[cpu], kind='wheel', late=2000,
                                function='process_timeout+0x0', duration=3000,
                                caller='schedule+0x23', handler=None, waited=0, comm=task, pid=pid,
                                end_pid=pid))
        if chance.random() < 0.1:
            irq = chance.choice(list(lines))
            name, free = lines[irq]
            at = now[cpu] + 100
            length = min(at - max(free, 10 ** 9) - 50, int(10 ** chance.uniform(4, 8)))
            if length > 0:
                now[cpu] = at
                lines[irq] = (name, at)
                records.append(dict(event='line_span', cpu=cpu, time=at, irq=irq, name=name,
                                    duration=length, caller='bad_xmit+0x10',
                                    end_caller='bad_xmit+0x70', comm=task, pid=pid, end_pid=pid,
                                    cpu_off=(cpu + 3) % 4, depth=1, kind='disable',
                                    pending=chance.randrange(2), last_caller='bad_xmit+0x10'))
        if chance.random() < 0.02:
            now[cpu] += 200
            records.append(dict(event='timer_migrate', cpu=cpu, time=now[cpu], timer=None,
                                function='hrtimer_wakeup+0x0', kind='hrtimer',
                                from_cpu=(cpu + 2) % 4, to_cpu=cpu, comm=task, pid=pid,
                                end_pid=pid))
            now[cpu] += 200
            records.append(dict(event='remote_wake', cpu=cpu, time=now[cpu],
                                function='hrtimer_wakeup+0x0', armed_cpu=(cpu + 2) % 4,
                                expired_cpu=cpu, comm=task, pid=pid, end_pid=pid))
    return records


def stats(records, share, lost):
    """What the kernel would have counted by then: of the first ones. lost: and of one before
    them that was longer than all."""
    rows = {}
    for record in records[:int(share * len(records))]:
        if record['event'] == 'local_span':
            rows.setdefault(('cpu', record['cpu'], '-'), []).append(record)
        elif record['event'] == 'line_span':
            name = record['name'].replace(' ', '\\040')
            rows.setdefault(('irq', record['irq'], name), []).append(record)
    text = ('# type id name spans total min p50 p90 p99 p99.9 max caller handler handler_ns waited '
            'comm\n')
    hist = '# type id name low high count\n'
    for (kind, number, name), spans in sorted(rows.items()):
        lengths = sorted(span['duration'] for span in spans)
        worst = max(spans, key=lambda span: span['duration'])
        text += (f"{kind} {number} {name} {len(spans)} {sum(lengths)} {lengths[0]} 1 1 1 1 "
                 f"{10 ** 9 if lost else lengths[-1]} {worst['caller']}/0x100 - 0 0 x\n")
        for power in range(64):
            within = sum(1 << power <= length < 2 << power for length in lengths)
            if within:
                hist += f'{kind} {number} {name} {1 << power} {(2 << power) - 1} {within}\n'
    return text + '# recursion 0\n# generation 3\n', hist + '# generation 3\n'


def checksum(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return value


def add_tables(data, records, lost):
    begin = len(data)
    tables = {'settings': 'host testbox\nrelease 6.12.0-test\narchitecture x86_64\n'
                          'date 2026-01-01 00:00:00 UTC\ncpus all\nirqs all\nlocal_thresh 10.0 us\n'
                          'local_thresh_ns 10000\nline_thresh 0 ns\nline_thresh_ns 0\n'
                          f'lost_records {lost}\ncommand sh -c "</script>"\n',
              'modules': f'{MODULE:x} {MODULE + 0xfff:x} bad_driver\n'}
    for when, share in ('begin', .25), ('end', 1):
        tables[f'{when}/stats'], tables[f'{when}/hist'] = stats(records, share, lost)
        count = 10 if when == 'begin' else 25
        tables[f'{when}/timers'] = (
            '# armed_cpu queued_cpu kind function work comm migrations expiries wakes hotplug\n'
            f'1 0 hrtimer hrtimer_wakeup - cyclic\\040test {count} {count} {count} 0\n'
            f'1 0 hrtimer hrtimer_wakeup - 007 {count} {count} {count - 3} 0\n'
            '# generation 1\n')
        tables[f'{when}/ipis'] = (
            '# to_cpu from_cpu kind name function call_site path comm count no_ipi run_total '
            'run_max delay_total delay_max late duration caller handler span_comm\n'
            '1 0 call-function - flush_tlb_func ksys_write+0x1/0x100 ksys_write<do_syscall_64 app '
            f'{count} {2 if when == "begin" else 13} 900 70 800 60 0 - - - -\n'
            '# generation 1\n')
    for name, text in tables.items():
        text = text.encode()
        data += f'irqspan-table {name} {len(text)}\n'.encode() + text + b'\n'
    return data + f'irqspan-end {begin:016x} {checksum(data):016x}\n'.encode()


def write(path, records, bare, lost):
    def sized(text, form='<Q'):
        text = text.encode()
        return struct.pack(form, len(text)) + text

    buffers = [Buffer() for _ in range(4)]
    kept = [r for r in records if not lost or r.get('duration', 0) < lost]
    for record in sorted(kept, key=lambda record: (record['cpu'], record['time'])):
        buffers[record['cpu']].add(record['time'], pack(record))
        if 'stack' in record:
            buffers[record['cpu']].add(record['time'], pack_stack(record))
    for buffer in buffers:
        buffer.close()
    symbols = ''.join(f'{at:016x} t {name}' + (f'\t[{module}]' if module else '') + '\n'
                      for name, (at, module) in FUNCTIONS.items()) + 'ffffffffffffffff t (none)\n'
    names = ''.join(f'{100 + i} {name}\n' for i, name in enumerate(TASKS) if name.isascii())
    data = b'\x17\x08\x44tracing6\0' + b'\0' + b'\x08' + struct.pack('<I', PAGE)
    data += b'header_page\0' + sized(HEADER_PAGE) + b'header_event\0' + sized(HEADER_EVENT)
    data += struct.pack('<I', 1) + sized(STACK_FORMAT)
    data += struct.pack('<I', 1) + b'irqspan\0' + struct.pack('<I', len(EVENTS))
    data += b''.join(sized(event_format(name)) for name in EVENTS)
    data += sized(symbols, '<I') + sized('', '<I') + sized(names)
    data += struct.pack('<I', len(buffers)) + b'options  \0'
    mark = b'trace-cmd' if bare else b'irqspan recording 1'
    data += struct.pack('<HI', 9, len(mark) + 1) + mark + b'\0' + struct.pack('<H', 0)
    data += b'flyrecord\0'
    at = (len(data) + 16 * len(buffers) + PAGE - 1) // PAGE * PAGE
    pages = b''
    for buffer in buffers:
        size = PAGE * len(buffer.pages)
        data += struct.pack('<QQ', at + len(pages), size)
        pages += b''.join(buffer.pages)
    data = data.ljust(at, b'\0') + pages
    with open(path, 'wb') as file:
        file.write(data if bare else add_tables(data, records, len(records) - len(kept)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--records', type=int, default=2000)
    parser.add_argument('--bare', action='store_true')
    parser.add_argument('--stacks', action='store_true')
    parser.add_argument('--lost', type=int, default=0)
    parser.add_argument('file')
    args = parser.parse_args()
    records = make_records(args.records, args.stacks)
    write(args.file, records, args.bare, args.lost)
    for record in records:
        for key in 'comm', 'name':
            if key in record:
                text = record[key].encode('utf-8', 'surrogateescape')
                record[key] = text.decode('utf-8', 'replace')
    with open(args.file + '.truth', 'w', encoding='utf-8') as file:
        json.dump(records, file)


if __name__ == '__main__':
    main()
