/**
 * `npm run bench [-- SCENARIO…]`: measures Reflet against floors and peers taken in the same run, and prints one table.
 * `--list` names the scenarios, `-o json` prints the figures for machines. Exit code 1 when a scenario failed or its outcome was wrong; a goal
 * that is missed is shown, not failed: the hosts are noisy.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios.ts';
import type { Figure } from './support/figure.ts';
import type { Scenario } from './support/scenario.ts';
import { renderTable } from './support/table.ts';

/** Longer than this is a hang; each is written to end within a minute. */
const SCENARIO_MS_MAX = 120_000;

interface Outcome {
  scenario: string;
  figures: Figure[];
  failed?: string;
  skipped?: string;
}

async function runOne(scenario: Scenario): Promise<Outcome> {
  const { name } = scenario;
  const skipped = await scenario.unavailable?.();
  if (skipped) return { scenario: name, figures: [], skipped };
  const directory = await mkdtemp(join(tmpdir(), 'reflet-bench-'));
  const timer = new Promise<never>((_, reject) => {
    const reason = new Error(`not done after ${SCENARIO_MS_MAX / 1000} s`);
    setTimeout(() => reject(reason), SCENARIO_MS_MAX).unref();
  });
  try {
    const say = (text: string) => process.stderr.write(`${name}: ${text}\n`);
    return { scenario: name, figures: await Promise.race([scenario.run({ directory, say }), timer]) };
  } catch (error) {
    return {
      scenario: name,
      figures: [],
      failed: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

function choose(names: readonly string[]): readonly Scenario[] {
  if (names.length === 0) return scenarios;
  return names.map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (!found)
      throw new Error(`no scenario is called ${name}: expected one of ${scenarios.map((one) => one.name).join(', ')}`);
    return found;
  });
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { list: { type: 'boolean', default: false }, output: { type: 'string', short: 'o', default: 'table' } },
  });
  if (values.output !== 'table' && values.output !== 'json') {
    throw new Error(`-o ${values.output}: expected table or json`);
  }
  const chosen = choose(positionals);
  if (values.list) {
    for (const { name, summary } of chosen) console.log(`${name.padEnd(18)} ${summary}`);
    return 0;
  }
  const outcomes: Outcome[] = [];
  for (const scenario of chosen) outcomes.push(await runOne(scenario));
  if (values.output === 'json') console.log(JSON.stringify(outcomes, null, 2));
  else print(outcomes);
  return outcomes.some(({ failed }) => failed) ? 1 : 0;
}

function print(outcomes: readonly Outcome[]): void {
  console.log(renderTable(outcomes.flatMap(({ figures }) => figures)));
  for (const { scenario, skipped, failed, figures } of outcomes) {
    if (skipped) console.log(`${scenario}: skipped: ${skipped}`);
    if (failed) console.log(`${scenario}: FAILED: ${failed}`);
    for (const { figure, note } of figures) if (note) console.log(`${figure}: ${note}`);
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  return 2;
});
// Children of a scenario that hung must not keep the program.
process.exit();
