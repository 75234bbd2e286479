import { describe, expect, it } from 'vitest';
import { addressScope, cidrFamily, ipFamily } from '../../daemon/base/ip.ts';
import {
  configKeyProblems,
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  environmentNameProblems,
  labelValueProblems,
  portNameProblems,
  qualifiedNameProblems,
} from '../../daemon/base/names.ts';
import { measured } from '../support/processor-time.ts';

describe('formats of names', () => {
  const cases: [string, (text: string) => readonly string[], string[], string[]][] = [
    ['label', dns1123LabelProblems, ['a', 'a-b', '1', 'x'.repeat(63)], ['', '-a', 'a-', 'A', 'a.b', 'x'.repeat(64)]],
    ['subdomain', dns1123SubdomainProblems, ['a.b', 'a', '1.2'], ['', 'a..b', '.a', 'A.b', `${'x'.repeat(254)}`]],
    ['RFC 1035 label', dns1035LabelProblems, ['a1'], ['1a', '', 'a-']],
    ['label value', labelValueProblems, ['', 'A_b.c', '1'], ['-a', 'a b', 'x'.repeat(64), 'ä']],
    ['qualified name', qualifiedNameProblems, ['a', 'A.b_c', 'x.io/A'], ['', '/a', 'x.io/', 'X.io/a', 'a/b/c', 'a b']],
    ['port name', portNameProblems, ['http', 'a-1'], ['', '80', 'A', 'a--b', '-a', 'a-', 'x'.repeat(16)]],
    ['config key', configKeyProblems, ['a.b', '..a'.slice(1), '-'], ['', '.', '..', '..a', 'a/b', 'x'.repeat(254)]],
    ['variable', environmentNameProblems, ['A', 'a.b-c', '1', 'a b'], ['', 'a=b', 'ä', 'a\nb']],
  ];
  for (const [name, problems, good, bad] of cases) {
    it.each(good)(`${name}: %j is good`, (text) => {
      expect(problems(text)).toEqual([]);
    });
    it.each(bad)(`${name}: %j is not`, (text) => {
      expect(problems(text).length).toBeGreaterThan(0);
    });
  }

  it('takes linear time over hostile texts', () => {
    const hostile = `${'a-'.repeat(50_000)}!`;
    const { processorMs } = measured(() => cases.map(([, problems]) => problems(hostile)));
    expect(processorMs).toBeLessThan(1000);
  });
});

describe('addresses', () => {
  it.each([
    ['10.0.0.1', 4],
    ['010.0.0.1', 4],
    ['256.0.0.1', 0],
    ['1.2.3', 0],
    ['::1', 6],
    ['2001:db8::1', 6],
    ['::ffff:10.0.0.1', 4],
    ['fe80::1%eth0', 0],
    ['x', 0],
    ['', 0],
  ])('%s is of family %i', (text, family) => {
    expect(ipFamily(text)).toBe(family);
  });

  it.each([
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['127.1.2.3', 'loopback'],
    ['::1', 'loopback'],
    ['169.254.1.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['224.0.0.1', 'link-local-multicast'],
    ['ff02::1', 'link-local-multicast'],
    ['10.0.0.1', 'global'],
    ['2001:db8::1', 'global'],
  ])('%s is %s', (text, scope) => {
    expect(addressScope(text)).toBe(scope);
  });

  it.each([
    ['10.0.0.0/8', 4],
    ['10.0.0.0/33', 0],
    ['10.0.0.0', 0],
    ['2001:db8::/64', 6],
    ['x/8', 0],
    ['10.0.0.0/', 0],
  ])('%s is a block of family %i', (text, family) => {
    expect(cidrFamily(text)).toBe(family);
  });
});
