/** Packs as no honest git makes them, object by object, and their way into a repository over smart HTTP. */

import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { run } from '../../../daemon/base/process.ts';

const TYPES = { commit: 1, tree: 2, blob: 3 } as const;
const REF_DELTA = 7;

export interface PackedObject {
  /** As it stands in the pack: header, for a delta the base's id, what is compressed. */
  readonly bytes: Buffer;
  readonly id: string;
}

export function objectId(type: keyof typeof TYPES, content: Buffer): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
}

function objectHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  let byte = (type << 4) | (size & 15);
  for (; rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 128);
    byte = rest & 127;
  }
  return Buffer.from([...bytes, byte]);
}

export function whole(type: keyof typeof TYPES, content: Buffer): PackedObject {
  return {
    bytes: Buffer.concat([objectHeader(TYPES[type], content.length), deflateSync(content)]),
    id: objectId(type, content),
  };
}

/** `instructions` make an object of `resultSize` bytes, which has (or claims) the id, out of `base`. */
export function delta(
  base: { id: string; size: number },
  resultSize: number,
  instructions: Buffer,
  id: string,
): PackedObject {
  const content = Buffer.concat([sizeVariable(base.size), sizeVariable(resultSize), instructions]);
  const header = objectHeader(REF_DELTA, content.length);
  return { bytes: Buffer.concat([header, Buffer.from(base.id, 'hex'), deflateSync(content)]), id };
}

function sizeVariable(size: number): Buffer {
  const bytes: number[] = [];
  let rest = size;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

/** Instruction: the base's first 64 KiB. */
export const COPY_64_KIB = Buffer.from([0x80 | 0x40, 0x01]);

/** Instruction: these bytes (127 at most). */
export const insert = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([bytes.length]), bytes]);

export function packOf(objects: readonly PackedObject[]): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const body = Buffer.concat([header, ...objects.map(({ bytes }) => bytes)]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

export function treeOf(entries: Iterable<{ name: string; id: string }>): Buffer {
  const parts: Buffer[] = [];
  for (const { name, id } of entries) parts.push(Buffer.from(`100644 ${name}\0`), Buffer.from(id, 'hex'));
  return Buffer.concat(parts);
}

export function commitOf(tree: string, parent: string): Buffer {
  const who = 'Eve <eve@example.org> 1700000000 +0000';
  return Buffer.from(`tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n\nhostile\n`);
}

/** What the server answers to a push of this pack; side band and report as text. */
export async function pushPack(
  url: string,
  authorization: string,
  updates: readonly { ref: string; from: string; to: string }[],
  pack: Buffer,
  whenSent: () => void = () => {},
): Promise<string> {
  const lines = updates.map(({ ref, from, to }, position) =>
    packetLine(`${from} ${to} ${ref}${position === 0 ? '\0report-status side-band-64k' : ''}\n`),
  );
  const folder = await mkdtemp(join(tmpdir(), 'reflet-pack-'));
  try {
    const file = join(folder, 'body');
    await writeFile(file, Buffer.concat([Buffer.from(`${lines.join('')}0000`), pack]));
    whenSent();
    const { stdout } = await run(process.execPath, ['-e', SEND, `${url}/git-receive-pack`, authorization, file]);
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** In a process of its own: what the answer costs this one is the server's. */
const SEND = `
const [url, authorization, file] = process.argv.slice(1);
const headers = { authorization, 'content-type': 'application/x-git-receive-pack-request' };
const body = require('node:fs').readFileSync(file);
fetch(url, { method: 'POST', headers, body }).then((response) => response.text()).then((text) => process.stdout.write(text));
`;

const packetLine = (text: string): string => `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`;
