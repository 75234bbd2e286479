/**
 * Manifests as people and tools write them (corpus/), changed at random places: the file then says exactly what was wanted, every other line keeps its
 * bytes, and refusals are rare and name a place. `YAML_RUNS=20000 YAML_SEED=5` for a long search of another kind.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { deepEqual, isObject } from '../../daemon/base/json.ts';
import { editManifest } from '../../daemon/yaml/edit.ts';
import { type ManifestDocument, readManifests } from '../../daemon/yaml/read.ts';
import { changesOnly, OwnLines, type Place } from './support/own-lines.ts';

type Json = Record<string, unknown>;

const FOLDER = join(import.meta.dirname, 'corpus');
const RUNS = Number(process.env['YAML_RUNS'] ?? 200);

/** The same file as other editors would save it. */
const SAVED: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  CRLF: (text) => text.replaceAll('\n', '\r\n'),
  'no final newline': (text) => text.replace(/\n+$/, ''),
  BOM: (text) => `\ufeff${text}`,
  'blank lines at the end': (text) => `${text}\n\n`,
};

interface Sample {
  file: string;
  saved: string;
  text: string;
  document: ManifestDocument;
}

const samples: Sample[] = readdirSync(FOLDER)
  .sort()
  .flatMap((file) =>
    Object.entries(SAVED).flatMap(([saved, change]) => {
      const text = change(readFileSync(join(FOLDER, file), 'utf8'));
      const { documents, problems } = readManifests(text);
      if (problems.length > 0) throw new Error(`${file} (${saved}): ${JSON.stringify(problems)}`);
      return documents.filter(({ value }) => isObject(value)).map((document) => ({ file, saved, text, document }));
    }),
  );

const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  'spec.template.spec.containers': ['name'],
  'spec.template.spec.containers.env': ['name'],
  'spec.template.spec.containers.ports': ['containerPort', 'protocol'],
  'spec.containers': ['name'],
  'spec.containers.ports': ['containerPort', 'protocol'],
  'spec.ports': ['port', 'protocol'],
};

const VALUES: readonly unknown[] = [
  'x',
  'registry.example/web:2',
  'yes',
  '0755',
  '1e3',
  '',
  ' lead',
  'trail ',
  'a: b',
  '#h',
  '- d',
  "it's",
  'say "x"',
  'two\nlines',
  'ends\n',
  'more\n\n',
  '\n',
  '  indented\nfirst',
  'tab\tin',
  'é☕',
  '{a}',
  '[b',
  '*c',
  '&d',
  '!e',
  '%f',
  '@g',
  '`h',
  '|',
  '>',
  '?',
  ':',
  '-',
  '~',
  'null',
  '2024-01-01',
  '12:30',
  'x'.repeat(200),
  'trailing blank \nof a line',
  '\ttab first\nx',
  'cr\r\nlf',
  '\u2028',
  0,
  8080,
  -1.5,
  1e21,
  true,
  false,
  null,
  [],
  {},
  ['a', 'b'],
  { a: 'b' },
  [{ name: 'n', value: 'v\nw' }],
  { deep: { er: ['x', { y: 'z' }] } },
  [['a'], []],
];
const NAMES = [
  'added',
  'app.kubernetes.io/name',
  'yes',
  '8',
  'with: colon',
  'é',
  '#n',
  ' lead',
  '',
  '?',
  '-',
  "q'uote",
  'a\nb',
];

/** Every place of a value below the root. */
function placesOf(value: unknown, place: Place = []): Place[] {
  const here = place.length > 0 ? [place] : [];
  if (typeof value !== 'object' || value === null) return here;
  const steps = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [...here, ...[...steps].flatMap((step) => placesOf((value as Json)[step as string], [...place, step]))];
}

const at = (value: unknown, place: Place): unknown =>
  place.reduce<unknown>((one, step) => (one as Json)[step as string], value);

interface Edit {
  kind: 'replace' | 'remove' | 'add' | 'insert' | 'reverse';
  pick: number;
  value: number;
  name: number;
}
const edits: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('replace', 'replace', 'remove', 'add', 'add', 'insert', 'reverse'),
  pick: fc.nat(10_000),
  value: fc.nat(VALUES.length - 1),
  name: fc.nat(NAMES.length - 1),
});

/** What an edit makes of a value, and where it may change lines: the place, and whether the old lines all stay. Undefined: nothing to do. */
function apply(before: Json, edit: Edit): { wanted: Json; place: Place; kept: boolean } | undefined {
  const wanted = structuredClone(before);
  const value = VALUES[edit.value];
  const isFilled = (one: unknown) => typeof one === 'object' && one !== null && Object.keys(one).length > 0;
  const places = placesOf(before);
  const among = (fits: (one: unknown) => boolean): Place | undefined => {
    const fitting = [[], ...places].filter((place) => fits(at(before, place)));
    return fitting[edit.pick % fitting.length];
  };
  if (edit.kind === 'replace' || edit.kind === 'remove') {
    const place = places[edit.pick % places.length]!;
    const parent = at(wanted, place.slice(0, -1)) as Json;
    const last = place.at(-1)!;
    if (edit.kind === 'replace') parent[last] = value;
    else if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
    // Another merge key is another item of its list.
    const keys =
      LIST_KEYS[
        place
          .slice(0, -2)
          .filter((step) => typeof step === 'string')
          .join('.')
      ];
    if (keys?.includes(String(last)) && typeof place.at(-2) === 'number')
      return { wanted, place: place.slice(0, -2), kept: false };
    // The last entry takes its collection with it.
    return { wanted, place: edit.kind === 'remove' && !isFilled(parent) ? place.slice(0, -1) : place, kept: false };
  }
  const place = among(edit.kind === 'add' ? isObject : (one) => Array.isArray(one));
  if (!place) return undefined;
  const target = at(wanted, place) as Json;
  const kept = isFilled(target);
  const name = NAMES[edit.name]!;
  if (edit.kind === 'add' && Object.hasOwn(target, name)) {
    target[name] = value;
    return { wanted, place: [...place, name], kept: false };
  }
  if (edit.kind === 'add') target[name] = value;
  else if (edit.kind === 'insert')
    (target as unknown as unknown[]).splice(edit.pick % (Object.keys(target).length + 1), 0, value);
  else (target as unknown as unknown[]).reverse();
  return { wanted, place, kept: kept && edit.kind !== 'reverse' };
}

