/**
 * What calling a function is estimated to cost, and how large its result is: cel-go's figures (`checker/cost.go` of v0.22, `ext/sets.go`) and
 * Kubernetes' for its own libraries (`apiserver/pkg/cel/library/cost.go` of 1.32). Pure.
 *
 * These figures decide which definitions are accepted: they are upstream's also where they are odd, so that a definition is accepted here exactly
 * when it is there.
 */

import type { Expression } from '../ast.ts';
import type { Overload } from '../overload.ts';
import type { Type } from '../types.ts';
import { exactly, NOTHING, ONE, plus, type Range, scaled, times, UNKNOWN, union } from './ranges.ts';

/** A target or an argument. */
export interface Operand {
  readonly type: Type;
  readonly expression?: Expression;
  /** Follows from the expression itself. */
  readonly computedSize?: Range | undefined;
  /** What its place in the schema says; undefined when it has none. */
  readonly declaredSize: () => Range | undefined;
  /** The elements of a list, known by their place only. */
  readonly elements: () => Operand | undefined;
}

export interface CallEstimate {
  /** Without that of its target and arguments. */
  readonly cost: Range;
  readonly size?: Range | undefined;
}

interface Call {
  readonly overload: Overload;
  readonly target: Operand;
  readonly args: readonly Operand[];
}

type Estimator = (call: Call) => CallEstimate | undefined;

/** A character or byte passed over. */
const PASSING = 0.1;
/** A character of a regular expression. */
const PATTERN = 0.25;
const LIST_COST = 10;
const STRUCT_COST = 40;
/** Upstream's `MaxNameFormatRegexSize` and `MaxFormatSize`. */
const FORMAT_PATTERN_SIZE = 128;
const FORMAT_SIZE = 64;

/** Kubernetes' view: a number has no size. */
const sizeOf = ({ computedSize, declaredSize }: Operand): Range => computedSize ?? declaredSize() ?? UNKNOWN;

const SCALARS: readonly Type['kind'][] = ['bool', 'double', 'duration', 'int', 'timestamp', 'uint'];
/** cel-go's view: a number of no known place has the size 1. */
export const sizeOrScalar = (operand: Operand): Range =>
  operand.computedSize ?? operand.declaredSize() ?? (SCALARS.includes(operand.type.kind) ? ONE : UNKNOWN);

const passing = (size: Range): Range => scaled(size, PASSING);
const one: Estimator = () => ({ cost: ONE });
const first = ({ args }: Call): Operand => args[0]!;
const kindOf = ({ overload }: Call, index: number): Type['kind'] | undefined => overload.parameters[index]?.kind;

const parsing: Estimator = (call) => ({ cost: passing(sizeOf(first(call))) });
const rewriting: Estimator = ({ target }) => ({ cost: passing(sizeOf(target)), size: sizeOf(target) });

/** Through a list, or a text. */
const traversing: Estimator = ({ target }) => {
  const elements = target.elements();
  if (!elements) return { cost: passing(sizeOf(target)) };
  const { kind } = elements.type;
  const each = kind === 'string' || kind === 'bytes' ? plus(ONE, passing(sizeOf(elements))) : ONE;
  return { cost: times(sizeOf(target), each) };
};

/** How often something is replaced, and how much stays of the original, for one bound of the result. */
function replaced(text: number, part: number, staysWhole: boolean): { count: number; kept: number } {
  if (part === 0) return { count: text + 1, kept: text };
  if (staysWhole) return { count: 0, kept: text };
  return { count: Math.ceil(text / part), kept: 0 };
}

const replacing: Estimator = ({ target, args }) => {
  const text = sizeOf(target);
  const [part, by] = [sizeOf(args[0]!), sizeOf(args[1]!)];
  const most = replaced(text.max, part.min, by.max <= part.min);
  const least = replaced(text.min, part.max, part.max <= by.min);
  const size = plus(times({ min: least.count, max: most.count }, by), { min: least.kept, max: most.kept });
  return { cost: scaled(text, 2 * PASSING), size };
};

