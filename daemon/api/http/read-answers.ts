/**
 * Answers of one object and of lists, in the form the client asked for. Plain JSON is assembled from the bytes that the store keeps: nothing
 * is encoded again.
 */

import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../base/object.ts';
import type { Kind } from '../../kinds/kind.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import type { ListPage, ReadEntry } from '../rest/requests.ts';
import type { ResponseForm } from './negotiate.ts';
import { sendValue } from './respond.ts';
import { type IncludeObject, partialMetadata, renderTable } from './transform.ts';

export interface AnswerOptions {
  form: ResponseForm;
  include: IncludeObject;
  /** Milliseconds since the epoch, for ages in tables. */
  now: number;
}

export function sendObject(
  response: ServerResponse,
  code: number,
  kind: Kind,
  entry: ReadEntry,
  options: AnswerOptions,
): void {
  const { form } = options;
  if (form.as === undefined) {
    sendValue(response, code, form, entry.value, entry.json);
    return;
  }
  sendValue(response, code, form, transformObject(kind, entry.value, options, true));
}

/** The object as a Table of one row, or its metadata only. */
export function transformObject(
  kind: Kind,
  object: Readonly<KubeObject>,
  { form, include, now }: AnswerOptions,
  columns: boolean,
): unknown {
  if (form.as !== 'Table') return partialMetadata(kind, object, form.metaVersion);
  const metadata = { resourceVersion: object.metadata?.resourceVersion };
  return renderTable(kind, [object], metadata, { metaVersion: form.metaVersion, include, now, columns });
}

/** Bytes that one write carries at most: large lists are sent piece by piece, as the client reads. */
const PIECE_BYTES = 256 * 1024;

export async function sendList(
  response: ServerResponse,
  kind: Kind,
  page: ListPage,
  options: AnswerOptions,
): Promise<void> {
  const { form, include, now } = options;
  if (form.as === 'Table') {
    const objects = page.entries.map(({ value }) => value);
    sendValue(
      response,
      200,
      form,
      renderTable(kind, objects, page.metadata, { metaVersion: form.metaVersion, include, now, columns: true }),
    );
  } else if (form.as !== undefined) {
    const items = page.entries.map(({ value }) => partialMetadata(kind, value, form.metaVersion));
    sendValue(response, 200, form, {
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${form.metaVersion}`,
      metadata: page.metadata,
      items,
    });
  } else if (form.encoding === 'yaml' || form.pretty) {
    sendValue(response, 200, form, {
      ...listHead(kind),
      metadata: page.metadata,
      items: page.entries.map(({ value }) => value),
    });
  } else {
    await streamList(response, kind, page);
  }
}

const listHead = (kind: Kind) => ({ kind: `${kind.resource.kind}List`, apiVersion: apiVersionOf(kind.resource) });

async function streamList(response: ServerResponse, kind: Kind, page: ListPage): Promise<void> {
  response.statusCode = 200;
  response.setHeader('Content-Type', 'application/json');
  const head = JSON.stringify({ ...listHead(kind), metadata: page.metadata });
  let piece: Uint8Array[] = [Buffer.from(`${head.slice(0, -1)},"items":[`)];
  let bytes = 0;
  const typeMeta = typeMetaOf(kind);
  for (const [index, { json }] of page.entries.entries()) {
    if (index > 0) piece.push(COMMA);
    const item = withoutTypeMeta(json, typeMeta);
    piece.push(...item);
    bytes += json.length;
    if (bytes < PIECE_BYTES) continue;
    if (!response.write(Buffer.concat(piece))) await drained(response);
    if (response.destroyed) return;
    piece = [];
    bytes = 0;
  }
  piece.push(Buffer.from(']}\n'));
  response.end(Buffer.concat(piece));
}

const COMMA = Buffer.from(',');
const OPEN = Buffer.from('{');

/** How the stored bytes of a kind's objects begin. */
const typeMetaOf = ({ resource }: Kind) =>
  Buffer.from(`{"apiVersion":"${apiVersionOf(resource)}","kind":"${resource.kind}",`);

/** Items of a typed list carry neither apiVersion nor kind; they stand first in the stored bytes and are cut off. */
function withoutTypeMeta(json: Buffer, typeMeta: Buffer): Uint8Array[] {
  const begins = json.length > typeMeta.length && json.compare(typeMeta, 0, typeMeta.length, 0, typeMeta.length) === 0;
  return begins ? [OPEN, json.subarray(typeMeta.length)] : [json];
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
