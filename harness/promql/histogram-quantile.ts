/**
 * histogram_quantile over a vector of buckets: which sample is which bucket of which histogram is worked out once per
 * set of series, each step then only reads counts.
 */
import type { PrometheusMajor } from './context.ts';
import { parseGoFloat } from './go-text.ts';
import { dropLabels, labelValue, METRIC_NAME, type Labels } from './labels.ts';
import { bucketQuantile } from './quantile.ts';
import { refuseDuplicates, StepList, StepVector, type ScalarPart, type VectorPart } from './vector-result.ts';

const NOT_IDENTIFYING: ReadonlySet<string> = new Set([METRIC_NAME, 'le']);

/** One histogram: distinct ascending bounds, and for each the samples whose counts are added up. */
interface Histogram {
  readonly labels: Labels;
  readonly bounds: readonly number[];
  readonly samples: readonly (readonly number[])[];
}

/** Sorts a vector's samples into histograms; a sample without a number as its `le` is left out, as Prometheus does. */
function groupBuckets(labels: readonly Labels[]): Histogram[] {
  const groups = new Map<string, { labels: Labels; byBound: Map<number, number[]> }>();
  for (const [index, one] of labels.entries()) {
    const bound = parseGoFloat(labelValue(one, 'le'));
    if (bound === undefined) continue;
    const identity = dropLabels(one, NOT_IDENTIFYING);
    let group = groups.get(identity.key);
    if (!group) {
      group = { labels: identity, byBound: new Map() };
      groups.set(identity.key, group);
    }
    const samples = group.byBound.get(bound);
    if (samples) samples.push(index);
    else group.byBound.set(bound, [index]);
  }
  return [...groups.values()].map((group) => {
    const sorted = [...group.byBound].sort((a, b) => a[0] - b[0]);
    return {
      labels: group.labels,
      bounds: sorted.map(([bound]) => bound),
      samples: sorted.map(([, samples]) => samples),
    };
  });
}

/** Prepares histogram_quantile(φ, buckets). */
export function histogramQuantile(
  quantile: ScalarPart,
  buckets: VectorPart,
  major: PrometheusMajor,
): VectorPart {
  const result = new StepVector();
  const counts = new StepList();
  let lastLabels: readonly Labels[] | undefined;
  let histograms: Histogram[] = [];
  let shape: readonly Labels[] = [];
  return (tMs) => {
    const asked = quantile(tMs);
    const input = buckets(tMs);
    if (input.labels !== lastLabels) {
      histograms = groupBuckets(input.labels);
      const labels = histograms.map((histogram) => histogram.labels);
      refuseDuplicates(labels);
      shape = labels;
      lastLabels = input.labels;
    }
    result.begin();
    for (const { bounds, samples } of histograms) {
      counts.begin();
      for (const indices of samples) {
        let count = input.values[indices[0]!]!;
        for (let at = 1; at < indices.length; at++) count += input.values[indices[at]!]!;
        counts.push(count);
      }
      counts.finish();
      result.push(bucketQuantile(asked.value, bounds, counts.items, major));
    }
    return result.finish(shape, Math.min(asked.untilMs, input.untilMs));
  };
}
