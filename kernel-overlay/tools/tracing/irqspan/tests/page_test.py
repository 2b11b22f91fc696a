#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The page of 'irqspan report --html' in a browser: headless Chromium. TAP.

Usage: page_test.py [--keep DIR] IRQSPAN

Looks at the page in light and in dark, sorts a table, goes through the spans by keys,
and opens a page of 100,000 records. --keep: leave pages and pictures in DIR.
"""
import argparse
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
WIDTH, HEIGHT = 1000, 1100
RECORDS = 100000
LIMIT = 3000		# ms, from the start of loading until it can be used

number = 0
failed = False


def check(name, problem):
    global number, failed
    number += 1
    print(f'{"not ok" if problem else "ok"} {number} - {name}', flush=True)
    if problem:
        failed = True
        for line in str(problem).splitlines()[:20]:
            print(f'# {line}')


# What a user does, and what he then sees. It ends as text of the element #test.
SCRIPT = '''
<pre id="test"></pre>
<script>
{
const result = {};
const rows = () => [...document.querySelectorAll('#culprits tbody tr')];
const values = i => rows().map(row => Number(row.cells[i].dataset.v ?? -1));
const head = name => [...document.querySelectorAll('#culprits th')].findIndex(th => th.textContent === name);
const click = i => document.querySelectorAll('#culprits th button')[i].click();
const key = name => document.getElementById('timeline').dispatchEvent(
	new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
const detail = () => document.getElementById('detail').textContent;
result.ready = Number(document.documentElement.dataset.ready);
result.rows = rows().length;
const longest = head('longest'), code = head('function');
click(longest);
result.down = values(longest);
result.sort = document.querySelectorAll('#culprits th')[longest].getAttribute('aria-sort');
click(longest);
result.up = values(longest);
result.before = rows().map(row => row.cells[code].textContent);
click(code);
result.inOrder = result.before.toSorted((a, b) => a.localeCompare(b));
result.words = rows().map(row => row.cells[code].textContent);
const more = document.querySelector('#culprits .more');
result.hidden = more ? rows().filter(row => !row.offsetHeight).length : 0;
if (more) more.click();
result.shown = rows().filter(row => row.offsetHeight).length;
result.first = detail();
key('n');
result.second = detail();
key('p');
result.again = detail();
key('ArrowLeft');
result.left = detail();
for (const name of ['+', '+', 'Enter', '-', 'ArrowLeft', 'ArrowUp', 'ArrowDown', '0']) key(name);
for (const button of document.querySelectorAll('[data-do]')) button.click();
const lane = document.getElementById('heat-lane');
for (const option of lane.options) { lane.value = option.value; lane.dispatchEvent(new Event('change')); }
result.lanes = lane.options.length;
result.outside = performance.getEntriesByType('resource').map(r => r.name);
result.wide = document.documentElement.scrollWidth > innerWidth;
result.names = [...document.querySelectorAll('#tasks tbody tr')].map(row => row.cells[4].textContent);
result.alien = document.querySelectorAll('td b, td script, td img').length;
document.getElementById('test').textContent = JSON.stringify(result);
}
</script>
'''


class Browser:
    def __init__(self, work):
        self.path = shutil.which('chromium') or shutil.which('chromium-browser')
        self.work = work

    def run(self, page, *args):
        """Its stdout, and what the page said to the console."""
        done = subprocess.run(
            [self.path, '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
             '--disable-background-networking', '--disable-component-update', '--no-first-run',
             '--host-resolver-rules=MAP * ~NOTFOUND', '--hide-scrollbars', '--timeout=60000',
             '--enable-logging=stderr', f'--user-data-dir={self.work}/profile',
             f'--window-size={WIDTH},{HEIGHT}', *args, f'file://{page}'],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=300)
        said = [line for line in done.stderr.decode('utf-8', 'replace').splitlines()
                if 'CONSOLE' in line]
        return done.stdout.decode('utf-8', 'replace'), said

    def use(self, page, script=SCRIPT):
        """The result of the script in that page."""
        with open(page, encoding='utf-8') as file:
            text = file.read()
        tried = page.replace('.html', '-tried.html')
        with open(tried, 'w', encoding='utf-8') as file:
            file.write(text.replace('</body>', script + '</body>'))
        dom, said = self.run(tried, '--dump-dom')
        found = re.search(r'<pre id="test">(.*?)</pre>', dom, re.S)
        text = found[1] if found else ''
        for entity, sign in (('&lt;', '<'), ('&gt;', '>'), ('&nbsp;', '\u00a0'), ('&amp;', '&')):
            text = text.replace(entity, sign)
        return (json.loads(text) if text else None), said

    def picture(self, page, path, dark):
        _, said = self.run(page, f'--screenshot={path}', '--virtual-time-budget=3000',
                           f'--blink-settings=preferredColorScheme={0 if dark else 1}')
        return said


def read_png(path):
    """Rows of pixels, as bytes, and how many bytes a pixel has."""
    with open(path, 'rb') as file:
        data = file.read()
    at, packed, width, channels = 8, b'', 0, 0
    while at < len(data):
        size, kind = struct.unpack('>I4s', data[at:at + 8])
        if kind == b'IHDR':
            width, _, depth, colour = struct.unpack('>IIBB', data[at + 8:at + 18])
            channels = {2: 3, 6: 4}[colour]
            assert depth == 8
        elif kind == b'IDAT':
            packed += data[at + 8:at + 8 + size]
        at += 12 + size
    raw = zlib.decompress(packed)
    stride = width * channels
    rows, before = [], bytes(stride)
    for start in range(0, len(raw), stride + 1):
        way, row = raw[start], bytearray(raw[start + 1:start + 1 + stride])
        for i in range(stride):
            left = row[i - channels] if i >= channels else 0
            corner = before[i - channels] if i >= channels else 0
            if way == 1:
                row[i] = row[i] + left & 255
            elif way == 2:
                row[i] = row[i] + before[i] & 255
            elif way == 3:
                row[i] = row[i] + (left + before[i]) // 2 & 255
            elif way == 4:
                guess = left + before[i] - corner
                best = min((abs(guess - left), 0, left), (abs(guess - before[i]), 1, before[i]),
                           (abs(guess - corner), 2, corner))
                row[i] = row[i] + best[2] & 255
        rows.append(bytes(row))
        before = rows[-1]
    return rows, channels


def look(path):
    """How bright the picture is, and how much of it is coloured."""
    rows, channels = read_png(path)
    bright = coloured = pixels = 0
    for row in rows[::3]:
        for i in range(0, len(row), 3 * channels):
            red, green, blue = row[i:i + 3]
            bright += (red + green + blue) / 3
            coloured += max(red, green, blue) - min(red, green, blue) > 60
            pixels += 1
    return bright / pixels, coloured / pixels


def differ(got, wanted, what):
    return None if got == wanted else f'{what}: got {str(got)[:300]}, wanted {str(wanted)[:300]}'


def test_use(browser, page, truth):
    got, said = browser.use(page)
    check('no error on the console', '\n'.join(said))
    if not got:
        check('the page can be used', 'the script did not end')
        return
    check('a table sorts by numbers, the other way at the second click',
          differ(got['down'], sorted(got['down'], reverse=True), 'down') or
          differ(got['up'], sorted(got['down']), 'up') or
          differ(got['sort'], 'descending', 'aria-sort') or
          (len(set(got['down'])) < 3 and 'too few rows to tell'))
    check('a table sorts by words', differ(got['words'], got['inOrder'], 'words') or
          (got['words'] == got['before'] and 'they were in that order before'))
    check('all rows can be shown', differ(got['shown'], got['rows'], 'rows'))
    spans = sorted((r['duration'] for r in truth if r['event'] in ('local_span', 'line_span')),
                   reverse=True)
    shown = [f'{ns / 1e6:.2f} ms' for ns in spans[:2]]
    check('it begins with the longest span, and keys go on to the next',
          None if got['first'].startswith(shown[0]) and got['second'].startswith(shown[1]) and
          got['again'] == got['first'] and f'number 2 of {len(spans)}' in got['second'] and
          got['left'] != got['first'] and ' on ' in got['left'] else (shown, got['first'], got['second']))
    check('it asks for nothing from outside', got['outside'])
    check('it fits the window', 'it is wider' if got['wide'] else None)
    check('names of tasks stay names', differ(
        (got['alien'], '</script>' in got['names'], '<b>"&\'`;x' in got['names']),
        (0, True, True), 'names'))
    _, said = browser.use(page, '<script>no_such_function();</script>')
    check('an error would be seen', None if said else 'it was not')


def test_pictures(browser, page, work):
    for dark in False, True:
        name = 'dark' if dark else 'light'
        path = f'{work}/{name}.png'
        said = browser.picture(page, path, dark)
        bright, coloured = look(path)
        # Text and pictures take some of it.
        check(f'{name}: it is that, and not blank', None if not said and coloured > .01 and
              (5 < bright < 70 if dark else 200 < bright < 253) else
              f'brightness {bright:.0f}, {coloured:.1%} coloured {said}')
    blank = f'{work}/blank.html'
    with open(blank, 'w', encoding='utf-8') as file:
        file.write('<!DOCTYPE html><title>x</title>')
    browser.picture(blank, f'{work}/blank.png', False)
    check('a blank page would be seen', None if look(f'{work}/blank.png')[1] < .01 else 'it was not')


def test_many(browser, irqspan, make):
    path, truth = make('many.dat', '--bare', '--records', str(RECORDS))
    page = path.replace('.dat', '.html')
    subprocess.run([irqspan, 'report', '--html', page, path], check=True)
    # The first start of a browser reads it from the disk.
    times = []
    for _ in range(3):
        got, said = browser.use(page)
        times.append(got['ready'] if got else 10 * LIMIT)
    check(f'{RECORDS} records: no error on the console', '\n'.join(said))
    check(f'{RECORDS} records can be used in less than {LIMIT} ms',
          None if min(times) < LIMIT else f'{times} ms')
    print(f'# {len(truth)} records, {os.path.getsize(page) / 1e6:.1f} MB: ready after {times} ms')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--keep')
    parser.add_argument('irqspan')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = args.keep or scratch
        os.makedirs(work, exist_ok=True)
        browser = Browser(scratch)

        def make(name, *options):
            path = f'{os.path.abspath(work)}/{name}'
            subprocess.run([sys.executable, f'{HERE}/make_recording.py', *options, path], check=True)
            with open(f'{path}.truth', encoding='utf-8') as file:
                return path, json.load(file)
        print('TAP version 13')
        if not browser.path:
            print('1..0 # SKIP no chromium')
            return False
        path, truth = make('known.dat')
        page = path.replace('.dat', '.html')
        subprocess.run([args.irqspan, 'report', '--html', page, path], check=True)
        test_use(browser, page, truth)
        test_pictures(browser, page, os.path.abspath(work))
        test_many(browser, args.irqspan, make)
    print(f'1..{number}')
    return failed


if __name__ == '__main__':
    sys.exit(main())
