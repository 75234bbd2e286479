/** Addresses as numbers, and the line of xtables-monitor that names a process. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseGeneration } from '../../daemon/base/iptables-monitor.ts';
import { formatIpv4, formatIpv4Range, parseIpv4, parseIpv4Range, rangeContains } from '../../daemon/base/ipv4.ts';

test('every address survives text and back; other texts are none', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), (value) => parseIpv4(formatIpv4(value)) === value),
    { seed: 1 },
  );
  for (const text of ['', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', '1.2.3.4\n', '::1', '1.2.3.4/8'])
    expect(parseIpv4(text), text).toBeUndefined();
});

test('ranges: host bits are cleared, edges belong or not', () => {
  expect(formatIpv4Range(parseIpv4Range('10.244.3.7/24')!)).toBe('10.244.3.0/24');
  expect(formatIpv4Range(parseIpv4Range('200.1.2.3/0')!)).toBe('0.0.0.0/0');
  const range = parseIpv4Range('192.168.0.0/31')!;
  const holds = (text: string) => rangeContains(range, parseIpv4(text)!);
  expect(['192.168.0.0', '192.168.0.1', '192.168.0.2', '191.255.255.255'].map(holds)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0/8', '10.0.0.0/8 -j DROP'])
    expect(parseIpv4Range(text), text).toBeUndefined();
});

test('only NEWGEN lines end a transaction, with the pid of who made it', () => {
  expect(parseGeneration('NEWGEN: GENID=9 PID=10869 NAME=iptables')).toEqual({ pid: 10_869 });
  expect(
    parseGeneration(' EVENT: -4 -t nat -A REFLET-A -m comment --comment "NEWGEN: PID=1" -j RETURN'),
  ).toBeUndefined();
});
