/** Runs the rules over the bench's traffic in a process of its own, so that its peak memory is its own; prints JSON. */
import { performance } from 'node:perf_hooks';
import { emulateAlerts, viewScrapes } from '../../harness/alerts/emulate.ts';
import { benchGroups, benchScrapes, benchTally, settings } from './alert-traffic.ts';

const [days = '14', activeShare = '1'] = process.argv.slice(2);
const tally = benchTally(Number(days), Number(activeShare));
const groups = benchGroups();
const startedMs = performance.now();
const scrapes = benchScrapes(tally);
const { evaluations, entries, failures } = emulateAlerts(groups, viewScrapes(scrapes), {
  intervalMs: settings.intervalMs,
  prometheus: settings.prometheus,
});
const ms = performance.now() - startedMs;
if (failures.length > 0) throw new Error(failures[0]!.reason);
const peakMb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ ms, peakMb, evaluations, changes: entries.length }));
