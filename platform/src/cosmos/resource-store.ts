import { randomUUID } from 'node:crypto';
import type { Container, ItemDefinition } from '@azure/cosmos';
import { z } from 'zod';
import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { readable, readablePage } from '@mcp-gateway/core/ports/resource-store';
import type { ResourceStore, Stored } from '@mcp-gateway/core/ports/resource-store';
import { attempts } from './attempts.ts';
import type { AttemptOptions } from './attempts.ts';
import { fromEtag, toEtag } from './etag.ts';
import { troubleOf } from './trouble.ts';
import type { Trouble } from './trouble.ts';

const VERSIONS_PER_ANSWER = 10_000;

/** What we add to a value: its id, and the write that made this version, by which a lost answer is found again. */
const Envelope = z.looseObject({
  id: z.string(),
  _etag: z.string(),
  _write: z.string().optional(),
});
type Envelope = z.output<typeof Envelope>;

/** The resources in one container with partition key `/id`; what is read is checked against `schema`. */
export function cosmosResourceStore<T extends { readonly name: string }>(
  container: Container,
  schema: z.ZodType<T>,
  options: AttemptOptions,
): ResourceStore<T> {
  const attempt = attempts(options, { container: container.id });
  const opened = (document: unknown): Stored<T> => open(document, container.id, schema);

  /** Our own write, applied by an attempt whose answer was lost. */
  const lost = async (name: string, write: string, signal: AbortSignal) => {
    const { data } = Envelope.safeParse(await read(container, name, signal));
    return data?._write === write ? toEtag(data._etag) : undefined;
  };

  const write = async (operation: 'create' | 'replace', value: T, known?: string) => {
    const id = randomUUID();
    const document = { ...value, id: value.name, _write: id };
    const etag = await attempt(operation, async ({ signal, repeated }) => {
      try {
        const { etag } =
          known === undefined
            ? await container.items.create(document, { abortSignal: signal })
            : await container
                .item(value.name, value.name)
                .replace(document, conditions(known, signal));
        return toEtag(etag);
      } catch (error) {
        const { kind } = troubleOf(error);
        const refused = refusal(kind, value.name);
        if (!refused) throw error;
        if (!repeated) throw refused;
        // Refused by our own write, by one on top of ours, or by one before it: only the first can be told.
        const etag = await lost(value.name, id, signal);
        if (etag === undefined) throw unknownOutcome(value.name, refused);
        return etag;
      }
    });
    return { value, etag };
  };

  return {
    get: async (name) => {
      const found = await attempt('get', ({ signal }) => read(container, name, signal));
      return found === undefined ? undefined : opened(found);
    },
    list: (options = {}) =>
      readablePage(options, async (after, limit) => {
        const found = await attempt('list', ({ signal }) => query(container, { after, limit }, signal)); // prettier-ignore
        return found.map((document) => ({ name: document.id, open: () => opened(document) }));
      }),
    versions: async () => {
      const found = await attempt('list versions', ({ signal }) => versions(container, signal));
      return new Map(found.map(({ id, _etag }) => [id, toEtag(_etag)]));
    },
    create: (value) => write('create', value),
    replace: (value, etag) => write('replace', value, etag),
    delete: (name, etag) =>
      attempt('delete', async ({ signal, repeated }) => {
        try {
          await container.item(name, name).delete(conditions(etag, signal));
        } catch (error) {
          const { kind } = troubleOf(error);
          if (kind === 'missing' && repeated) return; // gone, as was wanted
          throw refusal(kind, name) ?? error;
        }
      }),
  };
}

function conditions(etag: string, abortSignal: AbortSignal) {
  return { abortSignal, accessCondition: { type: 'IfMatch', condition: fromEtag(etag) } };
}

async function read(container: Container, name: string, abortSignal: AbortSignal) {
  if (name === '') return undefined;
  const { resource } = await container.item(name, name).read<ItemDefinition>({ abortSignal });
  return resource;
}

async function query(
  container: Container,
  { limit, after }: { readonly limit: number; readonly after: string },
  abortSignal: AbortSignal,
): Promise<readonly Envelope[]> {
  const spec = {
    query: `SELECT TOP ${Math.trunc(limit)} * FROM c WHERE c.id > @after ORDER BY c.id`,
    parameters: [{ name: '@after', value: after }],
  };
  const pages = container.items.query<unknown>(spec, { abortSignal, maxItemCount: limit });
  const { resources } = await pages.fetchAll();
  return resources.map((document) => Envelope.parse(document));
}

/** Everything in one answer where that is possible: what is asked for is short, and order does not matter. */
async function versions(
  container: Container,
  abortSignal: AbortSignal,
): Promise<readonly Envelope[]> {
  const options = { abortSignal, maxItemCount: VERSIONS_PER_ANSWER };
  const pages = container.items.query<unknown>('SELECT c.id, c._etag FROM c', options);
  const { resources } = await pages.fetchAll();
  return resources.map((document) => Envelope.parse(document));
}

function refusal(kind: Trouble['kind'], name: string): GatewayError | undefined {
  if (kind === 'taken') return new GatewayError('conflict', `'${name}' exists already.`);
  if (kind === 'missing') return new GatewayError('not_found', `There is no '${name}'.`);
  if (kind !== 'stale') return undefined;
  return new GatewayError('precondition_failed', `'${name}' was changed by somebody else.`);
}

function unknownOutcome(name: string, cause: GatewayError): GatewayError {
  const message = `The store was cut off while '${name}' was written; the change may have been made.`;
  return new GatewayError('unavailable', message, { cause, retryAfterSeconds: 1 });
}

function open<T extends { readonly name: string }>(
  document: unknown,
  collection: string,
  schema: z.ZodType<T>,
): Stored<T> {
  const { id, _etag } = Envelope.parse(document);
  return { value: readable(id, collection, () => schema.parse(document)), etag: toEtag(_etag) };
}
