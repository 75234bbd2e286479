/**
 * Sessions of kubectl as transcripts: each command, what it printed, and how it ended. What differs from run to run (times, ages, uids, addresses,
 * generated names) is masked, and runs of blanks are made two: a column is as wide as what was masked in it.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../daemon/base/process.ts';
import type { Kubectl } from '../support/kubectls.ts';
import { waitFor } from '../support/reflet.ts';

/** A command line after `kubectl `, shown; or one that is repeated, not shown, until it prints what is wanted; or one with input, not shown. */
export type Step = string | { until: string; prints: string } | { quiet: string; input?: string };

export interface Session {
  name: string;
  /** Files by name, in the folder where the commands run. */
  files?: Readonly<Record<string, string>>;
  steps: readonly Step[];
  /** The first kubectl that knows these commands: `1.27`. */
  since?: string;
  /** The first kubectl that knows them no longer. */
  before?: string;
}

const MASKS: [RegExp, string][] = [
  // What kubectl says of itself on a busy host (that it waited).
  [/^I\d{4} [^\n]*\n/gm, ''],
  [/^W\d{4} \S+ +\d+ (\w+\.go):\d+\]/gm, 'W <time> $1]'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}/g, '<time>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<time>'],
  [/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/g, '<uid>'],
  [/kube-api-access-[a-z\d]{5}\b/g, 'kube-api-access-<random>'],
  [/\b([a-z]+-[a-z\d]{8,10})-[a-z\d]{5}\b/g, '$1-<random>'],
  [/\b10\.96\.(?!0\.1\b)\d+\.\d+\b/g, '<ip>'],
  [/(resourceVersion: )"\d+"/g, '$1"<revision>"'],
  [/(?<=\s)(\d+ms|\d+s|\d+m\d+s)( ago)?(?=\s|$)/gm, '<age>'],
  [/\/tmp\/[\w./-]+/g, '<file>'],
];

/**
 * What `kubectl diff` compares with: older kubectls show managed fields, whose times are another or the same according to whether a second has passed.
 */
const DIFF = `#!/bin/sh
find "$@" -type f -exec sed -i '/^ *time: /d' {} +
exec diff -u -N "$@"
`;

function mask(text: string): string {
  const masked = MASKS.reduce((rest, [pattern, name]) => rest.replace(pattern, name), text);
  return masked
    .split('\n')
    .map((line) => line.replace(/(\S) {2,}/g, '$1  ').trimEnd())
    .join('\n');
}

/** Splits at blanks; quoted parts stay whole. */
const split = (command: string): string[] =>
  [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

/** Runs a session in a namespace of its own name and writes down what was seen. */
export async function transcribe(kubectl: Kubectl, kubeconfig: string, session: Session): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reflet-session-'));
  const diff = join(folder, 'diff.sh');
  await writeFile(diff, DIFF, { mode: 0o755 });
  const call = (command: string, input?: string) =>
    run(kubectl.program, split(command), {
      cwd: folder,
      env: { KUBECONFIG: kubeconfig, HOME: folder, KUBECTL_APPLYSET: 'true', KUBECTL_EXTERNAL_DIFF: diff },
      ...(input === undefined ? {} : { input }),
    });
  try {
    for (const [name, text] of Object.entries(session.files ?? {})) await writeFile(join(folder, name), text);
    const lines: string[] = [];
    for (const step of session.steps) {
      if (typeof step === 'string') {
        const { exitCode, stdout, stderr } = await call(step);
        lines.push(
          `$ kubectl ${step}`,
          mask(stdout + stderr).trimEnd(),
          ...(exitCode === 0 ? [] : [`(exit ${exitCode})`]),
          '',
        );
      } else if ('until' in step) {
        await waitFor(step.until, async () => (await call(step.until)).stdout.trim() === step.prints, 30_000, 100);
      } else {
        const { exitCode, stderr } = await call(step.quiet, step.input);
        if (exitCode !== 0) throw new Error(`kubectl ${step.quiet}: ${stderr}`);
      }
    }
    return lines.join('\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
