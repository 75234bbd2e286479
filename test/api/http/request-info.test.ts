import { describe, expect, it } from 'vitest';
import { attributesOf, readRequestInfo } from '../../../daemon/api/http/request-info.ts';
import { unreadableTarget } from '../../../daemon/api/http/text-error.ts';

const resource = (method: string, url: string) => readRequestInfo(method, url).resource;

describe('request info', () => {
  it.each([
    ['GET', '/api/v1/pods', { verb: 'list', group: '', version: 'v1', plural: 'pods', subresource: '' }],
    ['GET', '/api/v1/namespaces', { verb: 'list', plural: 'namespaces' }],
    ['GET', '/api/v1/namespaces/x', { verb: 'get', plural: 'namespaces', name: 'x', namespace: 'x' }],
    [
      'PUT',
      '/api/v1/namespaces/x/finalize',
      { verb: 'update', plural: 'namespaces', name: 'x', subresource: 'finalize' },
    ],
    ['GET', '/api/v1/namespaces/x/pods', { verb: 'list', namespace: 'x', plural: 'pods' }],
    ['GET', '/api/v1/namespaces/x/pods?watch=1', { verb: 'watch', namespace: 'x' }],
    ['GET', '/api/v1/watch/namespaces/x/pods', { verb: 'watch', namespace: 'x', plural: 'pods' }],
    ['GET', '/api/v1/namespaces/x/pods/p?watch=1', { verb: 'get', name: 'p' }],
    ['HEAD', '/api/v1/namespaces/x/pods', { verb: 'list' }],
    ['GET', '/api/v1/namespaces/x/pods/p/log', { verb: 'get', name: 'p', subresource: 'log' }],
    ['POST', '/apis/apps/v1/namespaces/x/deployments', { verb: 'create', group: 'apps', plural: 'deployments' }],
    ['PATCH', '/apis/apps/v1/namespaces/x/deployments/d/scale', { verb: 'patch', name: 'd', subresource: 'scale' }],
    ['DELETE', '/apis/apps/v1/namespaces/x/deployments', { verb: 'deletecollection' }],
    ['GET', '/api/v1/namespaces/x/pods?fieldSelector=metadata.name%3Dp', { verb: 'list', name: 'p' }],
    ['GET', '/api/v1/namespaces/x/services/s/proxy/a/b', { subresource: 'proxy', rest: ['a', 'b'] }],
  ])('%s %s', (method, url, expected) => {
    expect(resource(method, url)).toMatchObject(expected);
  });

  it.each(['/version', '/api', '/api/v1', '/apis/apps', '/apis/apps/v1', '/healthz', '//api/v1/pods'])(
    '%s names no resource',
    (url) => {
      expect(resource('GET', url)).toBeUndefined();
    },
  );

  it.each([
    ['labelSelector=%zz&limit=1', 'limit=1'],
    ['labelSelector=a;b', ''],
    ['limit=1;labelSelector=a&fieldSelector=%', ''],
    ['labelSelector=a%3Db&%=1', 'labelSelector=a%3Db'],
  ])('?%s says no more than ?%s', (said, heard) => {
    expect(readRequestInfo('GET', `/api/v1/pods?${said}`).query.toString()).toBe(heard);
  });

  it('never makes a segment of an encoded slash', () => {
    expect(resource('GET', '/api/v1/namespaces/x%2Fpods%2Fy/pods/a%2Fb')).toMatchObject({
      namespace: 'x/pods/y',
      name: 'a/b',
    });
  });

  it('refuses what cannot be decoded', () => {
    for (const path of ['/api/v1/pods/%zz', '/version%', '/api/v1/namespaces/a%4/pods'])
      expect(() => readRequestInfo('GET', path)).toThrow(unreadableTarget());
    expect(() => readRequestInfo('GET', '/api/v1/pods/%ff')).toThrow('the path segment "%ff" is not UTF-8');
  });

  it('asks the authorizer for the path when there is no resource', () => {
    expect(attributesOf(readRequestInfo('GET', '/apis/apps?timeout=3s'))).toEqual({ verb: 'get', path: '/apis/apps' });
  });
});
