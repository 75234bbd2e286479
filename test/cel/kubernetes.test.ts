/**
 * What Kubernetes adds to CEL: its libraries, types from schemas, lists that are sets or maps, escaped names, limits of cost and time.
 */

import { describe, expect, it } from 'vitest';
import { Budget, Turn } from '../../daemon/cel/budget.ts';
import { compile } from '../../daemon/cel/compile.ts';
import { createEnvironment } from '../../daemon/cel/environment.ts';
import { escapeName, fromJson, toJson } from '../../daemon/cel/json.ts';
import { type AccessQuestion, AuthorizerValue } from '../../daemon/cel/library/authorization.ts';
import { type TypedSchema, typeOfSchema } from '../../daemon/cel/schema-type.ts';
import { formatType, opaque } from '../../daemon/cel/types.ts';

const NONE = createEnvironment({});

function evaluate(source: string, environment = NONE, activation = (_: string) => undefined as never) {
  const compiled = compile(source, environment);
  if (!('program' in compiled)) return compiled.message;
  const outcome = compiled.program.evaluate(activation, new Budget());
  return 'error' in outcome ? `error: ${outcome.error}` : toJson(outcome.value);
}

describe('libraries', () => {
  it.each([
    ['[1, 3, 2].sum()', 6],
    ['[1, 3, 2].max() - [1, 3, 2].min()', 2],
    ['[].sum() == 0', true],
    ['["b", "a"].isSorted()', false],
    ['[1, 2, 1].lastIndexOf(1)', 2],
    ['["a"].indexOf("z")', -1],
    ['"abc 123 def 45".find("[0-9]+")', '123'],
    ['"abc 123 def 45".findAll("[0-9]+")', ['123', '45']],
    ['"1a2b3c".findAll("[0-9]", 2)', ['1', '2']],
    ['url("https://user@example.com:8080/a b".replace(" ", "%20")).getHost()', 'example.com:8080'],
    ['url("https://[::1]:80/path?k=v&k=w&e").getHostname()', '::1'],
    ['url("https://h/path?k=v&k=w&e=").getQuery()', { k: ['v', 'w'], e: [''] }],
    ['isURL("no url")', false],
    ['isURL("/absolute/path")', true],
    ['quantity("1.5Gi").isGreaterThan(quantity("1Gi"))', true],
    ['quantity("50k").add(20).sub(quantity("20")).asInteger()', 50_000],
    ['quantity("100m").asApproximateFloat()', 0.1],
    ['quantity("1") == quantity("1000m")', true],
    ['isQuantity("ten")', false],
    ['ip("127.0.0.1").isLoopback() && ip("fe80::1").isLinkLocalUnicast()', true],
    ['isIP("::ffff:1.2.3.4") || isIP("1.2.3.04") || isIP("fe80::1%eth0")', false],
    ['ip.isCanonical("2001:DB8::ABCD")', false],
    ['string(ip("2001:db8:0:0:0:0:0:1"))', '2001:db8::1'],
    ['cidr("10.0.0.0/8").containsIP("10.1.2.3")', true],
    ['cidr("10.0.0.0/8").containsCIDR(cidr("10.0.0.0/7"))', false],
    ['string(cidr("192.168.1.5/24").masked())', '192.168.1.0/24'],
    ['format.dns1123Label().validate("my-name").hasValue()', false],
    ['format.named("uuid").value().validate("nope").value()', ['does not match the UUID format']],
    ['sets.equivalent([1, 2, 2], [2, 1])', true],
    ['sets.contains(["a"], ["a", "b"])', false],
    ['{"a": 1}[?"b"].orValue(2)', 2],
    ['optional.of({"a": 1}).?a.optMap(v, v + 1).value()', 2],
    ['[1, ?optional.none(), 3]', [1, 3]],
    ['"%s has %d of %.2f".format(["x", 3, 0.5])', 'x has 3 of 0.50'],
    ['["a", "b"].transformMap(i, v, v + string(i))', { 0: 'a0', 1: 'b1' }],
    ['duration("90m") > duration("1h")', true],
    ['timestamp("2024-02-29T12:00:00+02:00").getHours()', 10],
    ['timestamp("2024-07-01T00:00:00Z").getHours("Europe/Berlin")', 2],
    ['"tacocat".substring(4) + "x".upperAscii()', 'catX'],
    ['1 < 1.5 && 2u > 1', true],
  ])('%s', (source, wanted) => expect(evaluate(source)).toEqual(wanted));

  it.each([
    ['[1][3]', 'error: index out of bounds: 3'],
    ['{"a": 1}["b"]', 'error: no such key: b'],
    ['1 / 0', 'error: division by zero'],
    ['9223372036854775807 + 1', 'error: integer overflow'],
    ['"a".matches("(")', 'error: error parsing regexp: missing closing ): `(`'],
    [
      'quantity("ten")',
      "error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ])('%s fails', (source, wanted) => expect(evaluate(source)).toBe(wanted));

  it('asks who may do what', () => {
    const asked: AccessQuestion[] = [];
    const authorizer = new AuthorizerValue({
      check(question) {
        asked.push(question);
        return { allowed: true, reason: 'because' };
      },
    });
    const environment = createEnvironment({ authorizer: opaque(authorizer.typeName) });
    const source = 'authorizer.group("apps").resource("deployments").namespace("d").check("create").reason()';
    expect(evaluate(source, environment, () => authorizer as never)).toBe('because');
    expect(asked).toMatchObject([{ verb: 'create', group: 'apps', resource: 'deployments', namespace: 'd', name: '' }]);
  });
});

const SCHEMA: TypedSchema = {
  type: 'object',
  required: ['replicas'],
  properties: {
    replicas: { type: 'integer' },
    'a.b-c': { type: 'string' },
    namespace: { type: 'string' },
    port: { 'x-kubernetes-int-or-string': true },
    until: { type: 'string', format: 'date-time' },
    timeout: { type: 'string', format: 'duration' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    ports: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, port: { type: 'integer' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

const OBJECT = {
  replicas: 3,
  'a.b-c': 'escaped',
  namespace: 'keyword',
  port: 'http',
  until: '2030-01-01T00:00:00Z',
  timeout: '30s',
  labels: { 'x/y': 'z' },
  tags: ['a', 'b'],
  ports: [
    { name: 'one', port: 1 },
    { name: 'two', port: 2 },
  ],
};

describe('types from schemas', () => {
  const type = typeOfSchema(SCHEMA)!;
  const environment = createEnvironment({ self: type });
  const run = (source: string) => evaluate(source, environment, () => fromJson(OBJECT, type) as never);

  it.each([
    ['self.replicas + 1', 4],
    ['self.a__dot__b__dash__c', 'escaped'],
    ['self.__namespace__', 'keyword'],
    ['type(self.port) == string && self.port == "http"', true],
    ['self.until > timestamp("2020-01-01T00:00:00Z")', true],
    ['self.timeout < duration("1m")', true],
    ['self.labels["x/y"]', 'z'],
    ['has(self.anything)', false],
    ['self.tags == ["b", "a"]', true],
    ['self.tags + ["b", "c"]', ['a', 'b', 'c']],
    ['self.ports.exists(p, p.port == 2)', true],
    ['(self.ports + self.ports).size()', 2],
  ])('%s', (source, wanted) => expect(run(source)).toEqual(wanted));

  it.each([
    ['self.replica', "ERROR: <input>:1:5: undefined field 'replica'\n | self.replica\n | ....^"],
    [
      'self.replicas == "3"',
      "ERROR: <input>:1:15: found no matching overload for '_==_' applied to '(int, string)'\n | self.replicas == \"3\"\n | ..............^",
    ],
    [
      'self.replicas.x',
      "ERROR: <input>:1:14: type 'int' does not support field selection\n | self.replicas.x\n | .............^",
    ],
    ['other', "ERROR: <input>:1:1: undeclared reference to 'other' (in container '')\n | other\n | ^"],
    [
      'self.tags.all(t, t + 1)',
      "ERROR: <input>:1:20: found no matching overload for '_+_' applied to '(string, int)'\n | self.tags.all(t, t + 1)\n | ...................^",
    ],
  ])('%s does not compile', (source, wanted) => expect(run(source)).toBe(wanted));

  it('a resource has its metadata', () => {
    const root = typeOfSchema({ type: 'object' }, { isResourceRoot: true })!;
    const compiled = compile('self.metadata.name + self.kind', createEnvironment({ self: root }));
    expect('program' in compiled && formatType(compiled.program.type)).toBe('string');
  });

  it.each([
    ['a__b', 'a__underscores__b'],
    ['in', '__in__'],
    ['a/b', 'a__slash__b'],
    ['1a', undefined],
    ['a b', undefined],
  ])('%s is %s', (name, wanted) => expect(escapeName(name)).toBe(wanted));
});

describe('limits', () => {
  const numbers = Array.from({ length: 1000 }, (_, index) => index);
  const environment = createEnvironment({ l: typeOfSchema({ type: 'array', items: { type: 'integer' } })! });
  const run = (source: string, budget: Budget) => {
    const compiled = compile(source, environment);
    if (!('program' in compiled)) throw new Error(compiled.message);
    return compiled.program.evaluate(() => fromJson(numbers), budget);
  };

  it('an expression costs at most so much', () => {
    const outcome = run('l.all(a, l.all(b, a + b >= 0))', new Budget());
    expect(outcome).toEqual({ error: 'operation cancelled: actual cost limit exceeded', isBudget: true });
  });

  it('what it has cost is taken from the request', () => {
    const budget = new Budget({ costMax: 10_000 });
    run('l.all(a, a >= 0)', budget);
    // The list, the result; and each time the condition (2), the accumulator, the variable and the comparison.
    expect(budget.remaining).toBe(10_000 - (2 + 1000 * 5));
  });

  it('work for which upstream counts no cost is bounded, too, by what it is and not by a clock', () => {
    const spent = { error: 'operation cancelled: actual cost limit exceeded', isBudget: true };
    // A comparison of lists costs a tenth of their length, and looks at every element.
    const budget = new Budget();
    expect(run('l.all(a, l.all(b, l == l))', budget)).toEqual(spent);
    expect(budget.remaining).toBeGreaterThan(9_000_000);
    expect(run('[1, 2, 3].all(a, l == l)', new Budget())).toEqual({ value: true });
  });

  it('a turn is over after enough of it', () => {
    const turn = new Turn();
    run('l.all(a, a >= 0)', new Budget({ turn }));
    expect(turn.isOver).toBe(false);
    run('l.all(a, l.filter(b, a > b).size() >= 0)', new Budget({ turn }));
    expect(turn.isOver).toBe(true);
    turn.begin();
    expect(turn.isOver).toBe(false);
  });

  it.each([
    [`1${'+1'.repeat(5000)}`, /expression recursion limit exceeded/],
    ['('.repeat(1000), /expression recursion limit exceeded: 250/],
    [`[${'1,'.repeat(40_000)}]`, /expression is too large/],
    ['a'.repeat(100_001), /expression code point size exceeds limit: size: 100001, limit 100000/],
    ['"\\u{41}"', /token recognition error/],
    ['a.b.', /Syntax error: no viable alternative at input '\.'/],
    ['', /mismatched input '<EOF>' expecting/],
    ['1 +', /mismatched input '<EOF>' expecting/],
    ['for', /reserved identifier: for/],
    ['x.map(1, 2)', /argument must be a simple name/],
  ])('a hostile source is refused: %.20s', (source, message) => {
    const compiled = compile(source, NONE);
    expect('message' in compiled && compiled.message).toMatch(message);
  });

  it.each([
    ['"a".matches("(a{900}){1}(b{1000}){1}(c{1000}){2}")', /expression too large/],
    ['l.map(x, "aaaaaaaaaaaaaaaaaaaa").join().matches(l.map(x, "(a|b)").join())', /the text is too long/],
  ])('a pattern is bounded: %s', (source, message) => {
    const outcome = run(source, new Budget());
    expect('error' in outcome && outcome.error).toMatch(message);
  });

  it('a chain of optional mappings does not double with each link', () => {
    const source = `optional.of(1)${'.optMap(x, x + 1)'.repeat(60)}.value()`;
    expect(evaluate(source)).toBe(61);
  });
});
