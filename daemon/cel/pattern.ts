/**
 * Regular expressions with RE2's syntax and its promise: time linear in the text. What one costs is charged before it runs.
 */

import { RE2JS } from 're2js';
import { BudgetError, CelError } from './errors.ts';
import type { Value } from './values.ts';

/** Instructions of a pattern with its repetitions written out: compiling takes ten microseconds and more for each. */
const PROGRAM_SIZE_MAX = 3_000;
/** One match cannot be interrupted, and takes about a microsecond a unit of cost. */
const MATCH_COST_MAX = 50_000;
/** Every match found takes a fresh start. */
const FIND_ALL_FACTOR = 10;
/** More than the schemas of a few large definitions have; a full cache is dropped as a whole. */
const CACHE_SIZE_MAX = 2_048;
const PROBLEMS_MAX = 20_000;
/** Steps (`budget.ts`) that an instruction takes to be made. */
const STEPS_PER_INSTRUCTION = 500;

const cache = new Map<string, RE2JS>();

/** Throws `CelError` for what is no pattern. */
export function compilePattern(pattern: string): RE2JS {
  const known = cache.get(pattern);
  if (known) return known;
  if (programSize(pattern) > PROGRAM_SIZE_MAX) throw new CelError('error parsing regexp: expression too large');
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw new CelError(error instanceof Error ? error.message : String(error));
  }
  if (cache.size >= CACHE_SIZE_MAX) cache.clear();
  cache.set(pattern, compiled);
  return compiled;
}

const problems = new Map<string, string | undefined>();

/** What is wrong with a pattern; undefined for a good one. Remembered, also of patterns that nobody uses yet. */
export function patternProblem(pattern: string): string | undefined {
  if (problems.has(pattern)) return problems.get(pattern);
  let problem: string | undefined;
  try {
    compilePattern(pattern);
  } catch (error) {
    problem = (error as Error).message;
  }
  if (problems.size >= PROBLEMS_MAX) problems.clear();
  problems.set(pattern, problem);
  return problem;
}

/** About how many steps compiling it will take. */
export function compilingSteps(pattern: string): number {
  return cache.has(pattern) ? 0 : Math.min(PROGRAM_SIZE_MAX, programSize(pattern)) * STEPS_PER_INSTRUCTION;
}

const PART = /\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d+)(,?)(\d*)\}|[()]|./gsu;

/** About how many instructions a pattern becomes: `(a{10}){10}` some hundred. */
function programSize(pattern: string): number {
  const outer: number[] = [];
  let size = 0;
  let last = 0;
  for (const [part, least, , most] of pattern.matchAll(PART)) {
    if (part === '(') {
      outer.push(size);
      size = 0;
      last = 0;
    } else if (part === ')') {
      last = size + 2;
      size = (outer.pop() ?? 0) + last;
    } else if (least !== undefined) {
      const times = Math.max(1, Number(least), Number(most));
      size += last * (times - 1);
      last *= times;
    } else {
      last = 1;
      size += 1;
    }
  }
  return size;
}

/** True when the pattern is found anywhere in the text. */
export function matchesPattern(text: string, pattern: string): boolean {
  return compilePattern(pattern).matcher(text).find();
}

/** Upstream's: a tenth a character, times a quarter a character of the pattern. Throws for a match that would hold the event loop. */
export function matchingCost(text?: Value, pattern?: Value): number {
  const textCost = Math.ceil((1 + String(text).length) * 0.1);
  const cost = textCost * Math.ceil(String(pattern).length * 0.25);
  if (cost > MATCH_COST_MAX)
    throw new BudgetError('operation cancelled: the text is too long for this regular expression');
  return cost;
}

/** A unit of cost of these takes as long as so many of others. */
const STEPS_PER_COST = 16;
export const matchingSteps = (text?: Value, pattern?: Value): number =>
  20 + STEPS_PER_COST * matchingCost(text, pattern);

/** Of all matches in the text. */
export function findingCost(text?: Value, pattern?: Value): number {
  const cost = matchingCost(text, pattern);
  if (cost * FIND_ALL_FACTOR <= MATCH_COST_MAX) return cost;
  throw new BudgetError('operation cancelled: the text is too long for this regular expression');
}
