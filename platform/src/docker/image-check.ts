import { GatewayError } from '@mcp-gateway/core/domain/errors';
import { engineWords, statusOf, unavailableEngine, unless } from './engine.ts';
import type { Engine } from './engine.ts';

/**
 * Throws `invalid_request` when this machine has no such image and its registry says that there is none. A registry
 * that cannot be asked is no reason: the image may come later, and the status tells until then.
 */
export async function checkImage({ calls }: Engine, reference: string): Promise<void> {
  const image = calls.getImage(reference);
  const found = await image.inspect().catch(unless(404)).catch(unavailableEngine);
  if (found) return;
  await image.distribution().catch((cause: unknown) => {
    const status = statusOf(cause);
    if (status === undefined) unavailableEngine(cause);
    if (![400, 401, 403, 404].includes(status)) return;
    throw new GatewayError(
      'invalid_request',
      `There is no image '${reference}' on this machine, and its registry says: ${engineWords(cause)}`,
      { cause, errors: [{ path: 'imageName', message: 'is not known' }] },
    );
  });
}
