/**
 * The official conformance tests of CEL (cel-spec), as far as they are about what Kubernetes has: no protocol buffers, no other extensions.
 */

import { tests } from '@bufbuild/cel-spec/testdata/conformance.js';
import { describe, expect, it } from 'vitest';
import { Budget } from '../../daemon/cel/budget.ts';
import { compile } from '../../daemon/cel/compile.ts';
import { createEnvironment } from '../../daemon/cel/environment.ts';
import { parseDuration, parseTimestamp } from '../../daemon/cel/time.ts';
import { DYN } from '../../daemon/cel/types.ts';
import type { Value } from '../../daemon/cel/values.ts';
import * as values from '../../daemon/cel/values.ts';

interface Suite {
  name: string;
  suites?: Suite[];
  tests?: { original: Original }[];
}

type Encoded = Record<string, never> & { [kind: string]: unknown };

interface Original {
  name: string;
  expr: string;
  container?: string;
  disableCheck?: boolean;
  typeEnv?: { name?: string; ident?: unknown }[];
  bindings?: Record<string, { value: Encoded }>;
  value?: Encoded;
  evalError?: unknown;
  typedResult?: { result?: Encoded };
}

/** Messages of protocol buffers, and extensions that Kubernetes 1.32 does not have. */
const OTHER_SUITES = new Set([
  ...['proto2', 'proto3', 'proto2_ext', 'enums', 'wrappers', 'dynamic', 'unknowns', 'type_deductions'],
  ...['block_ext', 'encoders_ext', 'math_ext', 'bindings_ext'],
]);
const OTHER_EXPRESSIONS = /TestAll|google\.protobuf|NestedEnum|GlobalEnum|`|\bfn\(/;

/** What differs on purpose, with the reason. */
const DIFFERENT: Readonly<Record<string, string>> = {
  '[7, 8, 9][dyn(0.0)]': 'an index is an int',
  '[7, 8, 9][dyn(0u)]': 'an index is an int',
  '"%.0f".format([2.5])': 'a tie is rounded up',
};

function decode(encoded: Encoded): Value | undefined {
  const [kind = ''] = Object.keys(encoded).filter((key) => !key.startsWith('$'));
  const value = encoded[kind] as unknown as never;
  switch (kind) {
    case 'int64Value':
      return BigInt(value);
    case 'uint64Value':
      return new values.Uint(BigInt(value));
    case 'doubleValue':
      return Number(value);
    case 'bytesValue':
      return new Uint8Array(Buffer.from(value as string, 'base64'));
    case 'listValue':
      return new values.ArrayList(((value as { values?: Encoded[] }).values ?? []).map((one) => decode(one)!));
    case 'mapValue':
      return decodeMap(value as { entries?: { key: Encoded; value: Encoded }[] });
    case 'typeValue':
      return new values.TypeValue(value);
    case 'objectValue':
      return decodeObject(value as { '@type': string; value: string });
    default:
      return value;
  }
}

function decodeMap({ entries = [] }: { entries?: { key: Encoded; value: Encoded }[] }): Value {
  const decoded = entries.map(({ key, value }) => [decode(key)!, decode(value)!] as const);
  return new values.EntryMap(new Map(decoded.map(([key, value]) => [values.keyOf(key)!, [key, value]])));
}

function decodeObject(object: { '@type': string; value: string }): Value | undefined {
  if (object['@type'].endsWith('.Timestamp')) return parseTimestamp(object.value);
  return object['@type'].endsWith('.Duration') ? parseDuration(object.value) : undefined;
}

function collect(suite: Suite, path: string): { name: string; test: Original }[] {
  const own = (suite.tests ?? []).map(({ original }) => ({ name: `${path}/${original.name}`, test: original }));
  return [...own, ...(suite.suites ?? []).flatMap((inner) => collect(inner, `${path}/${inner.name}`))];
}

const isOurs = ({ test }: { test: Original }): boolean =>
  !test.container &&
  !test.disableCheck &&
  !OTHER_EXPRESSIONS.test(test.expr) &&
  (test.evalError !== undefined || (test.value ? decode(test.value) !== undefined : !test.typedResult?.result));

function evaluate({ expr, typeEnv = [], bindings = {} }: Original) {
  const names = [...typeEnv.map(({ name }) => name ?? ''), ...Object.keys(bindings)];
  const compiled = compile(expr, createEnvironment(Object.fromEntries(names.map((name) => [name, DYN]))));
  if (!('program' in compiled)) return { error: compiled.message };
  const activation = (name: string) => (bindings[name] ? decode(bindings[name].value) : undefined);
  return compiled.program.evaluate(activation, new Budget());
}

/** Literals of several types, which Kubernetes refuses, and functions that only the test's own environment has. */
const isRefusedByKubernetes = (error: string): boolean => /expected type '|undeclared reference to/.test(error);

const all = (tests as unknown as Suite)
  .suites!.filter(({ name }) => !OTHER_SUITES.has(name))
  .flatMap((suite) => collect(suite, suite.name))
  .filter(isOurs);

describe('CEL conformance', () => {
  it('has tests', () => expect(all.length).toBeGreaterThan(1000));

  it('gives the values and errors that cel-spec asks for', () => {
    const wrong: string[] = [];
    for (const { name, test } of all) {
      if (test.expr in DIFFERENT) continue;
      const outcome = evaluate(test);
      if ('error' in outcome) {
        if (test.evalError === undefined && !isRefusedByKubernetes(outcome.error)) {
          wrong.push(`${name}: ${test.expr}: ${outcome.error}`);
        }
        continue;
      }
      const wanted = test.value ? decode(test.value)! : true;
      const isSame = values.areEqual(outcome.value, wanted) || (Number.isNaN(outcome.value) && Number.isNaN(wanted));
      if (test.evalError !== undefined || !isSame) wrong.push(`${name}: ${test.expr}: ${String(outcome.value)}`);
    }
    expect(wrong).toEqual([]);
  });
});
