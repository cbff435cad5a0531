/**
 * Watches a request and its answer pass through Node's http, byte for byte and without a say in either: nothing is
 * consumed, held up or changed. Express and Fastify stand on these two objects, so one watch serves all three.
 */
import type { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Intake } from './intake.ts';

/**
 * Collects what the service reads of the request. Every way of reading it ends in a `data` event, whose listeners
 * and those of all other events then run in the request's own context, so that upstream calls find their request.
 */
export function watchRequest(
  intake: Intake,
  request: IncomingMessage,
  context: AsyncLocalStorage<Intake>,
): void {
  const { emit } = request;
  request.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    if (event === 'data') intake.body.add(values[0], request.readableEncoding);
    const go = (): boolean => Reflect.apply(emit, request, [event, ...values]) as boolean;
    // Who reads within the request's own course is there already.
    return context.getStore() === intake ? go() : context.run(intake, go);
  };
}

/** Collects the answer and ends the intake when the service has given it, or when its sender has long gone away. */
export function watchResponse(
  intake: Intake,
  request: IncomingMessage,
  response: ServerResponse,
  abandonedMs: number,
): void {
  const { write, end, writeHead } = response;
  // Headers that are given with the status alone cannot be asked for afterwards.
  let given: unknown;
  response.writeHead = ((...values: unknown[]): ServerResponse => {
    given = values.findLast((value) => typeof value === 'object');
    return Reflect.apply(writeHead, response, values) as ServerResponse;
  }) as ServerResponse['writeHead'];
  response.write = ((...values: unknown[]): boolean => {
    intake.answer.add(values[0], values[1]);
    return Reflect.apply(write, response, values) as boolean;
  }) as ServerResponse['write'];
  response.end = ((...values: unknown[]): ServerResponse => {
    if (typeof values[0] !== 'function') intake.answer.add(values[0], values[1]);
    const ended = Reflect.apply(end, response, values) as ServerResponse;
    intake.parsedBody = (request as { readonly body?: unknown }).body;
    intake.end({
      status: response.statusCode,
      contentType: textOf(givenHeader(given, 'content-type') ?? response.getHeader('content-type')),
      contentEncoding: textOf(
        givenHeader(given, 'content-encoding') ?? response.getHeader('content-encoding'),
      ),
    });
    return ended;
  }) as ServerResponse['end'];
  response.on('close', () => {
    if (intake.head !== null) return;
    // The service may still be at work for a sender who is gone; what it answers then counts as its answer.
    setTimeout(() => intake.end(null), abandonedMs).unref();
  });
}

function textOf(header: unknown): string {
  return header === undefined || header === null ? '' : String(header);
}

/** A header among those given to `writeHead`: an object, or a list of names and values in turn or in pairs. */
function givenHeader(given: unknown, name: string): unknown {
  if (given === undefined || given === null) return undefined;
  if (!Array.isArray(given)) {
    for (const key in given) {
      const isIt = key.length === name.length && key.toLowerCase() === name;
      if (isIt) return (given as Readonly<Record<string, unknown>>)[key];
    }
    return undefined;
  }
  const flat: readonly unknown[] = given.flat();
  const at = flat.findIndex((key, index) => index % 2 === 0 && String(key).toLowerCase() === name);
  return at < 0 ? undefined : flat[at + 1];
}
