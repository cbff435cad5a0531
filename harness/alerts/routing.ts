/**
 * Which receivers an alert reaches: Alertmanager's routing tree, walked depth first.
 * Apart from grouping and timing, because "who" is asked of every alert and "when" of those that fire.
 */
import type { AlertmanagerConfig, Route } from './alertmanager-config.ts';
import { keepLabels, labelValue, labelsFromPairs, withLabels, type Labels } from '../promql/labels.ts';

/** The routes an alert ends in: in each branch the deepest, the first matching child unless it says `continue`. */
export function matchRoutes(route: Route, labels: Labels): Route[] {
  if (!route.matches(labels)) return [];
  const found: Route[] = [];
  for (const child of route.routes) {
    const matched = matchRoutes(child, labels);
    found.push(...matched);
    if (matched.length > 0 && !child.continue) break;
  }
  return found.length > 0 ? found : [route];
}

/** The names of the receivers an alert reaches, in the order of the tree; one may stand twice. */
export function receiversOf(config: AlertmanagerConfig, labels: Labels): string[] {
  return matchRoutes(config.route, labels).map((route) => route.receiver);
}

/** The labels by which a route groups an alert: those it has of `group_by`, or all. */
export function groupLabelsOf(route: Route, labels: Labels): Labels {
  return route.groupBy === 'all' ? labels : keepLabels(labels, new Set(route.groupBy));
}

/** Adds external labels as Prometheus does before it sends: an alert's own label wins. */
export function withExternalLabels(labels: Labels, external: Readonly<Record<string, string>>): Labels {
  const missing = Object.entries(external).filter(([name]) => labelValue(labels, name) === '');
  return missing.length === 0
    ? labels
    : withLabels(
        labels,
        labelsFromPairs(missing).names.map((name) => [name, external[name]!] as const),
      );
}
