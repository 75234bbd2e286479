/**
 * Answers of one object, in the form the client asked for. Plain JSON is the bytes that the store keeps: nothing is encoded again.
 * Lists: `list-answer.ts`.
 */

import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../base/object.ts';
import { StatusError } from '../../base/status.ts';
import type { Kind } from '../../kinds/kind.ts';
import { internalPackage } from '../rest/body.ts';
import type { ReadEntry } from '../rest/requests.ts';
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
  if (form.as === 'PartialObjectMetadataList') throw notListed(kind, form);
  sendValue(response, code, form, transformObject(kind, entry.value, options, true));
}

/** One object as a list of metadata; Go's type of custom objects could be a list, which is found out too late for a 406. */
const notListed = (kind: Kind, form: ResponseForm): StatusError =>
  kind.schema ? new StatusError(500, '', 'content is not a list') : notShownAs(kind, form, false);

/** 406 for an object that was to be a list, or the other way round. */
export function notShownAs({ resource, schema }: Kind, { as }: ResponseForm, isList: boolean): StatusError {
  const name = `${resource.kind}${isList ? 'List' : ''}`;
  const type = schema
    ? `unstructured.Unstructured${isList ? 'List' : ''}`
    : `${internalPackage(resource.group)}.${name}`;
  const why = `you requested ${as}, but the requested object is ${isList ? 'a' : 'not a'} list (*${type})`;
  return new StatusError(406, 'NotAcceptable', why);
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
