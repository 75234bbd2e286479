/** What the kernel counts, read from its files' text. Pure. Amounts are bytes and nanoseconds. */

/** Lines of `name value`, as `memory.stat` and `/proc/vmstat`. */
export function readCounters(text: string): ReadonlyMap<string, number> {
  const counters = new Map<string, number>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) counters.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return counters;
}

/** `/proc/meminfo`, in bytes. */
export function readMemoryInfo(text: string): ReadonlyMap<string, number> {
  const found = text.matchAll(/^([\w()]+):\s+(\d+) kB$/gm);
  return new Map([...found].map(([, name, kibibytes]) => [name!, Number(kibibytes) * 1024]));
}

/** `USER_HZ`: what the kernel counts in `/proc/stat`, on every architecture. */
const TICKS_PER_SECOND = 100;
const NS_PER_TICK = 1e9 / TICKS_PER_SECOND;

export interface HostProcessor {
  /** Since the host has started. */
  usedNs: number;
  bootMs: number;
}

/** `/proc/stat`: what processors did but waiting. Guests' time is in `user` already. */
export function readHostProcessor(text: string): HostProcessor {
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0, stolen = 0] = (
    /^cpu +(.*)$/m.exec(text)?.[1] ?? ''
  )
    .split(' ')
    .map(Number);
  const ticks = user + nice + system + interrupts + softInterrupts + stolen;
  return { usedNs: ticks * NS_PER_TICK, bootMs: Number(/^btime (\d+)$/m.exec(text)?.[1] ?? 0) * 1000 };
}

export interface InterfaceUsage {
  name: string;
  rxBytes: number;
  rxPackets: number;
  rxErrors: number;
  rxDropped: number;
  txBytes: number;
  txPackets: number;
  txErrors: number;
  txDropped: number;
}

/** `/proc/<pid>/net/dev`; but the loopback. */
export function readInterfaces(text: string): InterfaceUsage[] {
  return text.split('\n').flatMap((line) => {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim();
    if (name === '' || name === 'lo') return [];
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    const [rxBytes = 0, rxPackets = 0, rxErrors = 0, rxDropped = 0] = fields;
    const [txBytes = 0, txPackets = 0, txErrors = 0, txDropped = 0] = fields.slice(8);
    return [{ name, rxBytes, rxPackets, rxErrors, rxDropped, txBytes, txPackets, txErrors, txDropped }];
  });
}
