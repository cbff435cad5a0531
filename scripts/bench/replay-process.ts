/** The process that one replay figure is measured in: its cost, or its peak memory. Prints one line of JSON. */
import { measureReplayCost, runReplayOnce } from './replay-cost.ts';

const [figure, file, runs] = process.argv.slice(2);
if (figure === 'cost') {
  console.log(JSON.stringify(await measureReplayCost(file!, Number(runs))));
} else {
  const { records } = await runReplayOnce(file!);
  // maxRSS is in kilobytes, as the operating system accounts it at the end of the run.
  console.log(JSON.stringify({ records, peakMb: process.resourceUsage().maxRSS / 1024 }));
}
