/**
 * Random routing trees and label sets: golem's routing against `amtool config routes test`. Run it with seeds to see a
 * failing case again: `node scripts/prometheus/compare-routes.ts <seed>…`.
 */
import { parseAlertmanagerConfig } from '../../harness/alerts/alertmanager-config.ts';
import { receiversOf } from '../../harness/alerts/routing.ts';
import { labelsOf } from '../../harness/promql/labels.ts';
import { seededDice, type Dice } from './dice.ts';
import { runTool } from './promtool.ts';

export const LABEL_SETS_A_TREE = 20;
const LABELS = ['alertname', 'env', 'severity', 'field', 'team'] as const;
const VALUES = ['prod', 'stg', 'critical', 'warning', 'a', 'b', ''] as const;
const PATTERNS = ['prod|stg', 'crit.*', '.+', '.*', '', '[ab]', '(?i)PROD', 'p\\w+'] as const;

interface RouteYaml {
  readonly [key: string]: unknown;
}

function randomRoute(dice: Dice, depth: number, isRoot: boolean): RouteYaml {
  const route: Record<string, unknown> = {};
  if (isRoot || dice.chance(0.7)) route.receiver = `r${dice.below(6)}`;
  if (!isRoot) {
    const ways = dice.below(3);
    if (ways === 0) route.match = { [dice.pick(LABELS)]: dice.pick(VALUES) };
    else if (ways === 1) route.match_re = { [dice.pick(LABELS)]: dice.pick(PATTERNS) };
    else route.matchers = Array.from({ length: 1 + dice.below(2) }, () => randomMatcher(dice));
    if (dice.chance(0.4)) route.continue = true;
  }
  if (depth > 0 && (isRoot || dice.chance(0.6)))
    route.routes = Array.from({ length: 1 + dice.below(4) }, () => randomRoute(dice, depth - 1, false));
  return route;
}

function randomMatcher(dice: Dice): string {
  const op = dice.pick(['=', '!=', '=~', '!~']);
  const value = op.endsWith('~') ? dice.pick(PATTERNS) : dice.pick(VALUES);
  const space = dice.chance(0.3) ? ' ' : '';
  return `${dice.pick(LABELS)}${space}${op}${space}${dice.chance(0.5) ? `"${value}"` : value}`;
}

/** A configuration and label sets to route by it. */
export function routeScenarioOf(seed: number): {
  readonly config: string;
  readonly labelSets: readonly Readonly<Record<string, string>>[];
} {
  const dice = seededDice(seed);
  const config = {
    route: randomRoute(dice, 3, true),
    receivers: Array.from({ length: 6 }, (_, at) => ({ name: `r${at}` })),
  };
  const labelSets = Array.from({ length: LABEL_SETS_A_TREE }, () =>
    Object.fromEntries(LABELS.filter(() => dice.chance(0.7)).map((name) => [name, dice.pick(VALUES)])),
  );
  return { config: JSON.stringify(config), labelSets };
}

/** Compares the trees of these seeds; amtool is asked once a label set. */
export function compareRoutes(seeds: readonly number[]): {
  readonly compared: number;
  readonly beyondRoot: number;
  readonly disagreements: readonly string[];
} {
  const disagreements: string[] = [];
  let compared = 0;
  let beyondRoot = 0;
  for (const seed of seeds) {
    const { config: text, labelSets } = routeScenarioOf(seed);
    const { config, problems } = parseAlertmanagerConfig('alertmanager.yml', text);
    for (const labels of labelSets) {
      compared++;
      const given = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
      const run = runTool('amtool', ['config', 'routes', 'test', '--config.file=am.yml', ...given], {
        'am.yml': text,
      });
      const theirs = run.stdout.trim();
      const ours = config
        ? receiversOf(config, labelsOf(labels)).join(',')
        : `refused: ${problems[0]?.reason}`;
      if (config && ours !== config.route.receiver) beyondRoot++;
      if (ours !== theirs)
        disagreements.push(
          `seed ${seed}: ${given.join(' ')}: golem ${ours}, amtool ${theirs} ${run.stderr.trim()}\n  ${text}\n  see it again: node scripts/prometheus/compare-routes.ts ${seed}`,
        );
    }
  }
  return { compared, beyondRoot, disagreements };
}

if (import.meta.main) {
  const seeds = process.argv.slice(2).map(Number);
  const { compared, beyondRoot, disagreements } = compareRoutes(seeds.length > 0 ? seeds : [1]);
  for (const disagreement of disagreements) console.log(`${disagreement}\n`);
  console.log(
    `${compared} label sets routed (${beyondRoot} beyond the root), ${disagreements.length} disagree`,
  );
  process.exitCode = disagreements.length > 0 ? 1 : 0;
}
