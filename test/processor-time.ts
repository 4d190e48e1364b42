/** Milliseconds of processor time that `run` takes on this thread, which others who use the machine meanwhile do not add to. */
export async function processorTime(run: () => unknown): Promise<number> {
  const start = process.threadCpuUsage();
  await run();
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000;
}
