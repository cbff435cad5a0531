/**
 * Answers in the shape of Prometheus' HTTP API, so that what reads a server's answers can read golem's.
 * Apart from evaluation, because only this knows how JSON writes a float: as text, in seconds.
 */
import type { InstantResult, SampleSeries } from './evaluate.ts';
import { formatGoFloat } from './go-text.ts';
import { labelRecord } from './labels.ts';

/** `[seconds, "value"]`. */
export type ApiPoint = readonly [seconds: number, value: string];

export type ApiData =
  | {
      readonly resultType: 'vector';
      readonly result: readonly {
        readonly metric: Readonly<Record<string, string>>;
        readonly value: ApiPoint;
      }[];
    }
  | {
      readonly resultType: 'matrix';
      readonly result: readonly {
        readonly metric: Readonly<Record<string, string>>;
        readonly values: readonly ApiPoint[];
      }[];
    }
  | { readonly resultType: 'scalar' | 'string'; readonly result: ApiPoint };

export interface ApiResponse {
  readonly status: 'success';
  readonly data: ApiData;
}

/** The answer of `/api/v1/query` to an instant query at `atMs`. */
export function instantResponse(result: InstantResult, atMs: number): ApiResponse {
  const seconds = atMs / 1000;
  switch (result.type) {
    case 'scalar':
      return {
        status: 'success',
        data: { resultType: 'scalar', result: [seconds, formatGoFloat(result.value)] },
      };
    case 'string':
      return { status: 'success', data: { resultType: 'string', result: [seconds, result.value] } };
    case 'vector': {
      const samples = result.samples.map((sample) => ({
        metric: labelRecord(sample.labels),
        value: [seconds, formatGoFloat(sample.value)] as const,
      }));
      return { status: 'success', data: { resultType: 'vector', result: samples } };
    }
    case 'matrix':
      return rangeResponse(result.series);
  }
}

/** The answer of `/api/v1/query_range`. */
export function rangeResponse(series: readonly SampleSeries[]): ApiResponse {
  const result = series.map((one) => ({
    metric: labelRecord(one.labels),
    values: one.points.map(([atMs, value]) => [atMs / 1000, formatGoFloat(value)] as const),
  }));
  return { status: 'success', data: { resultType: 'matrix', result } };
}
