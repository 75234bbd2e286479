/** Who may be called: by name, by address, by what the name resolves to, and what an administrator allows. */

import { describe, expect, it } from 'vitest';
import { checkTarget, parseAllowedRemote, TargetRefused } from '../../daemon/git/outgoing/target.ts';

const target = (host: string, port = 443, encrypted = true) => ({ host, port, encrypted });

describe('targets of outgoing calls', () => {
  it('the addresses that were checked are the ones to connect to', async () => {
    const resolve = async () => ['140.82.121.6', '2606:50c0::1'];
    expect(await checkTarget(target('example.org'), [], resolve)).toEqual(['140.82.121.6', '2606:50c0::1']);
  });

  it.each(['127.0.0.1', '::1', '169.254.169.254', '::ffff:127.0.0.1', 'fe80::1'])(
    'a name that also resolves to %s is refused as a whole',
    async (address) => {
      const resolved = checkTarget(target('rebound.example.org'), [], async () => ['140.82.121.6', address]);
      await expect(resolved).rejects.toThrow(TargetRefused);
      await expect(checkTarget(target(address), [])).rejects.toThrow(/--allow-remote/);
    },
  );

  it('without TLS only what is allowed is called', async () => {
    const resolve = async () => ['10.0.0.7'];
    await expect(checkTarget(target('git.internal', 80, false), [], resolve)).rejects.toThrow(/without encryption/);
    const allowed = [parseAllowedRemote('git.internal')];
    expect(await checkTarget(target('git.internal', 80, false), allowed, resolve)).toEqual(['10.0.0.7']);
  });

  it('what is allowed is allowed at its port only', async () => {
    const allowed = [parseAllowedRemote('127.0.0.1:3000'), parseAllowedRemote('[::1]:3000')];
    expect(await checkTarget(target('127.0.0.1', 3_000, false), allowed)).toEqual(['127.0.0.1']);
    expect(await checkTarget(target('::1', 3_000), allowed)).toEqual(['::1']);
    await expect(checkTarget(target('127.0.0.1', 3_001), allowed)).rejects.toThrow(TargetRefused);
  });

  it.each(['', 'a b', 'host:0', 'host:70000', 'https://host', 'user@host'])('--allow-remote %j is refused', (text) => {
    expect(() => parseAllowedRemote(text)).toThrow(/expected HOST or HOST:PORT/);
  });
});
