/** Milliseconds of processor time that this process took until now: on a shared machine the clock runs while others work. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
