/** Served resources that never change, for controllers under test. */

import type { ServedResources } from '../../daemon/kinds/collected-resources.ts';
import type { Resource } from '../../daemon/kinds/resource.ts';

export const fixedResources = (resources: readonly Resource[]): ServedResources => ({
  list: () => resources,
  onChange: () => () => {},
});
