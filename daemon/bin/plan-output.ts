/**
 * A plan for people: on a terminal, as a pull request's comment, or as it is.
 */

import { inert } from '../git/problem.ts';
import { exitCodeOf, type PlanDocument, type PlannedField, type PlannedObject } from '../plan/document.ts';
import { type Output, renderColumns } from './output.ts';

/** More fields of one object, or objects, are counted: a comment is read, the JSON has them all. */
const FIELDS_SHOWN_MAX = 20;
const OBJECTS_SHOWN_MAX = 100;
const VALUE_LENGTH_MAX = 80;
/** GitHub refuses a comment of more than 65,536 characters. */
const MARKDOWN_LENGTH_MAX = 60_000;

type Tone = Parameters<Output['paint']>[0];

interface Line {
  text: string;
  tone?: Tone;
}

interface Section {
  title: string;
  lines: Line[];
}

/** Returns the exit code. */
export function printPlan(plan: PlanDocument, form: string, out: Output): number {
  if (form === 'json') out.line(JSON.stringify(plan, null, 2));
  else if (form === 'markdown') out.line(renderMarkdown(plan));
  else for (const { text, tone } of renderText(plan)) out.line(tone ? out.paint(tone, text) : text);
  return exitCodeOf(plan);
}

function renderText(plan: PlanDocument): Line[] {
  const sections = sectionsOf(plan).flatMap(({ title, lines }): Line[] => [
    { text: '' },
    { text: title },
    ...lines.map(({ text, tone }) => ({ text: `  ${text}`, ...(tone ? { tone } : {}) })),
  ]);
  return [{ text: headline(plan) }, ...sections, { text: '' }, { text: verdict(plan) }];
}

function renderMarkdown(plan: PlanDocument): string {
  const sections = sectionsOf(plan).map(({ title, lines }) => {
    const body = lines.map(({ text }) => text).join('\n');
    return `**${capital(title)}**\n\n${fenced(body)}`;
  });
  const text = [`### reflet: ${verdict(plan)}`, headline(plan), ...sections].join('\n\n');
  if (text.length <= MARKDOWN_LENGTH_MAX) return text;
  const cut = text.slice(0, MARKDOWN_LENGTH_MAX);
  return `${cut}\n${cut.split('```').length % 2 === 0 ? '```\n' : ''}\n… cut: \`reflet plan\` shows the rest`;
}

