/**
 * Who `reflet seal` encrypts for: what the command line says; else the nearest `.sops.yaml` (the file that `sops` itself goes by); else the daemon of
 * this host.
 */

import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { RE2JS } from 're2js';
import { isObject } from '../base/json.ts';
import { readManifests } from '../yaml/read.ts';

export interface Recipients {
  readonly recipients: readonly string[];
  /** For people: where they come from. */
  readonly from: string;
}

/** `path` is the file that is to be encrypted. Undefined: no `.sops.yaml` on the way up has a rule for it. Throws when there is one and it cannot be used. */
export async function recipientsOfSopsFile(path: string): Promise<Recipients | undefined> {
  const file = resolve(path);
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const from = join(folder, '.sops.yaml');
    const text = await readFile(from, 'utf8').catch(() => undefined);
    if (text !== undefined) {
      const recipients = recipientsOfRules(from, text, relative(folder, file));
      return recipients && { recipients, from };
    }
    if (dirname(folder) === folder) return undefined;
  }
}

function recipientsOfRules(from: string, text: string, path: string): string[] | undefined {
  const { documents, problems } = readManifests(text);
  const [problem] = problems;
  if (problem) throw new Error(`${from}:${problem.line}:${problem.column}: ${problem.message}`);
  const value = documents[0]?.value;
  const rules =
    isObject(value) && Array.isArray(value['creation_rules']) ? value['creation_rules'].filter(isObject) : [];
  const rule = rules.find(
    ({ path_regex: pattern }) => typeof pattern !== 'string' || RE2JS.compile(pattern).matcher(path).find(),
  );
  if (!rule) return undefined;
  const { age } = rule;
  const listed = Array.isArray(age) ? age.map(String) : typeof age === 'string' ? age.split(',') : [];
  const recipients = listed.map((one) => one.trim()).filter((one) => one !== '');
  if (recipients.length === 0)
    throw new Error(`${from}: the rule for ${path} names no age recipient; expected age: age1…`);
  return recipients;
}