const refusals = new Map<string, number>();
let tried = 0;

function tryEdit({ text, document, file }: Sample, wanted: Json): string | undefined {
  const result = editManifest({
    text,
    index: document.index,
    present: document.value,
    wanted,
    listKeys: (path) => LIST_KEYS[path],
  });
  tried++;
  if ('text' in result) return result.text;
  expect(result.refusal).not.toBe('');
  expect(result.position.line).toBeLessThanOrEqual(text.split('\n').length);
  const key = `${file}: ${result.refusal.replace(/[&*]\w+|[\w.-]+ comes/, '…')}`;
  refusals.set(key, (refusals.get(key) ?? 0) + 1);
  return undefined;
}

function says(sample: Sample, after: string, wanted: Json): void {
  const { documents, problems } = readManifests(after);
  expect(problems).toEqual([]);
  const old = readManifests(sample.text).documents;
  expect(documents.map(({ index }) => index)).toEqual(old.map(({ index }) => index));
  for (const [position, { index, value }] of documents.entries()) {
    expect(deepEqual(value, index === sample.document.index ? wanted : old[position]!.value)).toBe(true);
  }
  if (sample.saved === 'CRLF') expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  if (sample.file.endsWith('.json')) expect(deepEqual(JSON.parse(after.replace(/^\ufeff/, '')), wanted)).toBe(true);
}

function blankLinesFrom(text: string, line: number): number {
  const filled = text
    .split('\n')
    .slice(line)
    .findIndex((one) => one.trim() !== '');
  return Math.max(0, filled);
}

/** Two fixed searches: what a commit is told does not depend on chance. */
const SEEDS = process.env['YAML_SEED'] ? [Number(process.env['YAML_SEED'])] : [20_261, 7];

describe.each(SEEDS)('seed %i', { timeout: 180_000 + RUNS * 50 }, (seed) => {
  const options = { seed, numRuns: RUNS, endOnFailure: false };

  test('one change touches the lines of what it changes and no others', () => {
    fc.assert(
      fc.property(fc.nat(samples.length - 1), edits, (number, edit) => {
        const sample = samples[number]!;
        const change = apply(sample.document.value as Json, edit);
        if (!change) return;
        const after = tryEdit(sample, change.wanted);
        if (after === undefined) return;
        says(sample, after, change.wanted);
        const lines = new OwnLines(sample.text, sample.document.index);
        const allowed = lines.entry(change.place);
        if (!allowed) throw new Error(`a change of what is shared came out: ${sample.file} ${change.place.join('.')}`);
        // What is removed may take the blank lines behind it, where they would become a neighbour's.
        if (edit.kind === 'remove') allowed.end += blankLinesFrom(sample.text, allowed.end);
        if (!changesOnly(sample.text, after, allowed, change.kept && !lines.isFlow(change.place)))
          throw new Error(
            `${sample.file} (${sample.saved}) ${edit.kind} ${change.place.join('.')} lines ${allowed.start + 1}-${allowed.end}:\n${after}`,
          );
      }),
      options,
    );
  });

  test('many changes at once come out right', () => {
    fc.assert(
      fc.property(fc.nat(samples.length - 1), fc.array(edits, { minLength: 2, maxLength: 5 }), (number, several) => {
        const sample = samples[number]!;
        let wanted = sample.document.value as Json;
        for (const edit of several) wanted = apply(wanted, edit)?.wanted ?? wanted;
        const after = Object.keys(wanted).length > 0 ? tryEdit(sample, wanted) : undefined;
        if (after !== undefined) says(sample, after, wanted);
      }),
      options,
    );
  });
});

/** Only what anchors and merge keys share is refused as a matter of course; of all else at most one in a thousand, and one in a short run. */
const REFUSED_SHARE_MAX = 0.001;

afterAll(() => {
  const others = [...refusals].filter(([key]) => !key.startsWith('anchors.yaml'));
  const count = others.reduce((sum, [, times]) => sum + times, 0);
  if (count > Math.max(1, tried * REFUSED_SHARE_MAX))
    throw new Error(`${count} of ${tried} edits were refused: ${JSON.stringify(others)}`);
  if (process.env['YAML_RUNS'])
    process.stdout.write(`${tried} edits, refused: ${JSON.stringify([...refusals], null, 1)}\n`);
});
