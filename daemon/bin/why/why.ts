/**
 * `reflet why`: finds out what is asked for, asks the daemon, prints the answer. Exit code 0: it comes from reflet; 1: it is foreign, or unknown.
 */

import { formatTime } from '../../base/clock.ts';
import type { HttpClient } from '../../client/http.ts';
import type { CommitInfo } from '../../git/history/blame.ts';
import { inert } from '../../git/problem.ts';
import { errorOfAnswer } from '../answer-error.ts';
import type { Output } from '../output.ts';
import type { LabelledContainer } from './container-labels.ts';
import type { WhyDocument } from './endpoints.ts';
import type { ExplainedRule } from './explain-rules.ts';
import type { LiveRule } from './live-rules.ts';
import type { ChainLink } from './owner-chain.ts';

export interface WhySettings {
  json: boolean;
  out: Output;
  namespace: string | undefined;
  readLiveRules(): Promise<readonly LiveRule[]>;
  readContainerLabels(idOrName: string): Promise<LabelledContainer | undefined>;
}

type Asker = Pick<HttpClient, 'raw'>;

async function ask<T>(client: Asker, name: string, parameters: Record<string, string | undefined>): Promise<T> {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) if (value) query.set(key, value);
  const answer = await client.raw('GET', `/reflet/v1/${name}?${query}`);
  if (answer.code !== 200) throw errorOfAnswer(answer);
  return JSON.parse(answer.body) as T;
}

export async function why(
  client: Asker,
  what: string,
  part: string | undefined,
  settings: WhySettings,
): Promise<number> {
  const { namespace, json, out } = settings;
  if (/^(-A )?[A-Z][A-Za-z0-9-]* .*-[jg] /.test(what) || what.startsWith('-A '))
    return explainAll(client, [ruleOfText(what)], settings);
  if (/^REFLET-[A-Za-z0-9-]+$/.test(what))
    return explainAll(client, await rulesOfChain(what, part, settings), settings);
  const [kind = '', id = ''] = what.split('/');
  const isObject = what.includes('/') && kind !== 'container';
  const document = isObject
    ? await ask<WhyDocument>(client, 'why', { object: what, namespace, field: part })
    : await whyContainer(client, id || what, settings);
  if (json) out.line(JSON.stringify(document, null, 2));
  else printDocument(document, out);
  return 0;
}

/** By what the API knows, else by the labels that the container carries: a pod that has just gone leaves it for a moment. */
async function whyContainer(
  client: Asker,
  idOrName: string,
  { readContainerLabels }: WhySettings,
): Promise<WhyDocument> {
  try {
    return await ask<WhyDocument>(client, 'why', { container: idOrName });
  } catch (error) {
    const labels = await readContainerLabels(idOrName);
    if (!labels) throw error;
    const { container, namespace, pod } = labels;
    const { chain } = await ask<WhyDocument>(client, 'why', { object: `pod/${pod}`, namespace }).catch(() => {
      throw new Error(`container ${container} is of pod ${namespace}/${pod}, which is gone: it is being removed`);
    });
    return { container, chain };
  }
}

/** Every rule of this host; the foreign ones stand out. */
export async function whyRules(client: Asker, settings: WhySettings): Promise<number> {
  return explainAll(client, await settings.readLiveRules(), settings);
}

interface Asked {
  table?: string;
  chain: string;
  rule: string;
}

function ruleOfText(text: string): Asked {
  const [, chain = '', rule = ''] = /^(?:-A )?(\S+) (.*)$/.exec(text.trim()) ?? [];
  return { chain, rule };
}

async function rulesOfChain(chain: string, part: string | undefined, settings: WhySettings): Promise<readonly Asked[]> {
  const rules = (await settings.readLiveRules()).filter((one) => one.chain === chain);
  if (rules.length === 0) throw new Error(`there is no chain ${chain} with rules on this host`);
  if (part === undefined) return rules;
  const rule = /^\d+$/.test(part) ? rules[Number(part) - 1] : undefined;
  if (!rule) throw new Error(`${chain} has rules 1 to ${rules.length}, not ${part}`);
  return [rule];
}

