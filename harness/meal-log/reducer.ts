/**
 * What can be made simpler in a recorded meal: fewer items, rounder figures, shorter names and words, fewer calls. It
 * stands with the migration because only here is it known which parts of an answer hang together.
 */
import type { ReducibleWrite, Reducer, Simplification, WriteRequest } from '../migration.ts';
import { exchangeImporter } from './import-exchange.ts';
import { readAnswer } from './provider/answer.ts';
import type { ProviderAnswer, ProviderItem, ProviderTotals } from './provider/answer-shape.ts';
import { messageOf } from './v2/normalise.ts';
import { effectiveKey } from './write/idempotency.ts';

const FIGURES = ['calories', 'protein_g', 'fat_g', 'carbs_g'] as const;
const ITEM_FIGURES = ['amount', ...FIGURES, 'alcohol_g'] as const;

/** The answer that the write paths read: the last one that is well-formed. */
function answerIn(write: ReducibleWrite): { readonly answer: ProviderAnswer; readonly index: number } | null {
  for (let index = write.upstream.length - 1; index >= 0; index--) {
    const { response } = write.upstream[index]!;
    if (response === null || response.status !== 200) continue;
    const read = readAnswer(response.body);
    if ('answer' in read) return { answer: read.answer, index };
  }
  return null;
}

function withAnswer(write: ReducibleWrite, index: number, answer: ProviderAnswer): ReducibleWrite {
  const call = write.upstream[index]!;
  const body = JSON.stringify(answer);
  const upstream = write.upstream.with(index, { ...call, response: { status: 200, body } });
  return { ...write, upstream };
}

/** A change of the answer alone; a write without one is left as it is. */
function ofAnswer(change: (answer: ProviderAnswer) => ProviderAnswer): Simplification {
  return (write) => {
    const found = answerIn(write);
    return found ? withAnswer(write, found.index, change(found.answer)) : write;
  };
}

/** A change of one item; one that is not there is left as it is. */
function ofItem(index: number, change: (item: ProviderItem) => ProviderItem): Simplification {
  return ofAnswer((answer) => ({
    ...answer,
    items: answer.items.map((item, at) => (at === index ? change(item) : item)),
  }));
}

function keep(write: ReducibleWrite, parts: readonly number[]): ReducibleWrite {
  return ofAnswer((answer) => ({
    ...answer,
    items: answer.items.filter((_, index) => parts.includes(index)),
    ...(answer.totals && { totals: totalsWithout(answer.totals, answer.items, parts) }),
  }))(write);
}

/** Totals less the figures of the items that go, so that what totals and items differ by stays what it was. */
function totalsWithout(
  totals: ProviderTotals,
  items: readonly ProviderItem[],
  kept: readonly number[],
): ProviderTotals {
  const left = FIGURES.flatMap((figure) => {
    const total = totals[figure];
    if (total == null) return [];
    const gone = items.reduce((sum, item, at) => (kept.includes(at) ? sum : sum + (item[figure] ?? 0)), 0);
    return [[figure, Math.max(0, Math.round((total - gone) * 1e6) / 1e6)] as const];
  });
  return Object.fromEntries(left);
}

/** The object without one of its members. */
function without<Value extends object>(value: Value, member: keyof Value): Value {
  const { [member]: _, ...rest } = value;
  return rest as Value;
}

function ofRequest(change: (request: WriteRequest) => WriteRequest): Simplification {
  return (write) => ({ ...write, request: change(write.request) });
}

function ofMessage(change: (message: string) => string): Simplification {
  return ofRequest((request) => {
    const message = messageOf(request);
    const body = request.body as Readonly<Record<string, unknown>> | null;
    // A service takes no meal without words or a picture.
    const simpler = change(message);
    if (message === '' || (simpler.trim() === '' && request.files.length === 0)) return request;
    return {
      ...request,
      body: simpler === '' ? without(body ?? {}, 'message' as never) : { ...body, message: simpler },
    };
  });
}

