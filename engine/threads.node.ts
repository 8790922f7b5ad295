import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export interface Threads {
  readonly threads: number;
  readonly reason: string;
}

/** One thread per physical core unless asked otherwise: two threads on one core share its multipliers and gain nothing. */
export function chooseThreads(asked?: number): Threads {
  if (asked) return { threads: asked, reason: 'asked for' };
  const available = availableParallelism();
  const physical = physicalCores();
  if (physical === null || physical > available)
    return { threads: available, reason: `${available} processors available` };
  return { threads: physical, reason: `${physical} physical cores` };
}

/** Linux says which processors share a core; elsewhere Node.js does not tell. */
function physicalCores(): number | null {
  const folder = '/sys/devices/system/cpu';
  try {
    const processors = readdirSync(folder).filter((name) => /^cpu\d+$/.test(name));
    const cores = new Set(
      processors.map((name) => readFileSync(`${folder}/${name}/topology/thread_siblings_list`, 'utf8')),
    );
    return cores.size || null;
  } catch {
    return null;
  }
}
