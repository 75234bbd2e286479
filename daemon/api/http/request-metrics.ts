/**
 * Counts of requests by what they ask for. Every request passes here, so that it costs one look-up: labels are worked out once a kind of
 * request, and numbers become Prometheus' samples when somebody reads them.
 */

import { Counter, Gauge, type Metric, type Registry } from 'prom-client';
import type { EndRequest, MetricsState } from './metrics.ts';
import type { RequestInfo, ResourceRequest } from './request-info.ts';

const REQUEST_LABELS = [
  ...['verb', 'dry_run', 'group', 'version', 'resource', 'subresource', 'scope', 'component'],
] as const;
type RequestLabels = Record<(typeof REQUEST_LABELS)[number], string>;

/** Upper bounds in seconds; upstream's. */
const DURATIONS = [
  ...[0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60],
];
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT']);
const VERBS: Readonly<Record<string, string>> = {
  ...{ get: 'GET', list: 'LIST', watch: 'WATCH', create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE' },
  deletecollection: 'DELETECOLLECTION',
};
const STREAMED: ReadonlySet<string> = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);
const READING: ReadonlySet<string> = new Set(['GET', 'LIST', 'HEAD', 'WATCH']);

function labelsOf(
  { isServed }: MetricsState,
  info: RequestInfo | undefined,
  method: string,
  contentType: string | undefined,
): RequestLabels {
  const given = info?.resource;
  const resource = given && isServed(given.group, given.plural, given.subresource) ? given : undefined;
  const verb = VERBS[resource?.verb ?? ''] ?? (METHODS.has(method) ? method : 'other');
  const dryRun = info?.query.get('dryRun') === 'All' ? 'All' : '';
  const scope = !resource ? '' : resource.name ? 'resource' : resource.namespace ? 'namespace' : 'cluster';
  const { group = '', version = '', plural = '', subresource = '' } = resource ?? {};
  return {
    verb: verb === 'PATCH' && contentType?.startsWith('application/apply-patch') ? 'APPLY' : verb,
    dry_run: dryRun,
    ...{ group, version, resource: plural, subresource, scope },
    component: 'apiserver',
  };
}

/** All requests of the same labels. */
class Series {
  readonly labels: RequestLabels;
  readonly isStream: boolean;
  readonly isReading: boolean;
  readonly codes = new Map<number, number>();
  /** How many took no longer than the bound of that place, and longer than the one before it. */
  readonly durations = new Float64Array(DURATIONS.length + 1);
  seconds = 0;
  open = 0;

  constructor(labels: RequestLabels) {
    this.labels = labels;
    this.isStream = labels.verb === 'WATCH' || STREAMED.has(labels.subresource);
    this.isReading = READING.has(labels.verb);
  }

  readonly end: EndRequest = ({ code, seconds }) => {
    this.open--;
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    if (this.isStream) return;
    let place = 0;
    while (place < DURATIONS.length && seconds > DURATIONS[place]!) place++;
    this.durations[place]!++;
    this.seconds += seconds;
  };
}

/** Samples of a histogram in the shape that the registry renders. */
function histogram(name: string, series: () => Iterable<Series>): Metric {
  const samples = function* () {
    for (const { labels, durations, seconds } of series()) {
      let count = 0;
      for (const [place, within] of durations.entries()) {
        count += within;
        const le = DURATIONS[place] ?? '+Inf';
        yield { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
      }
      yield { metricName: `${name}_sum`, labels, value: seconds };
      yield { metricName: `${name}_count`, labels, value: count };
    }
  };
  const help = 'How long requests other than those that stream took.';
  const metric = { name, help, type: 'histogram', aggregator: 'sum' };
  return { name, get: async () => ({ ...metric, values: [...samples()] }), reset() {} } as unknown as Metric;
}

/** How a request is told of, and what follows of it. */
export function createRequestMetrics(state: MetricsState, registry: Registry) {
  const byLabels = new Map<string, Series>();
  const all = () => byLabels.values();
  register(registry, all);
  const seriesOf = (labels: RequestLabels): Series => {
    const key = Object.values(labels).join(' ');
    const known = byLabels.get(key);
    if (known) return known;
    const made = new Series(labels);
    byLabels.set(key, made);
    return made;
  };
  /** By plural, those that requests asked for: of built-in resources only, so that names which somebody makes up are not remembered. */
  const known = new Map<string, Series[]>();
  return (info: RequestInfo | undefined, method: string, contentType: string | undefined): EndRequest => {
    const resource = info && isSimple(info) ? info.resource : undefined;
    let series = resource && known.get(resource.plural)?.find(({ labels }) => isOf(labels, resource));
    if (!series) {
      const labels = labelsOf(state, info, method, contentType);
      series = seriesOf(labels);
      if (resource && labels.resource !== '')
        known.set(labels.resource, [...(known.get(labels.resource) ?? []), series]);
    }
    series.open++;
    return series.end;
  };
}

/** Its parameters and the type of its body say nothing that a label tells. */
const isSimple = ({ resource, url }: RequestInfo): boolean =>
  resource !== undefined && resource.verb !== 'patch' && !url.includes('?');

function isOf(labels: RequestLabels, { verb, group, version, subresource, name, namespace }: ResourceRequest): boolean {
  return (
    labels.verb === VERBS[verb] &&
    labels.scope === (name ? 'resource' : namespace ? 'namespace' : 'cluster') &&
    labels.subresource === subresource &&
    labels.version === version &&
    labels.group === group
  );
}

function register(registry: Registry, all: () => Iterable<Series>): void {
  const registers = [registry];
  const answered = function* () {
    for (const series of all()) if (!series.isStream) yield series;
  };
  new Counter({
    name: 'apiserver_request_total',
    help: 'Requests by verb, resource and code.',
    labelNames: [...REQUEST_LABELS, 'code'],
    registers,
    collect() {
      this.reset();
      for (const { labels, codes } of all()) for (const [code, count] of codes) this.inc({ ...labels, code }, count);
    },
  });
  for (const name of ['apiserver_request_duration_seconds', 'apiserver_request_sli_duration_seconds'])
    registry.registerMetric(histogram(name, answered));
  new Gauge({
    name: 'apiserver_current_inflight_requests',
    help: 'Requests that are being answered now, but those that stream.',
    labelNames: ['request_kind'],
    registers,
    collect() {
      const open = { mutating: 0, readOnly: 0 };
      for (const series of answered()) open[series.isReading ? 'readOnly' : 'mutating'] += series.open;
      for (const [request_kind, count] of Object.entries(open)) this.set({ request_kind }, count);
    },
  });
  new Gauge({
    name: 'apiserver_longrunning_requests',
    help: 'Watches, logs and sessions that are open now.',
    labelNames: REQUEST_LABELS,
    registers,
    collect() {
      this.reset();
      for (const { labels, isStream, open } of all()) if (isStream) this.set(labels, open);
    },
  });
}