const splitting: Estimator = ({ target, args }) => {
  const limit = args[1]?.expression;
  const isKnown = limit?.kind === 'constant' && typeof limit.value === 'bigint';
  const max = isKnown ? Number(BigInt.asUintN(64, limit.value as bigint)) : sizeOf(target).max;
  return { cost: scaled(sizeOf(target), 2 * PASSING), size: { min: 0, max } };
};

const joining: Estimator = ({ target, args }) => {
  const list = sizeOf(target);
  const elements = target.elements();
  let size = elements ? times(list, sizeOf(elements)) : NOTHING;
  const [separator] = args;
  if (separator) {
    const count = { min: Math.max(0, list.min - 1), max: Math.max(0, list.max - 1) };
    size = plus(size, times(sizeOf(separator), count));
  }
  return { cost: passing(size), size };
};

/** An empty text costs something too. */
const matchingCost = (text: Range, pattern: Range): Range => times(passing(plus(text, ONE)), scaled(pattern, PATTERN));

const finding: Estimator = ({ target, args }) => ({
  cost: matchingCost(sizeOf(target), sizeOf(args[0]!)),
  size: { min: 0, max: sizeOf(target).max },
});

const selecting: Estimator = (call) => {
  const size = sizeOf(first(call));
  const requirements = scaled(scaled(size, 0.5), LIST_COST + STRUCT_COST);
  return { cost: plus(exactly(LIST_COST), passing(size), requirements) };
};

/** An address has 4 or 16 bytes. */
const ADDRESS: Range = { min: 4, max: 16 };
const containing =
  (isBlock: boolean): Estimator =>
  (call) => {
    const masking = isBlock ? plus(passing(ADDRESS), ONE) : NOTHING;
    const parsed = kindOf(call, 1) === 'string' ? passing(sizeOf(first(call))) : NOTHING;
    return { cost: plus(passing(plus(ADDRESS, ADDRESS)), masking, parsed) };
  };

const setsProduct =
  (factor: number): Estimator =>
  ({ args }) => ({ cost: plus(scaled(times(sizeOf(args[0]!), sizeOf(args[1]!)), factor), ONE) });

/** Equal at a glance. */
const SIMPLE_TYPES = new Set([
  'net.IP',
  'net.CIDR',
  'kubernetes.Quantity',
  'kubernetes.authorization.Authorizer',
  'kubernetes.authorization.PathCheck',
  'kubernetes.authorization.GroupCheck',
  'kubernetes.authorization.ResourceCheck',
  'kubernetes.authorization.Decision',
]);

/** As much as the shorter side has. */
const comparing: Estimator = ({ args }) => {
  const max = Math.min(sizeOrScalar(args[0]!).max, sizeOrScalar(args[1]!).max);
  return { cost: passing({ min: max > 0 ? 1 : 0, max }) };
};

const equating: Estimator = (call) => {
  const [a, b] = call.args.map(({ type }) => (type.kind === 'opaque' ? type.name : undefined));
  if (a === undefined || a !== b) return comparing(call);
  if (SIMPLE_TYPES.has(a)) return { cost: ONE };
  if (a === 'kubernetes.NamedFormat') return { cost: passing({ min: 1, max: FORMAT_SIZE }) };
  if (a === 'kubernetes.URL') return { cost: passing({ min: 1, max: call.args[1]!.computedSize?.max ?? 1 }) };
  return comparing(call);
};

const ordering: Estimator = (call) => {
  const kind = kindOf(call, 0);
  return kind === 'string' || kind === 'bytes' ? comparing(call) : undefined;
};

const adding: Estimator = (call) => {
  const kind = kindOf(call, 0);
  if (kind !== 'string' && kind !== 'bytes' && kind !== 'list') return undefined;
  const size = plus(sizeOrScalar(call.args[0]!), sizeOrScalar(call.args[1]!));
  return { cost: kind === 'list' ? ONE : passing(size), size };
};