function halves(text: string): string {
  return Array.from(text)
    .slice(0, Math.ceil(Array.from(text).length / 2))
    .join('');
}

/** One significant digit: 158 becomes 200, 0.37 becomes 0.4. */
function rough(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(1));
}

function ofFigure(
  index: number,
  figure: (typeof ITEM_FIGURES)[number],
  round: (value: number) => number,
): Simplification {
  return ofItem(index, (item) => {
    const value = item[figure];
    return value == null ? item : { ...item, [figure]: round(value) };
  });
}

function ofTotal(figure: (typeof FIGURES)[number], round: (value: number) => number): Simplification {
  return ofAnswer((answer) => {
    const value = answer.totals?.[figure];
    return value == null ? answer : { ...answer, totals: { ...answer.totals, [figure]: round(value) } };
  });
}

function simplifications(write: ReducibleWrite): readonly (readonly Simplification[])[] {
  const items = answerIn(write)?.answer.items.map((_, index) => index) ?? [];
  const everyFigure = (round: (value: number) => number): Simplification[] => [
    ...items.flatMap((index) => ITEM_FIGURES.map((figure) => ofFigure(index, figure, round))),
    ...FIGURES.map((figure) => ofTotal(figure, round)),
  ];
  return [
    [
      ...write.upstream.slice(1).map((_, index): Simplification => withoutCall(index)),
      ofRequest((request) => ({
        ...request,
        headers: Object.fromEntries(
          Object.entries(request.headers).filter(
            ([name]) => name === 'content-type' || name === 'idempotency-key',
          ),
        ),
      })),
      ofRequest((request) => ({ ...request, headers: without(request.headers, 'idempotency-key') })),
      ofRequest(withoutKey),
      ofRequest((request) => (messageOf(request) === '' ? request : { ...request, files: [] })),
      ofMessage(() => ''),
      ofMessage(() => 'x'),
      (one) => ({ ...one, upstream: one.upstream.map((call) => ({ ...call, latencyMs: 0 })) }),
      ofAnswer((answer) => without(answer, 'totals')),
      ofAnswer((answer) => ({ ...answer, dish: '' })),
      ofAnswer((answer) => ({ ...answer, confidence: 1 })),
      ...items.flatMap((index) =>
        (['proposed', 'unit', ...ITEM_FIGURES] as const).map((member) =>
          ofItem(index, (item) => without(item, member)),
        ),
      ),
      ...items.map((index) => ofItem(index, (item) => ({ ...item, name: 'x' }))),
    ],
    [
      ofMessage((message) => message.split(/[\s,、。]+/u)[0] ?? message),
      ofMessage(halves),
      ofAnswer((answer) => ({ ...answer, dish: halves(answer.dish) })),
      ofAnswer((answer) => ({ ...answer, confidence: rough(answer.confidence) })),
      ...everyFigure(rough),
      ...items.map((index) => ofItem(index, (item) => ({ ...item, name: halves(item.name) || 'x' }))),
    ],
    everyFigure(Math.round),
    everyFigure((value) => Math.round(value * 10) / 10),
  ];
}

/** Leaves out one of the calls before the last. */
function withoutCall(index: number): Simplification {
  return (write) =>
    write.upstream.length < 2
      ? write
      : { ...write, upstream: write.upstream.toSpliced(Math.min(index, write.upstream.length - 2), 1) };
}

function withoutKey(request: WriteRequest): WriteRequest {
  const { body } = request;
  if (body === null || typeof body !== 'object') return request;
  return { ...request, body: without(body as Readonly<Record<string, unknown>>, 'idempotency_key') };
}

/** How the reference migration makes recorded meals simpler. */
export const reducer: Reducer = {
  parts: (write) => answerIn(write)?.answer.items.length ?? 0,
  keep,
  simplifications,
  question: exchangeImporter.question,
  requestKey: effectiveKey,
};
