/**
 * Containers through podman's REST API: the calls, and the parts of their answers that the agent reads.
 * `stop` is not used: podman holds the container's lock while it waits, and a list of all containers would wait with it.
 */

import { PodmanError, type PodmanHttp } from './http.ts';

/** One line of `containers/json`. Times are seconds since the epoch; negative for never. */
export interface ListedContainer {
  Id: string;
  Names?: string[];
  Labels?: Record<string, string>;
  /** `created`, `initialized`, `running`, `paused`, `stopping`, `stopped`, `exited`, `removing`, `unknown` */
  State: string;
  ExitCode: number;
  Pid: number;
}

export interface InspectedContainer {
  Id: string;
  Created: string;
  State: {
    Status: string;
    Running: boolean;
    OOMKilled: boolean;
    Pid: number;
    ConmonPid?: number;
    ExitCode: number;
    Error?: string;
    StartedAt: string;
    FinishedAt: string;
    CgroupPath?: string;
  };
  Image: string;
  ImageName: string;
  /** Of the overlay driver: where it keeps what the container writes. */
  GraphDriver?: { Data?: { UpperDir?: string } };
  Config: { Labels?: Record<string, string>; StopSignal?: number | string };
}

export interface ContainerCalls {
  /** Its id. A container of that name that exists already is found, not made again. */
  create(specification: Readonly<Record<string, unknown>> & { name: string }): Promise<string>;
  /** No error when it runs already. */
  start(id: string): Promise<void>;
  /** False when there is nothing to signal any more. */
  kill(id: string, signal: string | number): Promise<boolean>;
  /** Whatever its state, with its anonymous volumes; no error when there is none. */
  remove(id: string): Promise<void>;
  /** Undefined: there is none. */
  inspect(id: string): Promise<InspectedContainer | undefined>;
  /** In every state. `labels`: `key` or `key=value`, all must match. */
  list(labels: readonly string[]): Promise<ListedContainer[]>;
}

const isGone = (error: unknown) => error instanceof PodmanError && error.code === 404;
const isConflict = (error: unknown) => error instanceof PodmanError && error.code === 409;
/** podman 4 answers 500 for a name in use, podman 5 answers 409. */
const isNameInUse = (error: unknown) =>
  error instanceof PodmanError && (error.code === 409 || /name .* is in use/.test(error.message));
/** A removal also unmounts and deletes what the container wrote: more than a call's usual time on a busy disk. */
const REMOVE_TIMEOUT_MS = 120_000;

export function createContainerCalls(http: PodmanHttp): ContainerCalls {
  const inspect: ContainerCalls['inspect'] = async (id) => {
    try {
      return await http.call<InspectedContainer>('GET', `/containers/${id}/json`);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  };
  return {
    inspect,
    async create(specification) {
      try {
        const { Id } = await http.call<{ Id: string }>('POST', '/containers/create', { body: specification });
        return Id;
      } catch (error) {
        const existing = isNameInUse(error) ? await inspect(specification.name) : undefined;
        if (existing) return existing.Id;
        throw error;
      }
    },
    async start(id) {
      await http.call('POST', `/containers/${id}/start`);
    },
    async kill(id, signal) {
      try {
        await http.call('POST', `/containers/${id}/kill`, { query: { signal } });
        return true;
      } catch (error) {
        if (isGone(error) || isConflict(error)) return false;
        if (error instanceof PodmanError && /can only kill running|is not running|state improper/.test(error.message))
          return false;
        throw error;
      }
    },
    async remove(id) {
      try {
        await http.call('DELETE', `/containers/${id}`, {
          query: { force: true, v: true, timeout: 0 },
          timeoutMs: REMOVE_TIMEOUT_MS,
        });
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },
    async list(labels) {
      const filters = JSON.stringify({ label: labels });
      return (
        (await http.call<ListedContainer[] | null>('GET', '/containers/json', { query: { all: true, filters } })) ?? []
      );
    },
  };
}
