/**
 * A Secret's file may say values as `stringData`; the API only knows `data`. A write's change of `data` goes to where the file says the value. Pure.
 * Values never leave this function but in its result.
 */

import { isObject } from '../../base/json.ts';
import type { JsonObject } from '../../base/object.ts';

/** `wanted` (made from `present` and what the write changed in `data`) with changes of values that the file has as `stringData` moved there. */
export function plainSecret(present: Readonly<JsonObject>, wanted: JsonObject): JsonObject {
  const texts = present['stringData'];
  if (!isObject(texts)) return wanted;
  const data = isObject(wanted['data']) ? { ...wanted['data'] } : {};
  const stringData: JsonObject = { ...texts };
  const before = isObject(present['data']) ? present['data'] : {};
  for (const [name, value] of Object.entries(data)) {
    if (!Object.hasOwn(texts, name) || before[name] === value || typeof value !== 'string') continue;
    const bytes = Buffer.from(value, 'base64');
    const text = bytes.toString('utf8');
    if (!Buffer.from(text, 'utf8').equals(bytes)) {
      delete stringData[name]; // no text: it can only be said as data
      continue;
    }
    stringData[name] = text;
    delete data[name];
  }
  const { data: _data, stringData: _texts, ...rest } = wanted;
  return {
    ...rest,
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(Object.keys(stringData).length > 0 ? { stringData } : {}),
  };
}
