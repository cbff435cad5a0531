/**
 * Prometheus' number formats for people: 1.235M, 12.5%, 2d 3h. A file of its own because they are nothing but numbers
 * in and text out.
 */
import { formatGoGeneral, formatGoValue } from '../promql/go-text.ts';
import { TemplateFault } from './template-values.ts';

const LARGE = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const SMALL = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
const isOrdinary = (value: number): boolean => value !== 0 && Number.isFinite(value);

function scaled(
  value: number,
  factor: number,
  prefixes: readonly string[],
  isDone: (value: number) => boolean,
): [number, string] {
  let rest = value;
  let prefix = '';
  for (const next of prefixes) {
    if (isDone(rest)) break;
    prefix = next;
    rest *= factor;
  }
  return [rest, prefix];
}

/** SI prefixes, four digits. */
export function humanize(value: number): string {
  if (!isOrdinary(value)) return formatGoGeneral(value, 4);
  let rest = value;
  let prefix = '';
  if (Math.abs(value) >= 1) {
    for (const next of LARGE) {
      if (Math.abs(rest) < 1000) break;
      prefix = next;
      rest /= 1000;
    }
  } else {
    [rest, prefix] = scaled(value, 1000, SMALL, (one) => Math.abs(one) >= 1);
  }
  return formatGoGeneral(rest, 4) + prefix;
}

/** Binary prefixes, four digits. */
export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !isOrdinary(value)) return formatGoGeneral(value, 4);
  let rest = value;
  let prefix = '';
  for (const next of ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi']) {
    if (Math.abs(rest) < 1024) break;
    prefix = next;
    rest /= 1024;
  }
  return formatGoGeneral(rest, 4) + prefix;
}

/** Seconds as days, hours, minutes and seconds, or with a prefix below one. */
export function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return formatGoGeneral(value, 4);
  if (value === 0) return `${formatGoGeneral(value, 4)}s`;
  if (Math.abs(value) < 1) {
    const [rest, prefix] = scaled(value, 1000, SMALL, (one) => Math.abs(one) >= 1);
    return `${formatGoGeneral(rest, 4)}${prefix}s`;
  }
  const sign = value < 0 ? '-' : '';
  // Go's int64 holds no more than this; beyond it amd64 gives its lowest number.
  const magnitude = Math.abs(value);
  const total = magnitude < 2 ** 63 ? BigInt(Math.trunc(magnitude)) : -(2n ** 63n);
  const seconds = total % 60n;
  const minutes = (total / 60n) % 60n;
  const hours = (total / 3600n) % 24n;
  const days = total / 86_400n;
  if (days !== 0n) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours !== 0n) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  if (minutes !== 0n) return `${sign}${minutes}m ${seconds}s`;
  return `${sign}${formatGoGeneral(Math.abs(value), 4)}s`;
}

/** Seconds since the Unix epoch as Go writes a time in UTC. */
export function humanizeTimestamp(value: number): string {
  if (!Number.isFinite(value)) return formatGoGeneral(value, 4);
  const atMs = Math.trunc(value * 1000);
  if (Math.abs(atMs) > 8.64e15)
    throw new TemplateFault(
      `${formatGoValue(value)} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    );
  const [date, time] = new Date(atMs).toISOString().split('T') as [string, string];
  const [clock, fraction] = time.replace('Z', '').split('.') as [string, string];
  const shown = fraction.replace(/0+$/, '');
  return `${date} ${clock}${shown === '' ? '' : `.${shown}`} +0000 UTC`;
}
