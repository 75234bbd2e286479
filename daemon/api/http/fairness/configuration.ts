/**
 * What the cluster's FlowSchemas and PriorityLevelConfigurations come to: schemas in the order they are tried, and how many seats each level
 * has. The mandatory ones are there though somebody deleted them. Pure.
 */

import type { KubeObject } from '../../../base/object.ts';
import { MANDATORY_FLOW_SCHEMAS } from '../../../kinds/flowschemas/suggested.ts';
import { MANDATORY_PRIORITY_LEVELS } from '../../../kinds/prioritylevelconfigurations/suggested.ts';
import type {
  FlowSchemaSpec,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../../../kinds/types.generated.ts';
import { byPrecedence, type FlowSchemaEntry } from './classify.ts';

export interface LevelSettings {
  readonly name: string;
  readonly uid: string;
  readonly isExempt: boolean;
  /** Its share of all seats. */
  readonly seats: number;
  /** How many of them others may use while it does not. */
  readonly lendable: number;
  /** How many it may use of others. */
  readonly borrowable: number;
  /** Undefined: what cannot be served at once is refused. */
  readonly queuing: Required<QueuingConfiguration> | undefined;
  /** For taking turns: its weight against other levels. */
  readonly weight: number;
}

export interface FlowConfiguration {
  readonly schemas: readonly FlowSchemaEntry[];
  readonly levels: ReadonlyMap<string, LevelSettings>;
}

/** The exempt and whatever has no share go on all the same. */
const WEIGHT_MIN = 30;

interface Named<Spec> {
  readonly name: string;
  readonly uid: string;
  readonly spec: Spec;
}

function named<Spec>(objects: readonly KubeObject[], mandatory: Readonly<Record<string, Spec>>): Named<Spec>[] {
  const found = objects.map((object) => ({
    name: object.metadata?.name ?? '',
    uid: object.metadata?.uid ?? '',
    spec: (object as KubeObject & { spec: Spec }).spec,
  }));
  const missing = Object.entries(mandatory).filter(([name]) => !found.some((one) => one.name === name));
  return [...found, ...missing.map(([name, spec]) => ({ name, uid: '', spec }))];
}

/** `seats`: of the whole server. */
export function readConfiguration(
  flowSchemas: readonly KubeObject[],
  priorityLevels: readonly KubeObject[],
  seats: number,
): FlowConfiguration {
  const levels = named<PriorityLevelConfigurationSpec>(priorityLevels, MANDATORY_PRIORITY_LEVELS);
  const shares = levels.reduce((sum, { spec }) => sum + sharesOf(spec), 0) || 1;
  const settings = levels.map((level): [string, LevelSettings] => [level.name, settingsOf(level, seats / shares)]);
  const byName = new Map(settings);
  const schemas = named<FlowSchemaSpec>(flowSchemas, MANDATORY_FLOW_SCHEMAS)
    .filter(({ spec }) => byName.has(spec.priorityLevelConfiguration.name))
    .sort(byPrecedence);
  return { schemas, levels: byName };
}

const sharesOf = ({ limited, exempt }: PriorityLevelConfigurationSpec) =>
  (limited ?? exempt)?.nominalConcurrencyShares ?? 0;

function settingsOf(level: Named<PriorityLevelConfigurationSpec>, seatsPerShare: number): LevelSettings {
  const { name, uid, spec } = level;
  const { limited, exempt, type } = spec;
  const shares = sharesOf(spec);
  const seats = Math.ceil(shares * seatsPerShare);
  const percent = (part: number | undefined) => Math.round((seats * (part ?? 0)) / 100);
  const { type: response, queuing } = limited?.limitResponse ?? { type: 'Reject' };
  return {
    name,
    uid,
    isExempt: type === 'Exempt',
    seats,
    lendable: percent((limited ?? exempt)?.lendablePercent),
    borrowable:
      limited?.borrowingLimitPercent === undefined ? Number.POSITIVE_INFINITY : percent(limited.borrowingLimitPercent),
    queuing:
      response === 'Queue'
        ? {
            queues: queuing?.queues ?? 1,
            handSize: queuing?.handSize ?? 1,
            queueLengthLimit: queuing?.queueLengthLimit ?? 1,
          }
        : undefined,
    weight: Math.max(shares, WEIGHT_MIN),
  };
}
