/**
 * Answers of lists, in the form the client asked for, piece by piece: however long the list, the event loop has its turn in between, and however many
 * lists there are, no more than one piece is made in a turn. A client that reads slowly makes the server wait, and no more than one piece is in memory. Plain JSON is spliced together from the bytes that the
 * store keeps. Protobuf alone is encoded whole before it goes out.
 */

import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { JsonObject } from '../../base/object.ts';
import { nextTurn, type TurnQueue } from '../../base/turn.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import type { ProtobufEncoder } from '../../schema/protobuf.ts';
import type { ListPage, ReadEntry } from '../rest/requests.ts';
import { startGzip, wantsGzip } from './gzip.ts';
import { PROTOBUF, type ResponseForm } from './negotiate.ts';
import { Gathered, Pieces } from './piece.ts';
import { type AnswerOptions, notShownAs } from './read-answers.ts';
import { toYaml } from './respond.ts';
import { columnsOf, partialMetadata, rowOf } from './transform.ts';

/** Bytes that one write carries at most. */
const PIECE_BYTES = 256 * 1024;
/** What usually suffices for what stands around the items, and for the item with which a piece is full. */
const HEAD_BYTES = 1024;
const LAST_ITEM_BYTES = 64 * 1024;
/** What making one piece may take of the event loop. */
const PIECE_MS = 4;
/** Items after which the time is looked at. */
const LOOK_EVERY = 16;

/** A list as text: what stands before the items, each of them, and what stands between and after. */
interface Form {
  contentType: string;
  /** Pieces are put together of bytes that are there already, in no time. */
  isSpliced?: boolean;
  head: string;
  /** Adds the item to the piece that is being made. */
  item(entry: ReadEntry, pieces: Pieces): void;
  between: Buffer;
  tail: string;
}

const JSON_TYPE = 'application/json';
const COMMA = Buffer.from(',');
const OPEN = Buffer.from('{');

export async function sendList(
  response: ServerResponse,
  kind: Kind,
  page: ListPage,
  options: AnswerOptions,
  turns: TurnQueue,
): Promise<void> {
  if (options.form.as === 'PartialObjectMetadata') throw notShownAs(kind, options.form, true);
  if (options.form.protobuf) return sendProtobufList(response, kind, page, options, options.form.protobuf, turns);
  const { contentType, isSpliced = false, head, item, between, tail } = formOf(kind, page, options);
  response.statusCode = 200;
  response.setHeader('Content-Type', contentType);
  const size = page.entries.reduce((total, { json }) => total + json.length, 0);
  const out: Writable = wantsGzip(response, size) ? startGzip(response) : response;
  const pieces = new Pieces(out, roomFor(size));
  pieces.add(Buffer.from(head));
  let began = performance.now();
  for (const [index, entry] of page.entries.entries()) {
    if (index > 0) pieces.add(between);
    item(entry, pieces);
    const isLate = index % LOOK_EVERY === 0 && performance.now() - began > PIECE_MS;
    if (pieces.length < PIECE_BYTES && !isLate) continue;
    if (!(await goOn(pieces, out, response, isSpliced ? undefined : turns))) return;
    began = performance.now();
  }
  pieces.add(Buffer.from(tail));
  const last = pieces.last();
  if (out === response && !response.headersSent) response.setHeader('Content-Length', last.length);
  out.end(last);
}

/**
 * A message says how long it is before it says anything else: every item is encoded before the first byte goes out, with turns for others in between.
 * The objects shown are those that the store keeps, so nothing changes meanwhile.
 */
async function sendProtobufList(
  response: ServerResponse,
  kind: Kind,
  page: ListPage,
  options: AnswerOptions,
  protobuf: ProtobufEncoder,
  turns: TurnQueue,
): Promise<void> {
  const { form } = options;
  const items = new Gathered(PIECE_BYTES);
  let began = performance.now();
  for (const [index, entry] of page.entries.entries()) {
    const shown = form.as === undefined ? entry.value : partialMetadata(kind, entry.value, form.metaVersion);
    items.add(protobuf.encodeItem(shown as JsonObject));
    if (index % LOOK_EVERY > 0 || performance.now() - began <= PIECE_MS) continue;
    await turns.take();
    if (response.destroyed) return;
    began = performance.now();
  }
  const metadata = metadataOf(kind, page, options);
  await sendWhole(response, PROTOBUF, protobuf.encodeList({ ...headOf(kind, form), metadata }, items.pieces()));
}

/** What is there already, no faster than the client reads. */
async function sendWhole(response: ServerResponse, contentType: string, parts: readonly Uint8Array[]): Promise<void> {
  const size = parts.reduce((total, { length }) => total + length, 0);
  response.statusCode = 200;
  response.setHeader('Content-Type', contentType);
  const out: Writable = wantsGzip(response, size) ? startGzip(response) : response;
  if (out === response) response.setHeader('Content-Length', size);
  const pieces = new Pieces(out, roomFor(size));
  for (const part of parts) {
    pieces.add(Buffer.from(part.buffer, part.byteOffset, part.length));
    if (pieces.length >= PIECE_BYTES && !(await goOn(pieces, out, response))) return;
  }
  out.end(pieces.last());
}

/** For a piece of an answer of so many bytes. */
const roomFor = (size: number): number => Math.min(size + HEAD_BYTES, PIECE_BYTES) + Math.min(size, LAST_ITEM_BYTES);

