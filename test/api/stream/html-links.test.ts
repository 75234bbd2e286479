import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rewriteHtmlLinks } from '../../../daemon/api/stream/html-links.ts';

async function rewritten(pieces: readonly Buffer[]): Promise<Buffer> {
  return buffer(Readable.from(pieces).pipe(rewriteHtmlLinks((link) => `[${link}]`)));
}
const octets = (text: string) => [...Buffer.from(text)].map((octet) => Buffer.from([octet]));

describe('links of an HTML page', () => {
  it.each([
    ['<a href="/x">test</a>', '<a href="[/x]">test</a>'],
    ["<A class=b HREF = '/x?a=1&amp;b'>", "<A class=b HREF = '[/x?a=1&amp;b]'>"],
    ['<img src=/a.png><img/src=/b/>', '<img src=[/a.png]><img/src=[/b/]>'],
    [
      '<img srcset="/a" longdesc="/l" usemap="#m" alt="<a href=/x>">',
      '<img srcset="/a" longdesc="[/l]" usemap="[#m]" alt="<a href=/x>">',
    ],
    ['<form action=""><button formaction="/go">', '<form action="[]"><button formaction="[/go]">'],
    [
      '<script src="/s.js">if (a<b) "<a href=\\"/x\\">"</script><a href=/y>',
      '<script src="[/s.js]">if (a<b) "<a href=\\"/x\\">"</script><a href=[/y]>',
    ],
    ['<title><a href="/x"></titles></TITLE ><a href="/y">', '<title><a href="/x"></titles></TITLE ><a href="[/y]">'],
    [
      '<!-- <a href="/x"> --><!--><a href="/y"><!-- --!><a href=z>',
      '<!-- <a href="/x"> --><!--><a href="[/y]"><!-- --!><a href=[z]>',
    ],
    [
      '<!doctype html><?x <a href="/n"?></p href="/x"><p href="/x">',
      '<!doctype html><?x <a href="/n"?></p href="/x"><p href="/x">',
    ],
    ['1 < 2 <3 << <a href="é/ü">', '1 < 2 <3 << <a href="[é/ü]">'],
    ['<a href', '<a href'],
    ['<a href="/x" <b', '<a href="/x" <b'],
    ['<', '<'],
    ['<!-', '<!-'],
    ['<script>x</scrip', '<script>x</scrip'],
  ])('%s', async (page, expected) => {
    expect((await rewritten([Buffer.from(page)])).toString()).toBe(expected);
    expect((await rewritten(octets(page))).toString()).toBe(expected);
  });

  it('what has none is carried octet by octet, however it comes in pieces', async () => {
    const soup = fc.array(
      fc.oneof(
        fc.constantFrom('<', '>', '"', "'", '=', '/', '!', '--', 'a', ' href', '<script', '</script>'),
        fc.string(),
      ),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(soup, async (parts) => {
        const page = Buffer.from(parts.join(''));
        const whole = await buffer(Readable.from([page]).pipe(rewriteHtmlLinks((link) => link)));
        expect(whole.equals(page)).toBe(true);
        const once = await rewritten([page]);
        expect((await rewritten(octets(page.toString('utf8')))).equals(once)).toBe(true);
      }),
    );
  });

  it('a tag that does not end is not held for ever', async () => {
    const held = rewriteHtmlLinks((link) => link);
    let passed = 0;
    held.on('data', (chunk: Buffer) => {
      passed += chunk.length;
    });
    for (let count = 0; count < 20; count++)
      held.write(Buffer.from(count === 0 ? `<a href="${'x'.repeat(8_192)}` : 'x'.repeat(8_192)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(passed).toBeGreaterThan(64 * 1024);
  });
});
