/**
 * `reflet get --at`: asks the daemon for objects of the past and prints them as kubectl would print present ones.
 */

import { stringify } from 'yaml';
import type { HttpClient, RawAnswer } from '../client/http.ts';
import { inert } from '../git/problem.ts';
import { errorOfAnswer } from './answer-error.ts';
import { type Output, renderColumns } from './output.ts';

export interface GetRequest {
  kind: string;
  at: string;
  output: string;
  allNamespaces: boolean;
  name?: string;
  namespace?: string;
  labelSelector?: string;
}

interface Table {
  columnDefinitions: { name: string; priority: number }[];
  rows: { cells: unknown[]; object: { metadata?: { name?: string; namespace?: string } } }[] | null;
}

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

/** `warn`: for what the answer leaves out; not on standard output, which may be piped. */
export async function getAt(
  client: Pick<HttpClient, 'raw'>,
  request: GetRequest,
  out: Output,
  warn: (text: string) => void,
): Promise<void> {
  const { kind, at, output, name, namespace, labelSelector } = request;
  const query = new URLSearchParams({ kind, at });
  for (const [key, value] of Object.entries({ name, namespace, labelSelector })) if (value) query.set(key, value);
  const accept = output === 'yaml' || output === 'json' ? 'application/json' : TABLE;
  const answer = await client.raw('GET', `/reflet/v1/history?${query}`, undefined, accept);
  if (answer.code !== 200) throw errorOfAnswer(answer);
  for (const warning of answer.warnings) warn(inert(warning));
  print(answer, request, out);
}

function print({ body }: RawAnswer, { output, kind, allNamespaces }: GetRequest, out: Output): void {
  const document: unknown = JSON.parse(body);
  if (output === 'json') return out.line(JSON.stringify(document, null, 2));
  if (output === 'yaml')
    return out.line(stringify(document, { version: '1.1', aliasDuplicateObjects: false }).trimEnd());
  const table = document as Table;
  const rows = table.rows ?? [];
  if (output === 'name') {
    for (const { object } of rows) out.line(inert(`${kind.toLowerCase()}/${object.metadata?.name ?? ''}`));
    return;
  }
  if (rows.length === 0) return out.line('No resources found.');
  const shown = table.columnDefinitions.flatMap(({ priority }, index) =>
    priority === 0 || output === 'wide' ? [index] : [],
  );
  const head = shown.map((index) => table.columnDefinitions[index]!.name.toUpperCase());
  const lines = rows.map(({ cells, object }) => [
    ...(allNamespaces ? [object.metadata?.namespace ?? ''] : []),
    ...shown.map((index) => inert(String(cells[index] ?? ''))),
  ]);
  for (const line of renderColumns([[...(allNamespaces ? ['NAMESPACE'] : []), ...head], ...lines]))
    out.line(line.trimEnd());
}
