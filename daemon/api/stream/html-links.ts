/**
 * Rewrites the addresses in an HTML page as it streams by: the values of attributes that hold one, and nothing else; every other octet stays as
 * it came. Tags are told apart as the HTML standard's tokenizer does (§13.2.5), as far as finding attributes needs it.
 *
 * Bounded: no more than one unfinished tag is held.
 */

import { Transform } from 'node:stream';

/** Which attributes of which elements hold one address (HTML 4 and the living standard). */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};
/** What is in these is text, whatever it looks like, up to their end tag. */
const TEXT_ONLY: ReadonlySet<string> = new Set(['script', 'style', 'textarea', 'title', 'iframe', 'noframes', 'xmp']);
/** A longer tag is carried as it is. */
const TAG_LENGTH_MAX = 64 * 1024;

interface Attribute {
  name: string;
  /** Of the value, without quotes. */
  from: number;
  to: number;
}

interface Tag {
  name: string;
  attributes: Attribute[];
  end: number;
}

/** What is carried unseen until the end of a comment, of a tag that is no start tag, of an element of text. */
interface Skip {
  until: RegExp;
  /** The longest text that `until` may match. */
  lengthMax: number;
}

const TAG_END: Skip = { until: />/, lengthMax: 1 };
const COMMENT_END: Skip = { until: /--!?>/, lengthMax: 4 };
const endOfElement = (name: string): Skip => ({
  until: new RegExp(`(?=</${name}[\\s/>])`, 'i'),
  lengthMax: name.length + 3,
});

interface Step {
  /** What is passed on for the first `taken` characters. */
  text: string;
  taken: number;
  skip: Skip | undefined;
}

/** `rewrite` is given a value as it stands in the page (`&amp;` and all) and answers what is to stand there. */
export function rewriteHtmlLinks(rewrite: (address: string) => string): Transform {
  // One character an octet: what is looked for is ASCII in every encoding of pages, UTF-16 apart.
  let pending = '';
  let skip: Skip | undefined;
  const take = (isLast: boolean): Buffer => {
    let out = '';
    while (pending !== '') {
      const step = skip ? stepOver(pending, skip, isLast) : stepInText(pending, rewrite, isLast);
      if (step === undefined) break;
      out += step.text;
      pending = pending.slice(step.taken);
      skip = step.skip;
    }
    return Buffer.from(out, 'latin1');
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      pending += chunk.toString('latin1');
      done(null, take(false));
    },
    flush(done) {
      done(null, take(true));
    },
  });
}

function stepOver(pending: string, skip: Skip, isLast: boolean): Step | undefined {
  const found = skip.until.exec(pending);
  const kept = isLast ? 0 : skip.lengthMax - 1;
  const taken = found ? found.index + found[0].length : Math.max(0, pending.length - kept);
  if (!found && taken === 0) return undefined;
  return { text: pending.slice(0, taken), taken, skip: found ? undefined : skip };
}

function stepInText(pending: string, rewrite: (address: string) => string, isLast: boolean): Step | undefined {
  const carry = (taken: number, skip?: Skip): Step => ({ text: pending.slice(0, taken), taken, skip });
  const start = pending.indexOf('<');
  if (start !== 0) return carry(start === -1 ? pending.length : start);
  // `<!` alone is left before a comment's dashes: `<!-->` is one as well.
  if (pending.startsWith('<!--')) return carry(2, COMMENT_END);
  if (!isLast && '<!--'.startsWith(pending)) return undefined;
  if (/^<[!/?]/.test(pending)) return carry(2, TAG_END);
  if (!/^<[a-z]/i.test(pending)) return carry(1);
  const tag = scanStartTag(pending);
  if (tag === undefined) return isLast || pending.length > TAG_LENGTH_MAX ? carry(pending.length, TAG_END) : undefined;
  return {
    text: rewriteTag(pending, tag, rewrite),
    taken: tag.end,
    skip: TEXT_ONLY.has(tag.name) ? endOfElement(tag.name) : undefined,
  };
}

function rewriteTag(text: string, { name, attributes, end }: Tag, rewrite: (address: string) => string): string {
  let out = '';
  let copied = 0;
  for (const { name: attribute, from, to } of attributes) {
    if (!ADDRESSES[name]?.includes(attribute)) continue;
    out += text.slice(copied, from) + rewrite(text.slice(from, to));
    copied = to;
  }
  return out + text.slice(copied, end);
}

/** The start tag at the beginning of `text`; undefined while its end has not come. */
function scanStartTag(text: string): Tag | undefined {
  let at = 1;
  const read = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  };
  const name = read(/[^\s/>]+/y).toLowerCase();
  const attributes: Attribute[] = [];
  for (;;) {
    read(/[\s/]+/y);
    if (at >= text.length) return undefined;
    if (text[at] === '>') return { name, attributes, end: at + 1 };
    const attribute = read(/[^\s/>][^\s/>=]*/y).toLowerCase();
    if (read(/\s*=\s*/y) === '') continue;
    const quote = read(/["']/y);
    const from = at;
    read(quote === '' ? /[^\s>]+/y : quote === '"' ? /[^"]+/y : /[^']+/y);
    attributes.push({ name: attribute, from, to: at });
    at += quote.length;
  }
}
