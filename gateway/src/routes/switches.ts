import { DisableRequest } from '@mcp-gateway/core/domain/disabled';
import { parseOptionalBody } from './parse.ts';
import { ifMatch } from './preconditions.ts';
import { IF_MATCH, show, shown, type Resources } from './resource-kind.ts';
import { caller, parameter, type Route } from './route.ts';

/** The operations that switch resources of one kind off and on. */
export function switches<S, V extends object>({
  actions,
  ...kind
}: Resources<S, V>): readonly Route[] {
  const { path, tag, one } = kind;
  const noun = one.toLowerCase();
  const shared = {
    method: 'post',
    tag,
    headers: IF_MATCH,
    failures: ['not_found', 'conflict', 'precondition_failed', 'unavailable'],
  } as const;
  return [
    {
      ...shared,
      path: `${path}/:name/disable`,
      id: `disable${one}`,
      summary: `Switch the ${noun} off: its replicas and sessions end, and callers are told why`,
      body: DisableRequest,
      bodyIsOptional: true,
      answers: { 200: shown(kind, 'Switched off') },
      failures: [...shared.failures, 'payload_too_large', 'unsupported_media_type'],
      handle: async (ctx) => {
        const off = await parseOptionalBody(ctx, DisableRequest);
        const turn = { name: parameter(ctx, 'name'), precondition: ifMatch(ctx), off };
        show(ctx, await actions.turn(caller(ctx), turn));
      },
    },
    {
      ...shared,
      path: `${path}/:name/enable`,
      id: `enable${one}`,
      summary: `Switch the ${noun} on again`,
      answers: { 200: shown(kind, 'Switched on') },
      handle: async (ctx) => {
        const turn = { name: parameter(ctx, 'name'), precondition: ifMatch(ctx) };
        show(ctx, await actions.turn(caller(ctx), turn));
      },
    },
  ];
}
