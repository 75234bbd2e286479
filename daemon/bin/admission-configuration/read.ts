/**
 * `--admission-control-config-file`: an AdmissionConfiguration of kube-apiserver's form, with the configuration of plugins in it or in files beside it.
 * Throws with the file and the field; a plugin that takes no configuration here is refused by name.
 */

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { type AdmissionConfiguration, DEFAULT_CONFIGURATION } from '../../admission/configuration.ts';
import { type FieldError, formatFieldError, path } from '../../base/field.ts';
import { isObject } from '../../base/json.ts';
import { checkShape, type Shape } from '../document-shape.ts';
import { POD_SECURITY_SHAPE, POD_SECURITY_TYPES, readPodSecurity } from './pod-security.ts';
import { QUOTA_SHAPE, QUOTA_TYPES, readLimitedResources } from './resource-quota.ts';

const OPTION = '--admission-control-config-file';
const TYPES = ['apiserver.config.k8s.io/v1 AdmissionConfiguration', 'apiserver.k8s.io/v1alpha1 AdmissionConfiguration'];
const SHAPE: Shape = {
  apiVersion: 'string',
  kind: 'string',
  plugins: [{ name: 'string', path: 'string', configuration: 'object' }],
};

interface PluginEntry {
  name?: string;
  path?: string;
  configuration?: object;
}

interface ReadPlugin {
  /** `group/version Kind` */
  readonly types: readonly string[];
  readonly shape: Shape;
  read(document: object, errors: FieldError[]): Partial<AdmissionConfiguration>;
}

const PLUGINS: Readonly<Record<string, ReadPlugin>> = {
  PodSecurity: {
    types: POD_SECURITY_TYPES,
    shape: POD_SECURITY_SHAPE,
    read: (document, errors) => ({ podSecurity: readPodSecurity(document, errors) }),
  },
  ResourceQuota: {
    types: QUOTA_TYPES,
    shape: QUOTA_SHAPE,
    read: (document, errors) => ({ limitedResources: readLimitedResources(document, errors) }),
  },
};

export async function readAdmissionConfiguration(file: string): Promise<AdmissionConfiguration> {
  const document = await readDocument(file, TYPES, SHAPE);
  const { plugins = [] } = document as { plugins?: readonly PluginEntry[] };
  let configuration = DEFAULT_CONFIGURATION;
  for (const [index, entry] of (plugins ?? []).entries()) {
    const at = `${file}: plugins[${index}]`;
    const plugin = Object.hasOwn(PLUGINS, entry.name ?? '') ? PLUGINS[entry.name!] : undefined;
    if (!plugin) {
      const known = Object.keys(PLUGINS).join(', ');
      throw failure(
        `${at}.name`,
        `${JSON.stringify(entry.name ?? '')} takes no configuration here; expected one of ${known}`,
      );
    }
    if (plugins.findIndex(({ name }) => name === entry.name) !== index)
      throw failure(`${at}.name`, `${entry.name} is configured twice`);
    configuration = { ...configuration, ...(await readPlugin(entry, plugin, at, dirname(file))) };
  }
  return configuration;
}

const failure = (at: string, why: string): Error => new Error(`${OPTION} ${at}: ${why}`);

async function readPlugin(
  { path: beside, configuration }: PluginEntry,
  plugin: ReadPlugin,
  at: string,
  folder: string,
): Promise<Partial<AdmissionConfiguration>> {
  if (beside && configuration) throw failure(at, 'expected configuration or path, not both');
  if (!beside && !configuration) return {};
  const file = beside ? resolve(folder, beside) : `${at}.configuration`;
  const document = beside
    ? await readDocument(file, plugin.types, plugin.shape)
    : checked(configuration, file, plugin.types, plugin.shape);
  const errors: FieldError[] = [];
  const read = plugin.read(document, errors);
  if (errors.length > 0) throw failure(file, errors.map(formatFieldError).join('; '));
  return read;
}

async function readDocument(file: string, types: readonly string[], shape: Shape): Promise<object> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw failure(file, error.code === 'ENOENT' ? 'there is no such file' : error.message);
  });
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw failure(file, (error as Error).message);
  }
  return checked(document, file, types, shape);
}

function checked(document: unknown, file: string, types: readonly string[], shape: Shape): object {
  const { apiVersion, kind } = isObject(document) ? document : {};
  if (!types.includes(`${apiVersion} ${kind}`)) throw failure(file, `expected ${types[0]}`);
  const misshapen = checkShape(document, shape, path());
  if (misshapen.length > 0) throw failure(file, misshapen.join('; '));
  return document as object;
}
