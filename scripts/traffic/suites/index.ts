/** Every suite that has a committed recording, in the order they are generated. */
import { alertSuites } from './alerts.ts';
import { boundaries } from './boundaries.ts';
import { edges } from './edges.ts';
import { everyday, noisy } from './everyday.ts';
import { mustFail } from './must-fail.ts';
import { providerFaults } from './provider-faults.ts';
import { retries } from './retries.ts';
import type { Suite } from './suite.ts';

export const SUITES: readonly Suite[] = [
  everyday,
  noisy,
  edges,
  boundaries,
  retries,
  providerFaults,
  ...mustFail,
  ...alertSuites,
];