const toBytes: Estimator = (call) => {
  if (kindOf(call, 0) !== 'string') return undefined;
  const { min, max } = sizeOrScalar(first(call));
  return { cost: passing({ min, max }), size: { min, max: max * 4 } };
};

const toText: Estimator = (call) => {
  if (kindOf(call, 0) !== 'bytes') return undefined;
  const { min, max } = sizeOrScalar(first(call));
  return { cost: passing({ min, max }), size: { min: Math.floor(min / 4), max } };
};

const quoting: Estimator = (call) => {
  const { min, max } = sizeOrScalar(first(call));
  return { cost: passing({ min, max }), size: { min: min + 2, max: max * 2 + 2 } };
};

/** By name; what is not here costs 1. */
const ESTIMATORS: Readonly<Record<string, Estimator>> = {
  check: () => ({ cost: exactly(350_000) }),
  fieldSelector: selecting,
  labelSelector: selecting,
  ...named(['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'], traversing),
  url: (call) => ({ cost: passing(sizeOf(first(call))), size: sizeOf(first(call)) }),
  ...named(['lowerAscii', 'upperAscii', 'substring', 'trim'], rewriting),
  replace: replacing,
  split: splitting,
  join: joining,
  ...named(['find', 'findAll'], finding),
  ...named(['cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity'], parsing),
  ip: (call) => (call.overload.isMethod ? { cost: ONE } : parsing(call)),
  'ip.isCanonical': (call) => ({ cost: scaled(sizeOf(first(call)), 2 * PASSING) }),
  containsIP: containing(false),
  containsCIDR: containing(true),
  validate: (call) => ({ cost: scaled(passing(sizeOf(first(call))), FORMAT_PATTERN_SIZE * PATTERN) }),
  ...named(['sets.contains', 'sets.intersects'], setsProduct(1)),
  'sets.equivalent': setsProduct(2),
  '_==_': equating,
  '_!=_': comparing,
  ...named(['_<_', '_<=_', '_>_', '_>=_'], ordering),
  '_+_': adding,
  bytes: toBytes,
  string: toText,
  'strings.quote': quoting,
  format: ({ target }) => ({ cost: passing(sizeOrScalar(target)) }),
  ...named(['startsWith', 'endsWith'], (call) => ({ cost: passing(sizeOrScalar(first(call))) })),
  '@in': (call) => (kindOf(call, 1) === 'list' ? { cost: sizeOrScalar(call.args[1]!) } : undefined),
  // `matches(text, pattern)`, which is no method, has another identity upstream and costs 1.
  matches: ({ overload, target, args }) =>
    overload.isMethod ? { cost: matchingCost(sizeOrScalar(target), sizeOrScalar(args[0]!)) } : undefined,
  contains: ({ target, args }) => ({
    cost: times(passing(sizeOrScalar(target)), passing(sizeOrScalar(args[0]!))),
  }),
};

function named(names: readonly string[], estimator: Estimator): Record<string, Estimator> {
  return Object.fromEntries(names.map((name) => [name, estimator]));
}

/** Of every overload that the arguments' types allow: the range that covers all. */
export function estimateOverloads(
  overloads: readonly Overload[],
  target: Operand | undefined,
  args: readonly Operand[],
): CallEstimate {
  let whole: CallEstimate | undefined;
  for (const overload of overloads) {
    const estimate = (Object.hasOwn(ESTIMATORS, overload.name) ? ESTIMATORS[overload.name]! : one)({
      overload,
      target: target ?? NO_OPERAND,
      args,
    }) ?? { cost: ONE };
    whole = whole ? { cost: union(whole.cost, estimate.cost), size: unionOf(whole.size, estimate.size) } : estimate;
  }
  return whole ?? { cost: NOTHING };
}

const unionOf = (a: Range | undefined, b: Range | undefined): Range | undefined => (a && b ? union(a, b) : (a ?? b));

const NO_OPERAND: Operand = { type: { kind: 'dyn' }, declaredSize: () => undefined, elements: () => undefined };
