/**
 * `reflet diff`: reads a comparison from the daemon and prints it.
 */

import { formatFieldChange } from '../base/field-changes.ts';
import type { HttpClient } from '../client/http.ts';
import type { ChangedField, ObjectDifference } from '../git/history/compare.ts';
import { inert } from '../git/problem.ts';
import { errorOfAnswer } from './answer-error.ts';
import type { MomentDocument } from './history-endpoints.ts';
import type { Output } from './output.ts';

export interface DiffRequest {
  from?: string;
  to?: string;
  live?: boolean;
  foreign?: boolean;
  namespace?: string;
}

export interface DiffReport {
  from: MomentDocument;
  to: MomentDocument | 'live';
  objects: readonly ObjectDifference[];
  /** What could not be compared. */
  problems: readonly string[];
}

export async function readDiff(client: Pick<HttpClient, 'raw'>, request: DiffRequest): Promise<DiffReport> {
  const { from, to, live, foreign, namespace } = request;
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({ from, to, namespace })) if (value) query.set(key, value);
  if (foreign) query.set('foreign', 'true');
  const answer = await client.raw('GET', `/reflet/v1/${live ? 'drift' : 'diff'}?${query}`);
  if (answer.code !== 200) throw errorOfAnswer(answer);
  return JSON.parse(answer.body) as DiffReport;
}

/** Returns the exit code: 0 the same, 1 different, 2 when something could not be compared. */
export function printDiff(report: DiffReport, json: boolean, out: Output): number {
  if (json) out.line(JSON.stringify(report, null, 2));
  else {
    out.line(`${describe(report.from)} → ${report.to === 'live' ? 'live' : describe(report.to)}`);
    for (const object of report.objects) printObject(object, report.to === 'live', out);
    for (const problem of report.problems) out.line(out.paint('error', `could not be compared: ${inert(problem)}`));
    if (report.objects.length === 0 && report.problems.length === 0) out.line('no difference');
  }
  if (report.problems.length > 0) return 2;
  return report.objects.length > 0 ? 1 : 0;
}

function describe({ commit, revision, time }: MomentDocument): string {
  const more = [revision === undefined ? '' : `revision ${revision}`, time ?? ''].filter(Boolean);
  return commit.slice(0, 12) + (more.length > 0 ? ` (${more.join(', ')})` : '');
}

const SIGNS = { added: '+', removed: '-', changed: '~', missing: '!' } as const;
const TONES = { added: 'ok', removed: 'error', changed: 'warning', missing: 'error' } as const;

function printObject(
  { kind, namespace, name, change, place, fields }: ObjectDifference,
  live: boolean,
  out: Output,
): void {
  const object = `${kind.toLowerCase()} ${namespace ? `${namespace}/` : ''}${name}`;
  const where = out.paint('quiet', inert(`${place.file}:${place.line}`));
  out.line(`${out.paint(TONES[change], `${SIGNS[change]} ${inert(object)}`)}  ${change}  ${where}`);
  for (const field of fields) out.line(`    ${printField(field, place.line, live, out)}`);
}

function printField(field: ChangedField, objectLine: number, live: boolean, out: Output): string {
  const notes = [
    ...(field.line !== undefined && field.line !== objectLine ? [`line ${field.line}`] : []),
    ...(live && field.by ? [`by ${inert(field.by)}`] : []),
  ];
  const text = inert(formatFieldChange(field));
  return notes.length > 0 ? `${text}  ${out.paint('quiet', notes.join(', '))}` : text;
}
