/** What `work` gives, and the milliseconds of this thread's processor that it took: time on the clock would tell of the neighbours. */
export function measured<T>(work: () => T): { result: T; processorMs: number } {
  const before = process.threadCpuUsage();
  const result = work();
  const { user, system } = process.threadCpuUsage(before);
  return { result, processorMs: (user + system) / 1_000 };
}
