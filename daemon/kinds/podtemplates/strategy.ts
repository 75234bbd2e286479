/**
 * What is set when a PodTemplate is written.
 */

import { showTemplateTime } from '../common/workload.ts';
import type { PodTemplate } from '../types.generated.ts';

export const prepare = (object: PodTemplate): void => showTemplateTime({ spec: object });
