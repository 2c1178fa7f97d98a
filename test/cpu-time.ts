/** The processor time of this process that the work takes, in ms: a machine that is busy with other things does not change it. */
export const cpuMsOf = (work: () => unknown): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};