/** Writes the piece and lets others have their turn, all who make pieces one after the other in `turns`; false: nobody reads any more. */
async function goOn(pieces: Pieces, out: Writable, response: ServerResponse, turns?: TurnQueue): Promise<boolean> {
  const isRead = pieces.write();
  if (!isRead) await drained(out);
  if (turns) await turns.take();
  else if (isRead) await nextTurn();
  return !(out.destroyed || response.destroyed);
}

function formOf(kind: Kind, page: ListPage, options: AnswerOptions): Form {
  const { form } = options;
  if (form.as === 'Table') return tableForm(kind, page, options);
  if (form.as === undefined && form.encoding === 'json' && !form.pretty) return storedForm(kind, page, options);
  const shown = (entry: ReadEntry) =>
    form.as === undefined ? withoutType(kind, entry) : partialMetadata(kind, entry.value, form.metaVersion);
  return encodedForm(
    { ...headOf(kind, form), metadata: metadataOf(kind, page, options) },
    'items',
    page,
    options,
    shown,
  );
}

/** Items of a typed list carry neither apiVersion nor kind; custom ones do. */
function withoutType({ schema }: Kind, { value }: ReadEntry): object {
  if (schema) return value;
  const { apiVersion: _version, kind: _kind, ...rest } = value;
  return rest;
}

/** Lists of custom objects say that they do not go on where others say nothing. */
const metadataOf = ({ schema }: Kind, { metadata }: ListPage, { form }: AnswerOptions): object =>
  schema && form.as === undefined ? { continue: '', ...metadata } : metadata;

const listHead = (kind: Kind) => ({ kind: `${kind.resource.kind}List`, apiVersion: apiVersionOf(kind.resource) });

const headOf = (kind: Kind, { as, metaVersion }: ResponseForm) =>
  as === undefined ? listHead(kind) : { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${metaVersion}` };

function tableForm(kind: Kind, page: ListPage, options: AnswerOptions): Form {
  const { form, include, now } = options;
  const head = {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${form.metaVersion}`,
    metadata: page.metadata,
    columnDefinitions: columnsOf(kind),
  };
  return encodedForm(head, 'rows', page, options, ({ value }) => rowOf(kind, value, include, form.metaVersion, now));
}

/** The objects' own bytes. Items of a typed list carry neither apiVersion nor kind; they stand first and are cut off, but for custom kinds. */
function storedForm(kind: Kind, page: ListPage, options: AnswerOptions): Form {
  const typeMeta = Buffer.from(`{"apiVersion":"${apiVersionOf(kind.resource)}","kind":"${kind.resource.kind}",`);
  const { length } = typeMeta;
  const head = JSON.stringify({ ...listHead(kind), metadata: metadataOf(kind, page, options) });
  return {
    contentType: JSON_TYPE,
    isSpliced: true,
    head: `${head.slice(0, -1)},"items":[`,
    item: ({ json }, pieces) => {
      if (kind.schema || json.compare(typeMeta, 0, length, 0, Math.min(length, json.length)) !== 0)
        return pieces.add(json);
      pieces.add(OPEN);
      pieces.add(json, length);
    },
    between: COMMA,
    tail: ']}\n',
  };
}

function encodedForm(
  head: object,
  list: string,
  page: ListPage,
  { form }: AnswerOptions,
  shown: (entry: ReadEntry) => unknown,
): Form {
  if (form.encoding === 'yaml') return yamlForm(head, list, page, shown);
  if (!form.pretty) {
    return {
      contentType: JSON_TYPE,
      head: `${JSON.stringify(head).slice(0, -1)},"${list}":[`,
      item: (entry, pieces) => pieces.add(Buffer.from(JSON.stringify(shown(entry)))),
      between: COMMA,
      tail: ']}\n',
    };
  }
  const indented = (value: unknown) => JSON.stringify(value, null, 2).replaceAll('\n', '\n    ');
  return {
    contentType: JSON_TYPE,
    head: `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "${list}": [${page.entries.length > 0 ? '\n    ' : ''}`,
    item: (entry, pieces) => pieces.add(Buffer.from(indented(shown(entry)))),
    between: Buffer.from(',\n    '),
    tail: page.entries.length > 0 ? '\n  ]\n}\n' : ']\n}\n',
  };
}

/** Members are sorted, and `items` and `rows` stand before or after others accordingly. */
function yamlForm(head: object, list: string, page: ListPage, shown: (entry: ReadEntry) => unknown): Form {
  const members = (isBefore: boolean) =>
    Object.fromEntries(Object.entries(head).filter(([name]) => name < list === isBefore));
  const text = (value: object) => (Object.keys(value).length > 0 ? toYaml(value) : '');
  const hasItems = page.entries.length > 0;
  return {
    contentType: 'application/yaml',
    head: hasItems ? `${text(members(true))}${list}:\n` : toYaml({ ...head, [list]: [] }),
    item: (entry, pieces) => pieces.add(Buffer.from(toYaml([shown(entry)]))),
    between: Buffer.alloc(0),
    tail: hasItems ? text(members(false)) : '',
  };
}

function drained(out: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      out.off('drain', done);
      out.off('close', done);
      resolve();
    };
    out.on('drain', done);
    out.on('close', done);
  });
}
