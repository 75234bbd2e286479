/** What `--repo` takes: paths, https and ssh; nothing that makes git start a program, read a file, or show a password. */

import { describe, expect, it } from 'vitest';
import { parseRepositorySource } from '../../../daemon/git/remote/remote-url.ts';

describe('--repo', () => {
  it.each(['/srv/desired.git', 'desired.git', './git@host:x', '../a:b', '~/x'])('%s is a path', (text) => {
    expect(parseRepositorySource(text)).toEqual({ type: 'path', path: text });
  });

  it.each([
    ['https://git.example.org/ops/desired.git', 'https://git.example.org/ops/desired.git', 'git.example.org', 443],
    ['https://bot@git.example.org:8443/x', 'https://git.example.org:8443/x', 'git.example.org', 8443],
    ['http://git.internal:3000/x', 'http://git.internal:3000/x', 'git.internal', 3000],
    ['git@git.example.org:ops/desired.git', 'ssh://git@git.example.org/ops/desired.git', 'git.example.org', 22],
    ['ssh://deploy@git.example.org:2222/x.git', 'ssh://deploy@git.example.org:2222/x.git', 'git.example.org', 2222],
    ['https://[2001:db8::1]/x', 'https://[2001:db8::1]/x', '2001:db8::1', 443],
  ])('%s is a remote', (text, url, host, port) => {
    expect(parseRepositorySource(text)).toMatchObject({ type: 'remote', remote: { url, target: { host, port } } });
  });

  it.each([
    'ext::sh -c "touch /tmp/x"',
    'file:///etc',
    'git://host/x',
    'ftp://host/x',
    'ssh://-oProxyCommand=x/y',
    'https://user:secret@host/x',
    'ssh://git@ho$st/x',
    'https://host/x?y',
    'https://host/',
    'ssh://-x@host/y',
    'fd::17/foo',
  ])('%s is refused', (text) => {
    const parse = () => parseRepositorySource(text);
    expect(parse).toThrow(/^--repo .*expected https:/);
    expect(parse).not.toThrow(/secret/);
  });
});