/** A fence that nothing inside can close. */
function fenced(body: string): string {
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}diff\n${body}\n${fence}`;
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
const short = (commit: string): string => commit.slice(0, 12);
const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function headline({ commit, from, mergedInto }: PlanDocument): string {
  if (mergedInto) return `${short(commit)} merged into ${short(mergedInto)}, which is in force`;
  return from ? `${short(commit)}, from ${short(from)}` : `${short(commit)}; nothing is in force yet`;
}

function verdict(plan: PlanDocument): string {
  const { result, problems, objects, pods, hidden, settled, seconds } = plan;
  if (result === 'refused') return `refused: ${many(problems.length, 'problem')}; nothing would change`;
  if (result === 'unchanged') return 'nothing would change';
  const counted = { create: 0, stop: 0, move: 0, replace: 0 };
  for (const { action, count } of pods.changes) counted[action] += count;
  const parts = [
    many(objects.length, 'object'),
    counted.create > 0 ? `${many(counted.create, 'pod')} created` : '',
    counted.stop > 0 ? `${counted.stop} stopped` : '',
    counted.move > 0 ? `${counted.move} moved` : '',
    counted.replace > 0 ? `${counted.replace} replaced` : '',
  ].filter(Boolean);
  const stuck = [...pods.unschedulable, ...pods.notStarting, ...pods.refused].length > 0;
  const end = settled ? `at rest after some ${seconds} s` : 'not at rest within an hour';
  const seen = hidden > 0 ? `; ${many(hidden, 'change')} in namespaces that you may not see` : '';
  return `${parts.join(', ')}; ${stuck ? 'NOT EVERYTHING COMES UP; ' : ''}${end}${seen}`;
}

function sectionsOf(plan: PlanDocument): Section[] {
  const { problems, warnings, pods } = plan;
  const plain = (texts: readonly string[], tone: Tone): Line[] => texts.map((text) => ({ text: inert(text), tone }));
  const stuck = (all: typeof pods.unschedulable): Line[] =>
    all.map(({ workload, count, message }) => ({
      text: inert(`! ${workload}${count > 0 ? `, ${many(count, 'pod')}` : ''}: ${message}`),
      tone: 'error',
    }));
  return [
    { title: 'refused', lines: plain(problems, 'error') },
    { title: 'warnings', lines: plain(warnings, 'warning') },
    { title: 'objects', lines: objectLines(plan.objects) },
    { title: 'pods', lines: podLines(pods) },
    { title: 'on each host', lines: nodeLines(pods) },
    { title: 'does not fit', lines: stuck(pods.unschedulable) },
    { title: 'does not start', lines: stuck(pods.notStarting) },
    { title: 'pods that are refused', lines: stuck(pods.refused) },
    { title: 'services', lines: serviceLines(plan) },
  ].filter(({ lines }) => lines.length > 0);
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const;
const TONES = { create: 'ok', update: 'warning', delete: 'error' } as const;

function objectLines(objects: readonly PlannedObject[]): Line[] {
  const shown = objects.slice(0, OBJECTS_SHOWN_MAX).flatMap((object): Line[] => {
    const { action, kind, namespace, name, file, line } = object;
    const title = `${SIGNS[action]} ${kind.toLowerCase()} ${namespace ? `${namespace}/` : ''}${name}  (${file}:${line})`;
    return [{ text: inert(title), tone: TONES[action] }, ...fieldLines(object)];
  });
  const hidden = objects.length - OBJECTS_SHOWN_MAX;
  return hidden > 0 ? [...shown, { text: `… and ${many(hidden, 'more object')}` }] : shown;
}

function fieldLines({ action, fields }: PlannedObject): Line[] {
  if (action === 'update' && fields.length === 0) return [{ text: '    only who owns its fields' }];
  const shown = fields.slice(0, FIELDS_SHOWN_MAX).map((field) => ({ text: `    ${inert(fieldText(field))}` }));
  const hidden = fields.length - FIELDS_SHOWN_MAX;
  return hidden > 0 ? [...shown, { text: `    … and ${many(hidden, 'more field')}` }] : shown;
}

function fieldText(field: PlannedField): string {
  const { path, before, after, secret } = field;
  const isNew = !Object.hasOwn(field, 'before');
  const isGone = !Object.hasOwn(field, 'after');
  if (secret) return `${path}: ${isNew ? 'added' : isGone ? 'removed' : 'changed'} (secret)`;
  if (isNew) return `${path}: ${valueText(after)} (new)`;
  return isGone ? `${path}: ${valueText(before)} (removed)` : `${path}: ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' && /^[\w./:@%()+-]+$/.test(value) ? value : JSON.stringify(value);
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text;
}

function podLines({ changes }: PlanDocument['pods']): Line[] {
  return changes.map(({ action, workload, count, from, to }) => {
    const where = {
      create: `+ ${workload}: ${count} created${to ? ` on ${to}` : ', without a host'}`,
      stop: `- ${workload}: ${count} stopped${from ? ` on ${from}` : ''}`,
      move: `~ ${workload}: ${count} moved from ${from} to ${to}`,
      replace: `~ ${workload}: ${count} replaced on ${to}`,
    };
    const tones = { create: 'ok', stop: 'error', move: 'warning', replace: 'warning' } as const;
    return { text: inert(where[action]), tone: tones[action] };
  });
}

function nodeLines({ nodes }: PlanDocument['pods']): Line[] {
  const known = nodes.filter(({ node }) => node !== '');
  if (known.length === 0) return [];
  const rows = known.map(({ node, created, stopped, replaced }) => [node, ...[created, stopped, replaced].map(String)]);
  return renderColumns([['HOST', 'CREATED', 'STOPPED', 'REPLACED'], ...rows]).map((text) => ({ text }));
}

function serviceLines({ services }: PlanDocument): Line[] {
  return services.map(({ action, namespace, name, ports, endpoints, rules }) => {
    const sum = (side: 'added' | 'removed') => Math.max(0, ...rules.map((rule) => rule[side].length));
    const counts = `${many(sum('added'), 'rule')} added, ${sum('removed')} removed on each host`;
    const ready = `endpoints ${endpoints.before} → ${endpoints.after}`;
    const text = `${SIGNS[action]} ${namespace}/${name} (${ports.join(', ')}): ${ready}, ${counts}`;
    return { text: inert(text), tone: TONES[action] };
  });
}
