/**
 * Defaults of a PodTemplate: those of its template.
 */

import { setTemplateDefaults } from '../common/workload.ts';
import type { PodTemplate } from '../types.generated.ts';

export const setDefaults = (object: PodTemplate): void => setTemplateDefaults(object);