interface RuleAnswer extends Asked {
  /** Undefined: reflet does not want this rule. */
  explained?: ExplainedRule;
  chain: string;
  source?: readonly ChainLink[];
}

async function explainAll(client: Asker, asked: readonly Asked[], settings: WhySettings): Promise<number> {
  const { json, out } = settings;
  const { rules } = await ask<{ rules: ExplainedRule[] }>(client, 'rules', {});
  const known = new Map(rules.map((one) => [`${one.chain} ${one.rule}`, one]));
  const sources = new Map<string, Promise<readonly ChainLink[]>>();
  const sourceOf = ({ owner }: ExplainedRule): Promise<readonly ChainLink[]> | undefined => {
    if (!owner) return undefined;
    const object = `${owner.kind}/${owner.name}`;
    const key = `${owner.namespace} ${object}`;
    const source =
      sources.get(key) ??
      ask<WhyDocument>(client, 'why', { object, namespace: owner.namespace }).then(({ chain }) => chain);
    sources.set(key, source);
    return source;
  };
  const answers: RuleAnswer[] = [];
  for (const one of asked) {
    const explained = known.get(`${one.chain} ${one.rule}`);
    const source = explained && (await sourceOf(explained));
    answers.push({ ...one, ...(explained ? { explained } : {}), ...(source ? { source } : {}) });
  }
  if (json) out.line(JSON.stringify({ rules: answers }, null, 2));
  else for (const answer of answers) printRule(answer, out);
  return answers.every(({ explained }) => explained) ? 0 : 1;
}

function printRule({ chain, rule, explained, source }: RuleAnswer, out: Output): void {
  out.line(inert(`${chain} ${rule}`));
  if (!explained) {
    out.line(
      `  ${out.paint('error', 'foreign: reflet does not want it; in chains of its own it is removed within a minute')}`,
    );
    return;
  }
  out.line(`  ${explained.about}`);
  if (source) for (const line of formatChain(source)) out.line(`  ${line}`);
}

function printDocument({ container, chain, field }: WhyDocument, out: Output): void {
  if (container !== undefined) out.line(inert(`container ${container}`));
  for (const line of formatChain(chain)) out.line(line);
  if (!field) return;
  const owners = field.owners.map(
    ({ manager, operation, time }) => `${manager} (${operation}${time ? `, ${time}` : ''})`,
  );
  out.line(inert(`field ${field.path}: ${owners.join(', ') || 'nobody owns it: a default, or set by the server'}`));
  if (field.file !== undefined) out.line(inert(`  ${field.file}:${field.line}:${field.column}`));
  if (field.commit) for (const line of formatCommit(field.commit)) out.line(`  ${line}`);
}

/** One line a link, deeper and deeper, then where the last one comes from. */
function formatChain(chain: readonly ChainLink[]): string[] {
  const lines: string[] = [];
  for (const [depth, { kind, namespace, name, origin }] of chain.entries()) {
    const indent = '  '.repeat(depth);
    const object = `${kind.toLowerCase()} ${namespace ? `${namespace}/` : ''}${name}`;
    const arrow = depth === 0 ? '' : '← ';
    lines.push(inert(`${indent}${arrow}${object}`));
    if (origin.from === 'api')
      lines.push(inert(`${indent}  made by ${origin.manager} through the API at ${origin.time ?? 'an unknown time'}`));
    if (origin.from !== 'git') continue;
    const { file, line, commit } = origin.provenance;
    lines.push(inert(`${indent}  ${file}:${line}`));
    if (commit) lines.push(...formatCommit(commit).map((text) => `${indent}  ${text}`));
  }
  return lines;
}

function formatCommit({ id, author, email, timeMs, subject, signer }: CommitInfo): string[] {
  const by = `by ${author} <${email}> at ${formatTime(timeMs)}, ${describeSigner(signer)}`;
  return [inert(`commit ${id.slice(0, 12)} "${subject}"`), inert(by)];
}

function describeSigner({ with: kind, name, problem }: CommitInfo['signer']): string {
  if (problem !== undefined) return `not signed by an allowed signer: ${problem}`;
  return kind === 'none' ? 'not signed' : `signed by ${name ?? 'an allowed signer'} (${kind})`;
}
